"""Figures about the negotiations: what is negotiated, how far the house goes, how long deciding takes. Computed in the database.

A negotiation is one subject (a key: a term, a row of the playbook, a clause's wording) with one client, however many rounds it took.
A period is a quarter of the calendar in Belgium, by the day of the proposal; the decisions of a quarter are those taken in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.models import Agreement, Deviation
from dpa_service.adapters.db.moments import micros
from dpa_service.adapters.db.negotiation import DeviationDecision
from dpa_service.adapters.db.types import canonical
from dpa_service.domain.contract.asked import FALLBACK
from dpa_service.domain.contract.playbook import OWN_AUTHORITY
from dpa_service.domain.deadlines import BRUSSELS
from dpa_service.domain.negotiation.approval import APPROVE, COUNTER, OPEN, REJECT

QUARTERS = 8  # how many are shown
_HOUR = Decimal(3_600_000_000)


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter of the calendar: "2026-Q4", its first moment and that of the next, in Belgium."""

    name: str
    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """The figures of one group (a quarter, a clause, or both).

    `negotiations`: subjects negotiated. `proposals`: positions proposed, rounds counted one by one. `own`: those settled by sales alone.
    `rung`: the average rung conceded (F1 counts 1, F2 counts 2) over the rungs that stand. `median_hours`, `longest_hours`: from proposal to
    settlement, what sales settled alone left out. The decisions are counted a person, however many seats one filled.
    """

    quarter: str | None
    clause: str | None
    negotiations: int = 0
    proposals: int = 0
    own: int = 0
    rung: Decimal | None = None
    median_hours: Decimal | None = None
    longest_hours: Decimal | None = None
    approved: int = 0
    rejected: int = 0
    countered: int = 0

    @property
    def own_share(self) -> Decimal | None:
        """The share that sales settled alone, 0 to 1."""
        return Decimal(self.own) / Decimal(self.proposals) if self.proposals else None


@dataclass(frozen=True, slots=True)
class Figures:
    """All of it, each quarter (the earliest first), each clause (the most negotiated first), and each of both."""

    quarters: tuple[Quarter, ...]
    total: Line
    by_quarter: tuple[Line, ...]
    by_clause: tuple[Line, ...]
    by_both: tuple[Line, ...]


def quarters(today: date, count: int = QUARTERS) -> tuple[Quarter, ...]:
    """The last quarters up to and with that of `today`, the earliest first."""
    number = today.year * 4 + (today.month - 1) // 3
    return tuple(_quarter(each) for each in range(number - count + 1, number + 1))


