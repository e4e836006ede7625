"""What Art. 33(3) asks of the notice of an incident, part by part; the notice itself; and that the client was told."""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import datetime
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from dpa_service.domain.assistance.personal_hint import EMAIL, NAME, PHONE
from dpa_service.domain.errors import RequestInvalid
from dpa_service.services.agreements import agreements
from dpa_service.services.assistance import assistance_list, assistance_requests
from dpa_service.services.assistance.assistance_list import Details
from dpa_service.services.assistance.assistance_requests import CHECKED, FACTS
from dpa_service.services.assistance.assistance_schema import INCIDENT_FACTS, NoteBlock, load
from dpa_service.services.assistance.clock_states import states
from dpa_service.services.errors import Stale
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, library, now, session
from dpa_service.web.assistance import letters
from dpa_service.web.assistance.base import blueprint
from dpa_service.web.assistance.clock_view import shown as clock_shown
from dpa_service.web.assistance.incident_form import FIELDS, changes, mark, shown
from dpa_service.web.assistance.incident_words import STEPS, hint_words, in_words, left
from dpa_service.web.assistance.moments import fields_of, moment_of, typed_moment
from dpa_service.web.assistance.request_basis import cited
from dpa_service.web.typed import Answer, key, version

TOLD = ("notified", "completed")  # items of the checklist that this page ticks, in their order
LONGEST = 10_000  # of what comes back into a field when it is refused
_AGAIN = 3


@blueprint.get("/assistance/<hex:request_id>/incident", endpoint="incident")
@allow()
def incident(request_id: str) -> str:
    """The parts of the notice, what is still missing, and the clock."""
    return _page(_of_incident(request_id))


@blueprint.post("/assistance/<hex:request_id>/incident", endpoint="save_incident")
@allow()
def save(request_id: str) -> Answer:
    """Keep what was typed, part by part: a wrong part keeps no right one back, and nobody's change is overwritten unseen."""
    for _try in range(_AGAIN):
        details = _of_incident(request_id)
        typed = {name: request.form.get(name, "")[:LONGEST] for name in FIELDS}
        changed, clashes = changes(details.request.facts, request.form, typed)
        try:
            errors = _keep(details, changed)
        except Stale:
            continue  # somebody saved in this very moment: look again at what is kept
        if not errors and not clashes:
            flash(_("Saved.") if changed else _("Nothing was changed."), "success")
            anchor = _next(_of_incident(request_id), changed, request.form.get("step", ""))
            return redirect(url_for("assistance.incident", request_id=request_id, _anchor=anchor), 303)
        told = {name: _("%(what)s: somebody else changed this meanwhile.", what=STEPS[name].title) for name in clashes}
        wrong = {name: typed[name] for name in FIELDS if name.removesuffix("_day").removesuffix("_time") in {*errors, *clashes}}
        return _page(_of_incident(request_id), {**errors, **told}, wrong, clashes), 422 if errors else 409
    raise Stale("assistance request")


@blueprint.post("/assistance/<hex:request_id>/incident/told", endpoint="incident_told")
@allow()
def told(request_id: str) -> Answer:
    """The client was told, or got what was missing: the tick that stops the clock, and how it was done as a line of the log."""
    details = _of_incident(request_id)
    item, words = request.form.get("item", ""), request.form.get("told_text", "")[:LONGEST]
    typed = {"told_text": words, **{name: request.form.get(name, "")[:40] for name in ("told_day", "told_time")}}
    if item not in TOLD:
        abort(404)
    if item in details.request.checklist:
        return _page(details, {"told": _("This was ticked already; the page says when.")}, typed), 409
    try:
        if words.strip():
            load(NoteBlock(), {"text": words})
        happened = moment_of(typed_moment(request.form, "told"))
        assistance_requests.check_item(
            session(), request_id, item, happened=happened, expected_version=version(), actor=actor(), now=now()
        )  # fmt: skip
        if words.strip():
            assistance_requests.add_note(session(), request_id, {"text": words}, key=key(), actor=actor(), now=now())
    except RequestInvalid as trouble:
        names = {"happened": "told_day", "text": "told_text"}
        return _page(details, {names[name]: text for name, text in in_words(trouble).items()}, typed), 422
    except Stale:
        text = _("Somebody else changed this request meanwhile. Look at what it says now, then tick again.")
        return _page(_of_incident(request_id), {"told": text}, typed), 412
    for warned in hint_words(assistance_list.hints(session(), details.client.id, words), (EMAIL, PHONE)):
        flash(f"{warned}. {_('The log holds case references, never names of persons.')}", "warning")
    flash(_("The client was told: the clock has stopped.") if item == "notified" else _("The client has everything."), "success")
    return redirect(url_for("assistance.incident", request_id=request_id, _anchor="h-told"), 303)


@blueprint.get("/assistance/<hex:request_id>/incident/notice", endpoint="incident_notice")
@allow()
def notice(request_id: str) -> str:
    """The notice of what is known so far, to print or to copy."""
    details = _of_incident(request_id)
    letter = letters.notice(details, _snapshot(details), frozenset(_added(details)), now())
    back = url_for("assistance.incident", request_id=request_id)
    hints = [words for texts in _hints(details).values() for words in texts]
    return render_template("assistance/letter.html", letter=letter, request_=details.request, back=back, hints=hints)


