"""The rounds of a negotiation: every file that was sent and received, who sent it, and what is still open in it."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.models import Agreement
from dpa_service.adapters.db.negotiation import OPEN, SENT, NegotiationRound, ReturnedChange
from dpa_service.domain.lifecycle import DISCARDED, DRAFT, ISSUED
from dpa_service.services.errors import Conflict
from dpa_service.services.use_case import UseCase


def sent(
    work: UseCase, agreement: Agreement, content: bytes, snapshot: str, name: str, note: str | None = None
) -> NegotiationRound:
    """Record a file that goes to the other side, inside a use case. In: the .docx and the assembled agreement as JSON text."""
    made = NegotiationRound(
        id=uuid.uuid4().hex,
        thread_id=agreement.thread_id,
        agreement_id=agreement.id,
        number=next_number(work.session, agreement.thread_id),
        direction=SENT,
        kind="docx",
        name=name,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        snapshot=snapshot,
        note=note,
        at=work.now,
        actor=work.actor,
    )
    work.session.add(made)
    work.session.flush()
    work.note("round.sent", "agreement", agreement.id, round=made.number, sha256=made.sha256)
    return made


def next_number(session: Session, thread_id: str) -> int:
    """The number of the next round of a negotiation; the caller holds the agreement's row."""
    query = sa.select(sa.func.max(NegotiationRound.number)).where(NegotiationRound.thread_id == thread_id)
    return (session.scalar(query) or 0) + 1


def of_thread(session: Session, thread_id: str) -> Sequence[NegotiationRound]:
    """The rounds of a negotiation, the first one first, without their bytes."""
    return session.scalars(
        sa.select(NegotiationRound).where(NegotiationRound.thread_id == thread_id).order_by(NegotiationRound.number)
    ).all()


def open_changes(session: Session, thread_id: str) -> int:
    """How many changes of returned files wait for somebody."""
    query = sa.select(sa.func.count()).where(ReturnedChange.thread_id == thread_id, ReturnedChange.state == OPEN)
    return int(session.scalar(query) or 0)


def returned_open(session: Session, thread_id: str) -> int:
    """``open_changes`` as a use case of its own."""
    with reading(session):
        return open_changes(session, thread_id)


def refuse_open(session: Session, thread_id: str) -> None:
    """Raise Conflict ``RETURNED_OPEN`` while changes of a returned file are neither proposed nor dismissed: nothing is dropped."""
    if count := open_changes(session, thread_id):
        raise Conflict(
            "RETURNED_OPEN", f"{count} changes in a returned file wait for a decision; propose or dismiss each of them first."
        )


def current(session: Session, thread: str) -> Agreement:
    """The newest edition of a negotiation that was not discarded."""
    query = sa.select(Agreement).where(Agreement.thread_id == thread, Agreement.state != DISCARDED)
    found = session.scalars(query.order_by(Agreement.edition.desc())).first()
    if found is None:
        raise Conflict("DISCARDED", "This agreement was put aside; bring it back first.")
    return found


def refuse_settled(session: Session, thread: str) -> Agreement:
    """The newest edition. Error: ``Conflict`` SETTLED where nothing is negotiated any more."""
    newest = current(session, thread)
    if newest.state not in (DRAFT, ISSUED):
        raise Conflict("SETTLED", f"The agreement is {newest.state}; nothing is negotiated any more.")
    return newest


def newest(session: Session, agreement: Agreement) -> Agreement:
    """The newest edition, or the agreement itself where every edition was discarded."""
    try:
        return current(session, agreement.thread_id)
    except Conflict:
        return agreement
