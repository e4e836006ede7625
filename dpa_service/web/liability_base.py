"""The blueprint of the liability pages and what they share: who may do what, reading an address, and the words of wrong fields."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import date
from typing import Any

from flask import Blueprint, abort, request, session
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.domain.roles import ADMIN, DPO, FINANCE, LEGAL
from dpa_service.services import claim_documents, exposure_detail, fee_file
from dpa_service.serving.runtime import library, runtime, today
from dpa_service.serving.runtime import session as db_session
from dpa_service.web import liability_words as words

blueprint = Blueprint("liability", __name__, template_folder="templates")

READERS = (LEGAL, FINANCE, DPO, ADMIN)
OPENERS = (LEGAL, ADMIN)  # open, assess, settle and reject claims
PAYERS = (LEGAL, FINANCE, ADMIN)
BOOKKEEPERS = (FINANCE, ADMIN)  # record fees
Answer = str | tuple[str, int] | Response
UPLOADS = {"liability.attach": claim_documents.MOST_BYTES, "liability.upload_fees": fee_file.MOST_BYTES}
LONGEST_SEARCH = 100


@blueprint.url_value_preprocessor
def allow_files(endpoint: str | None, _values: object) -> None:
    """A file may be larger than any other request, for somebody who is signed in. Runs before the form is first read."""
    if endpoint in UPLOADS and "_user_id" in session:
        request.max_content_length = UPLOADS[endpoint] + 100_000


@blueprint.app_context_processor
def links() -> dict[str, Any]:
    """For the pages of clients and agreements: which links to liability this user has, and a client's exposure today."""
    mine = roles()
    return {
        "sees_liability": bool(mine & set(READERS)),
        "opens_claims": bool(mine & set(OPENERS)),
        "exposure_of": lambda client_id: exposure_detail.of_client(db_session(), runtime().library, client_id, today()),
    }


@blueprint.context_processor
def shared() -> dict[str, Any]:
    """What the templates of liability share: words by code, what the roles allow, a key that makes a form harmless to send twice."""
    mine = roles()
    return {
        "say": {
            "bases": words.BASES, "basis_help": words.BASIS_HELP, "faults": words.FAULTS, "kinds": words.KINDS, "pools": words.POOLS,
            "states": words.STATES, "facts": words.FACTS, "steps": words.STEPS, "reasons": words.REASONS, "cases": words.CASES,
            "confidence": words.CONFIDENCE, "clauses": words.CLAUSES, "counted": words.COUNTED, "fee_bases": words.FEE_BASES,
            "sources": words.SOURCES,
        },
        "may_open": bool(mine & set(OPENERS)),
        "may_pay": bool(mine & set(PAYERS)),
        "may_record": bool(mine & set(BOOKKEEPERS)),
        "new_key": lambda: secrets.token_hex(16),
        "parameter_label": parameter_label,
    }  # fmt: skip


def roles() -> frozenset[str]:
    """The roles of who looks."""
    return frozenset(role.name for role in current_user.roles) if current_user and current_user.is_authenticated else frozenset()


def parameter_label(name: str) -> str:
    """What the library calls a term."""
    parameter = library().parameters.get(name)
    return next(iter(parameter.labels.values())) if parameter else name


def searched(name: str = "q") -> str:
    """The words of a search field. Error: 400 for what nobody types."""
    text = request.args.get(name, "").strip()
    if len(text) > LONGEST_SEARCH or not text.isprintable():
        abort(400)
    return text


def hex_arg(name: str) -> str | None:
    """An id of the address, or None. Error: 404 for what is no id."""
    text = request.args.get(name, "")
    if text and (len(text) != 32 or not set(text) <= set("0123456789abcdef")):
        abort(404)
    return text or None


def day_arg(name: str = "day") -> tuple[date, str | None]:
    """A day of the address, today where there is none; and what is wrong with it, in words."""
    text = request.args.get(name, "").strip()
    if not text:
        return today(), None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today(), str(_("This is not a day of the calendar; today is shown."))
    if not 2000 <= day.year <= 2100:
        return today(), str(_("Give a day between 2000 and 2100; today is shown."))
    return day, None


def version() -> int | None:
    """The version that the form was made with."""
    return request.form.get("version", type=int)


def key() -> str | None:
    """The form's own key, by which sending it twice does nothing twice."""
    text = request.form.get("key", "")
    return text if text.isascii() and text.isalnum() and len(text) <= 64 else None


def in_words(trouble: RequestInvalid | Iterable[FieldError]) -> dict[str, str]:
    """Field → sentence, in the order of the page."""
    errors = trouble.errors if isinstance(trouble, RequestInvalid) else trouble
    found: dict[str, str] = {}
    for error in errors:
        found.setdefault(error.field, words.field_words(error))
    return found
