"""Changes in the annexes of a returned file: the values that their tables print, not words, for an annex is made from data."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from dpa_service.domain.comparison.signed_text import normal
from dpa_service.domain.contract.assembly import assemble
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.request import request_from_dict
from dpa_service.domain.contract.terms import Parameter, Value, plain, print_value
from dpa_service.domain.contract.wording_source import Draft
from dpa_service.domain.errors import DomainError
from dpa_service.domain.negotiation.read_figure import NUMERIC, whole_figure
from dpa_service.domain.negotiation.recognised import Note, Recognised
from dpa_service.domain.negotiation.recognised_values import as_values
from dpa_service.domain.negotiation.reworded import lines_of
from dpa_service.services.negotiation.proposing import merged

MOST_TRIALS = 8  # assemblies for one annex
Json = dict[str, Any]


def recognised_annex(
    draft: Draft, snapshot: Mapping[str, Any], library: Library, place: Mapping[str, Any], articles: Sequence[Recognised]
) -> Recognised | None:
    """The values that an annex of a returned file prints now; None where no values explain its words.

    In: what was sent, the annex as the round keeps it, and what its articles were recognised as: what follows from those is proposed
    with them. Proven by assembling the agreement with the values.
    """
    if place["accepted"] is None:
        return None
    wanted = _words(place["accepted"])
    known = {name: value for each in articles for name, value in each.values.items()}
    if known and _annex(snapshot, library, place["clause"], known) == wanted:
        entries: list[Json] = []
        for each in articles:
            entries += [entry for entry in each.entries if each.values and entry not in entries]
        return Recognised("value", tuple(entries), 0.95, (Note("follows", {}),), known)
    found: dict[str, Value] = {}
    for name, value, line in islice(_printed_otherwise(draft, place), MOST_TRIALS):
        text = _annex(snapshot, library, place["clause"], {**known, name: value})
        if name not in found and text is not None and normal(line) in text:
            found[name] = value
    if not found or _annex(snapshot, library, place["clause"], {**known, **found}) != wanted:
        return None
    home = next((clause for name in found if (clause := _article(library, snapshot["family"], name))), None)
    if home is None:
        return None
    made = as_values(draft, home, found, silent=place["silent"])
    return replace(made, notes=(*made.notes, Note("annex", {})))


def is_annex(library: Library, place: Mapping[str, Any]) -> bool:
    """Whether a clause with changed words is an annex."""
    clause = library.clauses.get(place["clause"])
    return clause is not None and clause.kind == "annex" and bool(place["words"])


def _printed_otherwise(draft: Draft, place: Mapping[str, Any]) -> Iterator[tuple[str, Value, str]]:
    """(parameter, value, the new line) for every line in which the printed value of a parameter may have become another."""
    before, after = lines_of(place["issued"]), lines_of(place["accepted"])
    if len(before) != len(after):
        return
    for old, new in zip(before, after, strict=True):
        if normal(old) == normal(new):
            continue
        for name, parameter in draft.standard.parameters.items():
            if draft.terms[name] is None:
                continue
            printed = normal(print_value(parameter, draft.terms[name], draft.language))
            head, found, tail = normal(old).partition(printed)
            line = normal(new)
            if found and line.startswith(head) and line.endswith(tail) and len(line) >= len(head) + len(tail):
                for value in _values(parameter, line[len(head) : len(line) - len(tail)], draft.language):
                    if value != draft.terms[name]:
                        yield name, value, new


def _values(parameter: Parameter, text: str, language: str) -> Iterator[Value]:
    if parameter.type in NUMERIC:
        figure = whole_figure(parameter, text)
        if figure is not None and not figure.trouble:
            yield figure.value
        return
    options: list[Value] = [True, False] if parameter.type == "boolean" else list(parameter.choices)
    if parameter.type in ("boolean", "choice"):
        yield from (each for each in options if normal(print_value(parameter, each, language)) == text)


def _annex(snapshot: Mapping[str, Any], library: Library, clause: str, values: Mapping[str, Value]) -> str | None:
    """The words of an annex with other values; None where the agreement cannot be assembled with them."""
    entries = [{"class": "value", "parameter": name, "value": plain(value)} for name, value in values.items()]
    request, _ = merged(copy.deepcopy(snapshot["request"]), entries, library)
    try:
        made = assemble(
            library,
            request_from_dict(request, library),
            document=snapshot["family"],
            reference=snapshot["reference"],
            agreement_id=snapshot["agreement_id"],
        )
    except DomainError:
        return None
    annex = next((each for each in made["annexes"] if each["clause"] == clause), None)
    return _words(annex["heading"] + " " + " ".join(_texts(annex["blocks"]))) if annex else None


def _texts(blocks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for block in blocks:
        if block["kind"] == "table":
            yield from block["columns"]
            for row in block["rows"]:
                yield from (_runs(cell) for cell in row)
        else:
            yield _runs(block["runs"])


def _runs(runs: Sequence[Mapping[str, Any]]) -> str:
    return "".join(" " if run.get("break") else str(run["text"]) for run in runs)


def _words(text: str) -> str:
    return normal(text.replace("\v", " "))


def _article(library: Library, family: str, name: str) -> str | None:
    """The article that a parameter belongs to."""
    articles = library.outlines[family].articles
    home = library.home(name)
    return home if home in articles else next((each for each in articles if name in library.clauses[each].parameters), None)
