"""The words of an invoice line: those of Annex V for the duty, and the place in the client's own agreement it rests on. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dpa_service.domain.assistance.duties import RATE_CLAUSE, TARIFF_ANNEX, duty
from dpa_service.domain.contract.terms import Parameter

GENERAL_RATE_CLAUSE = "gt-assistance-tariff"
_WORDS = {
    "nl": {"article": "artikel", "articles": "artikelen", "and": "en", "of": "van"},
}


def title(parameters: Mapping[str, Parameter], name: str, language: str = "nl") -> str:
    """What a line is called: the label of the duty's parameter, as Annex V prints it."""
    return parameters[duty(name).billable].labels[language]


def basis(snapshot: Mapping[str, Any], name: str) -> str:
    """Where the charge for a duty stands in a signed document: "artikelen 8 en 14 en Bijlage V van DPA-2026-0001".

    In: the snapshot (docs/snapshot.md). An article that the parties left out is not cited; the reference always is.
    """
    words = _WORDS[str(snapshot["language"])]
    articles = {article["clause"]: article["label"] for part in snapshot["parts"] for article in part["articles"]}
    annexes = {annex["clause"]: annex["label"] for annex in snapshot["annexes"]}
    known = duty(name)
    if snapshot["family"] == "agreement":
        clauses, annex = (known.clause.partition("#")[0], RATE_CLAUSE.partition("#")[0]), TARIFF_ANNEX
    else:
        clauses, annex = (known.general_clause.partition("#")[0], GENERAL_RATE_CLAUSE), ""
    labels = sorted({articles[clause] for clause in clauses if clause in articles}, key=_number)
    places, between = [], f" {words['and']} "
    if labels:
        places.append(f"{words['articles' if len(labels) > 1 else 'article']} {between.join(labels)}")
    if annex in annexes:
        places.append(f"{snapshot['labels']['annex']} {annexes[annex]}")
    cited = between.join(places)
    return f"{cited} {words['of']} {snapshot['reference']}" if cited else str(snapshot["reference"])


def _number(label: str) -> tuple[int, str]:
    """Articles in the order of their numbers."""
    return (int(label), "") if label.isdigit() else (10**6, label)
