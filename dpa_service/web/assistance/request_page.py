"""One assistance request: what it rests on, its clocks, what its duty needs, its log and minutes; ticking, notes, closing, reopening."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from dpa_service.adapters.db.assistance import AssistanceEvent, AssistanceRequest, TimeEntry
from dpa_service.domain.assistance.duties import DUTIES
from dpa_service.domain.errors import RequestInvalid
from dpa_service.domain.roles import ADMIN, DPO, FINANCE, LEGAL, SALES
from dpa_service.services.agreements import agreements
from dpa_service.services.assistance import assistance_clocks, assistance_list, assistance_requests
from dpa_service.services.assistance.assistance_requests import MET_BY, OPEN, STATE
from dpa_service.services.assistance.clock_states import MET, MET_LATE, ClockState, states
from dpa_service.services.assistance.time_entries import REJECTED
from dpa_service.services.errors import Conflict, Stale
from dpa_service.services.invoices import invoice_list
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, session
from dpa_service.web.assistance import request_words
from dpa_service.web.assistance.base import blueprint
from dpa_service.web.assistance.clock_view import shown
from dpa_service.web.assistance.moments import fields_of, moment_of, typed_moment
from dpa_service.web.assistance.request_basis import asked_by, cited, duty_place
from dpa_service.web.invoices.base import READERS as INVOICE_READERS
from dpa_service.web.typed import Answer, key, roles, version

CLIENT_READERS = {SALES, LEGAL, DPO, ADMIN}  # of the client's page, and of the clause library
EXPOSURE_READERS = {FINANCE}


@blueprint.get("/assistance/<hex:request_id>", endpoint="request")
@allow()
def one(request_id: str) -> str:
    """The page of a request."""
    return request_page(request_id)


@blueprint.post("/assistance/<hex:request_id>/checks/<string(maxlength=40):item>", endpoint="check")
@allow()
def check(request_id: str, item: str) -> Answer:
    """Tick an item, at a moment where one is given, or take the tick away; says when a clock stopped or runs again."""
    done = request.form.get("done") == "true"
    happened = typed_moment(request.form, "happened") if done else None
    try:
        row = assistance_requests.check_item(
            session(), request_id, item, done=done, happened=moment_of(happened), actor=actor(), now=now()
        )  # fmt: skip
    except RequestInvalid as trouble:
        typed = {"item": item, **{name: request.form.get(name, "")[:40] for name in ("happened_day", "happened_time")}}
        return request_page(request_id, {f"check.{item}": request_words.in_words(trouble)["happened"]}, typed), 422
    except Conflict:
        return request_page(request_id, {f"check.{item}": _("The forwarding is recorded with its proof; this tick stays.")}), 409
    clock = next((each for each in states(row, now()) if MET_BY.get(each.clock["id"]) == item), None)
    if clock is not None:
        title = request_words.CLOCKS[row.duty, clock.clock["id"]]
        if not done:
            flash(_("The clock “%(clock)s” runs again.", clock=title), "warning")
        elif clock.state == MET:
            flash(_("The clock “%(clock)s” is stopped: met in time.", clock=title), "success")
        else:
            flash(_("The clock “%(clock)s” is stopped: met too late.", clock=title), "warning")
    return _back(request_id, f"check-{item}")


@blueprint.post("/assistance/<hex:request_id>/notes", endpoint="add_note")
@allow()
def add_note(request_id: str) -> Answer:
    """A note for the log; a text that looks like a person is pointed out first."""
    text = " ".join(request.form.get("text", "")[:2000].split())
    details = assistance_list.get(session(), request_id)
    found = assistance_list.hints(session(), details.client.id, text)
    if found and request.form.get("keep") != "true":
        return request_page(request_id, typed={"text": text}, found=found), 422
    try:
        assistance_requests.add_note(session(), request_id, {"text": text}, key=key(), actor=actor(), now=now())
    except RequestInvalid as trouble:
        return request_page(request_id, request_words.in_words(trouble), {"text": text}, found=found), 422
    except Conflict:
        flash(_("This note was sent before, with other words. What was sent first is in the log."), "warning")
    return _back(request_id, "h-log")


@blueprint.post("/assistance/<hex:request_id>/close", endpoint="close")
@allow()
def close(request_id: str) -> Answer:
    """Close a request, saying how it ended."""
    return _moved(
        request_id, assistance_requests.close, _("It was closed already."), _("The request is closed; its minutes stay.")
    )


@blueprint.post("/assistance/<hex:request_id>/reopen", endpoint="reopen")
@allow()
def reopen(request_id: str) -> Answer:
    """Open a closed request again."""
    return _moved(request_id, assistance_requests.reopen, _("It is open already."), _("The request is open again."))


def request_page(request_id: str, errors: dict[str, str] | None = None, typed: dict[str, Any] | None = None, **more: Any) -> str:
    """The page of a request; with what was wrong in one of its forms, and what was typed there. `more` goes to the template as it is."""
    details = assistance_list.get(session(), request_id)
    row, moment = details.request, now()
    snapshot = agreements.preview(session(), row.agreement_id) if row.agreement_id else None
    clocks = [shown(each, row.duty, row.clock_started) for each in states(row, moment)]
    mine = roles()

    def where(clause: str) -> str:
        return cited(snapshot, clause) if snapshot else ""

    context: dict[str, Any] = {
        "w": request_words,
        "details": details,
        "asked": row,
        "client": details.client,
        "agreement": details.agreement,
        "duty": DUTIES[row.duty],
        "place": duty_place(snapshot, row.duty) if snapshot else None,
        "where": where,
        "asked_by": lambda clause: asked_by(snapshot, clause, row.duty) if snapshot else "",
        "clocks": clocks,
        "stops": {MET_BY[clock.clock["id"]]: clock for clock in clocks if clock.clock["id"] in MET_BY},
        "log": _log(details.events, row.duty),
        "entries": entries(details.entries),
        "corrected": corrected(details.entries),
        "open": row.state == OPEN,
        "later": counted_again(row, states(row, moment)),
        "now_fields": fields_of("happened", moment),
        "reads_clients": bool(mine & CLIENT_READERS),
        "reads_exposure": bool(mine & EXPOSURE_READERS),
        "invoiced": invoice_list.of_request(session(), request_id) if mine & set(INVOICE_READERS) else [],
        "errors": errors or {},
        "typed": typed or {},
        "read": datetime.fromisoformat,
        "summary": errors,
        "found": [],
        "stale": False,
        "meanwhile": "",
    }
    return render_template("assistance/request.html", **(context | more))


def counted_again(row: AssistanceRequest, found: list[ClockState]) -> dict[str, tuple[datetime, datetime]]:
    """A client's clock that starts when the client knows → when our message reached it, and when the period ends counted from then."""
    met = next((each.at for each in found if each.item and each.state in (MET, MET_LATE)), None)
    theirs = [each.clock for each in found if each.clock["starts"] in ("received_by_client", "known_by_client")]
    return {clock["id"]: (met, assistance_clocks.counted_from(row.duty, clock, met)) for clock in theirs if met is not None}


