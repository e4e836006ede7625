"""What waits for somebody: their own drafts, and what their roles look after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.lifecycle import WAITING, SignedCopy
from dpa_service.adapters.db.models import Agreement, Deviation
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.deadlines import BRUSSELS
from dpa_service.domain.lifecycle import DRAFT, ENDED, ISSUED, SIGNED, SUPERSEDED
from dpa_service.domain.negotiation.approval import COUNTERED, REJECTED
from dpa_service.services.agreements.search import light
from dpa_service.services.negotiation import approvals

SHOWN = 8
UNSIGNED_DAYS = 7
SOON_DAYS = 30


@dataclass(frozen=True, slots=True)
class Work:
    """`drafts` and `sent` are one's own; `unsigned` was issued by anybody more than a week ago; `copies` wait for a decision;
    `beginning` and `ending` do so within a month."""

    drafts: Sequence[Agreement]
    sent: Sequence[Agreement]
    unsigned: Sequence[Agreement]
    unsigned_count: int
    copies: Sequence[tuple[SignedCopy, Agreement]]
    beginning: Sequence[Agreement]
    ending: Sequence[Agreement]


@dataclass(frozen=True, slots=True)
class Deciding:
    """`waiting` deviations wait for a seat of this person, `expiring` approvals end within a week; `answered` is what the approvers
    rejected or countered of their own proposals since yesterday."""

    waiting: int
    expiring: int
    answered: Sequence[tuple[Deviation, Agreement]]


def deciding(session: Session, library: Library, person: str, *, today: date) -> Deciding:
    """What the approvals ask of a person. In: the effective library, for the present playbook."""
    waiting, expiring = approvals.counts(session, library, actor=person, today=today)
    since = datetime.combine(today - timedelta(days=1), time(), BRUSSELS)
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(Deviation, Agreement)
        .join(Agreement, Agreement.id == Deviation.agreement_id)
        .where(Deviation.proposed_by == person, Deviation.state.in_((REJECTED, COUNTERED)), Deviation.settled_at >= since)
    )
    with reading(session):
        rows = session.execute(light(query.order_by(Deviation.settled_at.desc(), Deviation.id).limit(SHOWN))).all()
        return Deciding(waiting, expiring, [(row, agreement) for row, agreement in rows])


def work_of(session: Session, person: str, *, now: datetime, today: date) -> Work:
    """Everything that may wait for a person; the page shows what the roles allow."""
    long_ago, soon = now - timedelta(days=UNSIGNED_DAYS), today + timedelta(days=SOON_DAYS)
    mine = sa.select(Agreement).where(Agreement.created_by == person)
    recent = Agreement.updated_at.desc()
    signable = (Agreement.state == ISSUED, Agreement.family == "agreement")
    old = (*signable, Agreement.updated_at < long_ago)
    begins = sa.select(Agreement).where(
        Agreement.state == SIGNED, Agreement.effective_from > today, Agreement.effective_from <= soon
    )
    ends = sa.select(Agreement).where(
        Agreement.state.in_((SIGNED, SUPERSEDED, ENDED)), Agreement.effective_until > today, Agreement.effective_until <= soon
    )
    with reading(session):

        def some(query: sa.Select[Any]) -> Sequence[Agreement]:
            return session.scalars(light(query.limit(SHOWN))).all()

        unsigned = some(sa.select(Agreement).where(*old).order_by(Agreement.updated_at))
        count = len(unsigned)
        if count == SHOWN:
            count = session.scalar(sa.select(sa.func.count()).select_from(Agreement).where(*old)) or count
        copies = session.execute(
            sa.select(SignedCopy, Agreement)
            .join(Agreement, Agreement.id == SignedCopy.agreement_id)
            .where(SignedCopy.state == WAITING)
            .order_by(SignedCopy.uploaded_at)
            .limit(SHOWN)
        ).all()
        return Work(
            drafts=some(mine.where(Agreement.state == DRAFT).order_by(recent)),
            sent=some(mine.where(*signable).order_by(recent)),
            unsigned=unsigned,
            unsigned_count=count,
            copies=[(copy, agreement) for copy, agreement in copies],
            beginning=some(begins.order_by(Agreement.effective_from)),
            ending=some(ends.order_by(Agreement.effective_until)),
        )
