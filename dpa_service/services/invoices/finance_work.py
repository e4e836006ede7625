"""What waits for finance, in numbers: minutes to approve, drafts to issue, refused deliveries, invoices past their due date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from dpa_service.adapters.db.assistance import TimeEntry
from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.invoices import Delivery, Invoice
from dpa_service.domain.assistance.envelope import FAILED
from dpa_service.services.assistance.time_entries import LOGGED, REJECTED
from dpa_service.services.invoices import invoice_payments
from dpa_service.services.invoices.billing import DRAFT


@dataclass(frozen=True, slots=True)
class Billing:
    """How many of each; `overdue_left` is what is still to be paid of the overdue ones, EUR with VAT."""

    drafts: int
    refused: int
    overdue: int
    overdue_left: Decimal


def to_approve(session: Session, person: str) -> tuple[int, int]:
    """Entries and minutes that wait and that this person may approve: worked and written down by others, and not corrected since."""
    newer = aliased(TimeEntry)
    corrected = sa.select(newer.id).where(newer.correction_of == TimeEntry.id, newer.state != REJECTED)
    query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(TimeEntry.minutes), 0)).where(
        TimeEntry.state == LOGGED, TimeEntry.person != person, TimeEntry.created_by != person, ~corrected.exists()
    )
    with reading(session):
        entries, minutes = session.execute(query).one()
    return int(entries), int(minutes)


def billing(session: Session, today: date) -> Billing:
    """What waits for who makes and sends invoices."""
    with reading(session):
        drafts = session.scalar(sa.select(sa.func.count()).select_from(Invoice).where(Invoice.state == DRAFT))
        refused = session.scalar(sa.select(sa.func.count()).select_from(Delivery).where(Delivery.state == FAILED))
    late = invoice_payments.overdue(session, today)
    return Billing(drafts or 0, refused or 0, len(late), sum((each.left for each in late), Decimal("0.00")))
