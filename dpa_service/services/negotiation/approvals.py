"""The queue of what waits for approval: who may decide what, in the order of waiting and weight, page by page.

What waits is a deviation of a draft with a seat that nobody has filled, or whose approval has expired. The order is that of
``domain.approval.urgency``; as a moment that never changes (proposed, less a day for each point of weight) it can be paged by.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, defer

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.models import Agreement, Client, Deviation
from dpa_service.adapters.db.moments import DAY, micros
from dpa_service.adapters.db.negotiation import DeviationDecision
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.playbook import OWN_AUTHORITY, role_of, settings
from dpa_service.domain.deadlines import BRUSSELS, day_of
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.domain.lifecycle import DRAFT
from dpa_service.domain.negotiation.approval import APPROVE, OPEN, Decision, standing, urgency
from dpa_service.domain.roles import SALES
from dpa_service.services.house import house_playbook
from dpa_service.services.negotiation.deviations import proposal_of, roles_of, stands_in_for
from dpa_service.services.paging import Page

PAGE, SOON_DAYS = 25, 7
_CURSOR = re.compile(r"(-?\d{1,18})-([0-9a-f]{32})")


@dataclass(frozen=True, slots=True)
class Waiting:
    """One deviation of the queue. `approved` and `open` are its seats; `mine` those the viewer may fill, and for whom (None: themselves).

    `since` is the day from which it waits, the day after an approval expired where one did; `expires` the last day of its approvals.
    """

    row: Deviation
    agreement: Agreement
    client: str | None
    approved: tuple[str, ...]
    open: tuple[str, ...]
    mine: Mapping[str, str | None]
    since: date
    days: int
    reminder: bool
    expired: bool
    expires: date | None
    urgency: int


@dataclass(frozen=True, slots=True)
class Filters:
    """What the queue is narrowed down to; None is all of it."""

    seat: str | None = None
    role: str | None = None
    clause: str | None = None
    kind: str | None = None


def queue(
    session: Session,
    library: Library,
    *,
    actor: str,
    today: date,
    everything: bool = False,
    filters: Filters | None = None,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[Waiting]:
    """What waits for `actor`, or with `everything` all that they may see, the most urgent first.

    In: the effective library, for the present playbook. Error: ``RequestInvalid`` for a cursor that is none.
    """
    with reading(session):
        viewer = _Viewer(session, house_playbook.present(session, library), actor, today)
        order = _order()
        query = _open(viewer).where(viewer.sees() if everything else viewer.may_decide())
        query = _filtered(query, viewer, filters or Filters())
        if cursor is not None:
            last, last_id = _read_cursor(cursor)
            query = query.where(sa.or_(order > last, sa.and_(order == last, Deviation.id > last_id)))
        rows = session.execute(query.add_columns(order).order_by(order, Deviation.id).limit(limit + 1)).all()
        shown = rows[:limit]
        more = f"{shown[-1][3]}-{shown[-1][0].id}" if len(rows) > limit else None
        return Page(viewer.described([(row, agreement, client) for row, agreement, client, _ in shown]), more)


def counts(session: Session, library: Library, *, actor: str, today: date) -> tuple[int, int]:
    """(how many deviations wait for `actor`, how many approvals of what they may see expire within a week)."""
    with reading(session):
        viewer = _Viewer(session, house_playbook.present(session, library), actor, today)
        mine = _open(viewer).where(viewer.may_decide()).with_only_columns(sa.func.count(Deviation.id))
        soon = _expiring(viewer).with_only_columns(sa.func.count(Deviation.id))
        return session.scalar(mine) or 0, session.scalar(soon) or 0


def expiring(session: Session, library: Library, *, actor: str, today: date, limit: int = PAGE) -> list[Waiting]:
    """Approvals of what `actor` may see that end within a week while the agreement is still a draft, the first to end first."""
    with reading(session):
        viewer = _Viewer(session, house_playbook.present(session, library), actor, today)
        rows = session.execute(_expiring(viewer).order_by(Deviation.settled_at, Deviation.id).limit(limit)).all()
        return sorted(viewer.described(rows), key=lambda each: (each.expires or date.max, each.row.id))


def all_waiting(session: Session, library: Library, *, today: date) -> list[Waiting]:
    """Everything that waits, for a program that looks after all seats; the most urgent first."""
    with reading(session):
        viewer = _Viewer(session, house_playbook.present(session, library), "", today)
        order = _order()
        return viewer.described(session.execute(_open(viewer).order_by(order, Deviation.id)).all())


def one(session: Session, library: Library, deviation_id: str, *, actor: str, today: date) -> Waiting | None:
    """One deviation as the queue would show it, whatever became of it; None where there is none that `actor` may see."""
    with reading(session):
        viewer = _Viewer(session, house_playbook.present(session, library), actor, today)
        query = _listed().where(Deviation.id == deviation_id, viewer.sees())
        rows = session.execute(query).all()
        return viewer.described(rows)[0] if rows else None


def _order() -> sa.ColumnElement[int]:
    """The urgency as a moment in microseconds: proposed, less a day for each point of weight; the least first."""
    return micros(Deviation.proposed_at) - sa.cast(Deviation.weight, sa.BigInteger) * sa.literal(DAY, sa.BigInteger)


def _listed() -> sa.Select[*tuple[Any, ...]]:
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(Deviation, Agreement, Client.name)
        .join(Agreement, Agreement.id == Deviation.agreement_id)
        .outerjoin(Client, Client.id == Agreement.client_id)
        .options(defer(Agreement.request), defer(Agreement.search))
    )
    return query


def _open(viewer: _Viewer) -> sa.Select[*tuple[Any, ...]]:
    """What waits: an open seat in a draft. Every seat is one of the playbook's, so one condition a seat says it."""
    waits = sa.or_(*(viewer.waits(seat) for seat in viewer.seats)) if viewer.seats else sa.false()
    return _listed().where(Deviation.state.in_(OPEN), Agreement.state == DRAFT, waits)


