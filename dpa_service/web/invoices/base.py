"""The blueprint of the invoice pages and what they share: who may do what, and words by code."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from dpa_service.domain.roles import ADMIN, DPO, FINANCE, LEGAL
from dpa_service.web.assistance.words import DUTIES
from dpa_service.web.invoices import words
from dpa_service.web.typed import new_key, roles

blueprint = Blueprint("invoices", __name__)

READERS = (LEGAL, FINANCE, DPO, ADMIN)
BILLERS = (FINANCE, ADMIN)  # draft, issue, credit, book, send, export


@blueprint.context_processor
def shared() -> dict[str, Any]:
    """What the templates of invoices share."""
    return {
        "say": {"duties": DUTIES, "states": words.STATES, "kinds": words.KINDS},
        "may_bill": bool(roles() & set(BILLERS)),
        "new_key": new_key,
    }
