"""Errors turned into answers, in this one place: JSON of one shape under /api/, a page elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import sqlalchemy.exc
import sqlalchemy.orm.exc
from flask import Flask, Response, jsonify, render_template, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, SecurityError
from werkzeug.wrappers import Response as BaseResponse

from dpa_service.domain.errors import DomainError, FieldError, LibraryProblem, NotCovered, RequestInvalid
from dpa_service.domain.negotiation.approval import NotAllowed
from dpa_service.services.agreements.request_schema import flatten
from dpa_service.services.errors import Conflict, Damaged, NotFound, Stale
from dpa_service.services.liability.claim_payments import Overdrawn
from dpa_service.services.negotiation.deviations import NotApproved
from dpa_service.serving import logs
from dpa_service.serving.guard import is_api
from dpa_service.serving.headers import request_id

_KEPT = ("Allow", "WWW-Authenticate", "Retry-After")
_WORDS = {
    400: "The request cannot be read; send it as the documentation says.",
    401: "This needs a token that works: Authorization: Bearer dpa_…",
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
    412: "The object was changed since you read it; read it again.",
    413: "The request is larger than the service takes; send less than 1 MB.",
    415: "Send the body as JSON, with Content-Type: application/json.",
    422: "Some fields are wrong; they are named below.",
    429: "Too many wrong attempts; wait a minute.",
    428: "Send If-Match with the ETag of what you read, so that nobody's change is overwritten.",
    500: "Something went wrong on our side. Nothing was changed. Give the request id when you report it.",
    503: "The service is busy; repeat the request in a moment.",
}
# Codes are ours where Python's names for a status changed between versions.
_CODES = {413: "CONTENT_TOO_LARGE", 422: "REQUEST_INVALID"}
# The most telling class first.
_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (RequestInvalid, 422),
    (NotCovered, 409),
    (LibraryProblem, 503),
    (NotFound, 404),
    (Stale, 412),
    (Conflict, 409),
    (Damaged, 500),
    (NotApproved, 409),
    (NotAllowed, 403),
    (DomainError, 422),
)


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, as it is told to the caller."""

    status: int
    code: str
    message: str
    fields: list[FieldError] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)


def register(app: Flask) -> None:
    """Answer for every error. Replaces flask-smorest's own handler, which would turn the errors of pages into JSON too."""
    for kind in (HTTPException, DomainError, sqlalchemy.orm.exc.StaleDataError, sqlalchemy.exc.OperationalError):
        app.register_error_handler(kind, answer)


def answer(trouble: Exception) -> Response | BaseResponse | tuple[str, int, dict[str, str]]:
    """The answer to an error of any kind."""
    if isinstance(trouble, HTTPException) and (trouble.code is None or trouble.code < 400):
        return trouble.get_response()
    problem = describe(trouble)
    if problem.status >= 500:
        logs.failure(getattr(trouble, "original_exception", None) or trouble)
    if is_api(request.path):
        return api_answer(problem)
    if isinstance(trouble, SecurityError):  # a host that is not ours: there is no address to link to
        return _bare(problem)
    try:
        page = render_template("error.html", problem=problem, request_id=request_id())
    except sqlalchemy.exc.SQLAlchemyError:  # every page asks who is signed in, and the database is what fails
        return _bare(problem)
    return page, problem.status, problem.headers


def _bare(problem: Problem) -> tuple[str, int, dict[str, str]]:
    """The answer where no page can be made."""
    text = f"{problem.message}\n{request_id()}\n"
    return text, problem.status, {**problem.headers, "Content-Type": "text/plain; charset=utf-8"}


def api_answer(problem: Problem) -> Response:
    """The one shape of the API's errors."""
    body = {
        "code": problem.code,
        "message": problem.message,
        "fields": [{"field": wrong.field, "code": wrong.code, "message": wrong.message} for wrong in problem.fields],
        "request_id": request_id(),
    }
    made = jsonify({"error": body})
    made.status_code = problem.status
    made.headers.update(problem.headers)
    return made


def describe(trouble: Exception) -> Problem:
    """What an error means for the caller; what he must not know is left out."""
    if isinstance(trouble, DomainError):
        status = next(status for kind, status in _STATUS if isinstance(trouble, kind))
        message = _WORDS[500] if status == 500 else trouble.message
        return Problem(status, trouble.code, message, list(_fields(trouble)))
    if isinstance(trouble, sqlalchemy.orm.exc.StaleDataError):
        return Problem(412, "STALE", _WORDS[412])
    if isinstance(trouble, sqlalchemy.exc.OperationalError):
        return Problem(503, "DATABASE_UNAVAILABLE", _WORDS[503], headers={"Retry-After": "2"})
    if isinstance(trouble, HTTPException) and trouble.code:
        return _http(trouble, trouble.code)
    return Problem(500, "INTERNAL", _WORDS[500])


def _http(trouble: HTTPException, status: int) -> Problem:
    detail = getattr(trouble, "data", None)  # what webargs says about query and headers
    fields: list[FieldError] = []
    if isinstance(detail, Mapping) and isinstance(messages := detail.get("messages"), Mapping):
        fields = [wrong for inner in messages.values() for wrong in flatten(inner)]
    kept = {name: value for name, value in trouble.get_headers() if name in _KEPT}
    if isinstance(trouble, MethodNotAllowed) and trouble.valid_methods:
        kept["Allow"] = ", ".join(sorted(trouble.valid_methods))
    own = trouble.description if status == 403 else None
    message = own or _WORDS.get(status) or HTTPStatus(status).phrase
    return Problem(status, _CODES.get(status) or HTTPStatus(status).name, message, fields, kept)


def _fields(trouble: DomainError) -> Iterable[FieldError]:
    if isinstance(trouble, RequestInvalid):
        yield from trouble.errors
    elif isinstance(trouble, Overdrawn):  # the figures of a payment that was refused
        for name, figure in (("pool", trouble.pool), ("asked", trouble.asked), ("remaining", trouble.remaining)):
            yield FieldError(name, trouble.code, str(figure))
    elif isinstance(trouble, NotApproved):
        for label, words, seats in trouble.waiting:
            yield FieldError(label, "WAITS", f"{words} waits for {', '.join(seats)}.")
    elif isinstance(trouble, NotCovered):
        for duty in trouble.duties:
            yield FieldError("coverage", str(duty), f"The document does not fully cover Art. {duty} GDPR.")


def error_schema() -> dict[str, Any]:
    """The JSON Schema of an error."""
    text = {"type": "string"}
    wrong = {"type": "object", "properties": dict.fromkeys(("field", "code", "message"), text)}
    properties = {"code": text, "message": text, "fields": {"type": "array", "items": wrong}, "request_id": text}
    return {
        "type": "object",
        "properties": {"error": {"type": "object", "properties": properties, "required": list(properties)}},
        "required": ["error"],
    }
