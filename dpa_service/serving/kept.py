"""What was typed when a session had ended: carried through the sign-in as a signed field, and offered for sending again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, g, request
from itsdangerous import BadData, URLSafeTimedSerializer

from dpa_service.serving import sessions

FIELD = "kept"
_LONGEST = 300_000
_HOURS = 12
_NEVER = ("csrf_token", "password", "code", "token", FIELD)


@dataclass(frozen=True, slots=True)
class Kept:
    """A form as it was sent: where to, and its fields in order. `user` is whose session had ended."""

    path: str
    fields: tuple[tuple[str, str], ...]
    user: str | None


def keep() -> None:
    """Remember the form of this request for the sign-in page. Files and passwords are not kept, nor is what is very long."""
    if request.method != "POST" or not request.form or request.blueprint in ("security", None):
        return
    fields = [(name, value) for name, value in request.form.items(multi=True) if not any(word in name for word in _NEVER)]
    if sum(len(name) + len(value) for name, value in fields) > _LONGEST:
        return
    path = request.full_path.rstrip("?")
    g.kept = str(_serializer().dumps({"path": path, "fields": fields, "user": sessions.previous_user() or None}))


def field() -> str:
    """The signed field for a page on the way through the sign-in, or ""."""
    return str(g.get("kept") or request.form.get(FIELD, ""))


def read(user_id: str) -> Kept | None:
    """The form that this sign-in brought along, if it is genuine and was typed by this user."""
    signed = request.form.get(FIELD, "")
    if not signed:
        return None
    try:
        data: dict[str, Any] = _serializer().loads(signed, max_age=_HOURS * 3600)
    except BadData:
        return None
    if data["user"] not in (None, user_id):
        return None
    return Kept(data["path"], tuple((name, value) for name, value in data["fields"]), data["user"])


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="kept-form")
