"""The deviations of a request besides values: their form. What they mean for a library is judged by domain/contract/asked.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, validates_schema

from dpa_service.domain.contract.asked import ADDED, ASKED_CLASSES, FALLBACK, LONGEST_TEXT, MODIFIED, REMOVED, UNTRACKED
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.terms import ValueTrouble, parse_value, plain
from dpa_service.services.agreements.catalogue_fields import parameter_schema
from dpa_service.services.agreements.request_fields import UNKNOWN, Block, Choice, Coded, Described, Json, Line, wrong

_KEYS = {
    FALLBACK: ({"row", "rung"}, {"values"}),
    MODIFIED: ({"clause", "text"}, set[str]()),
    REMOVED: ({"clause"}, set[str]()),
    ADDED: ({"id", "after", "text"}, set[str]()),
    UNTRACKED: ({"clause"}, {"text", "values"}),
}


class Wording(Described):
    """A text of several lines in the clause library's notation (docs/clause-library.md)."""

    def read(self, value: Any) -> str:
        """See ``Described.read``."""
        if not isinstance(value, str):
            raise wrong("TYPE", "A text is expected here.")
        text = value.replace("\r\n", "\n").strip("\n ")
        if not text:
            raise wrong("BLANK", "This text is empty; write the wording that is asked.")
        if any("\ud800" <= sign <= "\udfff" for sign in text):  # halves of a character cannot be stored, let alone printed
            raise wrong("CHARACTER", "This text holds a broken character; write it again.")
        return text + "\n"

    def json(self) -> Json:
        """A string."""
        return {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT}


class Row(Described):
    """The number of a row of the playbook."""

    def read(self, value: Any) -> int:
        """See ``Described.read``."""
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 99:
            raise wrong("TYPE", "Give the number of a row of the playbook, such as 16.")
        return value

    def json(self) -> Json:
        """An integer."""
        return {"type": "integer", "minimum": 1, "maximum": 99}


class TermValues(Described):
    """Values of terms by parameter id, each within its bounds."""

    def __init__(self, library: Library, **options: Any) -> None:
        super().__init__(**options)
        self.known = library.parameters

    def read(self, value: Any) -> Json:
        """See ``Described.read``."""
        if not isinstance(value, Mapping):
            raise wrong("TYPE", 'An object is expected here: {"parameter": value}.')
        read: Json = {}
        errors: dict[str, Any] = {}
        for name, raw in value.items():
            try:
                read[str(name)] = plain(parse_value(self.known[name], raw))
            except ValueTrouble as trouble:
                errors[str(name)] = [Coded(trouble.code, trouble.message)]
            except KeyError:
                errors[str(name)] = [Coded("UNKNOWN_PARAMETER", "There is no such parameter; the list is at /api/v1/parameters.")]
        if errors:
            raise ValidationError(errors)
        return read

    def json(self) -> Json:
        """An object."""
        return {
            "type": "object",
            "properties": {name: parameter_schema(parameter) for name, parameter in self.known.items()},
            "additionalProperties": False,
        }


class DeviationBlock(Block):
    """One deviation that is not a value; which fields it takes follows from its class."""

    @validates_schema(skip_on_field_errors=True)
    def _fits(self, data: Json, **_: Any) -> None:
        """The fields of its class are given, and no others."""
        needed, allowed = _KEYS[data["class"]]
        given = {key for key, value in data.items() if value is not None} - {"class", "reason"}
        errors: dict[str, Any] = {key: [Coded("REQUIRED", "This field is needed; give it a value.")] for key in needed - given}
        errors |= {key: [UNKNOWN] for key in given - needed - allowed}
        if errors:
            raise ValidationError(errors)

    @classmethod
    def rules(cls) -> Json:
        """The fields that go with each class."""
        return {
            "allOf": [
                {
                    "if": {"properties": {"class": {"const": kind}}, "required": ["class"]},
                    "then": {
                        "required": sorted(needed),
                        "properties": {
                            **{key: {"not": {"type": "null"}} for key in sorted(needed)},
                            **{key: {"type": "null"} for key in sorted(_ALL - needed - allowed)},
                        },
                    },
                }
                for kind, (needed, allowed) in _KEYS.items()
            ]
        }


_ALL = {"clause", "row", "rung", "values", "text", "id", "after"}


def deviation_block(library: Library) -> Block:
    """The schema of one entry with this library's parameters."""
    parts: dict[str, Any] = {
        "class": Choice(*ASKED_CLASSES, required=True),
        "clause": Line(100, about="The article that is reworded or removed."),
        "row": Row(about="The playbook's row, with `rung`: a rung of its ladder."),
        "rung": Line(10),
        "values": TermValues(library, about="The values a rung asks for, or that were found in a returned document."),
        "text": Wording(about="Own wording, in the notation of the clause library, without conditions."),
        "id": Line(50, about="Of an added article: added-1, added-2 …"),
        "after": Line(100, about="The article that an added one follows."),
        "reason": Line(500, about="Why the client asks this."),
    }
    return DeviationBlock.from_dict(parts)()  # type: ignore[return-value]  # from_dict keeps the class it is called on
