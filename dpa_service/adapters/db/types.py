"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC to the microsecond. SQLite forgets time zones, so they are refused at the door and put back on reading."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """In: an aware moment. Error: ValueError for one without a time zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        """Out: an aware moment in UTC."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Euro(TypeDecorator[Decimal]):
    """An amount in EUR with two decimals, kept as whole cents: exact on both databases, and the database can add it up."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, _dialect: sa.Dialect) -> int | None:
        """In: an amount. Error: ValueError for part of a cent; TypeError for a float."""
        if value is None:
            return None
        if isinstance(value, float):
            raise TypeError("an amount is a Decimal, never a float")
        cents = Decimal(value) * 100
        if cents != cents.to_integral_value():
            raise ValueError("an amount has at most two decimals")
        return int(cents)

    def process_result_value(self, value: int | None, _dialect: sa.Dialect) -> Decimal | None:
        """Out: the amount with two decimals. A sum of amounts comes back the same way."""
        return None if value is None else Decimal(int(value)).scaleb(-2)


class JsonText(TypeDecorator[Any]):
    """Plain JSON kept as canonical text, so that equal content is equal bytes. Assign a new object to change it."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: sa.Dialect) -> str | None:
        """In: plain JSON values; floats are refused because money must never pass through one."""
        return None if value is None else canonical(value)

    def process_result_value(self, value: str | None, _dialect: sa.Dialect) -> Any:
        """Out: the plain JSON values."""
        return None if value is None else json.loads(value)


def canonical(value: Any) -> str:
    """The one way the product writes JSON that is stored or hashed: sorted keys, no spaces, no escapes. Error: TypeError on floats."""
    _refuse_floats(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("a float has no place in stored data: give amounts as text and counts as whole numbers")
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    for child in children:
        _refuse_floats(child)
