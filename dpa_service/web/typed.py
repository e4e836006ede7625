"""What somebody asked of a page: the words of a search, ids and days of an address, the version and the key of a form."""

from __future__ import annotations

import secrets
from collections.abc import Container
from datetime import date

from flask import abort, request
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from dpa_service.serving.runtime import today

Answer = str | tuple[str, int] | Response
LONGEST_SEARCH = 100


def roles() -> frozenset[str]:
    """The roles of who looks."""
    return frozenset(role.name for role in current_user.roles) if current_user and current_user.is_authenticated else frozenset()


def searched(name: str = "q") -> str:
    """The words of a search field. Error: 400 for what nobody types."""
    text = request.args.get(name, "").strip()
    if len(text) > LONGEST_SEARCH or not text.isprintable():
        abort(400)
    return text


def chosen(name: str, options: Container[str]) -> str | None:
    """One of the options, or None where the address names none of them."""
    value = request.args.get(name, "")
    return value if value in options else None


def hex_arg(name: str) -> str | None:
    """An id of the address, or None. Error: 404 for what is no id."""
    text = request.args.get(name, "")
    if text and (len(text) != 32 or not set(text) <= set("0123456789abcdef")):
        abort(404)
    return text or None


def day_arg(name: str = "day") -> tuple[date, str | None]:
    """A day of the address, today where there is none; and what is wrong with it, in words."""
    text = request.args.get(name, "").strip()
    if not text:
        return today(), None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today(), str(_("This is not a day of the calendar; today is shown."))
    if not 2000 <= day.year <= 2100:
        return today(), str(_("Give a day between 2000 and 2100; today is shown."))
    return day, None


def version() -> int | None:
    """The version that the form was made with."""
    return request.form.get("version", type=int)


def key() -> str | None:
    """The form's own key, by which sending it twice does nothing twice."""
    text = request.form.get("key", "")
    return text if text.isascii() and text.isalnum() and len(text) <= 64 else None


def new_key() -> str:
    """A key for a form."""
    return secrets.token_hex(16)
