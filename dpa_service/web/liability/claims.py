"""The register of claims, opening one, changing what was reported, and the page of one claim."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from dpa_service.domain.errors import RequestInvalid
from dpa_service.domain.liability.claim import BASES, FAULTS, KINDS
from dpa_service.domain.lifecycle import ENDED, SIGNED, SUPERSEDED
from dpa_service.services.agreements import agreements, clients, timeline
from dpa_service.services.errors import Conflict, NotFound, Stale
from dpa_service.services.liability import claim_list, claim_payments, claims
from dpa_service.services.liability.claim_schema import OUTSIDE, QUESTIONS
from dpa_service.services.liability.claims import ASSESSED, REJECTED, REPORTED, SETTLED, STATES
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, session, today
from dpa_service.web.everyone.words import did
from dpa_service.web.liability import reading
from dpa_service.web.liability.base import OPENERS, READERS, blueprint, in_words
from dpa_service.web.liability.stairs import sentence, stairs
from dpa_service.web.typed import Answer, hex_arg, key, searched, version

PAGE = 25
BOUND = (SIGNED, SUPERSEDED, ENDED)


@blueprint.get("/claims", endpoint="claims")
@allow(*READERS)
def register() -> str:
    """The register, newest first, by state, client, agreement and words."""
    text, state = searched(), request.args.get("state", "")
    state = state if state in STATES else ""
    client_id, agreement_id = hex_arg("client"), hex_arg("agreement")
    page = claim_list.register(
        session(), state=state or None, client_id=client_id, agreement_id=agreement_id, text=text or None,
        cursor=request.args.get("cursor"), limit=PAGE,
    )  # fmt: skip
    asked = (("q", text), ("state", state), ("client", client_id), ("agreement", agreement_id))
    return render_template(
        "liability/claims.html",
        page=page,
        text=text,
        state=state,
        states=STATES,
        client=clients.get(session(), client_id) if client_id else None,
        agreement=agreements.get(session(), agreement_id).agreement if agreement_id else None,
        kept={name: value for name, value in asked if value},
    )


@blueprint.get("/claims/new", endpoint="new_claim")
@allow(*OPENERS)
def new_claim() -> Answer:
    """Choose a client, then say what is claimed. An agreement in the address chooses its client."""
    agreement_id, client_id = hex_arg("agreement"), hex_arg("client")
    if agreement_id:
        client_id = agreements.get(session(), agreement_id).agreement.client_id
    if client_id is None:
        text = searched()
        return render_template("liability/choose_client.html", text=text, page=clients.listing(session(), text=text, limit=PAGE))
    return _form(client_id, _blank(), {})


@blueprint.post("/claims/new", endpoint="open_claim")
@allow(*OPENERS)
def open_claim() -> Answer:
    """Open the claim and assess it; where the fees are missing it is open and waits for them."""
    client_id = request.form.get("client", "")
    values = reading.typed(request.form)
    try:
        made = claims.report(
            session(), client_id, reading.claim(values), key=key(), actor=actor(), now=now(), today=today()
        )  # fmt: skip
    except RequestInvalid as trouble:
        return _form(client_id, values, in_words(trouble)), 422
    except Conflict:
        flash(_("This form was sent before, with other words. What was sent first is in the register."), "warning")
        return redirect(url_for("liability.claims", client=client_id), 303)
    try:
        if made.state == REPORTED:
            claims.assess(session(), made.id, actor=actor(), now=now())
    except RequestInvalid:
        flash(_("%(reference)s is open. It cannot be assessed yet; the page says why.", reference=made.reference), "warning")
    else:
        flash(_("%(reference)s is open and assessed.", reference=made.reference), "success")
    return redirect(url_for("liability.claim", claim_id=made.id), 303)


@blueprint.route("/claims/<hex:claim_id>/edit", methods=["GET", "POST"], endpoint="edit_claim")
@allow(*OPENERS)
def edit_claim(claim_id: str) -> Answer:
    """Change what was reported, until something is paid or decided."""
    found = claims.get(session(), claim_id)
    row = found.claim
    if row.state not in (REPORTED, ASSESSED) or found.payments:
        flash(_("Something was paid or decided; what was reported no longer changes."), "warning")
        return redirect(url_for("liability.claim", claim_id=claim_id), 303)
    if request.method == "GET":
        return _form(row.client_id, reading.shown(row.data), {}, row)
    values = reading.typed(request.form)
    try:
        claims.update(
            session(), claim_id, reading.claim(values), expected_version=version() or 0, actor=actor(), now=now(), today=today()
        )
        claims.assess(session(), claim_id, actor=actor(), now=now())
    except Stale:
        return _form(row.client_id, values, {}, row, stale=True), 412
    except RequestInvalid as trouble:
        errors = in_words(trouble)
        if "fees_paid" not in errors:  # the change itself is not accepted; without fees only the assessment has to wait
            return _form(row.client_id, values, errors, row), 422
    flash(_("The change is saved."), "success")
    return redirect(url_for("liability.claim", claim_id=claim_id), 303)


@blueprint.get("/claims/<hex:claim_id>", endpoint="claim")
@allow(*READERS)
def claim(claim_id: str) -> str:
    """One claim: its staircase, what stands beside it, what to do, payments, files."""
    return claim_page(claim_id)


def claim_page(
    claim_id: str, errors: dict[str, str] | None = None, typed: dict[str, Any] | None = None, refused: Any = None
) -> str:
    """The page of a claim; with what was wrong in one of its forms."""
    found = claims.get(session(), claim_id)
    row, answer = found.claim, found.latest
    current, why = _now(claim_id) if row.state in (REPORTED, ASSESSED) else (answer, {})
    moved = bool(answer and current and answer["result"] != current["result"])
    shown = current if row.state == REPORTED else answer or current
    return render_template(
        "liability/claim.html",
        found=found,
        claim=row,
        client=found.client,
        agreement=found.agreement,
        answer=shown,
        kept=row.state != REPORTED and answer is not None,
        current=current,
        moved=moved,
        why=why,
        stairs=stairs(shown) if shown else [],
        sentence=sentence(shown) if shown else "",
        room=_room(claim_id) if row.state == ASSESSED else None,
        undone={entry.counter_of for entry in found.payments if entry.counter_of},
        open=row.state in (REPORTED, ASSESSED),
        can_pay=row.state == ASSESSED,
        can_change=row.state in (REPORTED, ASSESSED) and not found.payments,
        can_reject=row.state in (REPORTED, ASSESSED) and not any(found.paid.values()),
        can_correct=row.state in (ASSESSED, SETTLED),
        rejected=row.state == REJECTED,
        facts=[name for name in reading.FLAGS if row.data.get(name)],
        lines=[(line, did(line)) for line in timeline.of_object(session(), claim_id)],
        outside=OUTSIDE,
        today=today(),
        errors=errors or {},
        typed=typed or {},
        refused=refused,
    )


def _now(claim_id: str) -> tuple[Any, dict[str, str]]:
    """What an assessment would say now, or why none can be made."""
    try:
        return claims.what_if(session(), claim_id, {}), {}
    except RequestInvalid as trouble:
        return None, in_words(trouble)


def _room(claim_id: str) -> Any:
    try:
        return claim_payments.room(session(), claim_id)
    except Conflict:
        return None


def _blank() -> dict[str, Any]:
    empty = {"kind": "direct", "amount": "", "label": "", "bodily": ""}
    return {"basis": "", "fault": "", "reported_day": today().isoformat(), "items": [dict(empty)], "params": {}}


def form_choices() -> dict[str, Any]:
    """What a page with facts chooses from."""
    return {"bases": BASES, "faults": FAULTS, "kinds": KINDS, "questions": QUESTIONS, "flags": reading.FLAGS}


def with_rows(values: dict[str, Any]) -> dict[str, Any]:
    """With a few empty rows of damage below the filled ones."""
    rows = [*values["items"]][: reading.MOST_ROWS]
    while len(rows) < max(reading.ROWS, len(values["items"]) + 1) and len(rows) < reading.MOST_ROWS:
        rows.append({"kind": "direct", "amount": "", "label": "", "bodily": ""})
    return values | {"items": rows}


def _form(client_id: str, values: dict[str, Any], errors: dict[str, str], row: Any = None, *, stale: bool = False) -> str:
    try:
        client = clients.get(session(), client_id)
    except NotFound:
        abort(404)
    page = agreements.listing(session(), client_id=client_id, limit=100)
    return render_template(
        "liability/new.html",
        client=client,
        values=with_rows(values),
        errors=reading.on_page(errors, values),
        claim=row,
        stale=stale,
        spans=[each for each in page.items if each.family == "agreement" and each.state in BOUND],
        today=date.isoformat(today()),
        **form_choices(),
    )
