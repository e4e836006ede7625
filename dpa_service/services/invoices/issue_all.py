"""Issuing many drafts, each in a transaction of its own: one that cannot be issued stops none of the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.invoices import Invoice
from dpa_service.adapters.db.models import Client
from dpa_service.domain.assistance.assistance import ZERO
from dpa_service.domain.assistance.invoicing import InvoiceError
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.errors import DomainError, FieldError, RequestInvalid
from dpa_service.services.invoices import draft_check, invoicing
from dpa_service.services.invoices.billing import DRAFT


@dataclass(frozen=True, slots=True)
class Issued:
    """One draft of a run: `done` of `total`; its number and total with VAT, or no number and every reason why not."""

    done: int
    total: int
    invoice_id: str
    client_id: str
    client: str
    number: str | None
    amount: Decimal
    troubles: Sequence[FieldError] = ()


def issue_all(
    session: Session, base: Library, invoice_ids: Sequence[str] | None = None, *, actor: str, now: datetime, today: date
) -> Iterator[Issued]:  # fmt: skip
    """Issue all drafts (or these), the oldest first; yields after each one. Stopping halfway leaves whole invoices; the next run goes on."""
    query = sa.select(Invoice.id, Invoice.client_id, Client.name).join(Client, Client.id == Invoice.client_id)
    query = query.where(Invoice.state == DRAFT).order_by(Invoice.created_at, Client.name, Invoice.id)
    with reading(session):
        found = [row for row in session.execute(query).all() if invoice_ids is None or row[0] in set(invoice_ids)]
    for number, (invoice_id, client_id, name) in enumerate(found, 1):
        place = (number, len(found), invoice_id, client_id, name)
        try:
            made = invoicing.issue(session, base, invoice_id, actor=actor, now=now, today=today).invoice
            yield Issued(*place, made.number, made.total)
        except (RequestInvalid, InvoiceError):  # one of them may hide others: told is everything that is to be mended
            yield Issued(*place, None, ZERO, draft_check.trial(session, base, invoice_id, today=today).troubles)
        except DomainError as why:
            yield Issued(*place, None, ZERO, [FieldError("invoice", why.code, why.message)])
