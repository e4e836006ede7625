"""From approved minutes to drafts: work in progress, a draft for one client or for all, its texts, discarding it.

A draft holds its minutes (billing_allocation), so that no other draft charges them; discarding it gives them back.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from marshmallow import ValidationError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from dpa_service.adapters.db.assistance import TimeEntry
from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.invoices import BillingAllocation, Invoice, InvoiceLine
from dpa_service.adapters.db.models import Client
from dpa_service.domain.assistance import billing_words
from dpa_service.domain.assistance.assistance import ZERO, Entry
from dpa_service.domain.assistance.duties import duty
from dpa_service.domain.assistance.invoicing import Charge, DraftLine, draft_lines
from dpa_service.domain.errors import DomainError, FieldError, RequestInvalid
from dpa_service.services import idempotency
from dpa_service.services.agreements.request_fields import Line
from dpa_service.services.agreements.request_schema import flatten
from dpa_service.services.assistance.assistance_schema import Lines
from dpa_service.services.assistance.settlement import Standing, standings
from dpa_service.services.assistance.tariffs import snapshot_of
from dpa_service.services.assistance.time_entries import APPROVED
from dpa_service.services.errors import Conflict, NotFound, Stale
from dpa_service.services.use_case import UseCase, use_case

Json = dict[str, Any]
INVOICE, CREDIT = "invoice", "credit"
DRAFT, ISSUED, PAID, DISCARDED = "draft", "issued", "paid", "discarded"
MOST_TEXT, MOST_NOTE = 300, 1000


@dataclass(frozen=True, slots=True)
class Progress:
    """One client of a run over all: `done` of `total`; the draft, or None with the reason why (a code and words)."""

    done: int
    total: int
    client_id: str
    client: str
    invoice_id: str | None
    net: Decimal
    code: str | None = None
    message: str | None = None


def draft(
    session: Session, client_id: str, *, until: date, key: str | None = None, actor: str, now: datetime
) -> Invoice:  # fmt: skip
    """A draft with everything that is approved, was worked up to `until` and is on no invoice. `key` makes a repeated call harmless.

    Error: ``NotFound``; ``InvoiceError`` NOTHING_TO_INVOICE; ``Conflict`` for a key used with something else.
    """
    with use_case(session, actor=actor, now=now) as work:
        asked = {"do": "billing.draft", "client": client_id, "until": until.isoformat()}
        if key is not None and (known := idempotency.claim(work, key, asked)):
            return session.get_one(Invoice, known["invoice_id"])
        made = _made(work, client_id, until)
        if key is not None:
            idempotency.settle(work, key, {"invoice_id": made.id})
        return made


def draft_all(
    session: Session, *, until: date, client_ids: Sequence[str] | None = None, actor: str, now: datetime
) -> Iterator[Progress]:  # fmt: skip
    """Drafts for all clients (or these) with unbilled work, each in a transaction of its own; yields after each one.

    Stopping halfway leaves whole drafts; the next run goes on with the others.
    """
    with reading(session):
        wanted = clients_with_work(session, until) if client_ids is None else list(client_ids)
        rows = session.execute(sa.select(Client.id, Client.name).where(Client.id.in_(wanted)))
        names = {row.id: row.name for row in rows}
        if client_ids is None:
            wanted.sort(key=lambda client_id: (names[client_id].casefold(), client_id))
    for number, client_id in enumerate(wanted, 1):
        name = names.get(client_id, "")
        try:
            made = draft(session, client_id, until=until, actor=actor, now=now)
            yield Progress(number, len(wanted), client_id, name, made.id, made.net)
        except DomainError as why:
            yield Progress(number, len(wanted), client_id, name, None, ZERO, why.code, why.message)


def edit_texts(
    session: Session, invoice_id: str, texts: Mapping[str, str], *, note: str | None = None, expected_version: int | None = None,
    actor: str, now: datetime,
) -> Invoice:  # fmt: skip
    """Other words on a draft: line id → text, and a note under the lines; amounts follow the minutes and are not typed.

    Error: ``NotFound`` also for a line of another invoice; ``Conflict`` once issued; ``Stale``; ``RequestInvalid``.
    """
    wrong = [error for name, text in texts.items() for error in _refused(Line(MOST_TEXT), text, f"texts.{name}")]
    if note is not None and note.strip():
        wrong += _refused(Lines(MOST_NOTE), note, "note")
    if wrong:
        raise RequestInvalid(wrong)
    with use_case(session, actor=actor, now=now) as work:
        invoice = locked(work, invoice_id, (DRAFT,), expected_version)
        lines = {line.id: line for line in lines_of(session, invoice_id)}
        for name, text in texts.items():
            if name not in lines:
                raise NotFound("line of this invoice")
            lines[name].text = text.strip()
        if note is not None:
            invoice.note = "\n".join(line.rstrip() for line in note.splitlines()).strip() or None
        moved(work, invoice, DRAFT)
        work.note("invoice.texts", "invoice", invoice_id, lines=len(texts), version=invoice.version)
        return invoice


def discard(session: Session, invoice_id: str, *, expected_version: int | None = None, actor: str, now: datetime) -> Invoice:
    """Put a draft aside: its minutes can be charged again. Error: ``NotFound``; ``Conflict`` once issued; ``Stale``."""
    with use_case(session, actor=actor, now=now) as work:
        invoice = locked(work, invoice_id, (DRAFT,), expected_version)
        session.execute(sa.delete(BillingAllocation).where(BillingAllocation.invoice_id == invoice_id))
        session.execute(sa.delete(InvoiceLine).where(InvoiceLine.invoice_id == invoice_id))
        moved(work, invoice, DISCARDED)
        work.note("invoice.discard", "invoice", invoice_id)
        return invoice


def _refused(field: Line, text: str, name: str) -> list[FieldError]:
    """What a field of the forms says about a text."""
    try:
        field.read(text)
    except ValidationError as trouble:
        return [FieldError(name, each.code, each.message) for each in flatten({name: trouble.messages})]
    return []


# ---- inside a transaction --------------------------------------------------------------------------------------------


def _made(work: UseCase, client_id: str, until: date) -> Invoice:
    session = work.session
    if session.get(Client, client_id, with_for_update=True) is None:
        raise NotFound("client")
    items = [item for item in standings(session, [client_id]).get(client_id, ()) if item.row.work_date <= until and not item.held]
    charged = {item.row.id: item for item in items if item.unbilled > 0}
    entries = {name: item.settled.entry for name, item in charged.items()}
    title, basis = words(session, [item.row for item in items])
    drafts = draft_lines((Charge(entries[name], item.unbilled) for name, item in charged.items()), title, basis)
    latest = max((item.settled.entry for item in charged.values()), key=lambda entry: (entry.work_date, entry.sequence))
    agreements = {entry.tariff.agreement for entry in entries.values()}
    invoice = Invoice(
        id=uuid.uuid4().hex,
        kind=INVOICE,
        state=DRAFT,
        client_id=client_id,
        payment_days=latest.tariff.payment_days,
        agreement=agreements.pop() if len(agreements) == 1 else latest.tariff.agreement,
        net=sum((each.line.net for each in drafts), ZERO),
        tax=ZERO,
        total=ZERO,
        paid=ZERO,
        credited=ZERO,
        created_at=work.now,
        created_by=work.actor,
        updated_at=work.now,
    )
    session.add(invoice)
    session.flush()
    requests = {item.row.id: item.row.request_id for item in items}
    allocations: list[BillingAllocation] = []
    for each in drafts:
        line = line_row(invoice.id, each, requests[each.charges[0].entry.id])
        session.add(line)
        for charge in each.charges:
            item = charged[charge.entry.id]
            allocations += [_allocation(item, invoice.id, line.id, piece, minutes) for piece, minutes in item.gaps()]
    allocations += [_allocation(item, invoice.id, None, 0, 0) for item in items if not item.settled.charged and not item.seen]
    session.flush()
    session.add_all(allocations)
    session.flush()
    work.note("invoice.draft", "invoice", invoice.id, client=client_id, lines=len(drafts), net=format(invoice.net, "f"))
    return invoice


def _allocation(item: Standing, invoice_id: str, line_id: str | None, piece: int, minutes: int) -> BillingAllocation:
    return BillingAllocation(
        id=uuid.uuid4().hex, entry_id=item.row.id, piece=piece, minutes=minutes, free_minutes=item.settled.free, invoice_id=invoice_id,
        line_id=line_id, released_at=None, credit_line_id=None,
    )  # fmt: skip


def line_row(invoice_id: str, drafted: DraftLine, request_id: str, credits_line_id: str | None = None) -> InvoiceLine:
    """A line as a row."""
    line = drafted.line
    return InvoiceLine(
        id=uuid.uuid4().hex, invoice_id=invoice_id, position=int(line.id), request_id=request_id, duty=line.duty,
        reference=line.reference, text=line.text, basis=line.basis, raw_minutes=line.raw_minutes, minutes=line.minutes,
        hours=format(line.hours, "f"), rate=line.rate, net=line.net, start=line.start, end=line.end, credits_line_id=credits_line_id,
    )  # fmt: skip


def words(session: Session, rows: Sequence[TimeEntry]) -> Any:
    """The words of lines: (title of an entry, basis of an entry), both as the agreement of the entry prints them."""
    snapshots = {
        row.agreement_id: snapshot_of(session, row.agreement_id) for row in {row.agreement_id: row for row in rows}.values()
    }
    agreement = {row.id: row.agreement_id for row in rows}

    def title(entry: Entry) -> str:
        return str(snapshots[agreement[entry.id]]["terms"][duty(entry.duty).billable]["label"])

    def basis(entry: Entry) -> str:
        return billing_words.basis(snapshots[agreement[entry.id]], entry.duty)

    return title, basis


def locked(work: UseCase, invoice_id: str, states: Sequence[str], expected_version: int | None = None) -> Invoice:
    """The invoice, locked together with its client. Error: ``NotFound``; ``Conflict`` for another state; ``Stale``."""
    session = work.session
    client_id = session.scalar(sa.select(Invoice.client_id).where(Invoice.id == invoice_id))
    if client_id is None:
        raise NotFound("invoice")
    session.get(Client, client_id, with_for_update=True)
    invoice = session.get_one(Invoice, invoice_id, with_for_update=True, populate_existing=True)
    if invoice.state not in states:
        raise Conflict("INVOICE_STATE", f"This document is {invoice.state}; that step is for one that is {' or '.join(states)}.")
    if expected_version is not None and invoice.version != expected_version:
        raise Stale("invoice")
    return invoice


def moved(work: UseCase, invoice: Invoice, state: str) -> None:
    """A new state and version."""
    invoice.state, invoice.updated_at = state, work.now
    flag_modified(invoice, "updated_at")
    work.session.flush()


def lines_of(session: Session, invoice_id: str) -> Sequence[InvoiceLine]:
    """The lines in their order."""
    query = sa.select(InvoiceLine).where(InvoiceLine.invoice_id == invoice_id)
    return session.scalars(query.order_by(InvoiceLine.position)).all()


def clients_with_work(session: Session, until: date | None) -> list[str]:
    """Clients with entries that may be charged: approved ones that are on no invoice, or of which a credit note released minutes."""
    open_ = sa.select(BillingAllocation.id).where(
        BillingAllocation.entry_id == TimeEntry.id, BillingAllocation.released_at.is_(None)
    )
    released = sa.select(BillingAllocation.id).where(
        BillingAllocation.entry_id == TimeEntry.id, BillingAllocation.released_at.is_not(None)
    )
    query = sa.select(TimeEntry.client_id).where(sa.or_(~open_.exists(), released.exists()))
    query = query.where(TimeEntry.state == APPROVED) if until is not None else query
    if until is not None:
        query = query.where(TimeEntry.work_date <= until)
    return list(session.scalars(query.distinct().order_by(TimeEntry.client_id)))
