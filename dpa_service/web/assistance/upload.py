"""Minutes out of a CSV file: the right lines are taken, the others told about."""

from __future__ import annotations

from flask import render_template, request
from flask import session as cookie

from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.services.assistance import timesheet_file
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, session, today
from dpa_service.web.assistance import time_words as words
from dpa_service.web.assistance.base import blueprint
from dpa_service.web.typed import Answer

SHOWN_REFUSED = 200
COLUMNS = {field: head for head, field in reversed(timesheet_file.HEADS.items())}  # field → its first head


@blueprint.url_value_preprocessor
def allow_files(endpoint: str | None, _values: object) -> None:
    """A file may be larger than any other request, for somebody who is signed in. Runs before the form is first read."""
    if endpoint == "assistance.take_time" and "_user_id" in cookie:
        request.max_content_length = timesheet_file.MOST_BYTES + 100_000


@blueprint.get("/time/upload", endpoint="upload_time")
@allow()
def upload_page() -> str:
    """The form, and what a file holds."""
    return _page({})


@blueprint.post("/time/upload", endpoint="take_time")
@allow()
def upload() -> Answer:
    """Take the right lines of a file and tell about the others."""
    given = request.files.get("file")
    content = given.read(timesheet_file.MOST_BYTES + 1) if given else b""
    if not content.strip():
        return _page({"file": words.field_words(FieldError("file", "EMPTY", ""))}), 422
    try:
        report = timesheet_file.upload(session(), content, actor=actor(), now=now(), today=today())
    except RequestInvalid as trouble:
        return _page(words.in_words(trouble)), 422
    return _page({}, report), 422 if report.refused else 200


def _page(errors: dict[str, str], report: timesheet_file.Report | None = None) -> str:
    refused = report.refused if report else ()
    return render_template(
        "assistance/upload.html",
        errors=errors,
        report=report,
        refused=[
            (row.line, COLUMNS.get(row.field, row.field), words.field_words(FieldError(row.field, row.code, row.message)))
            for row in refused[:SHOWN_REFUSED]
        ],
        refused_lines=len({row.line for row in refused}),
        hidden=max(0, len(refused) - SHOWN_REFUSED),
        example=timesheet_file.EXAMPLE,
        columns=COLUMNS,
    )
