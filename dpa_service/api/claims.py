"""The register of claims: report, assess, pay, undo, settle, reject, files, what-if; and the calculator by itself."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request, url_for

from dpa_service.api.blueprint import Blueprint
from dpa_service.api.body import expected_version, json_body, no_body, with_etag
from dpa_service.api.liability_schemas import (
    AnswerSchema,
    AssessmentNumberQuery,
    ClaimPage,
    ClaimSchema,
    ClaimsQuery,
    DocumentSchema,
    FileQuery,
    PaymentSchema,
    ResultSchema,
    RoomSchema,
    SidesSchema,
)
from dpa_service.api.schemas import NeededKey, OptionalKey, body_of, if_match
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.domain.roles import ADMIN, DPO, FINANCE, LEGAL
from dpa_service.services.agreements import issuing
from dpa_service.services.errors import NotFound
from dpa_service.services.liability import (
    assess_case,
    claim_closing,
    claim_documents,
    claim_list,
    claim_payments,
    claim_trials,
    claims,
    liability_plain,
)
from dpa_service.services.liability.claim_schema import as_json
from dpa_service.services.liability.claim_trials import Subject
from dpa_service.serving.access import allow, scope
from dpa_service.serving.answers import download
from dpa_service.serving.runtime import actor, now, session, today

blp = Blueprint("claims", __name__, description="Claims under the liability clauses. Amounts are EUR as text with two decimals.")

READERS = (LEGAL, FINANCE, DPO, ADMIN)
OPENERS = (LEGAL, ADMIN)
PAYERS = (LEGAL, FINANCE, ADMIN)
_BINARY = {"type": "string", "format": "binary"}
_BYTES = {"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": _BINARY}}}}
_MATCH = {"parameters": [if_match(required=True)]}


@blp.url_value_preprocessor  # type: ignore[untyped-decorator]
def allow_files(endpoint: str | None, _values: object) -> None:
    """A file may be larger than any other request."""
    if endpoint == "claims.attach":
        request.max_content_length = claim_documents.MOST_BYTES + 1000


@blp.route("/assessments", methods=["POST"])
@blp.doc(**body_of("AssessmentCase"))
@blp.response(200, ResultSchema)
@scope("read")
@allow()
def assess_alone() -> Response:
    """What the clauses say about a claim given whole, under the house standard with the params named. Nothing is read or saved."""
    try:
        return jsonify(assess_case.assess_case(json_body()))
    except assess_case.CaseInvalid as trouble:
        raise RequestInvalid(FieldError(name, "INVALID", message) for name, message in trouble.fields.items()) from trouble


@blp.route("/claims", methods=["GET"])
@blp.arguments(ClaimsQuery, location="query")
@blp.response(200, ClaimPage)
@allow(*READERS)
def listing(query: dict[str, Any]) -> Response:
    """Claims, newest first; q looks in references and in the client's name and number."""
    page = claim_list.register(session(), **query)
    items = [
        {**liability_plain.claim(row.claim), "claimed": as_json(row.claimed), "payable": as_json(row.payable),
         "paid_total": as_json(row.paid)}
        for row in page.items
    ]  # fmt: skip
    return jsonify({"items": items, "next": page.next})


@blp.route("/claims", methods=["POST"])
@blp.arguments(OptionalKey, location="headers")
@blp.doc(**body_of("NewClaim"))
@blp.response(201, ClaimSchema)
@allow(*OPENERS)
def create(headers: dict[str, Any]) -> Response:
    """Report a claim against the client's agreement that was in force on the day of the event."""
    data = _object(json_body())
    client_id = data.pop("client_id", None)
    if not isinstance(client_id, str):
        raise RequestInvalid([FieldError("client_id", "REQUIRED", "Say which client it is about.")])
    made = claims.report(session(), client_id, data, key=headers["key"], actor=actor(), now=now(), today=today())
    answer = _answer(made.id, 201)
    answer.headers["Location"] = url_for("claims.read", claim_id=made.id)
    return answer


