from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpa_service.adapters.library_files import load_library
from dpa_service.domain.contract.library_check import alternatives
from dpa_service.domain.contract.terms import ValueTrouble, effective_terms, parse_value, plain, print_value

LIBRARY = load_library()
P = LIBRARY.parameters


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("cap_fixed", "2500.00", Decimal("2500.00")), ("cap_fixed", 3000, Decimal("3000.00")), ("cap_fixed", "25000", Decimal("25000.00")),
        ("cap_fixed", None, None), ("objection_days", 14, 14), ("fee_limb", False, False), ("combine", "max", "max"),
        ("third_party_misuse_bases", ["other", "website"], ("website", "other")), ("third_party_misuse_bases", [], ()),
        ("fee_multiplier", "1.50", Decimal("1.5")), ("courts", " Gent ", "Gent"),
    ],
)  # fmt: skip
def test_values_are_read(name: str, raw: object, value: object) -> None:
    assert parse_value(P[name], raw) == value


@pytest.mark.parametrize(
    ("name", "raw", "code"),
    [
        ("cap_fixed", 2500.0, "TYPE"), ("cap_fixed", "2.500,00", "TYPE"), ("cap_fixed", "1e3", "TYPE"), ("cap_fixed", "NaN", "TYPE"),
        ("cap_fixed", "2500.001", "AMOUNT_SCALE"), ("cap_fixed", "-1.00", "RANGE"), ("cap_fixed", "1000000.01", "RANGE"),
        ("cap_fixed", True, "TYPE"), ("objection_days", 31, "RANGE"), ("objection_days", 0, "RANGE"), ("objection_days", "7", "TYPE"),
        ("objection_days", True, "TYPE"), ("objection_days", None, "REQUIRED"), ("fee_limb", "yes", "TYPE"), ("combine", "avg", "CHOICE"),
        ("third_party_misuse_bases", "website", "CHOICE"), ("third_party_misuse_bases", ["moon"], "CHOICE"), ("courts", "", "TYPE"),
        ("courts", "Gent\nBrugge", "CHARACTER"), ("courts", "x" * 201, "LENGTH"),
    ],
)  # fmt: skip
def test_wrong_values_say_why(name: str, raw: object, code: str) -> None:
    with pytest.raises(ValueTrouble) as caught:
        parse_value(P[name], raw)
    assert caught.value.code == code
    assert name in caught.value.message


def test_the_house_standard_is_the_published_one() -> None:
    terms = effective_terms(P)
    assert (terms["cap_fixed"], terms["cap_other"], terms["objection_days"]) == (Decimal("2500.00"), Decimal("1000.00"), 7)
    assert (terms["combine"], terms["fault_gate"], terms["direct_only"], terms["indemnity"]) == ("min", "gross", True, "customer")
    assert {term.source for term in terms.by_id.values()} == {"standard"}


def test_a_deviation_overrides_one_value_and_says_so() -> None:
    terms = effective_terms(P, [("A1", "cap_fixed", Decimal("25000.00"))])
    assert terms["cap_fixed"] == Decimal("25000.00")
    assert terms.term("cap_fixed").source == "A1"
    assert terms.term("cap_other").source == "standard"
    assert terms.printed("cap_fixed", "nl") == "€\u00a025.000,00"


def test_nothing_prints_as_words_never_as_a_blank() -> None:
    assert print_value(P["cap_fixed"], None, "nl") == "geen vast bedrag"
    with pytest.raises(ValueTrouble):
        print_value(P["objection_days"], None, "nl")


@given(st.data())
def test_every_value_survives_json_and_prints(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(P)))
    value = data.draw(st.sampled_from(alternatives(LIBRARY)[name] + [P[name].standard]))
    assert parse_value(P[name], plain(value)) == value
    assert print_value(P[name], value, "nl").strip()
