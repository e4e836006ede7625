"""A timer that runs: started and stopped as data, at most one a person; stopping it writes the minutes down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.assistance import AssistanceRequest, MonthLock, TimeEntry, WorkTimer
from dpa_service.adapters.db.engine import insert_if_absent, reading
from dpa_service.adapters.db.models import Client
from dpa_service.domain.assistance.assistance import MOST_MINUTES
from dpa_service.domain.deadlines import BRUSSELS, day_of
from dpa_service.services import idempotency
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


def stop(session: Session, *, note: str | None = None, key: str | None = None, actor: str, now: datetime) -> TimeEntry:
    """Stop the actor's timer and write down the minutes on the day it was started, rounded up to a whole minute, at most a day.

    `key` makes a repeated call harmless. Error: ``NotFound`` when none runs; as ``time_entries.record``: the timer then runs on, so
    that nothing is lost.
    """
    with use_case(session, actor=actor, now=now) as work:
        if key is not None and (known := idempotency.claim(work, key, {"do": "timer.stop", "note": note})):
            return session.get_one(TimeEntry, known["entry_id"])
        row = session.get(WorkTimer, actor, with_for_update=True)
        if row is None:
            raise NotFound("running timer")
        minutes = minutes_of(row.started_at, now)
        day = day_of(row.started_at)
        data = {"work_date": day.isoformat(), "minutes": minutes, "note": note or row.note}
        entry = add(work, request_of(work, row.request_id), checked(data, day_of(now)), {})
        session.delete(row)
        session.flush()
        work.note("timer.stop", "time", entry.id, request=entry.request_id, minutes=minutes)
        if key is not None:
            idempotency.settle(work, key, {"entry_id": entry.id})
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


@dataclass(frozen=True, slots=True)
class Running:
    """A timer with its request and client; `day` is the day on which its minutes will be written down."""

    timer: WorkTimer
    request: AssistanceRequest
    client: Client
    locked: bool

    @property
    def day(self) -> date:
        """The day it was started, in Brussels."""
        return day_of(self.timer.started_at)

    def minutes(self, now: datetime) -> int:
        """What stopping it now would write down."""
        return minutes_of(self.timer.started_at, now)


def shown(session: Session, person: str) -> Running | None:
    """A person's timer as the pages show it, or None. `locked`: its month was locked meanwhile, so that stopping is refused."""
    query = sa.select(WorkTimer, AssistanceRequest, Client).where(WorkTimer.person == person)
    query = query.join(AssistanceRequest, AssistanceRequest.id == WorkTimer.request_id)
    query = query.join(Client, Client.id == AssistanceRequest.client_id)
    with reading(session):
        row = session.execute(query).first()
        if row is None:
            return None
        month = f"{row[0].started_at.astimezone(BRUSSELS):%Y-%m}"
        return Running(row[0], row[1], row[2], session.get(MonthLock, month) is not None)


def minutes_of(started: datetime, now: datetime) -> int:
    """Whole minutes, rounded up, from 1 to a day."""
    return max(1, min(MOST_MINUTES, -((started - now) // timedelta(minutes=1))))
