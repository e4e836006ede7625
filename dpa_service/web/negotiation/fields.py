"""Between the page of one clause and what is asked: `ask` names the choice, the other fields give its values and words.

ask = ladder:<row>:<rung> | value:<parameter> | modified | removed | added
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _

from dpa_service.domain.contract.asked import ladder_of, rung_of
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.services.agreements.form_data import NONE, typed_value
from dpa_service.services.negotiation.deviation_entry import read_entry
from dpa_service.web.sales.fields import Posted

Json = dict[str, Any]
MODIFIED, REMOVED, ADDED = "modified", "removed", "added"


def entry_of(posted: Posted, clause: str, library: Library, request: Mapping[str, Any]) -> Json:
    """What a posted page asks. Error: ``RequestInvalid`` with the names of the entry's fields, or `ask` where nothing is chosen."""
    kind, _sep, rest = posted.get("ask", "").partition(":")
    entry: Json
    if kind == "ladder":
        row, _sep, rung = rest.partition(":")
        number = int(row) if row.isdigit() and len(row) < 4 else None
        found = ladder_of(library, number)
        chosen = rung_of(found[1], rung) if found and found[0].id == clause else None
        if chosen is None:
            raise _nothing()
        entry = {"class": "fallback", "row": number, "rung": rung}
        if chosen.asks:
            entry["values"] = {name: typed(posted, f"values.{name}", name, library) for name in chosen.asks}
    elif kind == "value" and rest in library.parameters:
        entry = {"class": "value", "parameter": rest, "value": typed(posted, f"parameters.{rest}", rest, library)}
        return read_entry(entry, library)
    elif kind in (MODIFIED, REMOVED):
        entry = {"class": kind, "clause": clause}
        if kind == MODIFIED:
            entry["text"] = posted.get("text", "")
    elif kind == ADDED:
        name = posted.get("added_id", "")
        known = {each["id"] for each in asked_added(request)}
        entry = {
            "class": ADDED,
            "id": name if name in known else free_id(known),
            "after": clause,
            "text": posted.get("added_text", ""),
        }
    else:
        raise _nothing()
    if reason := " ".join(posted.get("reason", "").split()):
        entry["reason"] = reason
    return read_entry(entry, library)


def _nothing() -> RequestInvalid:
    return RequestInvalid([FieldError("ask", "REQUIRED", str(_("Choose what the client asks.")))])


def typed(posted: Posted, field: str, name: str, library: Library) -> Any:
    """The value typed for a parameter; what cannot be read stays as typed, for the validation to name it."""
    parameter = library.parameters[name]
    if parameter.type == "choices":
        return [value for value in posted.getlist(field) if value]
    if parameter.none is not None and posted.get(f"none.{name}") == "true":
        return None
    raw = posted.get(field, "")[:1000]
    return None if parameter.none is not None and raw == NONE else typed_value(parameter, raw)


def asked_added(request: Mapping[str, Any]) -> list[Json]:
    """The articles that a request adds."""
    return [each for each in request.get("deviations") or () if each["class"] == ADDED]


def free_id(known: Iterable[str]) -> str:
    """The next free id of an added article."""
    taken = set(known)
    return next(name for number in range(1, 1000) if (name := f"added-{number}") not in taken)
