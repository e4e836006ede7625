"""What a client's own document says about a charge: for each duty, in an agreement and in the general terms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dpa_service.domain.assistance.assistance import ALLOWANCE, CAUSED, FAILING, WAIVED
from dpa_service.domain.assistance.clause_quotes import quotes
from dpa_service.domain.assistance.duties import DUTIES
from dpa_service.domain.contract.clauses import Library
from dpa_service.services.agreements.generate import assemble_request

Example = Callable[..., dict[str, Any]]
FREE = {"assistance_free_hours": 2, "assistance_free_if_caused": True, "billable_incident": False}


def words(quote: Any) -> str:
    return " ".join(text for _, _, text in quote.lines)


@pytest.mark.parametrize("name", DUTIES)
def test_each_duty_is_quoted_with_its_fee(library: Library, example: Example, name: str) -> None:
    made = assemble_request(example(reference="VO-2026-0001", parameters=FREE), library)
    paragraphs = {
        (article["clause"], each["anchor"]): each
        for part in made["parts"]
        for article in part["articles"]
        for each in article["paragraphs"]
    }
    clause, _, anchor = DUTIES[name].clause.partition("#")
    found = quotes(made, name, [ALLOWANCE, CAUSED, FAILING, WAIVED, ALLOWANCE])
    first, rate, *reasons, annex = found
    assert first.label == paragraphs[clause, anchor]["label"]
    assert (first.fee, rate.fee, annex.fee, annex.annex) == (False, True, True, True)
    assert made["terms"]["assistance_rate"]["text"] in words(rate)
    assert [each.label for each in reasons] == [
        paragraphs["assistance-fees", "free-hours"]["label"],
        paragraphs["assistance-fees", "caused"]["label"],
        paragraphs["audits", "cost"]["label"],
    ]
    assert words(annex) == f"{made['terms'][DUTIES[name].billable]['label']}: {'betalend' if name != 'incident' else 'kosteloos'}"


@pytest.mark.parametrize("name", DUTIES)
def test_the_general_terms_are_quoted_too(library: Library, name: str) -> None:
    asked = {"language": "nl", "effective_from": "2026-12-01", "reference": "AV-2026-0001", "parameters": FREE}
    made = assemble_request(asked, library, document="general-terms")
    first, charged, rate, free = quotes(made, name, [ALLOWANCE])
    clause, _, anchor = DUTIES[name].general_clause.partition("#")
    article = next(each for part in made["parts"] for each in part["articles"] if each["clause"] == clause)
    assert first.label.partition(".")[0] == article["label"]
    if (
        anchor and anchor != "notify" and clause == "gt-assistance"
    ):  # a point, with the words that it continues, and no other point
        assert [level for level, _, _ in first.lines] == [0, 1]
    if not anchor:
        assert len(first.lines) >= len(article["paragraphs"])
    assert ("kosteloos" in words(charged)) == (name == "incident")
    assert made["terms"]["assistance_rate"]["text"] in words(rate)
    assert made["terms"]["assistance_free_hours"]["text"] in words(free)


def test_what_the_parties_left_out_is_not_quoted_and_own_wording_is_quoted_whole(library: Library, example: Example) -> None:
    made = assemble_request(example(reference="VO-2026-0001"), library)
    for part in made["parts"]:
        part["articles"] = [each for each in part["articles"] if each["clause"] != "assistance-fees"]
        for article in part["articles"]:
            if article["clause"] == "audits":
                article["paragraphs"] = [each | {"anchor": None} for each in article["paragraphs"]]
                own = article
    found = quotes(made, "audit")
    assert [each.annex for each in found] == [False, True]
    assert (found[0].label, len(found[0].lines) >= len(own["paragraphs"])) == (own["label"], True)
