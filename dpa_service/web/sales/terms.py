"""The negotiable terms on the form: what can be chosen, and one row with its bounds and its standard for each that was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import get_locale

from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.terms import Parameter, plain, print_value
from dpa_service.services.agreements.catalogue_fields import Parameters
from dpa_service.services.agreements.form_data import NONE, of_request
from dpa_service.web.messages import bounds

_KNOWN: dict[tuple[str, str], list[tuple[str, list[Row]]]] = {}  # by release of the library and language of the page
LANGUAGE = "nl"  # of the agreement: the library's labels and wordings are part of its text


@dataclass(frozen=True, slots=True)
class Row:
    """A chosen term on the form: its field, label, typed value, and what to choose from when it is a choice."""

    id: str
    label: str
    kind: str
    value: Any
    none: str | None
    standard: str
    bounds: str
    options: tuple[tuple[str, str], ...]
    standard_value: str

    @property
    def is_none(self) -> bool:
        """Whether "no value" was chosen."""
        return bool(self.value == NONE)


def negotiable(library: Library) -> list[tuple[str, list[Row]]]:
    """The terms that an agreement prints, by the clause they belong to."""
    key = library.hash, str(get_locale())
    if key not in _KNOWN:
        if len(_KNOWN) > 8:
            _KNOWN.clear()
        _KNOWN[key] = _built(library)
    return _KNOWN[key]


def _built(library: Library) -> list[tuple[str, list[Row]]]:
    printed = Parameters(library, "agreement").printed
    outline = library.outlines["agreement"]
    order = {name: index for index, name in enumerate(outline.clauses)}
    groups: dict[str, list[Row]] = {}
    for name in sorted(printed, key=lambda name: order.get(_home(library, name), len(order))):
        clause = _home(library, name)
        heading = library.clauses[clause].texts[LANGUAGE].heading if clause in library.clauses else ""
        groups.setdefault(heading, []).append(row(library.parameters[name], starting_value(library.parameters[name])))
    return list(groups.items())


def _home(library: Library, name: str) -> str:
    """The clause of the agreement that a term belongs to."""
    outline, home = library.outlines["agreement"].clauses, library.home(name) or ""
    if home in outline:
        return home
    return next((clause for clause in outline if clause in library.clauses and name in library.clauses[clause].parameters), "")


def rows_of(library: Library, chosen: Mapping[str, Any]) -> list[Row]:
    """The rows of the chosen terms, in the library's order."""
    return [row(parameter, chosen[name]) for name, parameter in library.parameters.items() if name in chosen]


def row(parameter: Parameter, value: Any) -> Row:
    """One row."""
    words = (parameter.values or {}).get(LANGUAGE, {})
    return Row(
        id=parameter.id,
        label=parameter.labels[LANGUAGE],
        kind=parameter.type,
        value=value,
        none=parameter.none,
        standard=print_value(parameter, parameter.standard, LANGUAGE, short=True),
        bounds=bounds(parameter),
        options=tuple((str(key).lower(), text) for key, text in words.items()),
        standard_value=str(starting_value(parameter)),
    )


def starting_value(parameter: Parameter) -> Any:
    """What a term starts from when it is chosen: the standard, as it is typed."""
    return of_request({"parameters": {parameter.id: plain(parameter.standard)}})["parameters"][parameter.id]
