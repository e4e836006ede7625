"""Which agreements use which version of a clause, and who departs from which parameter.

An agreement pins a release of the library, so the versions it uses follow from its release: one grouped query over the agreements, and
for each release a small table of clause → version that is read once a process. Whether a clause with a condition is really printed
depends on the request; it is worked out for the rows of one page only.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.models import Agreement, LibraryRelease
from dpa_service.adapters.db.negotiation import DeviationValue
from dpa_service.domain import lifecycle
from dpa_service.domain.contract.asked import FALLBACK
from dpa_service.domain.contract.clauses import Clause, Library
from dpa_service.domain.contract.library_build import FAMILIES, content_hash
from dpa_service.domain.contract.request import facts, request_from_dict
from dpa_service.domain.contract.terms import effective_terms
from dpa_service.services.paging import Page, page_of

# what the pages add up: the states an agreement can be in, by what it means for a lawyer
DRAFTS, ISSUED, SIGNED, PAST = "drafts", "issued", "signed", "past"
GROUPS: Mapping[str, tuple[str, ...]] = {
    DRAFTS: (lifecycle.DRAFT,),
    ISSUED: (lifecycle.ISSUED,),
    SIGNED: (lifecycle.SIGNED,),
    PAST: (lifecycle.SUPERSEDED, lifecycle.ENDED, lifecycle.WITHDRAWN, lifecycle.DISCARDED),
}
GROUP_OF = {state: group for group, states in GROUPS.items() for state in states}
_releases: dict[str, Release] = {}


@dataclass(frozen=True, slots=True)
class Pin:
    """A clause in a release: its version and the fingerprint of its content."""

    version: str
    hash: str


@dataclass(frozen=True, slots=True)
class Release:
    """What a release says about its clauses, without their texts."""

    hash: str
    pins: Mapping[str, Pin]
    families: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Pinned:
    """How many agreements of one release, family and state there are."""

    release: Release
    family: str
    state: str
    count: int


@dataclass
class Usage:
    """Agreements that use a clause, by group (drafts, issued, signed, past), and the same per version."""

    groups: Counter[str] = field(default_factory=Counter)
    versions: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All of them."""
        return self.groups.total()

    def add(self, version: str, state: str, count: int) -> None:
        """Count some more."""
        group = GROUP_OF.get(state, PAST)
        self.groups[group] += count
        self.versions.setdefault(version, Counter())[group] += count


def pinned_counts(session: Session) -> list[Pinned]:
    """All agreements, counted by release, family and state."""
    with reading(session):
        return _pinned_counts(session)


def _pinned_counts(session: Session) -> list[Pinned]:
    by = (Agreement.library_hash, Agreement.family, Agreement.state)
    rows = session.execute(sa.select(*by, sa.func.count()).group_by(*by)).all()
    known = _known_releases(session, {row[0] for row in rows})
    return [Pinned(known[row[0]], row[1], row[2], row[3]) for row in rows]


def _known_releases(session: Session, hashes: set[str]) -> dict[str, Release]:
    """Summaries of stored releases; each is read from the database once a process, because a release never changes."""
    if missing := hashes - _releases.keys():
        query = sa.select(LibraryRelease.hash, LibraryRelease.content).where(LibraryRelease.hash.in_(missing))
        for release, content in session.execute(query):
            _releases[release] = summary(release, json.loads(content))
    return {release: _releases[release] for release in hashes}


def summary(release: str, raw: Mapping[str, Any]) -> Release:
    """The versions and outlines of raw library content, without building it."""
    pins = {}
    for path, data in raw["files"].items():
        name, _, file = path.partition("/")
        if file == "clause.yaml":
            texts = {place: text for place, text in raw["texts"].items() if place.startswith(f"{name}/")}
            content = [{key: value for key, value in data.items() if key != "status"}, texts]
            pins[name] = Pin(str(data.get("version")), content_hash(content))
    return Release(release, pins, {family: _outlined(raw["files"].get(f"{family}.yaml") or {}) for family in FAMILIES})


def _outlined(outline: Mapping[str, Any]) -> frozenset[str]:
    names = {outline.get("recitals"), outline.get("closing"), *(outline.get("annexes") or ())}
    for part in outline.get("parts") or ():
        names |= set(part.get("clauses") or ())
    return frozenset(name for name in names if isinstance(name, str))


def usage(counts: Iterable[Pinned], clause: str) -> Usage:
    """The use of one clause, from the counts of all agreements."""
    return usages(counts, [clause])[clause]


