"""API tokens: made and shown once, kept as a fingerprint, limited by scope and time, revocable."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.accounts import ApiToken, User
from dpa_service.adapters.db.engine import reading, writing
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.services.errors import NotFound
from dpa_service.services.use_case import use_case

PREFIX = "dpa_"  # so that a token left in a file or a message is recognised for what it is
READ, WRITE, ISSUE = "read", "write", "issue"
SCOPES = (READ, WRITE, ISSUE)
LONGEST_DAYS = 366
LONGEST_NAME = 60
_SEEN_EVERY = timedelta(minutes=10)  # `last used` is no log: one write now and then is enough


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls with a token: the owner, and what owner and token together may do."""

    user: User
    scopes: frozenset[str]
    token_id: str


def create(
    session: Session, owner_id: str, name: str, scopes: Iterable[str], *, days: int, actor: str, now: datetime
) -> tuple[ApiToken, str]:
    """A new token and its text, which is not kept. Error: ``RequestInvalid`` naming each wrong field; ``NotFound``."""
    asked, label = frozenset(scopes), name.strip()
    wrong = []
    if not label or len(label) > LONGEST_NAME or not label.isprintable():
        wrong.append(FieldError("name", "LENGTH", f"Give a name of 1 to {LONGEST_NAME} characters."))
    if not asked or asked - set(SCOPES):
        wrong.append(FieldError("scopes", "CHOICE", f"Choose at least one of: {', '.join(SCOPES)}."))
    if not 1 <= days <= LONGEST_DAYS:
        wrong.append(FieldError("days", "RANGE", f"Give a number of days from 1 to {LONGEST_DAYS}."))
    if wrong:
        raise RequestInvalid(wrong)
    text = PREFIX + secrets.token_urlsafe(32)
    with use_case(session, actor=actor, now=now) as work:
        owner = session.get(User, owner_id)
        if owner is None or not owner.active:
            raise NotFound("user")
        token = ApiToken(
            id=uuid.uuid4().hex,
            owner_id=owner_id,
            name=label,
            token_hash=fingerprint(text),
            scopes=[scope for scope in SCOPES if scope in asked],
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        session.add(token)
        work.note("token.create", "token", token.id, owner=owner_id, scopes=token.scopes, days=days)
    return token, text


def listing(session: Session, *, owner_id: str | None = None) -> list[ApiToken]:
    """Tokens, newest first: those of one owner, or all."""
    query = sa.select(ApiToken).order_by(ApiToken.created_at.desc(), ApiToken.id)
    if owner_id is not None:
        query = query.where(ApiToken.owner_id == owner_id)
    with reading(session):
        return list(session.scalars(query))


def revoke(session: Session, token_id: str, *, owner_id: str | None = None, actor: str, now: datetime) -> ApiToken:
    """End a token; again is harmless. In: `owner_id` when only the owner's own may be ended. Error: ``NotFound``."""
    with use_case(session, actor=actor, now=now) as work:
        token = session.get(ApiToken, token_id)
        if token is None or owner_id not in (None, token.owner_id):
            raise NotFound("token")
        if token.revoked_at is None:
            token.revoked_at = now
            work.note("token.revoke", "token", token.id, owner=token.owner_id)
    return token


def caller(session: Session, text: str, *, now: datetime) -> Caller | None:
    """Who calls with this token, or None when it is unknown, revoked or expired, or its owner is disabled."""
    if not text.startswith(PREFIX):
        return None
    with reading(session):
        token = session.scalars(sa.select(ApiToken).where(ApiToken.token_hash == fingerprint(text))).unique().one_or_none()
        if token is None or token.revoked_at is not None or token.expires_at <= now or not token.owner.active:
            return None
        found = Caller(token.owner, frozenset(token.scopes), token.id)
        stale = token.last_used_at is None or token.last_used_at < now - _SEEN_EVERY
    if stale:
        with writing(session):
            session.execute(sa.update(ApiToken).where(ApiToken.id == found.token_id).values(last_used_at=now))
    return found


def fingerprint(text: str) -> str:
    """What is kept of a token. One SHA-256 is enough: 32 random bytes cannot be guessed, unlike a password."""
    return hashlib.sha256(text.encode()).hexdigest()
