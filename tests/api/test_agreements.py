"""Agreements through the API: draft, change, preview, issue, download, find."""

import hashlib
import io
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from dpa_service.domain.lifecycle import STATES
from dpa_service.serving.runtime import now, session
from tests.support.accounts import with_token
from tests.support.approvals import approve_all
from tests.support.changed_library import asking_more

API = "/api/v1"


@pytest.fixture
def draft(client, example):
    """A draft of the small example."""
    answer = client.post(f"{API}/agreements", json=example())
    assert answer.status_code == 201, answer.json
    return answer.json


def approved(client, agreement_id):
    """Everything that departs from the standard is approved; whoever drafts does not approve."""
    with client.application.app_context():
        approve_all(session(), agreement_id, now=now())


def issue(client, agreement_id, key="key-1", **headers):
    return client.post(f"{API}/agreements/{agreement_id}/issue", headers={"Idempotency-Key": key, **headers})


def error(answer, status):
    assert answer.status_code == status, answer.text
    assert set(answer.json) == {"error"}
    return answer.json["error"]


def test_a_draft_is_made_with_its_client(client, example):
    answer = client.post(f"{API}/agreements", json=example())
    made = answer.json
    assert answer.status_code == 201
    assert answer.headers["ETag"] == '"1"'
    assert answer.headers["Location"] == f"{API}/agreements/{made['id']}"
    assert (made["state"], made["reference"], made["issue"], made["document"]) == ("draft", None, None, "agreement")
    stored = client.get(f"{API}/clients/{made['client_id']}").json
    assert stored["client"] == made["request"]["client"]
    assert client.get(answer.headers["Location"]).json == made


def test_a_draft_is_made_with_a_client_by_id(client, example):
    data = example()
    party = data.pop("client")
    known = client.post(f"{API}/clients", json=party).json
    made = client.post(f"{API}/agreements?client_id={known['id']}", json=data).json
    assert made["client_id"] == known["id"]
    assert made["request"]["client"] == known["client"]
    twice = error(client.post(f"{API}/agreements?client_id={known['id']}", json=example()), 422)
    assert [(wrong["field"], wrong["code"]) for wrong in twice["fields"]] == [("client", "CLIENT_TWICE")]
    assert error(client.post(f"{API}/agreements?client_id={'0' * 32}", json=data), 404)["code"] == "NOT_FOUND"


def test_deviations_are_the_values_other_than_the_standard(client, example):
    made = client.post(f"{API}/agreements", json=example(parameters={"breach_notice_hours": 24, "exit_days": 30})).json
    assert [(row["id"], row["key"], row["class"], row["approvers"], row["state"]) for row in made["deviations"]] == [
        ("A1", "value:breach_notice_hours", "value", ["CISO"], "proposed")
    ]
    (change,) = made["deviations"][0]["changes"]
    assert (change["parameter"], change["standard"], change["agreed"]) == ("breach_notice_hours", 48, 24)


def test_every_wrong_field_is_named_and_nothing_is_stored(client, example):
    wrong = error(
        client.post(f"{API}/agreements", json=example(language="xx", services=[], approved_by="me", reference="DPA-2026-9999")),
        422,
    )
    assert wrong["code"] == "REQUEST_INVALID"
    assert [field["field"] for field in wrong["fields"]] == ["approved_by", "language", "reference", "services"]
    assert client.get(f"{API}/agreements").json == {"items": [], "next": None}
    assert client.get(f"{API}/clients").json == {"items": [], "next": None}


def test_a_combination_that_the_library_refuses_is_named(client, example):
    wrong = error(client.post(f"{API}/agreements", json=example(parameters={"security_changes": "client_policy"})), 422)
    assert wrong["fields"][0]["field"].startswith("parameters.")


def test_a_change_needs_what_was_read(client, draft, example):
    place = f"{API}/agreements/{draft['id']}"
    changed = example(parameters={"exit_days": 14})
    assert error(client.put(place, json=changed), 428)["code"] == "PRECONDITION_REQUIRED"
    assert error(client.put(place, json=changed, headers={"If-Match": '"7"'}), 412)["code"] == "STALE"
    assert error(client.put(place, json=changed, headers={"If-Match": '"abc"'}), 412)
    answer = client.put(place, json=changed, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.headers["ETag"], answer.json["version"]) == (200, '"2"', 2)
    assert [row["key"] for row in answer.json["deviations"]] == ["value:exit_days"]
    assert error(client.put(place, json=changed, headers={"If-Match": '"1"'}), 412)
    assert client.put(place, json=example(), headers={"If-Match": "*"}).json["deviations"] == []


