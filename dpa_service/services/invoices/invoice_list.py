"""Invoices and credit notes as a list with its sums: found by state, kind, client, number, client's name or structured communication."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.invoices import Invoice, InvoiceLine, Payment
from dpa_service.adapters.db.models import Client
from dpa_service.domain.assistance.assistance import ZERO
from dpa_service.services.invoices.billing import DISCARDED
from dpa_service.services.paging import page_of, search_form

LATE = "late"  # asked as a state: issued, past its due date, and something is left to pay
_COMMUNICATION = re.compile(r"[\d+*/. ]*\d[\d+*/. ]*")
LEFT = Invoice.left


@dataclass(frozen=True, slots=True)
class Row:
    """One document: the client's name, what is left to pay (None on a credit note or draft), days past the due date (0: not late)."""

    invoice: Invoice
    client: str
    left: Decimal | None
    late: int


@dataclass(frozen=True, slots=True)
class Sums:
    """Of all issued documents that fit, credit notes taken off; `left` is what clients still have to pay. Drafts are counted apart."""

    documents: int
    net: Decimal
    tax: Decimal
    total: Decimal
    left: Decimal
    drafts: int
    drafts_net: Decimal


@dataclass(frozen=True, slots=True)
class Register:
    """A page of the list, the cursor of the next one, and the sums of everything that fits."""

    rows: Sequence[Row]
    next: str | None
    sums: Sums


def wanted(
    state: str | None, kind: str | None, client_id: str | None, text: str | None, today: date | None = None
) -> list[sa.ColumnElement[bool]]:
    """The conditions of a list. Discarded drafts only when asked; ``LATE`` needs `today`."""
    if state == LATE:
        found = [Invoice.kind == "invoice", Invoice.state == "issued", Invoice.due_date < today, LEFT > 0]
    else:
        found = [Invoice.state == state if state is not None else Invoice.state != "discarded"]
    found += [column == value for column, value in ((Invoice.kind, kind), (Invoice.client_id, client_id)) if value is not None]
    if text and _COMMUNICATION.fullmatch(text):
        digits = "".join(sign for sign in text if sign.isdigit())
        return [*found, sa.or_(Invoice.communication.contains(digits), Invoice.number.contains(text.strip(), autoescape=True))]
    for word in search_form(text).split():
        client = sa.select(Client.id).where(Client.search.contains(word, autoescape=True))
        found.append(sa.or_(Invoice.number.icontains(word, autoescape=True), Invoice.client_id.in_(client)))
    return found


def register(
    session: Session, *, state: str | None = None, kind: str | None = None, client_id: str | None = None, text: str | None = None,
    today: date, cursor: str | None = None, limit: int = 50,
) -> Register:  # fmt: skip
    """The list, newest first. Error: ``RequestInvalid`` for a wrong cursor."""
    conditions = wanted(state, kind, client_id, text, today)
    with reading(session):
        page = page_of(session, sa.select(Invoice).where(*conditions), Invoice, cursor, limit)  # type: ignore[arg-type]
        ids = {row.client_id for row in page.items}
        names: dict[str, str] = dict(session.execute(sa.select(Client.id, Client.name).where(Client.id.in_(ids))).all())
        rows = [Row(row, names[row.client_id], left_of(row), days_late(row, today)) for row in page.items]
        return Register(rows, page.next, _sums(session, conditions))


def left_of(invoice: Invoice) -> Decimal | None:
    """EUR still to be paid; below zero when the client gets money back; None where nothing is paid on."""
    if invoice.kind != "invoice" or invoice.number is None:
        return None
    return invoice.left


def days_late(invoice: Invoice, today: date) -> int:
    """Days since the due date, of an invoice of which something is left to pay; else 0."""
    left = left_of(invoice)
    if left is None or left <= 0 or invoice.due_date is None:
        return 0
    return max(0, (today - invoice.due_date).days)


def by_numbers(session: Session, numbers: Collection[str]) -> dict[str, Invoice]:
    """Number → document, of those that exist."""
    with reading(session):
        found: dict[str, Invoice] = {}
        asked = sorted(numbers)
        for start in range(0, len(asked), 500):
            rows = session.scalars(sa.select(Invoice).where(Invoice.number.in_(asked[start : start + 500])))
            found |= {str(row.number): row for row in rows}
        return found


def received(session: Session, *, limit: int = 20) -> list[tuple[Payment, Invoice, str]]:
    """The last payments that were entered, with their invoice and the client's name."""
    query = (
        sa.select(Payment, Invoice, Client.name)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .join(Client, Client.id == Invoice.client_id)
    )
    with reading(session):
        rows = session.execute(query.order_by(Payment.created_at.desc(), Payment.id).limit(limit))
        return [(payment, invoice, name) for payment, invoice, name in rows]


def _sums(session: Session, conditions: Sequence[Any]) -> Sums:
    kinds = sa.case((Invoice.number.is_(None), "draft"), else_=Invoice.kind)
    owed = sa.case((sa.and_(Invoice.kind == "invoice", LEFT > 0), LEFT), else_=sa.literal(ZERO, Invoice.total.type))
    left = sa.type_coerce(sa.func.sum(owed), Invoice.total.type)
    columns = (sa.func.count(), sa.func.sum(Invoice.net), sa.func.sum(Invoice.tax), sa.func.sum(Invoice.total), left)
    asked = sa.select(kinds, *columns).where(Invoice.state != "discarded", *conditions).group_by(kinds)
    found = {name: tuple(values) for name, *values in session.execute(asked)}
    nothing = (0, ZERO, ZERO, ZERO, ZERO)
    plus, less, drafts = (found.get(name, nothing) for name in ("invoice", "credit", "draft"))
    net, tax, total = (plus[at] - less[at] for at in (1, 2, 3))
    return Sums(plus[0] + less[0], net, tax, total, plus[4], drafts[0], drafts[1])


def of_request(session: Session, request_id: str) -> Sequence[tuple[Invoice, InvoiceLine]]:
    """The drafts, invoices and credit notes with a line for this assistance request, oldest first; discarded drafts left out."""
    query = sa.select(Invoice, InvoiceLine).join(InvoiceLine, InvoiceLine.invoice_id == Invoice.id)
    query = query.where(InvoiceLine.request_id == request_id, Invoice.state != DISCARDED)
    with reading(session):
        rows = session.execute(query.order_by(Invoice.created_at, Invoice.id, InvoiceLine.position)).all()
    return [(invoice, line) for invoice, line in rows]
