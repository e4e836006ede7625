"""The day sheet: one person's minutes, day by day, and a line to write the next ones on. Enter adds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from babel.dates import format_date
from flask import flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask_babel import get_locale
from flask_babel import gettext as _

from dpa_service.adapters.db.assistance import MonthLock
from dpa_service.domain.errors import DomainError, FieldError, RequestInvalid
from dpa_service.services.assistance import assistance_list, estimates, month_locks, time_entries, time_views
from dpa_service.services.assistance.time_views import Choice, Row
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, session, today
from dpa_service.web.assistance import time_words as words
from dpa_service.web.assistance.base import blueprint
from dpa_service.web.assistance.timer import DROPPED
from dpa_service.web.shell import as_hours
from dpa_service.web.typed import Answer, day_arg, hex_arg, key

AUDIT_FLAGS = ("first_audit_day", "audit_failing")
TYPED = ("request", "minutes", "note", "caused", *AUDIT_FLAGS)


@blueprint.context_processor
def shown_words() -> dict[str, Any]:
    """Words by code for the pages of minutes."""
    return {
        "time_words": {
            "states": words.STATES, "reasons": words.REASONS, "help": words.REASON_HELP, "blocked": words.BLOCKED,
            "undecidable": words.UNDECIDABLE,
        }
    }  # fmt: skip


@blueprint.get("/time", endpoint="sheet")
@allow()
def sheet() -> str:
    """The week of `day`, its entries, and the line to write on; `request` fills it in, `correct` opens the form for an entry."""
    day, trouble = day_arg()
    typed: dict[str, str] = {}
    chosen = hex_arg("request")
    if request.args.get("dropped") and isinstance(kept := cookie.get(DROPPED), dict):
        chosen, typed = kept["request"], {"minutes": kept["minutes"], "note": kept["note"]}
    found = time_views.find(session(), chosen) if chosen else []
    if found:
        typed["request"] = label(found[0])
    return _page(day, {}, typed, trouble=trouble, chosen=found[0].request.id if found else None)


@blueprint.post("/time", endpoint="record_time")
@allow()
def record() -> Answer:
    """Write minutes down on a request. What looks like a person's name in the note is asked about once, before it is kept."""
    typed = {name: request.form.get(name, "")[:600] for name in TYPED}
    try:
        day = date.fromisoformat(request.form.get("day", ""))
    except ValueError:
        return _page(today(), {"work_date": words.field_words(FieldError("work_date", "DATE", ""))}, typed), 422
    found, errors = _request_of(typed["request"])
    data: dict[str, Any] = {"work_date": day.isoformat(), "note": typed["note"].strip()}
    if typed["minutes"].strip():
        data["minutes"] = words.read_minutes(typed["minutes"])
    else:
        errors["minutes"] = words.field_words(FieldError("minutes", "REQUIRED", ""))
    data |= {name: True for name in ("caused", *AUDIT_FLAGS) if typed[name]}
    if found and found.request.duty != "audit" and any(typed[name] for name in AUDIT_FLAGS):
        errors[AUDIT_FLAGS[0]] = _("This request is no audit; take the ticks about the audit away.")
    if found is None or errors:
        return _page(day, errors, typed), 422
    asked, hints = found.request, assistance_list.hints(session(), found.request.client_id, data["note"])
    if hints and request.form.get("sure") != data["note"]:
        return _page(day, {}, typed, chosen=asked.id, unsure=words.looks_personal(hints)), 422
    try:
        entry = time_entries.record(session(), asked.id, data, key=key(), actor=actor(), now=now(), today=today())
    except RequestInvalid as trouble:
        return _page(day, words.in_words(trouble), typed, chosen=asked.id), 422
    except DomainError as trouble:
        return _page(day, words.refusal(trouble), typed, chosen=asked.id), 409
    cookie.pop(DROPPED, None)
    flash(_("%(hours)s on %(reference)s.", hours=as_hours(entry.minutes), reference=asked.reference), "success")
    return redirect(url_for("assistance.sheet", day=day, request=asked.id, entry=entry.id, added=1), 303)


def label(choice: Choice) -> str:
    """A request as the list of the form names it: the reference first, by which it is found again."""
    return " · ".join((choice.request.reference, choice.client, choice.request.subject))[:160]


def locks() -> dict[str, MonthLock]:
    """Month → its lock."""
    return {row.month: row for row in month_locks.listing(session())}


def weekday(day: date, whole: bool = False) -> str:
    """ "mon", or "Monday" """
    return format_date(day, "EEEE" if whole else "EEE", locale=get_locale())


def _request_of(text: str) -> tuple[Choice | None, dict[str, str]]:
    found = time_views.find(session(), text) if text.strip() else []
    if len(found) == 1:
        return found[0], {}
    if found:
        return None, {"request": words.fitting(each.request.reference for each in found)}
    code = "NOT_FOUND" if text.strip() else "REQUIRED"
    return None, {"request": words.field_words(FieldError("request", code, ""))}


def _page(
    day: date, errors: dict[str, str], typed: dict[str, str], *, trouble: str | None = None, chosen: str | None = None, unsure: str = ""
) -> str:  # fmt: skip
    monday = day - timedelta(days=day.weekday())
    rows = time_views.sheet(session(), actor(), monday, monday + timedelta(days=6))
    week = [
        (each, _total(row for row in rows if row.entry.work_date == each))
        for each in (monday + timedelta(days=n) for n in range(7))
    ]
    mine, locked = [row for row in rows if row.entry.work_date == day], locks()
    return render_template(
        "assistance/sheet.html",
        day=day,
        monday=monday,
        week=week,
        rows=mine,
        total=_total(mine),
        week_total=_total(rows),
        reasons=[
            name
            for name in words.REASONS
            if name != "replaced" and any(row.settled and dict(row.settled.parts).get(name) for row in mine)
        ],
        locked=locked,
        lock=locked.get(f"{day:%Y-%m}"),
        choices=[(each, label(each)) for each in time_views.choices(session(), actor())],
        chosen=chosen,
        blocked=estimates.blocked(session(), chosen) if chosen else None,
        new_entry=request.args.get("entry", ""),
        correct=hex_arg("correct"),
        weekday=weekday,
        added=bool(request.args.get("added")),
        unsure=unsure,
        errors=errors,
        typed=typed,
        trouble=trouble,
        today=today(),
        near=[(_("Previous week"), monday - timedelta(days=7)), (_("Next week"), monday + timedelta(days=7))],
    )


def _total(rows: Iterable[Row]) -> int:
    return sum(row.entry.minutes for row in rows if row.counts)
