"""What one does with a claim: assess, pay, undo, settle, reject, keep files, print."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _

from dpa_service.domain.errors import RequestInvalid
from dpa_service.domain.roles import ADMIN, LEGAL
from dpa_service.services.agreements.form_data import amount
from dpa_service.services.errors import Conflict, Stale
from dpa_service.services.liability import claim_closing, claim_documents, claim_payments, claims
from dpa_service.services.liability.claim_payments import Overdrawn
from dpa_service.serving.access import allow
from dpa_service.serving.answers import download
from dpa_service.serving.runtime import actor, now, session, today
from dpa_service.web.liability.base import OPENERS, PAYERS, READERS, blueprint, in_words
from dpa_service.web.liability.claims import claim_page
from dpa_service.web.typed import Answer, key, roles, version


@blueprint.post("/claims/<hex:claim_id>/assess")
@allow(*OPENERS)
def assess(claim_id: str) -> Answer:
    """Assess with what the register knows now, and keep the answer."""
    try:
        claims.assess(session(), claim_id, expected_version=version(), actor=actor(), now=now())
    except Stale:
        return _second(claim_id, 412)
    except Conflict:
        return _second(claim_id, 409)
    except RequestInvalid as trouble:
        return claim_page(claim_id, in_words(trouble)), 422
    flash(_("The assessment is kept."), "success")
    return _back(claim_id)


@blueprint.post("/claims/<hex:claim_id>/pay")
@allow(*PAYERS)
def pay(claim_id: str) -> Answer:
    """Pay on a claim; closing it with the payment is for those who settle claims."""
    typed = {name: request.form.get(name, "")[:600] for name in ("pool", "amount", "paid_on", "reason")}
    typed["settle"] = "true" if request.form.get("settle") == "true" and roles() & {LEGAL, ADMIN} else ""
    data: dict[str, Any] = {"pool": typed["pool"], "amount": amount(typed["amount"].strip()), "paid_on": typed["paid_on"].strip()}
    if typed["reason"].strip():
        data["reason"] = typed["reason"].strip()
    if typed["settle"]:
        data["settle"] = True
    if not typed["amount"].strip():
        data.pop("amount")
    try:
        claim_payments.pay(
            session(), claim_id, data, key=key(), expected_version=version(), actor=actor(), now=now(), today=today()
        )
    except Stale:
        return _second(claim_id, 412)
    except Overdrawn as trouble:
        return claim_page(claim_id, typed=typed, refused=trouble), 409
    except Conflict:
        return _second(claim_id, 409)
    except RequestInvalid as trouble:
        return claim_page(claim_id, {f"pay.{name}": said for name, said in in_words(trouble).items()}, typed), 422
    flash(_("The payment is in the register."), "success")
    return _back(claim_id)


@blueprint.post("/claims/<hex:claim_id>/payments/<hex:payment_id>/correct")
@allow(*PAYERS)
def correct_payment(claim_id: str, payment_id: str) -> Answer:
    """Undo a payment by a counter-entry, with a reason."""
    reason = request.form.get("reason", "")[:600]
    if payment_id not in {each.id for each in claims.get(session(), claim_id).payments}:
        return _second(claim_id, 404)
    try:
        claim_payments.correct(session(), payment_id, reason=reason, actor=actor(), now=now())
    except Conflict:
        return _second(claim_id, 409)
    except RequestInvalid as trouble:
        errors = {f"correct.{payment_id}": said for said in in_words(trouble).values()}
        return claim_page(claim_id, errors, {"correct": payment_id, "correct_reason": reason}), 422
    flash(_("A counter-entry undoes the payment. The claim is open again."), "success")
    return _back(claim_id)


@blueprint.post("/claims/<hex:claim_id>/settle")
@allow(*OPENERS)
def settle(claim_id: str) -> Answer:
    """Close a claim on which nothing more is to be paid."""
    try:
        claim_closing.settle(session(), claim_id, expected_version=version(), actor=actor(), now=now())
    except Stale:
        return _second(claim_id, 412)
    except Conflict:
        return _second(claim_id, 409)
    flash(_("The claim is settled."), "success")
    return _back(claim_id)


@blueprint.post("/claims/<hex:claim_id>/reject")
@allow(*OPENERS)
def reject(claim_id: str) -> Answer:
    """Reject a claim, with a reason."""
    reason = request.form.get("reason", "")[:600]
    try:
        claims.reject(session(), claim_id, reason=reason, expected_version=version(), actor=actor(), now=now())
    except Stale:
        return _second(claim_id, 412)
    except Conflict:
        return _second(claim_id, 409)
    except RequestInvalid as trouble:
        errors = {f"reject.{name}": said for name, said in in_words(trouble).items()}
        return claim_page(claim_id, errors, {"reject_reason": reason}), 422
    flash(_("The claim is rejected."), "success")
    return _back(claim_id)


@blueprint.post("/claims/<hex:claim_id>/files")
@allow(*PAYERS)
def attach(claim_id: str) -> Answer:
    """Keep a file with the claim."""
    given = request.files.get("file")
    content = given.read(claim_documents.MOST_BYTES + 1) if given else b""
    name = (given.filename if given else None) or ""
    try:
        claim_documents.attach(session(), claim_id, name=name, content=content, actor=actor(), now=now())
    except RequestInvalid as trouble:
        return claim_page(claim_id, in_words(trouble)), 422
    flash(_("The file is kept with the claim."), "success")
    return _back(claim_id)


@blueprint.get("/claims/<hex:claim_id>/files/<hex:document_id>", endpoint="file")
@allow(*READERS)
def kept_file(claim_id: str, document_id: str) -> Response:
    """A file as it came."""
    return download(claim_documents.attached(session(), claim_id, document_id))


@blueprint.get("/claims/<hex:claim_id>/assessment.<any(docx,pdf):kind>")
@allow(*READERS)
def assessment(claim_id: str, kind: str) -> Response:
    """A kept assessment to print, the newest unless `number` says which."""
    return download(claim_documents.assessment(session(), claim_id, kind, request.args.get("number", type=int)))


def _back(claim_id: str) -> Response:
    return redirect(url_for("liability.claim", claim_id=claim_id), 303)  # type: ignore[return-value]


def _second(claim_id: str, status: int) -> tuple[str, int]:
    """For somebody whose step another one took first: the claim as it is now."""
    flash(_("Somebody changed this claim meanwhile. This is how it stands now; nothing of yours was done."), "warning")
    return claim_page(claim_id), status
