"""Invoices and credit notes: the register, drafts looked at, changed, discarded and issued, and the frozen documents."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from dpa_service.api.assistance_bodies import DraftsBlock, TextsBlock
from dpa_service.api.assistance_roles import BILLERS, READERS
from dpa_service.api.blueprint import Blueprint
from dpa_service.api.body import expected_version, json_body, no_body, with_etag
from dpa_service.api.invoice_schemas import (
    DraftCheckSchema,
    EvidenceSchema,
    InvoicePage,
    InvoiceSchema,
    InvoicesQuery,
    IssuedRunSchema,
)
from dpa_service.api.schemas import NeededKey, body_of, if_match
from dpa_service.services.assistance.assistance_schema import load
from dpa_service.services.invoices import (
    billing,
    draft_check,
    invoice_files,
    invoice_list,
    invoices_plain,
    invoicing,
    issue_all,
    line_evidence,
)
from dpa_service.serving.access import allow, scope
from dpa_service.serving.answers import download
from dpa_service.serving.runtime import actor, now, runtime, session, today

blp = Blueprint("invoices-api", __name__, description="Invoices and credit notes. Amounts are EUR as text with two decimals.")

_ONE = "/invoices/<hex:invoice_id>"
_BINARY = {"type": "string", "format": "binary"}
_MATCH: dict[str, Any] = {"parameters": [if_match(required=True)]}


@blp.route("/invoices", methods=["GET"])
@blp.arguments(InvoicesQuery, location="query")
@blp.response(200, InvoicePage)
@allow(*READERS)
def listing(query: dict[str, Any]) -> Response:
    """Drafts, invoices and credit notes, newest first; q looks in numbers, structured communications and the client's name and number."""
    return jsonify(invoices_plain.register(invoice_list.register(session(), today=today(), **query)))


@blp.route(_ONE, methods=["GET"])
@blp.response(200, InvoiceSchema)
@allow(*READERS)
def read(invoice_id: str) -> Response:
    """One document with its lines, payments, credit notes and sending; the ETag is what a change needs as If-Match."""
    return answered(invoicing.get(session(), invoice_id))


@blp.route(f"{_ONE}/evidence", methods=["GET"])
@blp.response(200, EvidenceSchema)
@allow(*READERS)
def evidence(invoice_id: str) -> Response:
    """What stands behind each line: the clause of the client's own agreement, the request, every entry and who approved it."""
    return jsonify({"items": [invoices_plain.chain(each) for each in line_evidence.chains(session(), invoice_id)]})


@blp.route(f"{_ONE}/check", methods=["GET"])
@blp.response(200, DraftCheckSchema)
@allow(*READERS)
def check(invoice_id: str) -> Response:
    """What issuing a draft today would give, and everything that would stop it. No number is taken."""
    return jsonify(invoices_plain.trial(draft_check.trial(session(), runtime().library, invoice_id, today=today())))


@blp.route(f"{_ONE}/preview.pdf", methods=["GET"])
@blp.response(200, _BINARY, content_type="application/pdf")
@allow(*READERS)
def preview(invoice_id: str) -> Response:
    """A draft as it would look when issued today, marked as a draft."""
    return download(invoicing.preview(session(), runtime().library, invoice_id, kind=invoicing.PDF, today=today()))


@blp.route(f"{_ONE}/preview-timesheet.pdf", methods=["GET"])
@blp.response(200, _BINARY, content_type="application/pdf")
@allow(*READERS)
def preview_timesheet(invoice_id: str) -> Response:
    """The timesheet of a draft, marked as a draft."""
    return download(invoicing.preview(session(), runtime().library, invoice_id, kind=invoicing.TIMESHEET, today=today()))


