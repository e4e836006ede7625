"""The negotiation: what the client asks, what that would do, who decides, and the next edition."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, url_for

from dpa_service.api.agreements import answered
from dpa_service.api.blueprint import Blueprint
from dpa_service.api.body import expected_version, json_body, no_body, with_etag
from dpa_service.api.deviation_schemas import (
    DecidedSchema,
    DecisionSchema,
    DeviationSchema,
    DeviationsSchema,
    ListedSchema,
    LookSchema,
    PlaybookSchema,
)
from dpa_service.api.schemas import AgreementSchema, OptionalKey, body_of, if_match
from dpa_service.domain.comparison.redline import Redline
from dpa_service.domain.comparison.textdiff import EQUAL
from dpa_service.domain.contract.playbook import OWN_AUTHORITY, settings
from dpa_service.domain.contract.terms import plain
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.services.errors import NotFound
from dpa_service.services.negotiation import deviation_list, negotiation
from dpa_service.services.negotiation.deviation_entry import library_of, read_entry, relative
from dpa_service.services.negotiation.deviation_list import Listed
from dpa_service.services.negotiation.deviation_look import Look, look
from dpa_service.serving.access import allow, scope
from dpa_service.serving.runtime import actor, library, now, session, today

blp = Blueprint("deviations", __name__, description="Departures from the house standard: asked, looked at, decided")

ASKERS = ("sales", "legal")
_DECISION_FIELDS = {"decision", "reason", "counter"}


@blp.route("/agreements/<hex:agreement_id>/deviations", methods=["GET"])
@blp.response(200, DeviationsSchema)
@allow()
def listing(agreement_id: str) -> Response:
    """What an agreement departs in, with the seats that have approved and that wait; and what was asked and is no longer part of it."""
    items = deviation_list.of_agreement(session(), agreement_id, actor=actor(), today=today())
    gone = deviation_list.history(session(), agreement_id, today=today())
    return jsonify({"items": [_listed(each) for each in items], "history": [_listed(each) for each in gone]})


@blp.route("/agreements/<hex:agreement_id>/deviations", methods=["POST"])
@blp.arguments(OptionalKey, location="headers")
@blp.doc(parameters=[if_match(required=False)], **body_of("DeviationRequest"))
@blp.response(200, AgreementSchema)
@allow(*ASKERS)
def ask(headers: dict[str, Any], agreement_id: str) -> Response:
    """Ask a deviation on a draft; it takes the place of what was asked under the same key. `voided` names approvals this ends."""
    version = expected_version(needed=False)
    entry = read_entry(json_body(), library_of(session(), agreement_id))
    try:
        details = negotiation.ask(
            session(), agreement_id, entry, expected_version=version, key=headers["key"], actor=actor(), now=now()
        )
    except RequestInvalid as trouble:
        raise RequestInvalid(relative(trouble.errors, entry)) from trouble
    return answered(details)


@blp.route("/agreements/<hex:agreement_id>/deviations/preview", methods=["POST"])
@blp.doc(**body_of("DeviationRequest"))
@blp.response(200, LookSchema)
@scope("read")
@allow(*ASKERS)
def preview(agreement_id: str) -> Response:
    """What asking a deviation would do: approvers, coverage, terms before and after, words, lower rungs. Nothing is saved."""
    entry = read_entry(json_body(), library_of(session(), agreement_id))
    seen = look(session(), agreement_id, entry, actor=actor())
    return jsonify(_look(seen, entry))


@blp.route("/agreements/<hex:agreement_id>/deviations/<hex:deviation_id>", methods=["DELETE"])
@blp.doc(parameters=[if_match(required=True)])
@blp.response(200, AgreementSchema)
@allow(*ASKERS)
def take_back(agreement_id: str, deviation_id: str) -> Response:
    """Take a deviation back: the standard holds again. If-Match is the agreement's ETag."""
    no_body()
    version = expected_version(needed=True)
    known = deviation_list.of_agreement(session(), agreement_id, actor=None, today=today())
    row = next((each.row for each in known if each.row.id == deviation_id), None)
    if row is None:
        raise NotFound("deviation")
    return answered(negotiation.take_back(session(), agreement_id, row.key, expected_version=version, actor=actor(), now=now()))


@blp.route("/deviations/<hex:deviation_id>", methods=["GET"])
@blp.response(200, ListedSchema)
@allow()
def read(deviation_id: str) -> Response:
    """One deviation, whatever became of it; the ETag is what a decision needs as If-Match."""
    found = deviation_list.one(session(), deviation_id, actor=actor(), today=today())
    if found is None:
        raise NotFound("deviation")
    return with_etag(jsonify(_listed(found)), found.row.version)


