"""The pages of minutes: the day sheet, the timer, corrections, a file, approval by a second person, locked months."""

from __future__ import annotations

import io
import json
import re
import shutil
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from dpa_service.adapters.db.engine import make_engine, make_sessions
from dpa_service.resources import examples_dir
from dpa_service.services.assistance import estimates, month_locks, time_entries, timers
from dpa_service.serving.runtime import EXTENSION, library, session
from dpa_service.web.assistance.time_words import read_minutes
from tests.conftest import NOW, TODAY
from tests.support.accounts import signed_in
from tests.support.assistance import APPROVER, WORKER, bound_client, fast, minutes, request

ENGLISH = {"Accept-Language": "en"}
WHO = {"actor": WORKER, "now": NOW}


@pytest.fixture(scope="module")
def ready(sqlite_template, tmp_path_factory, library):
    """A database, copied for each test, with a client that has an hour free a year, and alerts and first audit days at no charge."""
    path = shutil.copy(sqlite_template, tmp_path_factory.mktemp("time") / "dpa.sqlite")
    engine = make_engine(f"sqlite:///{path}")
    with pytest.MonkeyPatch.context() as patch, make_sessions(engine)() as work:
        fast(patch)
        for name in ("render_docx", "render_pdf"):  # documents that take no time to make
            patch.setattr(f"dpa_service.services.agreements.issuing.{name}", lambda snapshot: b"x")
        patch.setattr("dpa_service.services.agreements.issuing.content_hash", lambda content: "0" * 64)
        asked = json.loads((examples_dir() / "voorbeeld-energie.json").read_text(encoding="utf-8"))
        asked.pop("reference", None)
        client_id = bound_client(work, library, asked, assistance_free_hours=1, billable_alert=False)
        duties = {duty: request(work, client_id, duty) for duty in ("dsr", "alert", "audit")}
    with engine.connect() as connection:
        connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path, SimpleNamespace(client=client_id, **duties)


@pytest.fixture
def sqlite_url(ready, tmp_path):
    """Of the copy; the application of these tests runs on it."""
    return f"sqlite:///{shutil.copy(ready[0], tmp_path / 'dpa.sqlite')}"


@pytest.fixture
def asked(ready):
    return ready[1]


@pytest.fixture(autouse=True)
def clock(app):
    moment = SimpleNamespace(now=NOW)
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], clock=lambda: moment.now)
    return moment


@pytest.fixture
def of(app):
    """A browser's own entries of the days around today."""

    def found(browser):
        with app.app_context():
            days = (TODAY - timedelta(days=60), TODAY)
            return list(time_entries.of_person(session(), browser.user.email, *days))

    return found


def line(asked_request, **changes):
    return {"day": TODAY.isoformat(), "request": asked_request.reference, "minutes": "1:30", "note": "Opzoeking", **changes}


def page(browser, path):
    answer = browser.get(path, headers=ENGLISH)
    assert answer.status_code == 200, answer.text[:400]
    assert answer.text.count("<h1") == 1, path
    assert "style=" not in answer.text
    return re.sub(r"\s+", " ", answer.text)


def test_time_is_read_as_people_type_it():
    for hour_and_a_half in ("90", "90 min", "1:30", "1u30", "1 u 30", "1h30", "1,5", "1.5", "1,5 u"):
        assert read_minutes(hour_and_a_half) == 90, hour_and_a_half
    assert [read_minutes(text) for text in ("2u", "2 uur", "0,25", ",5", "1,33", "0")] == [120, 120, 15, 30, 80, 0]
    for unreadable in ("1:75", "1:", "uur", "-5", "1,5,5", "1e3", ""):
        assert read_minutes(unreadable) == unreadable  # for the rules of an entry to refuse


