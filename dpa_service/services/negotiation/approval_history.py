"""What happened to one subject of a negotiation: who proposed, who decided what, what was edited or taken back, in order of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.models import Agreement, Deviation
from dpa_service.adapters.db.negotiation import DeviationDecision
from dpa_service.domain.negotiation.approval import APPROVE, OPEN, REPLACED, WITHDRAWN

PROPOSED, DECIDED, CLOSED = "proposed", "decided", "closed"
MOST = 60


@dataclass(frozen=True, slots=True)
class Event:
    """One step: `what` is proposed, closed (`state` says how) or a decision with its seats."""

    at: datetime
    what: str
    who: str
    row: Deviation
    decision: str = ""
    state: str = ""
    seats: tuple[str, ...] = ()
    on_behalf_of: str | None = None
    reason: str | None = None


def history(session: Session, deviation_id: str) -> list[Event]:
    """Everything about the clause of a deviation in its negotiation, all editions, the earliest first."""
    with reading(session):
        row = session.get_one(Deviation, deviation_id)
        thread = session.scalar(sa.select(Agreement.thread_id).where(Agreement.id == row.agreement_id))
        query = (
            sa.select(Deviation)
            .join(Agreement, Agreement.id == Deviation.agreement_id)
            .where(Agreement.thread_id == thread, sa.or_(Deviation.clause == row.clause, Deviation.key == row.key))
            .order_by(Deviation.proposed_at.desc(), Deviation.id)
            .limit(MOST)
        )
        rows = {each.id: each for each in session.scalars(query)}
        said = session.scalars(
            sa.select(DeviationDecision)
            .where(DeviationDecision.deviation_id.in_(list(rows)))
            .order_by(DeviationDecision.decided_at, DeviationDecision.seat)
        ).all()
    events = [_proposed(each) for each in rows.values()]
    grouped: dict[tuple[str, str, datetime, str], list[DeviationDecision]] = {}
    for each in said:
        grouped.setdefault((each.deviation_id, each.decided_by, each.decided_at, each.decision), []).append(each)
    events += [_decided(rows[key[0]], group) for key, group in grouped.items()]
    events += [
        Event(each.settled_at, CLOSED, "", each, state=each.state)
        for each in rows.values()
        if each.state in (REPLACED, WITHDRAWN) and each.settled_at
    ]
    return sorted(events, key=lambda event: (event.at, _order(event), event.row.id))


def _order(event: Event) -> int:
    """What happened at one moment: what was there is closed, what takes its place is proposed, and that is approved."""
    if event.what == PROPOSED:
        return 1
    return 2 if event.decision == APPROVE else 0


def successor(session: Session, row: Deviation) -> Deviation | None:
    """What stands in the place of a row that is closed: the newest one that is part of its agreement, under the same key or clause."""
    if row.state in OPEN:
        return None
    query = sa.select(Deviation).where(
        Deviation.agreement_id == row.agreement_id,
        Deviation.state.in_(OPEN),
        sa.or_(Deviation.key == row.key, Deviation.clause == row.clause),
    )
    with reading(session):
        return session.scalars(query.order_by((Deviation.key == row.key).desc(), Deviation.proposed_at.desc())).first()


def _proposed(row: Deviation) -> Event:
    return Event(row.proposed_at, PROPOSED, row.proposed_by, row, reason=row.reason)


def _decided(row: Deviation, group: list[DeviationDecision]) -> Event:
    first = group[0]
    behalf = next((each.on_behalf_of for each in group if each.on_behalf_of), None)
    return Event(
        first.decided_at, DECIDED, first.decided_by, row, decision=first.decision, seats=tuple(each.seat for each in group),
        on_behalf_of=behalf, reason=first.reason,
    )  # fmt: skip
