"""The blueprint of the invoice pages and what they share: who may do what, and words by code."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from dpa_service.domain.roles import ADMIN, DPO, FINANCE, LEGAL
from dpa_service.services.invoices import invoice_parties
from dpa_service.serving.runtime import runtime, session
from dpa_service.web.assistance.words import DUTIES
from dpa_service.web.invoices import words
from dpa_service.web.typed import new_key, roles

blueprint = Blueprint("invoices", __name__)

READERS = (LEGAL, FINANCE, DPO, ADMIN)
BILLERS = (FINANCE, ADMIN)  # draft, issue, credit, book, send, export


@blueprint.context_processor
def shared() -> dict[str, Any]:
    """What the templates of invoices share."""
    may_bill = bool(roles() & set(BILLERS))
    return {
        "say": {"duties": DUTIES, "states": words.STATES, "kinds": words.KINDS},
        "may_bill": may_bill,
        # only who can fill it in is told that the house's bank account is missing: one small query
        "needs_iban": may_bill and not invoice_parties.bank_details(session(), runtime().library)[0].get("iban"),
        "new_key": new_key,
    }
