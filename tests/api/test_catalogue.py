"""What the API tells about the clause library and about requests."""

import jsonschema_rs

from dpa_service.services.agreements.request_schema import request_json_schema

API = "/api/v1"


def test_parameters_with_standard_and_bounds(client, library):
    items = {row["id"]: row for row in client.get(f"{API}/parameters").json["items"]}
    assert set(items) == set(library.parameters)
    assert (items["breach_notice_hours"]["standard"], items["breach_notice_hours"]["unit"]) == (48, "hours")
    assert (items["cap_fixed"]["standard"], items["cap_fixed"]["maximum"], items["cap_fixed"]["optional"]) == (
        "2500.00",
        "1000000.00",
        True,
    )


def test_services_of_the_catalogue(client, library):
    items = client.get(f"{API}/services").json["items"]
    assert [row["id"] for row in items] == list(library.services)
    assert items[0]["texts"]["nl"]["name"]


def test_clauses_and_their_versions(client, library, example):
    answer = client.get(f"{API}/clauses").json
    assert answer["library_hash"] == library.hash
    assert {row["id"] for row in answer["items"]} == set(library.clauses)
    clause = client.get(f"{API}/clauses/breach-notice").json
    assert clause["content"]["texts"]["breach-notice/nl.md"].startswith("# ")
    version = clause["version"]
    assert client.get(f"{API}/clauses/breach-notice/versions").json["items"][0]["first_seen"] is None
    client.post(f"{API}/agreements", json=example())
    kept = client.get(f"{API}/clauses/breach-notice/versions").json["items"]
    assert [(row["version"], row["first_seen"] is not None) for row in kept] == [(version, True)]
    assert client.get(f"{API}/clauses/breach-notice/versions/{version}").json["hash"] == clause["hash"]
    for place in ("nothing", "nothing/versions", "breach-notice/versions/8.8.8", "breach-notice/versions/x", "%00", "x" * 200):
        assert client.get(f"{API}/clauses/{place}").json["error"]["code"] == "NOT_FOUND", place


def test_an_older_version_is_still_readable(sqlite_url, library, example):
    from dpa_service import create_app
    from dpa_service.config import Config
    from tests.support.accounts import with_token
    from tests.support.changed_library import CLAUSE, new_text

    config = Config(database_url=sqlite_url)
    with_token(create_app(config, library), "legal").post(f"{API}/agreements", json=example())
    newer = with_token(create_app(config, new_text(library)), "legal")
    newer.post(f"{API}/agreements", json=example())
    old = library.clauses[CLAUSE]
    assert [row["version"] for row in newer.get(f"{API}/clauses/{CLAUSE}/versions").json["items"]] == ["9.0.0", old.version]
    assert newer.get(f"{API}/clauses/{CLAUSE}/versions/{old.version}").json["hash"] == old.hash


def test_the_schema_of_a_request(client, library, example):
    answer = client.get(f"{API}/schemas/request.json").json
    assert answer == request_json_schema(library)
    assert jsonschema_rs.validator_for(answer).is_valid(example())
    assert client.get(f"{API}/schemas/request.json?document=general-terms").json["required"] == ["language", "effective_from"]
