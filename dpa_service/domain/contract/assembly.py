"""Assembling one document: library + request → ordered, numbered articles, annexes, coverage and trace (docs/snapshot.md).

Pure and without a clock: the same library and request give the same snapshot, in any process, on any day. Two passes:
first every clause and paragraph is kept or left out and numbered, then the words are written, so that a reference always
knows the number it points at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dpa_service.domain.contract.asked import REMOVED, printed_names
from dpa_service.domain.contract.clause_text import LIST_END, Inline, Node, Print, Ref, Words, parse_inline
from dpa_service.domain.contract.clauses import Clause, Library
from dpa_service.domain.contract.coverage import coverage, uncovered
from dpa_service.domain.contract.deviations import described, deviations_of, tailored
from dpa_service.domain.contract.library_build import content_hash
from dpa_service.domain.contract.own_wording import check_own_wording
from dpa_service.domain.contract.printed_facts import description, party_facts, printed_facts
from dpa_service.domain.contract.request import Request, facts, party
from dpa_service.domain.contract.tables import Filling, table
from dpa_service.domain.contract.terms import effective_terms, plain
from dpa_service.domain.contract.wording import NBSP, long_date, lower_letter, upper_roman
from dpa_service.domain.errors import DomainError, NotCovered

FORMAT = 1


@dataclass(slots=True)
class _Place:
    """A kept node with its labels: `label` as printed beside it, `full` as a reference prints it."""

    node: Node
    label: str
    full: str
    points: list[_Place] = field(default_factory=list)


def assemble(library: Library, request: Request, *, document: str = "agreement", reference: str | None = None,
             agreement_id: str | None = None, draft: bool = True) -> dict[str, Any]:  # fmt: skip
    """The snapshot of `document` (``agreement`` or ``general-terms``) for `request`: plain JSON, as docs/snapshot.md says.

    `reference` and `agreement_id` default to values derived from the request's content. Raises DomainError: clauses that
    contradict or miss each other (both are named), a value that a text prints and the request does not give, a table
    without rows, and, unless `draft`, a clause that is not published.
    """
    digest = content_hash([document, dict(request.data)])
    names = (reference or request.reference or f"ONTWERP-{digest[:8].upper()}", agreement_id or digest[:32])
    return _Assembly(library, request, document, *names, draft).snapshot()


def check_issuable(snapshot: Mapping[str, Any]) -> None:
    """Raise NotCovered, naming the duties, if this agreement leaves a duty of Art. 28 uncovered."""
    if duties := uncovered(snapshot["coverage"]):
        raise NotCovered(duties)


def bookmark(kind: str, *names: str) -> str:
    """The hidden bookmark of a clause (``cl``) or a place in one (``pr``): stable across versions and documents."""
    return f"_{kind}_{hashlib.sha256('#'.join(names).encode()).hexdigest()[:12]}"


class _Assembly:
    def __init__(self, library: Library, request: Request, document: str, reference: str, agreement_id: str, draft: bool) -> None:
        self.request, self.reference, self.language = request, reference, request.language
        self.agreement_id, self.draft = agreement_id, draft
        standard = library.outlines[document]
        deviations = deviations_of(library, standard, request)
        self.library, self.outline = library, standard
        if any(deviation.asked for deviation in deviations):
            self.library, self.outline = tailored(library, standard, deviations, self.language)
        self.words = library.layout[self.language]
        changes = ((d.id, change.parameter, change.agreed) for d in deviations for change in d.changes)
        self.terms = effective_terms(library.parameters, changes)
        self.house = party(library.processor)
        self.facts = facts(request, deviations=bool(deviations))
        self.env = {**self.facts, **self.terms}
        self.prints = printed_facts(request, self.house, library.processor, self.words, reference)
        self.trace: list[dict[str, Any]] = []
        self.included = self._choose()
        self.numbers: dict[str, str] = {}
        self.kept: dict[str, list[_Place]] = {}
        self._number()
        if self.library is not library:
            printed = {name: {n for p in _walk(places) for n in printed_names(p.node)} for name, places in self.kept.items()}
            check_own_wording(library, deviations, printed, self.env, self.language)
        self.removed = {d.clause for d in deviations if d.kind == REMOVED}
        self.deviations = [described(self.library, deviation, self.language, self.numbers) for deviation in deviations]

    # ---- first pass: what is in, and its number ------------------------------------------------------------------

    def _choose(self) -> dict[str, Clause]:
        chosen: dict[str, Clause] = {}
        for name in self.outline.clauses:
            clause = self.library.clauses[name]
            holds = clause.when is None or clause.when.holds(self.env)
            key = "always" if clause.when is None else "met" if holds else "unmet"
            reason = self.words["trace"][key].format(condition=self._said(clause))
            self.trace.append({"clause": name, "version": clause.version, "included": holds, "reason": reason})
            if holds:
                chosen[name] = clause
        for clause in chosen.values():
            for other in clause.requires:
                if other not in chosen:
                    raise DomainError(
                        "CLAUSE_MISSING",
                        f"Clause '{clause.id}' needs clause '{other}', which this document leaves out.",
                    )
            for other in clause.excludes:
                if other in chosen:
                    raise DomainError("CLAUSE_CONFLICT", f"Clause '{clause.id}' contradicts clause '{other}': leave one out.")
            if clause.status != "published" and not self.draft:
                raise DomainError(
                    "CLAUSE_NOT_PUBLISHED",
                    f"Clause '{clause.id}' {clause.version} is {clause.status}; publish it first.",
                )
        return chosen

    def _said(self, clause: Clause) -> str:
        """The condition in words where it tests one fact, else as written."""
        if clause.when is None:
            return ""
        known = self.words["facts"]
        return " / ".join(known.get(test.name, test.name) for test in clause.when.tests)

    def _number(self) -> None:
        for number, name in enumerate([name for name in self.outline.articles if name in self.included], start=1):
            self.numbers[name] = str(number)
            self.kept[name] = [
                _Place(node, f"{number}.{index}", f"{number}.{index}", self._points(node, f"{number}.{index}"))
                for index, node in enumerate(self._present(self._text(name).nodes), start=1)
            ]
        for number, name in enumerate([name for name in self.outline.annexes if name in self.included], start=1):
            self.numbers[name] = upper_roman(number)
            self.kept[name] = self._annex_places(name)
        for name in filter(None, (self.outline.recitals, self.outline.closing)):
            if name in self.included:
                nodes = self._present(self._text(name).nodes)
                letters = [f"({lower_letter(index).upper()})" for index in range(1, len(nodes) + 1)]
                labels = letters if name == self.outline.recitals else [""] * len(nodes)
                self.kept[name] = [_Place(node, label, label, self._points(node, label))
                                   for node, label in zip(nodes, labels, strict=True)]  # fmt: skip

    def _text(self, name: str) -> Any:
        return self.library.clauses[name].texts[self.language]

    def _present(self, nodes: Iterable[Node]) -> list[Node]:
        return [node for node in nodes if node.when is None or node.when.holds(self.env)]

    def _points(self, node: Node, full: str, depth: int = 1) -> list[_Place]:
        places = []
        for index, point in enumerate(self._present(node.points), start=1):
            label = f"({lower_letter(index)})" if depth == 1 else f"({upper_roman(index).lower()})"
            places.append(_Place(point, label, full + label, self._points(point, full + label, depth + 1)))
        return places

    def _annex_places(self, name: str) -> list[_Place]:
        places, heading = [], 0
        for node in self._present(self._text(name).nodes):
            heading += node.kind == "heading"
            places.append(_Place(node, str(heading) if node.kind == "heading" else "", str(heading) if heading else ""))
        return places

    def _anchors(self) -> dict[tuple[str, str | None], str]:
        """(clause, place name) → printed label of everything present, for coverage."""
        found: dict[tuple[str, str | None], str] = {}
        for name in self.included:
            annex = name in self.outline.annexes
            own = (
                f"{self.words['labels']['annex']}{NBSP}{self.numbers[name]}"
                if annex
                else self.numbers.get(name, self._text(name).heading)
            )
            found[name, None] = own
            for place in _walk(self.kept[name]):
                if place.node.anchor:
                    label = f"{own}, {place.full}" if annex and place.full else place.full or own
                    found[name, place.node.anchor] = label
        return found

    # ---- second pass: the words ----------------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """The assembled document as plain JSON."""
        labels = self.words["labels"]
        rows = coverage(self.library, self.included.values(), self._anchors(), self.language)
        day = self.request.effective_from
        return {
            "format": FORMAT,
            "family": self.outline.id,
            "language": self.language,
            "title": self.outline.titles[self.language],
            "subtitle": self.outline.subtitles[self.language],
            "reference": self.reference,
            "draft": self.draft,
            "agreement_id": self.agreement_id,
            "date": {"iso": day.isoformat(), "text": long_date(day, self.language)},
            "labels": dict(labels),
            "parties": self._parties(),
            "recitals": self._unnumbered(self.outline.recitals) if self.outline.recitals in self.included else None,
            "parts": self._parts(),
            "closing": self._unnumbered(self.outline.closing),
            "annexes": [self._annex(name) for name in self.outline.annexes if name in self.included],
            "terms": {
                name: {"value": plain(term.value), "text": self.terms.printed(name, self.language),
                       "label": term.parameter.labels[self.language], "source": term.source}
                for name, term in self.terms.by_id.items()
            },
            "deviations": self.deviations,
            "coverage": rows,
            "trace": self.trace,
            "library": {"hash": self.library.hash},
            "request": dict(self.request.data),
        }  # fmt: skip

    def _parties(self) -> list[dict[str, Any]]:
        sides = [("controller", self.request.client), ("processor", self.house)]
        if self.request.client is None or self.outline.id == "general-terms":
            sides = [("issuer", self.house)]
        return [
            {
                "role": role,
                "role_label": self.words["roles"][role],
                "name": side.name,
                "description": description(side, self.words, self.language),
                "signature": {"name": side.signatory, "role": side.signatory_role},
            }
            for role, side in sides
            if side is not None
        ]

    def _identity(self, name: str) -> dict[str, Any]:
        clause = self.library.clauses[name]
        return {"clause": name, "version": clause.version, "hash": clause.hash, "bookmark": bookmark("cl", name),
                "heading": self._text(name).heading}  # fmt: skip

    def _parts(self) -> list[dict[str, Any]]:
        parts: list[dict[str, Any]] = []
        for part in self.outline.parts:
            articles = [
                {
                    **self._identity(name),
                    "label": self.numbers[name],
                    "paragraphs": [self._paragraph(name, p) for p in self.kept[name]],
                }
                for name in part.clauses
                if name in self.included
            ]
            if articles:
                parts.append({"label": upper_roman(len(parts) + 1), "title": part.titles[self.language], "articles": articles})
        return parts

    def _unnumbered(self, name: str | None) -> dict[str, Any]:
        assert name is not None
        return {**self._identity(name), "paragraphs": [self._paragraph(name, place) for place in self.kept[name]]}

    def _paragraph(self, clause: str, place: _Place) -> dict[str, Any]:
        return {
            "label": place.label,
            "full_label": place.full,
            "anchor": place.node.anchor,
            "bookmark": bookmark("pr", clause, place.node.anchor) if place.node.anchor else None,
            "runs": self._runs(place.node.inline, clause),
            "points": self._list(clause, place),
        }

    def _list(self, clause: str, place: _Place) -> list[dict[str, Any]]:
        """The kept points; where the last of the source is left out, the last kept takes over its closing mark."""
        points = [self._paragraph(clause, point) for point in place.points]
        if points and place.points[-1].node is not place.node.points[-1]:
            runs = _last_runs(points[-1])
            runs[-1]["text"] = LIST_END.sub(".", runs[-1]["text"])
        return points

    def _annex(self, name: str) -> dict[str, Any]:
        blocks = [block for place in self.kept[name] for block in self._block(name, place)]
        return {**self._identity(name), "label": self.numbers[name], "blocks": blocks}

    def _block(self, clause: str, place: _Place) -> Iterable[dict[str, Any]]:
        node = place.node
        mark = bookmark("pr", clause, node.anchor) if node.anchor else None
        if node.kind == "directive":
            filling = Filling(self.request, self.words, self.deviations, lambda name: self.terms.printed(name, self.language),
                              lambda name: self.library.parameters[name].labels[self.language], self._fill, self._contact_rows())  # fmt: skip
            columns, widths, rows = table(str(node.directive), filling)
            yield {
                "kind": "table",
                "columns": columns,
                "widths": widths,
                "rows": [[_lines(cell) for cell in row] for row in rows],
            }
        elif node.kind == "table":
            kept = [
                [self._runs(cell, clause) for cell in cells] for when, cells in node.rows if when is None or when.holds(self.env)
            ]
            yield {"kind": "table", "columns": list(node.columns), "widths": _widths(node.columns, kept), "rows": kept}
        elif node.kind == "heading":
            yield {"kind": "heading", "label": place.label, "bookmark": mark, "runs": self._runs(node.inline, clause)}
        else:
            yield {"kind": node.kind, "bookmark": mark, "runs": self._runs(node.inline, clause)}

    def _contact_rows(self) -> list[dict[str, Any]]:
        sides = [side for side in (self.request.client, self.house) if side]
        return [{"privacy_phone": None, **party_facts(side, self.words, self.language)} for side in sides]

    def _fill(self, text: str) -> str:
        """A small text of the catalogue or the request with its parameters printed. A request's own braces are plain words."""
        if "{" not in text or text not in self._catalogue():
            return text
        return "".join(run["text"] for run in self._runs(parse_inline(text, 1), "services"))

    def _catalogue(self) -> set[str]:
        if not hasattr(self, "_catalogue_texts"):
            self._catalogue_texts = {
                text
                for service in self.library.services.values()
                for value in service.texts[self.language].values()
                for item in ([value] if isinstance(value, str) else value)
                for text in ([item] if isinstance(item, str) else item.values())
            }
        return self._catalogue_texts

    def _runs(self, inline: Iterable[Inline], clause: str) -> list[dict[str, Any]]:
        runs: list[dict[str, Any]] = []
        for part in inline:
            match part:
                case Words(text, bold):
                    _add(runs, text, bold)
                case Print(name, short, bold):
                    _add(runs, self._print(name, short, clause), bold)
                case Ref():
                    self._reference(runs, part, clause)
        return runs

    def _print(self, name: str, short: bool, clause: str) -> str:
        if name in self.terms:
            return self.terms.printed(name, self.language, short=short)
        if name in self.prints:
            return self.prints[name]
        raise DomainError("VALUE_MISSING", f"Clause '{clause}' prints {{{name}}}, and the request gives no such value.")

    def _reference(self, runs: list[dict[str, Any]], ref: Ref, clause: str) -> None:
        number = self.numbers.get(ref.clause)
        target: str | None = None
        if number is not None and ref.annex:
            text, target = f"{self.words['labels']['annex']}{NBSP}{number}", bookmark("cl", ref.clause)
        elif number is not None and ref.anchor is None:
            text, target = number, bookmark("cl", ref.clause)
        elif number is not None:
            found = next((p for p in _walk(self.kept[ref.clause]) if p.node.anchor == ref.anchor), None)
            if found:
                text, target = found.full, bookmark("pr", ref.clause, str(ref.anchor))
            elif ref.clause in self.removed:
                text, target = number, bookmark("cl", ref.clause)
        if target is None:
            place = ref.clause + (f"#{ref.anchor}" if ref.anchor else "")
            raise DomainError("REFERENCE_DANGLING", f"Clause '{clause}' refers to '{place}', which this document leaves out.")
        if not ref.annex and runs and runs[-1]["text"].endswith(" "):
            runs[-1]["text"] = runs[-1]["text"][:-1] + NBSP
        runs.append({"text": text, "ref": target, **({"bold": True} if ref.bold else {})})


