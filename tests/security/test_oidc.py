"""Sign-in with a company identity provider: a real provider in a thread, the whole round trip, and what must be refused."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import oidc_provider_mock
import pytest
import requests

from dpa_service import create_app
from dpa_service.config import Config
from dpa_service.services.people import accounts
from dpa_service.serving.runtime import session
from tests.support.accounts import guest, make_user

KNOWN = "sofie@example.org"


@pytest.fixture(scope="module")
def provider():
    """The provider, with people of our domain and of another."""
    people = [
        oidc_provider_mock.User(sub="sofie", claims={"email": KNOWN, "email_verified": True}),
        oidc_provider_mock.User(sub="upper", claims={"email": "Sofie@Example.ORG"}),
        oidc_provider_mock.User(sub="new", claims={"email": "new@example.org"}),
        oidc_provider_mock.User(sub="elsewhere", claims={"email": "sofie@elsewhere.example"}),
        oidc_provider_mock.User(sub="trick", claims={"email": "x@example.org.elsewhere.example"}),
        oidc_provider_mock.User(sub="unverified", claims={"email": KNOWN, "email_verified": False}),
        oidc_provider_mock.User(sub="nameless", claims={}),
    ]
    with oidc_provider_mock.run_server_in_thread(user_claims=people) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def make(sqlite_url, library, provider):
    """An application that knows the provider."""

    def application(**changes):
        settings = {
            "database_url": sqlite_url,
            "oidc_issuer": provider,
            "oidc_client_id": "dpa",
            "oidc_client_secret": "a secret of the test",
            "oidc_domain": "example.org",
        }
        return create_app(Config(**(settings | changes)), library)

    return application


def come_back(browser, sub):
    """Go to the provider as this person; gives the address that it sends the browser to."""
    start = browser.get("/login/oidc")
    assert start.status_code == 302
    asked = parse_qs(urlsplit(start.location).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["state"]
    assert asked["nonce"]
    answer = requests.post(start.location, data={"sub": sub}, allow_redirects=False, timeout=10)
    back = urlsplit(answer.headers["Location"])
    assert back.path == "/login/oidc/callback"
    return f"{back.path}?{back.query}"


def inside(browser):
    return browser.get("/account").status_code == 200


@pytest.mark.parametrize("sub", ["sofie", "upper"])
def test_a_known_user_signs_in(make, sub):
    app = make()
    make_user(app, "sales", email=KNOWN)
    browser = guest(app)
    assert "/login/oidc" in browser.get("/login").text
    answer = browser.get(come_back(browser, sub))
    assert (answer.status_code, answer.location) == (302, "/")
    assert inside(browser)
    assert KNOWN in browser.get("/account").text
    assert browser.get("/change").status_code == 403  # there is no password to change
    browser.post("/logout")
    assert not inside(browser)


@pytest.mark.parametrize("sub", ["new", "elsewhere", "trick", "unverified", "nameless"])
def test_others_are_refused(make, sub):
    app = make()
    make_user(app, "sales", email=KNOWN)
    browser = guest(app)
    answer = browser.get(come_back(browser, sub))
    assert answer.location == "/login"
    assert not inside(browser)
    with app.app_context():
        assert len(accounts.users(session())) == 1


def test_a_disabled_user_is_refused(make):
    from dpa_service.serving.runtime import now

    app = make()
    user = make_user(app, "sales", email=KNOWN)
    with app.app_context():
        accounts.set_active(session(), user.id, False, actor="test", now=now())
    browser = guest(app)
    assert browser.get(come_back(browser, "sofie")).location == "/login"
    assert not inside(browser)


def test_new_people_get_the_role_of_the_settings(make):
    app = make(oidc_create_role="sales")
    make_user(app, "admin")
    browser = guest(app)
    assert browser.get(come_back(browser, "new")).location == "/"
    assert inside(browser)
    with app.app_context():
        assert accounts.by_email(session(), "new@example.org").role_names == {"sales"}
    stranger = guest(app)
    assert stranger.get(come_back(stranger, "elsewhere")).location == "/login"


def test_an_answer_that_was_not_asked_for_is_refused(make):
    """Another browser's state, a second use of the code, and no state at all."""
    app = make()
    make_user(app, "sales", email=KNOWN)
    victim, attacker = guest(app), guest(app)
    address = come_back(attacker, "sofie")
    assert victim.get(address).location == "/login"
    assert not inside(victim)
    assert attacker.get(address).location == "/"
    again = guest(app)
    assert again.get(address).location == "/login"
    assert guest(app).get("/login/oidc/callback?code=x&state=y").location == "/login"
    assert guest(app).get("/login/oidc/callback?error=access_denied").location == "/login"


def test_without_the_settings_there_is_no_such_address(app):
    make_user(app, "sales")
    assert guest(app).get("/login/oidc").status_code == 404
    assert guest(app).get("/login/oidc/callback").status_code == 404
    assert "/login/oidc" not in guest(app).get("/login").text


def test_a_provider_that_does_not_answer(make):
    app = make(oidc_issuer="http://localhost:9")
    make_user(app, "sales", email=KNOWN)
    answer = guest(app).get("/login/oidc")
    assert answer.status_code == 503
