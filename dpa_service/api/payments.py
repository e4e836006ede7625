"""What is received on invoices: by hand, or out of a bank statement; what is overdue."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request

from dpa_service.adapters.bank_statements import MOST_BYTES
from dpa_service.api.assistance_bodies import ReasonBlock
from dpa_service.api.assistance_roles import BILLERS, READERS
from dpa_service.api.billing_schemas import BankStatementSchema, OverduesSchema
from dpa_service.api.blueprint import Blueprint
from dpa_service.api.body import created, json_body
from dpa_service.api.invoice_schemas import ReceivedPaymentSchema
from dpa_service.api.schemas import NeededKey, body_of
from dpa_service.domain.assistance.assistance import ZERO
from dpa_service.services.assistance.assistance_schema import load
from dpa_service.services.errors import NotFound
from dpa_service.services.invoices import invoice_payments, invoices_plain, invoicing
from dpa_service.serving.access import allow, scope
from dpa_service.serving.runtime import actor, now, session, today

blp = Blueprint("payments", __name__, description="Payments; a mistake is undone by a counter-entry")

_UPLOADS = ("payments.upload", "payments.read")
_BYTES = {
    "requestBody": {
        "required": True,
        "description": "the statement as the bank gives it: CODA, or CSV",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@blp.url_value_preprocessor  # type: ignore[untyped-decorator]
def allow_files(endpoint: str | None, _values: object) -> None:
    """A file may be larger than any other request."""
    if endpoint in _UPLOADS:
        request.max_content_length = MOST_BYTES + 1000


@blp.route("/invoices/<hex:invoice_id>/payments", methods=["POST"])
@blp.arguments(NeededKey, location="headers")
@blp.doc(**body_of("InvoicePayment"))
@blp.response(201, ReceivedPaymentSchema)
@allow(*BILLERS)
def record(headers: dict[str, Any], invoice_id: str) -> Response:
    """A sum received, or paid back (`refund`). The same key, or the same `reference`, is booked once."""
    made = invoice_payments.record(
        session(), invoice_id, json_body(), key=headers["key"], actor=actor(), now=now(), today=today()
    )
    return created(invoices_plain.payment(made))


@blp.route("/invoices/<hex:invoice_id>/payments/<hex:payment_id>/counter-entry", methods=["POST"])
@blp.doc(**body_of("ReasonData"))
@blp.response(201, ReceivedPaymentSchema)
@allow(*BILLERS)
def correct(invoice_id: str, payment_id: str) -> Response:
    """Undo a payment by a counter-entry, once; the invoice is open again."""
    reason = load(ReasonBlock(), json_body())["reason"]
    if payment_id not in {each.id for each in invoicing.get(session(), invoice_id).payments}:
        raise NotFound("payment of this invoice")
    return created(
        invoices_plain.payment(invoice_payments.correct(session(), payment_id, reason=reason, actor=actor(), now=now()))
    )


@blp.route("/payments/statement", methods=["POST"])
@blp.doc(**_BYTES)
@blp.response(200, BankStatementSchema)
@allow(*BILLERS)
def upload() -> Response:
    """Book the movements of a bank statement, which is the body, that name an invoice; the same statement again books nothing."""
    found = invoice_payments.upload(session(), request.get_data(cache=False), actor=actor(), now=now())
    return jsonify(invoices_plain.statement(found))


@blp.route("/payments/statement/try", methods=["POST"])
@blp.doc(**_BYTES)
@blp.response(200, BankStatementSchema)
@scope("read")
@allow(*BILLERS)
def read() -> Response:
    """What a bank statement would book. Nothing is booked."""
    return jsonify(invoices_plain.statement(invoice_payments.read(session(), request.get_data(cache=False))))


@blp.route("/payments/overdue", methods=["GET"])
@blp.response(200, OverduesSchema)
@allow(*READERS)
def overdue() -> Response:
    """Invoices past their due date of which something is left to pay, the oldest first."""
    rows = invoice_payments.overdue(session(), today())
    left = format(sum((row.left for row in rows), ZERO), "f")
    return jsonify({"items": [invoices_plain.overdue(row) for row in rows], "left": left})
