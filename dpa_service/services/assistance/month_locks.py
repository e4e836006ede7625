"""Locked months: no minutes are written, corrected or decided in them until somebody unlocks the month, with a reason."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.assistance import MonthLock, TimeEntry
from dpa_service.adapters.db.engine import insert_if_absent, reading
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.services.agreements.lifecycle import checked_reason
from dpa_service.services.assistance.time_entries import LOGGED
from dpa_service.services.errors import Conflict, NotFound
from dpa_service.services.use_case import use_case

_MONTH = re.compile(r"20\d{2}-(0[1-9]|1[0-2])")


def lock(session: Session, month: str, *, actor: str, now: datetime) -> None:
    """Lock a month (2026-11) that has ended. Locking it twice changes nothing.

    Error: ``RequestInvalid`` for no month or one that has not ended; ``Conflict`` WAITING while entries of it wait for approval.
    """
    if not _MONTH.fullmatch(month) or month >= f"{now:%Y-%m}":
        raise RequestInvalid([FieldError("month", "MONTH", "Give a month that has ended, such as 2026-10.")])
    with use_case(session, actor=actor, now=now) as work:
        if not insert_if_absent(session, MonthLock, {"month": month, "locked_at": now, "locked_by": actor}):
            return
        if count := _undecided(session, month):
            raise Conflict("WAITING", f"{count} entries of {month} wait for approval; decide about them first.")
        work.note("month.lock", "month", month)


def unlock(session: Session, month: str, *, reason: str, actor: str, now: datetime) -> None:
    """Unlock a month. Error: ``NotFound`` for one that is not locked; ``RequestInvalid`` without a reason."""
    checked_reason(reason)
    with use_case(session, actor=actor, now=now) as work:
        row = session.get(MonthLock, month, with_for_update=True)
        if row is None:
            raise NotFound("locked month")
        session.delete(row)
        session.flush()
        work.note("month.unlock", "month", month)


def listing(session: Session) -> Sequence[MonthLock]:
    """The locked months, the newest first."""
    with reading(session):
        return session.scalars(sa.select(MonthLock).order_by(MonthLock.month.desc())).all()


def _undecided(session: Session, month: str) -> int:
    day = sa.func.substr(sa.cast(TimeEntry.work_date, sa.String), 1, 7)
    query = sa.select(sa.func.count()).select_from(TimeEntry).where(TimeEntry.state == LOGGED, day == month)
    return session.scalar(query) or 0
