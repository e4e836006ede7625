"""The bodies of the negotiation: what is asked, how it stands, and what a look at it tells."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from dpa_service.domain.contract.asked import CLASSES
from dpa_service.domain.negotiation.approval import DECISIONS, STATES
from dpa_service.services.negotiation.deviation_look import GROUPS

_SEAT = "seat of the playbook, such as CFO; GET /playbook tells which role holds it"


def about(text: str) -> dict[str, str]:
    """A field's description."""
    return {"description": text}


class ChangeSchema(Schema):
    """A term that a deviation sets."""

    parameter = fields.String(required=True)
    label = fields.String(required=True)
    standard = fields.Raw(required=True, allow_none=True, metadata=about("value of the house standard; amounts as text in EUR"))
    agreed = fields.Raw(required=True, allow_none=True, metadata=about("value that is asked or agreed"))
    standard_text = fields.String(required=True, metadata=about("as the document prints it"))
    agreed_text = fields.String(required=True)


class DeviationSchema(Schema):
    """A departure from the house standard, as the document has it, and how its approval stands."""

    deviation_id = fields.String(
        required=True, attribute="id", metadata=about("of this proposal; an edit makes another one under the same key")
    )
    label_id = fields.String(
        required=True, attribute="label", data_key="id", metadata=about("number in this document, such as A1")
    )
    version = fields.Integer(required=True, metadata=about("the ETag that a decision names in If-Match"))
    key = fields.String(required=True, metadata=about("what it departs from, the same from edition to edition: ladder:16"))
    deviation_class = fields.String(required=True, data_key="class", validate=validate.OneOf(CLASSES))
    clause = fields.String(required=True)
    row = fields.Integer(required=True, allow_none=True, metadata=about("row of the playbook"))
    rung = fields.String(required=True, allow_none=True)
    label = fields.String(required=True, attribute="data.label", metadata=about("what it is about, in words"))
    standard_text = fields.String(required=True, attribute="data.standard_text")
    agreed_text = fields.String(required=True, attribute="data.agreed_text")
    changes = fields.List(fields.Nested(ChangeSchema), required=True, attribute="data.changes")
    approvers = fields.List(fields.String(), required=True, metadata=about(f"each must approve: {_SEAT}"))
    fingerprint = fields.String(required=True, metadata=about("SHA-256 of what the approvers decide about"))
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    reason = fields.String(required=True, allow_none=True, metadata=about("why the client asks it"))
    proposed_by = fields.String(required=True)
    proposed_at = fields.AwareDateTime(required=True)
    settled_at = fields.AwareDateTime(required=True, allow_none=True)


class DecisionSchema(Schema):
    """What somebody decided from one seat."""

    seat = fields.String(required=True, metadata=about(_SEAT))
    decision = fields.String(required=True, validate=validate.OneOf(DECISIONS))
    decided_by = fields.String(required=True)
    on_behalf_of = fields.String(required=True, allow_none=True, metadata=about("who was absent"))
    decided_at = fields.AwareDateTime(required=True)
    reason = fields.String(required=True, allow_none=True)
    fingerprint = fields.String(required=True, metadata=about("of what it was about; another one no longer counts"))


