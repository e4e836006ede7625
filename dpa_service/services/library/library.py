"""Releases of the clause library in the database: an agreement keeps the one it was made with, whatever is published later."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import insert_if_absent, reading
from dpa_service.adapters.db.models import ClauseVersion, LibraryRelease
from dpa_service.adapters.library_files import library_from_dict, library_to_dict
from dpa_service.domain.contract.clauses import Clause, Library
from dpa_service.domain.contract.library_build import canonical
from dpa_service.domain.errors import LibraryProblem, Problem
from dpa_service.services.errors import Damaged, NotFound
from dpa_service.services.use_case import UseCase, use_case


def sync(session: Session, library: Library, *, now: datetime, actor: str = "system") -> bool:
    """Store the release and its clause versions; True when it was new. Error: see ``ensure``."""
    with use_case(session, actor=actor, now=now) as work:
        return ensure(work, library)


def ensure(work: UseCase, library: Library) -> bool:
    """The same inside a use case.

    Error: ``LibraryProblem`` naming each published clause whose text changed under the same version, or that went back to draft.
    """
    session = work.session
    if session.scalar(sa.select(LibraryRelease.hash).where(LibraryRelease.hash == library.hash)):
        return False
    problems = [problem for clause in library.clauses.values() if (problem := _keep(work, library, clause))]
    if problems:
        raise LibraryProblem(problems)
    content = canonical(library_to_dict(library))
    if not insert_if_absent(session, LibraryRelease, {"hash": library.hash, "content": content, "first_seen": work.now}):
        return False
    work.note("library.release", "library", library.hash, clauses=len(library.clauses))
    return True


def pinned(session: Session, release: str) -> Library:
    """The library of a stored release. Error: ``NotFound``; ``Damaged`` when its content does not have the hash it is kept under."""
    content = session.scalar(sa.select(LibraryRelease.content).where(LibraryRelease.hash == release))
    if content is None:
        raise NotFound("release of the clause library")
    return _rebuilt(release, content)


def versions(session: Session, clause: str) -> list[ClauseVersion]:
    """Every version of a clause that an agreement or a sync brought in, newest first."""
    with reading(session):
        query = sa.select(ClauseVersion).where(ClauseVersion.clause == clause)
        return sorted(session.scalars(query), key=lambda row: _number(row.version), reverse=True)


def version(session: Session, clause: str, number: str) -> ClauseVersion:
    """One version of a clause. Error: ``NotFound``."""
    with reading(session):
        row = session.get(ClauseVersion, (clause, number))
    if row is None:
        raise NotFound("version of this clause")
    return row


def clause_content(library: Library, clause: str) -> dict[str, dict[str, Any]]:
    """What the library says about one clause: its files and its texts, by path."""
    raw = library_to_dict(library)
    return {
        kind: {path: data for path, data in raw[kind].items() if path.startswith(f"{clause}/")} for kind in ("files", "texts")
    }


@lru_cache(maxsize=8)
def _rebuilt(release: str, content: str) -> Library:
    library = library_from_dict(json.loads(content))
    if library.hash != release:
        raise Damaged("LIBRARY_DAMAGED", "The stored clause library of this agreement was altered; restore it from a backup.")
    return library


def _keep(work: UseCase, library: Library, clause: Clause) -> Problem | None:
    """Store one clause version, or say why it cannot be."""
    content = clause_content(library, clause.id)
    values = {"clause": clause.id, "version": clause.version, "hash": clause.hash, "status": clause.status}
    if insert_if_absent(work.session, ClauseVersion, values | {"content": content, "first_seen": work.now}):
        return None
    row = work.session.get_one(ClauseVersion, (clause.id, clause.version), populate_existing=True)
    frozen = row.status != "draft"
    if frozen and row.hash != clause.hash:
        return Problem(
            f"{clause.id}/clause.yaml", 1, f"the text of version {clause.version} changed after it was published.",
            "Raise the version, or restore the text.",
        )  # fmt: skip
    if frozen and clause.status == "draft":
        return Problem(
            f"{clause.id}/clause.yaml", 1, f"version {clause.version} was published and is a draft again.",
            "Set it back to published, or raise the version.",
        )  # fmt: skip
    row.hash, row.status, row.content = clause.hash, clause.status, content
    return None


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else 0 for part in version.split("."))
