"""Clocks of assistance requests as pages tell them: where they stand, their words and picture; typed moments; every word there is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from dpa_service.domain.assistance.duties import DUTIES, HOUSE
from dpa_service.domain.assistance.personal_hint import ACCOUNT, EMAIL, NAME, NATIONAL_NUMBER, PHONE
from dpa_service.domain.contract.terms import effective_terms
from dpa_service.services.assistance import assistance_clocks
from dpa_service.services.assistance.assistance_requests import MET_BY
from dpa_service.services.assistance.assistance_schema import INCIDENT_FACTS
from dpa_service.services.assistance.clock_states import (
    LATE,
    MET,
    MET_LATE,
    OVER,
    RUNNING,
    STATES,
    STOPPED,
    STOPPED_LATE,
    first_open,
    states,
)  # fmt: skip
from dpa_service.web.assistance import request_words
from dpa_service.web.assistance.clock_view import shown
from dpa_service.web.assistance.moments import typed_moment
from dpa_service.web.shell import BRUSSELS

ENGLISH = {"Accept-Language": "en"}
END = datetime(2026, 11, 5, tzinfo=BRUSSELS).astimezone(UTC)
TICK, WEEK = timedelta(microseconds=1), timedelta(days=7)


def test_every_duty_clock_item_and_state_has_words():
    assert set(request_words.DUTY_HELP) == set(request_words.STARTED) == set(DUTIES)
    assert set(request_words.CLOCKS) == {(duty.id, each.id) for duty in DUTIES.values() for each in duty.clocks}
    assert set(request_words.STARTS) == {each.starts for duty in DUTIES.values() for each in duty.clocks}
    assert set(request_words.ITEMS) == {(duty.id, item.id) for duty in DUTIES.values() for item in duty.checklist}
    assert set(request_words.CLOCK_STATES) == set(STATES)
    assert set(request_words.HINTS) == {NAME, EMAIL, PHONE, NATIONAL_NUMBER, ACCOUNT}
    assert set(request_words.FACT_NAMES) == set(INCIDENT_FACTS)
    for duty in DUTIES.values():  # what stops a clock of ours can be ticked
        assert {MET_BY[each.id] for each in duty.clocks if each.whose == HOUSE} <= {item.id for item in duty.checklist}


def a_request(**changes):
    clock = {
        "id": "forward", "whose": HOUSE, "starts": "received", "length": 2, "unit": "working_days", "clause": "x#y", "binding": True,
        "last_day": "2026-11-04", "expires_at": END.isoformat(),
    }  # fmt: skip
    row = {"duty": "dsr", "clocks": [clock, clock | {"id": "answer", "whose": "client"}], "checklist": {}, "forwarded": None}
    return SimpleNamespace(**row | {"clock_started": datetime(2026, 11, 2, 9, tzinfo=UTC), "closed_at": None} | changes)


def ticked(moment):
    return {"checklist": {"forwarded": {"at": moment.isoformat(), "by": "x"}}}


def sent(moment):
    return {"forwarded": {"sent_at": moment.isoformat()}}


def test_a_clock_stands_where_it_stands(app):
    for changes, now, state in (
        ({}, END - TICK, RUNNING),
        ({}, END, LATE),  # the very instant of the end is late
        (ticked(END - TICK), END + WEEK, MET),
        (ticked(END), END + WEEK, MET_LATE),
        ({"closed_at": END - TICK}, END + WEEK, STOPPED),
        ({"closed_at": END}, END + WEEK, STOPPED_LATE),
        (ticked(END - TICK) | {"closed_at": END}, END, MET),
        # the proof says when it went, however late it was ticked
        (ticked(END) | sent(END - TICK), END, MET),
        (ticked(END - TICK) | sent(END), END, MET_LATE),
    ):
        row = a_request(**changes)
        ours, theirs = states(row, now)
        assert ours.state == state, (changes, now)
        settled = changes.get("closed_at") or now
        assert theirs.state == (OVER if settled >= END else STOPPED if "closed_at" in changes else RUNNING)
        assert (first_open(row, now) is not None) == (state in (RUNNING, LATE))
        with app.test_request_context("/", headers=ENGLISH):
            view = shown(ours, row.duty, row.clock_started)
            assert "late" not in shown(theirs, row.duty, row.clock_started).words
        assert 0 <= view.bar["done"] <= min(view.bar["end"], view.bar["at"])
        assert (view.bar["over"] > 0) == (ours.at > END)
        assert ("late" in view.words) == (state in (LATE, MET_LATE, STOPPED_LATE))


def test_the_end_of_a_clock_is_told_in_words(app):
    for end, now, words in (
        ("2026-11-05", "2026-11-03T23:59", "ends tomorrow, at the end of the day"),
        ("2026-11-05", "2026-11-04T23:59", "ends today, at the end of the day"),
        ("2026-11-05", "2026-11-05T00:00", "1 day late"),
        ("2026-11-05", "2026-11-07T00:01", "3 days late"),
        ("2026-11-05", "2026-11-02T10:00", "ends in 2 days, on 4/11/2026"),
        ("2026-11-05T14:00", "2026-11-02T14:00", "ends in 3 days, 5/11/2026 14:00"),
        ("2026-11-05T14:00", "2026-11-04T14:00", "ends tomorrow 14:00"),
        ("2026-11-05T14:00", "2026-11-05T09:00", "ends today 14:00"),
        ("2026-11-05T00:20", "2026-11-04T23:35", "ends in 45 minutes, at 0:20"),
        ("2026-11-05T14:00", "2026-11-05T14:00", "1 minute late"),
        ("2026-11-05T14:00", "2026-11-05T19:30", "5 hours late"),
        ("2026-11-05T14:00", "2026-11-06T14:00", "1 day late"),
    ):
        ends, row = datetime.fromisoformat(end).replace(tzinfo=BRUSSELS), a_request()
        last = None if "T" in end else (ends - timedelta(days=1)).date().isoformat()
        row.clocks = [row.clocks[0] | {"last_day": last, "expires_at": ends.isoformat()}]
        (found,) = states(row, datetime.fromisoformat(now).replace(tzinfo=BRUSSELS))
        with app.test_request_context("/", headers=ENGLISH):
            assert shown(found, "dsr", row.clock_started).words == words


def test_an_inspection_for_cause_has_a_clock_only_where_the_agreement_has_one(library):
    found = [
        {each["id"] for each in assistance_clocks.counted("audit", {**effective_terms(library.parameters), **changes}, END)}
        for changes in ({}, {"audit_onsite": "for_cause"})
    ]
    assert found[1] - found[0] == {"announcement_for_cause"}


def test_a_typed_moment_is_belgian_time():
    for day, time, moment in (
        ("2026-11-20", "14:05", "2026-11-20T14:05:00+01:00"),
        ("2026-07-20", "14:05", "2026-07-20T14:05:00+02:00"),
        ("2026-10-25", "02:30", "2026-10-25T02:30:00+02:00"),
    ):
        assert typed_moment({"x_day": day, "x_time": time}, "x") == moment
    assert typed_moment({}, "x") is None


@pytest.mark.parametrize(
    ("day", "time"), [("2026-03-29", "02:30"), ("2026-11-20", ""), ("", "14:05"), ("0001-01-01", "00:00"), ("x", "y")]
)
def test_what_is_no_moment_is_not_made_into_one(day, time):
    given = typed_moment({"x_day": day, "x_time": time}, "x")
    assert given is not None
    with pytest.raises(ValueError, match="Invalid isoformat"):
        datetime.fromisoformat(given)
