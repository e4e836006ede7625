"""Figures of assistance for finance: hours and revenue per duty, client and month, the allowance used, and what was not billed and why.

Every approved minute stands in exactly one place: raw + rounding = billed = unbilled + drafted + invoiced + not charged, by reason.
Revenue is what was invoiced less what was credited, without VAT, in the month of the document.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.assistance import TimeEntry
from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.invoices import Invoice, InvoiceLine
from dpa_service.adapters.db.models import Client
from dpa_service.domain.assistance.assistance import ZERO, Allowance, allowance
from dpa_service.domain.errors import DomainError
from dpa_service.services.assistance.settlement import Standing, standings
from dpa_service.services.assistance.tariffs import in_force
from dpa_service.services.assistance.time_entries import APPROVED
from dpa_service.services.invoices.billing import CREDIT, DRAFT


@dataclass(slots=True)
class Sums:
    """Minutes of the work in a group, and the revenue of the documents in it (EUR without VAT). `free`: reason → minutes."""

    raw: int = 0
    billed: int = 0
    unbilled: int = 0
    drafted: int = 0
    invoiced: int = 0
    revenue: Decimal = ZERO
    free: dict[str, int] = field(default_factory=dict)

    @property
    def not_charged(self) -> int:
        """Minutes free of charge."""
        return sum(self.free.values())

    @property
    def share_not_charged(self) -> Decimal:
        """The part of the billed minutes that is not charged, from 0 to 1, three decimals."""
        return (Decimal(self.not_charged) / self.billed).quantize(Decimal("0.001")) if self.billed else Decimal("0.000")


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums in all, and per duty, client (id) and month ("2026-11"); `clients`: id → name."""

    whole: Sums
    duties: Mapping[str, Sums]
    clients: Mapping[str, Sums]
    months: Mapping[str, Sums]
    names: Mapping[str, str]


def figures(session: Session, first: date, last: date, *, client_id: str | None = None) -> Figures:
    """The work done from the first day to the last one, and the documents issued in it; of one client when asked."""
    with reading(session):
        worked = sa.select(TimeEntry.client_id).where(TimeEntry.state == APPROVED, TimeEntry.work_date.between(first, last))
        wanted = [client_id] if client_id else list(session.scalars(worked.distinct()))
        found = standings(session, wanted)
        drafts = set(session.scalars(sa.select(Invoice.id).where(Invoice.state == DRAFT)))
        revenue = _revenue(session, first, last, client_id)
        names = sa.select(Client.id, Client.name).where(Client.id.in_({*wanted, *(row[1] for row in revenue)}))
        known = {row[0]: row[1] for row in session.execute(names)}
    whole = Sums()
    groups: tuple[dict[str, Sums], ...] = (defaultdict(Sums), defaultdict(Sums), defaultdict(Sums))
    for client, items in found.items():
        for item in items:
            if first <= item.row.work_date <= last:
                keys = item.settled.entry.duty, client, f"{item.row.work_date:%Y-%m}"
                for sums in (whole, *(group[key] for group, key in zip(groups, keys, strict=True))):
                    _add(sums, item, drafts)
    for duty, client, day, net in revenue:
        for sums in (whole, *(group[key] for group, key in zip(groups, (duty, client, f"{day:%Y-%m}"), strict=True))):
            sums.revenue += net
    duties, clients, months = (dict(sorted(group.items())) for group in groups)
    return Figures(whole, duties, clients, months, known)


def allowances(session: Session, year: int, today: date) -> list[tuple[str, str, Allowance]]:
    """Clients whose tariff holds free time now, or who used some in the year: (id, name, allowance), the most used first."""
    with reading(session):
        worked = sa.select(TimeEntry.client_id).where(
            TimeEntry.state == APPROVED, TimeEntry.work_date.between(date(year, 1, 1), date(year, 12, 31))
        )
        found = standings(session, session.scalars(worked.distinct()))
        rows = session.execute(sa.select(Client.id, Client.name).where(Client.id.in_(found))).all()
        told = []
        for client_id, name in rows:
            settled = [item.settled for item in found[client_id]]
            try:
                tariff = in_force(session, client_id, min(today, date(year, 12, 31))).tariff
            except DomainError:  # nothing in force any more: the tariff of the last work tells
                tariff = settled[-1].entry.tariff
            told.append((client_id, name, allowance(settled, tariff, year)))
    return sorted((row for row in told if row[2].granted or row[2].used), key=lambda row: (-row[2].used, row[1]))


def _add(sums: Sums, item: Standing, drafts: set[str]) -> None:
    sums.raw += item.row.minutes
    sums.billed += item.settled.billed
    sums.unbilled += item.unbilled
    for each in item.allocations:
        if each.released_at is None and each.invoice_id in drafts:
            sums.drafted += each.minutes
        elif each.released_at is None:
            sums.invoiced += each.minutes
    for reason, minutes in item.settled.parts:
        sums.free[reason] = sums.free.get(reason, 0) + minutes


def _revenue(session: Session, first: date, last: date, client_id: str | None) -> Sequence[tuple[str, str, date, Decimal]]:
    """(duty, client, day, EUR), credit notes below zero."""
    query = (
        sa.select(InvoiceLine.duty, Invoice.client_id, Invoice.issue_date, Invoice.kind, sa.func.sum(InvoiceLine.net))
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(Invoice.number.is_not(None), Invoice.issue_date.between(first, last))
        .group_by(InvoiceLine.duty, Invoice.client_id, Invoice.issue_date, Invoice.kind)
    )
    if client_id:
        query = query.where(Invoice.client_id == client_id)
    rows = session.execute(query).all()
    return [(duty, client, day, -net if kind == CREDIT else net) for duty, client, day, kind, net in rows if day]
