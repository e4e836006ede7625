"""A bank statement (CODA or CSV): looked at first, then booked; every movement with what became of it in words."""

from __future__ import annotations

import base64
import binascii

from flask import request
from flask import session as cookie

from dpa_service.adapters.bank_statements import MOST_BYTES, StatementError
from dpa_service.domain.assistance.assistance import ZERO
from dpa_service.services.invoices import invoice_list, invoice_payments
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, session
from dpa_service.web.invoices import invoice_words
from dpa_service.web.invoices.base import BILLERS, blueprint
from dpa_service.web.invoices.payments import payments_page
from dpa_service.web.typed import Answer

UPLOAD = "invoices.upload_statement"
MOST_KEPT = 300_000  # bytes that the page of a first look carries along, so that the file need not be chosen again
SHOWN = 500
_ORDER = ("unknown", "paid_before", "too_much", "partly", "exact", "seen", "outgoing")  # what asks a look first


@blueprint.url_value_preprocessor
def allow_statement(endpoint: str | None, _values: object) -> None:
    """A statement may be larger than any other request, for somebody who is signed in. Runs before the form is first read."""
    if endpoint == UPLOAD and "_user_id" in cookie:
        request.max_content_length = MOST_BYTES + 100_000
        request.max_form_memory_size = 2 * MOST_KEPT


@blueprint.post("/payments/statement", endpoint="upload_statement")
@allow(*BILLERS)
def upload() -> Answer:
    """Say what the movements of a statement are ("look"), or book those that pay an invoice. Booking the same one again books nothing."""
    look, content = request.form.get("do") == "look", _content()
    if not content.strip():
        return payments_page({"file": str(invoice_words.NO_FILE)}), 422
    try:
        if look:
            found = invoice_payments.read(session(), content)
        else:
            found = invoice_payments.upload(session(), content, actor=actor(), now=now())
    except StatementError as trouble:
        return payments_page({"file": invoice_words.statement_words(trouble)}), 422
    matches = sorted(found.matches, key=lambda each: _ORDER.index(each.state))
    invoices = invoice_list.by_numbers(session(), {each.invoice for each in matches[:SHOWN] if each.invoice})
    pays = [each for each in matches if each.state in invoice_words.BOOKED]
    return payments_page(
        look=look,
        matches=matches[:SHOWN],
        more=len(matches) - SHOWN,
        counts=[(state, found.count(state)) for state in _ORDER if found.count(state)],
        invoices=invoices,
        words=invoice_words,
        pays=len(pays),
        pays_total=sum((each.movement.amount for each in pays), ZERO),
        content=base64.b64encode(content).decode() if look and len(content) <= MOST_KEPT else "",
    )


def _content() -> bytes:
    """The uploaded file, or the one that a first look carried along."""
    if kept := request.form.get("content", ""):
        try:
            return base64.b64decode(kept, validate=True)
        except binascii.Error:
            return b""
    given = request.files.get("file")
    return given.read(MOST_BYTES + 1) if given else b""