@blp.route("/claims/<hex:claim_id>", methods=["GET"])
@blp.response(200, ClaimSchema)
@allow(*READERS)
def read(claim_id: str) -> Response:
    """One claim with its assessments, payments and files; the ETag is what a change needs as If-Match."""
    return _answer(claim_id)


@blp.route("/claims/<hex:claim_id>", methods=["PUT"])
@blp.doc(**_MATCH, **body_of("ClaimData"))
@blp.response(200, ClaimSchema)
@allow(*OPENERS)
def update(claim_id: str) -> Response:
    """Replace what was reported, until something is paid or decided; it is then to be assessed again."""
    version = expected_version(needed=True)
    claims.update(session(), claim_id, json_body(), expected_version=version, actor=actor(), now=now(), today=today())
    return _answer(claim_id)


@blp.route("/claims/<hex:claim_id>/assess", methods=["POST"])
@blp.doc(**_MATCH)
@blp.response(200, ClaimSchema)
@allow(*OPENERS)
def assess(claim_id: str) -> Response:
    """Assess with the fees and earlier payments of the register, and keep the answer for good."""
    version = expected_version(needed=True)
    no_body()
    claims.assess(session(), claim_id, expected_version=version, actor=actor(), now=now())
    return _answer(claim_id)


@blp.route("/claims/<hex:claim_id>/what-if", methods=["POST"])
@blp.doc(**body_of("ClaimWhatIf"))
@blp.response(200, AnswerSchema)
@scope("read")
@allow(*READERS)
def what_if(claim_id: str) -> Response:
    """The claim as it would come out with other facts, terms or fees. Nothing is saved."""
    return jsonify(claims.what_if(session(), claim_id, json_body()))


@blp.route("/claims/<hex:claim_id>/compare", methods=["POST"])
@blp.doc(**body_of("ClaimComparison"))
@blp.response(200, SidesSchema)
@scope("read")
@allow(*READERS)
def compare(claim_id: str) -> Response:
    """The same claim under its own terms, the house standard, or another agreement or draft of this client. Nothing is saved."""
    body = _object(json_body())
    terms = body.pop("terms", None)
    changes = body.pop("changes", None)
    errors = [FieldError(str(name)[:80], "UNKNOWN_FIELD", "This field is not known; remove it.") for name in body]
    if not isinstance(terms, list) or not 1 <= len(terms) <= 5 or not all(_is_terms(name) for name in terms):
        errors.append(FieldError("terms", "CHOICE", "Give one to five of: own, standard, the id of an agreement or draft."))
    if errors:
        raise RequestInvalid(errors)
    return jsonify({"items": claim_trials.tried(session(), Subject(claim_id=claim_id), list(terms or ()), changes)})


@blp.route("/claims/<hex:claim_id>/room", methods=["GET"])
@blp.response(200, RoomSchema)
@allow(*READERS)
def room(claim_id: str) -> Response:
    """What can still be paid on an assessed claim."""
    return jsonify(liability_plain.room(claim_payments.room(session(), claim_id)))


@blp.route("/claims/<hex:claim_id>/payments", methods=["POST"])
@blp.arguments(NeededKey, location="headers")
@blp.doc(parameters=[if_match(required=False)], **body_of("ClaimPayment"))
@blp.response(201, PaymentSchema)
@allow(*PAYERS)
def pay(headers: dict[str, Any], claim_id: str) -> Response:
    """Pay on an assessed claim. More than what remains is refused: 409 OVERDRAWN, with the figures. The same key pays once."""
    version = expected_version(needed=False)
    made = claim_payments.pay(
        session(), claim_id, json_body(), key=headers["key"], expected_version=version, actor=actor(), now=now(), today=today()
    )
    return _made(liability_plain.payment(made))


@blp.route("/claims/<hex:claim_id>/payments/<hex:payment_id>/counter-entry", methods=["POST"])
@blp.doc(**body_of("ReasonData"))
@blp.response(201, PaymentSchema)
@allow(*PAYERS)
def correct(claim_id: str, payment_id: str) -> Response:
    """Undo a payment by a counter-entry, once; the claim is open again."""
    why = _reason()
    if payment_id not in {each.id for each in claims.get(session(), claim_id).payments}:
        raise NotFound("payment of this claim")
    return _made(liability_plain.payment(claim_payments.correct(session(), payment_id, reason=why, actor=actor(), now=now())))


