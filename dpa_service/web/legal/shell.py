"""What the pages of the clause library share: the blueprint, who may read, the words for states, and reading an address."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from flask import Blueprint, abort, request
from flask_babel import lazy_gettext
from flask_login import current_user

from dpa_service.domain.contract.clauses import Clause
from dpa_service.domain.contract.coverage import FULL, NONE, PARTIAL
from dpa_service.services.library import library_usage as used
from dpa_service.serving.runtime import library

blueprint = Blueprint("legal", __name__)

READERS = ("legal", "dpo", "sales", "admin")
REVIEWERS = ("legal", "dpo", "admin")
GROUP_WORDS = {
    used.DRAFTS: lazy_gettext("drafts"),
    used.ISSUED: lazy_gettext("issued"),
    used.SIGNED: lazy_gettext("signed"),
    used.PAST: lazy_gettext("no longer in force"),
}
COVERAGE_WORDS = {FULL: lazy_gettext("Full"), PARTIAL: lazy_gettext("Partial"), NONE: lazy_gettext("None")}
STATUS_WORDS = {
    "draft": lazy_gettext("draft text"),
    "published": lazy_gettext("published"),
    "retired": lazy_gettext("retired"),
}
KIND_WORDS = {
    "article": lazy_gettext("article"),
    "recitals": lazy_gettext("recitals"),
    "annex": lazy_gettext("annex"),
    "closing": lazy_gettext("closing"),
}
CONFIDENCE_WORDS = {"H": lazy_gettext("high"), "M": lazy_gettext("medium"), "L": lazy_gettext("low")}

KEY_WORDS = {
    "status": lazy_gettext("status"),
    "kind": lazy_gettext("kind"),
    "when": lazy_gettext("condition"),
    "requires": lazy_gettext("needs"),
    "excludes": lazy_gettext("contradicts"),
    "covers": lazy_gettext("covers of Art. 28"),
    "parameters": lazy_gettext("parameters"),
    "notices": lazy_gettext("legal notices"),
    "source": lazy_gettext("house rules"),
    "ladder": lazy_gettext("negotiation ladder"),
    "type": lazy_gettext("kind of value"),
    "unit": lazy_gettext("unit"),
    "standard": lazy_gettext("house standard"),
    "minimum": lazy_gettext("lowest"),
    "maximum": lazy_gettext("highest"),
    "none": lazy_gettext("words for nothing"),
    "rule": lazy_gettext("rule"),
    "nl": lazy_gettext("words"),
}


@blueprint.context_processor
def words() -> dict[str, Any]:
    """The words that the library's templates share, and whether this user may see what publishing touches."""
    user = current_user if current_user and current_user.is_authenticated else None
    return {
        "may_review": user is not None and not {role.name for role in user.roles}.isdisjoint(REVIEWERS),
        "legal_words": {
            "groups": GROUP_WORDS, "coverage": COVERAGE_WORDS, "statuses": STATUS_WORDS, "kinds": KIND_WORDS,
            "confidence": CONFIDENCE_WORDS, "keys": KEY_WORDS,
        }
    }  # fmt: skip


def known(clause_id: str) -> Clause:
    """The clause of the library in force. Error: 404."""
    found = library().clauses.get(clause_id)
    if found is None:
        abort(404)
    return found


def asked(name: str) -> str:
    """A text of the address, trimmed. Error: 400 for one that nobody types."""
    text = request.args.get(name, "").strip()
    if len(text) > 300 or not text.isprintable():
        abort(400)
    return text


def chosen(name: str, options: Container[str]) -> str | None:
    """One of the options, or None where the address has none. Error: 400 for another one."""
    value = request.args.get(name, "")
    if value and value not in options:
        abort(400)
    return value or None
