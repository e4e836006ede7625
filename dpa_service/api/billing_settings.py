"""How invoices are addressed: what a client wants on them, and the house's bank details."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request
from werkzeug.exceptions import PreconditionRequired

from dpa_service.api.assistance_bodies import BODIES
from dpa_service.api.assistance_roles import BILLERS, READERS
from dpa_service.api.billing_schemas import BankDetailsSchema, BillingProfileSchema
from dpa_service.api.blueprint import Blueprint
from dpa_service.api.body import expected_version, json_body, with_etag
from dpa_service.api.schemas import body_of, if_match
from dpa_service.services.assistance.assistance_schema import load
from dpa_service.services.errors import Stale
from dpa_service.services.house.house_schema import InvoicingBlock
from dpa_service.services.invoices import invoice_parties, invoices_plain
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, runtime, session

blp = Blueprint(
    "billing-settings", __name__, description="What invoices say about the client and the house beside their own data"
)

_MATCH: dict[str, Any] = {"parameters": [if_match(required=True)]}
_DETAILS = tuple(BODIES["BankDetailsData"].fields)


@blp.route("/clients/<hex:client_id>/billing-profile", methods=["GET"])
@blp.response(200, BillingProfileSchema)
@allow(*READERS)
def profile(client_id: str) -> Response:
    """What a client wants on its invoices; the ETag is what a change needs as If-Match."""
    row = invoice_parties.profile(session(), client_id)
    answer = jsonify(invoices_plain.profile(row))
    answer.set_etag(invoice_parties.mark(row))
    return answer


@blp.route("/clients/<hex:client_id>/billing-profile", methods=["PUT"])
@blp.doc(**_MATCH, **body_of("BillingProfileData"))
@blp.response(200, BillingProfileSchema)
@allow(*BILLERS)
def save_profile(client_id: str) -> Response:
    """Replace it, for invoices from now on; what is left out is taken away. Issued documents do not change."""
    invoice_parties.save_profile(session(), client_id, json_body(), expected=_mark(), actor=actor(), now=now())
    return profile(client_id)


@blp.route("/bank-details", methods=["GET"])
@blp.response(200, BankDetailsSchema)
@allow(*BILLERS)
def bank_details() -> Response:
    """What invoices print of the house beside its profile; the ETag is what a change needs as If-Match."""
    found, version = invoice_parties.bank_details(session(), runtime().library)
    return with_etag(jsonify({**dict.fromkeys(_DETAILS), **found}), version)


@blp.route("/bank-details", methods=["PUT"])
@blp.doc(**_MATCH, **body_of("BankDetailsData"))
@blp.response(200, BankDetailsSchema)
@allow(*BILLERS)
def save_bank_details() -> Response:
    """Replace them; nothing is issued without an IBAN. No agreement and no release of the clause library changes by it."""
    version = expected_version(needed=True)
    data = load(InvoicingBlock(), json_body())
    if version is None:
        version = invoice_parties.bank_details(session(), runtime().library)[1]
    invoice_parties.save_bank_details(session(), runtime().library, data, expected=version, actor=actor(), now=now())
    return bank_details()


def _mark() -> str | None:
    """The mark of the profile that the caller read; None when any will do. Errors: 428, 412."""
    tags = request.if_match
    if "If-Match" not in request.headers:
        raise PreconditionRequired
    if tags.star_tag:
        return None
    known = list(tags.as_set())
    if len(known) != 1:
        raise Stale("billing profile")
    return str(known[0])
