"""The blueprint of the approvers' pages and what they share: the playbook's words for seats, and reading an address."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from flask import Blueprint, abort, request
from werkzeug.wrappers import Response

from dpa_service.domain.roles import ROLES
from dpa_service.serving.runtime import library
from dpa_service.web.approvals_words import (
    CLASS_WORDS,
    DECISION_WORDS,
    OUTCOME_WORDS,
    ROLE_WORDS,
    SIZE_WORDS,
    STATE_WORDS,
    TARIFF_WORDS,
    UNLIMITED_WORDS,
    WEIGHT_WORDS,
)

blueprint = Blueprint("approvals", __name__, template_folder="templates")

Answer = str | tuple[str, int] | Response


@blueprint.context_processor
def words() -> dict[str, Any]:
    """The words that the approvers' templates share."""
    return {
        "say": {
            "roles": ROLE_WORDS,
            "classes": CLASS_WORDS,
            "states": STATE_WORDS,
            "decisions": DECISION_WORDS,
            "weights": WEIGHT_WORDS,
            "outcomes": OUTCOME_WORDS,
            "sizes": SIZE_WORDS,
            "unlimited": UNLIMITED_WORDS,
            "tariff": TARIFF_WORDS,
        },
        "seat_words": seat_words,
    }


def seat_words(seat: str) -> str:
    """What the house calls a seat now."""
    return str(library().approvers.get(seat, {}).get("nl", seat))


def chosen(name: str, options: Container[str]) -> str | None:
    """One of the options, or None where the address names none of them."""
    value = request.args.get(name, "")
    return value if value in options else None


def role() -> str | None:
    """The role that the address filters by."""
    return chosen("role", ROLES)


def number(name: str) -> int:
    """A whole number of the form. Error: 400."""
    text = request.form.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        abort(400)
    return int(text)
