"""Drafts with deviations that wait, for the tests of the approvers' side; for browser tests made while the server runs."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from dpa_service.services.agreements import agreements
from dpa_service.services.negotiation import negotiation
from dpa_service.services.negotiation.deviations import open_rows
from dpa_service.serving import runtime

CAP_F1 = {"class": "fallback", "row": 16, "rung": "F1", "reason": "De klant vraagt een hoger plafond."}
CAP_F2 = {**CAP_F1, "rung": "F2"}
OBJECTION = {"class": "value", "parameter": "objection_days", "value": 14}
FREE_HOURS = {"class": "value", "parameter": "assistance_free_hours", "value": 4}


def asked(
    session: Session, library: Any, request: dict[str, Any], entries: Sequence[Mapping[str, Any]], *, actor: str, now: datetime
) -> tuple[str, dict[str, str]]:
    """A draft on which `entries` were asked one after the other: its id, and key → id of what stands in it."""
    made = agreements.create_draft(session, library, request, key=uuid.uuid4().hex, actor=actor, now=now)
    for entry in entries:
        negotiation.ask(session, made.agreement.id, entry, expected_version=None, actor=actor, now=now)
    with session.begin():
        found = {row.key: row.id for row in open_rows(session, made.agreement.id)}
    session.expunge_all()
    return made.agreement.id, found


def beside(app: Flask, work: Callable[[Session], Any]) -> Any:
    """Do something with the application's own session in another thread: a browser's driver keeps an event loop in this one."""

    def done() -> Any:
        with app.app_context():
            return work(runtime.session())

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(done).result()
