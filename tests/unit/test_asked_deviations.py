"""Deviations of every class in the assembled document: text, terms, Annex, numbering and coverage stay one."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dpa_service.domain.contract.assembly import assemble
from dpa_service.domain.contract.coverage import uncovered
from dpa_service.domain.contract.own_wording import loose_figures
from dpa_service.domain.contract.request import request_from_dict
from dpa_service.domain.contract.terms import print_value
from dpa_service.domain.errors import DomainError, RequestInvalid
from dpa_service.services.agreements.request_schema import load_request

DUTIES = [f"28(3)({letter})" for letter in "abcdefgh"]


@pytest.fixture(scope="module")
def made(library):
    from dpa_service.resources import examples_dir

    base = json.loads((examples_dir() / "voorbeeld-energie.json").read_text(encoding="utf-8"))

    def assembled(*deviations, **parameters):
        valid = load_request({**base, "parameters": parameters, "deviations": list(deviations)}, library)
        return assemble(library, request_from_dict(valid, library))

    return assembled


def articles(snapshot):
    return {article["clause"]: article for part in snapshot["parts"] for article in part["articles"]}


def words(blocks):
    return json.dumps(blocks, ensure_ascii=False)


@pytest.mark.parametrize("row", range(1, 23))
@pytest.mark.parametrize("rung", ["F1", "F2"])
def test_every_rung_is_in_the_text_in_the_annex_and_in_the_terms(library, made, row, rung):
    entry = {"class": "fallback", "row": row, "rung": rung}
    asks = {(11, "F2"): {"client_policy_reference": "Beveiligingsbeleid van 1 juni 2026"}, (21, "F2"): {"courts": "Gent"}}.get(
        (row, rung)
    )
    snapshot = made({**entry, **({"values": asks} if asks else {})})
    (deviation,) = snapshot["deviations"]
    assert (deviation["class"], deviation["row"], deviation["rung"]) == ("fallback", row, rung)
    annex = words(next(a for a in snapshot["annexes"] if a["clause"] == "annex-deviations"))
    for change in deviation["changes"]:
        term = snapshot["terms"][change["parameter"]]
        assert (term["value"], term["source"]) == (change["agreed"], "A1")
        assert change["agreed_text"] == print_value(library.parameters[change["parameter"]], _typed(library, change), "nl")
        assert json.dumps(change["agreed_text"], ensure_ascii=False)[1:-1] in annex
    assert not set(uncovered(snapshot["coverage"])) & set(DUTIES)


def _typed(library, change):
    from dpa_service.domain.contract.terms import parse_value

    return parse_value(library.parameters[change["parameter"]], change["agreed"])


rungs = st.lists(st.tuples(st.integers(1, 22), st.sampled_from(["F1", "F2"])), unique_by=lambda pair: pair[0], max_size=8)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=rungs, objection=st.integers(1, 30), rate=st.integers(45, 250))
def test_any_allowed_set_of_deviations_covers_article_28_3(made, chosen, objection, rate):
    values = {11: {"client_policy_reference": "Beleid van 1 juni 2026"}, 21: {"courts": "Gent"}}
    entries = [
        {"class": "fallback", "row": row, "rung": rung, **({"values": values[row]} if rung == "F2" and row in values else {})}
        for row, rung in chosen
    ]
    try:
        snapshot = made(*entries, objection_days=objection, assistance_rate=f"{rate}.00")
    except RequestInvalid as refused:  # two rungs that contradict each other, or a combination the library refuses
        if {error.code for error in refused.errors} - {"CONFLICT", "RULE"}:
            raise
        return
    assert not uncovered(snapshot["coverage"])
    labels = [article["label"] for article in articles(snapshot).values()]
    assert labels == [str(number) for number in range(1, len(labels) + 1)]


def test_a_removed_article_keeps_its_number_and_what_refers_to_it_still_does(made):
    before, after = articles(made()), articles(made({"class": "removed", "clause": "severability"}))
    assert {name: a["label"] for name, a in before.items()} == {name: a["label"] for name, a in after.items()}
    assert words(after["severability"]["paragraphs"]).count("[opzettelijk weggelaten]") == 1


def test_an_added_article_is_numbered_and_listed(made):
    text = "# Boete\n\n1. Per dag vertraging is {assistance_rate} verschuldigd, zoals in artikel {ref:audits}.\n"
    snapshot = made({"class": "added", "id": "added-1", "after": "audits", "text": text})
    found = articles(snapshot)
    assert int(found["added-1"]["label"]) == int(found["audits"]["label"]) + 1
    assert "€\u00a095,00" in words(found["added-1"])
    assert snapshot["deviations"][0]["agreed_text"] == f"bijkomend artikel {found['added-1']['label']}"
    assert snapshot["deviations"][0]["approvers"] == ["LEG"]


def test_own_wording_follows_the_terms(made):
    text = "# Deelbaarheid\n\n1. {#scope} Een nietige bepaling wordt binnen {objection_days} vervangen.\n"
    snapshot = made({"class": "modified", "clause": "severability", "text": text}, objection_days=21)
    assert "21\u00a0(eenentwintig)\u00a0dagen vervangen" in words(articles(snapshot)["severability"])


def test_own_wording_that_leaves_out_a_term_is_refused(made):
    with pytest.raises(DomainError) as refused:
        made({"class": "modified", "clause": "audits", "text": "# Audits\n\n1. De Klant mag auditeren.\n"})
    assert refused.value.code == "TERM_NOT_PRINTED"
    assert "{audit_notice_days}" in refused.value.message


def test_the_fingerprint_changes_with_what_is_decided_about(made):
    def fingerprint(text, **parameters):
        snapshot = made({"class": "modified", "clause": "severability", "text": text}, **parameters)
        return next(d["fingerprint"] for d in snapshot["deviations"] if d["class"] == "modified")

    first = fingerprint("# A\n\n1. Een tekst.\n")
    assert first == fingerprint("# A\n\n1. Een tekst.\n", objection_days=14)
    assert first != fingerprint("# A\n\n1. Een andere tekst.\n")


def test_figures_that_no_calculation_reads_are_found(library):
    from dpa_service.domain.contract.clause_text import parse_clause_text

    text = parse_clause_text("# X\n\n1. Een boete van € 500 per dag binnen 14 dagen, volgens {objection_days}.\n", "article")
    assert loose_figures(text, None) == ["€ 500", "14 dagen"]
    assert loose_figures(text, text) == []


@pytest.mark.parametrize(
    ("entries", "parameters", "code"),
    [
        ([{"class": "fallback", "row": 16, "rung": "F1"}], {"cap_fixed": "9000.00"}, "CONFLICT"),
        ([{"class": "removed", "clause": "severability"}, {"class": "modified", "clause": "severability", "text": "# A\n\n1. B.\n"}], {}, "CONFLICT"),
        ([{"class": "fallback", "row": 16, "rung": "F1"}, {"class": "fallback", "row": 16, "rung": "F2"}], {}, "CONFLICT"),
        ([], {"uncapped_from": "gross"}, "RULE"),
        ([], {"fee_limb": False, "cap_fixed": None}, "RULE"),
    ],
)  # fmt: skip
def test_what_contradicts_or_lies_beyond_the_walk_away_line_is_refused(made, entries, parameters, code):
    with pytest.raises(RequestInvalid) as refused:
        made(*entries, **parameters)
    assert code in {error.code for error in refused.value.errors}
