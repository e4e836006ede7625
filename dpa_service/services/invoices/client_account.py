"""What finance needs of one client: its tariff today, free time left, invoices, what it owes, work in progress, how it is invoiced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.assistance import BillingProfile
from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.invoices import Invoice
from dpa_service.adapters.db.models import Client
from dpa_service.adapters.number_checks import NUMBERS
from dpa_service.domain.assistance.assistance import ZERO, Allowance, allowance
from dpa_service.domain.assistance.invoice_check import buyer_problems
from dpa_service.domain.assistance.invoicing import Buyer
from dpa_service.domain.errors import DomainError, FieldError
from dpa_service.services.assistance.settlement import standings
from dpa_service.services.assistance.tariffs import InForce, in_force
from dpa_service.services.errors import NotFound
from dpa_service.services.invoices import invoice_parties, work_in_progress
from dpa_service.services.invoices.billing import DISCARDED, INVOICE, ISSUED

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Account:
    """One client on a day. `in_force` and `allowance` are None when nothing gives it a tariff; `documents` the newest ones of
    `document_count`; `owed` EUR with VAT, `overdue` the part of it past its due date; `work` None when nothing waits.

    `buyer` is how an invoice of today would name the client, and `problems` what stops such an invoice.
    """

    client: Client
    buyer: Buyer
    in_force: InForce | None
    allowance: Allowance | None
    documents: Sequence[Invoice]
    document_count: int
    owed: Decimal
    overdue: Decimal
    work: work_in_progress.Waiting | None
    profile: BillingProfile | None
    problems: Sequence[FieldError]


def of_client(session: Session, client_id: str, today: date) -> Account:
    """The account of a client. Error: ``NotFound``."""
    mine = (Invoice.client_id == client_id, Invoice.state != DISCARDED)
    open_ = (Invoice.client_id == client_id, Invoice.kind == INVOICE, Invoice.state == ISSUED)
    with reading(session):
        client = session.get(Client, client_id)
        if client is None:
            raise NotFound("client")
        try:
            bound = in_force(session, client_id, today)
        except DomainError:  # NO_TERMS: the page says so
            bound = None
        settled = [item.settled for item in standings(session, [client_id]).get(client_id, ())]
        newest = sa.select(Invoice).where(*mine).order_by(Invoice.created_at.desc(), Invoice.id.desc()).limit(SHOWN)
        unpaid = [(row.left, row.due_date) for row in session.scalars(sa.select(Invoice).where(*open_))]
        count = session.scalar(sa.select(sa.func.count()).select_from(Invoice).where(*mine)) or 0
        documents = session.scalars(newest).all()
        profile = session.get(BillingProfile, client_id)
        buyer = invoice_parties.buyer(session, client, bound.reference if bound else None)
    late = [left for left, due in unpaid if due is not None and due < today and left > 0]
    return Account(
        client,
        buyer,
        bound,
        allowance(settled, bound.tariff, today.year) if bound else None,
        documents,
        count,
        sum((left for left, _ in unpaid), ZERO),
        sum(late, ZERO),
        next(iter(work_in_progress.of_clients(session, today, [client_id])), None),
        profile,
        # without an agreement there is nothing to invoice yet; once there is one, its reference is the fallback
        [each for each in buyer_problems(buyer, NUMBERS) if bound or each.field != "buyer.reference"],
    )
