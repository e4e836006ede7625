"""Claims, payments and fees as they come in: each wrong field is named with its code."""

from dataclasses import fields, replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpa_service.domain.errors import RequestInvalid
from dpa_service.domain.liability.claim import BASES, CENT, Params
from dpa_service.services.liability.claim_schema import (
    FACTS,
    QUESTIONS,
    ParamsBlock,
    load_claim,
    load_fee,
    load_payment,
    load_what_if,
    params_json,
    params_of,
)
from tests.support.liability import claim

PAYMENT = {"pool": "main", "amount": "1.00", "paid_on": "2026-11-23"}
FEE = {"received_on": "2026-11-03", "amount": "1250.00", "client": "0999.900.150", "external_key": "BANK-1"}


def wrong(load, data):
    with pytest.raises(RequestInvalid) as caught:
        load(data)
    return {(error.field, error.code) for error in caught.value.errors}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"items": [{"kind": "direct", "amount": "10.005"}]}, {("items[0].amount", "AMOUNT_SCALE")}),
        ({"items": [{"kind": "direct", "amount": "-1.00"}]}, {("items[0].amount", "AMOUNT_NEGATIVE")}),
        ({"items": [{"kind": "direct", "amount": "USD 10.00"}]}, {("items[0].amount", "CURRENCY")}),
        ({"items": [{"kind": "direct", "amount": "£10.00"}]}, {("items[0].amount", "CURRENCY")}),
        ({"items": [{"kind": "direct", "amount": "10.00", "currency": "CHF"}]}, {("items[0].currency", "CURRENCY")}),
        ({"items": [{"kind": "direct", "amount": 10.0}]}, {("items[0].amount", "AMOUNT")}),
        ({"items": [{"kind": "direct", "amount": "1e9"}]}, {("items[0].amount", "CURRENCY")}),
        ({"items": [{"kind": "direct", "amount": "99999999999.00"}]}, {("items[0].amount", "RANGE")}),
        ({"items": [{"kind": "moral", "amount": "1.00"}]}, {("items[0].kind", "CHOICE")}),
        ({"items": []}, {("items", "EMPTY_LIST")}),
        ({"basis": "gut_feeling"}, {("basis", "CHOICE")}),
        ({"fault": "huge", "paid_by": "x"}, {("fault", "CHOICE"), ("paid_by", "UNKNOWN_FIELD")}),
        ({"reported_day": "2026-05-03"}, {("reported_day", "BEFORE_EVENT")}),
        ({"event_day": "31/12/2025"}, {("event_day", "DATE")}),
        ({"event_day": "2026-02-30"}, {("event_day", "DATE")}),
        ({"basis": "controller_recourse"}, {("responsibility_share", "REQUIRED")}),
        ({"responsibility_share": "1.5"}, {("responsibility_share", "RANGE")}),
        ({"gdpr_processor_breach": "yes"}, {("gdpr_processor_breach", "TYPE")}),
        ({"summary": "twee\nregels"}, {("summary", "CHARACTER")}),
    ],
)
def test_bad_claims(changes, expected):
    assert wrong(load_claim, claim(**changes)) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"amount": "0.00"}, {("amount", "AMOUNT_ZERO")}),
        ({"amount": "1.001"}, {("amount", "AMOUNT_SCALE")}),
        ({"currency": "USD"}, {("currency", "CURRENCY")}),
        ({"pool": "petty_cash"}, {("pool", "CHOICE")}),
    ],
)
def test_bad_payments(changes, expected):
    assert wrong(load_payment, PAYMENT | changes) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"amount": "-5.00"}, {("amount", "AMOUNT_NEGATIVE")}),
        ({"currency": "GBP"}, {("currency", "CURRENCY")}),
        ({"period": "2026-13"}, {("period", "PERIOD")}),
        ({"external_key": None}, {("external_key", "REQUIRED")}),
        ({"kind": "gift"}, {("kind", "CHOICE")}),
    ],
)
def test_bad_fees(changes, expected):
    assert wrong(lambda data: load_fee(data, imported=True), FEE | changes) == expected


def test_what_is_no_object_is_refused():
    for load in (load_claim, load_payment, load_fee, load_what_if):
        assert wrong(load, ["x"]) == {("", "TYPE")}


def test_a_claim_is_plain_text_in_its_normal_form():
    loaded = load_claim(claim(items=[{"kind": "direct", "amount": "9000"}]))
    assert loaded["items"] == [{"kind": "direct", "amount": "9000.00"}]
    assert load_fee(FEE | {"kind": "credit_note"}, imported=True)["amount"] == Decimal("-1250.00")


def test_every_basis_asks_known_questions():
    assert set(QUESTIONS) == set(BASES)
    assert {name for names in QUESTIONS.values() for name in names} <= {*FACTS, "responsibility_share"}


def test_every_param_can_be_changed_in_a_what_if():
    assert set(ParamsBlock().fields) == {field.name for field in fields(Params)} - {"sources"}


euros = st.integers(0, 10**9).map(lambda n: (Decimal(n) * CENT).quantize(CENT))


@given(st.none() | euros, euros, st.sampled_from([None, "gross"]), st.sets(st.sampled_from(["website", "other"])))
def test_params_survive_being_written(cap, other, free, bases):
    params = replace(Params(), cap_fixed=cap, cap_other=other, uncapped_from=free, third_party_misuse_bases=tuple(sorted(bases)),
                     sources=(("cap_fixed", "A1"),))  # fmt: skip
    assert params_of(params_json(params)) == params