def test_a_line_is_added_and_says_what_is_charged_and_why_not(as_role, asked, of):
    sales = as_role("sales")
    answer = sales.post("/time", data=line(asked.dsr, key="k1"))
    assert answer.status_code == 303
    assert sales.post("/time", data=line(asked.dsr, key="k1")).status_code == 303  # sent twice, written once
    entry = of(sales)[0]
    assert [(each.minutes, each.note) for each in of(sales)] == [(90, "Opzoeking")]
    shown = page(sales, answer.location)
    assert re.search(r'id="f-request"[^>]*autofocus', shown)
    assert f'id="e-{entry.id}"' in shown
    assert "1 u 00 not charged: free hours of the year" in shown
    assert '0 u 30 <span class="soft">at € 95,00 an hour' in shown
    sales.post("/time", data=line(asked.alert, minutes="20"))
    assert "0 u 30 not charged: free duty for this client" in page(sales, "/time")
    assert "This week: 1 u 50" in page(sales, "/time")


def test_wrong_lines_say_what_is_wrong_and_lose_nothing(as_role, asked, of):
    sales = as_role("sales")
    for changes, status, said in (
        ({"request": "BIJ-2026-0999"}, 422, "no assistance request with this reference"),
        ({"request": "Voorbeeld Energie"}, 422, asked.audit.reference),  # several fit
        ({"minutes": "1:75"}, 422, "whole minutes"),
        ({"minutes": ""}, 422, "Give the time"),
        ({"note": " "}, 422, "Say what was done"),
        ({"day": "2026-12-24"}, 422, "still to come"),
        ({"day": "morgen"}, 422, "not a day of the calendar"),
        ({"first_audit_day": "true"}, 422, "This request is no audit"),
        ({"day": "2025-12-31"}, 409, "no agreement of this client was in force"),
    ):
        answer = sales.post("/time", data=line(asked.dsr, **changes), headers=ENGLISH)
        assert (answer.status_code, said in answer.text) == (status, True), (changes, answer.status_code)
        if "day" not in changes:
            assert f'value="{({"request": asked.dsr.reference} | changes)["request"]}"' in answer.text
    assert of(sales) == []


def test_a_note_that_looks_like_a_name_is_asked_about_once(as_role, asked, of):
    sales = as_role("sales")
    data = line(asked.dsr, note="Gebeld met mevrouw Peeters")
    first = sales.post("/time", data=data, headers=ENGLISH)
    assert first.status_code == 422
    assert "mevrouw Peeters" in first.text
    assert of(sales) == []
    # a yes to one text is no yes to another
    assert sales.post("/time", data=data | {"note": "Gebeld met de heer Janssens", "sure": data["note"]}).status_code == 422
    assert sales.post("/time", data=data | {"sure": data["note"]}).status_code == 303
    assert [entry.note for entry in of(sales)] == [data["note"]]


def test_an_estimate_that_waits_is_a_warning_and_no_ban(app, as_role, asked, of):
    with app.app_context():
        estimates.make(session(), library(), asked.dsr.id, {"minutes": 600}, today=TODAY, **WHO)
    sales = as_role("sales")
    answer = sales.post("/time", data=line(asked.dsr))
    assert answer.status_code == 303
    assert "An estimate waits for the client" in page(sales, answer.location)
    assert "An estimate waits for the client" not in page(sales, f"/time?request={asked.alert.id}")


def test_a_correction_stands_beside_the_original_and_undoes_with_nothing(as_role, asked, of):
    sales, legal = as_role("sales"), as_role("legal")
    sales.post("/time", data=line(asked.audit, first_audit_day="true"))
    entry = of(sales)[0]
    assert f'action="/time/{entry.id}/correct"' in page(sales, f"/time?correct={entry.id}")
    path, right = f"/time/{entry.id}/correct", {"minutes": "0:45", "first_audit_day": "true"}
    assert sales.post(path, data=right | {"reason": " "}).status_code == 422
    assert as_role("sales").post(path, data=right | {"reason": "Van een ander"}).status_code == 403
    assert sales.post(path, data=right | {"reason": "Pauze"}).status_code == 303
    assert sales.post(path, data=right | {"reason": "Nog eens"}).status_code == 409
    old, new = sorted(of(sales), key=lambda each: each.sequence)
    assert (old.minutes, new.minutes, new.correction_of, new.first_audit_day) == (90, 45, old.id, True)
    shown = page(sales, "/time")
    assert '<del class="soft">1 u 30</del>' in shown
    assert "Correction: Pauze" in shown
    assert "This week: 0 u 45" in shown
    assert legal.post(f"/time/{new.id}/correct", data={"minutes": "0", "reason": "Verkeerd dossier"}).status_code == 303
    assert "This week: 0 u 00" in page(sales, "/time")
    for row in of(sales):
        assert "Pauze" in page(sales, f"/time/{row.id}") or row.minutes == 0


