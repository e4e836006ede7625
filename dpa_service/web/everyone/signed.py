"""The file that came back signed: upload it, look at the differences, decide, download it."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from dpa_service.adapters.db.lifecycle import ACCEPTED, NO_TEXT, WAITING
from dpa_service.domain.errors import RequestInvalid
from dpa_service.domain.lifecycle import ISSUED, MAY
from dpa_service.services.agreements import agreements, signed_document
from dpa_service.services.agreements.lifecycle import ChangedMeanwhile, StepTaken
from dpa_service.services.errors import Conflict
from dpa_service.serving.access import allow
from dpa_service.serving.answers import download
from dpa_service.serving.runtime import actor, now, session
from dpa_service.web.everyone.base import blueprint, field_words, second
from dpa_service.web.everyone.words import KINDS, REMARKS
from dpa_service.web.typed import Answer, roles, version

FIELDS = ("signatory", "signed_on", "effective_from", "effective_until")


@blueprint.route("/agreements/<hex:agreement_id>/sign", methods=["GET", "POST"])
@allow(*MAY["sign"])
def sign(agreement_id: str) -> Answer:
    """Upload the signed file with the facts of the signature."""
    row = agreements.get(session(), agreement_id).agreement
    if request.method == "GET":
        if row.state != ISSUED or row.family != "agreement":
            return redirect(url_for("everyone.agreement", agreement_id=agreement_id), 303)
        signatory = ((row.request.get("client") or {}).get("signatory") or {}).get("name", "")
        typed: dict[str, Any] = {"signatory": signatory, "effective_from": row.effective_from.isoformat()}
        return _page(row, typed, {}, row.version)
    typed = {name: request.form.get(name, "") for name in FIELDS}
    given = request.files.get("file")
    try:
        copy = signed_document.upload(
            session(),
            agreement_id,
            name=(given.filename if given else None) or "",
            content=given.read(signed_document.MOST_BYTES + 1) if given else b"",
            facts=typed,
            expected_version=version(),
            actor=actor(),
            now=now(),
        )
    except (StepTaken, ChangedMeanwhile) as trouble:
        return second(trouble)
    except RequestInvalid as trouble:
        return _page(row, typed, field_words(trouble), version()), 422
    if copy.state == ACCEPTED:
        flash(_("Signed. The words of the file are those that were issued."), "success")
        return redirect(url_for("everyone.agreement", agreement_id=agreement_id), 303)
    if copy.verdict == NO_TEXT:
        flash(_("The file is kept. It is a scan without words to compare, so that somebody has to look at it."), "warning")
    else:
        flash(_("The file is kept. It differs from what was issued, so that legal has to decide."), "warning")
    return redirect(url_for("everyone.signed_copy", agreement_id=agreement_id, copy_id=copy.id), 303)


@blueprint.get("/agreements/<hex:agreement_id>/signed/<hex:copy_id>")
@allow()
def signed_copy(agreement_id: str, copy_id: str) -> str:
    """One signed file: what differs, and what was decided."""
    return _copy_page(agreement_id, copy_id, {}, "")


@blueprint.post("/agreements/<hex:agreement_id>/signed/<hex:copy_id>")
@allow(*MAY["decide"])
def decide(agreement_id: str, copy_id: str) -> Answer:
    """Signed although the text differs (or cannot be compared), or refused; always with a reason."""
    reason, accept = request.form.get("reason", ""), request.form.get("do") == "accept"
    if accept and request.form.get("sure") != "true":
        errors = {"sure": _("Tick this box when you have looked at every difference; or refuse the file.")}
        if not reason.strip():
            errors["reason"] = _("Say why, in a few words.")
        return _copy_page(agreement_id, copy_id, errors, reason), 422
    try:
        signed_document.decide(session(), agreement_id, copy_id, accept=accept, reason=reason, actor=actor(), now=now())
    except StepTaken as trouble:
        return second(trouble)
    except RequestInvalid as trouble:
        return _copy_page(agreement_id, copy_id, field_words(trouble), reason), 422
    except Conflict:
        copy = signed_document.copy_of(session(), agreement_id, copy_id)
        flash(_("%(who)s decided on this file already.", who=copy.decided_by or "–"), "warning")
        return _copy_page(agreement_id, copy_id, {}, reason), 409
    if accept:
        flash(_("Signed. Your decision and its reason are kept with the file."), "success")
    else:
        flash(_("The file is refused. The agreement still waits for a signed file."), "success")
    return redirect(url_for("everyone.agreement", agreement_id=agreement_id), 303)


@blueprint.get("/agreements/<hex:agreement_id>/signed/<hex:copy_id>/file")
@allow()
def signed_file(agreement_id: str, copy_id: str) -> Response:
    """The file as it came."""
    return download(signed_document.document(session(), agreement_id, copy_id))


def _page(row: Any, typed: dict[str, Any], errors: dict[str, str], of_version: int | None) -> str:
    return render_template("everyone/sign.html", agreement=row, typed=typed, errors=errors, version=of_version)


def _copy_page(agreement_id: str, copy_id: str, errors: dict[str, str], reason: str) -> str:
    copy = signed_document.copy_of(session(), agreement_id, copy_id)
    return render_template(
        "everyone/signed_copy.html",
        agreement=agreements.get(session(), agreement_id).agreement,
        copy=copy,
        open=copy.state == WAITING,
        may_decide=bool(MAY["decide"] & roles()),
        remarks=[REMARKS.get(name, name) for name in copy.findings["remarks"]],
        kinds=KINDS,
        errors=errors,
        reason=reason,
    )
