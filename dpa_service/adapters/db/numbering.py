"""Numbers without gaps: taken from a locked row inside the transaction that uses them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import insert_if_absent
from dpa_service.adapters.db.models import Counter


def next_number(session: Session, series: str, year: int) -> int:
    """The next number of a series in a year, from 1. In: a session inside ``writing``.

    The row stays locked until the commit; a rollback gives the number back. ``max + 1`` would give two callers the same number.
    """
    take = (
        sa.update(Counter)
        .where(Counter.series == series, Counter.year == year)
        .values(value=Counter.value + 1)
        .returning(Counter.value)
        .execution_options(synchronize_session=False)
    )
    number = session.execute(take).scalar()
    if number is None:
        insert_if_absent(session, Counter, {"series": series, "year": year, "value": 0})
        number = session.execute(take).scalar_one()
    return number
