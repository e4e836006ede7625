"""Users and their roles: made, changed, disabled, and the one-time links with which they set a password."""

from __future__ import annotations

import hashlib
import re
import secrets
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.accounts import LONGEST_EMAIL, LoginSession, Role, User
from dpa_service.adapters.db.engine import reading
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.domain.roles import ADMIN, ROLES
from dpa_service.services.errors import Conflict, NotFound
from dpa_service.services.use_case import UseCase, use_case

LINK_DAYS = 3
SETUP = "setup"
DEMO_DOMAIN = "voorbeeld.example"
DEMO_EMAILS = {role: f"{role}@{DEMO_DOMAIN}" for role in ROLES}
_EMAIL = re.compile(r"[^\s@<>()\[\]\\,;:\"']{1,64}@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?", re.IGNORECASE)


def normal_email(email: str) -> str:
    """The one way an address is stored: lower case, without spaces around it. Error: ``RequestInvalid``."""
    known = email.strip().lower()
    if len(known) > LONGEST_EMAIL or not known.isprintable() or not _EMAIL.fullmatch(known):
        raise _wrong("email", "EMAIL", f"Give an e-mail address of at most {LONGEST_EMAIL} characters.")
    return known


def nobody_yet(session: Session) -> bool:
    """Whether there is no user at all: the first start."""
    with reading(session):
        return session.scalar(sa.select(User.id).limit(1)) is None


def first_admin(session: Session, email: str, password_hash: str, *, now: datetime) -> User:
    """The first administrator. Error: ``Conflict`` as soon as there is any user; ``RequestInvalid``."""
    with use_case(session, actor=SETUP, now=now) as work:
        _lock(session)
        if session.scalar(sa.select(User.id).limit(1)) is not None:
            raise Conflict("SETUP_DONE", "There is an administrator already; sign in.")
        return _add(work, email, [ADMIN], password_hash)


def create(
    session: Session, email: str, roles: Iterable[str], *, password_hash: str | None = None, actor: str, now: datetime
) -> User:
    """A new user, without a password unless one is given. Error: ``RequestInvalid``; ``Conflict`` for a known address."""
    with use_case(session, actor=actor, now=now) as work:
        _lock(session)
        return _add(work, email, roles, password_hash)


def users(session: Session) -> list[User]:
    """Everybody, by address."""
    with reading(session):
        return list(session.scalars(sa.select(User).order_by(User.email)))


def get(session: Session, user_id: str) -> User:
    """One user. Error: ``NotFound``."""
    with reading(session):
        return _found(session.get(User, user_id))


def by_email(session: Session, email: str) -> User | None:
    """The user with this address, or None."""
    with reading(session):
        return session.scalars(sa.select(User).where(User.email == email.strip().lower())).one_or_none()


def set_roles(session: Session, user_id: str, roles: Iterable[str], *, actor: str, now: datetime) -> User:
    """Other roles for a user, at once. Error: ``NotFound``, ``RequestInvalid``; ``Conflict`` when nobody would be administrator."""
    asked = _known(roles)
    with use_case(session, actor=actor, now=now) as work:
        _lock(session)
        user = _found(session.get(User, user_id))
        before = user.role_names
        if before == asked:
            return user
        user.roles = _rows(session, asked)
        session.flush()
        if ADMIN in before - asked:
            _keep_an_admin(session)
        work.note("user.roles", "user", user.id, before=sorted(before), after=sorted(asked))
    return user


def set_active(session: Session, user_id: str, active: bool, *, actor: str, now: datetime) -> User:
    """Disable or enable a user; disabling ends every session. Error: ``NotFound``; ``Conflict`` for the last administrator."""
    with use_case(session, actor=actor, now=now) as work:
        _lock(session)
        user = _found(session.get(User, user_id))
        if user.active == active:
            return user
        user.active = active
        _end_sessions(session, user)
        session.flush()
        if ADMIN in user.role_names and not active:
            _keep_an_admin(session)
        work.note("user.enable" if active else "user.disable", "user", user.id)
    return user


def new_link(session: Session, user_id: str, *, actor: str, now: datetime) -> str:
    """A one-time link's secret, with which the user sets a password within three days; an older link stops working.

    Error: ``NotFound``; ``Conflict`` for a disabled user.
    """
    secret = secrets.token_urlsafe(32)
    with use_case(session, actor=actor, now=now) as work:
        user = _found(session.get(User, user_id))
        if not user.active:
            raise Conflict("USER_DISABLED", "This user is disabled; enable the user first.")
        if user.email in DEMO_EMAILS.values():
            raise Conflict("DEMO_USER", "A demo user has no password.")
        user.link_hash, user.link_expires_at = _sha256(secret), now + timedelta(days=LINK_DAYS)
        work.note("user.link", "user", user.id)
    return secret


def of_link(session: Session, secret: str, *, now: datetime) -> User:
    """The user of a link that still works. Error: ``NotFound``."""
    with reading(session):
        return _linked(session, secret, now)


