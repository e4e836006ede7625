"""Assistance over the API: requests, clocks and proof, estimates, minutes, timer, months; keys, tags and refusals."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import jsonschema_rs
import pytest

from dpa_service.api import assistance_roles
from dpa_service.api.assistance_bodies import BODIES, bodies
from dpa_service.api.assistance_examples import EXAMPLES
from dpa_service.services.assistance import timesheet_file
from dpa_service.serving.runtime import EXTENSION
from dpa_service.web.assistance import base as pages
from dpa_service.web.invoices import base as invoice_pages
from tests.conftest import NOW, TODAY

STARTED = "2026-11-20T09:00:00+01:00"
SENT = {"sent_at": "2026-11-20T11:00:00+01:00", "to": "Privacycel", "channel": "email", "proof": "bericht 1"}
ENTRY = {"work_date": "2026-11-20", "minutes": 50, "note": "Opzoeking, zaak 77"}


def opened(call, client_id, duty="dsr", **changes):
    data = {"client_id": client_id, "duty": duty, "subject": "Vraag in zaak 77", "clock_started": STARTED, **changes}
    return call("POST /assistance-requests", 201, json=data)


def codes(answer):
    return {(wrong["field"], wrong["code"]) for wrong in answer.json["error"]["fields"]}


def code(answer):
    return answer.json["error"]["code"]


def test_a_request_from_opening_to_closing(billed, as_caller):
    call = as_caller("sales")
    data = {"client_id": billed.plain, "duty": "dsr", "subject": "Inzage in opnames", "clock_started": STARTED}
    made, again = (call("POST /assistance-requests", 201, json=data, key="melding") for _ in range(2))
    assert made.json["id"] == again.json["id"]
    assert code(call("POST /assistance-requests", 409, json=data | {"urgent": True}, key="melding")) == "KEY_REUSED"
    place = f"/assistance-requests/{made.json['id']}"
    assert made.location == f"/api/v1{place}"
    clock = made.json["clocks"][0]
    assert (clock["id"], clock["whose"], clock["state"]) == ("forward", "house", "running")
    assert made.json["clause"] == "data-subject-requests#assistance"
    due, ends = (datetime.fromisoformat(text) for text in (made.json["due_at"], clock["expires_at"]))
    assert due == ends
    assert [row["id"] for row in call("GET /assistance-requests/running").json["items"]] == [made.json["id"]]
    assert call(f"GET /assistance-requests?client_id={billed.dealt}").json["items"] == []

    notes = [call(f"POST {place}/notes", 201, json={"text": "Ontvangst bevestigd"}, key="nota").json for _ in range(2)]
    assert notes[0] == notes[1]
    ticked = call(f"PUT {place}/checklist/searched", json={"done": True, "happened": "2026-11-21T10:00:00+01:00"})
    assert {item["item"] for item in ticked.json["checklist"] if item["done"]} == {"searched"}
    call(f"PUT {place}/checklist/nothing", 404, json={"done": True})

    call(f"POST {place}/forward", 428, json=SENT)
    call(f"POST {place}/forward", 412, json=SENT, tag=made.headers["ETag"])
    wrong = call(f"POST {place}/forward", 422, json=SENT | {"sent_at": "2026-11-20T11:00:00"}, tag=ticked.headers["ETag"])
    assert codes(wrong) == {("sent_at", "TIMEZONE")}
    sent = call(f"POST {place}/forward", json=SENT, tag=ticked.headers["ETag"])
    assert (sent.json["due_at"], sent.json["clocks"][0]["state"]) == (None, "met")
    assert code(call(f"POST {place}/forward", 409, json=SENT, tag="*")) == "FORWARDED"
    assert call("GET /assistance-requests/running").json["items"] == []

    closed = call(f"POST {place}/close", json={"reason": "Doorgestuurd"}, tag=sent.headers["ETag"])
    assert closed.json["state"] == "closed"
    assert [row["id"] for row in call("GET /assistance-requests?state=closed").json["items"]] == [made.json["id"]]
    assert code(call(f"POST {place}/close", 409, json={"reason": "Nog eens"}, tag="*")) == "CLOSED"
    again = call(f"POST {place}/reopen", json={"reason": "Klant vraagt meer"}, tag=closed.headers["ETag"])
    assert [event["kind"] for event in again.json["events"]] == ["note", "checked", "checked", "forwarded", "state", "state"]


def test_facts_of_an_incident_follow_in_phases(billed, as_caller):
    call = as_caller("dpo")
    made = opened(call, billed.plain, "incident")
    place = f"/assistance-requests/{made.json['id']}"
    known = call(f"PATCH {place}/facts", json={"contact": "Meldpunt", "persons": "± 40"}, tag=made.headers["ETag"])
    assert [item["item"] for item in known.json["checklist"] if item["done"]] == ["contact"]
    more = call(f"PATCH {place}/facts", json={"records": "± 90", "contact": None}, tag=known.headers["ETag"])
    assert more.json["facts"] == {"persons": "± 40", "records": "± 90"}
    assert [item["item"] for item in more.json["checklist"] if item["done"]] == ["persons_and_records"]
    other = opened(call, billed.plain)
    refused = call(f"PATCH /assistance-requests/{other.json['id']}/facts", 409, json={"nature": "x"}, tag="*")
    assert code(refused) == "NOT_AN_INCIDENT"
    hints = call("POST /assistance-requests/hints", json={"client_id": billed.plain, "text": "bel jan.peeters@voorbeeld.example"})
    assert [hint["words"] for hint in hints.json["items"]] == ["jan.peeters@voorbeeld.example"]


def test_an_estimate_waits_for_the_client(billed, as_caller):
    call = as_caller("legal")
    place = f"/assistance-requests/{opened(call, billed.dealt, 'dpia').json['id']}"
    tried = call(f"POST {place}/estimates/try", json={"minutes": 610}).json
    assert call(f"GET {place}").json["estimates"] == []
    made, again = (call(f"POST {place}/estimates", 201, json={"minutes": 610}, key="raming").json for _ in range(2))
    assert made == again
    assert {name: made[name] for name in ("billed_minutes", "free_minutes", "rate", "amount", "why")} == {
        name: tried[name] for name in ("billed_minutes", "free_minutes", "rate", "amount", "why")
    }
    assert (made["billed_minutes"], made["free_minutes"], made["state"]) == (615, 60, "sent")
    assert call(f"GET {place}").json["work_waits"] == "WAITING"
    said = {"approved": True, "words": "Dienst inkoop, e-mail van 22 november"}
    assert call(f"POST /estimates/{made['id']}/answer", json=said).json["state"] == "approved"
    assert code(call(f"POST /estimates/{made['id']}/answer", 409, json=said)) == "NOT_SENT"
    assert call(f"GET {place}").json["work_waits"] is None
    call("POST /estimates/" + "0" * 32 + "/answer", 404, json=said)


def test_minutes_are_written_down_corrected_and_approved_by_another(billed, as_caller):
    worker, other, finance = as_caller("sales"), as_caller("sales"), as_caller("finance")
    asked = opened(worker, billed.dealt).json
    place = f"/assistance-requests/{asked['id']}/time-entries"
    made, again = (worker(f"POST {place}", 201, json=ENTRY, key="uur-1").json for _ in range(2))
    assert made == again
    assert made["settled"] == {"raw": 50, "rounding": 10, "billed": 60, "not_charged": {"allowance": 60}, "charged": 0}
    change = {"minutes": 100, "reason": "Vijftig minuten vergeten"}
    other(f"POST /time-entries/{made['id']}/corrections", 403, json=change)
    right = worker(f"POST /time-entries/{made['id']}/corrections", 201, json=change, key="recht-1").json
    assert (right["correction_of"], right["settled"]["charged"]) == (made["id"], 105 - 60)
    assert worker(f"GET /time-entries/{made['id']}").json["corrected_by"] == right["id"]

    other("POST /time-entries/approve", 403, json={"ids": [right["id"]]})
    mine = finance(f"POST {place}", 201, json=ENTRY | {"work_date": "2026-11-21"}).json
    done = finance("POST /time-entries/approve", json={"ids": [right["id"], mine["id"], right["id"]]}).json
    assert (done["decided"], [(row["id"], row["code"]) for row in done["not_decided"]]) == (1, [(mine["id"], "OWN_ENTRY")])
    legal = as_caller("legal")
    assert legal("POST /time-entries/reject", json={"ids": [mine["id"]], "reason": "Ander dossier"}).json["decided"] == 1
    assert legal(f"GET /time-entries/{mine['id']}").json["settled"] is None
    legal("POST /time-entries/approve", 404, json={"ids": ["0" * 32]})
    assert finance(f"POST /time-entries/{right['id']}/waive", json={"reason": "Gebaar"}).json["settled"]["not_charged"] == {
        "waived": 105
    }

    assert {row["id"] for row in worker("GET /time-entries/mine").json["items"]} == {made["id"], right["id"]}
    listed = legal(f"GET /time-entries?client_id={billed.dealt}&state=rejected&first=2026-11-21&last=2026-11-21").json
    assert [row["id"] for row in listed["items"]] == [mine["id"]]
    first = legal("GET /time-entries?limit=2").json
    rest = legal(f"GET /time-entries?limit=2&cursor={first['next']}").json
    assert {row["id"] for row in first["items"] + rest["items"]} == {made["id"], right["id"], mine["id"]}
    assert rest["next"] is None
    worker("GET /time-entries", 403)


def test_minutes_out_of_a_file_are_taken_once(billed, as_caller):
    call = as_caller("dpo")
    reference = opened(call, billed.plain).json["reference"]
    lines = [
        timesheet_file.EXAMPLE.replace("BIJ-2026-0001", reference).rstrip(),
        f"{reference};20/11/2026;x;Zonder minuten;;A-2",
        "BIJ-1999-0001;20/11/2026;10;Onbekend;;A-3",
    ]
    report = call("POST /time-entries/csv", data="\n".join(lines).encode(), content_type="text/csv").json
    assert (report["accepted"], report["known"]) == (1, 0)
    assert {(row["line"], row["field"]) for row in report["refused"]} == {(3, "minutes"), (4, "request")}
    assert call("POST /time-entries/csv", data="\n".join(lines).encode(), content_type="text/csv").json["known"] == 1
    assert codes(call("POST /time-entries/csv", 422, data=b"niets", content_type="text/csv")) == {("file", "HEADS")}


def test_the_timer_and_locked_months(billed, as_caller):
    worker, finance = as_caller("sales"), as_caller("finance")
    asked = opened(worker, billed.plain).json
    assert worker("GET /timer").json == {"timer": None}
    worker("POST /timer", 404, json={"request_id": "0" * 32})
    started = {"request_id": asked["id"], "note": "Opzoeking, zaak 77"}
    assert worker("POST /timer", json=started).json["timer"]["reference"] == asked["reference"]
    assert code(worker("POST /timer", 409, json=started)) == "RUNNING"
    assert finance("GET /timer").json == {"timer": None}
    kept = billed.app.extensions[EXTENSION]
    billed.app.extensions[EXTENSION] = replace(kept, clock=lambda: NOW + timedelta(minutes=12, seconds=1))
    assert worker("GET /timer").json["timer"]["minutes"] == 13
    entry, again = (worker("POST /timer/stop", 201, json={}, key="stop-1").json for _ in range(2))
    assert entry == again
    assert (entry["minutes"], entry["work_date"]) == (13, TODAY.isoformat())
    worker("POST /timer", json=started)
    assert worker("DELETE /timer").json == {"timer": None}
    worker("POST /timer/stop", 404, json={})
    worker("DELETE /timer", 404)

    place = f"/assistance-requests/{asked['id']}/time-entries"
    old = worker(f"POST {place}", 201, json=ENTRY | {"work_date": "2026-10-30"}).json
    assert code(finance("PUT /months/2026-10", 409)) == "WAITING"
    finance("POST /time-entries/approve", json={"ids": [old["id"]]})
    for _ in range(2):
        assert [row["month"] for row in finance("PUT /months/2026-10").json["items"]] == ["2026-10"]
    refused = worker(f"POST {place}", 409, json=ENTRY | {"work_date": "2026-10-31"})
    assert code(refused) == "MONTH_LOCKED"
    worker("PUT /months/2026-09", 403)
    assert codes(finance("PUT /months/2026-11", 422)) == {("month", "MONTH")}
    assert finance("POST /months/2026-10/unlock", json={"reason": "Vergeten uren"}).json["items"] == []
    for month in ("2026-10", "%00", "x" * 100):
        finance(f"POST /months/{month}/unlock", 404, json={"reason": "Vergeten uren"})
    finance("GET /time-entries?person=%00", 422)


def test_wrong_input_is_named_and_nothing_is_kept(billed, as_caller):
    call = as_caller("legal")
    asked = opened(call, billed.plain).json
    place = f"/assistance-requests/{asked['id']}"
    new = {"client_id": billed.plain, "duty": "dsr", "subject": "Inzage", "clock_started": STARTED}
    wrong = [
        ("/assistance-requests", new | {"duty": "other"}, {("duty", "CHOICE")}),
        ("/assistance-requests", new | {"clock_started": "2026-11-24T09:00:00+01:00"}, {("clock_started", "FUTURE")}),
        ("/assistance-requests", new | {"subject": "a\nb", "more": 1}, {("subject", "CHARACTER"), ("more", "UNKNOWN_FIELD")}),
        ("/assistance-requests", new | {"subject": "\ud800"}, {("subject", "CHARACTER")}),
        ("/assistance-requests", new | {"client_id": 7}, {("client_id", "ID")}),
        ("/assistance-requests", {"duty": "dsr"}, {("client_id", "REQUIRED")}),
        (f"{place}/notes", {"text": ""}, {("text", "BLANK")}),
        (f"{place}/estimates", {"minutes": 30.0}, {("minutes", "MINUTES")}),
        (f"{place}/time-entries", ENTRY | {"minutes": 1e400}, {("minutes", "MINUTES")}),
        (f"{place}/time-entries", ENTRY | {"minutes": True}, {("minutes", "MINUTES")}),
        (f"{place}/time-entries", ENTRY | {"work_date": "2026-11-24"}, {("work_date", "FUTURE")}),
        (f"{place}/time-entries", [ENTRY], {("", "TYPE")}),
    ]
    for number, (path, body, expected) in enumerate(wrong):
        raw = {"data": b'{"minutes": 1e400, "work_date": "2026-11-20", "note": "x"}', "content_type": "application/json"}
        sent = raw if isinstance(body, dict) and body.get("minutes") == float("inf") else {"json": body}
        assert codes(call(f"POST {path}", 422, key=f"fout-{number}", **sent)) == expected, body
    assert call(f"GET {place}").json == asked
    assert len(call("GET /assistance-requests").json["items"]) == 1
    call("POST /assistance-requests", 404, json=new | {"client_id": "0" * 32})


def test_pages_and_addresses_are_for_the_same_people():
    assert (assistance_roles.APPROVERS, assistance_roles.LOCKERS) == (pages.APPROVERS, pages.LOCKERS)
    assert (assistance_roles.READERS, assistance_roles.BILLERS) == (invoice_pages.READERS, invoice_pages.BILLERS)


@pytest.mark.parametrize("name", BODIES)
def test_the_example_of_a_body_follows_its_rules(name):
    BODIES[name].load(EXAMPLES[name])
    jsonschema_rs.validate(bodies()[name], EXAMPLES[name])
