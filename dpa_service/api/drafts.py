"""From approved minutes to drafts: work in progress, a draft for one client or for all."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from flask import Response, jsonify, url_for

from dpa_service.api.assistance_bodies import DraftAllBlock, DraftBlock
from dpa_service.api.assistance_roles import BILLERS, READERS
from dpa_service.api.billing_schemas import OpenEntriesSchema, RunSchema, UntilQuery, WorkInProgressSchema
from dpa_service.api.blueprint import Blueprint
from dpa_service.api.body import json_body
from dpa_service.api.invoice_schemas import InvoiceSchema
from dpa_service.api.invoices import answered
from dpa_service.api.schemas import OptionalKey, body_of
from dpa_service.domain.assistance.assistance import ZERO
from dpa_service.services.assistance.assistance_schema import load
from dpa_service.services.invoices import billing, draft_run, invoices_plain, invoicing, work_in_progress
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, session, today

blp = Blueprint("drafts", __name__, description="Work that is approved and on no invoice, and the drafts that take it up")


@blp.route("/work-in-progress", methods=["GET"])
@blp.arguments(UntilQuery, location="query")
@blp.response(200, WorkInProgressSchema)
@allow(*READERS)
def overview(query: dict[str, Any]) -> Response:
    """Approved work on no invoice by client and age, the largest amount first; `until` leaves out what was worked later."""
    rows = work_in_progress.of_clients(session(), today(), until=query["until"])
    items = [invoices_plain.waiting(row) for row in rows]
    return jsonify({"items": items, "net": _sum([row.net for row in rows])})


@blp.route("/work-in-progress/<hex:client_id>", methods=["GET"])
@blp.arguments(UntilQuery, location="query")
@blp.response(200, OpenEntriesSchema)
@allow(*READERS)
def of_client(query: dict[str, Any], client_id: str) -> Response:
    """The entries behind a client's sum, in the order of the work."""
    rows = work_in_progress.of_client(session(), client_id, until=query["until"] or date.max)
    return jsonify({"items": [invoices_plain.piece(row) for row in rows]})


@blp.route("/invoices", methods=["POST"])
@blp.arguments(OptionalKey, location="headers")
@blp.doc(**body_of("DraftData"))
@blp.response(201, InvoiceSchema)
@allow(*BILLERS)
def draft(headers: dict[str, Any]) -> Response:
    """A draft with everything of a client that is approved, was worked up to `until` and is on no invoice."""
    asked = load(DraftBlock(), json_body())
    made = billing.draft(
        session(), asked["client_id"], until=date.fromisoformat(asked["until"]), key=headers["key"], actor=actor(), now=now()
    )
    answer = answered(invoicing.get(session(), made.id), 201)
    answer.headers["Location"] = url_for("invoices-api.read", invoice_id=made.id)
    return answer


@blp.route("/invoices/drafts", methods=["POST"])
@blp.arguments(OptionalKey, location="headers")
@blp.doc(**body_of("DraftAllData"))
@blp.response(200, RunSchema)
@allow(*BILLERS)
def draft_all(headers: dict[str, Any]) -> Response:
    """Drafts for all clients (or these) with unbilled work, answered when all are made; one that cannot be made stops none of the others."""
    asked = load(DraftAllBlock(), json_body())
    rows = draft_run.run(
        session(), until=date.fromisoformat(asked["until"]), client_ids=asked.get("client_ids"), key=headers["key"], actor=actor(),
        now=now(),
    )  # fmt: skip
    made = [row for row in rows if row.invoice_id]
    items = [invoices_plain.progress(row) for row in rows]
    return jsonify({"items": items, "drafts": len(made), "net": _sum([row.net for row in made])})


def _sum(amounts: list[Decimal]) -> str:
    return format(sum(amounts, ZERO), "f")
