"""How often the same was asked before, of whom, and what became of it: by row of the playbook, by term, or by clause.

A negotiation counts once, with its latest position: rounds and editions of one agreement are one negotiation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.models import Agreement, Client, Deviation
from dpa_service.adapters.db.moments import micros
from dpa_service.domain.contract.asked import ADDED, FALLBACK, VALUE
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.playbook import touching
from dpa_service.domain.deadlines import day_of
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.domain.lifecycle import DRAFT, ENDED, ISSUED, SIGNED, SUPERSEDED
from dpa_service.domain.negotiation.approval import APPROVED, COUNTERED, PROPOSED, REJECTED
from dpa_service.services.paging import Page

LIMIT = 10
CONCEDED_SIGNED, CONCEDED_ISSUED, AGREED, WAITS, REFUSED, ANSWERED, DROPPED = (
    "signed", "issued", "approved", "waiting", "rejected", "countered", "dropped",
)  # fmt: skip
CONCEDED = (CONCEDED_SIGNED, CONCEDED_ISSUED)
_CURSOR = re.compile(r"(\d{1,18})-([0-9a-f]{32})")


@dataclass(frozen=True, slots=True)
class Precedent:
    """One earlier negotiation about the same: with whom, what was agreed or asked last (`data`, as a snapshot has it), and the outcome."""

    agreement_id: str
    reference: str | None
    client_id: str | None
    client: str | None
    sector: str | None
    size: str | None
    day: date
    rung: str | None
    kind: str
    data: Mapping[str, Any]
    outcome: str


@dataclass(frozen=True, slots=True)
class Summary:
    """How many negotiations there were, outcome → number, and (rung or class) → how many conceded it."""

    total: int
    outcomes: Mapping[str, int]
    conceded: Mapping[str, int]


def summary(session: Session, library: Library, deviation_id: str) -> Summary:
    """The figures about what is like one deviation, other negotiations only."""
    with reading(session):
        row = session.get_one(Deviation, deviation_id)
        latest = _latest(session, library, row)
        outcome = _outcome(latest)
        step = sa.func.coalesce(latest.c.rung, latest.c["class"])
        rows = session.execute(
            sa.select(outcome, step, sa.func.count()).select_from(_joined(latest)).group_by(outcome, step)
        ).all()
    outcomes: dict[str, int] = {}
    conceded: dict[str, int] = {}
    for name, rung, number in rows:
        outcomes[name] = outcomes.get(name, 0) + number
        if name in CONCEDED:
            conceded[rung] = conceded.get(rung, 0) + number
    return Summary(sum(outcomes.values()), outcomes, dict(sorted(conceded.items())))


def listing(
    session: Session, library: Library, deviation_id: str, *, cursor: str | None = None, limit: int = LIMIT
) -> Page[Precedent]:
    """The negotiations themselves, the latest first. Error: ``RequestInvalid`` for a cursor that is none."""
    with reading(session):
        row = session.get_one(Deviation, deviation_id)
        latest = _latest(session, library, row)
        order = micros(latest.c.proposed_at)
        query = sa.select(
            latest.c.id, order, latest.c.proposed_at, latest.c.rung, latest.c["class"], latest.c.data, _outcome(latest),
            Agreement.id, Agreement.reference, Client.id, Client.name, Client.data,
        ).select_from(_joined(latest))  # fmt: skip
        if cursor is not None:
            moment, last = _read(cursor)
            query = query.where(sa.or_(order < moment, sa.and_(order == moment, latest.c.id < last)))
        rows = session.execute(query.order_by(order.desc(), latest.c.id.desc()).limit(limit + 1)).all()
    shown = rows[:limit]
    more = f"{shown[-1][1]}-{shown[-1][0]}" if len(rows) > limit else None
    return Page([_precedent(each) for each in shown], more)


def _precedent(row: Any) -> Precedent:
    _, _, proposed_at, rung, kind, data, outcome, agreement_id, reference, client_id, client, about = row
    return Precedent(
        agreement_id=agreement_id,
        reference=reference,
        client_id=client_id,
        client=client,
        sector=(about or {}).get("sector"),
        size=(about or {}).get("size"),
        day=day_of(proposed_at),
        rung=rung,
        kind=kind,
        data=data,
        outcome=outcome,
    )


def _latest(session: Session, library: Library, row: Deviation) -> sa.Subquery:
    """The last position of every other negotiation about the same, one row each."""
    thread = session.scalar(sa.select(Agreement.thread_id).where(Agreement.id == row.agreement_id))
    number = sa.func.row_number().over(
        partition_by=(Agreement.thread_id, Deviation.key), order_by=(Deviation.proposed_at.desc(), Deviation.id.desc())
    )
    same = (
        sa.select(Deviation.__table__, number.label("number"))
        .join(Agreement, Agreement.id == Deviation.agreement_id)
        .where(Agreement.thread_id != thread, _like(library, row))
        .subquery()
    )
    return sa.select(same).where(same.c.number == 1).subquery()


def _like(library: Library, row: Deviation) -> sa.ColumnElement[bool]:
    """What counts as the same subject: the row and its terms, the term and the rows that set it, or any rewording of the clause."""
    if row.deviation_class == ADDED:
        return Deviation.deviation_class == ADDED
    if row.deviation_class in (VALUE, FALLBACK):
        names = {change["parameter"] for change in row.data["changes"]}
        rows = {ladder.row for name in names for ladder, _ in touching(library, name) if ladder.row is not None}
        keys = {f"value:{name}" for name in names} | {f"ladder:{number}" for number in rows}
        return Deviation.key.in_(sorted(keys))
    return sa.and_(Deviation.clause == row.clause, Deviation.deviation_class.not_in((VALUE, FALLBACK)))


def _joined(latest: sa.Subquery) -> sa.FromClause:
    return sa.join(latest, Agreement, Agreement.id == latest.c.agreement_id).outerjoin(Client, Client.id == Agreement.client_id)


def _outcome(latest: sa.Subquery) -> sa.ColumnElement[str]:
    """What became of the last position."""
    stands = latest.c.state.in_((PROPOSED, APPROVED))
    return sa.case(
        (latest.c.state == REJECTED, REFUSED),
        (latest.c.state == COUNTERED, ANSWERED),
        (sa.and_(stands, Agreement.state.in_((SIGNED, SUPERSEDED, ENDED))), CONCEDED_SIGNED),
        (sa.and_(stands, Agreement.state == ISSUED), CONCEDED_ISSUED),
        (sa.and_(latest.c.state == APPROVED, Agreement.state == DRAFT), AGREED),
        (sa.and_(latest.c.state == PROPOSED, Agreement.state == DRAFT), WAITS),
        else_=DROPPED,
    )


def _read(cursor: str) -> tuple[int, str]:
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise RequestInvalid([FieldError("cursor", "CURSOR", "This is not a cursor of a page before; leave it out.")])
    return int(found[1]), found[2]
