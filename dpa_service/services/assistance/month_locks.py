"""Locked months: no minutes are written, corrected or decided in them until somebody unlocks the month, with a reason."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from dpa_service.adapters.db.assistance import MonthLock, MonthUnlock, TimeEntry, WorkTimer
from dpa_service.adapters.db.engine import hold, insert_if_absent, reading
from dpa_service.domain.deadlines import BRUSSELS
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.services.agreements.lifecycle import checked_reason
from dpa_service.services.assistance.time_entries import APPROVED, LOGGED, MONTHS, REJECTED, undecided
from dpa_service.services.errors import Conflict, NotFound
from dpa_service.services.use_case import use_case

_MONTH = re.compile(r"20\d{2}-(0[1-9]|1[0-2])")


def lock(session: Session, month: str, *, actor: str, now: datetime) -> None:
    """Lock a month (2026-11) that has ended. Locking it twice changes nothing.

    Error: ``RequestInvalid`` for no month or one that has not ended; ``Conflict`` WAITING while entries of it wait for approval.
    """
    if not _MONTH.fullmatch(month) or month >= f"{now.astimezone(BRUSSELS):%Y-%m}":
        raise RequestInvalid([FieldError("month", "MONTH", "Give a month that has ended, such as 2026-10.")])
    with use_case(session, actor=actor, now=now) as work:
        hold(session, MONTHS, shared=False)  # minutes that are being written now are waited for, and then counted
        if not insert_if_absent(session, MonthLock, {"month": month, "locked_at": now, "locked_by": actor}):
            return
        if count := _undecided(session, month):
            raise Conflict("WAITING", f"{count} entries of {month} wait for approval; decide about them first.")
        work.note("month.lock", "month", month)


def unlock(session: Session, month: str, *, reason: str, actor: str, now: datetime) -> None:
    """Unlock a month. Error: ``NotFound`` for one that is not locked; ``RequestInvalid`` without a reason."""
    reason = checked_reason(reason)
    with use_case(session, actor=actor, now=now) as work:
        row = session.get(MonthLock, month, with_for_update=True) if _MONTH.fullmatch(month) else None
        if row is None:
            raise NotFound("locked month")
        session.delete(row)
        session.add(MonthUnlock(month=month, unlocked_at=now, unlocked_by=actor, reason=reason))
        session.flush()
        work.note("month.unlock", "month", month)


def listing(session: Session) -> Sequence[MonthLock]:
    """The locked months, the newest first."""
    with reading(session):
        return session.scalars(sa.select(MonthLock).order_by(MonthLock.month.desc())).all()


@dataclass(frozen=True, slots=True)
class Month:
    """A month (2026-11) with its raw minutes that wait, were approved and were rejected; `open` entries and `timers` keep it from
    being locked, or will be refused once it is; `unlocked` tells when and why it was, the last first. Corrected entries count in none of them, only their corrections."""

    month: str
    waiting: int
    approved: int
    rejected: int
    open: int
    timers: int
    lock: MonthLock | None
    unlocked: Sequence[MonthUnlock]


def overview(session: Session, today: date, months: int = 13) -> list[Month]:
    """The last months with what was written in them, and earlier ones in which entries wait; the newest first."""
    recent, year, number = [], today.year, today.month
    for _ in range(months):
        recent.append(f"{year}-{number:02d}")
        year, number = (year, number - 1) if number > 1 else (year - 1, 12)
    newer = aliased(TimeEntry)
    corrected = sa.exists().where(newer.correction_of == TimeEntry.id, newer.state != REJECTED)
    month = _month_of(TimeEntry)
    sums = sa.select(month, TimeEntry.state, sa.func.sum(TimeEntry.minutes)).where(~corrected).group_by(month, TimeEntry.state)
    with reading(session):
        minutes = {(name, state): int(total) for name, state, total in session.execute(sums)}
        locks = {row.month: row for row in session.scalars(sa.select(MonthLock))}
        started = session.scalars(sa.select(WorkTimer.started_at)).all()
        timers = Counter(f"{at.astimezone(BRUSSELS):%Y-%m}" for at in started)
        unlocks: dict[str, list[MonthUnlock]] = {}
        for row in session.scalars(sa.select(MonthUnlock).order_by(MonthUnlock.unlocked_at.desc())):
            unlocks.setdefault(row.month, []).append(row)
        shown = {*recent, *(name for name, state in minutes if state == LOGGED)}
        return [
            Month(
                name, minutes.get((name, LOGGED), 0), minutes.get((name, APPROVED), 0), minutes.get((name, REJECTED), 0),
                _undecided(session, name), timers[name], locks.get(name),
                unlocks.get(name, ()),
            )
            for name in sorted(shown, reverse=True)
        ]  # fmt: skip


def _month_of(table: Any) -> sa.ColumnElement[str]:
    return sa.func.substr(sa.cast(table.work_date, sa.String), 1, 7)


def _undecided(session: Session, month: str) -> int:
    """Entries of the month that wait, and corrections that wait of entries of the month: approving them would change it."""
    old = aliased(TimeEntry)
    touched = sa.exists().where(old.id == TimeEntry.correction_of, _month_of(old) == month)
    query = sa.select(sa.func.count()).select_from(TimeEntry).where(undecided(), sa.or_(_month_of(TimeEntry) == month, touched))
    return session.scalar(query) or 0
