"""What a client's own agreement says about a charge: the paragraph of the duty and those of the fee, as printed. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dpa_service.domain.assistance.assistance import ALLOWANCE, CAUSED, FAILING, FIRST_DAY
from dpa_service.domain.assistance.billing_words import GENERAL_RATE_CLAUSE
from dpa_service.domain.assistance.duties import RATE_CLAUSE, TARIFF_ANNEX, duty

# where an agreement says why minutes are not charged; the general terms say it in one article
_REASONS = {
    ALLOWANCE: "assistance-fees#free-hours",
    CAUSED: "assistance-fees#caused",
    FIRST_DAY: "audits#cost",
    FAILING: "audits#cost",
}
_GENERAL_REASONS = {ALLOWANCE: f"{GENERAL_RATE_CLAUSE}#free-hours", CAUSED: f"{GENERAL_RATE_CLAUSE}#caused"}


@dataclass(frozen=True, slots=True)
class Quote:
    """A place of a signed document: `annex` or an article, its printed `label` ("11.4") and heading, and its lines as
    (level, label, text): level 0 is the paragraph, 1 and 2 its points. `fee`: it says what is charged, not what is done."""

    annex: bool
    label: str
    heading: str
    lines: tuple[tuple[int, str, str], ...]
    fee: bool


def quotes(snapshot: Mapping[str, Any], name: str, reasons: Collection[str] = ()) -> list[Quote]:
    """The paragraph on which a duty rests, the rate, what makes minutes free (`reasons`), and the duty's row in the tariff annex.

    In: the snapshot of the document (docs/snapshot.md). A place that the parties left out is not quoted; where they wrote an article
    anew, the whole article is.
    """
    known, own = duty(name), snapshot["family"] == "agreement"
    wanted = [(known.clause if own else known.general_clause, False)]
    if not own:  # the general terms have no tariff annex: one article says what is charged
        charged = snapshot["terms"][known.billable]["value"]
        wanted += [(f"{GENERAL_RATE_CLAUSE}#{'billable' if charged else 'free'}", True)]
    wanted += [(RATE_CLAUSE if own else f"{GENERAL_RATE_CLAUSE}#rate", True)]
    where = _REASONS if own else _GENERAL_REASONS
    wanted += [(where[reason], True) for reason in reasons if reason in where]
    articles = {article["clause"]: article for part in snapshot["parts"] for article in part["articles"]}
    found = [_of_article(articles[clause], anchor, fee) for place, fee in dict.fromkeys(wanted)
             for clause, _, anchor in [place.partition("#")] if clause in articles]  # fmt: skip
    return [*found, *_of_annex(snapshot, known.billable)]


def _of_article(article: Mapping[str, Any], anchor: str, fee: bool) -> Quote:
    for paragraph in article["paragraphs"]:
        if anchor and paragraph.get("anchor") == anchor:
            return Quote(False, paragraph["label"], article["heading"], tuple(_lines([paragraph], bare=True)), fee)
        for point in paragraph.get("points", ()):
            if anchor and point.get("anchor") == anchor:  # with the words that it continues
                lines = ((0, "", _text(paragraph["runs"])), *_lines([point], 1))
                return Quote(False, paragraph["label"], article["heading"], lines, fee)
    return Quote(False, article["label"], article["heading"], tuple(_lines(article["paragraphs"])), fee)


def _of_annex(snapshot: Mapping[str, Any], parameter: str) -> Iterator[Quote]:
    title = snapshot["terms"].get(parameter, {}).get("label")
    for annex in snapshot["annexes"]:
        if annex["clause"] != TARIFF_ANNEX:
            continue
        for block in annex["blocks"]:
            for row in block.get("rows", ()):
                cells = [_text(cell) for cell in row]
                if cells[0] == title:
                    yield Quote(True, annex["label"], annex["heading"], ((0, "", ": ".join(cells)),), fee=True)


def _lines(items: Sequence[Mapping[str, Any]], level: int = 0, *, bare: bool = False) -> Iterator[tuple[int, str, str]]:
    for item in items:
        yield level, "" if bare else item["label"], _text(item["runs"])
        yield from _lines(item.get("points", ()), level + 1)


def _text(runs: Sequence[Mapping[str, Any]]) -> str:
    return "".join(str(run["text"]) for run in runs)