def test_a_timer_runs_on_every_page_and_is_written_corrected_or_put_back(as_role, asked, of, clock):
    sales = as_role("sales")
    sales.post("/time/timer/start", data={"request": asked.dsr.id, "note": "Antwoord", "back": f"/assistance/{asked.dsr.id}"})
    assert "started 23/11/2026 10:30" in page(sales, "/assistance")
    again = sales.post("/time/timer/start", data={"request": asked.alert.id, "back": "//elsewhere.example"})
    assert again.location.startswith("/time?")
    clock.now = NOW + timedelta(minutes=21, seconds=1)
    stopped = sales.post("/time/timer/stop", data={"note": "Antwoord geschreven"})
    assert [(each.minutes, each.note) for each in of(sales)] == [(22, "Antwoord geschreven")]
    assert f'action="/time/{of(sales)[0].id}/correct"' in page(sales, stopped.location)
    assert "data-timer " not in page(sales, "/time")
    # discarded by mistake: its time waits in the form
    sales.post("/time/timer/start", data={"request": asked.dsr.id, "note": "Nog iets"})
    clock.now += timedelta(minutes=7)
    back = page(sales, sales.post("/time/timer/drop").location)
    assert len(of(sales)) == 1
    assert re.search(r'id="f-minutes"[^>]*value="7"', back)
    assert re.search(r'id="f-note"[^>]*value="Nog iets"', back)
    assert sales.post("/time/timer/stop").status_code == 303  # none runs: said, no error


def test_a_timer_past_midnight_and_past_a_lock_says_what_happens(app, as_role, asked, of, clock):
    sales = as_role("sales")
    clock.now = NOW.replace(month=10, day=31, hour=20)
    sales.post("/time/timer/start", data={"request": asked.dsr.id, "note": "Laat werk"})
    clock.now = NOW.replace(month=11, day=1, hour=8)
    sales = signed_in(app, user=sales.user)  # the session ended long ago; the timer did not
    assert "run past midnight" in page(sales, "/time")
    with app.app_context():
        assert month_locks.overview(session(), TODAY)[1].timers == 1
        month_locks.lock(session(), "2026-10", actor=WORKER, now=clock.now)
    assert "is locked meanwhile" in page(sales, "/time")
    sales.post("/time/timer/stop", headers=ENGLISH)
    assert "The timer runs on; nothing was written down." in page(sales, "/time")
    assert of(sales) == []
    with app.app_context():
        assert timers.running(session(), sales.user.email)


def test_a_second_person_decides_and_is_told_what_is_not_theirs(app, as_role, asked, of):
    legal, finance = as_role("legal"), as_role("finance")
    for number in range(2):
        legal.post("/time", data=line(asked.dsr, minutes=str(50 + number)))
    finance.post("/time", data=line(asked.dsr, minutes="5"))
    (first, second), own = of(legal), of(finance)[0]
    shown = page(finance, "/time/approvals")
    ticks = set(re.findall(r'form="decide" name="entry" value="(\w+)"', shown))
    assert ticks == {first.id, second.id}
    assert "You worked or wrote this down yourself" in shown
    path = "/time/approvals"
    assert finance.post(path, data={"do": "approve"}).status_code == 422
    kept = finance.post(path, data={"do": "reject", "entry": [second.id], "reason": " "})
    assert kept.status_code == 422
    assert re.search(rf'value="{second.id}"[^>]* checked', kept.text)
    assert finance.post(path, data={"do": "approve", "entry": [first.id, own.id]}, headers=ENGLISH).status_code == 303
    assert "1 entry is left as it was" in page(finance, path)
    finance.post(path, data={"do": "reject", "entry": [second.id], "reason": "Stond er al"})
    assert [(each.state, each.decided_by) for each in of(legal)] == [
        ("approved", finance.user.email),
        ("rejected", finance.user.email),
    ]
    assert of(finance)[0].state == "logged"
    assert f"{finance.user.email}: Stond er al" in page(legal, "/time")
    assert as_role("sales").get(path).status_code == 403
    # not charging is for finance
    assert legal.post(f"/time/{first.id}/waive", data={"reason": "Gebaar"}).status_code == 403
    assert finance.post(f"/time/{first.id}/waive", data={"reason": ""}).status_code == 422
    assert finance.post(f"/time/{first.id}/waive", data={"reason": "Gebaar"}).status_code == 303
    assert "not charged by decision" in page(legal, "/time")


