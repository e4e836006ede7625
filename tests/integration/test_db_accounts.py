"""Accounts on both databases: what must hold when several do it at once, and sign-in beside other writers."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from dpa_service import create_app
from dpa_service.adapters.db import audit
from dpa_service.adapters.db.accounts import LoginSession, User
from dpa_service.adapters.db.engine import reading
from dpa_service.config import Config
from dpa_service.domain.errors import RequestInvalid
from dpa_service.domain.roles import ROLES
from dpa_service.services.errors import Conflict
from dpa_service.services.people import accounts, tokens
from dpa_service.services.people.passwords import checked_hash
from tests.conftest import NOW
from tests.support.accounts import PASSWORD, guest


def at_once(sessions, count, work):
    """What each of `count` callers got: a result, or the class of the error."""
    start = threading.Barrier(count)

    def run(number):
        with sessions() as session:
            start.wait()
            try:
                return work(session, number)
            except Conflict as refused:
                return refused.code

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_there_is_one_first_administrator(sessions):
    made = at_once(
        sessions, 6, lambda session, number: accounts.first_admin(session, f"a{number}@example.org", "x", now=NOW).email
    )
    assert sorted(result == "SETUP_DONE" for result in made) == [False, True, True, True, True, True]
    with sessions() as session:
        assert len(accounts.users(session)) == 1


def test_two_administrators_cannot_remove_each_other(sessions):
    with sessions() as session:
        ids = [accounts.create(session, f"a{number}@example.org", ["admin"], actor="t", now=NOW).id for number in range(2)]
    made = at_once(
        sessions, 2, lambda session, number: accounts.set_roles(session, ids[number], ["sales"], actor="t", now=NOW).email
    )
    assert "LAST_ADMIN" in made
    with sessions() as session:
        assert sum("admin" in user.role_names for user in accounts.users(session)) == 1


def test_one_address_is_one_user(sessions):
    made = at_once(
        sessions, 4, lambda session, _: accounts.create(session, "Same@example.org", ["sales"], actor="t", now=NOW).email
    )
    assert sorted(made) == ["USER_EXISTS"] * 3 + ["same@example.org"]


@pytest.mark.parametrize(
    "email", ["", "x", "a@", "@b", "a b@c.example", "a@b@c.example", "é\n@x.example", "x" * 90 + "@example.org", "<a@b.example>"]
)
def test_what_is_no_address_is_refused(session, email):
    with pytest.raises(RequestInvalid):
        accounts.create(session, email, ["sales"], actor="t", now=NOW)


def test_users_roles_and_tokens_are_read_back(session):
    user = accounts.create(session, "a@example.org", ["legal", "sales"], password_hash="x", actor="t", now=NOW)
    again = accounts.get(session, user.id)
    assert (again.role_names, again.active, again.created_at) == ({"legal", "sales"}, True, NOW)
    _, text = tokens.create(session, user.id, "x", ["issue", "read"], days=1, actor="t", now=NOW)
    caller = tokens.caller(session, text, now=NOW)
    assert caller is not None
    assert (caller.user.email, caller.scopes, caller.user.role_names) == ("a@example.org", {"read", "issue"}, {"legal", "sales"})
    with reading(session):
        assert audit.verify(session) == []


def test_an_error_leaves_nothing(session, monkeypatch):
    """The user, the roles and the audit line are one."""

    def broken(*_, **__):
        raise RuntimeError

    monkeypatch.setattr("dpa_service.services.use_case.audit.append", broken)
    with pytest.raises(RuntimeError):
        accounts.create(session, "a@example.org", ["sales"], actor="t", now=NOW)
    assert accounts.users(session) == []


def test_eight_sign_in_while_others_write(database_url, library):
    """On SQLite too: flask-security's session begins as a writer, so that nobody meets a locked database."""
    app = create_app(Config(database_url=database_url), library)
    with app.app_context():
        hashed = checked_hash(PASSWORD)
        work = app.extensions["sqlalchemy"].get_session("work")
        for number in range(8):
            accounts.create(work, f"u{number}@example.org", [ROLES[number % 5]], password_hash=hashed, actor="t", now=NOW)
    start = threading.Barrier(8)

    def run(number):
        browser = guest(app)
        start.wait()
        first = browser.post("/login", data={"email": f"u{number}@example.org", "password": PASSWORD}).status_code
        token = browser.post("/account/tokens", data={"name": "x", "scopes": ["read"], "days": "30"}).status_code
        return first, token, browser.post("/logout").status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(run, range(8))) == {(302, 200, 302)}
    with app.app_context():
        work = app.extensions["sqlalchemy"].get_session("work")
        with reading(work):
            assert work.scalar(sa.select(sa.func.count()).select_from(LoginSession)) == 0
            assert work.scalar(sa.select(sa.func.count()).select_from(User)) == 8
            assert audit.verify(work) == []
        app.extensions["sqlalchemy"].engine.dispose()
