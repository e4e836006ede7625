"""The clause library as its pages show it: search, cross-references, coverage per family, and what two versions differ in.

Reads the library only, so everything here can be remembered per release (its hash).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from dpa_service.domain.contract.clause_text import ClauseText, Inline, Print, Ref, Words
from dpa_service.domain.contract.clauses import Element, Library, Requirement
from dpa_service.domain.contract.coverage import FULL, NONE, PARTIAL
from dpa_service.domain.contract.library_build import FAMILIES
from dpa_service.domain.contract.terms import print_value
from dpa_service.services.paging import search_form

Kept = TypeVar("Kept")
_BEFORE, _EXCERPT = 60, 200  # signs of a line that was found
_KEPT = 8  # releases remembered; more than one only while a new one comes in
_memory: dict[tuple[str, str], Any] = {}
# the keys of clause.yaml that are compared, in the order of the page
METADATA = ("status", "kind", "when", "requires", "excludes", "covers", "parameters", "notices", "source", "ladder")


def remembered(library: Library, what: str, make: Callable[[], Kept]) -> Kept:
    """`make()` once per release and kind of fact; old releases are forgotten."""
    key = (library.hash, what)
    if key not in _memory:
        while len({release for release, _ in _memory}) > _KEPT:
            del _memory[next(iter(_memory))]
        _memory[key] = make()
    kept: Kept = _memory[key]
    return kept


# ---- reading a text ----------------------------------------------------------------------------------------------


def inlines(text: ClauseText) -> Iterator[Inline]:
    """Everything that stands in a line or a table cell of a text."""
    for node in text.walk():
        yield from node.inline
        for _, cells in node.rows:
            for cell in cells:
                yield from cell


def plain_text(library: Library, text: ClauseText, language: str = "nl") -> str:
    """The words of a text as they are searched: printed values by their labels."""
    out = [text.heading]
    for node in text.walk():
        out.append(plain_line(library, node.inline, language))
        out.extend(node.columns)
        out.extend(plain_line(library, cell, language) for _, cells in node.rows for cell in cells)
    return "\n".join(line for line in out if line)


def plain_line(library: Library, inline: Iterable[Inline], language: str = "nl") -> str:
    """One line in words: parameters as [label], facts as [name], references as the heading they point at."""
    out = []
    for part in inline:
        match part:
            case Words(words):
                out.append(words)
            case Print(name):
                parameter = library.parameters.get(name)
                out.append(f"[{parameter.labels.get(language, name) if parameter else name}]")
            case Ref(clause):
                out.append(f"“{heading(library, clause, language)}”")
    return "".join(out)


def heading(library: Library, clause: str, language: str = "nl") -> str:
    """The heading of a clause, or its id where the library does not have it (any more)."""
    known = library.clauses.get(clause)
    return known.texts[language].heading if known and language in known.texts else clause


# ---- finding clauses -----------------------------------------------------------------------------------------------


def search(library: Library, words: str) -> dict[str, str]:
    """The clauses that hold every word (in id, heading, text or parameter), each with an excerpt of the line that holds most of them."""
    wanted = search_form(words).split()
    if not wanted:
        return {}
    found = {}
    for name, (folded, lines) in remembered(library, "words", lambda: _words(library)).items():
        if all(word in folded for word in wanted):
            line = max(lines, key=lambda line: sum(word in search_form(line) for word in wanted), default="")
            found[name] = _excerpt(line, wanted)
    return found


def _excerpt(line: str, wanted: list[str]) -> str:
    """Some words before and after the first one that was looked for; nothing where the line has none of them."""
    starts = [at for word in wanted if (at := search_form(line).find(word)) >= 0]
    if not starts:
        return ""
    begin = line.rfind(" ", 0, max(0, min(starts) - _BEFORE)) + 1 if min(starts) > _BEFORE else 0
    end = line.rfind(" ", 0, begin + _EXCERPT) if len(line) > begin + _EXCERPT else len(line)
    return f"{'… ' if begin else ''}{line[begin:end]}{' …' if end < len(line) else ''}"


def _words(library: Library) -> dict[str, tuple[str, list[str]]]:
    out = {}
    for clause in library.clauses.values():
        text = "\n".join(plain_text(library, text, language) for language, text in clause.texts.items())
        used = [library.parameters[name] for name in clause.parameters]
        figures = [print_value(p, p.standard, language) for p in used for language in clause.texts]
        out[clause.id] = (search_form(clause.id, text, *clause.parameters, *figures, *clause.notices), text.split("\n")[1:])
    return out


@dataclass(frozen=True, slots=True)
class Reference:
    """A cross-reference between two clauses, and the named place it points at."""

    clause: str
    anchor: str | None


def references(library: Library, clause: str) -> tuple[list[Reference], list[str]]:
    """Where a clause points (each target once), and the clauses that point at it."""
    out, into = remembered(library, "references", lambda: _references(library))
    return out.get(clause, []), into.get(clause, [])


def _references(library: Library) -> tuple[dict[str, list[Reference]], dict[str, list[str]]]:
    out: dict[str, list[Reference]] = {}
    into: dict[str, list[str]] = {}
    for clause in library.clauses.values():
        targets = dict.fromkeys(
            Reference(part.clause, part.anchor)
            for text in clause.texts.values() for part in inlines(text) if isinstance(part, Ref)
        )  # fmt: skip
        out[clause.id] = list(targets)
        for name in dict.fromkeys(target.clause for target in targets):
            if name != clause.id:
                into.setdefault(name, []).append(clause.id)
    return out, into


def families(library: Library, clause: str) -> list[str]:
    """The document families whose outline holds the clause."""
    return [family for family in FAMILIES if clause in library.outlines[family].clauses]


# ---- coverage --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Where a family covers an element: the clause, its named places, and whether the clause may be left out."""

    clause: str
    anchors: tuple[str, ...]
    conditional: bool


