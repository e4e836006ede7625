import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpa_service.domain.deadlines import BRUSSELS, DeadlineError, deadline, is_working_day, objection_status

CASES = json.loads((Path(__file__).parents[1] / "vectors" / "deadlines.json").read_text())
HOLIDAYS = frozenset(date.fromisoformat(day) for day in CASES["holidays"])


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: f"{case['id']} {case['title']}")
def test_worked_cases(case: dict[str, Any]) -> None:
    given_, expected = case["input"], case["expected"]
    found = None
    if given_["event_at"]:
        event = datetime.fromisoformat(given_["event_at"])
        found = deadline(event, given_["n"], given_["unit"], mode=given_["mode"], roll=given_["roll"], holidays=HOLIDAYS)
    assert (found and found.last_day and found.last_day.isoformat()) == expected["last_day"]
    assert (found and found.expires_at.isoformat()) == expected["expires_at"]
    if "status" in expected:
        response = given_.get("response_received_at")
        status = objection_status(found and found.expires_at, datetime.fromisoformat(response) if response else None)
        assert status == expected["status"]


moments = st.datetimes(datetime(2026, 1, 2), datetime(2027, 11, 1)).map(lambda moment: moment.replace(tzinfo=BRUSSELS))


@given(moments, st.integers(1, 40))
def test_a_rolled_period_ends_on_a_working_day_and_is_never_shorter(event: datetime, n: int) -> None:
    rolled = deadline(event, n, "days", mode="BE_1_7", roll=True, holidays=HOLIDAYS)
    plain = deadline(event, n, "days", mode="BE_1_7", roll=False, holidays=HOLIDAYS)
    assert rolled.last_day is not None
    assert plain.last_day == event.date() + timedelta(days=n)
    assert is_working_day(rolled.last_day, HOLIDAYS)
    assert rolled.last_day >= plain.last_day
    days = [event.date() + timedelta(days=i) for i in range(1, (rolled.last_day - event.date()).days + 1)]
    assert sum(is_working_day(day, HOLIDAYS) for day in days) >= min(n, 2)


@given(moments, st.integers(1, 30))
def test_working_days_count_exactly(event: datetime, n: int) -> None:
    found = deadline(event, n, "working_days", mode="BE_1_7", roll=True, holidays=HOLIDAYS).last_day
    assert found is not None
    days = [event.date() + timedelta(days=i) for i in range(1, (found - event.date()).days + 1)]
    assert sum(is_working_day(day, HOLIDAYS) for day in days) == n


@given(moments, st.integers(1, 200))
def test_hours_elapse_exactly_also_across_a_clock_change(event: datetime, n: int) -> None:
    exact = deadline(event, n, "hours", mode="EXACT", roll=False, holidays=HOLIDAYS).expires_at
    outer = deadline(event, n, "hours", mode="REG1182", roll=False, holidays=HOLIDAYS).expires_at
    assert exact.timestamp() - event.timestamp() == n * 3600
    assert 0 < outer.timestamp() - exact.timestamp() <= 3600
    assert outer.minute == outer.second == 0


def test_the_last_instant_is_late() -> None:
    end = datetime.fromisoformat("2026-12-01T00:00:00+01:00")
    assert objection_status(end, end) == "objected_late"
    assert objection_status(end, end - timedelta(microseconds=1)) == "objected_in_time"
    assert objection_status(end, None) == "no_response"


def test_months_clamp_to_the_last_day() -> None:
    found = deadline(datetime(2026, 1, 31, 9, tzinfo=BRUSSELS), 1, "months", mode="REG1182", roll=False, holidays=HOLIDAYS)
    assert found.last_day == date(2026, 2, 28)


@pytest.mark.parametrize(
    ("unit", "mode", "n"),
    [("weeks", "BE_1_7", 1), ("days", "ROMAN", 1), ("days", "EXACT", 1), ("hours", "BE_1_7", 1), ("days", "BE_1_7", 0)],
)
def test_what_has_no_meaning_is_refused(unit: str, mode: str, n: int) -> None:
    with pytest.raises(DeadlineError):
        deadline(datetime(2026, 1, 31, tzinfo=BRUSSELS), n, unit, mode=mode, roll=True, holidays=HOLIDAYS)


def test_a_moment_needs_its_time_zone() -> None:
    with pytest.raises(DeadlineError, match="time zone"):
        deadline(datetime(2026, 1, 31), 1, "days", mode="BE_1_7", roll=True, holidays=HOLIDAYS)
