"""The steps of an agreement on its pages: discard and bring back, withdraw, end. Each asks once or can be undone."""

from __future__ import annotations

from datetime import date, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.domain.lifecycle import ISSUED, MAY, SIGNED
from dpa_service.services.agreements import agreements, lifecycle
from dpa_service.services.agreements.lifecycle import ChangedMeanwhile, StepTaken
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, session, today
from dpa_service.web.everyone.base import blueprint, field_words, second
from dpa_service.web.shell import as_date
from dpa_service.web.typed import Answer, version


@blueprint.post("/agreements/<hex:agreement_id>/discard")
@allow(*MAY["discard"])
def discard(agreement_id: str) -> Answer:
    """Put a draft aside; its page offers to bring it back."""
    try:
        lifecycle.discard(session(), agreement_id, expected_version=version(), actor=actor(), now=now())
    except (StepTaken, ChangedMeanwhile) as trouble:
        return second(trouble)
    flash(_("The draft is put aside. You can bring it back on this page."), "success")
    return _back(agreement_id)


@blueprint.post("/agreements/<hex:agreement_id>/restore")
@allow(*MAY["restore"])
def restore(agreement_id: str) -> Answer:
    """Bring a discarded draft back."""
    try:
        lifecycle.restore(session(), agreement_id, expected_version=version(), actor=actor(), now=now())
    except (StepTaken, ChangedMeanwhile) as trouble:
        return second(trouble)
    flash(_("The draft is back."), "success")
    return _back(agreement_id)


@blueprint.route("/agreements/<hex:agreement_id>/withdraw", methods=["GET", "POST"])
@allow(*MAY["withdraw"])
def withdraw(agreement_id: str) -> Answer:
    """Ask once, with a reason; then withdraw."""
    row = agreements.get(session(), agreement_id).agreement
    if request.method == "GET":
        if row.state != ISSUED:
            return _back(agreement_id)
        return render_template("everyone/withdraw.html", agreement=row, errors={}, reason="", version=row.version)
    reason = request.form.get("reason", "")
    try:
        lifecycle.withdraw(session(), agreement_id, reason=reason, expected_version=version(), actor=actor(), now=now())
    except (StepTaken, ChangedMeanwhile) as trouble:
        return second(trouble)
    except RequestInvalid as trouble:
        page = render_template(
            "everyone/withdraw.html", agreement=row, errors=field_words(trouble), reason=reason, version=version()
        )
        return page, 422
    flash(_("%(reference)s is withdrawn. Its number stays used.", reference=row.reference), "success")
    return _back(agreement_id)


@blueprint.route("/agreements/<hex:agreement_id>/end", methods=["GET", "POST"])
@allow(*MAY["end"])
def end(agreement_id: str) -> Answer:
    """Ask for the last day and the reason; then end it."""
    row = agreements.get(session(), agreement_id).agreement
    if request.method == "GET":
        if row.state != SIGNED:
            return _back(agreement_id)
        last = max(today(), row.effective_from)
        return render_template(
            "everyone/end.html", agreement=row, errors={}, reason="", last_day=last.isoformat(), version=row.version
        )
    reason, typed = request.form.get("reason", ""), request.form.get("last_day", "").strip()
    try:
        ended = lifecycle.end(
            session(),
            agreement_id,
            last_day=_day(typed, reason),
            reason=reason,
            expected_version=version(),
            actor=actor(),
            now=now(),
        )
    except (StepTaken, ChangedMeanwhile) as trouble:
        return second(trouble)
    except RequestInvalid as trouble:
        page = render_template(
            "everyone/end.html", agreement=row, errors=field_words(trouble), reason=reason, last_day=typed, version=version()
        )
        return page, 422
    last = (ended.effective_until or today()) - timedelta(days=1)
    flash(_("Ended. The last day on which it holds is %(day)s.", day=as_date(last)), "success")
    return _back(agreement_id)


def _day(text: str, reason: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        wrong = [FieldError("last_day", "DATE" if text else "REQUIRED", "Give a date.")]
        if not reason.strip():
            wrong.append(FieldError("reason", "REQUIRED", "Say why, in a few words."))
        raise RequestInvalid(wrong) from None


def _back(agreement_id: str) -> Answer:
    return redirect(url_for("everyone.agreement", agreement_id=agreement_id), 303)
