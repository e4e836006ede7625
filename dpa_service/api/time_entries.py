"""Minutes worked: written down, corrected, approved or rejected by a second person, waived; many at once out of a CSV file."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, jsonify, request, url_for
from flask_login import current_user

from dpa_service.api.assistance_bodies import EntriesBlock, ReasonBlock, RejectBlock, without
from dpa_service.api.assistance_roles import APPROVERS, BILLERS
from dpa_service.api.blueprint import Blueprint
from dpa_service.api.body import created, json_body
from dpa_service.api.schemas import OptionalKey, body_of
from dpa_service.api.time_schemas import (
    DecisionsSchema,
    EntriesQuery,
    OwnEntriesQuery,
    TimeEntryDetailsSchema,
    TimeEntryPage,
    TimeReportSchema,
)
from dpa_service.services.agreements.request_fields import Line
from dpa_service.services.assistance import assistance_plain, time_entries, time_list, time_views, timesheet_file
from dpa_service.services.assistance.assistance_schema import load
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, session, today

blp = Blueprint("time-entries", __name__, description="Minutes worked: whole numbers, raw; billed ones follow from the tariff")

_CSV = {
    "requestBody": {
        "required": True,
        "description": f"heads: {', '.join(timesheet_file.HEADS)}; comma, semicolon or tab; UTF-8 or Windows",
        "content": {"text/csv": {"schema": {"type": "string"}, "example": timesheet_file.EXAMPLE}},
    }
}


@blp.url_value_preprocessor  # type: ignore[untyped-decorator]
def allow_files(endpoint: str | None, _values: object) -> None:
    """A file may be larger than any other request."""
    if endpoint == "time-entries.upload":
        request.max_content_length = timesheet_file.MOST_BYTES + 1000


@blp.route("/time-entries/mine", methods=["GET"])
@blp.arguments(OwnEntriesQuery, location="query")
@blp.response(200, TimeEntryPage)
@allow()
def mine(query: dict[str, Any]) -> Response:
    """The caller's own entries, those written down last first; `first` and `last` are days of work."""
    return _page(person=actor(), **query)


@blp.route("/time-entries", methods=["GET"])
@blp.arguments(EntriesQuery, location="query")
@blp.response(200, TimeEntryPage)
@allow(*APPROVERS)
def listing(query: dict[str, Any]) -> Response:
    """Everybody's entries, by person, client, request, state and days of work; `state=waiting` are those to decide about."""
    return _page(**query)


@blp.route("/assistance-requests/<hex:request_id>/time-entries", methods=["POST"])
@blp.arguments(OptionalKey, location="headers")
@blp.doc(**body_of("TimeEntryData"))
@blp.response(201, TimeEntryDetailsSchema)
@allow()
def record(headers: dict[str, Any], request_id: str) -> Response:
    """Write minutes down, at the tariff in force on the work date; somebody else approves them."""
    made = time_entries.record(session(), request_id, json_body(), key=headers["key"], actor=actor(), now=now(), today=today())
    return _made(made.id)


@blp.route("/time-entries/<hex:entry_id>", methods=["GET"])
@blp.response(200, TimeEntryDetailsSchema)
@allow()
def read(entry_id: str) -> Response:
    """One entry with what will be charged of it, and why not all of it."""
    return jsonify(assistance_plain.entry_details(time_views.one(session(), entry_id)))


@blp.route("/time-entries/<hex:entry_id>/corrections", methods=["POST"])
@blp.arguments(OptionalKey, location="headers")
@blp.doc(**body_of("TimeCorrection"))
@blp.response(201, TimeEntryDetailsSchema)
@allow()
def correct(headers: dict[str, Any], entry_id: str) -> Response:
    """Put an entry right by a new one, which waits for approval; 0 minutes undo it. What is left out stays as it was.

    For who worked or wrote it down, and for approvers.
    """
    found = time_views.one(session(), entry_id).entry
    if actor() not in (found.person, found.created_by) and not current_user.role_names & set(APPROVERS):
        abort(403, "Only who worked or wrote it down, or an approver, corrects an entry.")
    reason, data = without(json_body(), "reason", Line(500, required=True))
    made = time_entries.correct(
        session(), entry_id, data, reason=reason, key=headers["key"], actor=actor(), now=now(), today=today()
    )
    return _made(made.id)


@blp.route("/time-entries/approve", methods=["POST"])
@blp.doc(**body_of("EntriesToApprove"))
@blp.response(200, DecisionsSchema)
@allow(*APPROVERS)
def approve() -> Response:
    """Approve entries that others worked and wrote down; those that were not are named with the reason."""
    ids = load(EntriesBlock(), json_body())["ids"]
    left = time_entries.approve(session(), ids, actor=actor(), now=now())
    return jsonify(assistance_plain.decided(len(set(ids)), left))


@blp.route("/time-entries/reject", methods=["POST"])
@blp.doc(**body_of("EntriesToReject"))
@blp.response(200, DecisionsSchema)
@allow(*APPROVERS)
def reject() -> Response:
    """Reject entries, with a reason; they are never charged."""
    asked = load(RejectBlock(), json_body())
    left = time_entries.reject(session(), asked["ids"], reason=asked["reason"], actor=actor(), now=now())
    return jsonify(assistance_plain.decided(len(set(asked["ids"])), left))


@blp.route("/time-entries/<hex:entry_id>/waive", methods=["POST"])
@blp.doc(**body_of("ReasonData"))
@blp.response(200, TimeEntryDetailsSchema)
@allow(*BILLERS)
def waive(entry_id: str) -> Response:
    """Decide not to charge an entry; it takes no free time."""
    reason = load(ReasonBlock(), json_body())["reason"]
    time_entries.waive(session(), entry_id, reason=reason, actor=actor(), now=now())
    return read(entry_id)


@blp.route("/time-entries/csv", methods=["POST"])
@blp.doc(**_CSV)
@blp.response(200, TimeReportSchema)
@allow()
def upload() -> Response:
    """Take the lines of a CSV file, which is the body: right ones once, wrong ones reported with line, field and code."""
    found = timesheet_file.upload(session(), request.get_data(cache=False), actor=actor(), now=now(), today=today())
    return jsonify(assistance_plain.report(found))


def _page(**asked: Any) -> Response:
    page = time_list.listing(session(), **asked)
    return jsonify({"items": [assistance_plain.entry(row) for row in page.items], "next": page.next})


def _made(entry_id: str) -> Response:
    answer = created(assistance_plain.entry_details(time_views.one(session(), entry_id)))
    answer.headers["Location"] = url_for("time-entries.read", entry_id=entry_id)
    return answer
