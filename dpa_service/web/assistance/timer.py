"""The timer that runs while somebody works: started on a request, stopped into an entry, or discarded."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, request, url_for
from flask import session as cookie
from flask_babel import gettext as _

from dpa_service.domain.errors import DomainError, RequestInvalid
from dpa_service.services.assistance import time_views, timers
from dpa_service.services.errors import Conflict, NotFound
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, session, today
from dpa_service.web.assistance.base import blueprint
from dpa_service.web.assistance.time_words import fitting, in_words, refusal
from dpa_service.web.shell import as_hours
from dpa_service.web.typed import Answer

DROPPED = "dropped_timer"  # what a discarded timer would have written, in the cookie, until the next entry
LONGEST_NOTE = 300


@blueprint.context_processor
def strip() -> dict[str, Any]:
    """For the strip on each page of assistance: the timer of who looks, read once and only where a template asks for it."""

    def running() -> timers.Running | None:
        if "running_timer" not in g:
            g.running_timer = timers.shown(session(), actor())
        found: timers.Running | None = g.running_timer
        return found

    return {"running_timer": running, "moment_now": now, "day_now": today, "request_page": request_page}


def request_page(request_id: str) -> str:
    """The page of a request."""
    return f"{url_for('assistance.requests')}/{request_id}"


@blueprint.post("/time/timer/start", endpoint="start_timer")
@allow()
def start() -> Answer:
    """Start the timer on a request (`request`: id, reference or words), with a note."""
    text, note = request.form.get("request", "")[:300], " ".join(request.form.get("note", "").split())[:LONGEST_NOTE]
    found = time_views.find(session(), text) if text.strip() else []
    if len(found) != 1:
        words = fitting(each.request.reference for each in found) if found else _("Choose the request that the timer is for.")
        flash(words, "warning")
        return redirect(url_for("assistance.sheet"), 303)
    chosen = found[0].request
    try:
        timers.start(session(), chosen.id, note=note, actor=actor(), now=now())
    except Conflict as trouble:
        flash(refusal(trouble)["request"], "warning")
    else:
        cookie.pop(DROPPED, None)
        flash(_("The timer runs on %(reference)s.", reference=chosen.reference), "success")
    return redirect(_back(chosen.id), 303)


@blueprint.post("/time/timer/stop", endpoint="stop_timer")
@allow()
def stop() -> Answer:
    """Write the minutes down and show them, ready to be corrected. Where they are refused the timer runs on."""
    note = " ".join(request.form.get("note", "").split()) or None
    try:
        entry = timers.stop(session(), note=note, actor=actor(), now=now())
    except NotFound:
        flash(_("No timer runs; it was stopped or discarded already."), "warning")
        return redirect(url_for("assistance.sheet"), 303)
    except DomainError as trouble:
        errors = in_words(trouble) if isinstance(trouble, RequestInvalid) else refusal(trouble)
        flash(" ".join((_("The timer runs on; nothing was written down."), *errors.values())), "error")
        return redirect(url_for("assistance.sheet"), 303)
    written = _(
        "%(hours)s is written down on %(reference)s.", hours=as_hours(entry.minutes), reference=_reference(entry.request_id)
    )
    flash(" ".join((written, _("Were the minutes others? Correct them below."))), "success")
    return redirect(url_for("assistance.sheet", day=entry.work_date, request=entry.request_id, correct=entry.id), 303)


@blueprint.post("/time/timer/drop", endpoint="drop_timer")
@allow()
def drop() -> Answer:
    """Discard the timer. What it would have written stays at hand in the form, so that one key puts it back."""
    found = timers.shown(session(), actor())
    try:
        timers.drop(session(), actor=actor(), now=now())
    except NotFound:
        found = None
    if found is None:
        flash(_("No timer runs; it was stopped or discarded already."), "warning")
        return redirect(url_for("assistance.sheet"), 303)
    cookie[DROPPED] = {"minutes": str(found.minutes(now())), "note": found.timer.note, "request": found.request.id}
    flash(
        _("The timer is discarded; nothing was written down. Its time stands in the form below, in case it was a mistake."),
        "info",
    )
    return redirect(url_for("assistance.sheet", day=today() if found.locked else found.day, dropped=1), 303)


def _reference(request_id: str) -> str:
    found = time_views.find(session(), request_id)
    return found[0].request.reference if found else ""


def _back(request_id: str) -> str:
    """The page that the form was on, where it says so; else the day sheet. Never another site."""
    path = request.form.get("back", "")
    ours = path.startswith("/assistance") and "\\" not in path and path.isprintable() and len(path) < 200
    return path if ours else url_for("assistance.sheet", request=request_id)
