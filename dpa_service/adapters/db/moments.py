"""Moments as whole microseconds in the database's own arithmetic, the same on SQLite and PostgreSQL: to sort by and to subtract."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

DAY = 86_400_000_000
_ZERO = datetime(1970, 1, 1, tzinfo=UTC)


class micros(FunctionElement[int]):
    """``micros(column)``: microseconds since 1970 of a column that holds a moment."""

    type = sa.BigInteger()
    inherit_cache = True


@compiles(micros, "sqlite")
def _sqlite(element: Any, compiler: Any, **options: Any) -> str:
    text = compiler.process(element.clauses, **options)
    # kept as text with six decimals (SQLAlchemy's own form); strftime drops them
    return f"(CAST(strftime('%s', {text}) AS INTEGER) * 1000000 + CAST(substr({text}, 21, 6) AS INTEGER))"


@compiles(micros, "postgresql")
def _postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"CAST(EXTRACT(EPOCH FROM {compiler.process(element.clauses, **options)}) * 1000000 AS BIGINT)"


def as_micros(moment: datetime) -> int:
    """The same of a moment in Python."""
    return (moment - _ZERO) // timedelta(microseconds=1)
