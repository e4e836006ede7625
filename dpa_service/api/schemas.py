"""What the API answers and which queries it takes."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from dpa_service.api.deviation_schemas import DeviationSchema, VoidedSchema
from dpa_service.domain.lifecycle import STATES
from dpa_service.services.agreements.request_schema import FAMILIES
from dpa_service.services.paging import LIMIT


def printable(text: str) -> None:
    """A rule of a field of an address. Error: marshmallow's ValidationError for control characters."""
    if not text.isprintable():
        raise ValidationError("Give a text on one line, without control characters.")


class WrongFieldSchema(Schema):
    """One wrong field."""

    field = fields.String(required=True, metadata={"description": "dotted path, such as transfers[0].country"})
    code = fields.String(required=True)
    message = fields.String(required=True)


class ErrorBodySchema(Schema):
    """What went wrong."""

    code = fields.String(required=True, metadata={"description": "stable and machine-readable"})
    message = fields.String(required=True)
    fields_ = fields.List(fields.Nested(WrongFieldSchema), required=True, data_key="fields")
    request_id = fields.String(required=True)


class ErrorSchema(Schema):
    """Every error of the API has this shape."""

    error = fields.Nested(ErrorBodySchema, required=True)


class DocumentQuery(Schema):
    """Which family of documents a request is for."""

    document = fields.String(load_default="agreement", validate=validate.OneOf(FAMILIES))


class DraftQuery(DocumentQuery):
    """How a draft is made."""

    client_id = fields.String(load_default=None, validate=validate.Regexp("^[0-9a-f]{32}$"))


class UpdateQuery(Schema):
    """How a draft is changed."""

    client_id = fields.String(load_default=None, validate=validate.Regexp("^[0-9a-f]{32}$"))
    renew_library = fields.Boolean(
        load_default=False,
        metadata={"description": "take the newest clause library; without it the draft keeps the one it was made with"},
    )


class PageQuery(Schema):
    """Which page."""

    cursor = fields.String(load_default=None, validate=validate.Length(max=200))
    limit = fields.Integer(load_default=50, strict=False, validate=validate.Range(1, LIMIT))
    text = fields.String(load_default=None, data_key="q", validate=[validate.Length(max=100), printable])


class AgreementsQuery(PageQuery):
    """Which agreements."""

    state = fields.String(load_default=None, validate=validate.OneOf(STATES))
    client_id = fields.String(load_default=None, validate=validate.Regexp("^[0-9a-f]{32}$"))


_KEY = validate.Regexp(r"^[!-~]{1,200}$", error="Give 1 to 200 visible ASCII characters, such as a UUID.")


class OptionalKey(Schema):
    """A key that makes a repeated call harmless."""

    key = fields.String(load_default=None, data_key="Idempotency-Key", validate=_KEY)


class NeededKey(Schema):
    """The same, where a call must not happen twice."""

    key = fields.String(required=True, data_key="Idempotency-Key", validate=_KEY)


class ClientSchema(Schema):
    """A client."""

    id = fields.String(required=True)
    version = fields.Integer(required=True)
    name = fields.String(required=True)
    data = fields.Dict(required=True, data_key="client", metadata={"description": "as in a request"})
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)


class ClientPage(Schema):
    """Some clients."""

    items = fields.List(fields.Nested(ClientSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class AgreementSummary(Schema):
    """An agreement in a list."""

    id = fields.String(required=True)
    document = fields.String(required=True, attribute="family")
    state = fields.String(required=True)
    reference = fields.String(required=True, allow_none=True)
    title = fields.String(required=True)
    client_id = fields.String(required=True, allow_none=True)
    effective_from = fields.Date(required=True)
    version = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)


class AgreementPage(Schema):
    """Some agreements."""

    items = fields.List(fields.Nested(AgreementSummary), required=True)
    next = fields.String(required=True, allow_none=True)


class IssueSchema(Schema):
    """The fingerprints of what was issued."""

    reference = fields.String(required=True)
    issued_at = fields.AwareDateTime(required=True)
    snapshot_sha256 = fields.String(required=True)
    docx_sha256 = fields.String(required=True)
    docx_content_hash = fields.String(required=True, metadata={"description": "over the parts, not the compressed bytes"})
    pdf_sha256 = fields.String(required=True)


class AgreementSchema(AgreementSummary):
    """An agreement with its request."""

    library_hash = fields.String(required=True)
    request = fields.Dict(required=True)
    deviations = fields.List(fields.Nested(DeviationSchema), required=True)
    voided = fields.List(
        fields.Nested(VoidedSchema),
        required=True,
        metadata={"description": "approvals that the change just made ended; empty when reading"},
    )
    edition = fields.Integer(required=True, metadata={"description": "1, or higher for a version negotiated further"})
    previous_id = fields.String(required=True, allow_none=True, metadata={"description": "the edition before it"})
    issue = fields.Nested(IssueSchema, required=True, allow_none=True)


class CoverageSchema(Schema):
    """The Art. 28 matrix of one document."""

    complete = fields.Boolean(required=True)
    open = fields.List(fields.String(), required=True, metadata={"description": "duties that are not fully covered"})
    matrix = fields.List(fields.Dict(), required=True)


def body_of(*names: str, required: bool = True) -> dict[str, Any]:
    """The description of a JSON body that is one of these components."""
    refs = [{"$ref": f"#/components/schemas/{name}"} for name in names]
    schema = refs[0] if len(refs) == 1 else {"anyOf": refs}
    return {"requestBody": {"required": required, "content": {"application/json": {"schema": schema}}}}


def if_match(*, required: bool) -> dict[str, Any]:
    """The description of the If-Match header."""
    about = "the ETag of what was read"
    return {"name": "If-Match", "in": "header", "required": required, "description": about, "schema": {"type": "string"}}
