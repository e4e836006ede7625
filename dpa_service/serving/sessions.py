"""How long a sign-in holds: a new session id at every sign-in, an idle and an absolute limit, and an end that the server remembers.

The cookie is signed and holds the session's id, its begin and the last use; the server keeps the id's fingerprint for as long as the
sign-in holds. Signing out removes that row, a new password or a disabled user replaces what the cookie names the user by.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask, g, session
from flask_login import user_logged_in, user_logged_out
from flask_security import password_changed, tf_disabled, tf_profile_changed
from flask_security.utils import set_request_attr

from dpa_service.adapters.db.accounts import LoginSession, User
from dpa_service.serving.runtime import now, runtime

USER, SESSION_ID, BEGAN, SEEN, WHO = "_user_id", "sid", "began", "seen", "who"
_KEPT_AT_END = ("language",)
_SEEN_EVERY = 30  # seconds: the cookie is not sent anew with every answer


def register(app: Flask) -> None:
    """Follow flask-login's signals of this application."""
    user_logged_in.connect(_begin, app)
    user_logged_out.connect(_end, app)
    password_changed.connect(_end_others, app)
    tf_profile_changed.connect(_second_factor_on, app)
    tf_disabled.connect(_second_factor_off, app)


def current() -> User | None:
    """The user of this request's session, or None; a session beyond its limits is emptied. Renews the time of last use."""
    name, secret = session.get(USER), session.get(SESSION_ID)
    if not isinstance(name, str) or not isinstance(secret, str):
        return None
    if _over():
        _forget()
        return None
    config = runtime().config
    held = (
        sa.select(User)
        .join(LoginSession, LoginSession.user_id == User.id)
        .where(User.fs_uniquifier == name, User.active, LoginSession.id_hash == _sha256(secret))
        .where(LoginSession.began_at > now() - timedelta(hours=config.session_hours))
    )
    user = runtime().db.session.scalars(held).one_or_none()
    if user is None:
        _forget()
        return None
    if _moment() - session[SEEN] >= _SEEN_EVERY:
        session[SEEN] = _moment()
    set_request_attr("fs_authn_via", "session")  # what flask-security's own views ask about a user
    set_request_attr("fs_paa", session.get("fs_paa", 0))
    return user


def previous_user() -> str | None:
    """The id of the user whose session ended with this request, so that what was typed goes back to nobody else."""
    ended = g.get("ended_user")
    return ended if isinstance(ended, str) else None


def _over() -> bool:
    config = runtime().config
    began, seen = session.get(BEGAN), session.get(SEEN)
    if not isinstance(began, int) or not isinstance(seen, int):
        return True
    moment = _moment()
    return moment - seen > config.idle_minutes * 60 or moment - began > config.session_hours * 3600


def _forget() -> None:
    g.ended_user = session.get(WHO, "")
    kept = {key: session[key] for key in _KEPT_AT_END if key in session}
    session.clear()
    session.update(kept)


def _begin(_app: Flask, user: User, **_: Any) -> None:
    """A new session: an id that never existed before, whatever the browser brought."""
    database, moment = runtime().db.session, now()
    _drop(session.get(SESSION_ID))
    old = sa.delete(LoginSession).where(
        LoginSession.user_id == user.id, LoginSession.began_at <= moment - timedelta(hours=runtime().config.session_hours)
    )
    database.execute(old.execution_options(synchronize_session=False))
    secret = secrets.token_urlsafe(32)
    session[SESSION_ID], session[BEGAN], session[SEEN], session[WHO] = secret, _moment(), _moment(), user.id
    session.pop("csrf_token", None)
    g.pop("csrf_token", None)
    database.add(LoginSession(id_hash=_sha256(secret), user_id=user.id, began_at=moment))
    user.last_login_at = moment
    note("session.begin", user)


def _end(_app: Flask, user: User, **_: Any) -> None:
    _drop(session.get(SESSION_ID))
    _forget()
    note("session.end", user)


def _end_others(_app: Flask, user: User, **_: Any) -> None:
    """After a change of password this session goes on with its new id; all others end."""
    mine = _sha256(session.get(SESSION_ID, ""))
    others = sa.delete(LoginSession).where(LoginSession.user_id == user.id, LoginSession.id_hash != mine)
    runtime().db.session.execute(others.execution_options(synchronize_session=False))
    note("user.password", user)


def _second_factor_on(_app: Flask, user: User, **_: Any) -> None:
    note("user.second_factor_on", user)


def _second_factor_off(_app: Flask, user: User, **_: Any) -> None:
    note("user.second_factor_off", user)


def note(action: str, user: User) -> None:
    """An audit line, written when the answer is ready, in the transaction of what it tells."""
    g.setdefault("account_lines", []).append((action, user.id, user.email))


def _drop(secret: Any) -> None:
    if isinstance(secret, str):
        gone = sa.delete(LoginSession).where(LoginSession.id_hash == _sha256(secret))
        runtime().db.session.execute(gone.execution_options(synchronize_session=False))


def _moment() -> int:
    return int(now().timestamp())


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
