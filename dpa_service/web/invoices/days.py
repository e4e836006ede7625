"""Until which day work is charged: the last day of the previous month, unless somebody chooses another."""

from __future__ import annotations

from datetime import date, timedelta

from flask import abort, request
from flask_babel import gettext as _

from dpa_service.serving.runtime import today

FIRST, LAST = 2000, 2100


def month_end() -> date:
    """The last day of the previous month."""
    return today().replace(day=1) - timedelta(days=1)


def shown_until() -> tuple[date, str | None]:
    """The day of the address; and what is wrong with it, in words."""
    text = request.args.get("until", "").strip()
    day = _day(text)
    if day is not None:
        return day, None
    wrong = _("This is not a day of the calendar; the end of last month is shown.") if text else None
    return month_end(), wrong


def posted_until() -> date:
    """The day of a form. Error: 400 for what is no day."""
    day = _day(request.form.get("until", "").strip())
    if day is None:
        abort(400)
    return day


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST <= day.year <= LAST else None