def _quarter(number: int) -> Quarter:
    def first(of: int) -> datetime:
        return datetime.combine(date(of // 4, of % 4 * 3 + 1, 1), time(), BRUSSELS)

    return Quarter(f"{number // 4}-Q{number % 4 + 1}", first(number), first(number + 1))


def figures(session: Session, *, today: date, only: str | None = None) -> Figures:
    """The figures of the last quarters, or of the quarter named `only`."""
    shown = tuple(each for each in quarters(today) if only in (None, each.name))
    if not shown:
        return Figures((), Line(None, None), (), (), ())
    with reading(session):
        total = _lines(session, shown, False, False)
        by_quarter = _lines(session, shown, True, False)
        by_clause = _lines(session, shown, False, True)
        by_both = _lines(session, shown, True, True)
    return Figures(
        shown,
        next(iter(total.values()), Line(None, None)),
        tuple(by_quarter.get((each.name, None), Line(each.name, None)) for each in shown),
        tuple(sorted(by_clause.values(), key=lambda line: (-line.negotiations, -line.proposals, line.clause or ""))),
        tuple(sorted(by_both.values(), key=lambda line: (line.quarter or "", line.clause or ""))),
    )


def _lines(
    session: Session, shown: tuple[Quarter, ...], quarterly: bool, by_clause: bool
) -> dict[tuple[str | None, str | None], Line]:
    """Every figure, grouped by quarter, by clause, by both or by nothing."""
    proposed, decided = _named(shown, Deviation.proposed_at), _named(shown, DeviationDecision.decided_at)
    nothing = sa.literal(None, sa.String)
    clause = Deviation.clause if by_clause else nothing
    values: dict[tuple[str | None, str | None], dict[str, Any]] = {}

    def put(name: str | None, of: str | None, **more: Any) -> None:
        values.setdefault((name, of), {}).update(more)

    by = [proposed if quarterly else nothing, clause]
    named = [column.label(f"by{index}") for index, column in enumerate(by)]
    base = (
        sa.select(*[*named, *_counts(sa.func.count(sa.distinct(Agreement.thread_id + ":" + Deviation.key)))])
        .select_from(Deviation)
        .join(Agreement, Agreement.id == Deviation.agreement_id)
        .where(_within(shown, Deviation.proposed_at), sa.not_(_taken_over()))
    )
    counted: sa.Select[Any] = base.group_by("by0", "by1")
    for name, of, negotiations, proposals, own, rung in session.execute(counted):
        average = None if rung is None else round(Decimal(str(rung)), 2)
        put(name, of, negotiations=negotiations, proposals=proposals, own=own or 0, rung=average)
    for name, of, median, longest in session.execute(_times(shown, by)):
        put(name, of, median_hours=_hours(median), longest_hours=_hours(longest))
    by = [decided if quarterly else nothing, clause]
    for name, of, decision, number in session.execute(_decisions(shown, by)):
        put(name, of, **{{APPROVE: "approved", REJECT: "rejected", COUNTER: "countered"}[decision]: number})
    return {(name, of): Line(name, of, **found) for (name, of), found in values.items()}


def _counts(negotiations: sa.ColumnElement[int]) -> tuple[sa.ColumnElement[Any], ...]:
    own = sa.type_coerce(Deviation.approvers, sa.Text) == canonical(list(OWN_AUTHORITY))
    number = sa.cast(sa.func.substr(Deviation.rung, 2), sa.Integer)
    stands = sa.and_(Deviation.deviation_class == FALLBACK, Deviation.state.in_(OPEN), Deviation.rung.like("F%"))
    return (
        negotiations,
        sa.func.count(Deviation.id),
        sa.func.sum(sa.case((own, 1), else_=0)),
        sa.func.avg(sa.case((stands, number), else_=None) * sa.literal(1.0, sa.Float)),
    )


def _named(shown: tuple[Quarter, ...], moment: Any) -> sa.ColumnElement[str]:
    """The name of the quarter that holds a moment."""
    return sa.case(*((moment < each.end, each.name) for each in shown), else_="")


def _within(shown: tuple[Quarter, ...], moment: Any) -> sa.ColumnElement[bool]:
    return sa.and_(moment >= shown[0].begin, moment < shown[-1].end)


def _taken_over() -> sa.ColumnElement[bool]:
    """A position that an edition took over unchanged, with the approvals of the one before: nothing was proposed or decided anew."""
    before, draft = aliased(Deviation), aliased(Agreement)
    return sa.exists().where(
        draft.id == Deviation.agreement_id,
        before.agreement_id == draft.previous_id,
        before.key == Deviation.key,
        before.fingerprint == Deviation.fingerprint,
    )


def _decisions(shown: tuple[Quarter, ...], by: list[Any]) -> sa.Select[Any]:
    """Decisions by somebody else than who proposed, one a person and deviation; those an edition took over are older than its row."""
    named = [column.label(f"by{index}") for index, column in enumerate(by)]
    each = (
        sa.select(
            *named, DeviationDecision.decision.label("decision"), Deviation.id.label("deviation"), DeviationDecision.decided_by
        )
        .join(Deviation, Deviation.id == DeviationDecision.deviation_id)
        .where(
            _within(shown, DeviationDecision.decided_at),
            DeviationDecision.decided_by != Deviation.proposed_by,
            DeviationDecision.decided_at >= Deviation.proposed_at,
        )
        .distinct()
        .subquery()
    )
    return sa.select(each.c.by0, each.c.by1, each.c.decision, sa.func.count()).group_by(each.c.by0, each.c.by1, each.c.decision)


def _times(shown: tuple[Quarter, ...], by: list[Any]) -> sa.Select[Any]:
    """The median and the longest time from proposal to settlement: the one or two in the middle of the ordered times."""
    took = micros(Deviation.settled_at) - micros(Deviation.proposed_at)
    by_other = sa.exists().where(
        DeviationDecision.deviation_id == Deviation.id,
        DeviationDecision.decided_by != Deviation.proposed_by,
        DeviationDecision.decided_at >= Deviation.proposed_at,
    )
    named = [column.label(f"by{index}") for index, column in enumerate(by)]
    times = (
        sa.select(*named, took.label("took"))
        .where(_within(shown, Deviation.proposed_at), Deviation.settled_at.is_not(None), by_other)
        .subquery()
    )
    group = (times.c.by0, times.c.by1)
    placed = sa.select(
        times,
        sa.func.row_number().over(partition_by=group, order_by=times.c.took).label("place"),
        sa.func.count().over(partition_by=group).label("size"),
    ).subquery()
    middle = sa.and_(placed.c.place * 2 >= placed.c.size, placed.c.place * 2 <= placed.c.size + 2)
    return sa.select(
        placed.c.by0, placed.c.by1, sa.func.avg(sa.case((middle, placed.c.took), else_=None)), sa.func.max(placed.c.took)
    ).group_by(placed.c.by0, placed.c.by1)


def _hours(found: Any) -> Decimal | None:
    return None if found is None else round(Decimal(str(found)) / _HOUR, 1)


def as_rows(found: Figures, headings: Mapping[str, str]) -> list[list[Any]]:
    """One line a quarter and clause, for a spreadsheet: plain values in the order of ``COLUMNS``."""
    return [
        [line.quarter, line.clause, headings.get(line.clause or "", ""), line.negotiations, line.proposals, line.own, line.rung,
         line.median_hours, line.longest_hours, line.approved, line.rejected, line.countered]
        for line in found.by_both
    ]  # fmt: skip
