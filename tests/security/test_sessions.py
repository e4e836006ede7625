"""Signing in and out, and how long a sign-in holds: with the clock moved, with stolen cookies, with a disabled user."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine

from dpa_service import create_app
from dpa_service.config import Config
from dpa_service.services.people import accounts
from dpa_service.services.people.passwords import checked_hash
from dpa_service.serving import sessions
from dpa_service.serving.runtime import now, session
from tests.conftest import NOW
from tests.support.accounts import PASSWORD, guest, make_user, signed_in

HOST = "dpa.voorbeeld.example"


@pytest.fixture
def person(app):
    """A user with a password."""
    with app.app_context():
        hashed = checked_hash(PASSWORD)
    return make_user(app, "sales", email="sofie@example.org", password_hash=hashed)


def sign_in(browser, email="sofie@example.org", password=PASSWORD, **more):
    return browser.post("/login", data={"email": email, "password": password, **more})


def cookie_of(browser):
    with browser.session_transaction() as cookie:
        return dict(cookie)


def inside(browser):
    return browser.get("/account").status_code == 200


def test_sign_in_and_out(app, person):
    browser = guest(app)
    assert browser.get("/account").location == "/login?next=/account"
    answer = sign_in(browser, email="SOFIE@example.org", next="/account")
    assert (answer.status_code, answer.location) == (302, "/account")
    assert inside(browser)
    assert browser.post("/logout").status_code == 302
    assert not inside(browser)


@pytest.mark.parametrize(("email", "password"), [("sofie@example.org", "wrong password"), ("nobody@example.org", PASSWORD)])
def test_a_refusal_does_not_tell_who_has_an_account(app, person, email, password):
    answer = sign_in(guest(app), email=email, password=password)
    assert answer.status_code == 200
    assert 'id="sign-in-error"' in answer.text
    pages = [sign_in(guest(app), email=address, password="wrong").text for address in ("sofie@example.org", "x@example.org")]
    known, unknown = (re.sub(r'value="[^"]*"', "", page) for page in pages)
    assert known == unknown


@pytest.mark.parametrize(
    "fields",
    [
        {"password": "x" * 5000},
        {"password": "a\0b"},
        {"email": "a\0@example.org"},
        {"email": "x" * 5000 + "@example.org"},
        {"email": "sofie@example.org\r\nBcc: x"},
        {"kept": "x" * 5000},
        {"next": "\0"},
        {"next": "/\r\nSet-Cookie: a=b"},
        {"email": ["sofie@example.org", "x"]},
    ],
)
def test_strange_sign_ins_break_nothing(app, person, fields):
    answer = guest(app).post("/login", data={"email": "sofie@example.org", "password": PASSWORD, **fields})
    assert answer.status_code in (200, 302, 422)
    assert "a=b" not in " ".join(answer.headers.getlist("Set-Cookie"))


def test_no_one_is_led_to_another_site(app, person):
    for wanted in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        location = sign_in(guest(app), next=wanted).location or "/"
        assert urlsplit(location).netloc in ("", "localhost"), wanted
        assert urlsplit(location).scheme in ("", "http"), wanted
    browser = guest(app)
    assert browser.post("/language", data={"language": "en", "back": "//evil.example"}).location == "/"


def test_every_sign_in_has_a_new_session(app, person):
    browser = guest(app)
    browser.get("/login")
    before = cookie_of(browser)
    sign_in(browser)
    first = cookie_of(browser)
    assert first[sessions.SESSION_ID] != before.get(sessions.SESSION_ID)
    assert first.get("csrf_token") != before["csrf_token"]
    other = guest(app)
    sign_in(other)
    assert cookie_of(other)[sessions.SESSION_ID] != first[sessions.SESSION_ID]


def test_a_session_id_that_was_planted_is_not_taken(app, person):
    browser = guest(app)
    with browser.session_transaction() as cookie:
        cookie[sessions.SESSION_ID] = "planted"
    sign_in(browser)
    assert cookie_of(browser)[sessions.SESSION_ID] != "planted"


def stolen_from(app, browser):
    """Another browser with the same cookie."""
    thief = guest(app)
    with thief.session_transaction() as cookie:
        cookie.update(cookie_of(browser))
    return thief


def test_after_signing_out_the_cookie_is_worth_nothing(app, person):
    browser, elsewhere = guest(app), guest(app)
    sign_in(browser)
    sign_in(elsewhere)
    thief = stolen_from(app, browser)
    assert inside(thief)
    browser.post("/logout")
    assert not inside(thief)
    assert inside(elsewhere)  # signing out here does not sign out there


def test_a_new_password_ends_the_other_sessions(app, person):
    browser, elsewhere = guest(app), guest(app)
    sign_in(browser)
    sign_in(elsewhere)
    thief = stolen_from(app, browser)
    new = "een heel andere lange zin"
    wrong = browser.post("/change", data={"password": "not it", "new_password": new, "new_password_confirm": new})
    assert wrong.status_code == 200
    assert inside(elsewhere)
    assert (
        browser.post("/change", data={"password": PASSWORD, "new_password": "kort", "new_password_confirm": "kort"}).status_code
        == 200
    )
    assert (
        browser.post("/change", data={"password": PASSWORD, "new_password": new, "new_password_confirm": new}).status_code == 302
    )
    assert inside(browser)
    assert not inside(elsewhere)
    assert not inside(thief)
    assert sign_in(guest(app)).status_code == 200
    assert sign_in(guest(app), password=new).status_code == 302


def test_a_disabled_user_is_out_at_once(app, person):
    browser = guest(app)
    sign_in(browser)
    with app.app_context():
        accounts.set_active(session(), person.id, False, actor="test", now=now())
    assert not inside(browser)
    assert 'id="sign-in-error"' in sign_in(guest(app)).text
    with app.app_context():
        accounts.set_active(session(), person.id, True, actor="test", now=now())
    assert not inside(browser)
    assert sign_in(guest(app)).status_code == 302


def test_other_roles_hold_from_the_next_request(app):
    browser = signed_in(app, "admin", "sales")
    signed_in(app, "admin")
    assert browser.get("/users").status_code == 200
    with app.app_context():
        accounts.set_roles(session(), browser.user.id, ["sales"], actor="test", now=now())
    assert browser.get("/users").status_code == 403


def test_idle_and_absolute_limits(app):
    with time_machine.travel(NOW, tick=False) as clock:
        browser = signed_in(app, "sales")
        for _ in range(3):
            clock.shift(timedelta(minutes=29))
            assert inside(browser)
        clock.shift(timedelta(minutes=31))
        assert not inside(browser)
        busy = signed_in(app, "sales")
        for _ in range(19):
            clock.shift(timedelta(minutes=29))
            assert inside(busy)
        clock.shift(timedelta(hours=10) - 19 * timedelta(minutes=29) + timedelta(seconds=1))
        assert not inside(busy)


def test_the_limits_are_settings(sqlite_url, library):
    app = create_app(Config(database_url=sqlite_url, idle_minutes=5, session_hours=1), library)
    with time_machine.travel(NOW, tick=False) as clock:
        browser = signed_in(app, "sales")
        clock.shift(timedelta(minutes=4))
        assert inside(browser)
        clock.shift(timedelta(minutes=6))
        assert not inside(browser)


def test_an_old_cookie_does_not_reach_past_its_time(app):
    """A cookie copied early shows an early last use, and stops by itself."""
    with time_machine.travel(NOW, tick=False) as clock:
        browser = signed_in(app, "sales")
        thief = stolen_from(app, browser)
        clock.shift(timedelta(minutes=29))
        assert inside(browser)
        clock.shift(timedelta(minutes=5))
        assert inside(browser)
        assert not inside(thief)


def test_the_cookie_is_guarded(sqlite_url, library, app, person):
    answer = sign_in(guest(app))
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    config = Config(mode="production", database_url=sqlite_url, secret_key="s" * 40, trusted_hosts=(HOST,))
    served = create_app(config, library)
    assert guest(served, host=HOST).get("/login", base_url=f"https://{HOST}").status_code == 200
    answer = guest(served, host=HOST).get("/login", base_url=f"https://{HOST}")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-dpa=")
    for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert word in cookie
    assert "Domain" not in cookie


def test_remember_me_is_not_offered_nor_taken(app, person):
    browser = guest(app)
    answer = sign_in(browser, remember="true")
    assert "remember_token" not in " ".join(answer.headers.getlist("Set-Cookie"))


def test_ten_wrong_passwords_and_the_account_waits(app, person):
    with time_machine.travel(NOW, tick=False) as clock:
        for number in range(10):
            assert sign_in(guest(app), password=f"wrong {number}").status_code == 200
        refused = sign_in(guest(app))
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
        assert sign_in(guest(app), email="else@example.org", password="x").status_code == 200
        clock.shift(timedelta(minutes=16))
        assert sign_in(guest(app)).status_code == 302


def test_right_passwords_are_never_slowed_down(app, person):
    for _ in range(25):
        assert sign_in(guest(app)).status_code == 302


TYPED = {"name": "Bakkerij <De Proef> & co", "language": "nl"}


def kept_in(page):
    return page.split('name="kept" value="')[1].split('"')[0]


def test_what_was_typed_survives_the_end_of_the_session(app, person):
    with time_machine.travel(NOW, tick=False) as clock:
        browser = guest(app)
        sign_in(browser)
        clock.shift(timedelta(hours=1))
        answer = browser.post("/clients/new", data={**TYPED, "password": "never kept"})
        assert answer.status_code == 401
        kept = kept_in(answer.text)
        wrong = sign_in(browser, password="wrong", kept=kept)
        assert kept_in(wrong.text) == kept
        page = sign_in(browser, kept=kept)
        assert page.status_code == 200
        assert 'action="/clients/new"' in page.text
        assert "Bakkerij &lt;De Proef&gt; &amp; co" in page.text
        assert "never kept" not in page.text
        assert inside(browser)


def test_what_somebody_else_typed_is_not_handed_over(app, person):
    with app.app_context():
        hashed = checked_hash(PASSWORD)
    make_user(app, "sales", email="other@example.org", password_hash=hashed)
    with time_machine.travel(NOW, tick=False) as clock:
        browser = guest(app)
        sign_in(browser)
        clock.shift(timedelta(hours=1))
        kept = kept_in(browser.post("/clients/new", data=TYPED).text)
        answer = sign_in(browser, email="other@example.org", kept=kept)
        assert answer.status_code == 302
        forged = sign_in(guest(app), kept="forged." + kept[7:])
        assert forged.status_code == 302


@pytest.mark.parametrize("path", ["/verify", "/change", "/tf-validate", "/mf-recovery", "/tf-setup"])
@pytest.mark.parametrize("value", ["x" * 5000, "\0", "é" * 500, ""])
def test_strange_secrets_break_nothing(app, person, path, value):
    browser = guest(app)
    sign_in(browser)
    fields = dict.fromkeys(("password", "new_password", "new_password_confirm", "code", "setup"), value)
    for caller in (browser, guest(app)):
        assert caller.post(path, data=fields).status_code < 500
