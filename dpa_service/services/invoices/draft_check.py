"""A draft as it would be issued today, and everything that would stop it, before anybody presses the button."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.invoices import Invoice
from dpa_service.adapters.db.models import Client
from dpa_service.adapters.number_checks import NUMBERS
from dpa_service.domain.assistance import invoicing as figures
from dpa_service.domain.assistance.communication import communication_for
from dpa_service.domain.assistance.invoice_check import buyer_problems, problems
from dpa_service.domain.assistance.invoicing import Buyer, InvoiceError, Seller
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.services.errors import NotFound
from dpa_service.services.invoices import invoice_parties
from dpa_service.services.invoices.billing import DRAFT
from dpa_service.services.invoices.invoice_making import DRAFT_NUMBER, made


@dataclass(frozen=True, slots=True)
class Trial:
    """A draft as it would be today: its document (None while it cannot be made), the parties (the house None without bank details),
    and every problem that would stop its issue, by field."""

    document: figures.Invoice | None
    seller: Seller | None
    buyer: Buyer
    troubles: Sequence[FieldError]


def trial(session: Session, base: Library, invoice_id: str, *, today: date) -> Trial:
    """Try a draft out; no number is taken. In: the clause library as its files are. Error: ``NotFound`` for what is no draft."""
    with reading(session):
        invoice = session.get(Invoice, invoice_id)
        if invoice is None or invoice.state != DRAFT:
            raise NotFound("draft")
        seller, found = _seller(session, base)
        buyer = _buyer(session, invoice)
        try:
            document = made(
                session, base, invoice, number=DRAFT_NUMBER, communication=communication_for(today.year, 1), issue_date=today
            ).document
        except (RequestInvalid, InvoiceError) as trouble:  # the parties say it by field; what they do not say is about the whole
            found = [*found, *buyer_problems(buyer, NUMBERS)]
            if isinstance(trouble, InvoiceError) and trouble.code not in {each.code for each in found}:
                found.append(FieldError("invoice", trouble.code, trouble.message))
            return Trial(None, seller, buyer, _sorted(found))
        return Trial(document, seller, buyer, _sorted(problems(document, NUMBERS)))


def party_troubles(session: Session, base: Library, invoice_ids: Iterable[str]) -> dict[str, list[FieldError]]:
    """What is wrong with the parties of drafts: everything that somebody can mend, without making the documents."""
    with reading(session):
        _, house = _seller(session, base)
        rows = session.scalars(sa.select(Invoice).where(Invoice.id.in_(list(invoice_ids)))).all()
        return {row.id: _sorted([*house, *buyer_problems(_buyer(session, row), NUMBERS)]) for row in rows}


def _seller(session: Session, base: Library) -> tuple[Seller | None, Sequence[FieldError]]:
    try:
        return invoice_parties.seller(session, base), []
    except RequestInvalid as trouble:
        return None, trouble.errors


def _buyer(session: Session, invoice: Invoice) -> Buyer:
    return invoice_parties.buyer(session, session.get_one(Client, invoice.client_id), invoice.agreement)


def _sorted(found: Iterable[FieldError]) -> list[FieldError]:
    """One of each field and code."""
    return [each for _, each in sorted({(each.field, each.code): each for each in found}.items())]
