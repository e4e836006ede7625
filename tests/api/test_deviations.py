"""The negotiation over the API: look, ask, decide, take back, issue, next edition; and what is refused."""

import pytest

from dpa_service.domain.roles import ROLES
from tests.support.accounts import with_token

API = "/api/v1"
OBJECTION = {"class": "value", "parameter": "objection_days", "value": 14}
CAP = {"class": "fallback", "row": 16, "rung": "F1", "reason": "De klant vraagt een hoger plafond."}


@pytest.fixture
def people(app):
    """A program of each role."""
    return {role: with_token(app, role) for role in ROLES}


@pytest.fixture
def draft(people, example, plain_documents):
    """The id of a draft without departures, made by sales."""
    made = people["sales"].post(f"{API}/agreements", json=example(parameters={}))
    assert made.status_code == 201, made.json
    return made.json["id"]


def ask(people, draft, entry, role="sales", **headers):
    return people[role].post(f"{API}/agreements/{draft}/deviations", json=entry, headers=headers)


def only(people, draft):
    """The one deviation that is part of the draft."""
    (item,) = people["sales"].get(f"{API}/agreements/{draft}/deviations").json["items"]
    return item


def decide(people, role, item, decision="approve", **body):
    return people[role].post(
        f"{API}/deviations/{item['deviation_id']}/decisions",
        json={"decision": decision, **body},
        headers={"If-Match": f'"{item["version"]}"'},
    )


def issue(people, draft):
    return people["sales"].post(f"{API}/agreements/{draft}/issue", headers={"Idempotency-Key": "uitgifte"})


def test_a_look_tells_approvers_terms_words_and_lower_rungs_and_saves_nothing(people, draft):
    seen = people["sales"].post(f"{API}/agreements/{draft}/deviations/preview", json={**CAP, "rung": "F2"}).json
    assert seen["possible"]
    assert (seen["key"], seen["approvers"], seen["settled"]) == ("ladder:16", ["CFO", "LEG", "CEO"], False)
    fixed = next(term for term in seen["terms"] if term["id"] == "cap_fixed")
    assert (fixed["group"], fixed["before"], fixed["after"]) == ("caps", "€\u00a02.500,00", "€\u00a025.000,00")
    assert [(lower["row"], lower["rung"]) for lower in seen["lower"]] == [(16, "F1")]
    assert seen["newly_open"] == []
    (words,) = [clause for clause in seen["text"] if clause["clause"] == "general-liability"]
    pieces = [piece for line in words["lines"] for piece in line["pieces"]]
    assert {"insert", "delete"} <= {piece["op"] for piece in pieces}
    assert people["sales"].get(f"{API}/agreements/{draft}/deviations").json == {"items": [], "history": []}


def test_what_cannot_be_asked_is_told_with_its_field(people, draft):
    path = f"{API}/agreements/{draft}/deviations/preview"
    out = people["sales"].post(path, json={**OBJECTION, "value": 90})
    assert out.status_code == 422
    assert [(each["field"], each["code"]) for each in out.json["error"]["fields"]] == [("value", "RANGE")]
    gone = people["sales"].post(path, json={"class": "removed", "clause": "breach-notice"}).json
    assert not gone["possible"]
    assert gone["problem"]["code"] == "TERM_NOT_PRINTED"
    line = people["sales"].post(path, json={"class": "modified", "clause": "audits", "text": "# X\n\n1. {onbekend}\n"}).json
    assert [(each["field"], each["code"]) for each in line["fields"]] == [("text", "UNKNOWN")]


@pytest.mark.parametrize(
    ("entry", "field", "code"),
    [
        ([], "", "TYPE"),
        ({}, "class", "REQUIRED"),
        ({"class": "value", "parameter": "nergens", "value": 1}, "parameter", "CHOICE"),
        ({**OBJECTION, "value": 1.5}, "value", "TYPE"),
        ({**OBJECTION, "extra": 1}, "extra", "UNKNOWN_FIELD"),
        ({"class": "fallback", "row": 99, "rung": "F1"}, "row", "CHOICE"),
        ({"class": "fallback", "row": 11, "rung": "F2"}, "values.client_policy_reference", "REQUIRED"),
        ({"class": "modified", "clause": "audits", "text": "\ud800"}, "text", "CHARACTER"),
    ],
)
def test_a_wrong_entry_names_its_own_field(people, draft, entry, field, code):
    out = ask(people, draft, entry, **{"Idempotency-Key": "een"})
    assert out.status_code == 422, out.json
    assert (field, code) in [(each["field"], each["code"]) for each in out.json["error"]["fields"]]


