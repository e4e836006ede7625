"""House data: processor profile, sub-processors, service catalogue and playbook, edited as numbered versions that overlay the library's files.

The files of the clause library are version 0, the starting values. The newest stored version of a kind takes the place of its
file; the library that results has its own hash, so that new drafts pin it and old agreements keep the release they were made with.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import insert_if_absent, reading
from dpa_service.adapters.db.house import HouseData
from dpa_service.domain.contract.assembly import assemble
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.coverage import uncovered
from dpa_service.domain.contract.library_build import build_library, content_hash
from dpa_service.domain.contract.library_check import OPTIONS, probe_request
from dpa_service.domain.errors import DomainError, FieldError, LibraryProblem, RequestInvalid
from dpa_service.services.errors import NotFound, Stale
from dpa_service.services.house import house_playbook
from dpa_service.services.house.house_schema import KINDS, PLAYBOOK, PROCESSOR, SERVICES, SUB_PROCESSORS, load_content
from dpa_service.services.use_case import use_case

Json = dict[str, Any]
FILE = {kind: f"{kind}.yaml" for kind in KINDS}
NOTE = 500
_REMEMBERED = 8

_lock = threading.Lock()
_built: OrderedDict[tuple[str, tuple[tuple[str, str], ...]], Library] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a kind of house data. `author` and `at` are None for version 0, the file of the library."""

    kind: str
    number: int
    hash: str
    content: Json
    author: str | None = None
    at: datetime | None = None
    note: str | None = None


def effective_library(session: Session, base: Library) -> Library:
    """The clause library with the newest stored house data in the place of its files. One small query; built once a process.

    Error: ``LibraryProblem`` when stored data does not fit the library any more.
    """
    with _looking(session):
        newest = _newest(session)
        if not newest:
            return base
        key = base.hash, tuple(sorted((kind, row_hash) for kind, _, row_hash in newest))
        with _lock:
            if key in _built:
                _built.move_to_end(key)
                return _built[key]
        contents = {row.kind: row.content for row in _rows(session, {(kind, number) for kind, number, _ in newest})}
    library = overlaid(base, contents)
    with _lock:
        _built[key] = library
        while len(_built) > _REMEMBERED:
            _built.popitem(last=False)
    return library


def overlaid(base: Library, contents: Mapping[str, Json]) -> Library:
    """The library with other house data. In: content by kind. Error: ``LibraryProblem``."""
    files = {FILE[kind]: as_file(kind, content) for kind, content in contents.items()}
    if PLAYBOOK in contents:  # a seat that a later release of the library brings keeps its role until somebody edits it
        files[FILE[PLAYBOOK]] = house_playbook.merged(base, contents[PLAYBOOK])
    profile = FILE[PROCESSOR]
    if profile in files and files[profile] == _normal(
        PROCESSOR, as_file(PROCESSOR, base.raw["files"].get(profile) or {}), base, []
    ):
        del files[profile]  # it says the same as the file: bank details alone make no other library
    changed = {name: data for name, data in files.items() if data != base.raw["files"].get(name)}
    if not changed:
        return base
    return build_library({**base.raw, "files": {**base.raw["files"], **changed}})


def as_file(kind: str, content: Json) -> Json:
    """Content as the library's file holds it: a retired service keeps its place in the catalogue and is left out of the library, and
    so are the house's bank details, because no agreement prints them."""
    if kind == PROCESSOR:
        return {name: value for name, value in content.items() if name != "invoicing"}
    if kind != SERVICES:
        return content
    return {"services": [entry for entry in content.get("services") or () if not entry.get("retired")]}


def current(session: Session, base: Library, kind: str) -> Version:
    """The version in force: the newest stored one, else version 0. Error: ``NotFound`` for a kind that does not exist."""
    _known(kind)
    with _looking(session):
        query = sa.select(HouseData).where(HouseData.kind == kind).order_by(HouseData.version.desc()).limit(1)
        row = session.scalars(query).first()
        return _version(row) if row else start(base, kind)


def start(base: Library, kind: str) -> Version:
    """Version 0: the file of the clause library."""
    content = base.raw["files"].get(FILE[kind]) or {}
    return Version(kind, 0, content_hash(content), content)


def version(session: Session, base: Library, kind: str, number: int) -> Version:
    """One version. Error: ``NotFound``."""
    _known(kind)
    if number == 0:
        return start(base, kind)
    with _looking(session):
        row = session.get(HouseData, (kind, number))
        if row is None:
            raise NotFound("version")
        return _version(row)


def history(session: Session, base: Library, kind: str) -> list[Version]:
    """Every version, newest first, with version 0 at the end."""
    _known(kind)
    with _looking(session):
        query = sa.select(HouseData).where(HouseData.kind == kind).order_by(HouseData.version.desc())
        return [*(_version(row) for row in session.scalars(query)), start(base, kind)]