def usages(counts: Iterable[Pinned], clauses: Iterable[str]) -> dict[str, Usage]:
    """The same for several clauses."""
    found = {name: Usage() for name in clauses}
    for row in counts:
        for name in row.release.families.get(row.family, frozenset()):
            if name in found and name in row.release.pins:
                found[name].add(row.release.pins[name].version, row.state, row.count)
    return found


@dataclass(frozen=True, slots=True)
class Use:
    """An agreement whose release holds the clause: which version, and whether its text prints it (None: cannot be told)."""

    agreement: Agreement
    version: str
    printed: bool | None


def agreements_with(
    session: Session,
    clause: str,
    *,
    current: Clause | None = None,
    library: Library | None = None,
    version: str | None = None,
    other_than: str | None = None,
    group: str | None = None,
    cursor: str | None = None,
    limit: int = 25,
) -> Page[Use]:
    """The agreements that use a clause, newest first.

    `version` keeps one version, `other_than` (a content hash) everything but that content, `group` one group of states. With `current`
    and `library`, a clause with a condition is decided for each row. Error: ``RequestInvalid`` (cursor).
    """
    with reading(session):
        wanted: dict[str, set[str]] = {}
        releases = {}
        for row in _pinned_counts(session):
            pin = row.release.pins.get(clause)
            if pin is None or clause not in row.release.families.get(row.family, frozenset()):
                continue
            if version not in (None, pin.version) or pin.hash == other_than:
                continue
            wanted.setdefault(row.family, set()).add(row.release.hash)
            releases[row.release.hash] = pin
        if not wanted:
            return Page([], None)
        query = sa.select(Agreement).where(
            sa.or_(*(sa.and_(Agreement.family == family, Agreement.library_hash.in_(sorted(hashes))) for family, hashes in wanted.items()))
        )  # fmt: skip
        if group is not None and group in GROUPS:
            query = query.where(Agreement.state.in_(GROUPS[group]))
        page = page_of(session, query, Agreement, cursor, limit)
    items = []
    for agreement in page.items:
        pin = releases[agreement.library_hash]
        same = current is not None and pin.hash == current.hash  # the condition is known for this very text only
        items.append(Use(agreement, pin.version, printed(library, current, agreement) if same else None))
    return Page(items, page.next)


def printed(library: Library | None, clause: Clause | None, agreement: Agreement) -> bool | None:
    """Whether an agreement prints a clause; None where its request does not fit the library in force any more."""
    if clause is None or library is None:
        return None
    if clause.when is None:
        return True
    with contextlib.suppress(Exception):  # an older request may miss what the condition asks now; the page then says "unknown"
        request = request_from_dict(agreement.request, library)
        terms = effective_terms(library.parameters, (("A", name, value) for name, value in request.values.items()))
        deviating = any(value != library.parameters[name].standard for name, value in request.values.items()) or any(
            item.kind != FALLBACK for item in request.asked
        )
        return clause.when.holds({**facts(request, deviations=deviating), **terms})
    return None


# ---- deviations ------------------------------------------------------------------------------------------------------


def deviation_counts(session: Session) -> dict[str, int]:
    """Parameter → how many agreements depart from its standard."""
    query = sa.select(DeviationValue.parameter, sa.func.count()).group_by(DeviationValue.parameter)
    with reading(session):
        return {str(name): count for name, count in session.execute(query)}


@dataclass(frozen=True, slots=True)
class Departure:
    """One agreement's value of a parameter, instead of the standard."""

    deviation: DeviationValue
    agreement: Agreement


def values_agreed(session: Session, parameter: str) -> list[tuple[Any, int]]:
    """The values that agreements have instead of the standard, most frequent first."""
    query = (
        sa.select(DeviationValue.new_value, sa.func.count())
        .where(DeviationValue.parameter == parameter)
        .group_by(DeviationValue.new_value)
    )
    with reading(session):
        rows = [(value, count) for value, count in session.execute(query)]
    return sorted(rows, key=lambda row: (-row[1], str(row[0])))


def departures(session: Session, parameter: str, *, cursor: str | None = None, limit: int = 25) -> Page[Departure]:
    """The agreements that depart from the standard of a parameter, newest first. Error: ``RequestInvalid`` (cursor)."""
    departs = sa.exists().where(DeviationValue.parameter == parameter, DeviationValue.agreement_id == Agreement.id)
    query = sa.select(Agreement).where(departs)
    with reading(session):
        page = page_of(session, query, Agreement, cursor, limit)
        ids = [agreement.id for agreement in page.items]
        found = session.scalars(
            sa.select(DeviationValue).where(DeviationValue.parameter == parameter, DeviationValue.agreement_id.in_(ids))
        )
        by_agreement = {row.agreement_id: row for row in found}
    return Page([Departure(by_agreement[agreement.id], agreement) for agreement in page.items], page.next)
