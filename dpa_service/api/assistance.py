"""Assistance requests: the register, one with its clocks, checklist and log, and everything that happens to it."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, url_for

from dpa_service.api.assistance_bodies import HintBlock, Id, ReasonBlock, TickBlock, without
from dpa_service.api.assistance_schemas import (
    AssistanceEventSchema,
    AssistanceRequestList,
    AssistanceRequestPage,
    AssistanceRequestSchema,
    CountQuery,
    HintsSchema,
    RequestsQuery,
)
from dpa_service.api.blueprint import Blueprint
from dpa_service.api.body import created, expected_version, json_body, with_etag
from dpa_service.api.schemas import OptionalKey, body_of, if_match
from dpa_service.services.assistance import assistance_list, assistance_plain, assistance_requests, estimates
from dpa_service.services.assistance.assistance_schema import load
from dpa_service.serving.access import allow, scope
from dpa_service.serving.runtime import actor, now, session, today

blp = Blueprint(
    "assistance-requests", __name__, description="What clients ask under the duties of Art. 28, with clocks and proof"
)

_ONE = "/assistance-requests/<hex:request_id>"
_MATCH: dict[str, Any] = {"parameters": [if_match(required=True)]}


@blp.route("/assistance-requests", methods=["GET"])
@blp.arguments(RequestsQuery, location="query")
@blp.response(200, AssistanceRequestPage)
@allow()
def listing(query: dict[str, Any]) -> Response:
    """Requests, newest first; q looks in references and in the client's name and number."""
    page = assistance_list.listing(session(), **query)
    return jsonify({"items": [assistance_plain.request(row) for row in page.items], "next": page.next})


@blp.route("/assistance-requests", methods=["POST"])
@blp.arguments(OptionalKey, location="headers")
@blp.doc(**body_of("NewAssistanceRequest"))
@blp.response(201, AssistanceRequestSchema)
@allow()
def create(headers: dict[str, Any]) -> Response:
    """Open a request under the terms in force today; its clocks are counted then. Texts hold case references, never names of persons."""
    client_id, data = without(json_body(), "client_id", Id(required=True))
    made = assistance_requests.open_request(
        session(), client_id, data, key=headers["key"], actor=actor(), now=now(), today=today()
    )
    answer = _answer(made.id, 201)
    answer.headers["Location"] = url_for("assistance-requests.read", request_id=made.id)
    return answer


@blp.route("/assistance-requests/running", methods=["GET"])
@blp.arguments(CountQuery, location="query")
@blp.response(200, AssistanceRequestList)
@allow()
def running(query: dict[str, Any]) -> Response:
    """Open requests with a clock of the house that still runs, the first to end first."""
    rows = assistance_list.running(session(), limit=query["limit"])
    return jsonify({"items": [assistance_plain.request(row) for row in rows]})


@blp.route("/assistance-requests/hints", methods=["POST"])
@blp.doc(**body_of("TextToCheck"))
@blp.response(200, HintsSchema)
@scope("read")
@allow()
def hints() -> Response:
    """What in a text looks like a person's name or other personal data. Nothing is saved, and nothing is refused for it."""
    asked = load(HintBlock(), json_body())
    found = assistance_list.hints(session(), asked["client_id"], asked["text"])
    return jsonify({"items": [{"kind": kind, "words": words} for kind, words in found]})


@blp.route(_ONE, methods=["GET"])
@blp.response(200, AssistanceRequestSchema)
@allow()
def read(request_id: str) -> Response:
    """One request with its clocks, checklist, log, estimates and minutes; the ETag is what a change needs as If-Match."""
    return _answer(request_id)


@blp.route(f"{_ONE}/notes", methods=["POST"])
@blp.arguments(OptionalKey, location="headers")
@blp.doc(**body_of("AssistanceNote"))
@blp.response(201, AssistanceEventSchema)
@allow()
def add_note(headers: dict[str, Any], request_id: str) -> Response:
    """Write a line in the log; lines are never changed."""
    made = assistance_requests.add_note(session(), request_id, json_body(), key=headers["key"], actor=actor(), now=now())
    return created(assistance_plain.event(made))


@blp.route(f"{_ONE}/checklist/<string(maxlength=100):item>", methods=["PUT"])
@blp.doc(parameters=[if_match(required=False)], **body_of("ChecklistTick"))
@blp.response(200, AssistanceRequestSchema)
@allow()
def tick(request_id: str, item: str) -> Response:
    """Tick an item of the duty's checklist, or take the tick away; a clock that the item meets stops at `happened`."""
    asked = load(TickBlock(), json_body())
    assistance_requests.check_item(
        session(), request_id, item, done=asked["done"], happened=asked.get("happened"),
        expected_version=expected_version(needed=False), actor=actor(), now=now(),
    )  # fmt: skip
    return _answer(request_id)


@blp.route(f"{_ONE}/forward", methods=["POST"])
@blp.doc(**_MATCH, **body_of("ForwardData"))
@blp.response(200, AssistanceRequestSchema)
@allow()
def forward(request_id: str) -> Response:
    """Note, once and with its proof, that a data subject's request which came to the house went to the client."""
    version = expected_version(needed=True)
    assistance_requests.forward(session(), request_id, json_body(), expected_version=version, actor=actor(), now=now())
    return _answer(request_id)


@blp.route(f"{_ONE}/facts", methods=["PATCH"])
@blp.doc(**_MATCH, **body_of("IncidentFacts"))
@blp.response(200, AssistanceRequestSchema)
@allow()
def facts(request_id: str) -> Response:
    """What is known of an incident: given fields replace what was there, a null takes it away, the others stay."""
    version = expected_version(needed=True)
    assistance_requests.incident_facts(session(), request_id, json_body(), expected_version=version, actor=actor(), now=now())
    return _answer(request_id)


@blp.route(f"{_ONE}/close", methods=["POST"])
@blp.doc(**_MATCH, **body_of("ReasonData"))
@blp.response(200, AssistanceRequestSchema)
@allow()
def close(request_id: str) -> Response:
    """Close a request, saying how it ended; its minutes stay and are charged."""
    version = expected_version(needed=True)
    reason = load(ReasonBlock(), json_body())["reason"]
    assistance_requests.close(session(), request_id, reason=reason, expected_version=version, actor=actor(), now=now())
    return _answer(request_id)


@blp.route(f"{_ONE}/reopen", methods=["POST"])
@blp.doc(**_MATCH, **body_of("ReasonData"))
@blp.response(200, AssistanceRequestSchema)
@allow()
def reopen(request_id: str) -> Response:
    """Open a closed request again; clocks that were not met run on."""
    version = expected_version(needed=True)
    reason = load(ReasonBlock(), json_body())["reason"]
    assistance_requests.reopen(session(), request_id, reason=reason, expected_version=version, actor=actor(), now=now())
    return _answer(request_id)


def _answer(request_id: str, status: int = 200) -> Response:
    found = assistance_list.get(session(), request_id)
    waits = estimates.blocked(session(), request_id)
    answer = jsonify(assistance_plain.request_details(found, waits, now()))
    answer.status_code = status
    return with_etag(answer, found.request.version)
