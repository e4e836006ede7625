"""Invoices over the API: from approved minutes to paid, credited, sent and accounted for; keys, tags and refusals."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from dataclasses import replace
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest

from dpa_service.adapters.db.invoices import Delivery
from dpa_service.adapters.number_checks import NUMBERS
from dpa_service.adapters.ubl_read import check
from dpa_service.domain.assistance.envelope import FAILED
from dpa_service.serving.runtime import EXTENSION, session
from tests.conftest import NOW, TODAY
from tests.support.accounted import accounted
from tests.support.assistance import approved, minutes, request

UNTIL = TODAY.isoformat()
NOVEMBER = "first=2026-11-01&last=2026-11-30"


@pytest.fixture
def worked(billed):
    """Approved minutes of both clients under three requests, of which one is free for the second client."""
    with billed.app.app_context():
        first, second = request(session(), billed.plain), request(session(), billed.plain, "dpia", case_reference="ZAAK-78")
        for asked, count in ((first, 20), (first, 50), (second, 90)):
            approved(session(), asked.id, count)
        minutes(session(), second.id, 40)  # waits for approval
        approved(session(), request(session(), billed.dealt).id, 100)
        approved(session(), request(session(), billed.dealt, "alert").id, 30)
    return billed


@pytest.fixture
def finance(worked, as_caller):
    return as_caller("finance")


def code(answer):
    return answer.json["error"]["code"]


def codes(answer):
    return {(wrong["field"], wrong["code"]) for wrong in answer.json["error"]["fields"]}


def drafted(call, client_id):
    return call("POST /invoices", 201, json={"client_id": client_id, "until": UNTIL})


def issued(call, client_id):
    made = drafted(call, client_id).json
    return call(f"POST /invoices/{made['id']}/issue", key=f"uit-{made['id']}")


def rests(app, client_id):
    """Every approved minute stands in one place."""
    with app.app_context():
        accounted(session(), client_id)


def test_from_approved_minutes_to_a_paid_invoice(worked, finance, as_caller):
    work = finance("GET /work-in-progress").json
    mine = next(row for row in work["items"] if row["client_id"] == worked.plain)
    assert (mine["minutes"], mine["logged"], mine["by_age"]["30"]) == (180, 40, mine["net"])
    assert Decimal(work["net"]) == sum(Decimal(row["net"]) for row in work["items"])
    pieces = finance(f"GET /work-in-progress/{worked.plain}").json["items"]
    assert [(row["raw"], row["billed"]) for row in pieces] == [(20, 30), (50, 60), (90, 90)]

    wanted = {"client_id": worked.plain, "until": UNTIL}
    made, again = (finance("POST /invoices", 201, json=wanted, key="ontwerp") for _ in range(2))
    assert made.json == again.json
    assert code(finance("POST /invoices", 422, json=wanted)) == "NOTHING_TO_INVOICE"
    place = f"/invoices/{made.json['id']}"
    tried = finance(f"GET {place}/check").json
    tax = (Decimal(mine["net"]) * 21 / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    due = TODAY + timedelta(days=made.json["payment_days"])
    assert tried["troubles"] == []
    assert [tried["figures"][name] for name in ("net", "tax", "due_date")] == [mine["net"], str(tax), due.isoformat()]
    line = made.json["lines"][0]["id"]
    words = {"texts": {line: "Inzage in zaak 77"}, "note": "Bestelling 45\nMet dank"}
    finance(f"PATCH {place}/texts", 428, json=words)
    edited = finance(f"PATCH {place}/texts", json=words, tag=made.headers["ETag"])
    finance(f"PATCH {place}/texts", 412, json=words, tag=made.headers["ETag"])
    assert codes(finance(f"PATCH {place}/texts", 422, json={"texts": {line: ""}}, tag="*")) == {(f"texts.{line}", "BLANK")}
    assert finance(f"PATCH {place}/texts", json={"note": None}, tag=edited.headers["ETag"]).json["note"] is None
    assert finance(f"GET {place}/preview.pdf").data[:5] == b"%PDF-"
    finance(f"GET {place}/pdf", 404)
    finance(f"POST {place}/issue", 422)

    out, twice = (finance(f"POST {place}/issue", key="uitgifte") for _ in range(2))
    assert out.json == twice.json
    total = out.json["total"]
    assert (out.json["number"], out.json["state"], total) == ("F-2026-0001", "issued", tried["figures"]["total"])
    assert out.json["lines"][0]["text"] == "Inzage in zaak 77"
    xml = finance(f"GET {place}/xml").data
    assert check(xml, NUMBERS) == []
    assert hashlib.sha256(xml).hexdigest() == out.json["issued"]["xml_sha256"]
    assert finance(f"GET {place}/pdf").data == b"%PDF F-2026-0001"
    assert finance(f"GET {place}/timesheet").data == b"%PDF sheet F-2026-0001"
    assert len(finance(f"GET {place}/timesheet.csv").text.splitlines()) == 4
    chain = finance(f"GET {place}/evidence").json["items"]
    assert [sum(entry["charged"] for entry in each["entries"]) for each in chain] == [90, 90]
    assert {entry["decided_by"] for each in chain for entry in each["entries"]} == {"approver"}
    assert all(each["clauses"][0]["text"] for each in chain)
    assert code(finance(f"PATCH {place}/texts", 409, json={"note": "x"}, tag="*")) == "INVOICE_STATE"

    paid = {"paid_on": UNTIL, "amount": "100.00", "reference": "R-1"}
    first, same = (finance(f"POST {place}/payments", 201, json=paid, key="betaling").json for _ in range(2))
    assert first == same
    assert code(finance(f"POST {place}/payments", 409, json=paid, key="betaling-2")) == "PAYMENT_KNOWN"
    finance(f"POST {place}/payments", 422, json=paid)
    rest = str(Decimal(total) - 100)
    moved = [f"{rest.replace('.', ',')};+++{out.json['communication']}+++;B-1", "9,99;niets;B-2"]
    statement = "datum;bedrag;mededeling;referentie\n" + "".join(f"23/11/2026;{row}\n" for row in moved)
    body = {"data": statement.encode(), "content_type": "application/octet-stream"}
    assert finance("POST /payments/statement/try", **body).json["counts"] == {"exact": 1, "unknown": 1}
    assert [finance("POST /payments/statement", **body).json["booked"] for _ in range(2)] == [rest, "0.00"]
    assert finance(f"GET {place}").json["state"] == "paid"
    undone = finance(f"POST {place}/payments/{first['id']}/counter-entry", 201, json={"reason": "Verkeerde factuur"}).json
    assert (undone["amount"], undone["counter_of"]) == ("-100.00", first["id"])
    finance(f"POST {place}/payments/{first['id']}/counter-entry", 409, json={"reason": "Verkeerde factuur"})
    assert code(finance("POST /payments/statement", 422, data=b"niets", content_type="application/octet-stream")) == "STATEMENT"

    heads = b"datum;bedrag;mededeling;referentie\n"
    for content in (b"\0", heads + b"23/11/2026;1,00;a\0b;B-3\n", heads + b"23/11/2026;1,00;" + b"x" * 200_000 + b";B-3\n"):
        refused = finance("POST /payments/statement", 422, data=content, content_type="application/octet-stream")
        assert code(refused) == "STATEMENT"

    later = due + timedelta(days=15) - TODAY
    worked.app.extensions[EXTENSION] = replace(worked.app.extensions[EXTENSION], clock=lambda: NOW + later)
    legal = as_caller("legal")  # the token of before has ended
    late = legal("GET /payments/overdue").json
    assert [(row["number"], row["left"], row["days"]) for row in late["items"]] == [("F-2026-0001", "100.00", 15)]
    listed = legal("GET /invoices?state=late&q=f-2026").json
    assert [(row["number"], row["days_late"]) for row in listed["items"]] == [("F-2026-0001", 15)]
    assert (listed["sums"]["total"], listed["sums"]["left"]) == (total, "100.00")
    rests(worked.app, worked.plain)


def test_a_credit_note_gives_exactly_its_minutes_back(worked, finance):
    out = issued(finance, worked.plain).json
    place = f"/invoices/{out['id']}"
    line, other = (row["id"] for row in out["lines"])
    assert finance(f"GET {place}/creditable").json["minutes"] == {line: 90, other: 90}
    asked = {"minutes": {line: 30}, "reason": "Halfuur te veel"}
    tried = finance(f"POST {place}/credit-notes/try", json=asked).json
    assert finance(f"GET {place}").json["credit_notes"] == []
    note, same = (finance(f"POST {place}/credit-notes", 201, json=asked, key="credit").json for _ in range(2))
    assert note == same
    assert (note["number"], note["credits_id"], note["left"]) == ("C-2026-0001", out["id"], None)
    assert [note[name] for name in ("net", "tax", "total")] == [tried[name] for name in ("net", "tax", "total")]
    assert [row["minutes"] for row in tried["releases"]] == [30]
    assert finance(f"GET {place}/creditable").json["minutes"] == {line: 60, other: 90}
    assert code(finance(f"POST {place}/credit-notes", 422, json=asked | {"minutes": {line: 61}}, key="meer")) == "CREDIT_TOO_MUCH"
    wrong = finance(f"POST {place}/credit-notes", 422, json={"minutes": {line: 1.5}, "reason": "x"}, key="half")
    assert codes(wrong) == {(f"minutes.{line}", "MINUTES")}
    finance(f"POST {place}/credit-notes", 404, json={"minutes": {"0" * 32: 5}, "reason": "x"}, key="vreemd")
    rest = {"minutes": {line: "all", other: "all"}, "reason": "Alles terug"}
    assert Decimal(finance(f"POST {place}/credit-notes", 201, json=rest, key="rest").json["total"]) == Decimal(
        out["total"]
    ) - Decimal(note["total"])
    assert finance(f"GET {place}").json["state"] == "credited"
    again = drafted(finance, worked.plain).json
    assert [(row["minutes"], row["net"]) for row in again["lines"]] == [(row["minutes"], row["net"]) for row in out["lines"]]
    rests(worked.app, worked.plain)


def test_drafts_for_all_and_discarding_one(worked, finance):
    call = {"json": {"until": UNTIL}, "key": "maand"}
    run, again = (finance("POST /invoices/drafts", **call).json for _ in range(2))
    assert run == again
    assert (run["drafts"], {row["client_id"] for row in run["items"]}) == (2, {worked.plain, worked.dealt})
    assert code(finance("POST /invoices/drafts", 409, json={"until": "2026-11-22"}, key="maand")) == "KEY_REUSED"
    assert finance("POST /invoices/drafts", **(call | {"key": "nieuw"})).json["items"] == []
    named = finance("POST /invoices/drafts", json={"until": UNTIL, "client_ids": [worked.plain]}).json
    assert [row["code"] for row in named["items"]] == ["NOTHING_TO_INVOICE"]
    place = f"/invoices/{next(row['invoice_id'] for row in run['items'] if row['client_id'] == worked.dealt)}"
    found = finance(f"GET {place}")
    assert sum(row["minutes"] for row in found.json["lines"]) == 105 - 60
    finance(f"POST {place}/discard", 428)
    assert finance(f"POST {place}/discard", tag=found.headers["ETag"]).json["state"] == "discarded"
    assert code(finance(f"POST {place}/issue", 409, key="laat")) == "INVOICE_STATE"
    assert [row["client_id"] for row in finance("GET /invoices?state=draft").json["items"]] == [worked.plain]
    rests(worked.app, worked.dealt)
    ids = [row["invoice_id"] for row in run["items"]]
    rows = finance("POST /invoices/issue", json={"ids": ids}).json["items"]
    assert [(row["client_id"], row["number"], row["troubles"]) for row in rows] == [(worked.plain, "F-2026-0001", [])]
    assert finance("POST /invoices/issue", json={"ids": ids}).json["items"] == []


def test_sending_accounting_and_figures(worked, finance, as_caller):
    out = issued(finance, worked.dealt).json
    sending = finance("GET /deliveries?state=queued").json
    assert ([row["number"] for row in sending["items"]], sending["counts"]["queued"]) == (["F-2026-0001"], 1)
    assert code(finance(f"POST /invoices/{out['id']}/delivery/retry", 409)) == "NOT_FAILED"
    with worked.app.app_context():
        row = session().get(Delivery, sending["items"][0]["id"])
        row.state, row.message = FAILED, "De ontvanger is onbekend"
        session().commit()
    assert finance("GET /deliveries?state=failed").json["items"][0]["message"] == "De ontvanger is onbekend"
    assert finance(f"POST /invoices/{out['id']}/delivery/retry").json["state"] == "queued"

    assert finance("POST /deliveries/retry").json == {"documents": 0}

    period = {"first": "2026-11-01", "last": "2026-11-30"}
    listed = finance(f"GET /accounting-exports/candidates?{NOVEMBER}").json["items"]
    assert [(row["number"], row["exported_before"]) for row in listed] == [("F-2026-0001", False)]
    made, same = (finance("POST /accounting-exports", 201, json=period, key="uitvoer").json for _ in range(2))
    assert made == same
    assert codes(finance("POST /accounting-exports", 422, json=period)) == {("first", "NOTHING")}
    content = finance(f"GET /accounting-exports/{made['id']}/zip").data
    assert hashlib.sha256(content).hexdigest() == made["sha256"]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.read("ubl/F-2026-0001.xml") == finance(f"GET /invoices/{out['id']}/xml").data
        assert archive.read("btw.csv") == finance(f"GET /accounting-exports/{made['id']}/csv").data
    again = finance("POST /accounting-exports", 201, json=period | {"again": True}).json
    assert [row["id"] for row in finance("GET /accounting-exports").json["items"]].count(again["id"]) == 1
    as_caller("legal")("GET /accounting-exports", 403)

    told = finance(f"GET /figures/assistance?{NOVEMBER}").json
    whole = told["whole"]
    assert whole["billed"] == whole["unbilled"] + whole["drafted"] + whole["invoiced"] + whole["not_charged"]
    free = {row["client_id"]: row["not_charged_by_reason"] for row in told["clients"]}
    assert free == {worked.plain: {}, worked.dealt: {"allowance": 60, "duty_free": 30}}
    assert told["months"]["2026-11"] == whole
    rows = list(csv.DictReader(io.StringIO(finance(f"GET /figures/assistance.csv?{NOVEMBER}").text), delimiter=";"))
    by_group = {(row["group"], row["id"]): row for row in rows}
    assert by_group["whole", ""]["billed_minutes"] == str(whole["billed"])
    assert by_group["client", worked.dealt]["free_allowance"] == "60"
    assert by_group["whole", ""]["revenue"] == out["net"].replace(".", ",")
    assert all(
        int(row["billed_minutes"])
        == sum(int(row[f"{name}_minutes"]) for name in ("unbilled", "drafted", "invoiced"))
        + sum(int(count) for name, count in row.items() if name.startswith("free_"))
        for row in rows
    )
    time = finance("GET /figures/assistance/allowances").json["items"]
    assert [(row["client_id"], row["granted"], row["used"], row["left"]) for row in time] == [(worked.dealt, 60, 60, 0)]


def test_who_is_invoiced_and_where_the_money_goes(billed, as_caller):
    call, legal = as_caller("admin"), as_caller("legal")
    place = f"/clients/{billed.plain}/billing-profile"
    read = legal(f"GET {place}")
    assert set(read.json.values()) == {None}
    wanted = {"reference": "Inkoop 77", "endpoint": {"scheme": "0208", "value": "0999.100.196"}}
    call(f"PUT {place}", 428, json=wanted)
    saved = call(f"PUT {place}", json=wanted, tag=read.headers["ETag"])
    assert saved.json["endpoint"] == {"scheme": "0208", "value": "0999100196"}
    call(f"PUT {place}", 412, json=wanted, tag=read.headers["ETag"])
    wrong = call(f"PUT {place}", 422, json=wanted | {"endpoint": {"scheme": "0208", "value": "0999100197"}}, tag="*")
    assert codes(wrong) == {("endpoint.value", "ENDPOINT")}
    assert call(f"PUT {place}", json={}, tag=saved.headers["ETag"]).json["endpoint"] is None
    legal(f"PUT {place}", 403, json=wanted, tag="*")

    bank = call("GET /bank-details")
    changed = {"iban": bank.json["iban"], "contact": "Facturatie", "estimate_approval_from": "1000"}
    assert call("PUT /bank-details", json=changed, tag=bank.headers["ETag"]).json["estimate_approval_from"] == "1000.00"
    call("PUT /bank-details", 412, json=changed, tag=bank.headers["ETag"])
    refused = call("PUT /bank-details", 422, json={"iban": "BE00 0000", "x": 1}, tag="*")
    assert codes(refused) == {("iban", "IBAN"), ("x", "UNKNOWN_FIELD")}
    legal("GET /bank-details", 403)
