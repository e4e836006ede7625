"""The fields of an answer, for its description: an amount, a minute, a moment or a day is written the same way everywhere."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields


def text(about: str = "", *, none: bool = False, example: str | None = None) -> fields.String:
    """A text of an answer."""
    return fields.String(required=True, allow_none=none, metadata=_about(about, example))


def number(about: str = "", *, example: int | None = None) -> fields.Integer:
    """A whole number of an answer."""
    return fields.Integer(required=True, metadata=_about(about, example))


def flag(about: str = "") -> fields.Boolean:
    """A yes or no of an answer."""
    return fields.Boolean(required=True, metadata=_about(about, None))


def moment(about: str = "", *, none: bool = False) -> fields.AwareDateTime:
    """A moment of an answer."""
    return fields.AwareDateTime(required=True, allow_none=none, metadata=_about(about, "2026-11-23T09:00:00+00:00"))


def day(about: str = "", *, none: bool = False) -> fields.Date:
    """A day of an answer."""
    return fields.Date(required=True, allow_none=none, metadata=_about(about, "2026-11-23"))


def eur(about: str = "", *, none: bool = False, example: str = "142.50") -> fields.String:
    """An amount of an answer."""
    return fields.String(required=True, allow_none=none, metadata=_about(f"{about}; EUR".removeprefix("; "), example))


def many(inner: Any, about: str = "") -> fields.List[Any]:
    """A list of an answer."""
    return fields.List(fields.Nested(inner) if isinstance(inner, type) else inner, required=True, metadata=_about(about, None))


def one(inner: type[Schema], about: str = "", *, none: bool = False) -> fields.Nested:
    """An object of an answer."""
    return fields.Nested(inner, required=True, allow_none=none, metadata=_about(about, None))


def table(about: str = "", *, none: bool = False) -> fields.Dict:
    """An object with names of its own."""
    return fields.Dict(required=True, allow_none=none, metadata=_about(about, None))


def _about(about: str, example: Any) -> dict[str, Any]:
    return {**({"description": about} if about else {}), **({"examples": [example]} if example is not None else {})}
