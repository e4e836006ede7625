"""How days and hours are counted. Pure: the holidays are passed in, and no clock is read. Time zone Europe/Brussels.

Modes: ``BE_1_7`` (Civil Code 1.7; for days and working days), ``REG1182`` (Regulation 1182/71 art. 3; months, and hours as the outer
limit) and ``EXACT`` (elapsed hours: the target). `expires_at` is exclusive: a response at that very instant is late.
"""

from __future__ import annotations

import calendar
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dpa_service.domain.errors import DomainError

BRUSSELS = ZoneInfo("Europe/Brussels")
UNITS = ("days", "working_days", "months", "hours")
MODES = ("BE_1_7", "REG1182", "EXACT")
NOT_STARTED, IN_TIME, LATE, NO_RESPONSE = "not_started", "objected_in_time", "objected_late", "no_response"


def day_of(moment: datetime) -> date:
    """The day in Belgium at a moment: 23.30 UTC in winter is the next day."""
    return moment.astimezone(BRUSSELS).date()


class DeadlineError(DomainError):
    """A period that cannot be counted: an unknown unit or mode, a combination without meaning, a moment without a time zone."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day of the period (None for hours), and the first instant after it."""

    last_day: date | None
    expires_at: datetime


def deadline(event_at: datetime, n: int, unit: str, *, mode: str, roll: bool, holidays: Collection[date]) -> Deadline:
    """When a period of `n` units that starts with the event ends. Raises DeadlineError.

    Hours never roll. Days and months end at 24:00 of their last day, which rolls to the next working day unless `roll` is off;
    a period of two days or more holds at least two working days (Regulation 1182/71 art. 3(5)), also then.
    """
    if unit not in UNITS or mode not in MODES:
        raise DeadlineError("UNIT", f"A period is counted in {', '.join(UNITS)}, by {', '.join(MODES)}.")
    if n < 1:
        raise DeadlineError("LENGTH", "A period has at least one unit.")
    if event_at.tzinfo is None:
        raise DeadlineError("TIMEZONE", "Give the moment with its time zone, such as 2026-11-23T10:00:00+01:00.")
    if unit == "hours":
        if mode == "BE_1_7":
            raise DeadlineError("UNIT", "Hours are counted EXACT or by REG1182.")
        return Deadline(None, _hours(event_at, n, mode))
    if mode == "EXACT":
        raise DeadlineError("UNIT", "EXACT counts elapsed hours; days and months are counted by BE_1_7 or REG1182.")
    event_day = event_at.astimezone(BRUSSELS).date()
    if unit == "working_days":
        last = _working_day(event_day, n, holidays)
    elif unit == "months":
        last = _rolled(_month_later(event_day, n), roll, holidays)
    else:
        last = _rolled(event_day + timedelta(days=n), roll, holidays)
        if n >= 2 and roll:
            last = max(last, _working_day(event_day, 2, holidays))
    return Deadline(last, _midnight(last + timedelta(days=1)))


def objection_status(expires_at: datetime | None, response_received_at: datetime | None) -> str:
    """What became of an objection period (b13, b14). A notice that never reached the client starts no clock, so nothing is approved."""
    if expires_at is None:
        return NOT_STARTED
    if response_received_at is None:
        return NO_RESPONSE
    return IN_TIME if response_received_at < expires_at else LATE


def is_working_day(day: date, holidays: Collection[date]) -> bool:
    """Monday to Friday outside the legal holidays."""
    return day.weekday() < 5 and day not in holidays


def _working_day(after: date, n: int, holidays: Collection[date]) -> date:
    """The n-th working day after a day."""
    day = after
    while n:
        day += timedelta(days=1)
        n -= is_working_day(day, holidays)
    return day


def _rolled(day: date, roll: bool, holidays: Collection[date]) -> date:
    while roll and not is_working_day(day, holidays):
        day += timedelta(days=1)
    return day


def _month_later(day: date, n: int) -> date:
    years, month = divmod(day.month - 1 + n, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _hours(event_at: datetime, n: int, mode: str) -> datetime:
    """Elapsed hours, also across a clock change: counted in UTC. REG1182 leaves the hour of the event out."""
    start = event_at.astimezone(UTC)
    if mode == "REG1182":
        whole = start.replace(minute=0, second=0, microsecond=0)
        start = whole + timedelta(hours=1)
    return (start + timedelta(hours=n)).astimezone(BRUSSELS)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), BRUSSELS)
