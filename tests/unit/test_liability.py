import json
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpa_service.domain.liability.claim import BASES, FAULTS, Claim, ClaimError, Item, Params, Prior
from dpa_service.domain.liability.liability import assess

CASES = json.loads((Path(__file__).parents[1] / "vectors" / "liability.json").read_text())
MONEY = {"fees_paid", "responsibility_share", "cap_fixed", "cap_other", "fee_multiplier"}


def typed(name: str, value: Any) -> Any:
    if name == "items":
        return tuple(Item(i["kind"], Decimal(i["amount"]), i.get("bodily", False)) for i in value)
    if name == "prior_payments":
        return tuple(Prior(p["pool"], Decimal(p["amount"]), p.get("contract_year")) for p in value)
    if name == "main_agreement_cap":
        return value if value in (None, "unlimited") else Decimal(value)
    if isinstance(value, list):
        return tuple(value)
    return Decimal(value) if name in MONEY and value is not None else value


def read(case: dict[str, Any]) -> tuple[Claim, Params]:
    claim = {name: typed(name, value) for name, value in case["claim"].items()}
    return Claim(**claim), Params(**{name: typed(name, value) for name, value in case["params"].items()})


def printed(value: Any) -> Any:
    return format(value, "f") if isinstance(value, Decimal) else value


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: f"{case['id']} {case['title']}")
def test_worked_cases(case: dict[str, Any]) -> None:
    claim, params = read(case)
    expected = case["expected"]
    if "error" in expected:
        with pytest.raises(ClaimError) as caught:
            assess(claim, params)
        assert caught.value.code == expected["error"]
        return
    found = assess(claim, params)
    shown = {name: printed(getattr(found, name)) for name in expected if name not in ("reasons", "notices")}
    assert shown == {name: value for name, value in expected.items() if name not in ("reasons", "notices")}
    assert list(found.reasons) == expected["reasons"]
    assert list(found.notices) == expected["notices"]
    assert [line.code for line in found.trace] == expected["reasons"]


def test_the_defaults_are_the_house_standard() -> None:
    for name, value in CASES["defaults"]["params"].items():
        assert printed(getattr(Params(), name)) == (tuple(value) if isinstance(value, list) else value), name


@pytest.mark.parametrize(("amount", "code"), [("-0.01", "AMOUNT_NEGATIVE"), ("1.001", "AMOUNT_SCALE")])
def test_a_wrong_amount_gives_no_figures(amount: str, code: str) -> None:
    with pytest.raises(ClaimError) as caught:
        assess(Claim("contract_general", "gross", (Item("direct", Decimal(amount)),)), Params())
    assert caught.value.code == code


def test_the_trace_cites_rule_clause_amounts_and_source() -> None:
    params = Params(cap_fixed=Decimal("25000.00"), sources=(("cap_fixed", "A2"),))
    found = assess(
        Claim("contract_general", "gross", (Item("direct", Decimal("30000.00")),), fees_paid=Decimal("90000.00")), params
    )
    cap = next(line for line in found.trace if line.code == "CAP_FIXED")
    assert (cap.rule, cap.clause, cap.parameter, cap.source) == ("d1", "general-liability", "cap_fixed", "A2")
    assert (cap.amount_in, cap.amount_out) == (Decimal("30000.00"), Decimal("25000.00"))
    assert found.trace[0].source == "standard"


def test_the_rungs_beyond_the_standard() -> None:
    claim = Claim(
        "contract_general",
        "gross",
        (Item("direct", Decimal("9000.00")), Item("direct", Decimal("4000.00"), bodily=True)),
        fees_paid=Decimal("90000.00"),
    )
    doubled = assess(claim, Params(cap_gross_factor=Decimal(2)))
    assert (doubled.payable, doubled.cap) == (Decimal("5000.00"), Decimal("5000.00"))
    outside = assess(claim, Params(bodily_uncapped=True))
    assert (outside.payable, outside.remaining_after) == (Decimal("6500.00"), Decimal("0.00"))
    ceiling = assess(
        replace(claim, items=(Item("direct", Decimal("90000.00")),)), Params(combine="max", cap_ceiling=Decimal("50000.00"))
    )
    assert (ceiling.payable, ceiling.reasons[-2]) == (Decimal("50000.00"), "CAP_CEILING")


