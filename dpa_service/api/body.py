"""Reading bodies and preconditions, with the strictness that contracts need."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from flask import Response, jsonify, request
from werkzeug.exceptions import BadRequest, PreconditionFailed, PreconditionRequired, UnsupportedMediaType

_DEEPEST = 30


def json_body() -> Any:
    """The body as plain JSON. Errors: 415 when it is not declared as JSON, 400 when it is not JSON, 413 when it is too large.

    A key that stands twice, NaN, and nesting without end are refused: readers would disagree about what they mean.
    """
    if not request.is_json:
        raise UnsupportedMediaType
    try:
        data = json.loads(request.get_data(cache=False), object_pairs_hook=_once, parse_constant=_no_constant)
        if _depth(data) > _DEEPEST:
            raise BadRequest
    except (ValueError, RecursionError) as trouble:
        raise BadRequest from trouble
    return data


def no_body() -> None:
    """For a call whose address says it all: the body is empty or {}. Error: 400."""
    if request.get_data(cache=False).strip() not in (b"", b"{}"):
        raise BadRequest


def expected_version(*, needed: bool) -> int | None:
    """The version the caller read, from If-Match; None when any will do. Errors: 428 when it is needed and missing, 412."""
    tags = request.if_match
    if "If-Match" not in request.headers:
        if needed:
            raise PreconditionRequired
        return None
    if tags.star_tag:
        return None
    known = [tag for tag in tags.as_set() if tag and tag.isascii() and tag.isdigit() and len(tag) < 10]
    if len(known) != 1:
        raise PreconditionFailed
    return int(known[0])


def with_etag(answer: Response, version: int) -> Response:
    """The answer with the ETag that If-Match takes."""
    answer.set_etag(str(version))
    return answer


def created(body: dict[str, Any]) -> Response:
    """The answer about what was just made."""
    answer = jsonify(body)
    answer.status_code = 201
    return answer


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice")
    return made


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _depth(data: Any) -> int:
    children = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return 1 + max((_depth(child) for child in children), default=0)
