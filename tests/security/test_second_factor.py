"""The second factor: set up, asked for, guessed at, lost; and a house that asks it of everybody."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from passlib.totp import TOTP

from dpa_service import create_app
from dpa_service.adapters.db.engine import make_engine
from dpa_service.config import Config
from dpa_service.services.people import accounts
from dpa_service.services.people.passwords import checked_hash
from dpa_service.serving.runtime import now, session
from tests.conftest import NOW
from tests.support.accounts import PASSWORD, guest, make_user, signed_in

EMAIL = "lea@example.org"


@pytest.fixture
def person(app):
    """A user with a password."""
    with app.app_context():
        hashed = checked_hash(PASSWORD)
    return make_user(app, "legal", email=EMAIL, password_hash=hashed)


def sign_in(browser, **more):
    return browser.post("/login", data={"email": EMAIL, "password": PASSWORD, **more})


def key_in(page):
    return re.search(r"<code>([A-Z2-7 -]{16,})</code>", page).group(1)


def code_of(key):
    return TOTP(key=key.replace(" ", "").replace("-", "")).generate().token


def switch_on(browser):
    """Set up a second factor as the pages lead to it; gives the key."""
    page = browser.post("/tf-setup", data={"setup": "authenticator"}).text
    key = key_in(page)
    action = re.search(r'action="(/tf-setup/[^"]+)"', page).group(1)
    assert browser.post(action, data={"code": code_of(key)}).status_code == 302
    return key


def inside(browser):
    return browser.get("/account").status_code == 200


def test_set_up_and_asked_for(app, person):
    browser = guest(app)
    sign_in(browser)
    key = switch_on(browser)
    fresh = guest(app)
    answer = sign_in(fresh)
    assert "/tf-validate" in answer.location
    assert not inside(fresh)
    assert fresh.get("/tf-validate").status_code == 200
    assert fresh.post("/tf-validate", data={"code": "000000"}).status_code == 200
    assert not inside(fresh)
    assert fresh.post("/tf-validate", data={"code": code_of(key)}).status_code == 302
    assert inside(fresh)


def test_a_code_without_the_password_is_worth_nothing(app, person):
    browser = guest(app)
    sign_in(browser)
    key = switch_on(browser)
    stranger = guest(app)
    assert stranger.get("/tf-validate").status_code == 302
    assert stranger.post("/tf-validate", data={"code": code_of(key)}).status_code == 302
    assert not inside(stranger)


def test_a_code_works_once_and_for_a_minute_at_most(app, person):
    with time_machine.travel(NOW, tick=False) as clock:
        browser = guest(app)
        sign_in(browser)
        key = switch_on(browser)
        code = code_of(key)
        for expected in (302, 200):
            fresh = guest(app)
            sign_in(fresh)
            assert fresh.post("/tf-validate", data={"code": code}).status_code == expected
        clock.shift(timedelta(seconds=30))
        assert fresh.post("/tf-validate", data={"code": code_of(key)}).status_code == 302
        late, old = guest(app), code_of(key)
        clock.shift(timedelta(seconds=90))
        sign_in(late)
        assert late.post("/tf-validate", data={"code": old}).status_code == 200


def test_codes_cannot_be_guessed(app, person):
    browser = guest(app)
    sign_in(browser)
    with time_machine.travel(NOW, tick=False) as clock:
        again = guest(app)
        sign_in(again)
        key = switch_on(again)
        thief = guest(app)
        sign_in(thief)
        for number in range(10):
            assert thief.post("/tf-validate", data={"code": f"00000{number}"}).status_code == 200
        assert thief.post("/tf-validate", data={"code": code_of(key)}).status_code == 429
        clock.shift(timedelta(minutes=16))
        assert thief.post("/tf-validate", data={"code": code_of(key)}).status_code == 302


def test_a_recovery_code_works_once(app, person):
    browser = guest(app)
    sign_in(browser)
    switch_on(browser)
    page = browser.post("/mf-recovery-codes", data={"generate_new_codes": "y"}).text
    codes = re.findall(r"<li><code>([^<]+)</code></li>", page)
    assert len(codes) == 5
    with app.app_context():
        stored = accounts.get(session(), person.id).mf_recovery_codes
    assert stored
    assert not set(stored) & set(codes)  # encrypted
    for expected in (True, False):
        fresh = guest(app)
        sign_in(fresh)
        fresh.post("/mf-recovery", data={"code": codes[0]})
        assert inside(fresh) is expected


def test_an_administrator_removes_it_for_who_lost_the_device(app, person):
    browser = guest(app)
    sign_in(browser)
    switch_on(browser)
    admin = signed_in(app, "admin")
    assert admin.post(f"/users/{person.id}/second-factor").status_code == 302
    assert not inside(browser)
    fresh = guest(app)
    sign_in(fresh)
    assert inside(fresh)


def test_what_was_typed_survives_the_second_factor(app, person):
    with time_machine.travel(NOW, tick=False) as clock:
        browser = guest(app)
        sign_in(browser)
        key = switch_on(browser)
        clock.shift(timedelta(hours=1))
        lost = browser.post("/clients/new", data={"name": "Bakkerij De Proef"})
        kept = lost.text.split('name="kept" value="')[1].split('"')[0]
        asked = sign_in(browser, kept=kept)
        assert asked.status_code == 200
        assert 'name="code"' in asked.text
        page = browser.post("/tf-validate", data={"code": code_of(key), "kept": kept})
        assert page.status_code == 200
        assert "Bakkerij De Proef" in page.text


def test_a_house_that_asks_it_of_everybody(sqlite_url, library):
    app = create_app(Config(database_url=sqlite_url, require_2fa=True), library)
    with app.app_context():
        hashed = checked_hash(PASSWORD)
        accounts.create(session(), EMAIL, ["legal"], password_hash=hashed, actor="test", now=now())
    browser = guest(app)
    assert "/tf-setup" in sign_in(browser).location
    assert not inside(browser)
    page = browser.post("/tf-setup", data={"setup": "authenticator"}).text
    assert not inside(browser)
    assert browser.post("/tf-validate", data={"code": code_of(key_in(page))}).status_code == 302
    assert inside(browser)
    assert 'value="disable"' not in browser.get("/tf-setup").text


def test_on_and_off_are_in_the_audit_log(app, person, sqlite_url):
    browser = guest(app)
    sign_in(browser)
    switch_on(browser)
    assert browser.post("/tf-setup", data={"setup": "disable"}).status_code == 302
    engine = make_engine(sqlite_url)
    with engine.connect() as connection:
        actions = list(connection.scalars(sa.text("SELECT action FROM audit_log WHERE actor = 'lea@example.org' ORDER BY seq")))
    engine.dispose()
    assert actions == ["session.begin", "user.second_factor_on", "user.second_factor_off"]
    fresh = guest(app)
    sign_in(fresh)
    assert inside(fresh)


def test_the_key_is_encrypted_in_the_database(app, person):
    browser = guest(app)
    sign_in(browser)
    key = switch_on(browser).replace(" ", "").replace("-", "")
    with app.app_context():
        stored = accounts.get(session(), person.id)
    assert key not in (stored.tf_totp_secret or "")
    assert stored.tf_primary_method == "authenticator"
