"""Agreements: draft, change, issue, find."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, url_for

from dpa_service.api.blueprint import Blueprint
from dpa_service.api.body import expected_version, json_body, no_body, with_etag
from dpa_service.api.deviation_schemas import DeviationSchema, VoidedSchema
from dpa_service.api.schemas import (
    AgreementPage,
    AgreementSchema,
    AgreementsQuery,
    AgreementSummary,
    DraftQuery,
    IssueSchema,
    NeededKey,
    OptionalKey,
    UpdateQuery,
    body_of,
    if_match,
)
from dpa_service.services.agreements import agreements, issuing
from dpa_service.serving.access import allow, scope
from dpa_service.serving.runtime import actor, library, now, session, today

blp = Blueprint("agreements", __name__, description="Processor agreements and general terms")

_BODIES = ("AgreementRequest", "AgreementRequestOfKnownClient", "GeneralTermsRequest")


@blp.route("/agreements", methods=["GET"])
@blp.arguments(AgreementsQuery, location="query")
@blp.response(200, AgreementPage)
@allow()
def listing(query: dict[str, Any]) -> Any:
    """Agreements, newest first; q looks in reference, client and title."""
    return agreements.listing(session(), **query)


@blp.route("/agreements", methods=["POST"])
@blp.arguments(DraftQuery, location="query")
@blp.arguments(OptionalKey, location="headers")
@blp.doc(**body_of(*_BODIES))
@blp.response(201, AgreementSchema)
@allow("sales", "legal")
def create(query: dict[str, Any], headers: dict[str, Any]) -> Response:
    """A draft from a request (docs/request.md), with its client inside or named by client_id."""
    made = agreements.create_draft(session(), library(), json_body(), **query, key=headers["key"], actor=actor(), now=now())
    answer = answered(made, 201)
    answer.headers["Location"] = url_for("agreements.read", agreement_id=made.agreement.id)
    return answer


@blp.route("/agreements/<hex:agreement_id>", methods=["GET"])
@blp.response(200, AgreementSchema)
@allow()
def read(agreement_id: str) -> Response:
    """One agreement; the ETag is what a change needs as If-Match."""
    return answered(agreements.get(session(), agreement_id))


@blp.route("/agreements/<hex:agreement_id>", methods=["PUT"])
@blp.arguments(UpdateQuery, location="query")
@blp.doc(parameters=[if_match(required=True)], **body_of(*_BODIES))
@blp.response(200, AgreementSchema)
@allow("sales", "legal")
def update(query: dict[str, Any], agreement_id: str) -> Response:
    """Replace a draft's request; 412 when somebody changed it meanwhile, 409 once it is issued."""
    version = expected_version(needed=True)
    changed = agreements.update_draft(
        session(),
        agreement_id,
        json_body(),
        client_id=query["client_id"],
        expected_version=version,
        renew=library() if query["renew_library"] else None,
        actor=actor(),
        now=now(),
    )
    return answered(changed)


@blp.route("/agreements/<hex:agreement_id>/issue", methods=["POST"])
@blp.arguments(NeededKey, location="headers")
@blp.doc(parameters=[if_match(required=False)])
@blp.response(200, AgreementSchema)
@scope("issue")
@allow("sales", "legal")
def issue(headers: dict[str, Any], agreement_id: str) -> Response:
    """Issue a draft: number, frozen documents. The same Idempotency-Key again gives the same answer and issues nothing."""
    no_body()
    version = expected_version(needed=False)
    issued = issuing.issue(
        session(), agreement_id, key=headers["key"], expected_version=version, actor=actor(), now=now(), today=today()
    )
    return answered(issued)


def answered(details: agreements.Details, status: int = 200) -> Response:
    """An agreement as the API answers it, with its ETag."""
    body = AgreementSummary().dump(details.agreement) | {
        "library_hash": details.agreement.library_hash,
        "request": details.agreement.request,
        "deviations": DeviationSchema(many=True).dump(details.deviations),
        "voided": VoidedSchema(many=True).dump(details.voided),
        "edition": details.agreement.edition,
        "previous_id": details.agreement.previous_id,
        "issue": IssueSchema().dump(details.issue) if details.issue else None,
    }
    answer = jsonify(body)
    answer.status_code = status
    return with_etag(answer, details.agreement.version)
