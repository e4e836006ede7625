"""Who must approve what: the rows of the playbook, values between the rungs, and own wording."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dpa_service.domain.contract.asked import ladder_of, rung_of
from dpa_service.domain.contract.playbook import (
    OWN_AUTHORITY,
    direction,
    is_concession,
    number,
    role_of,
    seats_for_clause,
    seats_for_value,
    weight,
)
from dpa_service.domain.roles import ROLES

ROWS = {
    1: ("DPO", "DPO LEG"), 2: ("DPO", "DPO"), 3: ("Ops", "Ops"), 4: ("CISO", "CISO"), 5: ("CISO LEG", "CISO LEG"), 6: ("AM CFO", "AM CFO"),
    7: ("DPO", "DPO"), 8: ("Ops", "Ops"), 9: ("LEG", "LEG"), 10: ("DPO", "DPO"), 11: ("CISO", "CISO"), 12: ("CISO", "CISO"), 13: ("CFO", "CFO"),
    14: ("DPO CISO", "DPO CISO"), 15: ("Ops", "Ops"), 16: ("CFO LEG", "CFO LEG CEO"), 17: ("LEG CFO", "LEG CFO"), 18: ("LEG", "LEG"),
    19: ("LEG", "LEG CEO"), 20: ("LEG CFO", "LEG CFO"), 21: ("LEG", "LEG"), 22: ("LEG", "LEG"),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
def test_each_row_has_two_rungs_with_the_approvers_of_the_playbook(library, row):
    _, ladder = ladder_of(library, row)
    assert [" ".join(rung.approvers) for rung in ladder.rungs] == list(ROWS[row])
    assert ladder.standard
    assert ladder.walk_away
    assert rung_of(ladder, "F3") is None


@pytest.mark.parametrize(
    ("parameter", "value", "seats"),
    [
        ("cap_fixed", "2000.00", "AM"),
        ("cap_fixed", "2500.01", "CFO LEG"),
        ("cap_fixed", "25000.00", "CFO LEG"),
        ("cap_fixed", "25000.01", "CFO LEG CEO"),
        ("cap_fixed", None, "CFO LEG CEO"),
        ("objection_days", 5, "AM"),
        ("objection_days", 10, "DPO"),
        ("breach_notice_hours", 72, "AM"),
        ("breach_notice_hours", 36, "CISO"),
        ("assistance_rate", "110.00", "AM"),
        ("assistance_rate", "94.99", "CFO"),
        ("assistance_free_hours", 4, "AM CFO"),
        ("assistance_free_hours", 5, "AM CFO LEG"),
        ("quote_from_hours", 2, "AM"),
        ("billable_dsr", False, "CFO"),
        ("billable_alert", False, "LEG"),
        ("recording_retention_days", 14, "DPO"),
        ("fault_gate", "fraud", "LEG CFO"),
        ("indemnity", "none", "LEG CEO"),
    ],
)
def test_a_value_needs_the_approvers_of_the_rung_that_concedes_as_much(library, parameter, value, seats):
    typed = Decimal(value) if isinstance(value, str) and value[0].isdigit() else value
    assert " ".join(seats_for_value(library, parameter, typed)) == seats


def test_every_seat_is_a_role_of_the_product(library):
    seats = {seat for name in library.clauses for seat in seats_for_clause(library, name)}
    seats |= {seat for parameter in library.parameters.values() for seat in parameter.approvers} | set(OWN_AUTHORITY)
    assert {role_of(library, seat) for seat in seats} <= set(ROLES)


def test_every_figure_with_bounds_says_which_way_it_concedes(library):
    figures = {
        name
        for name, p in library.parameters.items()
        if number(p.standard) is not None and not name.endswith(("_months", "_retention_days"))
    }
    assert {name for name in figures if direction(library, library.parameters[name]) is None} == {"minor_age"}


@settings(max_examples=120)
@given(data=st.data())
def test_a_larger_concession_never_needs_fewer_people(library, data):
    names = [name for name, p in library.parameters.items() if number(p.standard) is not None and direction(library, p)]
    parameter = library.parameters[data.draw(st.sampled_from(names))]
    bounds = st.integers(int(parameter.minimum), int(parameter.maximum))
    first, second = sorted((data.draw(bounds), data.draw(bounds)), reverse=direction(library, parameter) == "lower")
    less, more = (
        seats_for_value(library, parameter.id, value if parameter.type == "duration" else Decimal(value))
        for value in (first, second)
    )
    if is_concession(library, parameter, first):
        assert set(less) <= set(more)
    assert more


def test_own_wording_is_decided_by_legal_and_everybody_of_the_clauses_ladders(library):
    assert seats_for_clause(library, "breach-notice") == ("LEG", "CISO")
    assert seats_for_clause(library, None) == ("LEG",)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"approvers": ["AM"], "class": "value", "changes": []}, 0),
        ({"approvers": ["DPO"], "class": "value", "changes": [{"parameter": "objection_days"}]}, 1),
        ({"approvers": ["DPO"], "class": "fallback", "rung": "F2", "changes": []}, 2),
        ({"approvers": ["CFO", "LEG"], "class": "fallback", "rung": "F1", "changes": [{"parameter": "cap_fixed"}]}, 2),
        ({"approvers": ["LEG"], "class": "modified", "changes": []}, 3),
        ({"approvers": ["CFO", "LEG", "CEO"], "class": "fallback", "rung": "F2", "changes": []}, 5),
    ],
)
def test_the_weight_in_the_queue(entry, expected):
    assert weight(entry) == expected
