"""Assistance requests: the list with the clocks that run, a new one, hints while typing, and a look at the clocks before saving."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _

from dpa_service.adapters.db.assistance import AssistanceRequest
from dpa_service.domain.assistance.duties import DUTIES
from dpa_service.domain.errors import DomainError, RequestInvalid
from dpa_service.services.agreements import clients
from dpa_service.services.assistance import assistance_clocks, assistance_list, assistance_requests
from dpa_service.services.assistance.assistance_requests import CLOSED, OPEN
from dpa_service.services.assistance.assistance_schema import RequestBlock, load
from dpa_service.services.assistance.clock_states import RUNNING, ClockState, first_open
from dpa_service.services.errors import Conflict
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, session, today
from dpa_service.web.assistance import request_words
from dpa_service.web.assistance.base import blueprint
from dpa_service.web.assistance.clock_view import Shown, shown
from dpa_service.web.assistance.moments import fields_of, typed_moment
from dpa_service.web.assistance.request_basis import cited, duty_place
from dpa_service.web.assistance.request_page import request_page
from dpa_service.web.typed import Answer, chosen, hex_arg, key, searched

__all__ = ["request_page"]
PAGE, RUNNING_SHOWN, LONGEST_TEXT, MOST_TEXTS = 25, 12, 2000, 20
TEXTS = ("duty", "subject", "case_reference", "clock_started_day", "clock_started_time")
FLAGS = ("urgent", "caused")


@dataclass(frozen=True, slots=True)
class Line:
    """A request in a list: with its client's name, and its first clock that runs."""

    row: AssistanceRequest
    client: str
    clock: Shown | None


@blueprint.app_context_processor
def clocks() -> dict[str, Any]:
    """For the start page: the first clocks to end."""
    return {"clocks_that_run": lambda limit: lines(assistance_list.running(session(), limit=limit))}


def lines(rows: Iterable[AssistanceRequest]) -> list[Line]:
    """Requests as lists show them."""
    rows, moment = list(rows), now()
    names = assistance_list.names(session(), [row.client_id for row in rows]) if rows else {}
    found = []
    for row in rows:
        clock = first_open(row, moment)
        found.append(Line(row, names[row.client_id], shown(clock, row.duty, row.clock_started) if clock else None))
    return found


@blueprint.get("/assistance", endpoint="requests")
@allow()
def requests() -> str:
    """The clocks that run, and the requests by state, duty, client and words."""
    text, state, duty, client_id = searched(), chosen("state", (OPEN, CLOSED)), chosen("duty", DUTIES), hex_arg("client")
    page = assistance_list.listing(
        session(), state=state, duty=duty, client_id=client_id, text=text or None, cursor=request.args.get("cursor"), limit=PAGE
    )
    kept = {name: value for name, value in (("q", text), ("state", state), ("duty", duty), ("client", client_id)) if value}
    begins = not kept and "cursor" not in request.args
    running = lines(assistance_list.running(session(), limit=RUNNING_SHOWN + 1)) if begins else []
    return render_template(
        "assistance/requests.html",
        w=request_words,
        page=page,
        rows=lines(page.items),
        running=running[:RUNNING_SHOWN],
        more_run=len(running) > RUNNING_SHOWN,
        text=text,
        state=state,
        duty=duty,
        client=clients.get(session(), client_id) if client_id else None,
        kept=kept,
    )


@blueprint.get("/assistance/new", endpoint="new_request")
@allow()
def new_request() -> str:
    """Choose a client, then say what is asked."""
    client_id, duty = hex_arg("client"), chosen("duty", DUTIES)
    if client_id is None:
        text = searched()
        page = clients.listing(session(), text=text or None, limit=PAGE)
        return render_template("assistance/choose_client.html", text=text, page=page, duty=duty)
    return _form(client_id, {"duty": duty or "", **fields_of("clock_started", now())}, {})


@blueprint.post("/assistance/new", endpoint="open_request")
@allow()
def open_request() -> Answer:
    """Open the request; a text that looks like a person is pointed out first, and kept all the same when that is confirmed."""
    client_id, typed = request.form.get("client", ""), _typed()
    data = _data(typed)
    try:
        load(RequestBlock(), data)
        found = hints_in(client_id, typed["subject"], typed["case_reference"])
        if found and not typed["keep"]:
            return _form(client_id, typed, {}, found), 422
        row = assistance_requests.open_request(
            session(), client_id, data, key=key(), actor=actor(), now=now(), today=today()
        )  # fmt: skip
    except RequestInvalid as trouble:
        return _form(client_id, typed, request_words.in_words(trouble), hints_in(client_id, typed["subject"])), 422
    except Conflict:
        flash(_("This form was sent before, with other words. What was sent first is in the list."), "warning")
        return redirect(url_for("assistance.requests", client=client_id), 303)
    except DomainError as trouble:
        if trouble.code != "NO_TERMS":
            raise
        return _form(client_id, typed, {}), 422
    flash(_("%(reference)s is open.", reference=row.reference), "success")
    return redirect(url_for("assistance.request", request_id=row.id), 303)


