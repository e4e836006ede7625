"""The blueprint of the approvers' pages and what they share: the playbook's words for seats, and reading an address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby, zip_longest
from typing import Any

from flask import Blueprint, abort, request

from dpa_service.domain.comparison.redline import Block
from dpa_service.domain.contract.asked import ladder_of, rung_of
from dpa_service.domain.contract.terms import plain
from dpa_service.domain.roles import ROLES
from dpa_service.serving.runtime import library
from dpa_service.web.approvals.words import (
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
from dpa_service.web.typed import chosen

blueprint = Blueprint("approvals", __name__)


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
        "runs": runs,
        "asked_words": asked_words,
    }


def runs(blocks: Iterable[Block]) -> list[tuple[bool, list[tuple[Block | None, Block | None]]]]:
    """Neighbouring paragraphs that stayed, and those that did not, in turn; each as (left, right): what went beside what came."""
    found = []
    for same, group in groupby(blocks, key=lambda block: block.status == "same"):
        found.append((same, [pair for _, part in groupby(group, _beside) for pair in _pairs(list(part))]))
    return found


def _beside(block: Block) -> bool:
    return block.kind != "table" and block.status in ("removed", "added")


def _pairs(blocks: list[Block]) -> Iterable[tuple[Block | None, Block | None]]:
    if not _beside(blocks[0]):
        return [(block, block) for block in blocks]
    gone = [block for block in blocks if block.status == "removed"]
    return zip_longest(gone, [block for block in blocks if block.status == "added"])


def asked_words(data: Mapping[str, Any]) -> tuple[str, str]:
    """(standard, asked) of a deviation in words, in the language of the agreement: those of the ladder for a rung as it stands there."""
    found = ladder_of(library(), data.get("row"))
    rung = rung_of(found[1], data.get("rung")) if found else None
    agreed = {change["parameter"]: change["agreed"] for change in data.get("changes", ())}
    if found and rung and all(plain(value) == agreed.get(name, plain(value)) for name, value in rung.sets.items()):
        asks = "; ".join(change["agreed_text"] for change in data["changes"] if change["parameter"] in rung.asks)
        return found[1].standard, "; ".join(filter(None, (rung.labels["nl"], asks)))
    return str(data.get("standard_text", "")), str(data.get("agreed_text", ""))


def seat_words(seat: str) -> str:
    """What the house calls a seat now."""
    return str(library().approvers.get(seat, {}).get("nl", seat))


def role() -> str | None:
    """The role that the address filters by."""
    return chosen("role", ROLES)


def number(name: str) -> int:
    """A whole number of the form. Error: 400."""
    text = request.form.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        abort(400)
    return int(text)
