"""Clients through the API."""

import pytest

API = "/api/v1"


@pytest.fixture
def party(example):
    """The client of the small example."""
    return example()["client"]


@pytest.fixture
def known(client, party):
    """The same, stored."""
    return client.post(f"{API}/clients", json=party).json


def test_create_and_read(client, party):
    answer = client.post(f"{API}/clients", json=party)
    assert (answer.status_code, answer.headers["ETag"]) == (201, '"1"')
    assert answer.json["client"] == party
    assert client.get(answer.headers["Location"]).json == answer.json


def test_a_known_number_is_a_conflict(client, party, known):
    answer = client.post(f"{API}/clients", json=party | {"name": "Another name"})
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "CLIENT_EXISTS")
    assert known["id"] in answer.json["error"]["message"]


def test_wrong_fields_are_named(client, party):
    answer = client.post(f"{API}/clients", json=party | {"size": "huge", "rate": "1.00", "legal_form": None})
    assert answer.status_code == 422
    assert [wrong["field"] for wrong in answer.json["error"]["fields"]] == ["legal_form", "rate", "size"]


def test_a_change_needs_what_was_read(client, party, known):
    place = f"{API}/clients/{known['id']}"
    assert client.put(place, json=party).status_code == 428
    assert client.put(place, json=party, headers={"If-Match": '"2"'}).status_code == 412
    answer = client.put(place, json=party | {"name": "Nieuwe Naam NV"}, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.headers["ETag"], answer.json["name"]) == (200, '"2"', "Nieuwe Naam NV")
    assert client.put(place, json=party, headers={"If-Match": '"1"'}).status_code == 412


def test_a_changed_client_leaves_agreements_as_they_print(client, example, party):
    made = client.post(f"{API}/agreements", json=example()).json
    place = f"{API}/clients/{made['client_id']}"
    assert client.put(place, json=party | {"name": "Nieuwe Naam NV"}, headers={"If-Match": "*"}).status_code == 200
    snapshot = client.get(f"{API}/agreements/{made['id']}/preview").json
    assert party["name"] in {side["name"] for side in snapshot["parties"]}
    again = client.post(f"{API}/agreements", json=example()).json
    assert again["client_id"] == made["client_id"]
    assert client.get(place).json["name"] == "Nieuwe Naam NV"


def test_another_clients_number_is_refused(client, example, party, known):
    other = client.post(f"{API}/clients", json=example("voorbeeld-energie")["client"]).json
    moved = other["client"] | {"enterprise_number": party["enterprise_number"]}
    answer = client.put(f"{API}/clients/{other['id']}", json=moved, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "CLIENT_EXISTS")


def test_search_without_case_and_accents(client, party, example):
    client.post(f"{API}/clients", json=party | {"name": "Société Générale d’Essai"})
    client.post(f"{API}/clients", json=example("exempel-webshop")["client"])
    for text, count in (
        ("societe GENERALE", 1),
        (party["enterprise_number"], 1),
        (party["enterprise_number"].replace(".", ""), 1),
        ("NL9999", 1),
        ("%", 0),
        ("_", 0),
        ("", 2),
    ):
        assert len(client.get(f"{API}/clients", query_string={"q": text}).json["items"]) == count, text


@pytest.mark.parametrize("place", ["0" * 32, "1", "x" * 32, "%00", "..%2f..%2fetc"])
def test_unknown_ids_are_not_found(client, place):
    answer = client.get(f"{API}/clients/{place}")
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "NOT_FOUND")
