"""API tokens: hashed, scoped, limited in time, bound to their owner's roles, revocable; never a cookie in their place."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from dpa_service.adapters.db.accounts import ApiToken
from dpa_service.adapters.db.engine import make_engine
from dpa_service.services.people import accounts, tokens
from dpa_service.serving.runtime import now, session
from tests.conftest import NOW
from tests.support.accounts import guest, make_user, signed_in, with_token

API = "/api/v1"


def make(browser, **fields):
    """A token made on the page, as its text."""
    answer = browser.post("/account/tokens", data={"name": "ledger", "scopes": ["read"], "days": "30", **fields})
    assert answer.status_code == 200, answer.text
    return re.search(r'class="secret">(dpa_[^<]+)<', answer.text).group(1)


def call(app, token, path=f"{API}/agreements", method="GET", **options):
    return app.test_client().open(
        path, method=method, headers={"Authorization": f"Bearer {token}", **options.pop("headers", {})}, **options
    )


def test_shown_once_and_kept_as_a_fingerprint(app, sqlite_url):
    browser = signed_in(app, "sales")
    text = make(browser)
    assert re.fullmatch(r"dpa_[A-Za-z0-9_-]{43}", text)
    assert text not in browser.get("/account").text
    engine = make_engine(sqlite_url)
    with engine.connect() as connection:
        dump = "\n".join(
            str(row) for table in ("api_token", "audit_log") for row in connection.execute(sa.text(f"SELECT * FROM {table}"))
        )
    engine.dispose()
    assert text not in dump
    assert hashlib.sha256(text.encode()).hexdigest() in dump
    assert call(app, text).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer dpa_" + "x" * 43},
        {"Authorization": "Bearer \xe9"},
        {"Authorization": "Basic eDp5"},
        {"Authentication-Token": "dpa_x"},
    ],
)
def test_without_a_token_that_works_there_is_no_api(app, headers):
    answer = app.test_client().get(f"{API}/parameters", headers=headers)
    assert (answer.status_code, answer.json["error"]["code"]) == (401, "UNAUTHORIZED")
    assert answer.headers["WWW-Authenticate"].lower().startswith("bearer")


def test_a_session_does_not_open_the_api_and_a_token_no_page(app):
    browser = signed_in(app, "admin")
    assert browser.get(f"{API}/agreements").status_code == 401
    assert browser.post(f"{API}/coverage", json={}).status_code == 401
    token = with_token(app, "admin").token
    assert call(app, token, "/account").status_code == 302
    assert call(app, token, "/users").status_code == 302


def test_scopes(app, example):
    made = with_token(app, "sales").post(f"{API}/agreements", json=example()).json["id"]
    issue = {"path": f"{API}/agreements/{made}/issue", "method": "POST", "headers": {"Idempotency-Key": "k"}}
    write = {"path": f"{API}/agreements", "method": "POST", "json": example()}
    reads = with_token(app, "sales", scopes=("read",)).token
    writes = with_token(app, "sales", scopes=("write",)).token
    issues = with_token(app, "sales", scopes=("issue",)).token
    assert call(app, reads).status_code == 200
    assert call(app, reads, f"{API}/coverage", "POST", json=example()).status_code == 200  # it stores nothing
    for token in (writes, issues):
        assert call(app, token).status_code == 403
    assert call(app, writes, **write).status_code == 201
    for token in (reads, issues):
        assert call(app, token, **write).status_code == 403
    for token in (reads, writes):
        refused = call(app, token, **issue)
        assert (refused.status_code, "'issue'" in refused.json["error"]["message"]) == (403, True)
    assert call(app, issues, **issue).status_code == 200


def test_a_token_can_do_no_more_than_its_owner(app, example):
    program = with_token(app, "finance")
    assert program.get(f"{API}/agreements").status_code == 200
    assert program.post(f"{API}/agreements", json=example()).status_code == 403
    with app.app_context():
        accounts.set_roles(session(), program.user.id, ["sales"], actor="test", now=now())
    assert program.post(f"{API}/agreements", json=example()).status_code == 201


def test_expiry(app):
    with time_machine.travel(NOW, tick=False) as clock:
        program = with_token(app, "sales", days=30)
        clock.shift(timedelta(days=30) - timedelta(seconds=1))
        assert program.get(f"{API}/services").status_code == 200
        clock.shift(timedelta(seconds=1))
        assert program.get(f"{API}/services").status_code == 401


def test_a_disabled_owner_closes_the_token(app):
    program = with_token(app, "sales")
    with app.app_context():
        accounts.set_active(session(), program.user.id, False, actor="test", now=now())
    assert program.get(f"{API}/services").status_code == 401


def test_revoked_by_the_owner_or_an_administrator_and_nobody_else(app):
    owner, other, admin = signed_in(app, "sales"), signed_in(app, "sales"), signed_in(app, "admin")
    first, second = make(owner), make(owner)
    with app.app_context():
        ids = {token.token_hash: token.id for token in tokens.listing(session())}
    one, two = (ids[tokens.fingerprint(text)] for text in (first, second))
    assert other.post(f"/account/tokens/{one}/revoke").status_code == 404
    assert admin.post(f"/account/tokens/{one}/revoke").status_code == 404  # not his own; his page is another one
    assert call(app, first).status_code == 200
    assert owner.post(f"/account/tokens/{one}/revoke").status_code == 302
    assert owner.post(f"/account/tokens/{one}/revoke").status_code == 302  # a second click
    assert call(app, first).status_code == 401
    assert admin.post(f"/users/tokens/{two}/revoke").status_code == 302
    assert call(app, second).status_code == 401


def test_last_use_is_noted(app):
    with time_machine.travel(NOW, tick=False):
        program = with_token(app, "sales")
        program.get(f"{API}/services")
        with app.app_context():
            assert tokens.listing(session(), owner_id=program.user.id)[0].last_used_at == NOW


def test_wrong_tokens_from_one_address_are_slowed_down(app):
    right = with_token(app, "sales").token
    with time_machine.travel(NOW, tick=False) as clock:
        for number in range(30):
            assert call(app, f"dpa_{number}").status_code == 401
        refused = call(app, right)
        assert (refused.status_code, refused.json["error"]["code"]) == (429, "TOO_MANY_REQUESTS")
        clock.shift(timedelta(seconds=61))
        assert call(app, right).status_code == 200


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"name": ""}, "name"), ({"name": "x" * 61}, "name"), ({"scopes": []}, "scopes"), ({"scopes": ["all"]}, "scopes"), ({"days": "0"}, "days"),
     ({"days": "9999"}, "days"), ({"days": "-1"}, "days"), ({"days": "²"}, "days")],
)  # fmt: skip
def test_a_wrong_form_makes_no_token_and_keeps_what_was_typed(app, fields, field):
    browser = signed_in(app, "sales")
    answer = browser.post("/account/tokens", data={"name": "ledger", "scopes": ["read"], "days": "30", **fields})
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    if field != "name":
        assert 'value="ledger"' in answer.text
    with app.app_context():
        assert tokens.listing(session(), owner_id=browser.user.id) == []


def test_the_same_key_of_two_callers_is_two_keys(app, example):
    """Idempotency belongs to the caller: the actor of a token is its owner."""
    first, second = with_token(app, "sales"), with_token(app, "sales")
    key = {"Idempotency-Key": "same"}
    made = first.post(f"{API}/agreements", json=example(), headers=key).json["id"]
    assert first.post(f"{API}/agreements", json=example(), headers=key).json["id"] == made
    assert second.post(f"{API}/agreements", json=example(), headers=key).json["id"] != made


def test_the_audit_names_the_owner(app, example, sqlite_url):
    program = with_token(app, "sales", user=make_user(app, "sales", email="robot@example.org"))
    program.post(f"{API}/agreements", json=example())
    engine = make_engine(sqlite_url)
    with engine.connect() as connection:
        actors = set(connection.scalars(sa.text("SELECT actor FROM audit_log WHERE action = 'agreement.create'")))
    engine.dispose()
    assert actors <= {"robot@example.org"}


def test_the_description_says_how(app):
    spec = guest(app).get(f"{API}/openapi.json").json
    assert spec["components"]["securitySchemes"] == {"token": {"type": "http", "scheme": "bearer"}}
    assert spec["security"] == [{"token": []}]


def test_tokens_end_with_the_table(app):
    """No row of a token holds anything from which it could be used."""
    assert {column.name for column in ApiToken.__table__.columns} == {
        "id", "owner_id", "name", "token_hash", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at"
    }  # fmt: skip