def use_link(session: Session, secret: str, password_hash: str, *, now: datetime) -> User:
    """Set the password with a link; the link is used up and every session of the user ends. Error: ``NotFound``."""
    with use_case(session, actor="link", now=now) as work:
        user = _linked(session, secret, now)
        work.actor = user.email
        user.password, user.link_hash, user.link_expires_at = password_hash, None, None
        _end_sessions(session, user)
        work.note("user.password", "user", user.id)
    return user


def set_password(session: Session, user_id: str, password_hash: str, *, actor: str, now: datetime) -> User:
    """Replace a password from the command line; every session of the user ends. Error: ``NotFound``."""
    with use_case(session, actor=actor, now=now) as work:
        user = _found(session.get(User, user_id))
        user.password, user.link_hash, user.link_expires_at = password_hash, None, None
        _end_sessions(session, user)
        work.note("user.password", "user", user.id)
    return user


def remove_second_factor(session: Session, user_id: str, *, actor: str, now: datetime) -> User:
    """For a user who lost the device: no second factor until a new one is set up. Ends every session. Error: ``NotFound``."""
    with use_case(session, actor=actor, now=now) as work:
        user = _found(session.get(User, user_id))
        user.tf_primary_method, user.tf_totp_secret, user.tf_last_counter, user.mf_recovery_codes = None, None, None, None
        _end_sessions(session, user)
        work.note("user.second_factor_removed", "user", user.id)
    return user


def set_language(session: Session, user_id: str, language: str, *, actor: str, now: datetime) -> None:
    """The language of a user's pages. Error: ``NotFound``."""
    with use_case(session, actor=actor, now=now) as work:
        user = _found(session.get(User, user_id))
        if user.language != language:
            user.language = language
            work.note("user.language", "user", user.id, language=language)


def seed_demo_users(session: Session, *, demo: bool, now: datetime) -> list[User]:
    """One user per role, without a password: only the demo's buttons sign them in. Doing it again changes nothing.

    Error: ``Conflict`` outside of the demo.
    """
    if not demo:
        raise Conflict("DEMO_ONLY", "Demo users exist in the demo only.")
    with use_case(session, actor="demo", now=now) as work:
        _lock(session)
        for role, email in DEMO_EMAILS.items():
            if session.scalar(sa.select(User.id).where(User.email == email)) is None:
                _add(work, email, [role], None)
        session.flush()
        return list(session.scalars(sa.select(User).where(User.email.in_(DEMO_EMAILS.values())).order_by(User.email)))


def demo_emails(session: Session) -> list[str]:
    """The addresses of the demo users that can be signed in with a click, in the order of the roles."""
    with reading(session):
        there = set(session.scalars(sa.select(User.email).where(User.active, User.email.in_(DEMO_EMAILS.values()))))
    return [email for email in DEMO_EMAILS.values() if email in there]


def _add(work: UseCase, email: str, roles: Iterable[str], password_hash: str | None) -> User:
    known = normal_email(email)
    asked = _known(roles)
    if work.session.scalar(sa.select(User.id).where(User.email == known)) is not None:
        raise Conflict("USER_EXISTS", "There is a user with this address already.")
    user = User(
        id=uuid.uuid4().hex,
        email=known,
        password=password_hash,
        active=True,
        fs_uniquifier=uuid.uuid4().hex,
        roles=_rows(work.session, asked),
        created_at=work.now,
    )
    work.session.add(user)
    work.session.flush()
    work.note("user.create", "user", user.id, roles=sorted(asked))
    return user


def _known(roles: Iterable[str]) -> frozenset[str]:
    asked = frozenset(roles)
    if not asked:
        raise _wrong("roles", "REQUIRED", "Choose at least one role.")
    if unknown := asked - set(ROLES):
        raise _wrong("roles", "CHOICE", f"There is no role {', '.join(sorted(unknown))}; the roles are {', '.join(ROLES)}.")
    return asked


def _rows(session: Session, roles: frozenset[str]) -> list[Role]:
    return list(session.scalars(sa.select(Role).where(Role.name.in_(roles)).order_by(Role.name)))


def _lock(session: Session) -> None:
    """One at a time through here: two administrators who remove each other must not both succeed."""
    session.execute(sa.select(Role).where(Role.name == ADMIN).with_for_update())


def _keep_an_admin(session: Session) -> None:
    if session.scalar(sa.select(User.id).where(User.active, User.roles.any(Role.name == ADMIN)).limit(1)) is None:
        raise Conflict("LAST_ADMIN", "This is the last administrator; make somebody else administrator first.")


def _end_sessions(session: Session, user: User) -> None:
    user.fs_uniquifier = uuid.uuid4().hex
    ended = sa.delete(LoginSession).where(LoginSession.user_id == user.id)
    session.execute(ended.execution_options(synchronize_session=False))


def _linked(session: Session, secret: str, now: datetime) -> User:
    user = session.scalars(sa.select(User).where(User.link_hash == _sha256(secret))).one_or_none()
    if user is None or not user.active or user.link_expires_at is None or user.link_expires_at <= now:
        raise NotFound("link")
    return user


def _found(user: User | None) -> User:
    if user is None:
        raise NotFound("user")
    return user


def _wrong(field: str, code: str, message: str) -> RequestInvalid:
    return RequestInvalid([FieldError(field, code, message)])


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
