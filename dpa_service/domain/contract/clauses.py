"""The clause library as data: clauses with their texts and ladders, outlines, requirements, services, the house itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dpa_service.domain.contract.clause_text import ClauseText
from dpa_service.domain.contract.conditions import Condition
from dpa_service.domain.contract.terms import Parameter, Value

KINDS = ("article", "recitals", "annex", "closing")
STATUSES = ("draft", "published", "retired")


@dataclass(frozen=True, slots=True)
class Rung:
    """A pre-worded fallback: the parameter values it sets, those it `asks` the user for, and the approvers it needs."""

    id: str
    labels: Mapping[str, str]
    sets: Mapping[str, Value]
    approvers: tuple[str, ...]
    asks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ladder:
    """The negotiation ladder of one subject: house standard, rungs in order of concession, and the walk-away line."""

    standard: str
    rungs: tuple[Rung, ...]
    walk_away: str
    title: str | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause in one version. `covers` maps an Art. 28 element ("28(2).objection") to the places that cover it.

    An empty tuple of places means the clause as a whole. `hash` is the SHA-256 of content (everything but the status).
    """

    id: str
    version: str
    status: str
    kind: str
    hash: str
    source: tuple[str, ...]
    covers: Mapping[str, tuple[str, ...]]
    parameters: tuple[str, ...]
    texts: Mapping[str, ClauseText]
    when: Condition | None = None
    requires: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    ladders: tuple[Ladder, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an outline: its title per language and the clauses in order."""

    titles: Mapping[str, str]
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """A document family: titles, recitals, parts, closing, annexes; every name is a clause id."""

    id: str
    titles: Mapping[str, str]
    subtitles: Mapping[str, str]
    recitals: str | None
    parts: tuple[Part, ...]
    closing: str
    annexes: tuple[str, ...]

    @property
    def articles(self) -> tuple[str, ...]:
        """The ids of all articles in order."""
        return tuple(clause for part in self.parts for clause in part.clauses)

    @property
    def clauses(self) -> tuple[str, ...]:
        """Every clause of the family in the order of the document."""
        first = (self.recitals,) if self.recitals else ()
        return (*first, *self.articles, self.closing, *self.annexes)


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a duty; `detail` is shown but not asked by the law."""

    id: str
    labels: Mapping[str, str]
    detail: bool = False


@dataclass(frozen=True, slots=True)
class Requirement:
    """One duty of Art. 28 (or 29 to 36, 44 to 49, 82) with its elements."""

    id: str
    labels: Mapping[str, str]
    elements: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the catalogue: what it brings into Annex I and II per language, and the facts it sets."""

    id: str
    texts: Mapping[str, Mapping[str, Any]]
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A combination of values that is refused: while `condition` holds, `then` must hold too."""

    condition: Condition
    then: Condition
    messages: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Library:
    """Everything an agreement is made of. `hash` identifies the whole content; `raw` is that content as plain JSON."""

    hash: str
    parameters: Mapping[str, Parameter]
    rules: tuple[Rule, ...]
    requirements: Mapping[str, Requirement]
    clauses: Mapping[str, Clause]
    outlines: Mapping[str, Outline]
    services: Mapping[str, Service]
    processor: Mapping[str, Any]
    sub_processors: tuple[Mapping[str, Any], ...]
    approvers: Mapping[str, Mapping[str, str]]
    notices: Mapping[str, Mapping[str, str]]
    layout: Mapping[str, Mapping[str, Any]]
    raw: Mapping[str, Any] = field(repr=False, compare=False)

    def home(self, parameter: str) -> str | None:
        """The clause a parameter belongs to: the one whose ladder sets it, else the first that uses it."""
        users = [clause for clause in self.clauses.values() if parameter in clause.parameters]
        for clause in users:
            if any(parameter in rung.sets or parameter in rung.asks for ladder in clause.ladders for rung in ladder.rungs):
                return clause.id
        return users[0].id if users else None
