"""What a change is recognised as: the answer of recognition, with the notes that go with it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dpa_service.domain.contract.asked import ADDED, REMOVED, VALUE
from dpa_service.domain.contract.terms import Value, plain, print_value
from dpa_service.domain.contract.wording_source import Draft
from dpa_service.domain.negotiation.reworded import plain_line

RUNG, WORDING, WALK_AWAY, SAME, NOTHING = "rung", "wording", "walk-away", "same", "nothing"
KINDS = (RUNG, VALUE, REMOVED, ADDED, WORDING, WALK_AWAY, SAME, NOTHING)
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Note:
    """Something that whoever proposes it should know: a `code` with the `words` that its sentence names."""

    code: str
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a change is. `entries` ask it (services/negotiation); none where it cannot be asked. `confidence` 0 to 1.

    `values`: the terms that it sets.
    """

    kind: str
    entries: tuple[Json, ...] = ()
    confidence: float = 0.0
    notes: tuple[Note, ...] = ()
    values: Mapping[str, Value] = field(default_factory=dict)

    def plain(self) -> Json:
        """As JSON; the confidence in percent."""
        return {
            "kind": self.kind,
            "entries": list(self.entries),
            "confidence": round(100 * self.confidence),
            "notes": [{"code": note.code, **note.words} for note in self.notes],
        }


def value_entry(name: str, value: Value) -> Json:
    """A value as it is asked."""
    return {"class": VALUE, "parameter": name, "value": plain(value)}


def value_note(draft: Draft, name: str, value: Value) -> Note:
    """What a term was and becomes, as printed."""
    parameter = draft.standard.parameters[name]
    old, new = (plain_line(print_value(parameter, each, draft.language)) for each in (draft.terms[name], value))
    return Note("value", {"label": parameter.labels[draft.language], "old": old, "new": new})


def beyond(draft: Draft, name: str, text: str) -> Note:
    """A figure that lies beyond the walk-away line, with the bounds."""
    parameter = draft.standard.parameters[name]
    low, high = (print_value(parameter, _number(parameter.type, limit), draft.language, short=True) if limit is not None else "–"
                 for limit in (parameter.minimum, parameter.maximum))  # fmt: skip
    words = {"label": parameter.labels[draft.language], "said": text, "low": plain_line(low), "high": plain_line(high)}
    return Note("walk-away", words)


def _number(kind: str, limit: Any) -> Value:
    return int(limit) if kind == "duration" else limit
