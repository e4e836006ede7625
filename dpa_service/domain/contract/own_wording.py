"""Own wording beside the terms: what a client's own text must still print, and which figures in it no calculation reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dpa_service.domain.contract.asked import REMOVED
from dpa_service.domain.contract.clause_text import ClauseText, Node, Print, Words
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.deviations import Deviation
from dpa_service.domain.errors import DomainError

_FIGURE = re.compile(
    r"€\s?\d[\d.,]*|\b\d[\d.,]*\s?(?:euro|EUR|%|procent)|\b\d+\s(?:\([^)]{1,30}\)\s)?(?:werk|kalender)?(?:dag|dagen|uur|uren|maand|maanden|jaar|weken|week|minuten)\b"
)


def check_own_wording(
    library: Library, deviations: Iterable[Deviation], printed: Mapping[str, set[str]], env: Mapping[str, Any], language: str
) -> None:
    """Raise DomainError ``TERM_NOT_PRINTED`` where own wording leaves out a term that the standard prints in its place.

    `printed` maps each clause of this document to the names its text prints; `env` decides the conditions of the standard text.
    Without this, text and effective terms would drift apart. A removed clause may go where other clauses print its terms.
    """
    for deviation in deviations:
        asked = deviation.asked
        if asked is None or (asked.text is None and asked.kind != REMOVED) or deviation.clause not in library.clauses:
            continue
        if deviation.clause not in printed:
            continue
        others = {name for clause, names in printed.items() if clause != deviation.clause for name in names}
        own = others if asked.kind == REMOVED else printed[deviation.clause]
        standard = names_of(library.clauses[deviation.clause].texts[language].nodes, env)
        if missing := [name for name in dict.fromkeys(standard) if name in library.parameters and name not in own]:
            named = ", ".join(f"{{{name}}}" for name in missing)
            who = "nothing else prints it" if asked.kind == REMOVED else "the wording that is asked does not"
            raise DomainError(
                "TERM_NOT_PRINTED",
                f"The standard text of clause '{deviation.clause}' prints {named}, and {who}. Print it, so that text and calculation "
                "say the same; where another figure is meant, ask for that value.",
            )


def names_of(nodes: Iterable[Node], env: Mapping[str, Any]) -> Iterator[str]:
    """The names that the paragraphs which `env` keeps print."""
    for node in nodes:
        if node.when is None or node.when.holds(env):
            yield from (part.name for part in node.inline if isinstance(part, Print))
            yield from names_of(node.points, env)


def loose_figures(text: ClauseText, standard: ClauseText | None) -> list[str]:
    """Amounts and periods written as words in own wording and not in the standard text: no calculator, tariff or clock reads them."""
    known = set(_figures(standard)) if standard else set()
    return [figure for figure in dict.fromkeys(_figures(text)) if figure not in known]


def _figures(text: ClauseText) -> Iterator[str]:
    for node in text.walk():
        for part in node.inline:
            if isinstance(part, Words):
                yield from _FIGURE.findall(part.text.replace("\u00a0", " "))