def test_a_month_is_locked_once_nothing_waits_also_no_corrected_entry(app, as_role, asked):
    finance = as_role("finance")
    with app.app_context():
        old = minutes(session(), asked.dsr.id, 30, "2026-10-30")
        fix = time_entries.correct(
            session(), old.id, {"minutes": 20, "work_date": "2026-11-02"}, reason="Verkeerde dag", today=TODAY, **WHO
        )
    refused = finance.post("/time/months/lock", data={"month": "2026-10"}, headers=ENGLISH)
    assert refused.status_code == 409
    assert "1 entry still waits" in refused.text
    assert finance.post("/time/months/lock", data={"month": "2026-11"}).status_code == 422
    with app.app_context():
        assert time_entries.approve(session(), [fix.id], actor=APPROVER, now=NOW) == []
    assert finance.post("/time/months/lock", data={"month": "2026-10"}).status_code == 303
    sales = as_role("sales")
    shown = page(sales, "/time?day=2026-10-30")
    assert "is locked since" in shown  # said before anything is typed
    assert 'name="minutes"' not in shown
    answer = sales.post("/time", data=line(asked.dsr, day="2026-10-30"), headers=ENGLISH)
    assert answer.status_code == 409
    assert sales.get("/time/months").status_code == 403
    assert finance.post("/time/months/unlock", data={"month": "2026-10", "reason": ""}).status_code == 422
    assert finance.post("/time/months/unlock", data={"month": "2026-10", "reason": "Nagekomen"}).status_code == 303
    assert sales.post("/time", data=line(asked.dsr, day="2026-10-30")).status_code == 303


def test_a_file_is_taken_once_and_its_wrong_lines_are_named(as_role, asked, of):
    sales = as_role("sales")
    text = f"dossier;datum;minuten;prestatie\n{asked.dsr.reference};3/11/2026;45;Kopie\nBIJ-2026-0999;3/11/2026;45;Kopie\n{asked.dsr.reference};3/11/2026;uur;Kopie\n"

    def upload(content):
        return sales.post("/time/upload", data={"file": (io.BytesIO(content), "u.csv")}, headers=ENGLISH)

    page(sales, "/time/upload")
    first = upload(text.encode())
    assert first.status_code == 422
    rows = re.findall(r'class="amount">(\d+)</td><td[^>]*><code>(\w+)</code></td><td[^>]*>([^<]+)<', first.text)
    assert [row[:2] for row in rows] == [("3", "dossier"), ("4", "minuten")]
    assert "1 line, 0 u 45" in first.text
    upload(text.encode())
    assert len(of(sales)) == 1
    assert "at least these columns" in upload(b"a;b\n1;2\n").text
    assert "Choose a file" in upload(b"").text


def test_addresses_that_make_no_sense_break_nothing(as_role, asked):
    finance = as_role("finance")
    for path in ("/time?day=gisteren", "/time?day=1999-01-01", f"/time?request={'0' * 32}", "/time?dropped=1",
                 "/time/approvals?person=nobody&month=2026-99", f"/time/approvals?client={asked.client}"):  # fmt: skip
        page(finance, path)
    for path in ("/time?request=x", f"/time/{'0' * 32}", "/time?correct=zz"):
        assert finance.get(path).status_code == 404, path
    assert finance.post("/time/approvals", data={"do": "approve", "entry": ["0" * 32]}).status_code == 409
    assert finance.post("/time/months/lock", data={"month": "x"}).status_code == 422
