"""A data subject's request that came to the house: sent on to the client, with the proof of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from dpa_service.domain.assistance.personal_hint import EMAIL, PHONE
from dpa_service.domain.errors import RequestInvalid
from dpa_service.services.agreements import agreements
from dpa_service.services.assistance import assistance_list, assistance_requests
from dpa_service.services.assistance.assistance_list import Details
from dpa_service.services.assistance.clock_states import states
from dpa_service.services.errors import Conflict, Stale
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, session
from dpa_service.web.assistance import letters
from dpa_service.web.assistance.base import blueprint
from dpa_service.web.assistance.clock_view import shown
from dpa_service.web.assistance.incident_words import hint_words, in_words, left
from dpa_service.web.assistance.moments import fields_of, typed_moment
from dpa_service.web.assistance.request_page import request_page
from dpa_service.web.assistance.request_words import CHANNELS
from dpa_service.web.typed import Answer, version

FIELDS = ("to", "channel", "proof", "sent_at_day", "sent_at_time")
PREFIX = "forward_"  # the page of a request holds other forms too


@blueprint.post("/assistance/<hex:request_id>/forward", endpoint="forward")
@allow()
def forward(request_id: str) -> Answer:
    """Note that the request went to the client, with the proof; this stops its clock."""
    typed = {PREFIX + name: request.form.get(PREFIX + name, "")[:600] for name in FIELDS}
    given = {name: typed[PREFIX + name].strip() for name in ("to", "channel", "proof")}
    data = {name: value for name, value in {**given, "sent_at": typed_moment(typed, PREFIX + "sent_at")}.items() if value}
    try:
        assistance_requests.forward(session(), request_id, data, expected_version=version(), actor=actor(), now=now())
    except RequestInvalid as trouble:
        places = {PREFIX + "sent_at": PREFIX + "sent_at_day"}
        errors = {places.get(name, name): text for name, text in in_words(trouble, PREFIX).items()}
        return request_page(request_id, errors, typed, summary=errors), 422
    except Conflict as trouble:
        if trouble.code == "NOT_A_REQUEST":
            abort(404)
        text = _("This request was forwarded already; the proof stands below. Write what else happened in the log.")
        return request_page(request_id, typed=typed, meanwhile=text), 409
    except Stale:
        text = _("Somebody else changed this request meanwhile. Look at what it says now, then send this form again.")
        return request_page(request_id, typed=typed, meanwhile=text), 412
    flash(_("The proof is kept, and the clock of forwarding has stopped."), "success")
    return redirect(url_for("assistance.request", request_id=request_id, _anchor="h-forward"), 303)


@blueprint.get("/assistance/<hex:request_id>/forwarding", endpoint="forwarding")
@allow()
def forwarding(request_id: str) -> str:
    """The proof, to print."""
    details = assistance_list.get(session(), request_id)
    if details.request.forwarded is None:
        abort(404)
    letter = letters.forwarding(details, _snapshot(details), now())
    back = url_for("assistance.request", request_id=request_id)
    return render_template("assistance/letter.html", letter=letter, request_=details.request, back=back)


@blueprint.context_processor
def panels() -> dict[str, Any]:
    """For the page of a request: whether it was forwarded, and what the form begins with."""
    return {"forward_panel": panel}


def panel(details: Details) -> dict[str, Any]:
    """The proof or the form, the clock, and what the agreement says of forwarding."""
    row, snapshot = details.request, _snapshot(details)
    found = next((each for each in states(row, now()) if each.clock["id"] == "forward"), None)
    text = " · ".join(row.forwarded[name] for name in ("to", "proof")) if row.forwarded else ""
    own = (EMAIL, PHONE)  # the client's own address
    return {
        "proof": row.forwarded,
        "sent_at": datetime.fromisoformat(row.forwarded["sent_at"]) if row.forwarded else None,
        "clock": shown(found, row.duty, row.clock_started) if found else None,
        "left": left(found) if found else "",
        "channels": list(CHANNELS.items()),
        "channel_words": CHANNELS,
        "place": letters.paragraph(snapshot, "data-subject-requests#forward-target"),
        "told": letters.paragraph(snapshot, "data-subject-requests#no-decision"),
        "address": letters.address_of(details),
        "moment": fields_of(PREFIX + "sent_at", now()),
        "hints": hint_words(assistance_list.hints(session(), row.client_id, text), own) if text else [],
        "message": None if row.forwarded else letters.forward_message(details, snapshot),
    }


def _snapshot(details: Details) -> Mapping[str, Any] | None:
    agreement_id = details.request.agreement_id
    return agreements.preview(session(), agreement_id) if agreement_id else None