def _expiring(viewer: _Viewer) -> sa.Select[*tuple[Any, ...]]:
    last = viewer.day(viewer.today + timedelta(days=SOON_DAYS - viewer.approval_days + 1))
    given = sa.exists().where(*viewer.given(), DeviationDecision.decided_at < last)
    waits = sa.or_(*(viewer.waits(seat) for seat in viewer.seats)) if viewer.seats else sa.false()
    return _listed().where(Deviation.state.in_(OPEN), Agreement.state == DRAFT, given, sa.not_(waits), viewer.sees())


def _filtered(query: sa.Select[*tuple[Any, ...]], viewer: _Viewer, filters: Filters) -> sa.Select[*tuple[Any, ...]]:
    seats = {filters.seat} if filters.seat else None
    if filters.role:
        held = {seat for seat in viewer.seats if role_of(viewer.library, seat) == filters.role}
        seats = held if seats is None else seats & held
    if seats is not None:
        query = query.where(sa.or_(sa.false(), *(viewer.waits(seat) for seat in sorted(seats) if seat in viewer.seats)))
    if filters.clause:
        query = query.where(Deviation.clause == filters.clause)
    if filters.kind:
        query = query.where(Deviation.deviation_class == filters.kind)
    return query


class _Viewer:
    """Who looks, on which day, under which playbook: what they may decide and see, as conditions and as rows."""

    def __init__(self, session: Session, library: Library, actor: str, today: date) -> None:
        self.session, self.library, self.actor, self.today = session, library, actor, today
        self.approval_days, self.reminder_days = settings(library)
        self.roles = roles_of(session, actor)
        self.absent = stands_in_for(session, actor, today)
        self.seats = tuple(library.approvers)
        self.good_from = self.day(today - timedelta(days=self.approval_days))

    @staticmethod
    def day(day: date) -> datetime:
        """The first moment of a day in Belgium."""
        return datetime.combine(day, time(), BRUSSELS)

    def held(self, roles: Iterable[str]) -> list[str]:
        """The seats that roles fill."""
        return [seat for seat in self.seats if role_of(self.library, seat) in roles]

    def names(self, seat: str) -> sa.ColumnElement[bool]:
        """Deviations that this seat decides; the list of seats is kept as JSON text."""
        return sa.type_coerce(Deviation.approvers, sa.Text).contains(f'"{seat}"', autoescape=True)

    def given(self) -> tuple[sa.ColumnElement[bool], ...]:
        """Approvals of exactly what stands there now."""
        return (
            DeviationDecision.deviation_id == Deviation.id,
            DeviationDecision.decision == APPROVE,
            DeviationDecision.fingerprint == Deviation.fingerprint,
        )

    def waits(self, seat: str) -> sa.ColumnElement[bool]:
        """Deviations for which this seat has not approved, or too long ago."""
        good = sa.exists().where(*self.given(), DeviationDecision.seat == seat, DeviationDecision.decided_at >= self.good_from)
        return sa.and_(self.names(seat), sa.not_(good))

    def may_decide(self) -> sa.ColumnElement[bool]:
        """Deviations with a seat that the viewer may fill now, in their own role or for somebody who is absent."""
        not_own = Deviation.proposed_by != self.actor
        ways = []
        for seat in self.held(self.roles):
            ways.append(self.waits(seat) if seat in OWN_AUTHORITY else sa.and_(self.waits(seat), not_own))
        for absent, roles in self.absent.items():
            ways += [
                sa.and_(self.waits(seat), not_own, Deviation.proposed_by != absent) for seat in self.held(roles)
            ]  # fmt: skip
        return sa.or_(*ways) if ways else sa.false()

    def sees(self) -> sa.ColumnElement[bool]:
        """Sales sees its own proposals and what its seats decide; the others see all."""
        if self.roles - {SALES}:
            return sa.true()
        own = [self.names(seat) for seat in self.held(self.roles)]
        return sa.or_(Deviation.proposed_by == self.actor, self.may_decide(), *own)

    def described(self, rows: Sequence[Any]) -> list[Waiting]:
        """The rows of a page with their seats: one query for all their decisions."""
        ids = [row.id for row, _, _ in rows]
        said: dict[str, list[DeviationDecision]] = defaultdict(list)
        if ids:
            query = sa.select(DeviationDecision).where(DeviationDecision.deviation_id.in_(ids))
            for each in self.session.scalars(query.order_by(DeviationDecision.decided_at, DeviationDecision.id)):
                said[each.deviation_id].append(each)
        return [self._one(row, agreement, client, said[row.id]) for row, agreement, client in rows]

    def _one(self, row: Deviation, agreement: Agreement, client: str | None, said: list[DeviationDecision]) -> Waiting:
        decisions = [
            Decision(d.seat, d.decision, d.decided_by, day_of(d.decided_at), d.fingerprint, d.on_behalf_of) for d in said
        ]
        stands = standing(proposal_of(row), decisions, self.today, self.approval_days)
        last = {d.seat: d.on for d in decisions if d.decision == APPROVE and d.fingerprint == row.fingerprint}
        expired = [last[seat] + timedelta(days=self.approval_days + 1) for seat in stands.open if seat in last]
        since = max([day_of(row.proposed_at), *expired])
        days = max(0, (self.today - since).days)
        deciding = row.state in OPEN and agreement.state == DRAFT
        return Waiting(
            row=row,
            agreement=agreement,
            client=client,
            approved=stands.approved,
            open=stands.open,
            mine=self._mine(row, stands.open) if deciding else {},
            since=since,
            days=days,
            reminder=deciding and bool(stands.open) and days >= self.reminder_days,
            expired=bool(expired),
            expires=stands.good_until,
            urgency=urgency(day_of(row.proposed_at), self.today, row.weight),
        )

    def _mine(self, row: Deviation, waiting: Sequence[str]) -> dict[str, str | None]:
        own = self.held(self.roles)
        found: dict[str, str | None] = {
            seat: None for seat in waiting if seat in own and (row.proposed_by != self.actor or seat in OWN_AUTHORITY)
        }
        for absent, roles in self.absent.items():
            if row.proposed_by not in (absent, self.actor):
                for seat in waiting:
                    if seat in self.held(roles):
                        found.setdefault(seat, absent)
        return found


def _read_cursor(cursor: str) -> tuple[int, str]:
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise RequestInvalid([FieldError("cursor", "CURSOR", "This is not a cursor of a page before; leave it out.")])
    return int(found[1]), found[2]
