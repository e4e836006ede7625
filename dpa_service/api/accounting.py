"""What leaves the house: the sending of documents, and the exports that accounting receives."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response, jsonify

from dpa_service.api.assistance_bodies import ExportBlock
from dpa_service.api.assistance_roles import BILLERS, READERS
from dpa_service.api.billing_schemas import (
    AccountingExportPage,
    AccountingExportSchema,
    CandidatesSchema,
    CursorQuery,
    DeliveriesQuery,
    WaitAgainSchema,
)
from dpa_service.api.blueprint import Blueprint
from dpa_service.api.body import created, json_body, no_body
from dpa_service.api.invoice_schemas import DeliveryPage, DeliverySchema
from dpa_service.api.schemas import OptionalKey, body_of
from dpa_service.api.time_schemas import PeriodQuery
from dpa_service.services.assistance.assistance_schema import load
from dpa_service.services.invoices import accounting_export, deliveries, delivery_list, invoices_plain
from dpa_service.serving.access import allow
from dpa_service.serving.answers import download
from dpa_service.serving.runtime import actor, now, session

blp = Blueprint("accounting", __name__, description="Sending of documents, and exports for accounting: UBL, and CSV by VAT group")

_BINARY = {"type": "string", "format": "binary"}
_EXPORTS = "/accounting-exports"


@blp.route("/deliveries", methods=["GET"])
@blp.arguments(DeliveriesQuery, location="query")
@blp.response(200, DeliveryPage)
@allow(*READERS)
def sending(query: dict[str, Any]) -> Response:
    """What became of the sending of documents, the last issued first, and how many there are in each state."""
    page = delivery_list.listing(session(), **query)
    counts = delivery_list.counts(session())
    return jsonify({"items": [invoices_plain.sent(row) for row in page.items], "next": page.next, "counts": counts})


@blp.route("/invoices/<hex:invoice_id>/delivery/retry", methods=["POST"])
@blp.response(200, DeliverySchema)
@allow(*BILLERS)
def retry(invoice_id: str) -> Response:
    """Let a document whose sending failed wait again."""
    no_body()
    return jsonify(invoices_plain.delivery(deliveries.retry(session(), invoice_id, actor=actor(), now=now())))


@blp.route("/deliveries/retry", methods=["POST"])
@blp.response(200, WaitAgainSchema)
@allow(*BILLERS)
def retry_all() -> Response:
    """Let every document whose sending failed wait again."""
    no_body()
    return jsonify({"documents": deliveries.retry_all(session(), actor=actor(), now=now())})


@blp.route(_EXPORTS, methods=["GET"])
@blp.arguments(CursorQuery, location="query")
@blp.response(200, AccountingExportPage)
@allow(*BILLERS)
def listing(query: dict[str, Any]) -> Response:
    """Exports, newest first."""
    page = accounting_export.listing(session(), **query)
    return jsonify({"items": [invoices_plain.export(row) for row in page.items], "next": page.next})


@blp.route(_EXPORTS, methods=["POST"])
@blp.arguments(OptionalKey, location="headers")
@blp.doc(**body_of("ExportData"))
@blp.response(201, AccountingExportSchema)
@allow(*BILLERS)
def make(headers: dict[str, Any]) -> Response:
    """Export the documents issued in a period; what an earlier export held is left out, unless `again`."""
    asked = load(ExportBlock(), json_body())
    first, last = (date.fromisoformat(asked[name]) for name in ("first", "last"))
    made = accounting_export.make(
        session(), first, last, again=bool(asked.get("again")), key=headers["key"], actor=actor(), now=now()
    )
    return created(invoices_plain.export(made))


@blp.route(f"{_EXPORTS}/candidates", methods=["GET"])
@blp.arguments(PeriodQuery, location="query")
@blp.response(200, CandidatesSchema)
@allow(*BILLERS)
def candidates(query: dict[str, Any]) -> Response:
    """The documents issued in a period, and which of them an earlier export held."""
    rows = accounting_export.candidates(session(), query["first"], query["last"])
    return jsonify({"items": [invoices_plain.candidate(row) for row in rows]})


@blp.route(f"{_EXPORTS}/<hex:export_id>/zip", methods=["GET"])
@blp.response(200, _BINARY, content_type="application/zip")
@allow(*BILLERS)
def as_zip(export_id: str) -> Response:
    """The UBL files and the CSV, the same bytes at every download."""
    return download(accounting_export.download(session(), export_id, accounting_export.ZIP))


@blp.route(f"{_EXPORTS}/<hex:export_id>/csv", methods=["GET"])
@blp.response(200, {"type": "string"}, content_type="text/csv")
@allow(*BILLERS)
def as_csv(export_id: str) -> Response:
    """One row per document and VAT group, credit notes below zero."""
    return download(accounting_export.download(session(), export_id, accounting_export.CSV))
