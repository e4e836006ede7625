"""The deviations of an agreement as they are shown: what is asked, which seats have said yes and which still wait, and the history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.models import Agreement, Deviation
from dpa_service.adapters.db.negotiation import DeviationDecision
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.lifecycle import DRAFT
from dpa_service.domain.negotiation.approval import APPROVE, OPEN
from dpa_service.services.agreements import agreements
from dpa_service.services.library import library as releases
from dpa_service.services.negotiation.deviations import decisions_of, open_rows, seats_of, standing_of


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat of the playbook and who approved from it; nobody, and it waits. `mine`: the viewer may decide from it now."""

    code: str
    name: str
    approval: DeviationDecision | None
    mine: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """A deviation with its seats and what was decided about it, the earliest first. `good_until` is the last day of its approvals."""

    row: Deviation
    seats: tuple[Seat, ...]
    decisions: tuple[DeviationDecision, ...]
    good_until: date | None = None

    @property
    def waiting(self) -> tuple[Seat, ...]:
        """The seats that still wait."""
        return tuple(seat for seat in self.seats if seat.approval is None)


def of_agreement(session: Session, agreement_id: str, *, actor: str | None, today: date) -> list[Listed]:
    """What an agreement departs in, in the order of its document. Error: ``NotFound``."""
    with reading(session):
        agreement = agreements.found(session, agreement_id)
        library = releases.pinned(session, agreement.library_hash)
        return [listed(session, library, agreement, row, actor, today) for row in open_rows(session, agreement_id)]


def one(session: Session, deviation_id: str, *, actor: str | None, today: date) -> Listed | None:
    """One deviation, whatever became of it."""
    with reading(session):
        row = session.get(Deviation, deviation_id)
        if row is None:
            return None
        agreement = agreements.found(session, row.agreement_id)
        library = releases.pinned(session, agreement.library_hash)
        return listed(session, library, agreement, row, actor, today)


def history(session: Session, agreement_id: str, *, today: date) -> list[Listed]:
    """What was asked of an agreement and is no longer part of it, the latest first."""
    query = sa.select(Deviation).where(Deviation.agreement_id == agreement_id, Deviation.state.not_in(OPEN))
    with reading(session):
        agreement = agreements.found(session, agreement_id)
        library = releases.pinned(session, agreement.library_hash)
        rows = session.scalars(query.order_by(Deviation.settled_at.desc(), Deviation.id)).all()
        return [listed(session, library, agreement, row, None, today) for row in rows]


def listed(session: Session, library: Library, agreement: Agreement, row: Deviation, actor: str | None, today: date) -> Listed:
    """One row with its seats, inside a transaction. What was issued keeps its approvals, whatever the day."""
    said = tuple(decisions_of(session, row.id))
    given = {each.seat: each for each in said if each.decision == APPROVE and each.fingerprint == row.fingerprint}
    good_until = None
    mine: Sequence[str] = ()
    if agreement.state == DRAFT and row.state in OPEN:
        stands = standing_of(session, library, row, today)
        given = {seat: each for seat, each in given.items() if seat in stands.approved}
        good_until = stands.good_until
        mine = tuple(seats_of(session, library, row, actor, today)) if actor else ()
    seats = tuple(Seat(code, seat_name(library, code), given.get(code), code in mine) for code in row.approvers)
    return Listed(row, seats, said, good_until)


def seat_name(library: Library, code: str) -> str:
    """What the playbook calls a seat, in the language of the agreement."""
    return str(library.approvers.get(code, {}).get("nl", code))
