"""Who stands in for whom: an absence with a deputy, from the first to the last day. The deputy decides with the absent's roles."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.accounts import User
from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.negotiation import Absence
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.playbook import OWN_AUTHORITY, role_of
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.domain.roles import ADMIN
from dpa_service.services.errors import NotFound
from dpa_service.services.house import house_playbook
from dpa_service.services.negotiation.deviations import roles_of
from dpa_service.services.use_case import use_case

LONGEST_DAYS = 366


def add(
    session: Session,
    library: Library,
    *,
    absent: str,
    deputy: str,
    first_day: date,
    last_day: date,
    actor: str,
    now: datetime,
    today: date,
) -> Absence:
    """Record an absence. One's own; an administrator records anyone's.

    In: the effective library, for the present playbook. Error: ``RequestInvalid`` naming every wrong field; ``NotFound`` where `actor` may
    not speak for `absent`.
    """
    with use_case(session, actor=actor, now=now) as work:
        if absent != actor and ADMIN not in roles_of(session, actor):
            raise NotFound("user")
        playbook = house_playbook.present(session, library)
        errors = [*_days(first_day, last_day, today), *_people(session, playbook, absent, deputy)]
        if not errors:
            errors = _overlaps(session, absent, deputy, first_day, last_day)
        if errors:
            raise RequestInvalid(errors)
        made = Absence(id=uuid.uuid4().hex, absent=absent, deputy=deputy, first_day=first_day, last_day=last_day, created_at=now)
        session.add(made)
        work.note(
            "absence.add", "absence", made.id, absent=_user_id(session, absent), deputy=_user_id(session, deputy),
            first_day=first_day.isoformat(), last_day=last_day.isoformat(),
        )  # fmt: skip
        return made


def end(session: Session, absence_id: str, *, actor: str, now: datetime, today: date) -> bool:
    """End an absence: yesterday is its last day; one that has not begun by then is taken out. True when that changed anything.

    Error: ``NotFound`` for one that is not there, or of somebody else unless `actor` is an administrator.
    """
    with use_case(session, actor=actor, now=now) as work:
        row = session.get(Absence, absence_id, with_for_update=True, populate_existing=True)
        if row is None or (row.absent != actor and ADMIN not in roles_of(session, actor)):
            raise NotFound("absence")
        yesterday = today - timedelta(days=1)
        if row.last_day <= yesterday:
            return False
        if row.first_day > yesterday:
            session.delete(row)
        else:
            row.last_day = yesterday
        work.note("absence.end", "absence", absence_id, last_day=yesterday.isoformat())
        return True


def current(session: Session, *, today: date, of: str | None = None) -> Sequence[Absence]:
    """The absences that last or are still to come, the first to begin first; `of` one person, as absent or as deputy."""
    query = sa.select(Absence).where(Absence.last_day >= today)
    if of is not None:
        query = query.where(sa.or_(Absence.absent == of, Absence.deputy == of))
    with reading(session):
        return session.scalars(query.order_by(Absence.first_day, Absence.absent)).all()


def deputies(session: Session, library: Library, absent: str) -> list[str]:
    """Who may stand in for somebody, by name."""
    with reading(session):
        playbook = house_playbook.present(session, library)
        return [email for email in people(session) if email != absent and _may_stand_in(session, playbook, absent, email)]


def people(session: Session) -> list[str]:
    """Everybody who may sign in, inside a transaction."""
    return list(session.scalars(sa.select(User.email).where(User.active.is_(True)).order_by(User.email)))


def everybody(session: Session) -> list[str]:
    """The same in a transaction of its own."""
    with reading(session):
        return people(session)


def _days(first: date, last: date, today: date) -> list[FieldError]:
    if last < first:
        return [FieldError("last_day", "ORDER", "The last day comes before the first.")]
    if last < today:
        return [FieldError("last_day", "PAST", "These days are over; nothing is decided in them any more.")]
    if (last - first).days >= LONGEST_DAYS:
        return [FieldError("last_day", "TOO_LONG", f"At most {LONGEST_DAYS} days; take a role away for longer.")]
    return []


def _people(session: Session, playbook: Library, absent: str, deputy: str) -> list[FieldError]:
    if not roles_of(session, absent):
        return [FieldError("absent", "CHOICE", "There is nobody with this address.")]
    if deputy == absent:
        return [FieldError("deputy", "ONESELF", "Nobody stands in for themselves.")]
    if not roles_of(session, deputy):
        return [FieldError("deputy", "CHOICE", "There is nobody with this address who can sign in.")]
    if not _may_stand_in(session, playbook, absent, deputy):
        return [
            FieldError(
                "deputy", "NO_APPROVER", "A deputy holds a role that approves too; what sales settles alone is not enough."
            )
        ]
    return []


def _may_stand_in(session: Session, playbook: Library, absent: str, deputy: str) -> bool:
    """A deputy approves in a role of their own, so that sales does not decide for legal; sales stands in for sales."""
    approving = {role_of(playbook, seat) for seat in playbook.approvers if seat not in OWN_AUTHORITY}
    settling = {role_of(playbook, seat) for seat in playbook.approvers if seat in OWN_AUTHORITY}
    mine, theirs = roles_of(session, deputy), roles_of(session, absent)
    return bool(mine & approving) or (bool(mine & settling) and not theirs & approving)


def _overlaps(session: Session, absent: str, deputy: str, first: date, last: date) -> list[FieldError]:
    """Nobody has two deputies on one day, and nobody stands in who is absent then."""
    query = sa.select(Absence.absent).where(
        Absence.absent.in_((absent, deputy)), Absence.first_day <= last, Absence.last_day >= first
    )
    found = set(session.scalars(query))
    if absent in found:
        return [FieldError("first_day", "OVERLAP", "There is an absence in these days already; end that one first.")]
    if deputy in found:
        return [FieldError("deputy", "ABSENT", "The deputy is absent in these days; choose somebody else.")]
    return []


def _user_id(session: Session, email: str) -> int | str | None:
    return session.scalar(sa.select(User.id).where(User.email == email))