def test_the_preview_is_the_assembled_agreement(client, draft):
    snapshot = client.get(f"{API}/agreements/{draft['id']}/preview").json
    assert snapshot["format"] == 1
    assert (snapshot["draft"], snapshot["agreement_id"]) == (True, draft["id"])
    assert snapshot["reference"].startswith("ONTWERP-")
    assert snapshot["library"]["hash"] == draft["library_hash"]


def test_issue_gives_a_number_and_frozen_documents(client, draft):
    answer = issue(client, draft["id"])
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    frozen = answer.json["issue"]
    assert answer.json["reference"] == frozen["reference"]
    assert frozen["reference"].startswith("DPA-")
    for kind, start in (("docx", b"PK"), ("pdf", b"%PDF")):
        download = client.get(f"{API}/agreements/{draft['id']}/{kind}")
        assert download.data.startswith(start)
        assert hashlib.sha256(download.data).hexdigest() == frozen[f"{kind}_sha256"]
        assert download.headers["Content-Disposition"] == f"attachment; filename={frozen['reference']}.{kind}"
    assert zipfile.ZipFile(io.BytesIO(client.get(f"{API}/agreements/{draft['id']}/docx").data)).testzip() is None
    again = issue(client, draft["id"])
    assert again.json == answer.json
    assert error(issue(client, draft["id"], key="another"), 409)["code"] == "ALREADY_ISSUED"


@pytest.mark.usefixtures("plain_documents")
def test_issue_needs_a_key_and_takes_if_match(client, draft):
    missing = error(client.post(f"{API}/agreements/{draft['id']}/issue"), 422)
    assert [wrong["field"] for wrong in missing["fields"]] == ["Idempotency-Key"]
    assert error(issue(client, draft["id"], key="k" * 201), 422)
    assert error(issue(client, draft["id"], **{"If-Match": '"9"'}), 412)["code"] == "STALE"
    full = {"Idempotency-Key": "a", "Content-Type": "application/json"}
    assert error(client.post(f"{API}/agreements/{draft['id']}/issue", data='{"reference": "DPA-1"}', headers=full), 400)
    assert client.post(f"{API}/agreements/{draft['id']}/issue", data="{}", headers=full).status_code == 200
    assert error(issue(client, "0" * 32), 404)["code"] == "NOT_FOUND"


@pytest.mark.usefixtures("plain_documents")
def test_one_key_from_eight_threads_gives_one_result(client, draft, example):
    start = threading.Barrier(8)

    def work(_):
        start.wait()
        answer = issue(client.twin(), draft["id"], key="shared")
        return answer.status_code, answer.text

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(work, range(8)))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 200
    other = client.post(f"{API}/agreements", json=example("voorbeeld-energie")).json
    assert error(issue(client, other["id"], key="shared"), 409)["code"] == "KEY_REUSED"


def test_a_key_makes_a_repeated_draft_harmless(client, example):
    headers = {"Idempotency-Key": "draft-1"}
    first = client.post(f"{API}/agreements", json=example(), headers=headers)
    assert client.post(f"{API}/agreements", json=example(), headers=headers).json == first.json
    assert len(client.get(f"{API}/agreements").json["items"]) == 1
    changed = client.post(f"{API}/agreements", json=example(effective_from="2028-01-01"), headers=headers)
    assert error(changed, 409)["code"] == "KEY_REUSED"
    assert error(client.post(f"{API}/agreements", json={}, headers={"Idempotency-Key": "wrong"}), 422)
    assert client.post(f"{API}/agreements", json=example(), headers={"Idempotency-Key": "wrong"}).status_code == 201


@pytest.mark.usefixtures("plain_documents")
def test_an_open_duty_stops_the_issue_and_is_named(sqlite_url, library, example):
    from dpa_service import create_app
    from dpa_service.config import Config

    client = with_token(create_app(Config(database_url=sqlite_url), asking_more(library)), "legal")
    made = client.post(f"{API}/agreements", json=example()).json
    refused = error(issue(client, made["id"]), 409)
    assert refused["code"] == "NOT_COVERED"
    assert [field["code"] for field in refused["fields"]] == ["99(9)"]
    matrix = client.get(f"{API}/agreements/{made['id']}/coverage").json
    assert (matrix["complete"], matrix["open"]) == (False, ["99(9)"])
    assert client.get(f"{API}/agreements/{made['id']}").json["state"] == "draft"


