"""What two versions of house data differ in, entry by entry and word by word, and which agreements print which version."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.models import Agreement, LibraryRelease
from dpa_service.domain.comparison.textdiff import Piece, difference
from dpa_service.domain.contract.library_build import content_hash
from dpa_service.services.house.house import FILE
from dpa_service.services.house.house_schema import PLAYBOOK, PROCESSOR, SERVICES, SUB_PROCESSORS

Json = dict[str, Any]
OWN_LIST = '"sub_processors":['  # in a stored request: the agreement names its own sub-processors
ADDED, REMOVED, CHANGED = "added", "removed", "changed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that differs: a sub-processor, a service or the profile; `fields` are its fields (path, pieces of the difference)."""

    name: str
    what: str
    fields: tuple[tuple[str, tuple[Piece, ...]], ...]


@dataclass(frozen=True, slots=True)
class Use:
    """An agreement that prints a version: the rows that a page lists."""

    agreement_id: str
    title: str
    reference: str | None
    state: str


def changes(kind: str, old: Json, new: Json) -> list[Entry]:
    """The entries that differ, in the order of the new content, removed ones last."""
    before, after = _entries(kind, old), _entries(kind, new)
    found = []
    for name, fields in [*after.items(), *((name, {}) for name in before if name not in after)]:
        was = before.get(name, {})
        paths = list(dict.fromkeys([*fields, *was]))
        if differing := [path for path in paths if was.get(path, "") != fields.get(path, "")]:
            what = ADDED if name not in before else REMOVED if name not in after else CHANGED
            pieces = tuple((path, tuple(difference(was.get(path, ""), fields.get(path, "")))) for path in differing)
            found.append(Entry(_title(kind, name, was | fields), what, pieces))
    return found


def _entries(kind: str, content: Json) -> dict[str, dict[str, str]]:
    """Every entry by its identity, as flat fields."""
    if kind == PROCESSOR:
        return {"": _flat(content)}
    if kind == PLAYBOOK:
        days = {name: value for name, value in content.items() if name != "approvers"}
        return {"": _flat(days), **{seat: _flat(entry) for seat, entry in (content.get("approvers") or {}).items()}}
    if kind == SUB_PROCESSORS:
        return {entry["name"]: _flat(entry) for entry in content.get("sub_processors") or ()}
    services = content.get("services") or ()
    return {
        entry["id"]: _flat({key: value for key, value in entry.items() if key != "retired"}) | _use(entry) for entry in services
    }


def _use(entry: Json) -> dict[str, str]:
    return {} if entry.get("retired") else {"in_use": "✓"}


def _title(kind: str, name: str, fields: Mapping[str, str]) -> str:
    return fields.get("nl.name", name) if kind == SERVICES else name


def _flat(value: Any, path: str = "") -> dict[str, str]:
    """Dotted paths to texts; a list of texts is one text, a line each."""
    if isinstance(value, Mapping):
        flat: dict[str, str] = {}
        for key, inner in value.items():
            flat |= _flat(inner, f"{path}.{key}" if path else str(key))
        return flat
    if isinstance(value, list):
        if not value:
            return {}
        return {path: "\n".join(": ".join(map(str, item.values())) if isinstance(item, Mapping) else str(item) for item in value)}
    return {} if value is None else {path: str(value)}


def uses(session: Session, kind: str, version_hash: str, limit: int = 50) -> tuple[list[Use], int]:
    """The newest agreements that print this version, and how many there are. One with its own sub-processors does not print the list."""
    with reading(session):
        releases = _releases(session, kind).get(version_hash, [])
        if not releases:
            return [], 0
        columns = (Agreement.id, Agreement.title, Agreement.reference, Agreement.state)
        query = _printing(sa.select(*columns), kind).where(Agreement.library_hash.in_(releases))
        total = session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
        rows = session.execute(query.order_by(Agreement.created_at.desc(), Agreement.id.desc()).limit(limit))
        return [Use(*row) for row in rows], total


def counts(session: Session, kind: str) -> dict[str, dict[str, int]]:
    """Content hash → state → number of agreements that print it."""
    found: dict[str, dict[str, int]] = {}
    with reading(session):
        query = _printing(sa.select(Agreement.library_hash, Agreement.state, sa.func.count()), kind)
        numbers = session.execute(query.group_by(Agreement.library_hash, Agreement.state)).all()
        content = {release: part for part, releases in _releases(session, kind).items() for release in releases}
    for release, state, number in numbers:
        states = found.setdefault(content.get(release, ""), {})
        states[state] = states.get(state, 0) + number
    return found


def _printing(query: sa.Select[*tuple[Any, ...]], kind: str) -> sa.Select[*tuple[Any, ...]]:
    if kind != SUB_PROCESSORS:
        return query
    return query.where(
        Agreement.family == "agreement", sa.not_(sa.type_coerce(Agreement.request, sa.Text).contains(OWN_LIST, autoescape=True))
    )


def _releases(session: Session, kind: str) -> dict[str, list[str]]:
    """Content hash of a kind → the releases of the library that hold it."""
    known: dict[str, list[str]] = {}
    names: Sequence[str] = session.scalars(sa.select(LibraryRelease.hash)).all()
    for name in names:
        part = _remembered.get((name, kind))
        if part is None:
            content = session.scalar(sa.select(LibraryRelease.content).where(LibraryRelease.hash == name)) or "{}"
            files = json.loads(content).get("files", {})
            for each, file in FILE.items():
                _remembered[name, each] = content_hash(files.get(file) or {})
            part = _remembered[name, kind]
        known.setdefault(part, []).append(name)
    return known


# A release never changes, so what it holds is read once a process: two short hashes an entry.
_remembered: dict[tuple[str, str], str] = {}
