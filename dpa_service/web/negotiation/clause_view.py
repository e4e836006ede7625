"""What the page of one clause shows: its ladders with what is asked, the values within their bounds, and the source of its text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dpa_service.domain.contract.clause_text import Print, Ref
from dpa_service.domain.contract.clauses import Clause, Ladder, Library, Rung
from dpa_service.domain.contract.playbook import seats_for_clause
from dpa_service.domain.contract.terms import print_value
from dpa_service.services.negotiation.deviation_list import Listed, seat_name
from dpa_service.services.negotiation.deviation_look import standard_source
from dpa_service.web.sales.terms import LANGUAGE, Row, row, starting_value

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """A rung: what it says, which terms it sets, who approves, which fields it asks, and how it stands when it is asked now."""

    choice: str
    id: str
    label: str
    sets: tuple[tuple[str, str], ...]
    approvers: tuple[tuple[str, str], ...]
    asks: tuple[Row, ...]
    now: Listed | None


@dataclass(frozen=True, slots=True)
class Staircase:
    """A ladder with its steps; `key` is that of its deviation."""

    row: int | None
    key: str
    title: str
    standard: str
    steps: tuple[Step, ...]
    walk_away: str
    now: Listed | None


@dataclass(frozen=True, slots=True)
class SingleValue:
    """A term that can be asked by itself, and how that stands when it is."""

    field: Row
    key: str
    now: Listed | None


@dataclass(frozen=True, slots=True)
class Place:
    """A named place in a text, and why it must stay: the duties it covers and the articles that refer to it."""

    name: str
    covers: tuple[str, ...]
    referred: tuple[str, ...]


def staircases(library: Library, clause: Clause, asked: Mapping[str, Listed], request: Mapping[str, Any]) -> list[Staircase]:
    """The ladders of a clause."""
    made = []
    for ladder in clause.ladders:
        key = f"ladder:{ladder.row}"
        now = asked.get(key)
        entry: Json = next((e for e in request.get("deviations") or () if e.get("row") == ladder.row), {})
        steps = tuple(_step(library, ladder, rung, now, entry) for rung in ladder.rungs)
        title = ladder.title or clause.texts[LANGUAGE].heading
        made.append(Staircase(ladder.row, key, title, ladder.standard, steps, ladder.walk_away, now))
    return made


def _step(library: Library, ladder: Ladder, rung: Rung, now: Listed | None, entry: Mapping[str, Any]) -> Step:
    given = entry.get("values") or {}
    return Step(
        choice=f"ladder:{ladder.row}:{rung.id}",
        id=rung.id,
        label=rung.labels[LANGUAGE],
        sets=tuple(
            (library.parameters[name].labels[LANGUAGE], print_value(library.parameters[name], value, LANGUAGE, short=True))
            for name, value in rung.sets.items()
        ),
        approvers=named(library, rung.approvers),
        asks=tuple(
            row(library.parameters[name], given.get(name, starting_value(library.parameters[name]))) for name in rung.asks
        ),
        now=now if now and now.row.rung == rung.id else None,
    )


def named(library: Library, seats: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Seats with what the playbook calls them."""
    return tuple((seat, seat_name(library, seat)) for seat in seats)


def single_values(library: Library, clause: Clause, asked: Mapping[str, Listed], typed: Mapping[str, Any]) -> list[SingleValue]:
    """The terms that belong to a clause of this document. In: `typed`, what stands in the fields, by parameter."""
    outline = library.outlines["agreement"].clauses
    found = []
    for name in clause.parameters:
        home = library.home(name)
        place = home if home in outline else next(c for c in outline if name in library.clauses[c].parameters)
        if place == clause.id:
            parameter = library.parameters[name]
            found.append(
                SingleValue(
                    row(parameter, typed.get(name, starting_value(parameter))), f"value:{name}", asked.get(f"value:{name}")
                )
            )
    return found


def own_text(library: Library, clause: Clause, request: Mapping[str, Any]) -> tuple[str, bool]:
    """The source that own wording starts from: what is asked now, else the standard text as this client would get it."""
    for entry in request.get("deviations") or ():
        if entry.get("clause") == clause.id and entry.get("text"):
            return str(entry["text"]), True
    return standard_source(library, without_clause(request, clause.id), clause.id), False


def without_clause(request: Mapping[str, Any], clause: str) -> Json:
    """A request without own wording or removal of a clause."""
    kept = [each for each in request.get("deviations") or () if each.get("clause") != clause]
    return {**request, "deviations": kept}


def printed(clause: Clause, terms: Mapping[str, Json]) -> list[tuple[str, str, str]]:
    """The values that a clause's standard text prints: name, label, and how they are printed now."""
    names = dict.fromkeys(p.name for node in clause.texts[LANGUAGE].walk() for p in node.inline if isinstance(p, Print))
    return [(name, terms[name]["label"] if name in terms else "", terms[name]["text"] if name in terms else "") for name in names]


def places(library: Library, clause: Clause, numbers: Mapping[str, str]) -> list[Place]:
    """The named places of a clause that something counts on. In: `numbers`, the labels of this document's articles."""
    covers: dict[str, list[str]] = {}
    for element, anchors in clause.covers.items():
        for anchor in anchors:
            covers.setdefault(anchor, []).append(element)
    referred: dict[str, list[str]] = {}
    for other in numbers:
        if other == clause.id or other not in library.clauses:
            continue
        for node in library.clauses[other].texts[LANGUAGE].walk():
            for part in node.inline:
                if isinstance(part, Ref) and part.clause == clause.id and part.anchor:
                    referred.setdefault(part.anchor, []).append(numbers[other])
    names = [node.anchor for node in clause.texts[LANGUAGE].walk() if node.anchor in covers or node.anchor in referred]
    return [
        Place(str(name), tuple(covers.get(str(name), ())), tuple(dict.fromkeys(referred.get(str(name), ()))))
        for name in dict.fromkeys(names)
    ]


def wording_approvers(library: Library, clause: Clause | None) -> tuple[tuple[str, str], ...]:
    """Who approves own wording of a clause; of a new article where there is none."""
    return named(library, seats_for_clause(library, clause.id if clause else None))