@blueprint.post("/assistance/look", endpoint="look")
@allow()
def look() -> Answer:
    """The clocks that a request would start; nothing is kept. As JSON for the page, else the form with them."""
    client_id, typed = request.form.get("client", ""), _typed()
    if request.accept_mimetypes.best == "application/json":
        standing = _standing(client_id)
        return jsonify({"html": render_template("assistance/_look.html", standing=standing, clocks=_clocks(standing, typed), w=request_words,
                                                typed=typed)})  # fmt: skip
    return _form(client_id, typed, {}, hints_in(client_id, typed["subject"], typed["case_reference"]))


@blueprint.post("/assistance/hints", endpoint="hints")
@allow()
def hints() -> Answer:
    """What in the texts looks like a person, as JSON: kind and words, and the warning as it is shown. Nothing is kept."""
    found = hints_in(request.form.get("client", ""), *request.form.getlist("text")[:MOST_TEXTS])
    html = render_template("assistance/_hints.html", found=found, w=request_words, kept="keep" in request.form)
    return jsonify({"hints": [{"kind": kind, "words": words} for kind, words in found], "html": html})


def hints_in(client_id: str, *texts: str) -> list[tuple[str, str]]:
    """What looks like a person in texts about a client, each once."""
    found = (hint for text in texts for hint in assistance_list.hints(session(), client_id, text[:LONGEST_TEXT]))
    return list(dict.fromkeys(found))


def _typed() -> dict[str, Any]:
    texts = {name: request.form.get(name, "")[:LONGEST_TEXT] for name in TEXTS}
    return texts | {name: request.form.get(name) == "true" for name in (*FLAGS, "keep")}


def _data(typed: dict[str, Any]) -> dict[str, Any]:
    given = {
        "duty": typed["duty"],
        "subject": typed["subject"].strip(),
        "case_reference": typed["case_reference"].strip(),
        "clock_started": typed_moment(typed, "clock_started"),
    }
    return {name: value for name, value in given.items() if value} | {name: True for name in FLAGS if typed[name]}


def _standing(client_id: str) -> Any:
    """The terms in force and the document they stand in; None where the client has none and there are no general terms."""
    try:
        return assistance_list.basis(session(), client_id, today())
    except DomainError as trouble:
        if trouble.code != "NO_TERMS":
            raise
        return None


def _clocks(standing: Any, typed: dict[str, Any]) -> list[tuple[Shown, str]]:
    """The clocks of what is typed, with where they stand; none while the duty or the moment is not known."""
    started = typed_moment(typed, "clock_started")
    if standing is None or typed["duty"] not in DUTIES or started is None:
        return []
    try:
        moment = datetime.fromisoformat(started)
    except ValueError:
        return []
    terms, snapshot = standing
    found = []
    for clock in assistance_clocks.counted(typed["duty"], terms.terms, moment):
        ends = datetime.fromisoformat(clock["expires_at"])
        state = RUNNING if now() < ends else "late" if clock["whose"] == "house" else "over"
        found.append(
            (shown(ClockState(clock, state, ends, now(), None), typed["duty"], moment), cited(snapshot, clock["clause"]))
        )
    return found


def _form(client_id: str, typed: dict[str, Any], errors: dict[str, str], found: Iterable[tuple[str, str]] = ()) -> str:
    client = clients.get(session(), client_id)
    standing = _standing(client_id)
    places = {duty: duty_place(standing[1], duty) for duty in DUTIES} if standing else {}
    return render_template(
        "assistance/new.html",
        w=request_words,
        client=client,
        standing=standing,
        terms=standing[0] if standing else None,
        places=places,
        free=standing[0].tariff.free_duties if standing else frozenset(),
        duties=DUTIES,
        clocks=_clocks(standing, dict.fromkeys(TEXTS, "") | typed),
        typed=typed,
        errors={"clock_started_day" if name == "clock_started" else name: words for name, words in errors.items()},
        found=list(found),
    )
