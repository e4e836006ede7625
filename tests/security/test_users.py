"""First start, users and roles, one-time links, demo users; and what production refuses."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from dpa_service import create_app
from dpa_service.adapters.db.engine import make_engine
from dpa_service.config import Config
from dpa_service.services.errors import Conflict
from dpa_service.services.people import accounts
from dpa_service.serving.runtime import now, session
from tests.conftest import NOW
from tests.support.accounts import PASSWORD, guest, make_user, signed_in

HOST = "dpa.voorbeeld.example"
FIRST = {"email": "Eerste@example.org", "password": PASSWORD, "password_again": PASSWORD}


@pytest.fixture
def production(sqlite_url, library):
    """The application as production runs it."""
    return create_app(Config(mode="production", database_url=sqlite_url, secret_key="s" * 40, trusted_hosts=(HOST,)), library)


def everybody(app):
    with app.app_context():
        return accounts.users(session())


def test_first_start(app):
    browser = guest(app)
    assert browser.get("/").location == "/setup"
    assert browser.get("/clients").location == "/setup"
    assert browser.get("/login").location == "/setup"
    assert browser.get("/setup").status_code == 200
    short = browser.post("/setup", data={**FIRST, "password": "kort", "password_again": "kort"})
    assert short.status_code == 422
    assert "Eerste@example.org" in short.text
    assert browser.post("/setup", data={**FIRST, "password_again": "another"}).status_code == 422
    assert browser.post("/setup", data={**FIRST, "email": "nobody"}).status_code == 422
    assert browser.post("/setup", data=FIRST).location == "/login"
    assert "/demo/sign-in" not in browser.get("/login").text  # a demo without demo users
    assert [(user.email, user.role_names) for user in everybody(app)] == [("eerste@example.org", {"admin"})]
    assert browser.post("/login", data={"email": FIRST["email"], "password": PASSWORD}).status_code == 302
    assert browser.get("/users").status_code == 200


def test_there_is_one_first_start_only(app):
    guest(app).post("/setup", data=FIRST)
    assert guest(app).get("/setup").location == "/login"
    assert guest(app).post("/setup", data={**FIRST, "email": "second@example.org"}).location == "/login"
    assert len(everybody(app)) == 1


def test_production_makes_the_first_administrator_on_the_server_only(production):
    browser = guest(production, host=HOST)
    base = f"https://{HOST}"
    assert browser.get("/", base_url=base).location == "/setup"
    page = browser.get("/setup", base_url=base)
    assert "dpa user create" in page.text
    assert 'name="password"' not in page.text
    assert browser.post("/setup", data=FIRST, base_url=base).status_code == 403
    assert everybody(production) == []


def seed(app, demo=True):
    with app.app_context():
        return accounts.seed_demo_users(session(), demo=demo, now=now())


def test_demo_users_are_one_click_away(app):
    assert [user.email for user in seed(app)] == [
        f"{role}@voorbeeld.example" for role in ("admin", "dpo", "finance", "legal", "sales")
    ]
    assert len(seed(app)) == 5
    page = guest(app).get("/login").text
    for email in accounts.DEMO_EMAILS.values():
        assert f'value="{email}"' in page
        browser = guest(app)
        assert browser.post("/demo/sign-in", data={"email": email}).location == "/"
        assert email in browser.get("/account").text
    assert guest(app).post("/demo/sign-in", data={"email": "else@example.org"}).status_code == 404


def test_only_demo_users_are(app):
    make_user(app, "admin", email="boss@example.org")
    assert guest(app).post("/demo/sign-in", data={"email": "boss@example.org"}).status_code == 404


def test_there_are_no_demo_users_in_production(app, production):
    """Also not those that a demo left in the database."""
    seed(app)
    base = f"https://{HOST}"
    browser = guest(production, host=HOST)
    page = browser.get("/login", base_url=base)
    assert page.status_code == 200
    assert "voorbeeld.example/demo" not in page.text
    assert "/demo/sign-in" not in page.text
    assert browser.post("/demo/sign-in", data={"email": "admin@voorbeeld.example"}, base_url=base).status_code == 404
    with pytest.raises(Conflict):
        seed(production, demo=False)
    for password in ("", "x", "admin@voorbeeld.example"):
        answer = browser.post("/login", data={"email": "admin@voorbeeld.example", "password": password}, base_url=base)
        assert answer.status_code == 200
    admin = signed_in(production, "admin", host=HOST)
    with production.app_context():
        demo_admin = accounts.by_email(session(), "admin@voorbeeld.example")
    answer = admin.post(f"/users/{demo_admin.id}/link", base_url=base)
    assert answer.status_code == 409  # no way to give it a password


def link_in(page):
    return re.search(r'class="secret">http://localhost(/welcome/[^<]+)<', page).group(1)


def test_a_new_user_sets_a_password_with_a_link_that_works_once(app):
    admin = signed_in(app, "admin")
    answer = admin.post("/users", data={"email": "Nieuw@example.org", "roles": ["sales", "legal"]})
    assert answer.status_code == 201
    link = link_in(answer.text)
    assert admin.post("/users", data={"email": "nieuw@EXAMPLE.org", "roles": ["sales"]}).status_code == 422
    browser = guest(app)
    assert "nieuw@example.org" in browser.get(link).text
    assert browser.post(link, data={"password": "kort", "password_again": "kort"}).status_code == 422
    assert browser.post(link, data={"password": PASSWORD, "password_again": PASSWORD}).location == "/login"
    assert browser.get(link).status_code == 404
    assert browser.post("/login", data={"email": "nieuw@example.org", "password": PASSWORD}).status_code == 302
    assert browser.get("/forms").status_code == 200


@pytest.mark.parametrize(
    ("fields", "field"), [({"email": "x"}, "email"), ({"roles": []}, "roles"), ({"roles": ["king"]}, "roles")]
)
def test_a_wrong_user_is_not_made(app, fields, field):
    admin = signed_in(app, "admin")
    answer = admin.post("/users", data={"email": "new@example.org", "roles": ["sales"], **fields})
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert len(everybody(app)) == 1


def test_a_link_is_replaced_by_a_newer_one_expires_and_needs_an_active_user(app):
    with time_machine.travel(NOW, tick=False) as clock:
        admin, user = signed_in(app, "admin"), make_user(app, "sales")
        old = link_in(admin.post(f"/users/{user.id}/link").text)
        new = link_in(admin.post(f"/users/{user.id}/link").text)
        assert guest(app).get(old).status_code == 404
        assert guest(app).get(new).status_code == 200
        admin.post(f"/users/{user.id}/active", data={"active": "false"})
        assert guest(app).get(new).status_code == 404
        assert admin.post(f"/users/{user.id}/link").status_code == 409
        admin.post(f"/users/{user.id}/active", data={"active": "true"})
        clock.shift(timedelta(days=3, seconds=1))
        assert guest(app).get(new).status_code == 404


def test_links_cannot_be_guessed(app):
    with time_machine.travel(NOW, tick=False):
        for number in range(20):
            assert guest(app).post(f"/welcome/{number}", data={"password": "x"}).status_code == 404
        assert guest(app).post("/welcome/x", data={"password": "x"}).status_code == 429


def test_a_link_that_resets_ends_every_session(app):
    admin, browser = signed_in(app, "admin"), signed_in(app, "sales")
    link = link_in(admin.post(f"/users/{browser.user.id}/link").text)
    assert browser.get("/account").status_code == 200
    guest(app).post(link, data={"password": PASSWORD, "password_again": PASSWORD})
    assert browser.get("/account").status_code == 302


def test_there_is_always_an_administrator(app):
    admin = signed_in(app, "admin")
    me = admin.user.id
    assert admin.post(f"/users/{me}/roles", data={"roles": ["sales"]}).status_code == 409
    assert admin.post(f"/users/{me}/active", data={"active": "false"}).status_code == 409
    other = make_user(app, "admin")
    assert admin.post(f"/users/{other.id}/active", data={"active": "false"}).status_code == 302
    assert admin.post(f"/users/{me}/roles", data={"roles": ["sales"]}).status_code == 409  # the other one cannot sign in
    admin.post(f"/users/{other.id}/active", data={"active": "true"})
    assert admin.post(f"/users/{me}/roles", data={"roles": ["sales"]}).status_code == 302
    assert admin.get("/users").status_code == 403


def test_everything_is_in_the_audit_log(app, sqlite_url):
    admin = signed_in(app, "admin")
    with app.app_context():
        user = accounts.create(session(), "a@example.org", ["sales"], actor=admin.user.email, now=now())
    admin.post(f"/users/{user.id}/roles", data={"roles": ["legal"]})
    admin.post(f"/users/{user.id}/link")
    admin.post(f"/users/{user.id}/second-factor")
    admin.post(f"/users/{user.id}/active", data={"active": "false"})
    admin.post(f"/users/{user.id}/active", data={"active": "false"})  # a second click changes nothing
    engine = make_engine(sqlite_url)
    with engine.connect() as connection:
        query = sa.text("SELECT action, actor FROM audit_log WHERE object_id = :id ORDER BY seq")
        lines = connection.execute(query, {"id": user.id}).all()
    engine.dispose()
    assert [line.action for line in lines] == [
        "user.create",
        "user.roles",
        "user.link",
        "user.second_factor_removed",
        "user.disable",
    ]
    assert {line.actor for line in lines} == {admin.user.email}


def test_signing_in_and_out_is_in_the_audit_log_too(app, sqlite_url):
    seed(app)
    browser = guest(app)
    browser.post("/demo/sign-in", data={"email": "sales@voorbeeld.example"})
    browser.post("/logout")
    engine = make_engine(sqlite_url)
    with engine.connect() as connection:
        lines = connection.execute(
            sa.text("SELECT action, actor FROM audit_log WHERE action LIKE 'session.%' ORDER BY seq")
        ).all()
    engine.dispose()
    assert [tuple(line) for line in lines] == [
        ("session.begin", "sales@voorbeeld.example"),
        ("session.end", "sales@voorbeeld.example"),
    ]


@pytest.mark.parametrize("place", ["", "/roles", "/active", "/link", "/second-factor"])
def test_there_is_nobody_at_a_wrong_id(app, place):
    admin = signed_in(app, "admin")
    answer = admin.post(f"/users/{'0' * 32}{place}", data={"roles": ["sales"]}) if place else admin.get(f"/users/{'0' * 32}")
    assert answer.status_code == 404


def test_the_language_is_the_users_choice(app):
    browser = signed_in(app, "sales")
    assert '<html lang="nl">' in browser.get("/account", headers={"Accept-Language": "nl"}).text
    assert browser.post("/language", data={"language": "en", "back": "/account"}).location == "/account"
    assert '<html lang="en">' in browser.get("/account").text
    assert browser.post("/language", data={"language": "xx"}).status_code == 422
    again = signed_in(app, user=everybody(app)[0])
    assert '<html lang="en">' in again.get("/account", headers={"Accept-Language": "nl"}).text
