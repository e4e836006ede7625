"""The blueprint of everyone's pages, and what they share: who looks, what was typed, and the page for whoever comes second."""

from __future__ import annotations

from flask import Blueprint, render_template, request, session

from dpa_service.domain.errors import RequestInvalid
from dpa_service.services.agreements.lifecycle import ChangedMeanwhile, StepTaken
from dpa_service.services.agreements.signed_document import MOST_BYTES
from dpa_service.web.everyone.words import FIELD_WORDS, STEP_WORDS, did

blueprint = Blueprint("everyone", __name__)

UPLOADS = frozenset({"everyone.sign"})


@blueprint.url_value_preprocessor
def allow_files(endpoint: str | None, _values: object) -> None:
    """A signed file may be larger than any other request, for somebody who is signed in. Runs before the form is first read."""
    if endpoint in UPLOADS and "_user_id" in session:
        request.max_content_length = MOST_BYTES + 100_000


def field_words(trouble: RequestInvalid) -> dict[str, str]:
    """What is wrong, by field, in words."""
    return {error.field: str(FIELD_WORDS.get((error.field, error.code)) or FIELD_WORDS.get(("*", error.code)) or error.message)
            for error in trouble.errors}  # fmt: skip


def second(trouble: StepTaken | ChangedMeanwhile) -> tuple[str, int]:
    """The page for somebody whose step another person took first: who, what, when; and what was typed, so that it is not lost."""
    typed = {name: value for name, value in request.form.items() if name not in ("csrf_token", "version") and value.strip()}
    status = 412 if isinstance(trouble, ChangedMeanwhile) else 409
    page = render_template(
        "everyone/conflict.html",
        trouble=trouble,
        step=STEP_WORDS.get(trouble.step, trouble.step),
        did=did(trouble.last) if trouble.last else None,
        typed=typed,
    )
    return page, status
