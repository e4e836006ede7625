"""Estimates before the work: tried out, kept, sent for approval, and what the client said about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from dpa_service.domain.assistance.assistance import Estimate
from dpa_service.domain.assistance.personal_hint import EMAIL, PHONE
from dpa_service.domain.errors import DomainError, FieldError, RequestInvalid
from dpa_service.services.agreements import agreements
from dpa_service.services.assistance import assistance_list, estimates
from dpa_service.services.assistance.assistance_list import Details
from dpa_service.services.assistance.assistance_requests import OPEN
from dpa_service.services.assistance.estimates import SENT, Basis
from dpa_service.services.errors import Conflict
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, runtime, session, today
from dpa_service.web.assistance import letters
from dpa_service.web.assistance.base import blueprint
from dpa_service.web.assistance.incident_words import BLOCKED, ESTIMATE_STATES, field_words, hint_words
from dpa_service.web.assistance.request_basis import Place
from dpa_service.web.assistance.request_page import request_page
from dpa_service.web.assistance.time_words import read_minutes
from dpa_service.web.shell import as_hours, as_money
from dpa_service.web.typed import Answer, key

FIELD = "estimate"  # the time to try out, also in the address of the page of a request


@blueprint.post("/assistance/<hex:request_id>/estimates", endpoint="make_estimate")
@allow()
def make(request_id: str) -> Answer:
    """Keep an estimate that was tried out; where it needs approval it is sent."""
    text = request.form.get(FIELD, "")[:40]
    try:
        kept = estimates.make(
            session(),
            runtime().library,
            request_id,
            {"minutes": read_minutes(text)},
            key=key(),
            actor=actor(),
            now=now(),
            today=today(),
        )
    except RequestInvalid:
        return _refused(request_id, {FIELD: _wrong_time()}, {FIELD: text})
    except Conflict as trouble:
        words = {
            "CLOSED": _("This request is closed; open it again before estimating."),
            "KEY_REUSED": _("This form was sent before with another time. What was sent first stands in the list."),
        }
        return request_page(request_id, typed={FIELD: text}, meanwhile=words.get(trouble.code, trouble.message)), 409
    if kept.state == SENT:
        flash(_("Estimate %(number)s waits for the client. Send the text below.", number=kept.number), "success")
    else:
        flash(_("Estimate %(number)s is kept; it needs no approval.", number=kept.number), "success")
    return _back(request_id)


@blueprint.post("/assistance/<hex:request_id>/estimates/<hex:estimate_id>/answer", endpoint="answer_estimate")
@allow()
def answer(request_id: str, estimate_id: str) -> Answer:
    """What the client said: approved or declined, who said it and how."""
    row = _of_request(assistance_list.get(session(), request_id), estimate_id)
    typed = {"answer": request.form.get("answer", ""), "answer_words": request.form.get("answer_words", "")[:600]}
    if typed["answer"] not in ("approved", "declined"):
        errors = {"answer": str(_("Choose whether the client approved or declined."))}
        if not typed["answer_words"].strip():
            errors["answer_words"] = field_words(FieldError("reason", "REQUIRED", ""))
        return _refused(request_id, errors, typed)
    try:
        approved = typed["answer"] == "approved"
        estimates.answer(session(), row.id, approved=approved, words=typed["answer_words"], actor=actor(), now=now())
    except RequestInvalid as trouble:
        return _refused(request_id, {"answer_words": field_words(trouble.errors[0])}, typed)
    except Conflict:
        text = _("This estimate no longer waits: it was answered or replaced meanwhile. The list says what holds now.")
        return request_page(request_id, typed=typed, meanwhile=text), 409
    flash(_("The answer is kept. The work can begin.") if approved else _("The answer is kept: the client declined."), "success")
    return _back(request_id)


@blueprint.get("/assistance/<hex:request_id>/estimates/<hex:estimate_id>", endpoint="estimate_text")
@allow()
def text(request_id: str, estimate_id: str) -> str:
    """The text to send to the client, to print or to copy."""
    details = assistance_list.get(session(), request_id)
    row = _of_request(details, estimate_id)
    basis = estimates.basis(session(), runtime().library, request_id, today=row.created_at.date())
    letter = letters.estimate(details, row, basis, agreements.preview(session(), basis.terms.agreement_id))
    back = url_for("assistance.request", request_id=request_id, _anchor="h-estimates")
    return render_template("assistance/letter.html", letter=letter, request_=details.request, back=back)


@blueprint.context_processor
def panels() -> dict[str, Any]:
    """For the page of a request: what was tried out, what blocks the work, and why."""
    return {"estimate_panel": panel}


def panel(details: Details, typed: Mapping[str, str]) -> dict[str, Any]:
    """What the panel of estimates shows; a time in the address or in a refused form is tried out."""
    row = details.request
    found: dict[str, Any] = {
        "states": ESTIMATE_STATES,
        "waiting": next((each for each in details.estimates if each.state == SENT), None),
        "blocked": BLOCKED.get(estimates.blocked(session(), row.id) or ""),
        "words_hints": {
            each.id: hint_words(assistance_list.hints(session(), row.client_id, each.answer), (EMAIL, PHONE))
            for each in details.estimates
            if each.answer
        },
        "time": "", "error": "", "trial": None, "lines": [], "why": [], "basis": None,
    }  # fmt: skip
    if row.state != OPEN:
        return found
    try:
        basis = estimates.basis(session(), runtime().library, row.id, today=today())
    except DomainError:  # neither an agreement nor general terms hold today
        found["error"] = _(
            "No agreement of this client holds today and no general terms were issued, so there is no rate to estimate at."
        )
        return found
    snapshot = agreements.preview(session(), basis.terms.agreement_id)
    found |= {
        "basis": basis,
        "time": typed.get(FIELD) or request.args.get(FIELD, "")[:40],
        "threshold": _threshold(basis, snapshot),
    }
    if not found["time"]:
        return found
    minutes: Any = read_minutes(found["time"])
    try:
        trial = estimates.try_out(session(), runtime().library, row.id, minutes, today=today())
    except RequestInvalid:
        found["error"] = _wrong_time()
        return found
    return found | {
        "trial": trial,
        "lines": _lines(details, basis, trial, snapshot),
        "why": _why(details, basis, trial, snapshot),
    }


def _lines(
    details: Details, basis: Basis, trial: Estimate, snapshot: Mapping[str, Any]
) -> list[tuple[str, str, str, Place | None]]:
    """The steps from the time to the amount: (what, figure, why, the paragraph that says so)."""
    tariff, row, terms = basis.terms.tariff, details.request, basis.terms
    sources = {source["parameter"]: source for source in terms.sources}

    def place(anchor: str) -> Place | None:
        return letters.paragraph(snapshot, f"assistance-fees#{anchor}", f"gt-assistance-tariff#{anchor}")

    def source(parameter: str) -> str:
        if parameter in sources:
            by = sources[parameter]
            text = _("%(term)s, by deviation %(deviation)s", term=by["text"], deviation=by["deviation"])
            return f"{text} {_('of %(agreement)s', agreement=terms.reference)}"
        return str(_("the standard of %(agreement)s", agreement=terms.reference))

    rounding = _(
        "up to a multiple of %(minutes)s minutes (%(source)s)", minutes=tariff.increment, source=source("assistance_increment")
    )
    lines = [(_("Rounded"), as_hours(trial.billed), rounding, place("measure") or place("rate"))]
    if row.duty in tariff.free_duties:
        lines.append(
            (_("Free of charge"), as_hours(-trial.free), _("this duty is free for this client"), place("free") or place("rate"))
        )
    elif row.caused and tariff.free_if_caused:
        lines.append((_("Free of charge"), as_hours(-trial.free), _("needed because of a failing of ours"), place("caused")))
    elif tariff.free_minutes:
        left = _("%(left)s of %(granted)s of free time are left in %(year)s (%(source)s)", left=as_hours(basis.allowance.left),
                 granted=as_hours(basis.allowance.granted), year=str(basis.allowance.year), source=source("assistance_free_hours"))  # fmt: skip
        lines.append((_("Free of charge"), as_hours(-trial.free), left, place("free-hours")))
    capped = row.duty == "audit" and tariff.audit_rate_cap < tariff.rate
    rate = _("for audits, at most %(cap)s an hour", cap=as_money(tariff.audit_rate_cap)) if capped else source("assistance_rate")
    lines.append((_("Charged"), as_hours(trial.charged), "", None))
    lines.append(
        (_("Rate an hour"), as_money(trial.rate), rate, letters.paragraph(snapshot, "audits#cost") if capped else place("rate"))
    )
    return [*lines, (_("Amount, excluding VAT"), as_money(trial.amount), "", None)]


def _why(details: Details, basis: Basis, trial: Estimate, snapshot: Mapping[str, Any]) -> list[tuple[str, Place | None]]:
    """Why the client's approval is needed or not: sentences, each with the paragraph it quotes."""
    tariff = basis.terms.tariff
    quote = letters.paragraph(snapshot, "assistance-fees#quote")
    hours, limit = letters.free_hours(tariff.quote_minutes), letters.above(basis.approval_from)
    if quote:
        asked = _("The agreement asks an estimate and approval beforehand from %(hours)s.", hours=hours)
    else:
        asked = _("From %(hours)s we ask approval beforehand: our own measure, the terms print no such paragraph.", hours=hours)
    reasons = {
        "QUOTE_FROM_HOURS": (asked, quote),
        "AMOUNT": (_("Our own limit: from %(amount)s we always ask approval.", amount=limit), None),
    }
    found = [reasons[code] for code in trial.why]
    if trial.starts_at_once:
        text = _("The request is marked urgent: the work starts at once, and the estimate is sent all the same.")
        return [*found, (text, None if "QUOTE_FROM_HOURS" in trial.why else quote)]
    if found:
        return found
    if details.request.duty in tariff.free_duties or (details.request.caused and tariff.free_if_caused):
        return [(_("No approval is needed: the client pays nothing for this."), None)]
    return [(_("No approval is needed: it stays below what asks for it."), None), *_threshold(basis, snapshot)]


def _threshold(basis: Basis, snapshot: Mapping[str, Any]) -> list[tuple[str, Place | None]]:
    """From when approval is needed."""
    hours, limit = letters.free_hours(basis.terms.tariff.quote_minutes), letters.above(basis.approval_from)
    found: list[tuple[str, Place | None]] = [
        (
            _("Approval beforehand is needed from %(hours)s of work.", hours=hours),
            letters.paragraph(snapshot, "assistance-fees#quote"),
        )
    ]
    return [*found, (_("Our own limit is %(amount)s.", amount=limit), None)] if limit else found


def _of_request(details: Details, estimate_id: str) -> Any:
    return next((each for each in details.estimates if each.id == estimate_id), None) or abort(404)


def _refused(request_id: str, errors: dict[str, str], typed: dict[str, str]) -> Answer:
    return request_page(request_id, errors, typed, summary=errors), 422


def _wrong_time() -> str:
    return field_words(FieldError("minutes", "MINUTES", ""))


def _back(request_id: str) -> Answer:
    return redirect(url_for("assistance.request", request_id=request_id, _anchor="h-estimates"), 303)