@blp.route("/claims/<hex:claim_id>/settle", methods=["POST"])
@blp.doc(**_MATCH)
@blp.response(200, ClaimSchema)
@allow(*OPENERS)
def settle(claim_id: str) -> Response:
    """Close an assessed claim without a further payment."""
    version = expected_version(needed=True)
    no_body()
    claim_closing.settle(session(), claim_id, expected_version=version, actor=actor(), now=now())
    return _answer(claim_id)


@blp.route("/claims/<hex:claim_id>/reject", methods=["POST"])
@blp.doc(**_MATCH, **body_of("ReasonData"))
@blp.response(200, ClaimSchema)
@allow(*OPENERS)
def reject(claim_id: str) -> Response:
    """Reject a claim, with a reason."""
    version = expected_version(needed=True)
    claims.reject(session(), claim_id, reason=_reason(), expected_version=version, actor=actor(), now=now())
    return _answer(claim_id)


@blp.route("/claims/<hex:claim_id>/documents", methods=["POST"])
@blp.arguments(FileQuery, location="query")
@blp.doc(**_BYTES)
@blp.response(201, DocumentSchema)
@allow(*PAYERS)
def attach(query: dict[str, Any], claim_id: str) -> Response:
    """Keep a file with the claim, its bytes being the body; the same bytes again give the file that is there."""
    content = request.get_data(cache=False)
    made = claim_documents.attach(session(), claim_id, name=query["name"], content=content, actor=actor(), now=now())
    return _made(liability_plain.document(made))


@blp.route("/claims/<hex:claim_id>/documents/<hex:document_id>", methods=["GET"])
@blp.response(200, _BINARY, content_type="application/octet-stream")
@allow(*READERS)
def document(claim_id: str, document_id: str) -> Response:
    """A file as it came."""
    return download(claim_documents.attached(session(), claim_id, document_id))


@blp.route("/claims/<hex:claim_id>/assessment.docx", methods=["GET"])
@blp.arguments(AssessmentNumberQuery, location="query")
@blp.response(200, _BINARY, content_type=issuing.MIMETYPES["docx"])
@allow(*READERS)
def assessment_docx(query: dict[str, Any], claim_id: str) -> Response:
    """A kept assessment as a Word file, the newest unless `number` says which."""
    return download(claim_documents.assessment(session(), claim_id, "docx", query["number"]))


@blp.route("/claims/<hex:claim_id>/assessment.pdf", methods=["GET"])
@blp.arguments(AssessmentNumberQuery, location="query")
@blp.response(200, _BINARY, content_type=issuing.MIMETYPES["pdf"])
@allow(*READERS)
def assessment_pdf(query: dict[str, Any], claim_id: str) -> Response:
    """The same as PDF."""
    return download(claim_documents.assessment(session(), claim_id, "pdf", query["number"]))


def _answer(claim_id: str, status: int = 200) -> Response:
    found = claims.get(session(), claim_id)
    answer = jsonify(liability_plain.claim_details(found))
    answer.status_code = status
    return with_etag(answer, found.claim.version)


def _made(body: dict[str, Any]) -> Response:
    answer = jsonify(body)
    answer.status_code = 201
    return answer


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise RequestInvalid([FieldError("", "TYPE", "An object is expected here: { … }.")])
    return dict(body)


def _reason() -> str:
    body = _object(json_body())
    reason = body.pop("reason", "")
    errors = [FieldError(str(name)[:80], "UNKNOWN_FIELD", "This field is not known; remove it.") for name in body]
    if not isinstance(reason, str):
        errors.append(FieldError("reason", "TYPE", "A text is expected here."))
    if errors:
        raise RequestInvalid(errors)
    return str(reason)


def _is_terms(name: Any) -> bool:
    known = isinstance(name, str) and (name in ("own", "standard") or (len(name) == 32 and set(name) <= set("0123456789abcdef")))
    return bool(known)
