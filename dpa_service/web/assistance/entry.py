"""One entry of time: the tariff of its day, what is charged of it and why, its corrections, its approval, the invoices it is on."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from dpa_service.domain.errors import DomainError, RequestInvalid
from dpa_service.services.agreements import agreements
from dpa_service.services.assistance import assistance_list, time_entries, time_views
from dpa_service.services.assistance.time_views import Row
from dpa_service.services.errors import Conflict
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, session, today
from dpa_service.web.assistance import time_words as words
from dpa_service.web.assistance.base import APPROVERS, LOCKERS, blueprint
from dpa_service.web.assistance.sheet import AUDIT_FLAGS, locks
from dpa_service.web.shell import as_hours
from dpa_service.web.typed import Answer, key, roles

WAIVERS = LOCKERS  # finance decides what is not charged
FIELDS = ("work_date", "minutes", "note", "reason", "caused", *AUDIT_FLAGS)


@blueprint.context_processor
def rights() -> dict[str, Any]:
    """What a page may offer for an entry."""
    return {"may_correct": may_correct, "may_waive": bool(roles() & set(WAIVERS))}


def may_correct(row: Row) -> bool:
    """Whether who looks may correct it: who worked or wrote it down, and approvers."""
    return actor() in (row.entry.person, row.entry.created_by) or bool(roles() & set(APPROVERS))


@blueprint.get("/time/<hex:entry_id>", endpoint="entry")
@allow()
def entry(entry_id: str) -> str:
    """An entry with all that it rests on."""
    return _page(entry_id, {}, {})


@blueprint.post("/time/<hex:entry_id>/correct", endpoint="correct_time")
@allow()
def correct(entry_id: str) -> Answer:
    """The right figures as a new entry, with a reason; 0 minutes undo it."""
    row = time_views.one(session(), entry_id)
    typed = {name: request.form.get(name, "")[:600] for name in FIELDS}
    if not may_correct(row):
        flash(_("Only who worked or wrote it down, or an approver, corrects an entry."), "warning")
        return _page(entry_id, {}, {}), 403
    data: dict[str, Any] = {"minutes": words.read_minutes(typed["minutes"]), "caused": bool(typed["caused"])}
    data |= {name: typed[name].strip() for name in ("note", "work_date") if typed[name].strip()}
    if row.request.duty == "audit":
        data |= {name: bool(typed[name]) for name in AUDIT_FLAGS}
    hints = assistance_list.hints(session(), row.entry.client_id, data.get("note", ""))
    if hints and data.get("note") != row.entry.note and request.form.get("sure") != data["note"]:
        return _page(entry_id, {}, typed, unsure=words.looks_personal(hints)), 422
    try:
        new = time_entries.correct(
            session(), entry_id, data, reason=typed["reason"], key=key(), actor=actor(), now=now(), today=today()
        )
    except RequestInvalid as trouble:
        return _page(entry_id, words.in_words(trouble), typed), 422
    except DomainError as trouble:
        return _page(entry_id, words.refusal(trouble), typed), 409
    said = _("undone") if new.minutes == 0 else as_hours(new.minutes)
    flash(
        _(
            "Corrected: %(before)s → %(after)s. It counts once somebody approves it.",
            before=as_hours(row.entry.minutes),
            after=said,
        ),
        "success",
    )
    if new.person == actor():
        return redirect(url_for("assistance.sheet", day=new.work_date, entry=new.id), 303)
    return redirect(url_for("assistance.entry", entry_id=new.id), 303)


@blueprint.post("/time/<hex:entry_id>/waive", endpoint="waive_time")
@allow(*WAIVERS)
def waive(entry_id: str) -> Answer:
    """Decide not to charge it, with a reason."""
    typed = {"waive": request.form.get("reason", "")[:600]}
    try:
        time_entries.waive(session(), entry_id, reason=typed["waive"], actor=actor(), now=now())
    except RequestInvalid as trouble:
        return _page(entry_id, {"waive": next(iter(words.in_words(trouble).values()))}, typed), 422
    except Conflict as trouble:
        return _page(entry_id, {"waive": next(iter(words.refusal(trouble).values()))}, typed), 409
    flash(_("It will not be charged."), "success")
    return redirect(url_for("assistance.entry", entry_id=entry_id), 303)


def _page(entry_id: str, errors: dict[str, str], typed: dict[str, str], *, unsure: str = "") -> str:
    row = time_views.one(session(), entry_id)
    return render_template(
        "assistance/entry.html",
        row=row,
        agreement=agreements.get(session(), row.entry.agreement_id).agreement,
        invoices=time_views.on_invoices(session(), entry_id),
        lock=locks().get(f"{row.entry.work_date:%Y-%m}"),
        errors=errors,
        typed=typed,
        unsure=unsure,
    )
