"""Snapshot → what the calculator reads: values, sources, articles, and which fees count."""

from dataclasses import fields
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpa_service.domain.contract.assembly import assemble
from dpa_service.domain.contract.request import request_from_dict
from dpa_service.domain.contract.terms import effective_terms
from dpa_service.domain.liability.claim import CENT, Claim, Item, Params
from dpa_service.domain.liability.liability import assess
from dpa_service.domain.liability.liability_terms import (
    add_years,
    article,
    contract_year,
    fees_for,
    from_snapshot,
    from_terms,
    shaped_by,
    uncapped_part,
    year_bounds,
)
from dpa_service.services.agreements.request_schema import load_request

INSURED = Decimal("1250000.00")


@pytest.fixture
def snapshot(library, example):
    """An assembled agreement with these parameters changed."""

    def made(main_cap=None, **parameters):
        data = example(parameters=parameters)
        data["main_agreement"]["cap"] = main_cap
        return assemble(library, request_from_dict(load_request(data, library, "agreement"), library))

    return made


def printed(snapshot, clause):
    """place → label of one article, as the document prints it."""
    found = next(a for part in snapshot["parts"] for a in part["articles"] if a["clause"] == clause)
    return found["label"], {p["anchor"]: p["label"] for p in found["paragraphs"]}


def test_the_standard_agreement_gives_the_standard_params(library, snapshot):
    found = from_snapshot(snapshot(), insured_sum=INSURED)
    assert found.params == Params()
    assert (found.fee_basis, found.sources, found.removed, found.rewritten) == ("agreement", {}, {}, {})
    assert from_terms(effective_terms(library.parameters), insured_sum=INSURED).params == Params()


def test_every_param_is_read_from_a_term_of_its_name(library):
    assert {f.name for f in fields(Params)} - set(library.parameters) == {"cap_ceiling", "sources"}


def test_a_negotiated_figure_names_its_deviation_and_article(snapshot):
    made = snapshot(cap_fixed="25000.00", fault_gate="ordinary")
    by_parameter = {name: term["source"] for name, term in made["terms"].items()}
    found = from_snapshot(made, insured_sum=INSURED)
    label, places = printed(made, "general-liability")
    claim = Claim("contract_general", "ordinary", (Item("direct", Decimal("30000.00")),), fees_paid=Decimal("90000.00"))
    lines = {line.code: line for line in assess(claim, found.params).trace}
    cap = lines["CAP_FIXED"]
    assert (cap.source, article(found, cap)) == (by_parameter["cap_fixed"], places["total-lower"])
    assert cap.source != "standard"
    assert shaped_by(found, cap)[:2] == (("cap_fixed", by_parameter["cap_fixed"]), ("combine", "standard"))
    assert article(found, lines["FAULT_OK"]) == places["gate-ordinary"]
    assert lines["FAULT_OK"].source == by_parameter["fault_gate"]
    assert article(found, lines["CAPPED"]) == places["aggregation"]
    assert label == places["scope"].split(".")[0]


def test_the_insured_sum_bounds_only_where_the_text_says_so(snapshot):
    higher = from_snapshot(snapshot(cap_fixed="25000.00", combine="max"), insured_sum=INSURED)
    assert higher.params.cap_ceiling == INSURED
    assert from_snapshot(snapshot(cap_fixed="25000.00"), insured_sum=INSURED).params.cap_ceiling is None
    assert from_snapshot(snapshot(fee_limb=False, combine="max"), insured_sum=INSURED).params.cap_ceiling is None