def _walk(places: Iterable[_Place]) -> Iterable[_Place]:
    for place in places:
        yield place
        yield from _walk(place.points)


def _last_runs(paragraph: dict[str, Any]) -> list[dict[str, Any]]:
    """The words that stand last in a point and everything below it."""
    runs: list[dict[str, Any]] = _last_runs(paragraph["points"][-1]) if paragraph["points"] else paragraph["runs"]
    return runs


def _add(runs: list[dict[str, Any]], text: str, bold: bool) -> None:
    """Append words, joining them to the run before where the look is the same."""
    if runs and "ref" not in runs[-1] and bool(runs[-1].get("bold")) == bold:
        runs[-1]["text"] += text
    elif text:
        runs.append({"text": text, "bold": True} if bold else {"text": text})


def _lines(cell: list[str]) -> list[dict[str, Any]]:
    """A table cell's lines as runs with breaks between them."""
    runs: list[dict[str, Any]] = []
    for line in cell:
        if runs:
            runs.append({"text": "", "break": True})
        runs.append({"text": line})
    return runs


def _widths(columns: Iterable[str], rows: list[list[list[dict[str, Any]]]]) -> list[int]:
    """Column widths in percent that follow the length of what stands in them, none below 12."""
    heads = list(columns)
    weights = [
        max(14, min(60, max([len(head), *(sum(len(run["text"]) for run in row[index]) for row in rows)])))
        for index, head in enumerate(heads)
    ]
    widths = [max(12, round(100 * weight / sum(weights))) for weight in weights]
    widths[widths.index(max(widths))] += 100 - sum(widths)
    return widths
