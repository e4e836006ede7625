"""What an administrator wants to know about the installation at a glance; figures only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db import audit
from dpa_service.adapters.db.accounts import ApiToken, User
from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.migrate import head
from dpa_service.adapters.db.models import AuditHead, AuditLog, OutboxMessage
from dpa_service.adapters.library_files import read_published
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.library_check import unpublished
from dpa_service.domain.errors import LibraryProblem, RequestInvalid
from dpa_service.resources import clauses_dir
from dpa_service.services.house import house
from dpa_service.services.house.house_schema import KINDS, load_content


@dataclass(frozen=True, slots=True)
class Overview:
    """The figures of the front page of the administration."""

    users: int
    disabled: int
    administrators: int
    tokens: int
    expired_tokens: int
    house: dict[str, house.Version]
    misfits: dict[str, list[str]]
    library_hash: str
    base_hash: str
    clauses: int
    unrecorded: list[str]
    changed: list[str]
    database: str
    revision: str | None
    newest_revision: str
    waiting: int
    oldest_waiting: datetime | None
    audit_lines: int


def overview(session: Session, base: Library, clauses: Path | None, *, now: datetime) -> Overview:
    """All of it, in one reading transaction. In: the library of the settings and the folder it came from."""
    with reading(session):
        try:
            library = house.effective_library(session, base)
        except LibraryProblem:
            library = base  # said among the misfits; this page is where it is put right
        users = list(session.scalars(sa.select(User)))
        valid = sa.select(sa.func.count()).select_from(ApiToken).where(ApiToken.revoked_at.is_(None))
        waiting, oldest = session.execute(
            sa.select(sa.func.count(), sa.func.min(OutboxMessage.created_at)).where(OutboxMessage.sent_at.is_(None))
        ).one()
        published = read_published(clauses or clauses_dir())
        return Overview(
            users=sum(1 for user in users if user.active),
            disabled=sum(1 for user in users if not user.active),
            administrators=sum(1 for user in users if user.active and any(role.name == "admin" for role in user.roles)),
            tokens=session.scalar(valid.where(ApiToken.expires_at > now)) or 0,
            expired_tokens=session.scalar(valid.where(ApiToken.expires_at <= now)) or 0,
            house={kind: house.current(session, base, kind) for kind in KINDS},
            misfits=_misfits(session, base),
            library_hash=library.hash,
            base_hash=base.hash,
            clauses=len(library.clauses),
            unrecorded=[f"{clause.id} {clause.version}" for clause in unpublished(library, published)],
            changed=[
                f"{clause.id} {clause.version}"
                for clause in library.clauses.values()
                if clause.status == "published" and published.get(clause.id, {}).get(clause.version, clause.hash) != clause.hash
            ],
            database=session.get_bind().dialect.name,
            revision=session.scalar(sa.text("SELECT version_num FROM alembic_version")),
            newest_revision=_head(),
            waiting=waiting,
            oldest_waiting=oldest,
            audit_lines=session.scalar(sa.select(AuditHead.seq)) or 0,
        )


def audit_faults(session: Session) -> tuple[int, list[audit.AuditFault]]:
    """Read the whole chain: the number of lines, and every line that does not fit."""
    with reading(session):
        lines = session.scalar(sa.select(sa.func.count()).select_from(AuditLog)) or 0
        return lines, audit.verify(session)


def _misfits(session: Session, base: Library) -> dict[str, list[str]]:
    """House data that no longer passes the rules, after an upgrade of clauses or product: kind → messages."""
    found = {}
    for kind in KINDS:
        try:
            load_content(kind, house.current(session, base, kind).content, base, house.service_ids(session, base))
        except RequestInvalid as trouble:
            found[kind] = [f"{error.field}: {error.message}" for error in trouble.errors]
    return found


@cache
def _head() -> str:
    return head()
