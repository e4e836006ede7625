"""What a request asks besides values (docs/request.md, `deviations`): a rung of a ladder, own wording, a clause removed or added.

Read and judged here, each mistake with its field; what follows for the document is domain/contract/deviations.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dpa_service.domain.contract.clause_text import ClauseText, Node, Print, Ref, TextTrouble, parse_clause_text
from dpa_service.domain.contract.clauses import Clause, Ladder, Library, Outline, Rung
from dpa_service.domain.contract.terms import TURNING, Value, ValueTrouble, parse_value
from dpa_service.domain.errors import FieldError

VALUE, FALLBACK, MODIFIED, REMOVED, ADDED, UNTRACKED = "value", "fallback", "modified", "removed", "added", "untracked"
CLASSES = (VALUE, FALLBACK, MODIFIED, REMOVED, ADDED, UNTRACKED)
ASKED_CLASSES = CLASSES[1:]  # a value is asked as a parameter
LONGEST_TEXT = 20_000
_ADDED_ID = re.compile(r"added-[a-z0-9][a-z0-9-]{0,38}")


@dataclass(frozen=True, slots=True)
class Asked:
    """One entry of a request's `deviations`, read. `text` is its own wording parsed, `source` the same as written."""

    kind: str
    clause: str
    values: Mapping[str, Value] = field(default_factory=dict)
    row: int | None = None
    rung: str | None = None
    source: str | None = None
    text: ClauseText | None = None
    after: str | None = None
    reason: str | None = None


def subject_key(kind: str, name: str | int | None, *, worded: bool = True) -> str:
    """What a deviation departs from; the same from round to round. In: the parameter, the playbook's row, or the clause; `worded` is
    false where a change found unmarked sets values only."""
    prefix = {VALUE: "value", FALLBACK: "ladder", ADDED: "added"}.get(kind, "text" if worded else "found")
    return f"{prefix}:{name}"


def ladder_of(library: Library, row: int | None) -> tuple[Clause, Ladder] | None:
    """The ladder of a row of the playbook and the clause that holds it."""
    return next(((c, ladder) for c in library.clauses.values() for ladder in c.ladders if ladder.row == row), None)


def rung_of(ladder: Ladder, name: str | None) -> Rung | None:
    """The rung of that name."""
    return next((rung for rung in ladder.rungs if rung.id == name), None)


def read_asked(
    entries: Sequence[Mapping[str, Any]], library: Library, family: str, language: str, parameters: Mapping[str, Value]
) -> tuple[tuple[Asked, ...], list[FieldError]]:
    """The entries of `deviations` as typed data, and every mistake in them with its field.

    `parameters` are the values the same request asks; an entry that sets one of them otherwise contradicts it.
    """
    reader = _Reader(library, library.outlines[family], language)
    asked = [reader.read(index, entry) for index, entry in enumerate(entries)]
    good = [item for item in asked if item is not None]
    reader.conflicts(asked, parameters)
    return tuple(good), reader.errors


