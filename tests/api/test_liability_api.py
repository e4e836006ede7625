"""Claims, fees and exposure over the API: the whole life of a claim, keys and tags, refusals with figures, what-if, vectors."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from dpa_service.services.agreements import agreements
from dpa_service.serving.runtime import EXTENSION, library, session
from tests.conftest import NOW, TODAY
from tests.support.accounts import with_token
from tests.support.liability import claim, fee, signed

API = "/api/v1"
pytestmark = pytest.mark.usefixtures("plain_documents", "no_approvals")
CASES = json.loads((Path(__file__).parent.parent / "vectors" / "liability.json").read_text(encoding="utf-8"))["cases"]
FEE = {"received_on": "2025-03-03", "amount": "40000.00"}


@pytest.fixture
def no_approvals(monkeypatch):
    monkeypatch.setattr("dpa_service.services.agreements.issuing.refuse_unapproved", lambda *_: None)


@pytest.fixture(autouse=True)
def clock(app):
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], clock=lambda: NOW)


@pytest.fixture
def agreement(app, example):
    with app.app_context():
        made = signed(session(), library(), example())
        fee(session(), made.client_id, "40000.00")
        return made


@pytest.fixture
def legal(app):
    return with_token(app, "legal")


@pytest.fixture
def assessed(legal, agreement):
    """A claim that was assessed: its body and its tag."""
    made = legal.post(f"{API}/claims", json={"client_id": agreement.client_id, **claim()})
    assert made.status_code == 201, made.json
    answer = legal.post(f"{made.location}/assess", headers={"If-Match": made.headers["ETag"]})
    assert answer.status_code == 200, answer.json
    return answer


def pay(caller, claim_id, amount, key, **more):
    body = {"pool": "main", "amount": amount, "paid_on": TODAY.isoformat(), **more}
    return caller.post(f"{API}/claims/{claim_id}/payments", json=body, headers={"Idempotency-Key": key})


def codes(answer):
    return {(wrong["field"], wrong["code"]) for wrong in answer.json["error"]["fields"]}


def test_a_claim_from_report_to_settlement(legal, agreement, assessed):
    body = assessed.json
    assert (body["state"], body["agreement_id"]) == ("assessed", agreement.id)
    told = body["assessments"][0]
    assert told["result"]["payable"] == "2500.00"
    assert {step["step"] for step in told["stairs"]} == {"claimed", "admitted", "cap", "paid", "payable"}
    assert all(notice["confidence"] in "HML/" for notice in told["notices"])
    room = legal.get(f"{API}/claims/{body['id']}/room").json
    assert (room["pool"], room["remaining"]) == ("main", "2500.00")
    first = pay(legal, body["id"], "1000.00", "betaling-1")
    again = pay(legal, body["id"], "1000.00", "betaling-1")
    assert first.status_code == again.status_code == 201
    assert first.json == again.json
    refused = pay(legal, body["id"], "1500.01", "betaling-2")
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "OVERDRAWN")
    assert {w["field"]: w["message"] for w in refused.json["error"]["fields"]} == {
        "pool": "main", "asked": "1500.01", "remaining": "1500.00",
    }  # fmt: skip
    undone = legal.post(
        f"{API}/claims/{body['id']}/payments/{first.json['id']}/counter-entry", json={"reason": "Verkeerde rekening"}
    )
    assert (undone.status_code, undone.json["amount"]) == (201, "-1000.00")
    assert pay(legal, body["id"], "2500.00", "betaling-3", settle=True).status_code == 201
    after = legal.get(f"{API}/claims/{body['id']}").json
    assert (after["state"], after["paid"], len(after["payments"])) == ("settled", {"main": "2500.00"}, 3)
    listed = legal.get(f"{API}/claims?state=settled&client_id={agreement.client_id}").json["items"]
    assert [(row["claimed"], row["payable"], row["paid_total"]) for row in listed] == [("9000.00", "2500.00", "2500.00")]


def test_the_same_key_opens_one_claim(legal, agreement):
    body = {"client_id": agreement.client_id, **claim()}
    first, again = (legal.post(f"{API}/claims", json=body, headers={"Idempotency-Key": "melding"}) for _ in range(2))
    assert first.json["id"] == again.json["id"]
    other = legal.post(f"{API}/claims", json=body | {"fault": "fraud"}, headers={"Idempotency-Key": "melding"})
    assert (other.status_code, other.json["error"]["code"]) == (409, "KEY_REUSED")


def test_changes_need_the_tag_of_what_was_read(legal, assessed):
    path = f"{API}/claims/{assessed.json['id']}"
    for call in (
        lambda **headers: legal.put(path, json=claim(fault="ordinary"), headers=headers),
        lambda **headers: legal.post(f"{path}/assess", headers=headers),
        lambda **headers: legal.post(f"{path}/reject", json={"reason": "Neen"}, headers=headers),
        lambda **headers: legal.post(f"{path}/settle", headers=headers),
    ):
        assert call().status_code == 428
        assert call(**{"If-Match": '"999"'}).status_code == 412
    changed = legal.put(path, json=claim(fault="ordinary"), headers={"If-Match": assessed.headers["ETag"]})
    assert (changed.status_code, changed.json["state"]) == (200, "reported")
    rejected = legal.post(f"{path}/reject", json={"reason": "Gewone fout"}, headers={"If-Match": changed.headers["ETag"]})
    assert (rejected.json["state"], rejected.json["reason"]) == ("rejected", "Gewone fout")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"items": [{"kind": "direct", "amount": "1.234"}]}, ("items[0].amount", "AMOUNT_SCALE")),
        ({"items": [{"kind": "direct", "amount": "-5.00"}]}, ("items[0].amount", "AMOUNT_NEGATIVE")),
        ({"items": [{"kind": "direct", "amount": "5.00", "currency": "USD"}]}, ("items[0].currency", "CURRENCY")),
        ({"items": [{"kind": "direct", "amount": "$5"}]}, ("items[0].amount", "CURRENCY")),
        ({"items": []}, ("items", "EMPTY_LIST")),
        ({"basis": "goodwill"}, ("basis", "CHOICE")),
        ({"event_day": "2019-01-01"}, ("event_day", "OUTSIDE_AGREEMENT")),
        ({"event_day": "2027-01-01", "reported_day": "2027-01-02"}, ("event_day", "FUTURE")),
        ({"reported_day": "2026-05-01"}, ("reported_day", "BEFORE_EVENT")),
        ({"surprise": 1}, ("surprise", "UNKNOWN_FIELD")),
    ],
)
def test_wrong_input_is_named(legal, agreement, change, expected):
    answer = legal.post(f"{API}/claims", json={"client_id": agreement.client_id, **claim(**change)})
    assert answer.status_code == 422
    assert expected in codes(answer)


def test_fees_that_are_not_known_are_named(legal, app, example):
    with app.app_context():
        bound = signed(session(), library(), example())
    made = legal.post(f"{API}/claims", json={"client_id": bound.client_id, **claim()})
    answer = legal.post(f"{made.location}/assess", headers={"If-Match": made.headers["ETag"]})
    assert answer.status_code == 422
    assert codes(answer) == {("fees_paid", "FEES_REQUIRED")}


def test_what_if_and_comparison_save_nothing(legal, app, example, agreement, assessed):
    path = f"{API}/claims/{assessed.json['id']}"
    raised = legal.post(f"{path}/what-if", json={"params": {"cap_fixed": "8000.00"}}).json
    assert raised["result"]["payable"] == "8000.00"
    assert [line["source"] for step in raised["stairs"] for line in step["lines"] if line["code"] == "CAP_FIXED"] == ["what-if"]
    with app.app_context():
        data = example()
        data["parameters"] = {"cap_fixed": "5000.00"}
        draft = agreements.create_draft(session(), library(), data, actor="maker", now=NOW).agreement
    sides = legal.post(f"{path}/compare", json={"terms": ["own", "standard", draft.id]}).json["items"]
    assert [side["result"]["payable"] for side in sides] == ["2500.00", "2500.00", "5000.00"]
    assert legal.post(f"{path}/compare", json={"terms": ["goodwill"]}).status_code == 422
    assert legal.post(f"{path}/compare", json={"terms": ["0" * 32]}).status_code == 404
    assert legal.get(path).json == assessed.json


def test_another_clients_agreement_is_not_found_in_a_comparison(legal, app, example, assessed):
    with app.app_context():
        other = signed(session(), library(), example("voorbeeld-energie"))
    answer = legal.post(f"{API}/claims/{assessed.json['id']}/compare", json={"terms": [other.id]})
    assert answer.status_code == 404


def test_files_and_the_printed_assessment(legal, assessed):
    path = f"{API}/claims/{assessed.json['id']}"
    kept = legal.post(f"{path}/documents?name=brief.pdf", data=b"%PDF-1.7 brief", content_type="application/octet-stream")
    assert (kept.status_code, kept.json["mimetype"]) == (201, "application/pdf")
    again = legal.post(f"{path}/documents?name=other.pdf", data=b"%PDF-1.7 brief", content_type="application/octet-stream")
    assert again.json["id"] == kept.json["id"]
    read = legal.get(f"{path}/documents/{kept.json['id']}")
    assert read.data == b"%PDF-1.7 brief"
    assert "attachment" in read.headers["Content-Disposition"]
    assert legal.get(f"{path}/assessment.docx").data[:2] == b"PK"
    assert legal.get(f"{path}/assessment.pdf?number=1").data[:5] == b"%PDF-"
    assert legal.get(f"{path}/assessment.pdf?number=9").status_code == 404


def test_fees_by_hand_many_and_csv(app, agreement):
    finance = with_token(app, "finance")
    path = f"{API}/clients/{agreement.client_id}/fees"
    made = [finance.post(path, json=FEE, headers={"Idempotency-Key": "fee-1"}) for _ in range(2)]
    assert made[0].status_code == 201
    assert made[0].json == made[1].json
    many = [FEE | {"client": agreement.client_id, "external_key": "B-1"}, FEE | {"client": "x", "external_key": "B-2"},
            {"client": agreement.client_id, "amount": "1.234", "received_on": "2025-02-30", "external_key": "B-3"}]  # fmt: skip
    report = finance.post(f"{API}/fees", json={"fees": many}).json
    assert (report["accepted"], report["known"], report["total"]) == (1, 0, "40000.00")
    assert {(row["line"], row["field"]) for row in report["refused"]} == {(2, "client"), (3, "amount"), (3, "received_on")}
    assert finance.post(f"{API}/fees", json={"fees": many}).json["known"] == 1
    text = f"klant;ontvangen op;bedrag;sleutel\r\n{agreement.client_id};1/2/2026;1.250,50;C-1\r\n".encode()
    assert finance.post(f"{API}/fees/csv", data=text, content_type="text/csv").json["total"] == "1250.50"
    listed = finance.get(path).json
    assert listed["total"] == "121250.50"
    undone = finance.post(f"{API}/fees/{made[0].json['id']}/counter-entry", json={"reason": "dubbel"})
    assert (undone.status_code, undone.json["amount"]) == (201, "-40000.00")
    assert finance.post(f"{API}/fees/{made[0].json['id']}/counter-entry", json={"reason": "dubbel"}).status_code == 409
    assert finance.get(path).json["total"] == "81250.50"


def test_exposure_of_any_day(app, example, agreement):
    finance = with_token(app, "finance")
    with app.app_context():
        bound = signed(session(), library(), example("voorbeeld-energie"), begins=TODAY, uncapped_from="fraud")
    now = finance.get(f"{API}/exposure").json
    then = finance.get(f"{API}/exposure?day=2025-06-01").json
    assert (now["agreements"], then["agreements"]) == (2, 1)
    assert (now["no_limit"], now["exceeded"], then["exceeded"]) == (1, True, False)
    assert finance.get(f"{API}/exposure?only=no_limit").json["agreements"] == 1
    rows = finance.get(f"{API}/exposure/positions?limit=1").json
    assert (rows["items"][0]["client_id"], rows["more"]) == (bound.client_id, True)
    one = finance.get(f"{API}/clients/{agreement.client_id}/exposure").json
    assert one["exposure"]["total"] == "3500.00"
    table = finance.get(f"{API}/exposure.csv").text.splitlines()
    assert len(table) == 3
    assert finance.get(f"{API}/exposure?above=1.234").status_code == 422


def test_the_calculator_answers_every_worked_case(app):
    caller = with_token(app, "sales", scopes=("read",))
    for case in CASES:
        answer = caller.post(f"{API}/assessments", json={"claim": case["claim"], "params": case["params"]})
        expected = case["expected"]
        if "error" in expected:
            assert (answer.status_code, answer.json["error"]["code"]) == (422, expected["error"]), case["id"]
        else:
            assert {name: answer.json[name] for name in expected} == expected, case["id"]


def test_a_case_that_cannot_be_read_names_its_fields(legal):
    answer = legal.post(f"{API}/assessments", json={"claim": {"basis": "goodwill", "fault": "gross", "items": 3}, "x": 1})
    assert answer.status_code == 422
    assert {field for field, _ in codes(answer)} >= {"claim.basis", "claim.items", "x"}


def test_the_description_says_units_and_codes(client):
    spec = client.get(f"{API}/openapi.json").json
    text = json.dumps(spec)
    for word in ("EUR", "CAP_FIXED", "N_GROSS_B2B", "FEES_REQUIRED", "OVERDRAWN", "GROSS_UNCAPPED"):
        assert word in text
    new = spec["components"]["schemas"]["NewClaim"]
    assert "client_id" in new["required"]
    assert "pattern" in json.dumps(new["properties"]["items"])