def test_asked_decided_by_every_seat_and_issued(people, draft):
    made = ask(people, draft, CAP)
    assert made.status_code == 200, made.json
    (entry,) = made.json["deviations"]
    assert (entry["id"], entry["key"], entry["class"], entry["state"]) == ("A1", "ladder:16", "fallback", "proposed")
    assert {change["parameter"] for change in entry["changes"]} == {"cap_fixed", "fee_basis"}
    refused = issue(people, draft)
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "NOT_APPROVED")
    assert [each["field"] for each in refused.json["error"]["fields"]] == ["A1"]

    item = only(people, draft)
    assert [(seat["code"], seat["approved_by"], seat["yours"]) for seat in item["seats"]] == [
        ("CFO", None, False),
        ("LEG", None, False),
    ]
    assert decide(people, "sales", item).status_code == 403
    first = decide(people, "legal", item)
    assert first.status_code == 200, first.json
    assert first.json["seats"] == ["LEG"]
    late = decide(people, "finance", item)
    assert late.status_code == 412
    assert people["legal"].user.email in late.json["error"]["message"]
    assert decide(people, "finance", only(people, draft)).json["deviation"]["state"] == "approved"
    assert issue(people, draft).status_code == 200


def test_the_same_key_again_asks_nothing_again(people, draft):
    one, two = (ask(people, draft, OBJECTION, **{"Idempotency-Key": "k"}) for _ in range(2))
    assert one.json["version"] == two.json["version"]
    assert ask(people, draft, CAP, **{"Idempotency-Key": "k"}).status_code == 409


def test_a_version_that_is_no_longer_there_is_refused(people, draft):
    before = people["sales"].get(f"{API}/agreements/{draft}").headers["ETag"]
    assert ask(people, draft, OBJECTION, **{"If-Match": before}).status_code == 200
    assert ask(people, draft, CAP, **{"If-Match": before}).status_code == 412


def test_an_edit_names_the_approvals_it_ends_and_keeps_the_history(people, draft):
    ask(people, draft, OBJECTION)
    decide(people, "dpo", only(people, draft))
    path = f"{API}/agreements/{draft}/deviations/preview"
    told = people["sales"].post(path, json={**OBJECTION, "value": 21}).json["voided"]
    done = ask(people, draft, {**OBJECTION, "value": 21}).json["voided"]
    assert (
        told
        == done
        == [{"id": "A1", "label": "Bezwaartermijn bij nieuwe subverwerkers", "approved_by": [people["dpo"].user.email]}]
    )
    (old,) = people["sales"].get(f"{API}/agreements/{draft}/deviations").json["history"]
    assert (old["state"], [each["decision"] for each in old["decisions"]]) == ("replaced", ["approve"])


def test_taking_back(people, draft):
    ask(people, draft, OBJECTION)
    item = only(people, draft)
    address = f"{API}/agreements/{draft}/deviations/{item['deviation_id']}"
    assert people["sales"].delete(address).status_code == 428
    etag = people["sales"].get(f"{API}/agreements/{draft}").headers["ETag"]
    assert people["sales"].delete(address, headers={"If-Match": etag}).json["deviations"] == []
    assert people["sales"].delete(address, headers={"If-Match": "*"}).status_code == 404


def test_a_counter_takes_the_place(people, draft):
    ask(people, draft, {**CAP, "rung": "F2"})
    item = only(people, draft)
    assert decide(people, "legal", item, "counter", reason="F1 volstaat.").status_code == 422
    wrong = decide(people, "legal", item, "counter", reason="F1.", counter={**CAP, "row": "x"})
    assert [each["field"] for each in wrong.json["error"]["fields"]] == ["counter.row"]
    made = decide(people, "legal", item, "counter", reason="F1 volstaat.", counter=CAP)
    assert made.status_code == 200, made.json
    assert (made.json["deviation"]["state"], made.json["counter"]["rung"]) == ("countered", "F1")


def test_the_next_edition(people, draft):
    early = people["sales"].post(f"{API}/agreements/{draft}/editions")
    assert (early.status_code, early.json["error"]["code"]) == (409, "NOT_ISSUED")
    issue(people, draft)
    made = people["sales"].post(f"{API}/agreements/{draft}/editions", headers={"Idempotency-Key": "volgende"})
    assert (made.status_code, made.json["edition"], made.json["previous_id"]) == (201, 2, draft)
    again = people["sales"].post(f"{API}/agreements/{draft}/editions", headers={"Idempotency-Key": "volgende"})
    assert again.json["id"] == made.json["id"]
    assert people["sales"].post(f"{API}/agreements/{draft}/editions").status_code == 409
    look = people["sales"].post(f"{API}/agreements/{draft}/deviations/preview", json=OBJECTION)
    assert (look.status_code, look.json["error"]["code"]) == (409, "NOT_A_DRAFT")


def test_the_playbook_tells_rungs_approvers_and_the_walk_away_line(people, library):
    said = people["finance"].get(f"{API}/playbook").json
    assert {row["row"] for row in said["ladders"]} == {
        ladder.row for clause in library.clauses.values() for ladder in clause.ladders
    }
    assert all(row["walk_away"] and row["rungs"] for row in said["ladders"])
    seats = {each["code"]: each["role"] for each in said["approvers"]}
    assert {seat for row in said["ladders"] for rung in row["rungs"] for seat in rung["approvers"]} <= set(seats)
    assert set(seats.values()) <= set(ROLES)
