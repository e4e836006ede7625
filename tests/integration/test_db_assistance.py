"""Assistance on both databases: requests and clocks, minutes at the tariff of the day, correction, approval, locks, upload, timer, estimates."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from dpa_service.adapters.db.assistance import TimeEntry
from dpa_service.adapters.db.engine import reading
from dpa_service.domain.errors import DomainError, RequestInvalid
from dpa_service.services.agreements import agreements, clients, issuing
from dpa_service.services.assistance import (
    assistance_list,
    assistance_requests,
    estimates,
    month_locks,
    time_entries,
    timers,
    timesheet_file,
)
from dpa_service.services.assistance.settlement import standings
from dpa_service.services.errors import Conflict, NotFound
from dpa_service.services.invoices import billing_figures, invoicing, work_in_progress
from dpa_service.services.use_case import use_case
from tests.conftest import NOW, TODAY
from tests.support.assistance import APPROVER, FINANCE, STARTED, WORKER, approve, approved, drafted, fast, minutes, request
from tests.support.liability import signed

pytestmark = pytest.mark.usefixtures("plain_documents", "quick")
WHO = {"actor": WORKER, "now": NOW}
SQLITE = pytest.mark.parametrize("billed", ["sqlite"], indirect=True)  # what no database decides is tested on one


@pytest.fixture
def quick(monkeypatch):
    fast(monkeypatch)


@pytest.fixture
def sessions(billed_sessions):
    return billed_sessions


@pytest.fixture
def client_id(billed):
    return billed.dealt


def standing(session, client_id):
    with reading(session):
        return {item.row.id: item for item in standings(session, [client_id])[client_id]}


def wrong(call):
    with pytest.raises(RequestInvalid) as caught:
        call()
    return {(error.field, error.code) for error in caught.value.errors}


def refused(call):
    with pytest.raises(DomainError) as caught:
        call()
    return caught.value.code


def test_a_request_runs_by_the_clocks_of_the_agreement(session, client_id):
    asked = request(session, client_id)
    clocks = {clock["id"]: clock for clock in asked.clocks}
    assert asked.reference == "BIJ-2026-0001"
    # five working days from Tuesday 3 November 2026; Wednesday 11 November is a legal holiday
    assert (clocks["forward"]["length"], clocks["forward"]["last_day"]) == (5, "2026-11-10")
    assert asked.due_at == datetime(2026, 11, 10, 23, tzinfo=UTC)
    assert [row.id for row in assistance_list.running(session)] == [asked.id]
    proof = {
        "sent_at": (STARTED + timedelta(hours=3)).isoformat(),
        "to": "privacy@client.example",
        "channel": "email",
        "proof": "<a@b>",
    }
    done = assistance_requests.forward(session, asked.id, proof, **WHO)
    assert (done.due_at, done.forwarded["by"], "forwarded" in done.checklist) == (None, WORKER, True)
    assert refused(lambda: assistance_requests.forward(session, asked.id, proof, **WHO)) == "FORWARDED"
    assistance_requests.close(session, asked.id, reason="Doorgestuurd", **WHO)
    found = assistance_list.get(session, asked.id)
    assert [event.kind for event in found.events] == ["checked", "forwarded", "state"]
    assert assistance_list.running(session) == []


@SQLITE
def test_an_incident_is_led_through_art_33_3(session, client_id):
    asked = request(session, client_id, "incident")
    assert asked.due_at == STARTED + timedelta(hours=next(c for c in asked.clocks if c["id"] == "notice")["length"])
    assistance_requests.incident_facts(session, asked.id, {"nature": "Verlies van een bestand"}, **WHO)
    found = assistance_requests.incident_facts(session, asked.id, {"records": "ongeveer 40"}, **WHO)
    assert found.facts == {"nature": "Verlies van een bestand", "records": "ongeveer 40"}
    assert assistance_requests.check_item(session, asked.id, "notified", **WHO).due_at is None
    assert assistance_requests.check_item(session, asked.id, "notified", done=False, **WHO).due_at is not None
    with pytest.raises(NotFound):
        assistance_requests.check_item(session, asked.id, "searched", **WHO)
    other = request(session, client_id)
    assert refused(lambda: assistance_requests.incident_facts(session, other.id, {"nature": "x"}, **WHO)) == "NOT_AN_INCIDENT"


@SQLITE
def test_a_text_that_looks_like_a_person_is_pointed_out_and_taken(session, client_id):
    text = "Kopie voor mevrouw Voorbeeldmans, Voorbeeld Energie"
    assert assistance_list.hints(session, client_id, text) == [("name", "mevrouw Voorbeeldmans")]
    assert request(session, client_id, subject=text).subject == text
    with reading(session):
        logged = json.dumps([list(map(str, row)) for row in session.execute(sa.text("SELECT * FROM audit_log"))])
    assert "Voorbeeldmans" not in logged


@SQLITE
def test_wrong_fields_are_named_and_nothing_is_numbered(session, client_id):
    assert wrong(lambda: request(session, client_id, "tea", clock_started="gisteren")) == {
        ("duty", "CHOICE"),
        ("clock_started", "MOMENT"),
    }
    late = (NOW + timedelta(seconds=1)).isoformat()
    assert wrong(lambda: request(session, client_id, clock_started=late)) == {("clock_started", "FUTURE")}
    asked = request(session, client_id)
    assert asked.reference.endswith("0001")
    for changes in ({"worked": 0}, {"worked": 1441}, {"worked": True}, {"worked": "15"}):
        assert wrong(lambda changes=changes: minutes(session, asked.id, **changes)) == {("minutes", "MINUTES")}
    assert wrong(lambda: minutes(session, asked.id, 5, "2026-11-24")) == {("work_date", "FUTURE")}
    assert refused(lambda: minutes(session, asked.id, 5, "2025-12-31")) == "NO_TERMS"


def test_the_tariff_of_the_work_date_stays_on_the_entry(session, library, example, client_id):
    asked = request(session, client_id)
    early = approved(session, asked.id, 30, "2026-06-30")
    signed(
        session, library, example("voorbeeld-energie"), begins=date(2026, 7, 1), assistance_rate="120.00", assistance_increment=30
    )
    late = approved(session, asked.id, 20, "2026-07-01")
    again = time_entries.correct(session, early.id, {"minutes": 35}, reason="Vergeten belletje", today=TODAY, **WHO)
    assert [(entry.rate, entry.increment) for entry in (early, late, again)] == [
        (Decimal("95.00"), 15),
        (Decimal("120.00"), 30),
        (Decimal("95.00"), 15),
    ]
    assert {source["parameter"] for source in early.sources} == {"assistance_free_hours", "billable_alert"}
    assert [(source["parameter"], source["deviation"][0]) for source in late.sources] == [
        ("assistance_rate", "A"),
        ("assistance_increment", "A"),
    ]


def test_what_is_not_charged_says_why(session, client_id):
    alert, asked = request(session, client_id, "alert"), request(session, client_id)
    free, first, second = approved(session, alert.id, 10), approved(session, asked.id, 50), approved(session, asked.id, 20)
    gift = approved(session, asked.id, 5)
    time_entries.waive(session, gift.id, reason="Goodwill", **WHO)
    found = standing(session, client_id)
    assert {name: found[entry.id].settled.parts for name, entry in (("alert", free), ("gift", gift))} == {
        "alert": (("duty_free", 15),),
        "gift": (("waived", 15),),
    }
    assert (found[first.id].settled.free, found[first.id].unbilled, found[second.id].unbilled) == (60, 0, 30)
    told = work_in_progress.of_clients(session, TODAY)
    assert [(row.minutes, row.net, dict(row.free)) for row in told] == [
        (30, Decimal("47.50"), {"duty_free": 15, "allowance": 60, "waived": 15})
    ]
    used = billing_figures.allowances(session, 2026, TODAY)
    assert [(row[2].granted, row[2].used, row[2].left) for row in used] == [(60, 60, 0)]


def test_a_correction_replaces_once_it_is_approved(session, client_id):
    asked = request(session, client_id)
    entry = approved(session, asked.id, 100)
    fix = time_entries.correct(session, entry.id, {"minutes": 80}, reason="Pauze afgetrokken", today=TODAY, **WHO)
    assert standing(session, client_id)[entry.id].held
    assert refused(lambda: drafted(session, client_id)) == "NOTHING_TO_INVOICE"
    assert (
        refused(lambda: time_entries.correct(session, entry.id, {"minutes": 70}, reason="x", today=TODAY, **WHO)) == "CORRECTED"
    )
    again = time_entries.correct(session, fix.id, {"minutes": 90}, reason="Toch langer", today=TODAY, **WHO)
    approve(session, again)
    found = standing(session, client_id)
    assert {name: (item.settled.billed, item.settled.charged) for name, item in found.items()} == {
        entry.id: (105, 0),
        again.id: (90, 30),
    }
    with reading(session):
        assert session.get_one(TimeEntry, entry.id).minutes == 100
    assert assistance_list.get(session, asked.id).minutes == 90
    nothing = time_entries.correct(session, again.id, {"minutes": 0}, reason="Verkeerde klant", today=TODAY, **WHO)
    approve(session, nothing)
    assert sum(item.unbilled for item in standing(session, client_id).values()) == 0


@SQLITE
def test_a_rejected_correction_leaves_the_first_entry(session, client_id):
    asked = request(session, client_id)
    entry = approved(session, asked.id, 100)
    fix = time_entries.correct(session, entry.id, {"minutes": 800}, reason="Typefout", today=TODAY, **WHO)
    assert time_entries.reject(session, [fix.id], reason="Klopt niet", actor=APPROVER, now=NOW) == []
    told = assistance_list.get(session, asked.id).entries
    assert [(each.reason, each.refusal) for each in told if each.id == fix.id] == [("Typefout", "Klopt niet")]
    assert standing(session, client_id)[entry.id].unbilled == 45
    time_entries.correct(session, entry.id, {"minutes": 90}, reason="Nu juist", today=TODAY, **WHO)


@SQLITE
def test_a_second_person_approves(session, client_id):
    asked = request(session, client_id)
    mine, theirs = minutes(session, asked.id, 30), minutes(session, asked.id, 30, person=APPROVER)
    left = time_entries.approve(session, [mine.id, theirs.id], actor=APPROVER, now=NOW)
    assert [(each.entry_id, each.code) for each in left] == [(theirs.id, "OWN_ENTRY")]
    assert [each.code for each in time_entries.approve(session, [mine.id, theirs.id], actor=WORKER, now=NOW)] == ["OWN_ENTRY"]
    assert [each.code for each in time_entries.reject(session, [mine.id], reason="x", actor=FINANCE, now=NOW)] == ["DECIDED"]
    assert [row.id for row in time_entries.waiting(session)] == [theirs.id]
    with pytest.raises(NotFound):
        time_entries.approve(session, [mine.id, "0" * 32], actor=FINANCE, now=NOW)


def test_a_locked_month_stays_as_it_is(session, client_id):
    asked = request(session, client_id)
    entry = minutes(session, asked.id, 30, "2026-10-30")
    assert refused(lambda: month_locks.lock(session, "2026-10", **WHO)) == "WAITING"
    approve(session, entry)
    month_locks.lock(session, "2026-10", **WHO)
    month_locks.lock(session, "2026-10", **WHO)
    assert refused(lambda: minutes(session, asked.id, 30, "2026-10-31")) == "MONTH_LOCKED"
    assert (
        refused(lambda: time_entries.correct(session, entry.id, {"minutes": 5}, reason="x", today=TODAY, **WHO)) == "MONTH_LOCKED"
    )
    minutes(session, asked.id, 30, "2026-11-01")
    assert wrong(lambda: month_locks.lock(session, "2026-11", **WHO)) == {("month", "MONTH")}
    month_locks.unlock(session, "2026-10", reason="Rechtzetting", **WHO)
    (told,) = next(each for each in month_locks.overview(session, TODAY) if each.month == "2026-10").unlocked
    assert (told.reason, told.unlocked_by, told.unlocked_at) == ("Rechtzetting", WHO["actor"], NOW)
    minutes(session, asked.id, 30, "2026-10-31")
    assert month_locks.listing(session) == []


def test_minutes_written_while_their_month_is_being_locked_are_seen(sessions, client_id):
    with sessions() as first, sessions() as second, ThreadPoolExecutor(1) as pool:
        asked = request(first, client_id)
        valid = time_entries.checked({"work_date": "2026-10-30", "minutes": 30, "note": "Opzoeking"}, TODAY)

        def lock():
            with pytest.raises(Conflict) as caught:
                month_locks.lock(second, "2026-10", **WHO)
            return caught.value.code

        with use_case(first, **WHO) as work:
            time_entries.add(work, time_entries.request_of(work, asked.id), valid, {})
            locking = pool.submit(lock)
            with pytest.raises(TimeoutError):  # it waits until the minutes are kept
                locking.result(timeout=0.3)
        assert locking.result(timeout=20) == "WAITING"


def test_a_file_of_minutes_reports_each_line_and_is_taken_once(session, client_id):
    asked = request(session, client_id)
    text = (
        "dossier;datum;minuten;prestatie;sleutel\n"
        f"{asked.reference};04/11/2026;45;Opzoeking;\n"
        f"{asked.reference};04/11/2026;45;Opzoeking;\n"
        f"{asked.reference};2026-11-05;20;Kopie;UREN-7\n"
        "BIJ-2026-0999;2026-11-05;20;Kopie;\n"
        f"{asked.reference};2026-11-05;uur;Kopie;\n"
    )
    report = timesheet_file.upload(session, text.encode(), actor=WORKER, now=NOW, today=TODAY)
    assert (report.accepted, report.known, report.minutes) == (3, 0, 110)
    assert [(each.line, each.field, each.code) for each in report.refused] == [
        (5, "request", "NOT_FOUND"),
        (6, "minutes", "MINUTES"),
    ]
    again = timesheet_file.upload(session, text.encode(), actor=WORKER, now=NOW, today=TODAY)
    assert (again.accepted, again.known, len(again.refused)) == (0, 3, 2)
    assert len(time_entries.of_person(session, WORKER, date(2026, 11, 4), date(2026, 11, 5))) == 3
    assert wrong(lambda: timesheet_file.upload(session, b"a;b\n1;2\n", actor=WORKER, now=NOW, today=TODAY)) == {("file", "HEADS")}


@SQLITE
def test_a_timer_writes_whole_minutes_and_runs_on_when_they_are_refused(session, client_id):
    asked = request(session, client_id)
    timers.start(session, asked.id, **WHO)
    assert refused(lambda: timers.start(session, asked.id, **WHO)) == "RUNNING"
    later = {"actor": WORKER, "now": NOW + timedelta(minutes=12, seconds=1)}
    assert wrong(lambda: timers.stop(session, **later)) == {("note", "BLANK")}
    entry = timers.stop(session, note="Kopie gemaakt", **later)
    assert (entry.minutes, entry.person, timers.running(session, WORKER)) == (13, WORKER, None)
    with pytest.raises(NotFound):
        timers.drop(session, **later)


@SQLITE
def test_an_estimate_waits_for_the_client_when_the_agreement_asks_it(session, library, client_id):
    asked = request(session, client_id)
    small = estimates.make(session, library, asked.id, {"minutes": 120}, today=TODAY, **WHO)
    assert (small.state, small.free_minutes, small.amount) == ("noted", 60, Decimal("95.00"))
    large = estimates.make(session, library, asked.id, {"minutes": 240}, key="e", today=TODAY, **WHO)
    assert estimates.make(session, library, asked.id, {"minutes": 240}, key="e", today=TODAY, **WHO).id == large.id
    assert (large.state, large.why, large.amount) == ("sent", ["QUOTE_FROM_HOURS"], Decimal("285.00"))
    assert estimates.blocked(session, asked.id) == "WAITING"
    estimates.answer(session, large.id, approved=True, words="Per e-mail", **WHO)
    assert refused(lambda: estimates.answer(session, large.id, approved=False, words="x", **WHO)) == "NOT_SENT"
    minutes(session, asked.id, 230)
    assert [estimates.blocked(session, asked.id, further) for further in (10, 11)] == [None, "EXCEEDED"]
    assert [row.state for row in assistance_list.get(session, asked.id).estimates] == ["approved", "replaced"]
    urgent = request(session, client_id, urgent=True)
    estimates.make(session, library, urgent.id, {"minutes": 600}, today=TODAY, **WHO)
    assert estimates.blocked(session, urgent.id) is None


@SQLITE
def test_a_client_without_an_agreement_is_charged_by_the_general_terms(session, library, example):
    party = clients.create(session, example("voorbeeld-ziekenhuis")["client"], **WHO)
    assert refused(lambda: request(session, party.id)) == "NO_TERMS"
    text = {"language": "nl", "effective_from": "2026-01-01", "parameters": {"assistance_rate": "110.00"}}
    terms = agreements.create_draft(session, library, text, document="general-terms", **WHO).agreement
    issuing.issue(session, terms.id, today=TODAY, **WHO)
    entry = approved(session, request(session, party.id).id, 20)
    assert (entry.rate, entry.tariff["agreement"]) == (Decimal("110.00"), "AV-2026-0001")
    drafted(session, party.id)
    assert invoicing.listing(session).items[0].agreement == "AV-2026-0001"


def test_repeated_calls_do_nothing_again(session, client_id):
    data = {"duty": "dsr", "subject": "Inzage", "clock_started": STARTED.isoformat()}
    ids = {assistance_requests.open_request(session, client_id, data, key="k", today=TODAY, **WHO).id for _ in range(2)}
    assert len(ids) == 1
    entry = {"work_date": "2026-11-04", "minutes": 5, "note": "Opzoeking"}
    made = {time_entries.record(session, *ids, entry, key="m", today=TODAY, **WHO).id for _ in range(2)}
    assert len(made) == 1
    with pytest.raises(Conflict):
        time_entries.record(session, *ids, entry | {"minutes": 6}, key="m", today=TODAY, **WHO)
