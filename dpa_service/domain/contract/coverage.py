"""The Art. 28 coverage matrix: requirement → clause → place, computed for one assembled document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dpa_service.domain.contract.clauses import Clause, Library

FULL, PARTIAL, NONE = "full", "partial", "none"


def coverage(
    library: Library, included: Iterable[Clause], places: Mapping[tuple[str, str | None], str], language: str
) -> list[dict[str, Any]]:
    """The matrix of one document.

    `included` are its clauses; `places` maps (clause id, place name) to the printed label of what is present, and
    (clause id, None) to the clause's own. A duty is full when each element that the law asks is covered, partial when some
    are, none when none is; details are shown but never counted.
    """
    found: dict[str, tuple[str, str]] = {}
    for clause in included:
        for element, anchors in clause.covers.items():
            present = [places[clause.id, name] for name in (anchors or (None,)) if (clause.id, name) in places]
            if present:
                found.setdefault(element, (clause.id, present[0]))
    rows = []
    for duty in library.requirements.values():
        elements = [
            {
                "id": element.id,
                "label": element.labels[language],
                "detail": element.detail,
                "covered": (key := f"{duty.id}.{element.id}") in found,
                "clause": found.get(key, (None, None))[0],
                "place": found.get(key, (None, None))[1],
            }
            for element in duty.elements
        ]
        asked = [element["covered"] for element in elements if not element["detail"]]
        status = FULL if all(asked) else PARTIAL if any(asked) else NONE
        rows.append({"duty": duty.id, "label": duty.labels[language], "status": status, "elements": elements})
    return rows


def uncovered(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The duties that are not fully covered, in the matrix's order."""
    return [row["duty"] for row in rows if row["status"] != FULL]
