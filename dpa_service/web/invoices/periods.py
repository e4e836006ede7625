"""A period of an address or a form: two days, what is wrong with them in words, and whole months to choose from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import gettext as _

MOST_DAYS = 3660


@dataclass(frozen=True, slots=True)
class Period:
    """From the first day to the last one; `trouble` where what was asked is none and this is shown in its place."""

    first: date
    last: date
    trouble: str | None = None


def month(day: date) -> Period:
    """The whole month of a day."""
    first = day.replace(day=1)
    return Period(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def previous_month(today: date) -> Period:
    """The month before the one of today."""
    return month(today.replace(day=1) - timedelta(days=1))


def last_months(today: date, number: int) -> Period:
    """So many months, this one included, until today."""
    months = today.year * 12 + today.month - number
    return Period(date(months // 12, months % 12 + 1, 1), today)


def read(given: Mapping[str, str], standard: Period) -> Period:
    """The period that `from` and `until` name. In: the period for a day that is left out, or when they are wrong."""
    days = []
    for name, day in (("from", standard.first), ("until", standard.last)):
        text = given.get(name, "").strip()
        try:
            days.append(date.fromisoformat(text) if text else day)
        except ValueError:
            return Period(standard.first, standard.last, str(_("This is not a day of the calendar; another period is shown.")))
    first, last = days
    if last < first:
        return Period(standard.first, standard.last, str(_("The last day lies before the first one; another period is shown.")))
    if not 2000 <= first.year <= last.year <= 2100:
        return Period(standard.first, standard.last, str(_("Give days between 2000 and 2100; another period is shown.")))
    if (last - first).days > MOST_DAYS:
        return Period(standard.first, standard.last, str(_("Choose at most ten years; another period is shown.")))
    return Period(first, last)


def months_of(period: Period) -> list[str]:
    """Every month that the period touches, as "2026-11"."""
    found, day = [], period.first.replace(day=1)
    while day <= period.last:
        found.append(f"{day:%Y-%m}")
        day = (day + timedelta(days=31)).replace(day=1)
    return found