def test_the_coverage_of_a_request_that_is_not_stored(client, example):
    answer = client.post(f"{API}/coverage", json=example())
    assert (answer.json["complete"], answer.json["open"]) == (True, [])
    assert {row["duty"] for row in answer.json["matrix"]} >= {f"28(3)({letter})" for letter in "abcdefgh"}
    terms = client.post(f"{API}/coverage?document=general-terms", json={"language": "nl", "effective_from": "2027-01-01"})
    assert terms.json["complete"] is False
    assert client.get(f"{API}/agreements").json["items"] == []
    assert error(client.post(f"{API}/coverage?document=poem", json=example()), 422)["fields"][0]["field"] == "document"


@pytest.mark.usefixtures("plain_documents")
def test_agreements_are_found_by_state_client_and_text(client, example):
    made = [
        client.post(f"{API}/agreements", json=example(name)).json
        for name in ("voorbeeld-bakkerij", "voorbeeld-energie", "voorbeeld-bakkerij")
    ]
    approved(client, made[1]["id"])
    issued = issue(client, made[1]["id"]).json

    def ids(query):
        return [row["id"] for row in client.get(f"{API}/agreements?{query}").json["items"]]

    assert ids("") == [made[2]["id"], made[1]["id"], made[0]["id"]]
    assert ids("state=issued") == [made[1]["id"]]
    assert ids("state=draft") == [made[2]["id"], made[0]["id"]]
    assert ids(f"client_id={made[0]['client_id']}") == [made[2]["id"], made[0]["id"]]
    assert ids(f"q={issued['reference'].lower()}") == [made[1]["id"]]
    assert ids("q=BAKKERIJ&limit=1") == [made[2]["id"]]
    assert ids("q=100%25") == []
    for query in (
        "state=lost",
        "limit=0",
        "limit=101",
        "limit=x",
        "cursor=x",
        "cursor=e30",
        "client_id=1",
        "q=%00",
        "q=" + "x" * 101,
    ):
        assert error(client.get(f"{API}/agreements?{query}"), 422)["fields"], query


def test_pages_follow_each_other_without_loss_or_repetition(client, example):
    made = [client.post(f"{API}/agreements", json=example()).json["id"] for _ in range(5)]
    seen, cursor = [], ""
    while cursor is not None:
        page = client.get(f"{API}/agreements?limit=2{cursor and '&cursor=' + cursor}").json
        seen += [row["id"] for row in page["items"]]
        if cursor == "":
            client.post(f"{API}/agreements", json=example())  # comes in while somebody reads on
        cursor = page["next"]
    assert seen == made[::-1]


def test_general_terms_have_no_client(client):
    made = client.post(f"{API}/agreements?document=general-terms", json={"language": "nl", "effective_from": "2027-01-01"}).json
    assert (made["document"], made["client_id"]) == ("general-terms", None)
    assert issue(client, made["id"]).json["reference"].startswith("AV-")
    refused = client.post(f"{API}/agreements?document=general-terms&client_id={'0' * 32}", json={})
    assert error(refused, 422)["fields"][0]["field"] == "client_id"


@pytest.mark.parametrize("name", ["exempel-webshop", "voorbeeld-alles", "voorbeeld-energie", "voorbeeld-ziekenhuis"])
def test_every_example_is_drafted_previewed_and_issued(client, example, name):
    made = client.post(f"{API}/agreements", json=example(name)).json
    assert client.get(f"{API}/agreements/{made['id']}/pdf").data.startswith(b"%PDF")
    approved(client, made["id"])
    issued = issue(client, made["id"]).json
    page = client.get(f"{API}/agreements/{made['id']}/preview.html")
    assert issued["reference"] in page.text


@pytest.mark.parametrize("state", STATES)
def test_the_list_takes_every_state_of_an_agreement(client, state):
    assert client.get(f"/api/v1/agreements?state={state}").status_code == 200
    assert client.get("/api/v1/agreements?state=lost").status_code == 422
