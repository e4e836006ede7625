"""The start page, health, and the demo's content."""

import pytest

from dpa_service import create_app
from dpa_service.config import Config
from dpa_service.domain.roles import ROLES
from dpa_service.resources import examples_dir
from dpa_service.services.demo import seed
from dpa_service.services.people.accounts import seed_demo_users
from tests.conftest import NOW, TODAY
from tests.support.accounts import signed_in, with_token


def test_the_list_finds(client, as_role, example):
    browser = as_role("legal")
    made = [client.post("/api/v1/agreements", json=example(name)).json for name in ("voorbeeld-bakkerij", "voorbeeld-energie")]
    page = browser.get("/agreements").text
    for row in made:
        assert f"/agreements/{row['id']}" in page
        assert browser.get(f"/agreements/{row['id']}").status_code == 200
    found = browser.get("/agreements?q=bakkerij").text
    assert made[0]["id"] in found
    assert made[1]["id"] not in found


def test_hostile_names_are_text_on_the_page(client, as_role, example):
    browser = as_role("legal")
    data = example()
    data["client"]["name"] = '<script>alert("x")</script> & {{ 7*7 }} שלום 👩‍👩‍👧'
    made = client.post("/api/v1/agreements", json=data)
    assert made.json["request"]["client"]["name"] == data["client"]["name"]
    for path in ("/agreements", f"/agreements/{made.json['id']}"):
        page = browser.get(path).text
        assert "<script>" not in page
        assert "&lt;script&gt;" in page
        assert "{{ 7*7 }}" in page
    snapshot = client.get(f"/api/v1/agreements/{made.json['id']}/preview").json
    assert data["client"]["name"] in {side["name"] for side in snapshot["parties"]}


def test_health_tells_whether_the_database_answers(client, tmp_path, library):
    assert client.get("/health").json == {"status": "ok"}
    empty = create_app(Config(database_url=f"sqlite:///{tmp_path / 'empty.sqlite'}"), library).test_client()
    assert (empty.get("/health").status_code, empty.get("/health").json) == (503, {"status": "unavailable"})


def test_a_seeded_demo_stays_as_it_is(session, library):
    first = seed(session, library, examples_dir(), now=NOW, today=TODAY)
    assert {row.state for row in first} == {"draft", "issued"}  # nobody to approve what departs
    seed_demo_users(session, demo=True, now=NOW)
    made = seed(session, library, examples_dir(), now=NOW, today=TODAY)
    assert {(row.state, row.reference) for row in made if row.reference} == {
        ("issued", "DPA-2026-0001"),
        ("signed", "DPA-2026-0002"),
        ("signed", "DPA-2026-0003"),
    }
    assert seed(session, library, examples_dir(), now=NOW, today=TODAY) == made


@pytest.mark.postgres
def test_the_application_on_postgresql(postgres_template, library, example):
    from tests.conftest import create_database

    url = create_database(postgres_template, "application", "template_dpa")
    app = create_app(Config(database_url=url), library)
    client = with_token(app, *ROLES)
    made = client.post("/api/v1/agreements", json=example()).json
    issued = client.post(f"/api/v1/agreements/{made['id']}/issue", headers={"Idempotency-Key": "k"})
    assert issued.json["reference"].startswith("DPA-")
    assert issued.json["reference"] in signed_in(app, "legal").get("/agreements").text
    assert client.get("/api/v1/agreements?q=%25_").json["items"] == []
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()
