"""The Art. 28 coverage matrix: of a request that is not stored, and of an agreement."""

from __future__ import annotations

from typing import Any

from dpa_service.api.blueprint import Blueprint
from dpa_service.api.body import json_body
from dpa_service.api.schemas import CoverageSchema, DocumentQuery, body_of
from dpa_service.domain.contract.coverage import uncovered
from dpa_service.services.agreements import agreements
from dpa_service.services.agreements.generate import assemble_request
from dpa_service.serving.access import allow, scope
from dpa_service.serving.runtime import library, session

blp = Blueprint("coverage", __name__, description="Which duties of Art. 28 GDPR a document covers, and where")


@blp.route("/coverage", methods=["POST"])
@blp.arguments(DocumentQuery, location="query")
@blp.doc(**body_of("AgreementRequest", "GeneralTermsRequest"))
@blp.response(200, CoverageSchema)
@scope("read")
@allow()
def of_request(query: dict[str, Any]) -> dict[str, Any]:
    """The matrix of the document that a request would give; nothing is stored."""
    return _matrix(assemble_request(json_body(), library(), query["document"]))


@blp.route("/agreements/<hex:agreement_id>/coverage", methods=["GET"])
@blp.response(200, CoverageSchema)
@allow()
def of_agreement(agreement_id: str) -> dict[str, Any]:
    """The matrix of an agreement: of a draft as it is now, of an issued one as issued."""
    return _matrix(agreements.preview(session(), agreement_id))


def _matrix(snapshot: dict[str, Any]) -> dict[str, Any]:
    duties = uncovered(snapshot["coverage"])
    return {"complete": not duties, "open": duties, "matrix": snapshot["coverage"]}
