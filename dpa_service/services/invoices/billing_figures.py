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
from dpa_service.services.assistance.tariffs import InForce, agreements_in_force, in_force
from dpa_service.services.assistance.time_entries import APPROVED
from dpa_service.services.invoices.billing import CREDIT, DRAFT

FreeTime = tuple[str, str, Allowance]
Found = Mapping[str, Sequence[Standing]]


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

    def add(self, more: Sums) -> None:
        """Count another group in."""
        self.raw += more.raw
        self.billed += more.billed
        self.unbilled += more.unbilled
        self.drafted += more.drafted
        self.invoiced += more.invoiced
        self.revenue += more.revenue
        for reason, minutes in more.free.items():
            self.free[reason] = self.free.get(reason, 0) + minutes

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
        return _figures(session, standings(session, _worked(session, first, last, client_id)), first, last, client_id)


def with_allowances(
    session: Session, first: date, last: date, today: date, *, client_id: str | None = None
) -> tuple[Figures, list[FreeTime]]:
    """Both ``figures`` and the ``allowances`` of the year of the last day, for a page that shows them: the entries are read once."""
    year = last.year
    with reading(session):
        wanted = {*_worked(session, first, last, client_id), *_worked(session, *_year(year), client_id)}
        found = standings(session, wanted)
        return _figures(session, found, first, last, client_id), _allowances(session, found, year, today)


def clients_with_figures(session: Session) -> list[tuple[str, str]]:
    """Clients for whom minutes were approved or a document was issued: (id, name), by name."""
    worked = sa.select(TimeEntry.client_id).where(TimeEntry.state == APPROVED)
    billed = sa.select(Invoice.client_id).where(Invoice.number.is_not(None))
    query = sa.select(Client.id, Client.name).where(sa.or_(Client.id.in_(worked), Client.id.in_(billed)))
    with reading(session):
        return [(row[0], row[1]) for row in session.execute(query.order_by(Client.name, Client.id))]


def allowances(session: Session, year: int, today: date) -> list[FreeTime]:
    """Clients with work in the year whose tariff holds free time now, or who used some: (id, name, allowance), the most used first."""
    with reading(session):
        return _allowances(session, standings(session, _worked(session, *_year(year), None)), year, today)


# ---- inside a transaction --------------------------------------------------------------------------------------------


def _year(year: int) -> tuple[date, date]:
    return date(year, 1, 1), date(year, 12, 31)


def _worked(session: Session, first: date, last: date, client_id: str | None) -> list[str]:
    """The clients with approved work in a period."""
    query = sa.select(TimeEntry.client_id).where(TimeEntry.state == APPROVED, TimeEntry.work_date.between(first, last))
    return list(session.scalars((query.where(TimeEntry.client_id == client_id) if client_id else query).distinct()))


def _figures(session: Session, found: Found, first: date, last: date, client_id: str | None) -> Figures:
    drafts = set(session.scalars(sa.select(Invoice.id).where(Invoice.state == DRAFT)))
    revenue = _revenue(session, first, last, client_id)
    whole = Sums()
    groups: tuple[dict[str, Sums], ...] = (defaultdict(Sums), defaultdict(Sums), defaultdict(Sums))
    for client, items in found.items():
        for item in items:
            if first <= item.row.work_date <= last:
                keys, own = (item.settled.entry.duty, client, f"{item.row.work_date:%Y-%m}"), _of(item, drafts)
                for sums in (whole, *(group[key] for group, key in zip(groups, keys, strict=True))):
                    sums.add(own)
    for duty, client, day, net in revenue:
        for sums in (whole, *(group[key] for group, key in zip(groups, (duty, client, f"{day:%Y-%m}"), strict=True))):
            sums.revenue += net
    duties, clients, months = (dict(sorted(group.items())) for group in groups)
    names = {row[0]: row[1] for row in session.execute(sa.select(Client.id, Client.name).where(Client.id.in_(clients)))}
    return Figures(whole, duties, clients, months, names)


def _allowances(session: Session, found: Found, year: int, today: date) -> list[FreeTime]:
    day = min(today, date(year, 12, 31))
    worked = [each for each, items in found.items() if any(item.row.work_date.year == year for item in items)]
    bound, seen = agreements_in_force(session, worked, day), dict[str, InForce]()
    told = []
    for each, name in session.execute(sa.select(Client.id, Client.name).where(Client.id.in_(worked))).all():
        settled = [item.settled for item in found[each]]
        # most work was done under the agreement of today, whose tariff is kept with it: reading a thousand agreements takes seconds
        known = (item.settled.entry.tariff for item in found[each] if item.row.agreement_id == bound.get(each))
        try:
            tariff = next(known, None) or in_force(session, each, day, seen).tariff
        except DomainError:  # nothing in force any more: the tariff of the last work tells
            tariff = settled[-1].entry.tariff
        told.append((each, name, allowance(settled, tariff, year)))
    return sorted((row for row in told if row[2].granted or row[2].used), key=lambda row: (-row[2].used, row[1]))


def _of(item: Standing, drafts: set[str]) -> Sums:
    """What one entry adds."""
    held = [each for each in item.allocations if each.released_at is None]
    drafted = sum(each.minutes for each in held if each.invoice_id in drafts)
    return Sums(
        item.row.minutes, item.settled.billed, item.unbilled, drafted, sum(each.minutes for each in held) - drafted,
        free=dict(item.settled.parts),
    )  # fmt: skip


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
