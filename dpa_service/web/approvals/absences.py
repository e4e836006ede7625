"""Absences: who stands in for whom, and until when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.domain.roles import ADMIN
from dpa_service.services.negotiation import absences
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, library, now, session, today
from dpa_service.web.approvals.base import blueprint
from dpa_service.web.shell import as_date
from dpa_service.web.typed import Answer

FIELD_WORDS = {
    "DATE": lazy_gettext("Give a date, such as 1/12/2026."),
    "ORDER": lazy_gettext("The last day comes before the first."),
    "PAST": lazy_gettext("These days are over already."),
    "TOO_LONG": lazy_gettext("At most a year."),
    "ONESELF": lazy_gettext("Choose somebody else: nobody stands in for themselves."),
    "CHOICE": lazy_gettext("Choose somebody from the list."),
    "NO_APPROVER": lazy_gettext("A deputy holds a role that approves too."),
    "OVERLAP": lazy_gettext("There is an absence in these days already; end that one first."),
    "ABSENT": lazy_gettext("This deputy is absent in these days too; choose somebody else."),
}


@blueprint.get("/absences", endpoint="absences")
@allow()
def listing() -> str:
    """My absences and those I stand in for; an administrator sees all."""
    return _page({}, {})


@blueprint.post("/absences", endpoint="add_absence")
@allow()
def add() -> Answer:
    """Record an absence."""
    posted = request.form
    try:
        first, last = _days(posted)
        absent = posted.get("absent", "") if _administers() else actor()
        made = absences.add(
            session(), library(), absent=absent or actor(), deputy=posted.get("deputy", ""), first_day=first, last_day=last,
            actor=actor(), now=now(), today=today(),
        )  # fmt: skip
    except RequestInvalid as trouble:
        errors = {error.field: str(FIELD_WORDS.get(error.code, error.message)) for error in trouble.errors}
        return _page(posted, errors), 422
    flash(
        _("%(deputy)s decides for %(absent)s from %(first)s to %(last)s.", deputy=made.deputy, absent=made.absent,
          first=as_date(made.first_day), last=as_date(made.last_day)), "success"
    )  # fmt: skip
    return redirect(url_for("approvals.absences"), 303)


@blueprint.post("/absences/<hex:absence_id>/end", endpoint="end_absence")
@allow()
def end(absence_id: str) -> Response:
    """End an absence now."""
    if absences.end(session(), absence_id, actor=actor(), now=now(), today=today()):
        flash(_("The absence has ended; the deputy decides no more from today."), "success")
    return redirect(url_for("approvals.absences"), 303)


def _administers() -> bool:
    return any(role.name == ADMIN for role in current_user.roles)


def _days(posted: Mapping[str, str]) -> tuple[date, date]:
    days, errors = [], []
    for name in ("first_day", "last_day"):
        try:
            days.append(date.fromisoformat(posted.get(name, "").strip()))
        except ValueError:
            errors.append(FieldError(name, "DATE", "Give a date."))
    if errors:
        raise RequestInvalid(errors)
    return days[0], days[1]


def _page(values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    administers = _administers()
    rows = absences.current(session(), today=today(), of=None if administers else actor())
    deputies = absences.everybody(session()) if administers else absences.deputies(session(), library(), actor())
    away = {row.absent for row in rows if row.first_day <= today()}
    return render_template(
        "approvals/absences.html",
        rows=rows,
        away=away,
        me=actor(),
        today=today(),
        administers=administers,
        people=[(email, email) for email in absences.everybody(session())] if administers else [],
        deputies=[("", "–"), *((email, email) for email in deputies)],
        values=values,
        errors=errors,
    )
