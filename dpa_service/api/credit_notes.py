"""Credit notes: what can still be credited, a trial, and the note itself, which is issued at once."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, url_for

from dpa_service.adapters.db.engine import reading
from dpa_service.api.assistance_bodies import CreditBlock
from dpa_service.api.assistance_roles import BILLERS, READERS
from dpa_service.api.blueprint import Blueprint
from dpa_service.api.body import json_body
from dpa_service.api.invoice_schemas import CreditableSchema, CreditTrialSchema, InvoiceSchema
from dpa_service.api.invoices import answered
from dpa_service.api.schemas import NeededKey, body_of
from dpa_service.services.assistance.assistance_schema import load
from dpa_service.services.invoices import credit_notes, invoices_plain, invoicing
from dpa_service.serving.access import allow, scope
from dpa_service.serving.runtime import actor, now, session, today

blp = Blueprint(
    "credit-notes", __name__, description="Credit notes take back whole lines or minutes, and release exactly those minutes"
)

_OF_INVOICE = "/invoices/<hex:invoice_id>/credit-notes"


@blp.route("/invoices/<hex:invoice_id>/creditable", methods=["GET"])
@blp.response(200, CreditableSchema)
@allow(*READERS)
def creditable(invoice_id: str) -> Response:
    """Minutes of each line that can still be credited."""
    invoicing.get(session(), invoice_id)
    with reading(session()):
        return jsonify({"minutes": credit_notes.creditable(session(), invoice_id)})


@blp.route(f"{_OF_INVOICE}/try", methods=["POST"])
@blp.doc(**body_of("CreditData"))
@blp.response(200, CreditTrialSchema)
@scope("read")
@allow(*BILLERS)
def try_out(invoice_id: str) -> Response:
    """What a credit note would come to, and which minutes it would release. Nothing is saved."""
    asked = load(CreditBlock(), json_body())
    found = credit_notes.try_out(session(), invoice_id, asked["minutes"], reason=asked["reason"], today=today())
    return jsonify(invoices_plain.credit(found))


@blp.route(_OF_INVOICE, methods=["POST"])
@blp.arguments(NeededKey, location="headers")
@blp.doc(**body_of("CreditData"))
@blp.response(201, InvoiceSchema)
@scope("issue")
@allow(*BILLERS)
def credit(headers: dict[str, Any], invoice_id: str) -> Response:
    """Issue a credit note, in its own series; its minutes can be invoiced again, or their entries corrected."""
    asked = load(CreditBlock(), json_body())
    made = credit_notes.credit(
        session(),
        invoice_id,
        asked["minutes"],
        reason=asked["reason"],
        key=headers["key"],
        actor=actor(),
        now=now(),
        today=today(),
    )
    answer = answered(made, 201)
    answer.headers["Location"] = url_for("invoices-api.read", invoice_id=made.invoice.id)
    return answer
