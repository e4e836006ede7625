from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpa_service.domain.lifecycle import MAY, STATES, STEPS, IllegalStep, in_force, steps_for, steps_from, take


def test_the_way_of_an_agreement() -> None:
    state = "draft"
    for step, after in [
        ("discard", "discarded"),
        ("restore", "draft"),
        ("issue", "issued"),
        ("sign", "signed"),
        ("supersede", "superseded"),
    ]:
        state = take(step, state)
        assert state == after
    assert steps_from("superseded") == ()
    assert steps_from("signed") == ("supersede", "end")


@given(st.sampled_from(STATES), st.sampled_from(sorted(STEPS)))
def test_every_other_step_is_refused_and_says_what_is_possible(state: str, step: str) -> None:
    if step in steps_from(state):
        assert take(step, state) in STATES
    else:
        with pytest.raises(IllegalStep) as caught:
            take(step, state)
        assert caught.value.code == "ILLEGAL_STEP"
        assert state in caught.value.message


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=12))
def test_nothing_is_signed_that_was_not_issued(path: list[str]) -> None:
    state, issued = "draft", False
    for step in path:
        if step in steps_from(state):
            state = take(step, state)
            issued = issued or step == "issue"
        assert issued or state in ("draft", "discarded")


@dataclass
class One:
    name: str
    state: str
    effective_from: date
    effective_until: date | None = None


def test_the_agreement_in_force_on_a_day() -> None:
    old = One("old", "superseded", date(2025, 1, 1), date(2026, 6, 1))
    new = One("new", "signed", date(2026, 6, 1))
    sent = One("sent", "issued", date(2026, 7, 1))
    every = [new, sent, old]
    days = {
        date(2024, 12, 31): None,
        date(2025, 1, 1): "old",
        date(2026, 5, 31): "old",
        date(2026, 6, 1): "new",
        date(2030, 1, 1): "new",
    }
    for day, name in days.items():
        found = in_force(every, day)
        assert (found.name if found else None) == name


def test_of_two_that_overlap_the_later_one_holds() -> None:
    first, second = One("first", "signed", date(2026, 1, 1)), One("second", "signed", date(2026, 3, 1))
    assert in_force([second, first], date(2026, 2, 1)) is first
    assert in_force([first, second], date(2026, 3, 1)) is second


def test_who_may_take_a_step() -> None:
    assert set(MAY) == set(STEPS) | {"decide"}
    assert steps_for("draft", ["sales"]) == ("issue", "discard")
    assert steps_for("issued", ["sales"]) == ("withdraw", "sign")
    assert steps_for("issued", ["admin"]) == ("sign",)
    assert steps_for("signed", ["sales", "dpo"]) == ()
    assert steps_for("signed", ["legal"]) == ("end",)
    for state in STATES:
        assert steps_for(state, ["finance", "dpo"]) == ()
        assert steps_for(state, []) == ()
        assert set(steps_for(state, ["sales", "legal", "admin"])) <= set(steps_from(state)) - {"supersede"}
