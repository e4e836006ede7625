"""Minutes, rounding, free time and estimates; and that the tariff says what Annex V prints."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpa_service.domain.assistance.assistance import (
    ALLOWANCE,
    CAUSED,
    DUTY_FREE,
    FAILING,
    FIRST_DAY,
    REASONS,
    REPLACED,
    WAIVED,
    Entry,
    Tariff,
    allowance,
    amount,
    billed_minutes,
    check_minutes,
    estimate,
    exceeds,
    settle,
    tariff,
    tariff_from_dict,
    tariff_to_dict,
)
from dpa_service.domain.assistance.duties import DUTIES, RATE_CLAUSE, TARIFF_ANNEX, binding, clock_length, duty
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.tables import BILLABLE
from dpa_service.domain.contract.terms import effective_terms
from dpa_service.domain.deadlines import MODES, UNITS
from dpa_service.domain.errors import DomainError
from tests.support.invoices import TARIFF, entries

rates = st.integers(4500, 25000).map(lambda cents: Decimal(cents) / 100)
tariffs = st.builds(
    Tariff,
    agreement=st.sampled_from(["VO-2026-0001", "VO-2026-0002"]),
    rate=rates,
    audit_rate_cap=rates,
    increment=st.integers(1, 60),
    free_minutes=st.integers(0, 40).map(lambda hours: 60 * hours),
    quote_minutes=st.integers(1, 40).map(lambda hours: 60 * hours),
    payment_days=st.integers(15, 60),
    free_if_caused=st.booleans(),
    audit_cost=st.sampled_from(["client", "first_day", "material_failing"]),
    free_duties=st.frozensets(st.sampled_from(sorted(DUTIES)), max_size=2),
)


@st.composite
def clients(draw: st.DrawFn) -> list[Entry]:
    """The entries of a client under one or two tariffs, some of them corrected."""
    known = draw(st.lists(tariffs, min_size=1, max_size=2))
    made: list[Entry] = []
    for n in range(draw(st.integers(0, 12))):
        open_ones = [entry.id for entry in made if entry.id not in {each.replaces for each in made}]
        made.append(
            Entry(
                id=f"e{n}",
                sequence=n,
                work_date=draw(st.dates(date(2026, 1, 1), date(2027, 12, 31))),
                request=draw(st.sampled_from(["BIJ-1", "BIJ-2", "BIJ-3"])),
                duty=draw(st.sampled_from(sorted(DUTIES))),
                minutes=draw(st.integers(1, 600)),
                tariff=draw(st.sampled_from(known)),
                replaces=draw(st.none() | st.sampled_from(open_ones)) if open_ones else None,
                caused=draw(st.booleans()),
                first_audit_day=draw(st.booleans()),
                audit_failing=draw(st.booleans()),
                waived=draw(st.integers(0, 9)) == 0,
            )
        )
    return made


@given(st.integers(0, 1440), st.integers(1, 60))
def test_rounding_goes_up_to_the_increment_and_rounding_twice_changes_nothing(minutes: int, increment: int) -> None:
    billed = billed_minutes(minutes, increment)
    assert billed % increment == 0
    assert 0 <= billed - minutes < increment
    assert billed_minutes(billed, increment) == billed


def test_ninety_minutes_at_fifteen_stay_ninety() -> None:
    assert [billed_minutes(minutes, 15) for minutes in (1, 15, 16, 90, 91)] == [15, 15, 30, 90, 105]


@given(clients())
def test_no_minute_is_lost_and_every_minute_not_charged_has_a_reason(given_: list[Entry]) -> None:
    settled = settle(given_)
    assert sorted(item.entry.id for item in settled) == sorted(entry.id for entry in given_)
    for item in settled:
        assert item.entry.minutes + item.rounding == item.billed == item.charged + sum(minutes for _, minutes in item.parts)
        assert item.charged >= 0
        assert item.rounding >= 0
        assert all(reason in REASONS and minutes > 0 for reason, minutes in item.parts)


@given(clients(), st.randoms())
def test_the_order_in_which_entries_are_given_does_not_matter(given_: list[Entry], chance: Any) -> None:
    shuffled = list(given_)
    chance.shuffle(shuffled)
    assert settle(shuffled) == settle(given_)


@given(clients())
def test_free_time_stays_within_the_allowance_and_is_taken_as_early_as_possible(given_: list[Entry]) -> None:
    settled = settle(given_)
    for year in (2026, 2027):
        of_year = [item for item in settled if item.entry.work_date.year == year]
        used = 0
        for item in of_year:
            used += item.free
            assert used <= max([each.entry.tariff.free_minutes for each in of_year], default=0)
            if item.charged:  # somebody pays only when the tariff of that day has no free time left
                assert used >= item.entry.tariff.free_minutes


@given(clients(), st.data())
def test_entries_once_invoiced_keep_their_free_time_whatever_is_written_later(given_: list[Entry], data: st.DataObject) -> None:
    corrected = {entry.replaces for entry in given_}
    before = settle([entry for entry in given_ if not entry.replaces and entry.id not in corrected])
    invoiced = {item.entry.id: item.free for item in before if data.draw(st.booleans())}
    after = {item.entry.id: item for item in settle([*(item.entry for item in before), *_earlier(given_)], invoiced)}
    for item in before:
        if item.entry.id in invoiced:
            assert after[item.entry.id] == item


def _earlier(given_: list[Entry]) -> list[Entry]:
    return [replace(e, id=f"late-{e.id}", sequence=1000 + e.sequence, work_date=e.work_date.replace(month=1, day=1), replaces=None)
            for e in given_]  # fmt: skip


def test_the_free_hours_go_to_the_first_work_of_the_year_and_start_anew_each_year() -> None:
    hours = replace(TARIFF, free_minutes=60)
    worked = [
        Entry("late", 1, date(2026, 12, 30), "BIJ-1", "dsr", 50, hours),
        Entry("early", 2, date(2026, 1, 5), "BIJ-1", "dsr", 40, hours),
        Entry("next", 3, date(2027, 1, 4), "BIJ-1", "dsr", 10, hours),
    ]
    settled = {item.entry.id: (item.billed, item.free, item.charged) for item in settle(worked)}
    assert settled == {"early": (45, 45, 0), "late": (60, 15, 45), "next": (15, 15, 0)}
    left = allowance(settle(worked), hours, 2026)
    assert (left.granted, left.used, left.left) == (60, 60, 0)
    assert allowance(settle(worked), replace(hours, free_minutes=120), 2026).left == 60
    assert allowance(settle(worked), replace(hours, free_minutes=30), 2026).left == 0  # a later tariff grants less than was used


def test_free_time_on_an_invoice_is_used_whatever_is_written_later_for_an_earlier_day() -> None:
    hours = replace(TARIFF, free_minutes=60)
    invoiced = [Entry(name, n, date(2026, 3, 2), "BIJ-1", "dsr", 30, hours) for n, name in enumerate(("a", "b"))]
    late = Entry("late", 9, date(2026, 1, 5), "BIJ-1", "dsr", 30, hours)
    settled = {item.entry.id: item.free for item in settle([*invoiced, late], {"a": 15, "b": 30})}
    assert settled == {"a": 15, "b": 30, "late": 15}


AUDIT = replace(TARIFF, audit_cost="first_day", free_minutes=600)


@pytest.mark.parametrize(
    ("changes", "terms", "reason"),
    [
        ({"waived": True}, TARIFF, WAIVED),
        ({"duty": "alert"}, replace(TARIFF, free_duties=frozenset({"alert"})), DUTY_FREE),
        ({"caused": True}, replace(TARIFF, free_if_caused=True), CAUSED),
        ({"caused": True}, TARIFF, None),
        ({"duty": "audit", "first_audit_day": True}, AUDIT, FIRST_DAY),
        ({"duty": "audit", "first_audit_day": True}, TARIFF, None),
        ({"duty": "dsr", "first_audit_day": True}, replace(TARIFF, audit_cost="first_day"), None),
        ({"duty": "audit", "audit_failing": True}, replace(TARIFF, audit_cost="material_failing"), FAILING),
        ({"duty": "audit", "audit_failing": True}, TARIFF, None),
        ({}, replace(TARIFF, free_minutes=60), ALLOWANCE),
    ],
)
def test_what_is_not_charged_says_why(changes: dict[str, Any], terms: Tariff, reason: str | None) -> None:
    entry = replace(Entry("e", 1, date(2026, 11, 2), "BIJ-1", "dsr", 20, terms), **changes)
    (item,) = settle([entry])
    assert item.parts == (((reason, 30),) if reason else ())
    assert item.charged == (0 if reason else 30)
    if reason != ALLOWANCE:
        assert item.free == 0


def test_a_corrected_entry_stays_and_is_charged_no_more() -> None:
    old, new = entries([50, 20])
    settled = settle([old, replace(new, replaces=old.id)])
    assert [(item.entry.minutes, item.parts, item.charged) for item in settled] == [(50, ((REPLACED, 60),), 0), (20, (), 30)]


def test_a_corrected_entry_gives_its_free_time_back_also_when_it_was_invoiced() -> None:
    old, new = entries([60, 60], replace(TARIFF, free_minutes=60))
    settled = settle([old, replace(new, replaces=old.id)], {old.id: 60})
    assert [item.free for item in settled] == [0, 60]


def test_two_entries_with_one_id_are_refused() -> None:
    (entry,) = entries([10])
    with pytest.raises(DomainError):
        settle([entry, replace(entry, sequence=9)])


@pytest.mark.parametrize("minutes", [0, -5, 1441, 1.5, "30", True])
def test_minutes_are_whole_and_within_a_day(minutes: object) -> None:
    with pytest.raises(DomainError):
        check_minutes(minutes)
    assert check_minutes(0, correction=True) == 0


def test_an_audit_is_never_dearer_than_its_cap() -> None:
    dear = replace(TARIFF, rate=Decimal("120.00"), audit_rate_cap=Decimal("95.00"))
    assert (dear.rate_for("audit"), dear.rate_for("dsr")) == (Decimal("95.00"), Decimal("120.00"))
    assert replace(dear, rate=Decimal("60.00")).rate_for("audit") == Decimal("60.00")


@given(tariffs)
def test_a_tariff_kept_as_json_comes_back_the_same(kept: Tariff) -> None:
    assert tariff_from_dict(tariff_to_dict(kept)) == kept


@given(tariffs, st.sampled_from(sorted(DUTIES)), st.integers(1, 1440), st.integers(0, 2400), st.booleans())
def test_an_estimate_is_what_one_entry_of_that_length_would_cost(
    terms: Tariff, name: str, minutes: int, free_left: int, caused: bool
) -> None:
    made = estimate(terms, name, minutes, free_left=free_left, caused=caused)
    entry = Entry("e", 1, date(2026, 11, 2), "BIJ-1", name, minutes, replace(terms, free_minutes=free_left), caused=caused)
    (item,) = settle([entry])
    assert (made.billed, made.charged) == (item.billed, item.charged)
    assert made.amount == amount(item.charged, entry.rate)


def test_work_waits_for_approval_from_the_agreed_size_or_the_house_limit_on() -> None:
    assert estimate(TARIFF, "dsr", 239).why == ()
    assert estimate(TARIFF, "dsr", 240).why == ("QUOTE_FROM_HOURS",)
    assert estimate(TARIFF, "dsr", 60, approval_from=Decimal("95.50")).why == ("AMOUNT",)
    assert estimate(TARIFF, "dsr", 60, approval_from=Decimal("95.51")).why == ()
    urgent = estimate(TARIFF, "incident", 300, urgent=True)
    assert (urgent.needs_approval, urgent.starts_at_once) == (True, True)
    assert not estimate(replace(TARIFF, free_duties=frozenset({"dsr"})), "dsr", 600, approval_from=Decimal(0)).needs_approval
    assert exceeds(240, 200, 41)
    assert not exceeds(240, 200, 40)


# ---- the same terms that the text prints -----------------------------------------------------------------------------


def test_the_duties_are_those_of_annex_v(library: Library) -> None:
    assert tuple(each.billable for each in DUTIES.values()) == BILLABLE
    assert set(BILLABLE) <= set(library.parameters)


def test_every_clause_a_duty_names_stands_in_the_library(library: Library) -> None:
    for each in DUTIES.values():
        named = [each.clause, each.general_clause, *(clock.clause for clock in each.clocks if clock.whose == "house" or clock.parameter),
                 *(check.clause for check in each.checklist)]  # fmt: skip
        for clause in (*named, RATE_CLAUSE, TARIFF_ANNEX):
            name, _, anchor = clause.partition("#")
            assert name in library.clauses, clause
            assert not anchor or anchor in _anchors(library, name), clause


def _anchors(library: Library, name: str) -> set[str]:
    from dpa_service.resources import clauses_dir

    text = (clauses_dir() / name / "nl.md").read_text(encoding="utf-8")
    return {part.partition("}")[0] for part in text.split("{#")[1:]}


def test_every_clock_can_be_counted(library: Library) -> None:
    terms = effective_terms(library.parameters)
    for each in DUTIES.values():
        for clock in each.clocks:
            assert clock.unit in UNITS
            assert clock.mode in MODES
            assert clock_length(clock, terms) >= 1
            assert isinstance(binding(clock, terms), bool)
            if clock.parameter:
                assert library.parameters[clock.parameter].unit == clock.unit
    with pytest.raises(DomainError):
        duty("gardening")


def test_the_standard_tariff_is_the_house_standard(library: Library) -> None:
    terms = effective_terms(library.parameters)
    made = tariff(terms, "VO-1")
    assert made.rate == library.parameters["assistance_rate"].standard
    assert made.increment == library.parameters["assistance_increment"].standard
    assert made.free_duties == frozenset()


def test_a_deviation_changes_the_text_and_the_charge_together(library: Library, example: Callable[..., dict[str, Any]]) -> None:
    from dpa_service.domain.contract.wording import NBSP
    from dpa_service.services.agreements.generate import assemble_request

    agreed = {"assistance_rate": "80.00", "assistance_free_hours": 2, "billable_alert": False}
    annexes = assemble_request(example(parameters=agreed, reference="VO-2026-0001"), library)["annexes"]
    words = json.dumps(annexes, ensure_ascii=False).replace(NBSP, " ")
    changes = [("A1", "assistance_rate", Decimal("80.00")), ("A2", "assistance_free_hours", 2), ("A3", "billable_alert", False)]
    made = tariff(effective_terms(library.parameters, changes), "VO-2026-0001")
    assert "€ 80,00 per uur" in words
    assert "2 (twee) uur per kalenderjaar" in words
    assert (made.rate, made.free_minutes, made.free_duties) == (Decimal("80.00"), 120, frozenset({"alert"}))
