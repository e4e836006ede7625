"""The life of an agreement cut in stretches: on every day exactly one, with the figures of that day."""

import itertools
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from dpa_service.adapters.library_files import load_library
from dpa_service.domain.liability.claim import CENT, UNLIMITED
from dpa_service.domain.liability.liability_terms import with_values
from dpa_service.services.liability.claim_result import standard_terms
from dpa_service.services.liability.exposure_rows import part_values, parts_on, row_values, stretches
from dpa_service.services.liability.liability_facts import Bound, fees_at

LIBRARY = load_library()
STANDARD = standard_terms(LIBRARY)
days = st.dates(date(2023, 1, 1), date(2028, 12, 31)) | st.sampled_from([date(2024, 2, 29), date(2024, 2, 28), date(2025, 2, 28)])
euros = st.integers(1, 900_000).map(lambda n: (Decimal(n) * CENT).quantize(CENT))
changes = st.fixed_dictionaries(
    {},
    optional={
        "fee_basis": st.sampled_from(["last_12_months", "contract_year"]),
        "cap_fixed": euros,
        "combine": st.just("max"),
        "cap_gross_factor": st.just(Decimal(2)),
        "uncapped_from": st.just("fraud"),
        "other_pool": st.just("sub_limit"),
    },
)


def bound(values, begins, ends, start, main_cap=None):
    return Bound(
        "a" * 32, "c" * 32, "DPA-2026-0001", begins, ends, with_values(STANDARD, values, "A1"), main_cap, start, (), LIBRARY
    )


lives = st.tuples(days, st.none() | st.integers(1, 1500)).map(
    lambda t: (t[0], None if t[1] is None else t[0] + timedelta(days=t[1]))
)


@settings(max_examples=120, deadline=None)
@given(
    changes,
    lives,
    days,
    st.none() | st.lists(st.tuples(days, euros | euros.map(lambda e: -e)), max_size=8),
    st.lists(days, max_size=30),
)
def test_every_day_of_its_life_has_one_stretch_with_its_figures(values, life, start, paid, asked):
    one = bound(values, *life, start)
    found = list(stretches(one, paid))
    for day in {life[0], *asked, *(d + timedelta(days=n) for d, _ in paid or () for n in (-1, 0, 1, 364, 365, 366))}:
        holding = [s for s in found if s.from_day <= day and (s.until_day is None or day < s.until_day)]
        if day < life[0] or (life[1] is not None and day >= life[1]):
            assert holding == []
            continue
        (stretch,) = holding
        assert stretch.exposure == one.exposure_with(fees_at(one, paid, day))
        assert stretch.standard == one.exposure_with(fees_at(one, paid, day, STANDARD.fee_basis), STANDARD.params)
        assert stretch.parts == parts_on(one, paid, day)


@settings(max_examples=100, deadline=None)
@given(changes, lives, days, st.none() | st.lists(st.tuples(days, euros), max_size=6))
def test_neighbours_differ_and_follow_each_other(values, life, start, paid):
    found = list(stretches(bound(values, *life, start), paid))
    assert (found[0].from_day, found[-1].until_day) == life
    for before, after in itertools.pairwise(found):
        assert before.until_day == after.from_day
        assert (before.exposure, before.standard, before.parts) != (after.exposure, after.standard, after.parts)


def test_the_parts_of_all_deviations_are_named_and_written():
    one = bound({"cap_fixed": Decimal("9000.00"), "uncapped_from": "fraud"}, date(2025, 1, 1), None, date(2025, 1, 1))
    one = replace(one, terms=with_values(one.terms, {"cap_other": Decimal("4000.00")}, "A2"))
    (stretch,) = stretches(one, None)
    adds = {part.deviation: part.adds for part in stretch.parts}
    assert adds == {"A1": UNLIMITED, "A2": Decimal("3000.00")}
    row, parts = row_values(one, stretch), list(part_values(one, stretch))
    assert (row["main"], row["total"], row["no_limit"]) == (Decimal("9000.00"), Decimal("13000.00"), True)
    assert {part["deviation"]: part["adds"] for part in parts} == {"A1": None, "A2": Decimal("3000.00")}


def test_a_rewritten_clause_is_a_part_that_adds_what_nobody_can_count():
    one = bound({}, date(2025, 1, 1), None, date(2025, 1, 1))
    entry = {"id": "A3", "class": "modified", "clause": "general-liability", "changes": []}
    one = replace(one, deviations=(entry,), terms=replace(one.terms, rewritten={"general-liability": "A3"}))
    (stretch,) = stretches(one, None)
    assert [(part.deviation, part.parameters, part.adds) for part in stretch.parts] == [("A3", (), Decimal("0.00"))]
    assert row_values(one, stretch)["own_wording"] is True
