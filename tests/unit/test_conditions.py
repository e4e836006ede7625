from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpa_service.domain.contract.conditions import ConditionTrouble, parse_condition

ENV = {"a": True, "b": False, "n": 5, "m": Decimal("2500.00"), "x": None, "c": "eea_only", "list": ("one", "call-recording")}


@pytest.mark.parametrize(
    ("source", "holds"),
    [
        ("a", True), ("b", False), ("not b", True), ("not not a", True), ("a and b", False), ("a or b", True),
        ("b and b or a", True), ("b and (b or a)", False), ("not a or a", True), ("not (a or b)", False),
        ("n == 5", True), ("n != 5", False), ("n >= 5", True), ("n < 5", False), ("m > 2500", False), ("m == 2500.00", True),
        ("x is set", False), ("n is set", True), ("x > 1", False), ("not x is set", True), ("c == eea_only", True),
        ("c != eea_listed", True), ("call-recording in list", True), ("two in list", False), ("a == true", True), ("b == true", False),
    ],
)  # fmt: skip
def test_decides(source: str, holds: bool) -> None:
    assert parse_condition(source).holds(ENV) is holds


@pytest.mark.parametrize(
    "source",
    ["", "a and", "(a", "a)", "and a", "a ==", "a is", "a is big", "a b", "a == (b)", "a = b", "n > abc €", "__import__('os')"],
)
def test_refuses(source: str) -> None:
    with pytest.raises(ConditionTrouble):
        parse_condition(source)


def test_an_unknown_name_is_an_error_not_false() -> None:
    with pytest.raises(KeyError):
        parse_condition("nobody").holds(ENV)


names = st.sampled_from(["a", "b", "c"])
trees = st.recursive(
    names,
    lambda inner: st.one_of(
        inner.map(lambda t: f"not ({t})"),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})"),
    ),
    max_leaves=8,
)


@given(trees, st.booleans(), st.booleans(), st.booleans())
def test_logic_is_the_usual_one(source: str, a: bool, b: bool, c: bool) -> None:
    env = {"a": a, "b": b, "c": c}
    expected = eval(source, {"__builtins__": {}}, env)  # the same words mean the same in Python
    assert parse_condition(source).holds(env) == expected
