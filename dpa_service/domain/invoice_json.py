"""An invoice as plain JSON and back, as it is frozen at issue. Files inside it are kept apart: here stand their names and hashes. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any

from dpa_service.domain.errors import DomainError
from dpa_service.domain.invoicing import (
    Attachment,
    Buyer,
    Endpoint,
    Invoice,
    Line,
    PostalAddress,
    Preceding,
    Seller,
    VatGroup,
)

_LISTS: Mapping[str, type] = {"lines": Line, "vat": VatGroup, "attachments": Attachment}
_PARTS: Mapping[str, type] = {
    "seller": Seller,
    "buyer": Buyer,
    "address": PostalAddress,
    "endpoint": Endpoint,
    "preceding": Preceding,
}
_DAYS = frozenset(("issue_date", "due_date", "start", "end"))
_AMOUNTS = frozenset(("hours", "rate", "net", "tax", "total", "payable", "taxable"))


def to_plain(value: Any) -> Any:
    """The JSON form of an invoice or a part of it: amounts and dates as text, a file as its name and SHA-256."""
    match value:
        case Decimal():
            return format(value, "f")
        case date():
            return value.isoformat()
        case tuple():
            return [to_plain(item) for item in value]
        case Attachment():
            names = ("id", "filename", "media_type", "description")
            return {name: getattr(value, name) for name in names} | {"sha256": hashlib.sha256(value.content).hexdigest()}
        case str() | int() | None:
            return value
    return {each.name: to_plain(getattr(value, each.name)) for each in fields(value)}


def from_plain(plain: Mapping[str, Any], files: Mapping[str, bytes]) -> Invoice:
    """The invoice that `to_plain` wrote. `files`: SHA-256 → content. Raises DomainError for a file that is missing or another."""
    made = _made(Invoice, plain, files)
    assert isinstance(made, Invoice)
    return made


def _made(kind: type, plain: Mapping[str, Any], files: Mapping[str, bytes]) -> Any:
    if kind is Attachment:
        content = files.get(plain["sha256"], b"")
        if hashlib.sha256(content).hexdigest() != plain["sha256"]:
            raise DomainError(
                "ATTACHMENT", f"The file '{plain['filename']}' of this invoice is missing or is not the one that was issued."
            )
        return Attachment(plain["id"], plain["filename"], plain["media_type"], content, plain["description"])
    return kind(**{name: _value(name, value, files) for name, value in plain.items()})


def _value(name: str, value: Any, files: Mapping[str, bytes]) -> Any:
    if value is None:
        return None
    if name in _LISTS:
        return tuple(_made(_LISTS[name], item, files) for item in value)
    if name in _PARTS:
        return _made(_PARTS[name], value, files)
    if name in _DAYS:
        return date.fromisoformat(value)
    return Decimal(value) if name in _AMOUNTS else value
