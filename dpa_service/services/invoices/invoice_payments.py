"""What is received on invoices: by hand, or from a bank statement (CODA or CSV) matched on the structured communication; what is overdue.

A payment is never changed: a mistake is undone by a counter-entry. The same movement of a bank is booked once.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.bank_statements import read_statement
from dpa_service.adapters.db.engine import insert_if_absent, reading
from dpa_service.adapters.db.invoices import Invoice, Payment
from dpa_service.adapters.db.models import Client
from dpa_service.domain.assistance.payments import EXACT, PARTLY, TOO_MUCH, Match, Movement, Open, communication_of, match
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.services import idempotency
from dpa_service.services.agreements.lifecycle import checked_reason
from dpa_service.services.assistance.assistance_schema import PaymentBlock, load
from dpa_service.services.errors import Conflict, NotFound
from dpa_service.services.invoices.billing import INVOICE, ISSUED, PAID, locked, moved
from dpa_service.services.use_case import UseCase, use_case

CREDITED = "credited"
MANUAL, BANK = "manual", "bank"
OWED = (ISSUED, PAID, CREDITED)


@dataclass(frozen=True, slots=True)
class Statement:
    """What became of an uploaded statement: every movement with its state (domain/assistance/payments.py), and the sum booked."""

    matches: Sequence[Match]
    booked: Decimal

    def count(self, state: str) -> int:
        """How many movements have a state."""
        return sum(each.state == state for each in self.matches)


@dataclass(frozen=True, slots=True)
class Overdue:
    """An invoice past its due date: the client, what is left to pay, and days since the due date."""

    invoice: Invoice
    client: str
    left: Decimal
    days: int


def record(
    session: Session, invoice_id: str, data: Any, *, key: str | None = None, actor: str, now: datetime, today: date
) -> Payment:  # fmt: skip
    """A sum received or paid back, by hand. In: ``PaymentBlock``. More than is left is taken: the rest is the client's.

    Error: ``NotFound``; ``RequestInvalid``; ``Conflict`` for a draft or a credit note, for a reference booked before
    (PAYMENT_KNOWN), or a key used with something else.
    """
    with use_case(session, actor=actor, now=now) as work:
        if key is not None and (
            known := idempotency.claim(work, key, {"do": "invoice.pay", "invoice": invoice_id, "data": data})
        ):
            return session.get_one(Payment, known["payment_id"])
        valid = load(PaymentBlock(), data)
        day = date.fromisoformat(valid["paid_on"])
        if day > today:
            raise RequestInvalid([FieldError("paid_on", "FUTURE", "This day is still to come; give the day the money came.")])
        invoice = _owed(work, invoice_id)
        amount = -valid["amount"] if valid.get("refund") else valid["amount"]
        payment = _booked(work, invoice, day, amount, MANUAL, valid.get("reference"))
        if payment is None:
            raise Conflict(
                "PAYMENT_KNOWN", "A payment with this reference was booked before; look it up, or give another reference."
            )
        work.note("invoice.pay", "invoice", invoice_id, payment=payment.id, amount=format(payment.amount, "f"), source=MANUAL)
        if key is not None:
            idempotency.settle(work, key, {"payment_id": payment.id})
        return payment


def correct(session: Session, payment_id: str, *, reason: str, actor: str, now: datetime) -> Payment:
    """Undo a payment by a counter-entry. Error: ``NotFound``; ``Conflict`` when it was undone or is one; ``RequestInvalid``."""
    reason = checked_reason(reason)
    with use_case(session, actor=actor, now=now) as work:
        invoice_id = session.scalar(sa.select(Payment.invoice_id).where(Payment.id == payment_id))
        if invoice_id is None:
            raise NotFound("payment")
        invoice = _owed(work, invoice_id)
        payment = session.get_one(Payment, payment_id)
        if payment.counter_of is not None:
            raise Conflict("COUNTER_ENTRY", "This is a counter-entry itself; enter the right payment as a new one.")
        entry = _booked(work, invoice, payment.paid_on, -payment.amount, MANUAL, None, counter_of=payment_id, reason=reason)
        if entry is None:
            raise Conflict("CORRECTED", "This payment was undone already.")
        work.note("invoice.unpay", "invoice", invoice_id, payment=entry.id, counter_of=payment_id)
        return entry


def read(session: Session, content: bytes) -> Statement:
    """What an uploaded statement would book; nothing is booked. Error: ``StatementError``."""
    movements = read_statement(content)
    with reading(session):
        return Statement(_matched(session, movements), Decimal("0.00"))


def upload(session: Session, content: bytes, *, actor: str, now: datetime) -> Statement:
    """Book the movements of a statement (CODA or CSV) that name an invoice; the others are told about. Uploading it again books nothing.

    Error: ``StatementError`` for a file that is not taken as a whole.
    """
    movements = read_statement(content)
    with use_case(session, actor=actor, now=now) as work:
        named = _by_communication(session, movements)
        for client_id in sorted({invoice.client_id for invoice in named.values()}):
            session.get(Client, client_id, with_for_update=True)
        session.expire_all()
        matches, total = _matched(session, movements), Decimal("0.00")
        by_number = {invoice.number: invoice for invoice in _by_communication(session, movements).values()}
        for each in matches:
            if each.state in (EXACT, PARTLY, TOO_MUCH):
                movement = each.movement
                invoice = by_number[each.invoice]
                if entry := _booked(work, invoice, movement.booked, movement.amount, BANK, movement.reference):
                    total += movement.amount
                    work.note(
                        "invoice.pay", "invoice", invoice.id, payment=entry.id, amount=format(entry.amount, "f"), source=BANK
                    )
        work.note("payment.upload", "payments", BANK, movements=len(matches), booked=format(total, "f"))
        return Statement(matches, total)


def overdue(session: Session, today: date) -> list[Overdue]:
    """Invoices past their due date of which something is left to pay, the oldest first."""
    left = Invoice.left
    query = sa.select(Invoice, Client.name).join(Client, Client.id == Invoice.client_id)
    late = query.where(Invoice.kind == INVOICE, Invoice.state == ISSUED, Invoice.due_date < today, left > 0)
    with reading(session):
        return [
            Overdue(row, name, row.left, (today - row.due_date).days if row.due_date else 0)
            for row, name in session.execute(late.order_by(Invoice.due_date, Invoice.number))
        ]


# ---- inside a transaction --------------------------------------------------------------------------------------------


def settled_state(work: UseCase, invoice: Invoice) -> None:
    """The state that follows from what was paid and credited."""
    if invoice.credited >= invoice.total:
        state = CREDITED
    else:
        state = PAID if invoice.paid + invoice.credited >= invoice.total else ISSUED
    moved(work, invoice, state)


def _owed(work: UseCase, invoice_id: str) -> Invoice:
    invoice = locked(work, invoice_id, OWED)
    if invoice.kind != INVOICE:
        raise Conflict("CREDIT_NOTE", "Nothing is paid on a credit note.")
    return invoice


def _booked(
    work: UseCase, invoice: Invoice, day: date, amount: Decimal, source: str, external_key: str | None, **more: str
) -> Payment | None:  # fmt: skip
    """The payment, or None when its key or its counter-entry is there already."""
    row = {
        "id": uuid.uuid4().hex, "invoice_id": invoice.id, "paid_on": day, "amount": amount, "source": source,
        "external_key": external_key, "counter_of": None, "reason": None, "created_at": work.now, "created_by": work.actor, **more,
    }  # fmt: skip
    if not insert_if_absent(work.session, Payment, row):
        return None
    invoice.paid += amount
    settled_state(work, invoice)
    return work.session.get_one(Payment, row["id"])


def _matched(session: Session, movements: Sequence[Movement]) -> list[Match]:
    invoices = _by_communication(session, movements).values()
    seen = set()
    references = [movement.reference for movement in movements]
    for start in range(0, len(references), 500):
        part = references[start : start + 500]
        seen |= set(session.scalars(sa.select(Payment.external_key).where(Payment.external_key.in_(part))))
    open_ = [Open(str(row.number), str(row.communication), row.left) for row in invoices if row.communication]
    return match(movements, open_, {str(name) for name in seen})


def _by_communication(session: Session, movements: Sequence[Movement]) -> dict[str, Invoice]:
    wanted = sorted({found for movement in movements if (found := communication_of(movement))})
    rows: dict[str, Invoice] = {}
    for start in range(0, len(wanted), 500):
        query = sa.select(Invoice).where(Invoice.communication.in_(wanted[start : start + 500]))
        rows |= {str(row.communication): row for row in session.scalars(query)}
    return rows