@pytest.mark.parametrize(
    ("changes", "claim", "main_cap", "place", "parameter"),
    [
        ({"uncapped_from": "gross", "fault_gate": "ordinary"}, {}, None, "uncapped-gross", "uncapped_from"),
        ({"cap_other": None}, {"basis": "other"}, None, "other-unlimited", "cap_other"),
        ({}, {}, "unlimited", "main-cap", "main_cap_mode"),
    ],
)
def test_no_cap_cites_the_term_that_took_it_away(snapshot, changes, claim, main_cap, place, parameter):
    made = snapshot(main_cap, **changes)
    found = from_snapshot(made, insured_sum=INSURED)
    asked = Claim(
        **{"basis": "contract_general", "fault": "gross", "items": (Item("direct", Decimal("9.00")),), "fees_paid": Decimal("1.00"),
           "main_agreement_cap": main_cap, **claim}
    )  # fmt: skip
    line = next(line for line in assess(asked, found.params).trace if line.code == "CAP_NONE")
    assert line.parameter == parameter
    assert line.source == made["terms"][parameter]["source"]
    assert article(found, line) == printed(made, "general-liability")[1][place]


def test_a_removed_clause_takes_its_protection_with_it(snapshot):
    made = snapshot()
    gone = {"id": "A7", "class": "removed", "clause": "general-liability", "changes": []}
    found = from_snapshot(made | {"deviations": [gone]}, insured_sum=INSURED)
    result = assess(Claim("contract_general", "ordinary", (Item("indirect", Decimal("9999.00")),)), found.params)
    assert (result.payable, result.cap) == (Decimal("9999.00"), "unlimited")
    assert {line.source for line in result.trace} == {"A7"}
    assert found.removed == {"general-liability": "A7"}


def test_own_wording_is_named(snapshot):
    entries = [
        {"id": "A1", "class": "modified", "clause": "general-liability", "changes": []},
        {"id": "A2", "class": "modified", "clause": "audits", "changes": []},
        {"id": "A3", "class": "untracked", "clause": "third-party-claims", "changes": [{"parameter": "indemnity"}]},
    ]
    assert from_snapshot(snapshot() | {"deviations": entries}, insured_sum=None).rewritten == {"general-liability": "A1"}


def test_what_no_cap_holds_for_is_told_apart():
    claim = Claim(
        "contract_general", "gross", (Item("direct", Decimal("9000.00")), Item("direct", Decimal("4000.00"), bodily=True)),
        fees_paid=Decimal("90000.00"),
    )  # fmt: skip
    assert uncapped_part(assess(claim, Params(bodily_uncapped=True))) == Decimal("4000.00")
    assert uncapped_part(assess(claim, Params())) == Decimal("0.00")
    assert uncapped_part(assess(claim, Params(uncapped_from="gross"))) == Decimal("13000.00")


# ---- fees ------------------------------------------------------------------------------------------------------------

days = st.dates(date(2018, 1, 1), date(2030, 12, 31))
payments = st.lists(st.tuples(days, st.integers(1, 10**7).map(lambda n: (Decimal(n) * CENT).quantize(CENT))), max_size=12)


@given(payments, days, days)
def test_each_basis_counts_its_own_days(paid, event, start):
    assert fees_for("agreement", paid, event, start) == sum((a for d, a in paid if d <= event), Decimal(0))
    year_before = add_years(event, -1)
    assert fees_for("last_12_months", paid, event, start) == sum((a for d, a in paid if year_before < d <= event), Decimal(0))
    same = contract_year(start, event)
    assert fees_for("contract_year", paid, event, start) == sum(
        (a for d, a in paid if contract_year(start, d) == same), Decimal(0)
    )


@given(days, days)
def test_contract_years_follow_each_other_without_gap(start, day):
    first, last = year_bounds(start, day)
    assert first <= day <= last
    assert contract_year(start, first) == contract_year(start, last) == contract_year(start, day)
    assert contract_year(start, last + timedelta(days=1)) == contract_year(start, day) + 1
    assert contract_year(start, start) == 1


def test_credit_notes_are_deducted_and_fees_are_never_below_zero():
    paid = [(date(2026, 1, 5), Decimal("100.00")), (date(2026, 2, 5), Decimal("-30.00"))]
    assert fees_for("agreement", paid, date(2026, 3, 1), date(2026, 1, 1)) == Decimal("70.00")
    assert fees_for("agreement", paid[1:], date(2026, 3, 1), date(2026, 1, 1)) == Decimal("0.00")
    with pytest.raises(ValueError, match="invoiced"):
        fees_for("invoiced", paid, date(2026, 3, 1), date(2026, 1, 1))
