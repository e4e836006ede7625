"""Closing a claim on which nothing more is to be paid."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dpa_service.adapters.db.liability import LiabilityClaim
from dpa_service.services.liability import claims
from dpa_service.services.liability.claims import ASSESSED, SETTLED
from dpa_service.services.use_case import use_case


def settle(session: Session, claim_id: str, *, expected_version: int | None = None, actor: str, now: datetime) -> LiabilityClaim:
    """Close an assessed claim without a further payment. Error: ``NotFound``, ``Stale``, ``Conflict`` for one that is not assessed."""
    with use_case(session, actor=actor, now=now) as work:
        claim = claims.locked(work, claim_id, expected_version, (ASSESSED,))
        claims.moved(work, claim, SETTLED)
        work.note("claim.settle", "claim", claim_id, version=claim.version)
        return claim
