"""Departures from the house standard. Each has exactly one class of a closed set (playbook), its approvers and its fingerprint.

The request is the one place that says what departs; from it follow the deviations here, the text and the effective terms
(domain/contract/assembly.py), and what must be approved (domain/negotiation/approval.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from dpa_service.domain.contract.asked import (
    ADDED,
    FALLBACK,
    REMOVED,
    VALUE,
    Asked,
    ladder_of,
    printed_names,
    rung_of,
    subject_key,
)
from dpa_service.domain.contract.clause_text import ClauseText, Node, Words
from dpa_service.domain.contract.clauses import Clause, Library, Outline, Part
from dpa_service.domain.contract.library_build import content_hash
from dpa_service.domain.contract.playbook import seats_for_clause, seats_for_value
from dpa_service.domain.contract.request import Request
from dpa_service.domain.contract.terms import Value, plain, print_value

OMITTED = {"nl": "[opzettelijk weggelaten]"}
_STANDARD = {"nl": "standaardtekst, versie {version}"}
_NONE = {"nl": "niet in de standaardtekst"}
_OWN = {
    "nl": {
        "modified": "eigen bewoording van artikel {label}",
        "untracked": "eigen bewoording van artikel {label}",
        "removed": "artikel {label} is weggelaten",
        "added": "bijkomend artikel {label}",
    }
}


@dataclass(frozen=True, slots=True)
class Change:
    """A term that a deviation sets: its standard and its agreed value."""

    parameter: str
    standard: Value
    agreed: Value


@dataclass(frozen=True, slots=True)
class Deviation:
    """A departure of class `kind` in `clause`.

    `id` ("A1") numbers it in its document; `key` says what it departs from and stays the same from round to round
    ("value:objection_days", "ladder:16", "text:audits", "found:audits", "added:added-1"). `approvers` are the seats of the playbook
    that decide; `fingerprint` changes with anything they decide about.
    """

    id: str
    key: str
    kind: str
    clause: str
    changes: tuple[Change, ...]
    approvers: tuple[str, ...]
    fingerprint: str
    asked: Asked | None = None


def deviations_of(library: Library, outline: Outline, request: Request) -> list[Deviation]:
    """Every departure of a request from the standard, in the order of the document.

    A value equal to the standard is no deviation. A parameter that this document family does not print is left out.
    """
    order = {name: index for index, name in enumerate(outline.clauses)}
    taken = {name for item in request.asked for name in item.values}
    found: list[tuple[tuple[int, int], Deviation]] = []
    for index, (name, parameter) in enumerate(library.parameters.items()):
        if name not in request.parameters or name in taken or request.parameters[name] == parameter.standard:
            continue
        clause = _place(library, outline, name)
        if clause is not None:
            change = Change(name, parameter.standard, request.parameters[name])
            seats = seats_for_value(library, name, change.agreed)
            found.append(((order[clause], index), _deviation(subject_key(VALUE, name), VALUE, clause, (change,), seats, [])))
    for index, item in enumerate(request.asked):
        at = (order.get(item.after or item.clause, len(order)), 1000 + index)
        if (deviation := _from_asked(library, item, request)) is not None:
            found.append((at, deviation))
    return [replace(item, id=f"A{number}") for number, (_, item) in enumerate(sorted(found, key=lambda pair: pair[0]), start=1)]


def _place(library: Library, outline: Outline, parameter: str) -> str | None:
    """The clause of this document that a parameter belongs to."""
    home = library.home(parameter)
    if home in outline.clauses:
        return home
    return next((c for c in outline.clauses if c in library.clauses and parameter in library.clauses[c].parameters), None)


def _from_asked(library: Library, item: Asked, request: Request) -> Deviation | None:
    standard = {name: parameter.standard for name, parameter in library.parameters.items()}
    changes = tuple(Change(name, standard[name], value) for name, value in item.values.items() if value != standard[name])
    if item.kind == FALLBACK:
        found = ladder_of(library, item.row)
        rung = rung_of(found[1], item.rung) if found else None
        if rung is None or not changes:
            return None
        return replace(
            _deviation(subject_key(FALLBACK, item.row), FALLBACK, item.clause, changes, rung.approvers, [item.rung]), asked=item
        )
    about: list[Any] = [item.source]
    if item.kind == ADDED:
        seats: tuple[str, ...] = seats_for_clause(library, None)
        about.append(item.after)
    else:
        seats = seats_for_clause(library, item.clause)
        clause = library.clauses[item.clause]
        effective = {**standard, **request.values}
        # The standard wording chooses its paragraphs by these values; own wording does not, so a change of them asks for a new look.
        about += [
            clause.hash,
            {name: plain(effective[name]) for name in decided_by(clause, request.language) if name in effective},
        ]
    for change in changes:
        seats = _united(seats, seats_for_value(library, change.parameter, change.agreed))
    key = subject_key(item.kind, item.clause, worded=item.text is not None or item.kind == REMOVED)
    return replace(_deviation(key, item.kind, item.clause, changes, seats, about), asked=item)


def _deviation(
    key: str, kind: str, clause: str, changes: tuple[Change, ...], seats: Iterable[str], about: list[Any]
) -> Deviation:
    values = [[change.parameter, plain(change.standard), plain(change.agreed)] for change in changes]
    return Deviation("", key, kind, clause, changes, tuple(seats), content_hash([key, kind, values, about]))


def _united(first: tuple[str, ...], more: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *more)))


def decided_by(clause: Clause, language: str) -> list[str]:
    """The names that choose between the paragraphs of a clause's standard wording."""
    return sorted({test.name for node in clause.texts[language].walk() if node.when for test in node.when.tests})