@blueprint.context_processor
def panels() -> dict[str, Any]:
    """For the page of a request: where its incident stands."""
    return {"incident_panel": panel}


def panel(details: Details) -> dict[str, Any]:
    """Where an incident stands: the clock, what is known and missing, when the client was told and what came after."""
    row = details.request
    ticked = {item: datetime.fromisoformat(row.checklist[item]["at"]) for item in TOLD if item in row.checklist}
    missing = [name for name in INCIDENT_FACTS if name not in row.facts]
    found = next((each for each in states(row, now()) if each.clock["id"] == "notice"), None)
    return {
        "clock": clock_shown(found, row.duty, row.clock_started) if found else None,
        "left": left(found) if found else "",
        "ends": found.expires_at if found else None,
        "steps": STEPS,
        "missing": missing,
        "known": len(INCIDENT_FACTS) - len(missing),
        "total": len(INCIDENT_FACTS),
        "told": ticked.get("notified"),
        "completed": ticked.get("completed"),
        "added": _added(details),
    }


def _of_incident(request_id: str) -> Details:
    details = assistance_list.get(session(), request_id)
    if details.request.duty != "incident":
        abort(404)
    return details


def _page(
    details: Details, errors: Mapping[str, str] | None = None, typed: Mapping[str, str] | None = None, clashes: Any = ()
) -> str:
    row, snapshot = details.request, _snapshot(details)
    values = {name: shown(row.facts, name) for name in INCIDENT_FACTS}
    seen = {name: mark(value) for name, value in values.items()}
    known_at = row.facts.get("known_at")
    values |= fields_of("known_at", datetime.fromisoformat(known_at) if known_at else row.clock_started)
    told = fields_of("told", now())
    panel_ = panel(details)
    return render_template(
        "assistance/incident.html",
        details=details,
        request_=row,
        client=details.client,
        panel=panel_,
        values={**values, **told, **(typed or {})},
        seen=seen,
        stored={name: row.facts.get(name) for name in clashes},
        suggested=known_at is None,
        hints=_hints(details),
        clock_place=cited(snapshot, panel_["clock"].clock["clause"]) if snapshot and panel_["clock"] else "",
        content=letters.paragraph(snapshot, "breach-notice#content", "gt-assistance#notify"),
        updates=letters.paragraph(snapshot, "breach-notice#updates"),
        contact=letters.paragraph(snapshot, "breach-notice#contact"),
        house_contact=library().processor["dpo_email"],
        address=letters.address_of(details),
        errors=dict(errors or {}),
    )


def _hints(details: Details) -> dict[str, list[str]]:
    """What looks personal in the kept facts, by fact. The contact may be a person: the law asks who it is."""
    row = details.request
    return {
        name: hint_words(
            assistance_list.hints(session(), row.client_id, row.facts.get(name) or ""),
            (NAME, EMAIL, PHONE) if name == "contact" else (),
        )
        for name in INCIDENT_FACTS
        if name != "known_at"
    }


def _snapshot(details: Details) -> Mapping[str, Any] | None:
    agreement_id = details.request.agreement_id
    return agreements.preview(session(), agreement_id) if agreement_id else None


def _keep(details: Details, changed: dict[str, Any]) -> dict[str, str]:
    """Keep the right parts; what is wrong with the others, in words."""
    row, errors = details.request, dict[str, str]()
    while changed:
        try:
            assistance_requests.incident_facts(
                session(), row.id, changed, expected_version=row.version, actor=actor(), now=now()
            )  # fmt: skip
            break
        except RequestInvalid as trouble:
            wrong = in_words(trouble)
            if not wrong.keys() & changed.keys():
                raise
            errors |= wrong
            changed = {name: value for name, value in changed.items() if name not in wrong}
    return errors


def _next(details: Details, changed: Container[str], here: str) -> str:
    """The place on the page to go to after saving: a part just `changed` that looks personal, else the next missing part below `here`,
    else the first missing one, else where the client is told."""
    hints = _hints(details)
    if warned := [name for name in hints if name in changed and hints[name]]:
        return f"step-{warned[0]}"
    missing = [name for name in INCIDENT_FACTS if name not in details.request.facts]
    after = INCIDENT_FACTS.index(here) + 1 if here in INCIDENT_FACTS else 0
    below = [name for name in missing if name in INCIDENT_FACTS[after:]]
    return f"step-{(below or missing)[0]}" if missing else "h-told"


def _added(details: Details) -> list[str]:
    """The parts that were written or changed after the client was told."""
    last = max((event.number for event in details.events if (event.kind, event.text) == (CHECKED, "+ notified")), default=None)
    if last is None or "notified" not in details.request.checklist:
        return []
    names = {name for event in details.events if event.kind == FACTS and event.number > last for name in event.text.split(", ")}
    return [name for name in INCIDENT_FACTS if name in names]
