"""The rounds of a negotiation: files sent and received, their changes, and redlines."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request, url_for
from marshmallow import Schema, fields, validate
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from dpa_service.adapters.db.negotiation import NegotiationRound, ReturnedChange
from dpa_service.api.blueprint import Blueprint
from dpa_service.api.body import json_body, no_body
from dpa_service.api.schemas import OptionalKey
from dpa_service.services.agreements import issuing
from dpa_service.services.negotiation import returned, returned_decisions, round_files
from dpa_service.services.negotiation.returned import LONGEST_NOTE, MOST_BYTES
from dpa_service.serving.access import allow
from dpa_service.serving.answers import download
from dpa_service.serving.runtime import actor, now, session

blp = Blueprint(
    "negotiation-rounds", __name__, description="Files sent and received in a negotiation, and what came back changed"
)

DECIDES = ("sales", "legal")
_UPLOADS = frozenset({"negotiation-rounds.upload"})
_RAW = (issuing.MIMETYPES["docx"], issuing.MIMETYPES["pdf"], "application/octet-stream")
_BINARY = {"type": "string", "format": "binary"}
_ONE_LINE = validate.Regexp(r"[^\x00-\x1f\x7f\ud800-\udfff]*\Z", error="Write it on one line.")


@blp.url_value_preprocessor  # type: ignore[untyped-decorator]  # flask-smorest is not typed
def allow_files(endpoint: str | None, _values: object) -> None:
    """A returned file may be larger than any other request, for a caller with a token. Runs before the body is first read."""
    if endpoint in _UPLOADS and request.headers.get("Authorization", "").startswith("Bearer "):
        request.max_content_length = MOST_BYTES + 100_000


class UploadQuery(Schema):
    """About a file that is sent as the body itself."""

    name = fields.String(
        load_default="", validate=[validate.Length(max=200), _ONE_LINE], metadata={"description": "the file's name"}
    )
    note = fields.String(load_default="", validate=[validate.Length(max=LONGEST_NOTE), _ONE_LINE])


class RedlineQuery(Schema):
    """The two texts: "standard", "now", or the number of a sent round."""

    old = fields.String(load_default=round_files.STANDARD, data_key="from", validate=validate.Length(max=10))
    new = fields.String(load_default=round_files.NOW, data_key="to", validate=validate.Length(max=10))


class ReasonSchema(Schema):
    """Why a change is left out."""

    reason = fields.String(required=True, validate=validate.Length(min=1, max=500))


class RoundSchema(Schema):
    """A file that was sent or received."""

    number = fields.Integer(required=True)
    direction = fields.String(required=True, validate=validate.OneOf(["sent", "received"]))
    kind = fields.String(required=True)
    name = fields.String(required=True)
    size = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    note = fields.String(required=True, allow_none=True)
    at = fields.AwareDateTime(required=True)
    actor = fields.String(required=True)
    agreement_id = fields.String(required=True)
    refused = fields.Dict(
        required=True, allow_none=True, metadata={"description": "code and message of a file that is kept and not read"}
    )
    changes = fields.Integer(required=True)
    open = fields.Integer(required=True)


class RoundsSchema(Schema):
    """The rounds of a negotiation, the first one first, and how many changes wait."""

    items = fields.List(fields.Nested(RoundSchema), required=True)
    open = fields.Integer(required=True)


class ReturnedChangeSchema(Schema):
    """One change of a returned file. `data`: what, before, old, new, after, author, date, weight, reasons, or those of a comment."""

    id = fields.String(required=True)
    position = fields.Integer(required=True)
    clause = fields.String(required=True, allow_none=True)
    kind = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(["open", "proposed", "dismissed"]))
    data = fields.Dict(required=True)
    recognised = fields.Dict(
        required=True, allow_none=True, metadata={"description": "what its clause is: kind, entries, confidence, notes"}
    )
    deviation_key = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    decided_by = fields.String(required=True, allow_none=True)
    decided_at = fields.AwareDateTime(required=True, allow_none=True)


class RoundDetailSchema(Schema):
    """A round with what was read in it."""

    round = fields.Nested(RoundSchema, required=True)
    baseline = fields.Integer(required=True, allow_none=True, metadata={"description": "the number of the round that it answers"})
    authors = fields.List(fields.String(), required=True)
    remarks = fields.List(fields.String(), required=True)
    changes = fields.List(fields.Nested(ReturnedChangeSchema), required=True)


class ProposedSchema(Schema):
    """What a proposal did: the draft it went into, the keys of its deviations, how many changes it took along."""

    agreement_id = fields.String(required=True)
    keys = fields.List(fields.String(), required=True)
    changes = fields.Integer(required=True)
    opened = fields.Boolean(required=True, metadata={"description": "whether the next edition was opened for it"})


_FILE_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": _BINARY, "note": {"type": "string", "maxLength": LONGEST_NOTE}},
                }
            },
            **{kind: {"schema": _BINARY} for kind in _RAW},
        },
    }
}


@blp.route("/agreements/<hex:agreement_id>/rounds", methods=["GET"])
@blp.response(200, RoundsSchema)
@allow()
def listing(agreement_id: str) -> Response:
    """Every file that was sent and received."""
    overview = round_files.overview(session(), agreement_id)
    items = [_round(line.round, line.refused, line.changes, line.open) for line in overview.lines]
    return jsonify({"items": items, "open": overview.open})


@blp.route("/agreements/<hex:agreement_id>/rounds", methods=["POST"])
@blp.arguments(UploadQuery, location="query")
@blp.arguments(OptionalKey, location="headers")
@blp.doc(**_FILE_BODY)
@blp.response(201, RoundDetailSchema)
@allow(*DECIDES)
def upload(query: dict[str, Any], headers: dict[str, Any], agreement_id: str) -> Response:
    """Keep and read a file that came back. What is refused is kept too and says why; the same file again is the same round."""
    name, note, content = query["name"], query["note"], b""
    if request.mimetype == "multipart/form-data":
        given = request.files.get("file")
        if given is None:
            raise BadRequest
        name, content = given.filename or name, given.read(MOST_BYTES + 1)
        note = request.form.get("note", note)
    elif request.mimetype in _RAW:
        content = request.get_data(cache=False)
    else:
        raise UnsupportedMediaType
    made = returned.upload(
        session(), agreement_id, name=name, content=content, note=note, key=headers["key"], actor=actor(), now=now()
    )
    answer = _detail(agreement_id, made.number)
    answer.status_code = 201
    answer.headers["Location"] = url_for("negotiation-rounds.read", agreement_id=agreement_id, number=made.number)
    return answer


@blp.route("/agreements/<hex:agreement_id>/rounds/<int(max=99999):number>", methods=["GET"])
@blp.response(200, RoundDetailSchema)
@allow()
def read(agreement_id: str, number: int) -> Response:
    """One round with its changes and what each changed clause was recognised as."""
    return _detail(agreement_id, number)


@blp.route("/agreements/<hex:agreement_id>/rounds/<int(max=99999):number>/file", methods=["GET"])
@blp.response(200, _BINARY, content_type="application/octet-stream")
@allow()
def file(agreement_id: str, number: int) -> Response:
    """The file as it was sent or came."""
    answer = download(round_files.document(session(), agreement_id, number))
    answer.mimetype = "application/octet-stream"
    return answer


@blp.route("/agreements/<hex:agreement_id>/redline.docx", methods=["GET"])
@blp.arguments(RedlineQuery, location="query")
@blp.response(200, _BINARY, content_type=issuing.MIMETYPES["docx"])
@allow()
def redline(query: dict[str, Any], agreement_id: str) -> Response:
    """What changed from one text to another, as a Word file with tracked changes, proven; else REDLINE_UNPROVEN."""
    return download(round_files.redline_file(session(), agreement_id, query["old"], query["new"], author=actor(), now=now()))


@blp.route("/changes/<hex:change_id>/proposal", methods=["POST"])
@blp.arguments(OptionalKey, location="headers")
@blp.response(200, ProposedSchema)
@allow(*DECIDES)
def propose(headers: dict[str, Any], change_id: str) -> Response:
    """Ask what a change was recognised as, on the draft; an issued agreement gets its next edition first."""
    no_body()
    done = returned_decisions.propose(session(), change_id, key=headers["key"], actor=actor(), now=now())
    return jsonify({"agreement_id": done.agreement_id, "keys": list(done.keys), "changes": done.changes, "opened": done.opened})


@blp.route("/changes/<hex:change_id>/dismissal", methods=["POST"])
@blp.arguments(OptionalKey, location="headers")
@blp.doc(requestBody={"required": True, "content": {"application/json": {"schema": ReasonSchema}}})
@blp.response(200, ReturnedChangeSchema)
@allow(*DECIDES)
def dismiss(headers: dict[str, Any], change_id: str) -> Response:
    """Leave a change out, with the reason."""
    body = json_body()
    if not isinstance(body, dict) or set(body) - {"reason"}:
        raise BadRequest
    reason = body.get("reason")
    change = returned_decisions.dismiss(
        session(), change_id, reason if isinstance(reason, str) else "", key=headers["key"], actor=actor(), now=now()
    )
    return jsonify(_change(change, None))


def _detail(agreement_id: str, number: int) -> Response:
    found = round_files.received(session(), agreement_id, number)
    recognised = found.findings.get("recognised") or {}
    waiting = sum(each.state == "open" for each in found.changes)
    return jsonify(
        {
            "round": _round(found.round, found.findings.get("refused"), len(found.changes), waiting),
            "baseline": found.baseline.number if found.baseline else None,
            "authors": found.findings.get("authors") or [],
            "remarks": found.findings.get("remarks") or [],
            "changes": [_change(each, recognised.get(str(each.data["place"]))) for each in found.changes],
        }
    )


def _round(made: NegotiationRound, refused: dict[str, Any] | None, changes: int, waiting: int) -> Any:
    held = {
        name: getattr(made, name)
        for name in ("number", "direction", "kind", "name", "size", "sha256", "note", "at", "actor", "agreement_id")
    }
    return RoundSchema().dump({**held, "refused": refused, "changes": changes, "open": waiting})


def _change(change: ReturnedChange, recognised: dict[str, Any] | None) -> Any:
    names = ("id", "position", "clause", "kind", "state", "data", "deviation_key", "reason", "decided_by", "decided_at")
    return ReturnedChangeSchema().dump({**{name: getattr(change, name) for name in names}, "recognised": recognised})
