"""Months that are locked: no minutes are written, corrected or decided in them any more."""

from __future__ import annotations

from datetime import date

from babel.dates import format_date
from flask import flash, redirect, render_template, request, url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from dpa_service.domain.errors import RequestInvalid
from dpa_service.services.assistance import month_locks
from dpa_service.services.errors import Conflict, NotFound
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, session, today
from dpa_service.web.assistance.base import LOCKERS, blueprint
from dpa_service.web.assistance.time_words import in_words
from dpa_service.web.typed import Answer


@blueprint.get("/time/months", endpoint="months")
@allow(*LOCKERS)
def months() -> str:
    """The last months, what was written in them, and their locks."""
    return _page({}, {})


@blueprint.post("/time/months/lock", endpoint="lock_month")
@allow(*LOCKERS)
def lock() -> Answer:
    """Lock a month that has ended; refused while entries of it wait."""
    month = request.form.get("month", "")[:7]
    try:
        month_locks.lock(session(), month, actor=actor(), now=now())
    except RequestInvalid as trouble:
        return _page(in_words(trouble), {"month": month}), 422
    except Conflict:
        count = next((each.open for each in month_locks.overview(session(), today()) if each.month == month), 0)
        said = ngettext(
            "Not locked: %(num)s entry still waits for approval. Decide about it first.",
            "Not locked: %(num)s entries still wait for approval. Decide about them first.",
            max(count, 1),
        )
        return _page({"lock": said}, {"month": month}), 409
    flash(_("%(month)s is locked.", month=named(month)), "success")
    return redirect(url_for("assistance.months"), 303)


@blueprint.post("/time/months/unlock", endpoint="unlock_month")
@allow(*LOCKERS)
def unlock() -> Answer:
    """Unlock a month, with a reason."""
    month, reason = request.form.get("month", "")[:7], request.form.get("reason", "")[:600]
    try:
        month_locks.unlock(session(), month, reason=reason, actor=actor(), now=now())
    except RequestInvalid as trouble:
        return _page(in_words(trouble), {"month": month, "reason": reason}), 422
    except NotFound:
        flash(_("This month is not locked; somebody unlocked it meanwhile."), "warning")
    else:
        flash(_("%(month)s is unlocked. Lock it again once it is right.", month=named(month)), "success")
    return redirect(url_for("assistance.months"), 303)


def named(month: str) -> str:
    """ "November 2026" """
    words: str = format_date(date.fromisoformat(f"{month}-01"), "LLLL y", locale=get_locale())
    return words[:1].upper() + words[1:]


def _page(errors: dict[str, str], typed: dict[str, str]) -> str:
    return render_template(
        "assistance/months.html",
        months=month_locks.overview(session(), today()),
        this_month=f"{today():%Y-%m}",
        named=named,
        errors=errors,
        typed=typed,
    )
