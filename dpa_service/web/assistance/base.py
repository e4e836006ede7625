"""The blueprint of the assistance pages and what they share: who may do what, words by code, the timer on each page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from dpa_service.domain.roles import ADMIN, DPO, FINANCE, LEGAL
from dpa_service.web.assistance import words
from dpa_service.web.typed import new_key, roles

blueprint = Blueprint("assistance", __name__)

APPROVERS = (LEGAL, FINANCE, DPO, ADMIN)  # of minutes that somebody else worked and wrote down
LOCKERS = (FINANCE, ADMIN)  # of months


@blueprint.context_processor
def shared() -> dict[str, Any]:
    """What the templates of assistance share."""
    mine = roles()
    return {
        "say": {"duties": words.DUTIES, "clauses": words.CLAUSES},
        "may_approve": bool(mine & set(APPROVERS)),
        "may_lock": bool(mine & set(LOCKERS)),
        "new_key": new_key,
    }
