"""Rate limits on what can be guessed: passwords, codes, links, tokens. Only failures count, so that work is never slowed down."""

from __future__ import annotations

import hashlib

from flask import Flask, Response, current_app, g, request, session
from flask_limiter import Limiter
from limits import RateLimitItem, parse
from werkzeug.exceptions import TooManyRequests

PER_ADDRESS = parse("20 per minute")
PER_ACCOUNT = parse("10 per 15 minutes")
TOKENS = parse("30 per minute")
_GUESSED = (
    "security.login",
    "security.two_factor_token_validation",
    "security.mf_recovery",
    "security.verify",
    "security.change_password",
)
_LINKS = ("account.welcome",)


def register(app: Flask) -> None:
    """Refuse before a guess, count after a wrong one."""
    app.before_request(refuse)
    app.after_request(count)


def refuse() -> None:
    """Error: 429 for one who guessed wrong too often. A user who guessed wrong from elsewhere does not lock this user out for long."""
    if request.method == "POST" and request.endpoint in _GUESSED + _LINKS:
        for limit, key in _keys():
            if not _limiter().limiter.test(limit, *key):
                raise TooManyRequests(retry_after=60)


def count(answer: Response) -> Response:
    """A form that comes back instead of leading on was a wrong guess."""
    guessed = request.method == "POST" and request.endpoint in _GUESSED + _LINKS
    if guessed and answer.status_code in (200, 404, 422) and not g.get("right"):
        for limit, key in _keys():
            _limiter().limiter.hit(limit, *key)
    return answer


def token_allowed() -> None:
    """Error: 429 after too many wrong tokens from one address."""
    if not _limiter().limiter.test(TOKENS, "token", request.remote_addr or ""):
        raise TooManyRequests(retry_after=60)


def token_failed() -> None:
    """Count a wrong token."""
    _limiter().limiter.hit(TOKENS, "token", request.remote_addr or "")


def _keys() -> list[tuple[RateLimitItem, tuple[str, ...]]]:
    address = request.remote_addr or ""
    keys: list[tuple[RateLimitItem, tuple[str, ...]]] = [(PER_ADDRESS, ("address", address))]
    account = request.form.get("email", "").strip().lower() or session.get("tf_user_id") or session.get("who")
    if account:
        keys.append((PER_ACCOUNT, ("account", hashlib.sha256(str(account).encode()).hexdigest())))
    return keys


def _limiter() -> Limiter:
    found: Limiter = current_app.extensions["dpa_limiter"]
    return found