def tailored(library: Library, outline: Outline, deviations: Iterable[Deviation], language: str) -> tuple[Library, Outline]:
    """The library and outline as this document reads them: own wording in its place, removed clauses emptied, added ones inserted."""
    clauses = dict(library.clauses)
    for deviation in deviations:
        asked = deviation.asked
        if asked is None or (asked.text is None and asked.kind != REMOVED):
            continue
        if asked.kind == ADDED:
            clauses[asked.clause] = _new_clause(asked, language)
            outline = _with(outline, asked.clause, str(asked.after))
        elif asked.kind == REMOVED:
            clause = library.clauses[asked.clause]
            nothing = Node("paragraph", 1, (Words(OMITTED[language]),))
            text = ClauseText(clause.texts[language].heading, (nothing,))
            clauses[asked.clause] = replace(clause, texts={language: text}, covers={}, hash=content_hash([clause.hash, None]))
        elif asked.text is not None:
            clause = library.clauses[asked.clause]
            own = {language: asked.text}
            clauses[asked.clause] = replace(clause, texts=own, hash=content_hash([clause.hash, asked.source]))
    return replace(library, clauses=clauses), outline


def _new_clause(asked: Asked, language: str) -> Clause:
    assert asked.text is not None
    return Clause(
        id=asked.clause, version="1.0.0", status="published", kind="article", hash=content_hash(asked.source), source=(), covers={},
        parameters=tuple(dict.fromkeys(name for node in asked.text.walk() for name in printed_names(node))), texts={language: asked.text},
    )  # fmt: skip


def _with(outline: Outline, name: str, after: str) -> Outline:
    parts = []
    for part in outline.parts:
        names = list(part.clauses)
        if after in names:
            at = names.index(after) + 1
            while at < len(names) and names[at].startswith("added-"):  # several new articles keep the order of the request
                at += 1
            names.insert(at, name)
        parts.append(Part(part.titles, tuple(names)))
    return replace(outline, parts=tuple(parts))


def described(library: Library, deviation: Deviation, language: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """The deviation as plain JSON with its printed words; `labels` are the numbers of this document's articles."""
    changes = [_described(library, change, language) for change in deviation.changes]
    asked, clause = deviation.asked, library.clauses[deviation.clause]
    if asked is not None and (asked.text is not None or asked.kind == REMOVED):
        heading = asked.text.heading if asked.text else clause.texts[language].heading
        what = _OWN[language][deviation.kind].format(label=labels.get(deviation.clause, ""))
        label = heading
        standard = (_NONE if deviation.kind == ADDED else _STANDARD)[language].format(version=clause.version)
        agreed = "; ".join([what, *(f"{c['label']}: {c['agreed_text']}" for c in changes)])
    elif len(changes) == 1:
        label, standard, agreed = (changes[0][key] for key in ("label", "standard_text", "agreed_text"))
    else:
        found = ladder_of(library, asked.row) if asked else None
        label = (found[1].title if found else None) or clause.texts[language].heading
        standard, agreed = ("; ".join(f"{c['label']}: {c[key]}" for c in changes) for key in ("standard_text", "agreed_text"))
    return {
        "id": deviation.id,
        "key": deviation.key,
        "class": deviation.kind,
        "clause": deviation.clause,
        "row": asked.row if asked else None,
        "rung": asked.rung if asked else None,
        "label": label,
        "standard_text": standard,
        "agreed_text": agreed,
        "changes": changes,
        "approvers": list(deviation.approvers),
        "fingerprint": deviation.fingerprint,
    }


def _described(library: Library, change: Change, language: str) -> dict[str, Any]:
    parameter = library.parameters[change.parameter]
    return {
        "parameter": change.parameter,
        "label": parameter.labels[language],
        "standard": plain(change.standard),
        "agreed": plain(change.agreed),
        "standard_text": print_value(parameter, change.standard, language),
        "agreed_text": print_value(parameter, change.agreed, language),
    }
