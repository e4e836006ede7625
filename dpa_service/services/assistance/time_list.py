"""Entries of time as a list: of a person, a client or a request, by state and period, newest first."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.assistance import TimeEntry
from dpa_service.adapters.db.engine import reading
from dpa_service.services.assistance.time_entries import APPROVED, LOGGED, REJECTED, undecided
from dpa_service.services.paging import Page, page_of

WAITING = "waiting"  # asked as a state: logged, and no correction took its place
STATES = (LOGGED, APPROVED, REJECTED, WAITING)


def listing(
    session: Session, *, person: str | None = None, client_id: str | None = None, request_id: str | None = None, state: str | None = None,
    first: date | None = None, last: date | None = None, cursor: str | None = None, limit: int = 50,
) -> Page[TimeEntry]:  # fmt: skip
    """Entries, those written down last first; `state` is one of STATES, `first` and `last` are days of work, both included. Error: ``RequestInvalid`` for a wrong cursor."""
    query = sa.select(TimeEntry)
    for column, value in (
        (TimeEntry.person, person),
        (TimeEntry.client_id, client_id),
        (TimeEntry.request_id, request_id),
        (TimeEntry.state, None if state == WAITING else state),
    ):
        if value is not None:
            query = query.where(column == value)
    if state == WAITING:
        query = query.where(undecided())
    if first is not None:
        query = query.where(TimeEntry.work_date >= first)
    if last is not None:
        query = query.where(TimeEntry.work_date <= last)
    with reading(session):
        return page_of(session, query, TimeEntry, cursor, limit)  # type: ignore[arg-type]
