"""A timer that runs: started and stopped as data, at most one a person; stopping it writes the minutes down."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from dpa_service.adapters.db.assistance import AssistanceRequest, TimeEntry, WorkTimer
from dpa_service.adapters.db.engine import insert_if_absent, reading
from dpa_service.domain.assistance.assistance import MOST_MINUTES
from dpa_service.domain.deadlines import BRUSSELS
from dpa_service.services.assistance.time_entries import add, checked, request_of
from dpa_service.services.errors import Conflict, NotFound
from dpa_service.services.use_case import use_case


def start(session: Session, request_id: str, *, note: str = "", actor: str, now: datetime) -> WorkTimer:
    """Start the actor's timer on a request. Error: ``NotFound``; ``Conflict`` RUNNING when it runs already."""
    with use_case(session, actor=actor, now=now) as work:
        if session.get(AssistanceRequest, request_id) is None:
            raise NotFound("assistance request")
        row = {"person": actor, "request_id": request_id, "note": note, "started_at": now}
        if not insert_if_absent(session, WorkTimer, row):
            raise Conflict("RUNNING", "Your timer runs already; stop it first.")
        work.note("timer.start", "assistance", request_id)
        return session.get_one(WorkTimer, actor)


def stop(session: Session, *, note: str | None = None, actor: str, now: datetime) -> TimeEntry:
    """Stop the actor's timer and write down the minutes on the day it was started, rounded up to a whole minute, at most a day.

    Error: ``NotFound`` when none runs; as ``time_entries.record``: the timer then runs on, so that nothing is lost.
    """
    with use_case(session, actor=actor, now=now) as work:
        row = session.get(WorkTimer, actor, with_for_update=True)
        if row is None:
            raise NotFound("running timer")
        minutes = max(1, min(MOST_MINUTES, -((row.started_at - now) // timedelta(minutes=1))))
        day = row.started_at.astimezone(BRUSSELS).date()
        data = {"work_date": day.isoformat(), "minutes": minutes, "note": note or row.note}
        entry = add(work, request_of(work, row.request_id), checked(data, now.astimezone(BRUSSELS).date()), {})
        session.delete(row)
        session.flush()
        work.note("timer.stop", "time", entry.id, request=entry.request_id, minutes=minutes)
        return entry


def drop(session: Session, *, actor: str, now: datetime) -> None:
    """Stop the actor's timer without writing anything down. Error: ``NotFound``."""
    with use_case(session, actor=actor, now=now) as work:
        row = session.get(WorkTimer, actor, with_for_update=True)
        if row is None:
            raise NotFound("running timer")
        session.delete(row)
        session.flush()
        work.note("timer.drop", "assistance", row.request_id)


def running(session: Session, person: str) -> WorkTimer | None:
    """A person's timer, or None."""
    with reading(session):
        return session.get(WorkTimer, person)
