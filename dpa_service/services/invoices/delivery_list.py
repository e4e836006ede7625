"""What became of the sending of documents, as finance looks at it: a list by state, and how many there are of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.invoices import Delivery, Invoice
from dpa_service.adapters.db.models import Client
from dpa_service.domain.assistance.envelope import DELIVERED, EXPORTED, FAILED, SENT
from dpa_service.services.invoices.deliveries import QUEUED, SENDING
from dpa_service.services.paging import Page, page_of

STATES = (FAILED, QUEUED, SENDING, SENT, DELIVERED, EXPORTED)  # what asks for somebody first


@dataclass(frozen=True, slots=True)
class Sent:
    """The sending of one document, the document, and the name of its client."""

    delivery: Delivery
    invoice: Invoice
    client: str


def counts(session: Session) -> dict[str, int]:
    """State → documents, every state of STATES."""
    query = sa.select(Delivery.state, sa.func.count()).group_by(Delivery.state)
    with reading(session):
        found = {row[0]: row[1] for row in session.execute(query)}
    return {state: found.get(state, 0) for state in STATES}


def listing(session: Session, *, state: str | None = None, cursor: str | None = None, limit: int = 50) -> Page[Sent]:
    """Documents by the moment they were issued, newest first. Error: ``RequestInvalid`` for a wrong cursor."""
    query = sa.select(Delivery)
    if state is not None:
        query = query.where(Delivery.state == state)
    with reading(session):
        page: Page[Delivery] = page_of(session, query, Delivery, cursor, limit)  # type: ignore[arg-type]
        return Page(_with_documents(session, page.items), page.next)


def handled_at(session: Session, moment: datetime, *, limit: int = 500) -> list[Sent]:
    """The documents whose last step was taken in the run that began at `moment`, the oldest first."""
    query = sa.select(Delivery).where(Delivery.updated_at == moment).order_by(Delivery.created_at, Delivery.id).limit(limit)
    with reading(session):
        return _with_documents(session, session.scalars(query).all())


def _with_documents(session: Session, rows: Sequence[Delivery]) -> list[Sent]:
    query = sa.select(Invoice, Client.name).join(Client, Client.id == Invoice.client_id)
    wanted = query.where(Invoice.id.in_([row.invoice_id for row in rows]))
    known: Mapping[str, tuple[Invoice, str]] = {invoice.id: (invoice, name) for invoice, name in session.execute(wanted)}
    return [Sent(row, *known[row.invoice_id]) for row in rows]
