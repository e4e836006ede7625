"""What publishing would touch: the library of the files against what is recorded as published and what agreements were made with."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.models import LibraryRelease
from dpa_service.domain.contract.clauses import Clause, Library
from dpa_service.services.library.library_pages import MetadataChange, flat
from dpa_service.services.library.library_usage import GROUP_OF, PAST, Pinned, pinned_counts

# what a change means for publishing
NEW_CLAUSE, NEW_VERSION, DRAFT, REFUSED, PUBLISHED, GONE = "new-clause", "new-version", "draft", "refused", "published", "gone"
WAITING = (NEW_CLAUSE, NEW_VERSION, DRAFT, REFUSED)
_PARAMETER_KEYS = ("type", "unit", "standard", "minimum", "maximum", "none", "rule", "nl")


@dataclass(frozen=True, slots=True)
class ClauseImpact:
    """A clause whose text in the files is not what some agreements or the record have.

    `kind`: new-clause, new-version (waits for publishing), draft, refused (changed after publishing), published (recorded, but
    earlier agreements keep earlier texts), gone (no longer in the library). `touched` counts the agreements with another text by
    group; `versions` the same per version; the rest is what changed against `previous`, the newest other version in use.
    """

    clause: str
    version: str | None
    kind: str
    previous: str | None
    touched: Counter[str]
    versions: Mapping[str, Counter[str]]
    elements: MetadataChange | None
    parameters: MetadataChange | None

    @property
    def waiting(self) -> bool:
        """Whether publishing is still to come."""
        return self.kind in WAITING


@dataclass(frozen=True, slots=True)
class ParameterImpact:
    """A parameter that differs from the release that was last used: which keys, and the clauses that print it."""

    parameter: str
    changes: list[MetadataChange]
    clauses: list[str]


@dataclass(frozen=True, slots=True)
class Impact:
    """Everything a lawyer should see before `publish`; `baseline` is the release it was compared with (None: none was used yet)."""

    clauses: list[ClauseImpact]
    parameters: list[ParameterImpact]
    baseline: str | None
    agreements: Counter[str]

    @property
    def waiting(self) -> list[ClauseImpact]:
        """The clauses that publishing would record, or refuse."""
        return [change for change in self.clauses if change.waiting]

    @property
    def earlier(self) -> list[ClauseImpact]:
        """Clauses already published that earlier agreements have in another text."""
        return [change for change in self.clauses if not change.waiting]


def impact(session: Session, library: Library, published: Mapping[str, Mapping[str, str]]) -> Impact:
    """Compare `library` with the record of published versions and with the releases that agreements use."""
    counts = pinned_counts(session)
    baseline, raw = _baseline(session, library)
    changes = [change for clause in library.clauses.values() if (change := _clause(clause, counts, published, raw))]
    gone = {name for row in counts for name in row.release.families.get(row.family, ()) if name not in library.clauses}
    changes += [_gone(name, counts) for name in sorted(gone)]
    totals: Counter[str] = Counter()
    for row in counts:
        totals[GROUP_OF.get(row.state, PAST)] += row.count
    return Impact(changes, _parameters(library, raw) if raw else [], baseline, totals)


def _baseline(session: Session, library: Library) -> tuple[str | None, dict[str, Any] | None]:
    """The newest stored release that is not this library itself."""
    query = sa.select(LibraryRelease.hash).where(LibraryRelease.hash != library.hash).order_by(LibraryRelease.first_seen.desc())
    with reading(session):
        release = session.scalar(query.limit(1))
        if release is None:
            return None, None
        content = session.scalar(sa.select(LibraryRelease.content).where(LibraryRelease.hash == release))
    return release, json.loads(content or "null")


def _other_texts(counts: Iterable[Pinned], clause: str, content: str | None) -> dict[str, Counter[str]]:
    """Version → agreements by group, for every text of the clause that is not `content`."""
    found: dict[str, Counter[str]] = {}
    for row in counts:
        pin = row.release.pins.get(clause)
        if pin is not None and pin.hash != content and clause in row.release.families.get(row.family, ()):
            found.setdefault(pin.version, Counter())[GROUP_OF.get(row.state, PAST)] += row.count
    return found


def _clause(
    clause: Clause, counts: list[Pinned], published: Mapping[str, Mapping[str, str]], raw: Mapping[str, Any] | None
) -> ClauseImpact | None:
    versions = _other_texts(counts, clause.id, clause.hash)
    recorded = published.get(clause.id, {})
    if recorded.get(clause.version) == clause.hash:
        kind = PUBLISHED
    elif clause.version in recorded:
        kind = REFUSED
    elif clause.status == "draft":
        kind = DRAFT
    else:
        kind = NEW_VERSION if recorded else NEW_CLAUSE
    if kind == PUBLISHED and not versions:
        return None
    before = (raw or {"files": {}})["files"].get(f"{clause.id}/clause.yaml") or {}
    known = [*versions, *(name for name in recorded if name != clause.version)]
    previous = max(known, key=_number) if known else None
    if kind == REFUSED:
        previous = clause.version
    elements = _lines("covers", before.get("covers"), {key: list(places) for key, places in clause.covers.items()})
    parameters = _lines("parameters", before.get("parameters"), list(clause.parameters))
    return ClauseImpact(clause.id, clause.version, kind, previous, sum(versions.values(), Counter()), versions,
                        elements if before else None, parameters if before else None)  # fmt: skip


def _gone(name: str, counts: list[Pinned]) -> ClauseImpact:
    versions = _other_texts(counts, name, None)
    return ClauseImpact(name, None, GONE, max(versions, key=_number), sum(versions.values(), Counter()), versions, None, None)


def _parameters(library: Library, raw: Mapping[str, Any]) -> list[ParameterImpact]:
    files: tuple[Mapping[str, Any], ...] = (
        raw["files"].get("parameters.yaml") or {},
        library.raw["files"].get("parameters.yaml") or {},
    )
    old, new = ({entry["id"]: entry for entry in file.get("parameters") or () if entry.get("id")} for file in files)
    out = []
    for name in dict.fromkeys([*old, *new]):
        before, after = old.get(name, {}), new.get(name, {})
        changes = [change for key in _PARAMETER_KEYS if (change := _lines(key, before.get(key), after.get(key)))]
        if changes:
            users = [clause.id for clause in library.clauses.values() if name in clause.parameters]
            out.append(ParameterImpact(name, changes, users))
    return out


def _lines(key: str, before: Any, after: Any) -> MetadataChange | None:
    old, new = list(flat(before)), list(flat(after))
    gone, came = [line for line in old if line not in new], [line for line in new if line not in old]
    return MetadataChange(key, gone, came) if gone or came else None


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else 0 for part in version.split("."))
