"""Estimates before the work, at the client's own rate: tried out, kept, answered by the client."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from dpa_service.api.assistance_bodies import AnswerBlock
from dpa_service.api.assistance_schemas import EstimateSchema, EstimateTrialSchema
from dpa_service.api.blueprint import Blueprint
from dpa_service.api.body import created, json_body
from dpa_service.api.schemas import OptionalKey, body_of
from dpa_service.services.assistance import assistance_plain, estimates
from dpa_service.services.assistance.assistance_schema import EstimateBlock, load
from dpa_service.serving.access import allow, scope
from dpa_service.serving.runtime import actor, now, runtime, session, today

blp = Blueprint("estimates", __name__, description="Estimates, sent for approval when the agreement or the amount asks for it")

_OF_REQUEST = "/assistance-requests/<hex:request_id>/estimates"


@blp.route(f"{_OF_REQUEST}/try", methods=["POST"])
@blp.doc(**body_of("EstimateData"))
@blp.response(200, EstimateTrialSchema)
@scope("read")
@allow()
def try_out(request_id: str) -> Response:
    """What an estimate would say. Nothing is saved."""
    minutes = load(EstimateBlock(), json_body())["minutes"]
    found = estimates.try_out(session(), runtime().library, request_id, minutes, today=today())
    return jsonify(assistance_plain.trial(found))


@blp.route(_OF_REQUEST, methods=["POST"])
@blp.arguments(OptionalKey, location="headers")
@blp.doc(**body_of("EstimateData"))
@blp.response(201, EstimateSchema)
@allow()
def make(headers: dict[str, Any], request_id: str) -> Response:
    """Keep an estimate, and queue it for the client where it needs approval; it replaces one that was not answered."""
    made = estimates.make(
        session(), runtime().library, request_id, json_body(), key=headers["key"], actor=actor(), now=now(), today=today()
    )
    return created(assistance_plain.estimate(made))


@blp.route("/estimates/<hex:estimate_id>/answer", methods=["POST"])
@blp.doc(**body_of("EstimateAnswer"))
@blp.response(200, EstimateSchema)
@allow()
def answer(estimate_id: str) -> Response:
    """Note what the client said about an estimate that was sent, once."""
    said = load(AnswerBlock(), json_body())
    found = estimates.answer(session(), estimate_id, approved=said["approved"], words=said["words"], actor=actor(), now=now())
    return jsonify(assistance_plain.estimate(found))
