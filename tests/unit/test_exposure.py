"""The exposure is the most that any search through the calculator finds; raising a cap never lowers it."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dpa_service.domain.liability.claim import CENT, UNLIMITED, ZERO, Claim, Item, Params, Prior
from dpa_service.domain.liability.exposure import (
    ALWAYS_UNCAPPED,
    BODILY_UNCAPPED,
    FEES_UNKNOWN,
    FRAUD_UNCAPPED,
    GROSS_UNCAPPED,
    MAIN_UNLIMITED,
    NO_CAP,
    NO_CAP_OTHER,
    PER_CLAIM,
    added_cases,
    effect,
    exposure,
)
from dpa_service.domain.liability.liability import assess

euros = st.integers(0, 5_000_000).map(lambda cents: (Decimal(cents) * CENT).quantize(CENT))
caps = st.none() | euros
PARAMS = st.builds(
    Params,
    cap_fixed=caps,
    fee_limb=st.booleans(),
    fee_multiplier=st.sampled_from(["0.1", "1", "1.5", "3"]).map(Decimal),
    combine=st.sampled_from(["min", "max"]),
    cap_other=caps,
    other_pool=st.sampled_from(["separate", "sub_limit"]),
    aggregation=st.sampled_from(["agreement", "contract_year", "per_claim"]),
    fault_gate=st.sampled_from(["ordinary", "gross", "fraud"]),
    direct_only=st.booleans(),
    gdpr_scope_gate=st.booleans(),
    main_cap_mode=st.sampled_from(["main_governs", "lower", "higher", "ignore"]),
    uncapped_from=st.sampled_from([None, "gross", "fraud"]),
    website_excluded=st.booleans(),
    indemnity=st.sampled_from(["customer", "mutual", "none"]),
    cap_gross_factor=st.sampled_from(["1", "1.5", "2"]).map(Decimal),
    cap_ceiling=caps,
    bodily_uncapped=st.booleans(),
)
MAIN_CAPS = st.none() | st.just(UNLIMITED) | euros
HUGE = Decimal("900000000.00")
MAIN_BASES, OTHER_BASES = ("contract_general", "processor", "controller_recourse"), ("other", "website")


def searched(params, fees, main_cap, bases, *, faults=("ordinary", "gross", "fraud"), bodily=(False,)):
    """The most that a claim on one of these bases gets out of the calculator."""
    return max(
        assess(
            Claim(basis, fault, (Item("direct", HUGE, bodily=harm),), gdpr_processor_breach=True, fees_paid=fees,
                  main_agreement_cap=main_cap),
            params,
        ).payable
        for basis in bases
        for fault in faults
        for harm in bodily
    )  # fmt: skip


def figure(amount):
    return HUGE if amount == UNLIMITED else amount


@settings(max_examples=150, deadline=None)
@given(PARAMS, euros, MAIN_CAPS)
def test_each_pool_is_the_most_a_search_finds(params, fees, main_cap):
    found = exposure(params, fees=fees, main_cap=main_cap)
    capped = [fault for fault in ("ordinary", "gross", "fraud")
              if not params.uncapped_from or ["ordinary", "gross", "fraud"].index(fault)
              < ["ordinary", "gross", "fraud"].index(params.uncapped_from)]  # fmt: skip
    if ALWAYS_UNCAPPED in found.unlimited:
        assert found.main == found.other == found.total == UNLIMITED
        capped = ["gross", "fraud"]
    assert searched(params, fees, main_cap, MAIN_BASES, faults=capped) == figure(found.main)
    assert searched(params, fees, main_cap, OTHER_BASES, faults=capped) == figure(found.other)


@settings(max_examples=150, deadline=None)
@given(PARAMS, euros, MAIN_CAPS)
def test_unlimited_exactly_where_the_search_finds_no_end(params, fees, main_cap):
    found = exposure(replace(params, aggregation="agreement"), fees=fees, main_cap=main_cap)
    most = searched(params, fees, main_cap, (*MAIN_BASES, *OTHER_BASES), bodily=(False, True))
    assert (found.most == UNLIMITED) == (most == HUGE)


@settings(max_examples=100, deadline=None)
@given(PARAMS, euros, MAIN_CAPS, st.lists(st.tuples(st.sampled_from([*MAIN_BASES, *OTHER_BASES]), euros), max_size=8))
def test_no_sequence_of_claims_gets_more_than_the_total(params, fees, main_cap, asked):
    params = replace(params, aggregation="agreement", uncapped_from=None, bodily_uncapped=False)
    found = exposure(params, fees=fees, main_cap=main_cap)
    paid: list[Prior] = []
    for basis, amount in [*asked, ("contract_general", HUGE), ("other", HUGE)]:
        claim = Claim(basis, "gross", (Item("direct", amount),), gdpr_processor_breach=True, fees_paid=fees,
                      main_agreement_cap=main_cap, prior_payments=tuple(paid))  # fmt: skip
        paid.append(Prior("other" if basis in OTHER_BASES else "main", assess(claim, params).payable))
    whole = sum((prior.amount for prior in paid), ZERO)
    if found.total != UNLIMITED:
        assert whole <= found.total
        if params.other_pool == "separate" and params.fault_gate != "fraud":
            assert whole == found.total


@given(PARAMS, euros, MAIN_CAPS, st.sampled_from(["cap_fixed", "cap_other", "cap_ceiling"]), euros)
def test_raising_a_cap_never_lowers_it(params, fees, main_cap, name, more):
    before = exposure(params, fees=fees, main_cap=main_cap)
    value = getattr(params, name)
    if value is None:
        return
    after = exposure(replace(params, **{name: value + more}), fees=fees, main_cap=main_cap)
    for pool in ("main", "other", "total"):
        assert figure(getattr(after, pool)) >= figure(getattr(before, pool))
    added = effect(before, after)
    assert added == UNLIMITED or added >= 0


@given(PARAMS, euros, MAIN_CAPS)
def test_unknown_fees_give_an_upper_bound(params, fees, main_cap):
    bound, known = (exposure(params, fees=given, main_cap=main_cap) for given in (None, fees))
    for pool in ("main", "other", "total"):
        assert figure(getattr(bound, pool)) >= figure(getattr(known, pool))
    if not bound.upper_bound:
        assert bound == known


STANDARD = Params()


@pytest.mark.parametrize(
    ("changes", "fees", "main_cap", "figures", "unlimited"),
    [
        ({}, None, None, ("2500.00", "1000.00", "3500.00"), ()),
        ({}, "900.00", None, ("900.00", "1000.00", "1900.00"), ()),
        ({}, None, UNLIMITED, (UNLIMITED, "1000.00", UNLIMITED), (MAIN_UNLIMITED,)),
        ({"combine": "max"}, None, None, (UNLIMITED, "1000.00", UNLIMITED), (FEES_UNKNOWN,)),
        ({"combine": "max", "cap_ceiling": "9000.00"}, None, None, ("9000.00", "1000.00", "10000.00"), ()),
        ({"cap_fixed": None, "fee_limb": False}, "1.00", None, (UNLIMITED, "1000.00", UNLIMITED), (NO_CAP,)),
        ({"cap_other": None}, None, None, ("2500.00", UNLIMITED, UNLIMITED), (NO_CAP_OTHER,)),
        ({"cap_gross_factor": "2", "uncapped_from": "fraud", "bodily_uncapped": True}, None, None,
         ("5000.00", "1000.00", "6000.00"), (FRAUD_UNCAPPED, BODILY_UNCAPPED)),
        ({"uncapped_from": "gross", "fault_gate": "ordinary"}, None, None, ("2500.00", "1000.00", "3500.00"), (GROSS_UNCAPPED,)),
        ({"uncapped_from": "gross"}, None, None, (UNLIMITED,) * 3, (ALWAYS_UNCAPPED, GROSS_UNCAPPED)),
        ({"aggregation": "per_claim"}, None, None, ("2500.00", "1000.00", "3500.00"), (PER_CLAIM,)),
        ({"main_cap_mode": "lower"}, None, "400.00", ("400.00", "1000.00", "1400.00"), ()),
    ],
)  # fmt: skip
def test_positions_by_name(changes, fees, main_cap, figures, unlimited):
    money = {n: Decimal(v) if isinstance(v, str) and v[0].isdigit() else v for n, v in changes.items()}
    cap = Decimal(main_cap) if main_cap and main_cap != UNLIMITED else main_cap
    found = exposure(replace(STANDARD, **money), fees=None if fees is None else Decimal(fees), main_cap=cap)
    shown = tuple(format(x, "f") if isinstance(x, Decimal) else x for x in (found.main, found.other, found.total))
    assert (shown, found.unlimited) == (figures, unlimited)


def test_what_a_deviation_adds():
    before = exposure(STANDARD, fees=None, main_cap=None)
    dearer = exposure(replace(STANDARD, cap_fixed=Decimal("25000.00")), fees=None, main_cap=None)
    endless = exposure(replace(STANDARD, uncapped_from="fraud"), fees=None, main_cap=None)
    assert effect(before, dearer) == Decimal("22500.00")
    assert effect(dearer, before) == Decimal("-22500.00")
    assert effect(before, endless) == UNLIMITED
    assert added_cases(before, endless) == (FRAUD_UNCAPPED,)
    assert effect(endless, endless) == ZERO