def entries(found: Any) -> list[tuple[TimeEntry, str]]:
    """Entries with what became of them: their state, or "corrected" where a later one took their place."""
    replaced = corrected(found)
    return [(entry, "corrected" if entry.id in replaced else entry.state) for entry in found]


def corrected(found: Any) -> set[str]:
    """The entries that a later one corrects."""
    return {entry.correction_of for entry in found if entry.correction_of and entry.state != REJECTED}


def _log(events: Any, duty: str) -> list[tuple[AssistanceEvent, str]]:
    """The log, newest first, as sentences. A change of state closes an open request and opens a closed one."""
    told, closed = [], False
    for event in events:
        if event.kind == STATE:
            closed = not closed
        told.append((event, request_words.happened(event, duty, closed=closed)))
    return told[::-1]


def _moved(request_id: str, step: Any, already: str, done: str) -> Answer:
    reason = request.form.get("reason", "")[:600]
    typed = {"reason": reason}
    try:
        step(session(), request_id, reason=reason, expected_version=version(), actor=actor(), now=now())
    except RequestInvalid as trouble:
        return request_page(request_id, request_words.in_words(trouble), typed), 422
    except Stale:
        return request_page(request_id, typed=typed, stale=True), 412
    except Conflict:
        return request_page(request_id, typed=typed, meanwhile=already), 409
    flash(done, "success")
    return _back(request_id)


def _back(request_id: str, anchor: str | None = None) -> Response:
    return redirect(url_for("assistance.request", request_id=request_id, _anchor=anchor), 303)