class SeatSchema(Schema):
    """A seat that must approve."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    approved_by = fields.String(required=True, allow_none=True, metadata=about("null while it waits"))
    yours = fields.Boolean(required=True, metadata=about("whether the caller may decide from it now"))


class ListedSchema(DeviationSchema):
    """A deviation with its seats and everything that was decided about it."""

    seats = fields.List(fields.Nested(SeatSchema), required=True)
    decisions = fields.List(fields.Nested(DecisionSchema), required=True)
    good_until = fields.Date(required=True, allow_none=True, metadata=about("last day on which the approvals given are good"))


class DeviationsSchema(Schema):
    """The deviations of an agreement: those that are part of it, and those that were asked and are not."""

    items = fields.List(fields.Nested(ListedSchema), required=True)
    history = fields.List(fields.Nested(ListedSchema), required=True)


class TermChangeSchema(Schema):
    """A term that becomes another one."""

    id = fields.String(required=True)
    group = fields.String(required=True, validate=validate.OneOf(GROUPS))
    label = fields.String(required=True)
    before = fields.String(required=True, metadata=about("as printed"))
    after = fields.String(required=True)


class LowerSchema(Schema):
    """A rung below what is asked, that might do."""

    row = fields.Integer(required=True, allow_none=True)
    rung = fields.String(required=True)
    title = fields.String(required=True)
    label = fields.String(required=True)
    approvers = fields.List(fields.String(), required=True)


class VoidedSchema(Schema):
    """An approval that no longer holds because what it was about is edited."""

    id = fields.String(required=True, attribute="label")
    label = fields.String(required=True, attribute="words")
    approved_by = fields.List(fields.String(), required=True)


class PieceSchema(Schema):
    """A stretch of words that stayed, went or came."""

    op = fields.String(required=True, validate=validate.OneOf(("equal", "delete", "insert")))
    text = fields.String(required=True)


class ClauseLineSchema(Schema):
    """A line of a clause with its word marks."""

    label = fields.String(required=True)
    pieces = fields.List(fields.Nested(PieceSchema), required=True)


class ClauseChangeSchema(Schema):
    """A clause whose words change."""

    clause = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(("changed", "added", "removed")))
    only_numbers = fields.Boolean(required=True, metadata=about("only the numbers of its references change"))
    lines = fields.List(fields.Nested(ClauseLineSchema), required=True, metadata=about("the lines that change"))


class LookSchema(Schema):
    """What asking a deviation would do; nothing is saved."""

    possible = fields.Boolean(required=True, metadata=about("whether it can be asked; if not, `problem` and `fields` say why"))
    key = fields.String(required=True, allow_none=True)
    deviation = fields.Dict(required=True, allow_none=True, metadata=about("its entry in the document (docs/snapshot.md)"))
    approvers = fields.List(fields.String(), required=True, metadata=about(_SEAT))
    settled = fields.Boolean(required=True, metadata=about("within the caller's own authority: approved at once"))
    voided = fields.List(fields.Nested(VoidedSchema), required=True)
    terms = fields.List(fields.Nested(TermChangeSchema), required=True)
    newly_open = fields.List(fields.String(), required=True, metadata=about("duties of Art. 28 that this would leave uncovered"))
    open = fields.List(fields.String(), required=True, metadata=about("all duties that then are uncovered; issuing needs none"))
    lower = fields.List(fields.Nested(LowerSchema), required=True)
    loose_figures = fields.List(
        fields.String(), required=True, attribute="loose", metadata=about("figures in own wording that nothing calculates with")
    )
    text = fields.List(fields.Nested(ClauseChangeSchema), required=True)
    problem = fields.Dict(required=True, allow_none=True, metadata=about("code and message"))
    fields_ = fields.List(fields.Dict(), required=True, data_key="fields", metadata=about("field, code and message"))


class DecidedSchema(Schema):
    """What a decision did."""

    deviation = fields.Nested(ListedSchema, required=True)
    seats = fields.List(fields.String(), required=True, metadata=about("those the caller filled"))
    counter = fields.Nested(ListedSchema, required=True, allow_none=True, metadata=about("what takes its place after a counter"))


class RungSchema(Schema):
    """A pre-worded fallback."""

    id = fields.String(required=True)
    label = fields.String(required=True)
    sets = fields.Dict(required=True, metadata=about("values by parameter; amounts as text"))
    asks = fields.List(fields.String(), required=True, metadata=about("parameters to give in `values`"))
    approvers = fields.List(fields.String(), required=True)


class LadderSchema(Schema):
    """A row of the playbook: standard, rungs in order of concession, and the line beyond which nothing is agreed."""

    row = fields.Integer(required=True, allow_none=True)
    clause = fields.String(required=True)
    title = fields.String(required=True)
    standard = fields.String(required=True)
    rungs = fields.List(fields.Nested(RungSchema), required=True)
    walk_away = fields.String(required=True, metadata=about("cannot be asked, by nobody"))


class ApproverSchema(Schema):
    """A seat and the role of the product that holds it."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    role = fields.String(required=True)


class PlaybookSchema(Schema):
    """The playbook of the clause library in force."""

    ladders = fields.List(fields.Nested(LadderSchema), required=True)
    approvers = fields.List(fields.Nested(ApproverSchema), required=True)
    own_authority = fields.List(fields.String(), required=True, metadata=about("seats that sales fills by asking"))
    approval_days = fields.Integer(required=True, metadata=about("days an approval stays good"))
    reminder_days = fields.Integer(required=True, metadata=about("days after which a waiting approver is reminded"))


def asked_schema(block: dict[str, Any], parameters: list[str]) -> dict[str, Any]:
    """The body of a proposal: a value, or an entry of a request's `deviations`. In: the schema of such an entry, and the terms."""
    single = {
        "type": "object",
        "title": "A value",
        "description": "A term of the agreement is to have another value, within its bounds (GET /parameters).",
        "properties": {
            "class": {"const": "value"},
            "parameter": {"type": "string", "enum": parameters},
            "value": about("as in the `parameters` of a request: amounts as text in EUR, durations as whole numbers"),
        },
        "required": ["class", "parameter", "value"],
        "additionalProperties": False,
    }
    return {"anyOf": [single, {**block, "title": "A rung, own wording, a clause removed or added, a change found in a file"}]}


def decision_schema() -> dict[str, Any]:
    """The body of a decision."""
    return {
        "type": "object",
        "properties": {
            "decision": {"type": "string", "enum": list(DECISIONS)},
            "reason": {"type": ["string", "null"], "maxLength": 500, "description": "needed to reject or to counter"},
            "counter": {
                "anyOf": [{"$ref": "#/components/schemas/DeviationRequest"}, {"type": "null"}],
                "description": "with `counter`: what is to take its place",
            },
        },
        "required": ["decision"],
        "additionalProperties": False,
    }
