"""Departures from the house standard. Each has exactly one class of a closed set (playbook)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dpa_service.domain.clauses import Library, Outline
from dpa_service.domain.request import Request
from dpa_service.domain.terms import Value, plain, print_value

CLASSES = ("value", "fallback", "modified", "removed", "added", "untracked")


@dataclass(frozen=True, slots=True)
class Deviation:
    """A departure of class `kind` from the standard of `parameter`, in `clause`; `id` ("A1") is unique in its agreement."""

    id: str
    kind: str
    clause: str
    parameter: str
    standard: Value
    agreed: Value


def value_deviations(library: Library, outline: Outline, request: Request) -> list[Deviation]:
    """The parameters whose requested value differs from the standard, in the order of the document's clauses.

    A value equal to the standard is no deviation. A parameter that this document family does not print is left out.
    """
    order = {name: index for index, name in enumerate(outline.clauses)}
    found = []
    for index, (name, parameter) in enumerate(library.parameters.items()):
        if name not in request.parameters or request.parameters[name] == parameter.standard:
            continue
        home = library.home(name)
        users = [clause for clause in outline.clauses if clause in library.clauses and name in library.clauses[clause].parameters]
        clause = home if home in order else users[0] if users else None
        if clause is not None:
            found.append((order[clause], index, clause, name))
    return [
        Deviation(f"A{number}", "value", clause, name, library.parameters[name].standard, request.parameters[name])
        for number, (_, _, clause, name) in enumerate(sorted(found), start=1)
    ]


def described(library: Library, deviation: Deviation, language: str) -> dict[str, Any]:
    """The deviation as plain JSON with its printed label and values."""
    parameter = library.parameters[deviation.parameter]
    return {
        "id": deviation.id,
        "class": deviation.kind,
        "clause": deviation.clause,
        "parameter": deviation.parameter,
        "label": parameter.labels[language],
        "standard": plain(deviation.standard),
        "agreed": plain(deviation.agreed),
        "standard_text": print_value(parameter, deviation.standard, language),
        "agreed_text": print_value(parameter, deviation.agreed, language),
    }
