"""Estimates before the work, at the client's own rate; sent for approval when the agreement or the amount asks for it.

noted (nothing asks approval) | sent ──answer──► approved | declined;  a later estimate replaces one that was not answered.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.assistance import AssistanceEstimate, AssistanceRequest, TimeEntry
from dpa_service.adapters.db.engine import reading
from dpa_service.domain.assistance.assistance import Allowance, Estimate, allowance, estimate, exceeds
from dpa_service.domain.contract.clauses import Library
from dpa_service.services import idempotency
from dpa_service.services.agreements.lifecycle import checked_reason
from dpa_service.services.assistance.assistance_requests import ESTIMATE, OPEN, locked, log
from dpa_service.services.assistance.assistance_schema import EstimateBlock, load
from dpa_service.services.assistance.settlement import standings
from dpa_service.services.assistance.tariffs import InForce, in_force
from dpa_service.services.assistance.time_entries import REJECTED
from dpa_service.services.errors import Conflict, NotFound
from dpa_service.services.invoices import invoice_parties
from dpa_service.services.use_case import use_case

NOTED, SENT, APPROVED, DECLINED, REPLACED = "noted", "sent", "approved", "declined", "replaced"


@dataclass(frozen=True, slots=True)
class Basis:
    """What an estimate of today rests on: the terms in force, the year's free time, and from which amount the house always asks (EUR)."""

    terms: InForce
    allowance: Allowance
    approval_from: Decimal | None


def basis(session: Session, base: Library, request_id: str, *, today: date) -> Basis:
    """See ``Basis``. In: `base`, the library as its files are. Error: ``NotFound``; ``DomainError`` NO_TERMS."""
    with reading(session):
        row = session.get(AssistanceRequest, request_id)
        if row is None:
            raise NotFound("assistance request")
        return _basis(session, base, row, today)


def try_out(session: Session, base: Library, request_id: str, minutes: int, *, today: date) -> Estimate:
    """What an estimate would say; nothing is kept. In: `base`, the library as its files are. Error: ``NotFound``; ``RequestInvalid``."""
    minutes = load(EstimateBlock(), {"minutes": minutes})["minutes"]
    with reading(session):
        row = session.get(AssistanceRequest, request_id)
        if row is None:
            raise NotFound("assistance request")
        return _estimate(session, base, row, minutes, today)


def make(
    session: Session, base: Library, request_id: str, data: Any, *, key: str | None = None, actor: str, now: datetime, today: date
) -> AssistanceEstimate:  # fmt: skip
    """Keep an estimate, and queue it for the client where it needs approval. In: ``EstimateBlock``.

    Error: ``NotFound``; ``RequestInvalid``; ``Conflict`` for a closed request or a key used with something else.
    """
    with use_case(session, actor=actor, now=now) as work:
        asked = {"do": "estimate.make", "request": request_id, "data": data}
        if key is not None and (known := idempotency.claim(work, key, asked)):
            return session.get_one(AssistanceEstimate, known["estimate_id"])
        minutes = load(EstimateBlock(), data)["minutes"]
        row = locked(work, request_id, None)
        if row.state != OPEN:
            raise Conflict("CLOSED", "This request is closed; open it again before estimating.")
        found = _estimate(session, base, row, minutes, today)
        open_ = sa.select(AssistanceEstimate).where(
            AssistanceEstimate.request_id == request_id, AssistanceEstimate.state.in_((NOTED, SENT))
        )
        for earlier in session.scalars(open_):
            earlier.state = REPLACED
        last = session.scalar(
            sa.select(sa.func.max(AssistanceEstimate.number)).where(AssistanceEstimate.request_id == request_id)
        )
        kept = AssistanceEstimate(
            id=uuid.uuid4().hex, request_id=request_id, number=(last or 0) + 1, minutes=found.minutes, billed_minutes=found.billed,
            free_minutes=found.free, rate=found.rate, amount=found.amount, why=list(found.why), starts_at_once=found.starts_at_once,
            state=SENT if found.needs_approval else NOTED, answer=None, answered_at=None, created_at=now, created_by=actor,
        )  # fmt: skip
        session.add(kept)
        session.flush()
        log(work, row, ESTIMATE, f"{kept.number}: {found.minutes} min")
        if found.needs_approval:
            work.send("estimate.sent", row.id, estimate=kept.id, amount=format(found.amount, "f"))
        work.note("estimate.make", "assistance", row.id, estimate=kept.id, minutes=minutes, amount=format(found.amount, "f"))
        if key is not None:
            idempotency.settle(work, key, {"estimate_id": kept.id})
        return kept


def answer(
    session: Session, estimate_id: str, *, approved: bool, words: str, actor: str, now: datetime
) -> AssistanceEstimate:  # fmt: skip
    """What the client said about an estimate that was sent; `words`: who answered and how. Error: ``NotFound``; ``Conflict``; ``RequestInvalid``."""
    words = checked_reason(words)
    with use_case(session, actor=actor, now=now) as work:
        kept = session.get(AssistanceEstimate, estimate_id)
        if kept is None:
            raise NotFound("estimate")
        row = locked(work, kept.request_id, None)
        session.refresh(kept)
        if kept.state != SENT:
            raise Conflict("NOT_SENT", f"This estimate is {kept.state}; only one that waits for the client is answered.")
        kept.state, kept.answer, kept.answered_at = APPROVED if approved else DECLINED, words, now
        session.flush()
        log(work, row, ESTIMATE, f"{kept.number}: {kept.state}")
        work.note(f"estimate.{kept.state}", "assistance", row.id, estimate=kept.id)
        return kept


def blocked(session: Session, request_id: str, further: int = 0) -> str | None:
    """Why work on a request should wait, or None: ``WAITING`` for the client's answer, ``DECLINED``, or ``EXCEEDED``: with `further`
    minutes the accepted estimate is spent, so that a new one is due first (assistance-fees#quote). A warning, not a ban."""
    with reading(session):
        query = sa.select(AssistanceEstimate).where(
            AssistanceEstimate.request_id == request_id, AssistanceEstimate.state != REPLACED
        )
        latest = session.scalars(query.order_by(AssistanceEstimate.number.desc()).limit(1)).first()
        if latest is None or latest.state == NOTED or (latest.state == SENT and latest.starts_at_once):
            return None
        if latest.state in (SENT, DECLINED):
            return "WAITING" if latest.state == SENT else "DECLINED"
        corrected = sa.select(TimeEntry.correction_of).where(TimeEntry.correction_of.is_not(None), TimeEntry.state != REJECTED)
        worked = sa.select(sa.func.sum(TimeEntry.minutes)).where(
            TimeEntry.request_id == request_id, TimeEntry.state != REJECTED, TimeEntry.id.not_in(corrected)
        )
        return "EXCEEDED" if exceeds(latest.minutes, int(session.scalar(worked) or 0), further) else None


def _basis(session: Session, base: Library, row: AssistanceRequest, today: date) -> Basis:
    terms = in_force(session, row.client_id, today)
    settled = [item.settled for item in standings(session, [row.client_id]).get(row.client_id, ())]
    limit = invoice_parties.bank_details(session, base)[0].get("estimate_approval_from")
    return Basis(terms, allowance(settled, terms.tariff, today.year), Decimal(limit) if limit else None)


def _estimate(session: Session, base: Library, row: AssistanceRequest, minutes: int, today: date) -> Estimate:
    on = _basis(session, base, row, today)
    return estimate(
        on.terms.tariff, row.duty, minutes, free_left=on.allowance.left, caused=row.caused, urgent=row.urgent,
        approval_from=on.approval_from,
    )  # fmt: skip
