"""One deviation as somebody asks it, read by itself: its form, with the names of its own fields where something is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import ValidationError
from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import reading
from dpa_service.domain.contract.asked import VALUE
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.terms import ValueTrouble, parse_value, plain
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.services.agreements import agreements
from dpa_service.services.agreements.request_fields import block_schema
from dpa_service.services.agreements.request_schema import flatten
from dpa_service.services.library import library as releases
from dpa_service.services.negotiation.deviation_fields import deviation_block

Json = dict[str, Any]
_INSIDE = re.compile(r"deviations\[[0-9]+\]\.?")


def library_of(session: Session, agreement_id: str) -> Library:
    """The release of the clause library that an agreement was made with. Error: ``NotFound``."""
    with reading(session):
        return releases.pinned(session, agreements.found(session, agreement_id).library_hash)


def read_entry(data: Any, library: Library) -> Json:
    """An entry of a request's `deviations`, or ``{"class": "value", "parameter": …, "value": …}``, in its normal form.

    Error: ``RequestInvalid`` naming each wrong field of the entry.
    """
    if not isinstance(data, Mapping):
        raise RequestInvalid([FieldError("", "TYPE", "An object is expected here: { … }.")])
    if data.get("class") != VALUE:
        try:
            return dict(deviation_block(library).load(data))
        except ValidationError as trouble:
            raise RequestInvalid(flatten(trouble.messages)) from trouble
    errors = [
        FieldError(str(name)[:80], "UNKNOWN_FIELD", "This field is not known; remove it or check its spelling.")
        for name in data
        if name not in ("class", "parameter", "value")
    ]
    name = data.get("parameter")
    parameter = library.parameters.get(name) if isinstance(name, str) else None
    if parameter is None:
        errors.append(FieldError("parameter", "CHOICE", "Name the term whose value is asked; the list is at /api/v1/parameters."))
        raise RequestInvalid(errors)
    try:
        value = plain(parse_value(parameter, data.get("value")))
    except ValueTrouble as trouble:
        raise RequestInvalid([*errors, FieldError("value", trouble.code, trouble.message)]) from trouble
    if errors:
        raise RequestInvalid(errors)
    return {"class": VALUE, "parameter": name, "value": value}


def deviation_json_schema(library: Library) -> Json:
    """The JSON Schema of an entry of a request's `deviations`."""
    return block_schema(deviation_block(library))


def relative(errors: Iterable[FieldError], entry: Mapping[str, Any]) -> list[FieldError]:
    """Errors of the whole request with the names of the fields of the one entry that was asked."""
    own = f"parameters.{entry.get('parameter')}"
    return [
        FieldError("value" if error.field == own else _INSIDE.sub("", error.field), error.code, error.message) for error in errors
    ]
