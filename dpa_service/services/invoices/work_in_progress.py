"""Work in progress: what is approved and on no invoice, by client and age."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.assistance import TimeEntry
from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.models import Client
from dpa_service.domain.assistance.assistance import ZERO, amount
from dpa_service.services.assistance.settlement import Standing, standings
from dpa_service.services.assistance.time_entries import undecided
from dpa_service.services.errors import NotFound
from dpa_service.services.invoices.billing import clients_with_work

AGES = (30, 60, 90)  # days


@dataclass(frozen=True, slots=True)
class Waiting:
    """What one client has that is approved and on no invoice: minutes and EUR without VAT, by age (days from the work to today,
    the bounds of AGES), what waits for approval, what is held because a correction waits, and what is not charged, by reason."""

    client_id: str
    client: str
    minutes: int
    net: Decimal
    oldest: date | None
    by_age: tuple[Decimal, ...]
    logged: int
    held: int
    free: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Piece:
    """One approved entry that no invoice has settled: minutes rounded up (`billed`), those to charge (`unbilled`) and their EUR without
    VAT, `held` while a correction waits, and what of it is not charged, by reason."""

    row: TimeEntry
    reference: str
    duty: str
    billed: int
    unbilled: int
    net: Decimal
    held: bool
    free: tuple[tuple[str, int], ...]


def of_clients(
    session: Session, today: date, client_ids: Sequence[str] | None = None, *, until: date | None = None
) -> list[Waiting]:  # fmt: skip
    """Clients with work on no invoice, the largest amount first; `until`: only work up to that day, as a draft up to it would hold.

    Amounts are per entry; a line of several may differ by cents.
    """
    with reading(session):
        wanted = clients_with_work(session, None) if client_ids is None else list(client_ids)
        found = standings(session, wanted)
        names = {row[0]: row[1] for row in session.execute(sa.select(Client.id, Client.name).where(Client.id.in_(found)))}
        logged = sa.select(TimeEntry.client_id, sa.func.sum(TimeEntry.minutes)).where(undecided())
        logged = logged if until is None else logged.where(TimeEntry.work_date <= until)
        waiting = {row[0]: int(row[1]) for row in session.execute(logged.group_by(TimeEntry.client_id))}
        rows = [
            _waiting(client, names[client], _up_to(items, until), waiting.get(client, 0), today)
            for client, items in found.items()
        ]
    shown = [row for row in rows if row.minutes or row.logged or row.held or row.free]
    return sorted(shown, key=lambda row: (-row.net, row.client))


def of_client(session: Session, client_id: str, *, until: date) -> list[Piece]:
    """The entries behind a client's sum, in the order of the work. Error: ``NotFound``."""
    with reading(session):
        if session.get(Client, client_id) is None:
            raise NotFound("client")
        items = _up_to(standings(session, [client_id]).get(client_id, ()), until)
        return [
            Piece(
                item.row, item.settled.entry.request, item.settled.entry.duty, item.settled.billed, item.unbilled,
                amount(item.unbilled, item.row.rate), item.held, () if item.seen else item.settled.parts,
            )
            for item in items
            if item.unbilled or (item.settled.parts and not item.seen)
        ]  # fmt: skip


def _up_to(items: Sequence[Standing], until: date | None) -> Sequence[Standing]:
    return items if until is None else [item for item in items if item.row.work_date <= until]


def _waiting(client_id: str, name: str, items: Sequence[Standing], logged: int, today: date) -> Waiting:
    ages, minutes, net, held, oldest = [ZERO] * (len(AGES) + 1), 0, ZERO, 0, None
    free: dict[str, int] = {}
    for item in items:
        if item.held:
            held += item.unbilled
        elif item.unbilled:
            value = amount(item.unbilled, item.row.rate)
            minutes, net = minutes + item.unbilled, net + value
            age = (today - item.row.work_date).days
            ages[sum(age > bound for bound in AGES)] += value
            oldest = min(oldest or item.row.work_date, item.row.work_date)
        if not item.seen:
            for reason, part in item.settled.parts:
                free[reason] = free.get(reason, 0) + part
    return Waiting(client_id, name, minutes, net, oldest, tuple(ages), logged, held, free)
