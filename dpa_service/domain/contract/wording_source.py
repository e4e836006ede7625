"""The wording of one clause for one client: which paragraphs its draft keeps, and the same as source text for own wording. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dpa_service.domain.contract.clause_text import LIST_END, TIED, Inline, Node, Print, Ref, Words
from dpa_service.domain.contract.clauses import Clause, Library
from dpa_service.domain.contract.deviations import deviations_of, tailored
from dpa_service.domain.contract.printed_facts import printed_facts
from dpa_service.domain.contract.request import Request, facts, party
from dpa_service.domain.contract.terms import Terms, Value, effective_terms, print_value
from dpa_service.domain.contract.wording import NBSP


@dataclass(frozen=True)
class Draft:
    """What decides the words of a draft: its library with own wording in place, its terms and the facts that it prints."""

    library: Library
    standard: Library
    language: str
    terms: Terms
    facts: Mapping[str, Any]
    prints: Mapping[str, str]
    own: Mapping[str, str] = field(default_factory=dict)

    def clause(self, name: str) -> Clause:
        """A clause as this draft words it."""
        return self.library.clauses[name]

    def kept(self, name: str, values: Mapping[str, Value] | None = None) -> tuple[Node, ...]:
        """The paragraphs of a clause that this draft keeps, or would keep with other `values`; their conditions taken off."""
        env = {**self.facts, **self.terms, **(values or {})}
        return tuple(kept_nodes(self.clause(name).texts[self.language].nodes, env))

    def printed(self, part: Print, values: Mapping[str, Value] | None = None) -> str | None:
        """What a placeholder prints, or would print with other `values`; None where there is no such value."""
        if part.name in self.terms:
            value = (values or {}).get(part.name, self.terms[part.name])
            return print_value(self.standard.parameters[part.name], value, self.language, short=part.short)
        return self.prints.get(part.name)


def draft_of(library: Library, request: Request, *, document: str = "agreement", reference: str | None = None) -> Draft:
    """The wordings of a draft. `reference` is the one that its text prints, where that is not the request's own."""
    outline = library.outlines[document]
    deviations = deviations_of(library, outline, request)
    own, _ = tailored(library, outline, deviations, request.language)
    changes = ((each.id, change.parameter, change.agreed) for each in deviations for change in each.changes)
    words = library.layout[request.language]
    return Draft(
        own,
        library,
        request.language,
        effective_terms(library.parameters, changes),
        facts(request, deviations=bool(deviations)),
        printed_facts(request, party(library.processor), library.processor, words, reference or request.reference or ""),
        {each.asked.clause: each.asked.source for each in deviations if each.asked and each.asked.source},
    )


def source_of(library: Library, request: Request, clause: str, *, document: str = "agreement") -> str:
    """The wording of an article for this client, in the notation of the clause library, without conditions.

    Asked as a deviation of class ``modified`` it gives the same text. Own wording that the request has comes back as it was written.
    """
    return source_in(draft_of(library, request, document=document), clause)


def source_in(draft: Draft, clause: str) -> str:
    """``source_of`` for a draft that is at hand."""
    if clause in draft.own:
        return draft.own[clause]
    return as_source(draft.clause(clause).texts[draft.language].heading, draft.kept(clause))


def as_source(heading: str, nodes: Iterable[Node]) -> str:
    """An article as source text: heading, numbered paragraphs, points below them."""
    return "\n".join((f"# {heading}", "", *_lines(nodes, 0))) + "\n"


def walk(nodes: Iterable[Node], depth: int = 0) -> Iterator[tuple[int, Node]]:
    """Every paragraph and point in reading order, with how many levels stand above it."""
    for node in nodes:
        yield depth, node
        yield from walk(node.points, depth + 1)


def written(inline: Iterable[Inline]) -> str:
    """Words, placeholders and references as they are typed."""
    out, bold = "", False
    for part in inline:
        if part.bold != bold:
            out, bold = out + "**", part.bold
        match part:
            case Words(text):
                out += _untied(text)
            case Print(name, short):
                out += "{" + name + (":short" if short else "") + "}"
            case Ref():
                place = f"#{part.anchor}" if part.anchor else ""
                out += "{" + ("annex" if part.annex else "ref") + f":{part.clause}{place}" + "}"
    return out + ("**" if bold else "")


def _lines(nodes: Iterable[Node], depth: int) -> Iterator[str]:
    for number, node in enumerate(nodes, start=1):
        head = "{#" + node.anchor + "} " if node.anchor else ""
        mark = f"{number}." if depth == 0 else "   " * depth + "-"
        yield f"{mark} {head}{written(node.inline)}"
        yield from _lines(node.points, depth + 1)


def _untied(text: str) -> str:
    """Spaces that the reader ties by itself are typed as ordinary ones; any other tie stays."""
    plain = text.replace(NBSP, " ")
    return plain if TIED.sub(rf"\1{NBSP}", plain) == text else text


def kept_nodes(nodes: Iterable[Node], env: Mapping[str, Any]) -> Iterator[Node]:
    """The paragraphs that `env` keeps, their conditions taken off; a list that loses its last point ends in a full stop."""
    for node in nodes:
        if node.when is None or node.when.holds(env):
            here = [point for point in node.points if point.when is None or point.when.holds(env)]
            points = list(kept_nodes(here, env))
            if points and here[-1] is not node.points[-1]:  # the last that stays takes over the closing mark
                points[-1] = _closed(points[-1])
            yield replace(node, when=None, points=tuple(points))


def _closed(node: Node) -> Node:
    if node.points:
        return replace(node, points=(*node.points[:-1], _closed(node.points[-1])))
    last = node.inline[-1]
    if not isinstance(last, Words):
        return node
    return replace(node, inline=(*node.inline[:-1], replace(last, text=LIST_END.sub(".", last.text))))
