"""The tables of the annexes that a request fills: ``{table:sub_processors}`` and its like.

A cell is a list of lines; each line is text. Nothing is invented: an empty list prints "geen" only where that is a statement
of fact ("no special categories"), and a table without rows is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dpa_service.domain.contract.request import Request
from dpa_service.domain.contract.wording import country, long_date
from dpa_service.domain.errors import DomainError

Cell = list[str]
BILLABLE = ("billable_dsr", "billable_security", "billable_incident", "billable_dpia", "billable_audit", "billable_alert",
            "billable_exit")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filling:
    """What a table may draw on: the request, the layout's words, deviations, and how to print a parameter or a small text."""

    request: Request
    words: Mapping[str, Any]
    deviations: list[dict[str, Any]]
    printed: Callable[[str], str]
    label: Callable[[str], str]
    fill: Callable[[str], str]
    parties: list[dict[str, Any]]


def table(name: str, filling: Filling) -> tuple[list[str], list[int], list[list[Cell]]]:
    """Column headings, widths in percent, and rows of the table `name`. Raises DomainError for a table that would be empty."""
    widths, rows = _TABLES[name][0], _TABLES[name][1](filling)
    if not rows:
        raise DomainError("EMPTY_TABLE", f"The table '{name}' has no rows; the request gives nothing to fill it.")
    return list(filling.words["tables"][name]), list(widths), rows


def _per_service(filling: Filling, *keys: str) -> list[list[Cell]]:
    """One row a service with a cell per key, and a last row for what the request adds."""
    language, none = filling.request.language, filling.words["tables"]["none"]
    rows = []
    for item in filling.request.services:
        cells = [[filling.fill(text) for text in item.texts(key, language)] for key in keys]
        rows.append([[item.name(language)], *(cell or [none] for cell in cells)])
    extra = [list(filling.request.additional[key]) for key in keys]
    if any(extra):
        rows.append([[filling.words["tables"]["additional"]], *(cell or [none] for cell in extra)])
    return rows


def _retention(filling: Filling) -> list[list[Cell]]:
    seen: dict[tuple[str, str], None] = {}
    language = filling.request.language
    for item in [*(row for s in filling.request.services for row in s.texts("retention", language)),
                 *filling.request.additional["retention"]]:  # fmt: skip
        seen[filling.fill(item["data"]), filling.fill(item["period"])] = None
    return [[[data], [period]] for data, period in seen]


def _sub_processors(filling: Filling) -> list[list[Cell]]:
    language = filling.request.language
    return [
        [
            [item.name, item.address, *([item.registration] if item.registration else [])],
            [item.service, item.data],
            [", ".join(country(code, language) for code in item.locations)],
            [item.contact],
        ]
        for item in filling.request.sub_processors
    ]


def _transfers(filling: Filling) -> list[list[Cell]]:
    language, words = filling.request.language, filling.words
    return [
        [
            [item.recipient, country(item.country, language)],
            [item.purpose, *item.data_types],
            [words["tools"][item.tool]],
            [words["tables"]["assessed"].format(date=long_date(item.assessment_date, language))],
        ]
        for item in filling.request.transfers
    ]


def _group_staff(filling: Filling) -> list[list[Cell]]:
    language = filling.request.language
    return [[[item.name], [country(item.country, language)], [item.tasks]] for item in filling.request.group_staff]


def _tariff(filling: Filling) -> list[list[Cell]]:
    return [[[filling.label(name)], [filling.printed(name)]] for name in BILLABLE]


def _deviations(filling: Filling) -> list[list[Cell]]:
    return [[[d["id"]], [d["label"]], [d["standard_text"]], [d["agreed_text"]]] for d in filling.deviations]


def _contacts(filling: Filling) -> list[list[Cell]]:
    return [[[p["name"]], [p["privacy_name"]], [p["privacy_email"], *([p["privacy_phone"]] if p["privacy_phone"] else [])]]
            for p in filling.parties]  # fmt: skip


_TABLES: dict[str, tuple[tuple[int, ...], Callable[[Filling], list[list[Cell]]]]] = {
    "processing": ((22, 39, 39), lambda f: _per_service(f, "purposes", "nature")),
    "data": ((22, 50, 28), lambda f: _per_service(f, "data_types", "special_categories")),
    "data_subjects": ((30, 70), lambda f: _per_service(f, "data_subjects")),
    "retention": ((55, 45), _retention),
    "measures": ((30, 70), lambda f: _per_service(f, "measures")),
    "sub_processors": ((30, 34, 16, 20), _sub_processors),
    "transfers": ((25, 30, 25, 20), _transfers),
    "group_staff": ((35, 20, 45), _group_staff),
    "tariff": ((72, 28), _tariff),
    "deviations": ((8, 32, 30, 30), _deviations),
    "contacts": ((30, 35, 35), _contacts),
}
TABLES = frozenset(_TABLES)