euros = st.integers(0, 5_000_000).map(lambda cents: Decimal(cents) / 100)
items = st.lists(st.builds(Item, st.sampled_from(["direct", "indirect", "fine"]), euros, st.booleans()), max_size=5).map(tuple)
priors = st.lists(st.builds(Prior, st.sampled_from(["main", "other"]), euros, st.sampled_from([2025, 2026])), max_size=3).map(
    tuple
)
shares = st.integers(0, 100).map(lambda n: Decimal(n) / 100)
claims = st.builds(
    Claim, st.sampled_from(BASES), st.sampled_from(FAULTS), items, st.booleans(), st.booleans(), st.booleans(), st.booleans(), shares,
    st.booleans(), st.booleans(), euros, st.none() | st.just("unlimited") | euros, st.just(2026), priors,
)  # fmt: skip
terms = st.builds(
    Params,
    cap_fixed=st.none() | euros,
    fee_limb=st.booleans(),
    fee_multiplier=st.sampled_from([Decimal("0.5"), Decimal(1), Decimal(2)]),
    combine=st.sampled_from(["min", "max"]),
    cap_other=st.none() | euros,
    other_pool=st.sampled_from(["separate", "sub_limit"]),
    aggregation=st.sampled_from(["agreement", "contract_year", "per_claim"]),
    fault_gate=st.sampled_from(["ordinary", "gross", "fraud"]),
    direct_only=st.booleans(),
    gdpr_scope_gate=st.booleans(),
    require_lawful_instruction=st.booleans(),
    main_cap_mode=st.sampled_from(["main_governs", "lower", "higher", "ignore"]),
    uncapped_from=st.sampled_from([None, "gross", "fraud"]),
    fines_recoverable=st.booleans(),
    website_excluded=st.booleans(),
    third_party_misuse_bases=st.sampled_from([(), ("website", "other"), ("processor",)]),
    indemnity=st.sampled_from(["customer", "mutual", "none"]),
)


@given(claims, terms)
def test_payable_stays_within_what_is_admitted_and_what_the_cap_leaves(claim: Claim, params: Params) -> None:
    found = assess(claim, params)
    assert found.payable >= 0
    assert found.payable <= sum((item.amount for item in claim.items), Decimal(0))
    if isinstance(found.cap, Decimal):
        assert found.payable <= found.cap
        assert found.remaining_after is not None
        assert found.remaining_after >= 0
    else:
        assert found.remaining_after is None
    assert found.recoverable_overlay <= found.recoverable
    assert found.overlay_payable >= 0


@given(claims, terms, euros)
def test_raising_a_cap_never_lowers_payable(claim: Claim, params: Params, more: Decimal) -> None:
    base = assess(claim, params).payable
    if params.cap_fixed is not None:
        assert assess(claim, replace(params, cap_fixed=params.cap_fixed + more)).payable >= base
    if params.cap_other is not None:
        assert assess(claim, replace(params, cap_other=params.cap_other + more)).payable >= base


@given(claims, terms, st.builds(Prior, st.sampled_from(["main", "other"]), euros, st.just(2026)))
def test_a_prior_payment_never_raises_payable(claim: Claim, params: Params, prior: Prior) -> None:
    more = replace(claim, prior_payments=(*claim.prior_payments, prior))
    assert assess(more, params).payable <= assess(claim, params).payable


@given(claims, terms, st.randoms(use_true_random=False))
def test_the_order_of_items_does_not_matter(claim: Claim, params: Params, random: Any) -> None:
    shuffled = list(claim.items)
    random.shuffle(shuffled)
    first, second = assess(claim, params), assess(replace(claim, items=tuple(shuffled)), params)
    assert (first.payable, first.overlay_payable, first.reasons, first.notices) == (
        second.payable,
        second.overlay_payable,
        second.reasons,
        second.notices,
    )


@given(st.lists(items, min_size=1, max_size=5), euros, st.sampled_from(["contract_general", "processor"]))
def test_a_sequence_of_claims_never_exceeds_the_cap(sequence: list[tuple[Item, ...]], fees: Decimal, basis: str) -> None:
    paid: tuple[Prior, ...] = ()
    for each in sequence:
        claim = Claim(basis, "gross", each, gdpr_processor_breach=True, fees_paid=fees, prior_payments=paid)
        paid = (*paid, Prior("main", assess(claim, Params()).payable))
    assert sum((p.amount for p in paid), Decimal(0)) <= min(fees, Decimal("2500.00"))


def test_every_parameter_of_the_specification_is_there() -> None:
    assert set(CASES["defaults"]["params"]) <= {f.name for f in fields(Params)}
    assert set(CASES["defaults"]["claim"]) == {f.name for f in fields(Claim)}


@pytest.mark.parametrize("fault", ["gross", "fraud"])
def test_the_factor_raises_the_cap_at_gross_fault_and_fraud_as_the_text_says(fault: str) -> None:
    claim = Claim("contract_general", fault, (Item("direct", Decimal("9000.00")),), fees_paid=Decimal("90000.00"))
    assert assess(claim, Params(cap_gross_factor=Decimal(2))).cap == Decimal("5000.00")
    ordinary = Params(cap_gross_factor=Decimal(2), fault_gate="ordinary")
    assert assess(replace(claim, fault="ordinary"), ordinary).cap == Decimal("2500.00")
