"""Callers for tests: a browser that is signed in as a user with given roles, and a program with an API token.

browser = signed_in(app, "legal")            # pages; POST forms carry the CSRF field by themselves
program = with_token(app, "sales", scopes=["read"])
"""

from __future__ import annotations

import itertools
import secrets
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer

from dpa_service.adapters.db.accounts import LoginSession, User
from dpa_service.services.people import accounts, tokens
from dpa_service.serving import sessions
from dpa_service.serving.runtime import now, session

PASSWORD = "een lange zin voor de proef"
_numbers = itertools.count(1)


class Browser(FlaskClient):
    """Sends the CSRF field with every form, and the host of the service; `user` is who is signed in."""

    user: User
    host: str | None = None

    def open(self, *args: Any, csrf: bool = True, **options: Any) -> Any:
        """As the parent's; `csrf=False` leaves the field out."""
        if self.host:
            options["headers"] = {"Host": self.host, **(options.get("headers") or {})}
        if csrf and str(options.get("method", "GET")).upper() == "POST" and options.get("json") is None:
            data = options.get("data")
            if data is None or isinstance(data, dict):
                options["data"] = {"csrf_token": self.csrf(), **(data or {})}
        return super().open(*args, **options)

    def csrf(self) -> str:
        """A CSRF token of this browser's session."""
        with self.session_transaction(base_url=f"https://{self.host}" if self.host else None) as cookie:
            raw = cookie.setdefault("csrf_token", secrets.token_hex(20))
        return str(URLSafeTimedSerializer(self.application.config["SECRET_KEY"], salt="wtf-csrf-token").dumps(raw))


class Program(FlaskClient):
    """Sends its token with every request to the API, and nothing with others."""

    user: User
    token: str = ""
    host: str | None = None

    def twin(self) -> Program:
        """Another caller with the same token, for another thread."""
        other = Program(self.application, self.response_wrapper, use_cookies=False)
        other.user, other.token, other.host = self.user, self.token, self.host
        return other

    def open(self, *args: Any, **options: Any) -> Any:
        """As the parent's, with the header Authorization."""
        headers = dict(options.pop("headers", None) or {})
        path = args[0] if args and isinstance(args[0], str) else str(options.get("path", ""))
        if self.token and path.startswith("/api/"):
            headers.setdefault("Authorization", f"Bearer {self.token}")
        if self.host:
            headers.setdefault("Host", self.host)
        return super().open(*args, headers=headers, **options)


def make_user(app: Flask, *roles: str, email: str | None = None, password_hash: str | None = None) -> User:
    """A new user with these roles."""
    email = email or f"{'-'.join(roles)}{next(_numbers)}@example.org"
    with app.app_context():
        return accounts.create(session(), email, roles, password_hash=password_hash, actor="test", now=now())


def guest(app: Flask, host: str | None = None) -> Browser:
    """A browser in which nobody is signed in."""
    browser = Browser(app, app.response_class, use_cookies=True)
    browser.host = host
    return browser


def signed_in(app: Flask, *roles: str, user: User | None = None, host: str | None = None) -> Browser:
    """A browser of a user, new unless given, as after signing in."""
    browser = guest(app, host)
    browser.user = user or make_user(app, *roles)
    secret = secrets.token_urlsafe(16)
    with app.app_context():
        moment = now()
        work = session()
        work.add(LoginSession(id_hash=sessions._sha256(secret), user_id=browser.user.id, began_at=moment))
        work.commit()
    with browser.session_transaction(base_url=f"https://{host}" if host else None) as cookie:
        cookie[sessions.USER] = browser.user.fs_uniquifier
        cookie["_fresh"] = True
        cookie["fs_paa"] = moment.timestamp()
        cookie[sessions.SESSION_ID] = secret
        cookie[sessions.BEGAN] = cookie[sessions.SEEN] = int(moment.timestamp())
        cookie[sessions.WHO] = browser.user.id
    return browser


def with_token(
    app: Flask,
    *roles: str,
    scopes: tuple[str, ...] = tokens.SCOPES,
    days: int = 30,
    user: User | None = None,
    host: str | None = None,
) -> Program:
    """A program that calls the API in the name of a user with these roles."""
    program = Program(app, app.response_class, use_cookies=False)
    program.host = host
    program.user = user or make_user(app, *roles)
    with app.app_context():
        _, program.token = tokens.create(session(), program.user.id, "test", scopes, days=days, actor="test", now=now())
    return program
