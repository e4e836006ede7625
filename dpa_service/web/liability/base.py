"""The blueprint of the liability pages and what they share: who may do what, reading an address, and the words of wrong fields."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, request, session

from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.domain.roles import ADMIN, DPO, FINANCE, LEGAL
from dpa_service.services.liability import claim_documents, exposure_detail, fee_file
from dpa_service.serving.runtime import library, runtime, today
from dpa_service.serving.runtime import session as db_session
from dpa_service.web.liability import words
from dpa_service.web.typed import new_key, roles

blueprint = Blueprint("liability", __name__)

READERS = (LEGAL, FINANCE, DPO, ADMIN)
OPENERS = (LEGAL, ADMIN)  # open, assess, settle and reject claims
PAYERS = (LEGAL, FINANCE, ADMIN)
BOOKKEEPERS = (FINANCE, ADMIN)  # record fees
UPLOADS = {"liability.attach": claim_documents.MOST_BYTES, "liability.upload_fees": fee_file.MOST_BYTES}


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
        "new_key": new_key,
        "parameter_label": parameter_label,
    }  # fmt: skip


def parameter_label(name: str) -> str:
    """What the library calls a term."""
    parameter = library().parameters.get(name)
    return next(iter(parameter.labels.values())) if parameter else name


def in_words(trouble: RequestInvalid | Iterable[FieldError]) -> dict[str, str]:
    """Field → sentence, in the order of the page."""
    errors = trouble.errors if isinstance(trouble, RequestInvalid) else trouble
    found: dict[str, str] = {}
    for error in errors:
        found.setdefault(error.field, words.field_words(error))
    return found
