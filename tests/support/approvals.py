"""Approving for tests that are about something else: what departs from the standard is issued only with its approvals."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dpa_service.domain.contract.playbook import role_of
from dpa_service.domain.deadlines import day_of
from dpa_service.services.agreements import agreements
from dpa_service.services.negotiation import deviation_list, negotiation
from dpa_service.services.negotiation.deviation_entry import library_of
from dpa_service.services.people.accounts import DEMO_EMAILS, seed_demo_users
from tests.conftest import NOW


def approve_all(session: Session, agreement_id: str, *, now: datetime = NOW) -> None:
    """Let the demo's users approve every deviation of a draft, each from the seats of their role. Whoever asked is somebody else."""
    seed_demo_users(session, demo=True, now=now)
    library = library_of(session, agreement_id)
    for each in deviation_list.of_agreement(session, agreement_id, actor=None, today=day_of(now)):
        for role in sorted({role_of(library, seat.code) for seat in each.waiting}):
            seen = next(row for row in agreements.get(session, agreement_id).deviations if row.id == each.row.id)
            negotiation.decide(session, seen.id, "approve", seen=seen.version, actor=DEMO_EMAILS[role], now=now)