@blp.route(f"{_ONE}/texts", methods=["PATCH"])
@blp.doc(**_MATCH, **body_of("InvoiceTexts"))
@blp.response(200, InvoiceSchema)
@allow(*BILLERS)
def edit_texts(invoice_id: str) -> Response:
    """Other words on a draft; amounts follow the minutes and are not typed."""
    version = expected_version(needed=True)
    body = json_body()
    asked = load(TextsBlock(), body)
    note = "" if body.get("note", "") is None else asked.get("note")
    billing.edit_texts(
        session(), invoice_id, asked.get("texts", {}), note=note, expected_version=version, actor=actor(), now=now()
    )
    return read(invoice_id)


@blp.route(f"{_ONE}/discard", methods=["POST"])
@blp.doc(**_MATCH)
@blp.response(200, InvoiceSchema)
@allow(*BILLERS)
def discard(invoice_id: str) -> Response:
    """Put a draft aside: its minutes can be charged again."""
    version = expected_version(needed=True)
    no_body()
    billing.discard(session(), invoice_id, expected_version=version, actor=actor(), now=now())
    return read(invoice_id)


@blp.route(f"{_ONE}/issue", methods=["POST"])
@blp.arguments(NeededKey, location="headers")
@blp.doc(parameters=[if_match(required=False)])
@blp.response(200, InvoiceSchema)
@scope("issue")
@allow(*BILLERS)
def issue(headers: dict[str, Any], invoice_id: str) -> Response:
    """Issue a draft: number, frozen documents, a place in the queue of sending. A refused check names its fields and takes no number."""
    no_body()
    version = expected_version(needed=False)
    found = invoicing.issue(
        session(), runtime().library, invoice_id, key=headers["key"], expected_version=version, actor=actor(), now=now(), today=today()
    )  # fmt: skip
    return answered(found)


@blp.route("/invoices/issue", methods=["POST"])
@blp.doc(**body_of("DraftsToIssue"))
@blp.response(200, IssuedRunSchema)
@scope("issue")
@allow(*BILLERS)
def issue_many() -> Response:
    """Issue these drafts, each in a transaction of its own; one that cannot be issued stops none of the others.

    What is no draft any more is left out, so that the call may be repeated.
    """
    ids = load(DraftsBlock(), json_body())["ids"]
    rows = issue_all.issue_all(session(), runtime().library, ids, actor=actor(), now=now(), today=today())
    return jsonify({"items": [invoices_plain.issued(row) for row in rows]})


@blp.route(f"{_ONE}/xml", methods=["GET"])
@blp.response(200, _BINARY, content_type="application/xml")
@allow(*READERS)
def xml(invoice_id: str) -> Response:
    """The UBL file of an issued document (Peppol BIS Billing 3.0), with the timesheet inside."""
    return download(invoicing.document(session(), invoice_id, invoicing.XML))


@blp.route(f"{_ONE}/pdf", methods=["GET"])
@blp.response(200, _BINARY, content_type="application/pdf")
@allow(*READERS)
def pdf(invoice_id: str) -> Response:
    """The PDF of an issued document."""
    return download(invoicing.document(session(), invoice_id, invoicing.PDF))


@blp.route(f"{_ONE}/timesheet", methods=["GET"])
@blp.response(200, _BINARY, content_type="application/pdf")
@allow(*READERS)
def timesheet(invoice_id: str) -> Response:
    """The timesheet of an issued invoice as PDF."""
    return download(invoicing.document(session(), invoice_id, invoicing.TIMESHEET))


@blp.route(f"{_ONE}/timesheet.csv", methods=["GET"])
@blp.response(200, {"type": "string"}, content_type="text/csv")
@allow(*READERS)
def timesheet_csv(invoice_id: str) -> Response:
    """The same as CSV, as it stands inside the UBL file."""
    return download(invoice_files.timesheet_csv(session(), invoice_id))


def answered(found: invoicing.Details, status: int = 200) -> Response:
    """A document as the API answers it, with its ETag."""
    answer = jsonify(invoices_plain.details(found))
    answer.status_code = status
    return with_etag(answer, found.invoice.version)
