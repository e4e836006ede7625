"""An issued document as plain JSON and back, exactly: amounts as text, days as ISO; attached files by name only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from dpa_service.domain.assistance.invoicing import Buyer, Endpoint, Invoice, Line, PostalAddress, Preceding, Seller, VatGroup

Json = dict[str, Any]


def to_dict(document: Invoice) -> Json:
    """The plain JSON form."""
    plain = _plain(document)
    plain["attachments"] = [
        {"id": each.id, "filename": each.filename, "media_type": each.media_type} for each in document.attachments
    ]
    return dict(plain)


def from_dict(data: Mapping[str, Any]) -> Invoice:
    """The document, without its attached files."""
    buyer, preceding = data["buyer"], data["preceding"]
    return Invoice(
        type_code=data["type_code"],
        number=data["number"],
        issue_date=date.fromisoformat(data["issue_date"]),
        due_date=date.fromisoformat(data["due_date"]) if data["due_date"] else None,
        start=date.fromisoformat(data["start"]),
        end=date.fromisoformat(data["end"]),
        seller=Seller(**{**data["seller"], "address": PostalAddress(**data["seller"]["address"])}),
        buyer=Buyer(
            **{
                **buyer,
                "address": PostalAddress(**buyer["address"]),
                "endpoint": Endpoint(**buyer["endpoint"]) if buyer["endpoint"] else None,
            }
        ),
        lines=tuple(line_from_dict(line) for line in data["lines"]),
        vat=tuple(VatGroup(**_decimals(group, "rate", "taxable", "tax")) for group in data["vat"]),
        net=Decimal(data["net"]),
        tax=Decimal(data["tax"]),
        total=Decimal(data["total"]),
        payable=Decimal(data["payable"]),
        communication=data["communication"],
        payment_terms=data["payment_terms"],
        note=data["note"],
        agreement=data["agreement"],
        preceding=Preceding(preceding["number"], date.fromisoformat(preceding["issue_date"])) if preceding else None,
        currency=data["currency"],
    )


def line_from_dict(data: Mapping[str, Any]) -> Line:
    """One line."""
    days = {name: date.fromisoformat(data[name]) for name in ("start", "end")}
    return Line(**{**_decimals(data, "hours", "rate", "net"), **days})


def _decimals(data: Mapping[str, Any], *names: str) -> Json:
    return {name: Decimal(value) if name in names else value for name, value in data.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value) if each.name != "content"}
    return value
