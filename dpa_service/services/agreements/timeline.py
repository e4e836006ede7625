"""The audit log as people read it: what happened to one object, and everything that happened, page by page."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.audit import AuditFault, verify
from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.models import AuditLog
from dpa_service.services.paging import Page

LIMIT = 100


def of_object(session: Session, object_id: str, *, limit: int = LIMIT) -> Sequence[AuditLog]:
    """What happened to an object, the last first."""
    query = sa.select(AuditLog).where(AuditLog.object_id == object_id).order_by(AuditLog.seq.desc()).limit(limit)
    with reading(session):
        return session.scalars(query).all()


def listing(
    session: Session,
    *,
    person: str | None = None,
    object_id: str | None = None,
    action: str | None = None,
    cursor: int | None = None,
    limit: int = 50,
) -> Page[AuditLog]:
    """The log, the last line first. In: an exact person, object and action; `cursor` is the number of the last line seen."""
    query = sa.select(AuditLog)
    for column, value in ((AuditLog.actor, person), (AuditLog.object_id, object_id), (AuditLog.action, action)):
        if value:
            query = query.where(column == value)
    if cursor is not None:
        query = query.where(AuditLog.seq < cursor)
    with reading(session):
        rows = session.scalars(query.order_by(AuditLog.seq.desc()).limit(limit + 1)).all()
    return Page(rows[:limit], str(rows[limit - 1].seq) if len(rows) > limit else None)


def actions(session: Session) -> Sequence[str]:
    """Every kind of action that the log knows, sorted."""
    with reading(session):
        return session.scalars(sa.select(AuditLog.action).distinct().order_by(AuditLog.action)).all()


def people(session: Session) -> Sequence[str]:
    """Everybody who did something, sorted."""
    with reading(session):
        return session.scalars(sa.select(AuditLog.actor).distinct().order_by(AuditLog.actor)).all()


def check(session: Session) -> tuple[int, list[AuditFault]]:
    """How many lines the log has, and every line that does not fit the chain."""
    with reading(session):
        faults = verify(session)
        count = session.scalar(sa.select(sa.func.count()).select_from(AuditLog)) or 0
        return count, faults
