"""Fees received from clients: one by one, many at once, out of a CSV file; undone by counter-entries."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request

from dpa_service.api.blueprint import Blueprint
from dpa_service.api.body import json_body
from dpa_service.api.liability_schemas import FeeReportSchema, FeeSchema, FeesSchema
from dpa_service.api.schemas import OptionalKey, body_of
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.domain.roles import ADMIN, DPO, FINANCE, LEGAL
from dpa_service.services.liability import fee_file, fees, liability_plain
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, session, today

blp = Blueprint("fees", __name__, description="Fees received, excluding VAT, in EUR as text with two decimals; caps follow them")

READERS = (LEGAL, FINANCE, DPO, ADMIN)
WRITERS = (FINANCE, ADMIN)
MOST_ROWS = 1000
_CSV = {
    "requestBody": {
        "required": True,
        "description": f"heads: {', '.join(fee_file.HEADS)}; comma, semicolon or tab; UTF-8 or Windows",
        "content": {"text/csv": {"schema": {"type": "string"}, "example": fee_file.EXAMPLE}},
    }
}


@blp.url_value_preprocessor  # type: ignore[untyped-decorator]
def allow_files(endpoint: str | None, _values: object) -> None:
    """A file may be larger than any other request."""
    if endpoint == "fees.upload":
        request.max_content_length = fee_file.MOST_BYTES + 1000


@blp.route("/clients/<hex:client_id>/fees", methods=["GET"])
@blp.response(200, FeesSchema)
@allow(*READERS)
def listing(client_id: str) -> Response:
    """A client's fees, the newest first, and their sum."""
    found = fees.listing(session(), client_id)
    return jsonify({"items": [liability_plain.fee(row) for row in found.rows], "total": format(found.total, "f")})


@blp.route("/clients/<hex:client_id>/fees", methods=["POST"])
@blp.arguments(OptionalKey, location="headers")
@blp.doc(**body_of("FeeData"))
@blp.response(201, FeeSchema)
@allow(*WRITERS)
def record(headers: dict[str, Any], client_id: str) -> Response:
    """One sum. The same Idempotency-Key, or the same external_key with the same sum, is taken once."""
    made = fees.record(
        session(), client_id, json_body(), key=headers["key"], source=fees.API, actor=actor(), now=now(), today=today()
    )
    return _made(liability_plain.fee(made))


@blp.route("/fees", methods=["POST"])
@blp.doc(**body_of("FeeImport"))
@blp.response(200, FeeReportSchema)
@allow(*WRITERS)
def take_in() -> Response:
    """Many sums, each with its client and its external_key: right ones are taken once, wrong ones reported with line, field and code."""
    body = json_body()
    rows = body.get("fees") if isinstance(body, dict) and set(body) == {"fees"} else None
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_ROWS:
        raise RequestInvalid([FieldError("fees", "TYPE", f'Send {{"fees": […]}} with 1 to {MOST_ROWS} sums.')])
    report = fees.import_rows(session(), enumerate(rows, start=1), actor=actor(), now=now(), today=today())
    return jsonify(liability_plain.fee_report(report))


@blp.route("/fees/csv", methods=["POST"])
@blp.doc(**_CSV)
@blp.response(200, FeeReportSchema)
@allow(*WRITERS)
def upload() -> Response:
    """The same out of a CSV file, which is the body."""
    report = fees.upload(session(), request.get_data(cache=False), actor=actor(), now=now(), today=today())
    return jsonify(liability_plain.fee_report(report))


@blp.route("/fees/<hex:fee_id>/counter-entry", methods=["POST"])
@blp.doc(**body_of("ReasonData"))
@blp.response(201, FeeSchema)
@allow(*WRITERS)
def correct(fee_id: str) -> Response:
    """Undo an entry by a counter-entry of the same day, once."""
    body = json_body()
    reason = body.get("reason") if isinstance(body, dict) and set(body) <= {"reason"} else None
    if not isinstance(reason, str):
        raise RequestInvalid([FieldError("reason", "REQUIRED", "Say why, in a few words, and nothing else.")])
    return _made(liability_plain.fee(fees.correct(session(), fee_id, reason=reason, actor=actor(), now=now())))


def _made(body: dict[str, Any]) -> Response:
    answer = jsonify(body)
    answer.status_code = 201
    return answer