class _Reader:
    def __init__(self, library: Library, outline: Outline, language: str) -> None:
        self.library, self.outline, self.language = library, outline, language
        self.errors: list[FieldError] = []
        self.facts = {
            part.name
            for clause in library.clauses.values()
            for text in clause.texts.values()
            for node in text.walk()
            for part in node.inline
            if isinstance(part, Print)
        }

    def wrong(self, where: str, code: str, message: str) -> None:
        self.errors.append(FieldError(where, code, message))

    def read(self, index: int, entry: Mapping[str, Any]) -> Asked | None:
        """One entry, or None where it cannot be understood."""
        where, kind = f"deviations[{index}]", entry["class"]
        reason = entry.get("reason")
        if kind == FALLBACK:
            return self._fallback(where, entry, reason)
        if kind == ADDED:
            return self._added(where, entry, reason)
        clause = self._article(where, entry.get("clause"))
        if clause is None:
            return None
        if kind == REMOVED:
            return Asked(REMOVED, clause.id, reason=reason)
        values = self._values(where, entry.get("values") or {}, None) if kind == UNTRACKED else {}
        source = entry.get("text")
        if source is None and not values:
            self.wrong(f"{where}.text", "REQUIRED", "Give the wording that is asked.")
            return None
        text = self._text(f"{where}.text", source) if source is not None else None
        if source is not None and text is None:
            return None
        return Asked(kind, clause.id, values, source=source, text=text, reason=reason)

    def _article(self, where: str, name: Any) -> Clause | None:
        if name in self.outline.articles:
            return self.library.clauses[str(name)]
        if name in self.library.clauses:
            self.wrong(
                f"{where}.clause", "NOT_AN_ARTICLE", "Only articles are reworded or removed; change the data of an annex instead."
            )
        else:
            self.wrong(
                f"{where}.clause", "CHOICE", f"Give the id of an article of this document, such as '{self.outline.articles[0]}'."
            )
        return None

    def _fallback(self, where: str, entry: Mapping[str, Any], reason: str | None) -> Asked | None:
        found = ladder_of(self.library, entry.get("row"))
        if found is None or found[0].id not in self.outline.clauses:
            rows = sorted(str(ladder.row) for c in self.library.clauses.values() for ladder in c.ladders if ladder.row)
            self.wrong(f"{where}.row", "CHOICE", f"Give a row of the playbook: {', '.join(sorted(rows, key=int))}.")
            return None
        clause, ladder = found
        rung = rung_of(ladder, entry.get("rung"))
        if rung is None:
            self.wrong(f"{where}.rung", "CHOICE", f"Row {ladder.row} has the rungs {', '.join(r.id for r in ladder.rungs)}.")
            return None
        given = self._values(where, entry.get("values") or {}, rung)
        for name in rung.asks:
            if name not in given:
                self.wrong(f"{where}.values.{name}", "REQUIRED", f"Rung {rung.id} of row {ladder.row} needs {name}.")
        return Asked(FALLBACK, clause.id, {**rung.sets, **given}, ladder.row, rung.id, reason=reason)

    def _values(self, where: str, raw: Mapping[str, Any], rung: Rung | None) -> dict[str, Value]:
        values = {}
        for name, value in raw.items():
            here = f"{where}.values.{name}"
            if name not in self.library.parameters:
                self.wrong(here, "UNKNOWN", "There is no such parameter; see /api/v1/parameters.")
            elif rung is not None and name not in rung.asks:
                self.wrong(
                    here, "UNKNOWN", f"Rung {rung.id} does not ask for this; it asks for {', '.join(rung.asks) or 'nothing'}."
                )
            else:
                try:
                    values[name] = parse_value(self.library.parameters[name], value)
                except ValueTrouble as trouble:
                    self.wrong(here, trouble.code, trouble.message)
        return values

    def _added(self, where: str, entry: Mapping[str, Any], reason: str | None) -> Asked | None:
        name, after = str(entry.get("id")), entry.get("after")
        if not _ADDED_ID.fullmatch(name):
            self.wrong(f"{where}.id", "FORM", "Give an id such as 'added-1'.")
        if after not in self.outline.articles:
            self.wrong(f"{where}.after", "CHOICE", "Give the id of the article that the new one follows.")
        if entry.get("text") is None:
            self.wrong(f"{where}.text", "REQUIRED", "Give the wording of the new article.")
            return None
        text = self._text(f"{where}.text", entry["text"])
        if text is None or after not in self.outline.articles:
            return None
        return Asked(ADDED, name, source=entry["text"], text=text, after=after, reason=reason)

    def _text(self, where: str, source: str) -> ClauseText | None:
        """Own wording, parsed. Words only: conditions and tables belong to the library."""
        if len(source) > LONGEST_TEXT:
            self.wrong(where, "LENGTH", f"Own wording has at most {LONGEST_TEXT} characters.")
            return None
        if any(sign in TURNING or (unicodedata.category(sign) in {"Cc", "Cs", "Cn"} and sign != "\n") for sign in source):
            self.wrong(
                where, "CHARACTER", "The text holds a character that cannot be printed; take out tabs and control characters."
            )
            return None
        try:
            text = parse_clause_text(source, "article")
        except TextTrouble as trouble:
            self.wrong(where, "TEXT", f"Line {trouble.line}: {trouble.message} {trouble.remedy}")
            return None
        before = len(self.errors)
        for node in text.walk():
            if node.when is not None:
                self.wrong(where, "CONDITION", f"Line {node.line}: own wording holds no conditions; write what this client gets.")
            self._inline(where, node)
        return text if len(self.errors) == before else None

    def _inline(self, where: str, node: Node) -> None:
        for part in node.inline:
            if isinstance(part, Print) and part.name not in self.library.parameters and part.name not in self.facts:
                self.wrong(where, "UNKNOWN", f"Line {node.line}: there is no value {{{part.name}}}.")
            if isinstance(part, Ref) and part.clause not in self.outline.clauses:
                self.wrong(where, "UNKNOWN", f"Line {node.line}: there is no clause '{part.clause}' in this document.")

    def conflicts(self, asked: Sequence[Asked | None], parameters: Mapping[str, Value]) -> None:
        """The same clause reworded or removed twice, or one term set to two values."""
        texts: dict[str, int] = {}
        terms: dict[str, tuple[str, Value]] = {name: (f"parameters.{name}", value) for name, value in parameters.items()}
        rows: dict[int, int] = {}
        for index, item in enumerate(asked):
            if item is None:
                continue
            where = f"deviations[{index}]"
            if (item.text is not None or item.kind == REMOVED) and texts.setdefault(item.clause, index) != index:
                self.wrong(
                    f"{where}.clause", "CONFLICT", f"deviations[{texts[item.clause]}] changes the wording of this clause too."
                )
            if item.row is not None and rows.setdefault(item.row, index) != index:
                self.wrong(f"{where}.row", "CONFLICT", f"deviations[{rows[item.row]}] takes a rung of this row too.")
            for name, value in item.values.items():
                first, other = terms.setdefault(name, (where, value))
                if other != value:
                    self.wrong(
                        f"{where}.values.{name}", "CONFLICT", f"{first} sets {name} to another value; keep one of the two."
                    )


def printed_names(node: Node) -> Iterator[str]:
    """The names that one paragraph or point prints, what hangs below it left out."""
    return (part.name for part in node.inline if isinstance(part, Print))