def save(
    session: Session,
    base: Library,
    kind: str,
    change: Callable[[Json], Json],
    *,
    expected: int,
    note: str | None = None,
    actor: str,
    now: datetime,
    restored: int | None = None,
) -> Version:
    """A new version. In: `change`, from the content in force to the new content; `expected`, the version that the author saw.

    Content that says the same as before makes no new version, so that a double click is harmless.
    Error: ``RequestInvalid`` naming every wrong field; ``Stale`` when another version came in between; ``DomainError`` when no
    agreement could be made with it.
    """
    _known(kind)
    with use_case(session, actor=actor, now=now) as work:
        seen = current(session, base, kind)
        if seen.number != expected:
            raise Stale(_NAMES[kind])
        services = service_ids(session, base)
        content = load_content(kind, change(seen.content), base, services)
        if content == _normal(kind, seen.content, base, services):
            return seen
        others = {each: current(session, base, each).content for each in KINDS if each != kind}
        _proven(overlaid(base, {**others, kind: content}))
        made = Version(kind, expected + 1, content_hash(as_file(kind, content)), content, actor, now, noted(note))
        row = {"kind": kind, "version": made.number, "hash": made.hash, "content": content, "author": actor, "at": now}
        if not insert_if_absent(session, HouseData, row | {"note": made.note}):
            raise Stale(_NAMES[kind])  # another author's transaction was first, on a database where writers do not queue
        details = {"version": made.number, "hash": made.hash, "before": seen.hash}
        if restored is None:
            work.note("house.change", "house", kind, **details)
        else:
            work.note("house.restore", "house", kind, restored=restored, **details)
        return made


def restore(session: Session, base: Library, kind: str, number: int, *, expected: int, actor: str, now: datetime) -> Version:
    """A new version with the content of an earlier one. Error: as ``save``; ``NotFound``."""
    earlier = version(session, base, kind, number)
    return save(
        session, base, kind, lambda _: earlier.content, expected=expected, actor=actor, now=now, restored=number
    )  # fmt: skip


def service_ids(session: Session, base: Library) -> list[str]:
    """The ids of the whole catalogue, retired services included: a sub-processor may still name one."""
    return [str(entry.get("id")) for entry in current(session, base, SERVICES).content.get("services") or ()]


def noted(note: str | None) -> str | None:
    """A remark of the author as it is kept. Error: ``RequestInvalid``."""
    text = " ".join((note or "").split())
    if len(text) > NOTE:
        raise RequestInvalid([FieldError("note", "LENGTH", f"At most {NOTE} characters are allowed here. Shorten it.")])
    return text or None


_NAMES = {
    PROCESSOR: "processor profile",
    SUB_PROCESSORS: "list of sub-processors",
    SERVICES: "service catalogue",
    PLAYBOOK: "playbook",
}


def _proven(library: Library) -> None:
    """Make documents with it, bare ones and one with everything: what cannot print or does not cover is refused before it is kept."""
    for family, options in (("agreement", ()), ("agreement", OPTIONS), ("general-terms", ())):
        try:
            snapshot = assemble(library, probe_request(library, options), document=family, draft=True)
        except LibraryProblem:
            raise
        except DomainError as trouble:
            message = f"With this change an agreement could not be made: {trouble.message}"
            raise DomainError("HOUSE_DATA", message) from trouble
        if family == "agreement" and (missing := uncovered(snapshot["coverage"])):
            raise DomainError("HOUSE_DATA", f"With this change an agreement would not cover {', '.join(missing)}.")


def _normal(kind: str, content: Json, base: Library, services: list[str]) -> Json:
    """Stored content in its normal form; content that no longer passes the rules counts as different."""
    try:
        return load_content(kind, content, base, services)
    except RequestInvalid:
        return {}


def _newest(session: Session) -> list[tuple[str, int, str]]:
    """Kind, number and hash of the newest version of every kind."""
    last = sa.select(HouseData.kind, sa.func.max(HouseData.version).label("version")).group_by(HouseData.kind).subquery()
    query = sa.select(HouseData.kind, HouseData.version, HouseData.hash).join(
        last, sa.and_(HouseData.kind == last.c.kind, HouseData.version == last.c.version)
    )
    return [(kind, number, found) for kind, number, found in session.execute(query)]


def _rows(session: Session, keys: set[tuple[str, int]]) -> Iterator[HouseData]:
    for key in keys:
        yield session.get_one(HouseData, key)


def _version(row: HouseData) -> Version:
    return Version(row.kind, row.version, row.hash, row.content, row.author, row.at, row.note)


def _known(kind: str) -> None:
    if kind not in KINDS:
        raise NotFound("kind of house data")


@contextmanager
def _looking(session: Session) -> Iterator[None]:
    """Read within the transaction that is open, or in one of its own."""
    if session.in_transaction():
        yield
    else:
        with reading(session):
            yield