@blp.route("/deviations/<hex:deviation_id>/decisions", methods=["POST"])
@blp.doc(parameters=[if_match(required=True)], **body_of("DeviationDecision"))
@blp.response(200, DecidedSchema)
@allow()
def decide(deviation_id: str) -> Response:
    """Approve, reject or counter, from every seat that is the caller's. 412 when somebody was first; its message says who did what."""
    seen = expected_version(needed=True)
    body = json_body()
    if not isinstance(body, dict):
        raise RequestInvalid([FieldError("", "TYPE", "An object is expected here: { … }.")])
    errors = [
        FieldError(str(name)[:80], "UNKNOWN_FIELD", "This field is not known; remove it.")
        for name in set(body) - _DECISION_FIELDS
    ]
    reason = body.get("reason") or ""
    if not isinstance(reason, str) or any(not sign.isprintable() and sign not in "\r\n" for sign in reason):
        errors.append(FieldError("reason", "TYPE", "A text is expected here, without control characters."))
    if errors:
        raise RequestInvalid(errors)
    before = deviation_list.one(session(), deviation_id, actor=actor(), today=today())
    if before is None:
        raise NotFound("deviation")
    counter = body.get("counter")
    if counter is not None:
        try:
            counter = read_entry(counter, library_of(session(), before.row.agreement_id))
        except RequestInvalid as trouble:
            raise RequestInvalid(
                [FieldError(f"counter.{e.field}".rstrip("."), e.code, e.message) for e in trouble.errors]
            ) from trouble
    version = before.row.version if seen is None else seen
    made = negotiation.decide(
        session(), deviation_id, str(body.get("decision")), seen=version, reason=reason, counter=counter, actor=actor(), now=now()
    )
    after = deviation_list.one(session(), deviation_id, actor=actor(), today=today())
    other = deviation_list.one(session(), made.counter.id, actor=actor(), today=today()) if made.counter else None
    assert after is not None
    body = {"deviation": _listed(after), "seats": list(made.seats), "counter": _listed(other) if other else None}
    return with_etag(jsonify(body), after.row.version)


@blp.route("/agreements/<hex:agreement_id>/editions", methods=["POST"])
@blp.arguments(OptionalKey, location="headers")
@blp.response(201, AgreementSchema)
@allow(*ASKERS)
def next_edition(headers: dict[str, Any], agreement_id: str) -> Response:
    """A new draft with what was issued, to negotiate further; approvals that still fit are taken over."""
    no_body()
    made = negotiation.next_edition(session(), agreement_id, key=headers["key"], actor=actor(), now=now())
    answer = answered(made, 201)
    answer.headers["Location"] = url_for("agreements.read", agreement_id=made.agreement.id)
    return answer


@blp.route("/playbook", methods=["GET"])
@blp.response(200, PlaybookSchema)
@allow()
def playbook() -> dict[str, Any]:
    """The ladders: standard, rungs with what they set and who approves, and the line beyond which nothing is agreed."""
    known = library()
    days, reminder = settings(known)
    return {
        "ladders": [
            {
                "row": ladder.row,
                "clause": clause.id,
                "title": ladder.title or clause.texts["nl"].heading,
                "standard": ladder.standard,
                "walk_away": ladder.walk_away,
                "rungs": [
                    {
                        "id": rung.id,
                        "label": rung.labels["nl"],
                        "sets": {name: plain(value) for name, value in rung.sets.items()},
                        "asks": list(rung.asks),
                        "approvers": list(rung.approvers),
                    }
                    for rung in ladder.rungs
                ],
            }
            for clause in known.clauses.values()
            for ladder in clause.ladders
        ],
        "approvers": [
            {"code": code, "name": data.get("nl", code), "role": data["role"]} for code, data in known.approvers.items()
        ],
        "own_authority": list(OWN_AUTHORITY),
        "approval_days": days,
        "reminder_days": reminder,
    }


def _listed(each: Listed) -> dict[str, Any]:
    made: dict[str, Any] = DeviationSchema().dump(each.row)
    return made | {
        "seats": [
            {
                "code": seat.code,
                "name": seat.name,
                "approved_by": seat.approval.decided_by if seat.approval else None,
                "yours": seat.mine,
            }
            for seat in each.seats
        ],
        "decisions": DecisionSchema(many=True).dump(each.decisions),
        "good_until": each.good_until.isoformat() if each.good_until else None,
    }


def _look(seen: Look, entry: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = LookSchema(exclude=("text", "problem", "fields_")).dump(seen)
    errors = relative(seen.errors, entry)
    return made | {
        "text": _text(seen.change) if seen.change else [],
        "problem": {"code": seen.trouble.code, "message": seen.trouble.message} if seen.trouble else None,
        "fields": [{"field": error.field, "code": error.code, "message": error.message} for error in errors],
    }


def _text(change: Redline) -> list[dict[str, Any]]:
    """The lines whose words change, clause by clause."""
    return [
        {
            "clause": clause.id,
            "status": clause.status,
            "only_numbers": clause.only_numbers,
            "lines": [
                {
                    "label": block.new_label or block.old_label,
                    "pieces": [{"op": span.op, "text": span.text} for span in block.spans],
                }
                for block in clause.blocks
                if any(span.op != EQUAL for span in block.spans)
            ],
        }
        for clause in change.clauses
        if clause.status != "same"
    ]