@dataclass(frozen=True, slots=True)
class ElementRow:
    """One element of a duty with its places in one family."""

    element: Element
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class DutyRow:
    """One duty in one family: full, partial or none; details never count."""

    duty: Requirement
    status: str
    elements: tuple[ElementRow, ...]

    @property
    def clauses(self) -> frozenset[str]:
        """The clauses that cover some of it."""
        return frozenset(place.clause for row in self.elements for place in row.places)


def matrix(library: Library, family: str) -> list[DutyRow]:
    """Duties × clauses of one family, over everything its outline can print.

    An element covered by several clauses names them all, in the order of the document.
    """
    return remembered(library, f"matrix {family}", lambda: list(_matrix(library, family)))


def _matrix(library: Library, family: str) -> Iterator[DutyRow]:
    clauses = [library.clauses[name] for name in library.outlines[family].clauses]
    for duty in library.requirements.values():
        rows = tuple(
            ElementRow(element, tuple(
                Place(clause.id, clause.covers[key], clause.when is not None)
                for clause in clauses if (key := f"{duty.id}.{element.id}") in clause.covers
            ))
            for element in duty.elements
        )  # fmt: skip
        asked = [bool(row.places) for row in rows if not row.element.detail]
        yield DutyRow(duty, FULL if all(asked) else PARTIAL if any(asked) else NONE, rows)


# ---- two versions ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MetadataChange:
    """A key of clause.yaml that differs: what went and what came, as lines."""

    key: str
    gone: list[str]
    came: list[str]


def metadata_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[MetadataChange]:
    """What differs between two clause.yaml, key by key. Lists and ladders are compared item by item, in any order."""
    out = []
    for key in [*METADATA, *sorted({*old, *new} - {*METADATA, "id", "version"})]:
        before, after = (list(flat(data.get(key))) for data in (old, new))
        gone = [line for line in before if line not in after]
        came = [line for line in after if line not in before]
        if gone or came:
            out.append(MetadataChange(key, gone, came))
    return out


def flat(data: Any) -> Iterator[str]:
    """A value of clause.yaml as lines that a reader can compare: "28(2).objection: objection", "F1 · 24 uur · CISO · …"."""
    match data:
        case None:
            return
        case list():
            for item in data:
                yield from flat(item)
        case {"rungs": rungs, **rest}:
            title = rest.get("title") or rest.get("row") or ""
            yield from (f"{title}: {key}: {rest[key]}" for key in ("standard", "walk_away") if key in rest)
            for rung in rungs:
                values = [*flat(rung.get("set")), *flat(rung.get("asks"))]
                yield f"{title}: {rung.get('id')} · {rung.get('nl')} · {', '.join(values)} · {', '.join(flat(rung.get('approvers')))}"
        case dict():
            for key, value in sorted(data.items()):  # a stored release has lost the order of the file
                if isinstance(value, dict):
                    yield from (f"{key}: {line}" for line in flat(value))
                else:
                    yield f"{key}: {', '.join(flat(value))}"
        case bool():
            yield str(data).lower()
        case _:
            yield str(data)


def element_label(library: Library, key: str, language: str = "nl") -> str:
    """The words of an element ("28(2).objection"): "Art. 28(2): mogelijkheid van bezwaar"."""
    duty, _, name = key.rpartition(".")
    requirement = library.requirements.get(duty)
    element = next((e for e in requirement.elements if e.id == name), None) if requirement else None
    return f"{duty}: {element.labels[language]}" if element else key
