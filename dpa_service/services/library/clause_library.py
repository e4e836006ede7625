"""Use cases on the clause library itself: check it, publish new versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dpa_service.adapters.library_files import line_of, load_library, read_files, read_published, write_published
from dpa_service.domain.contract.library_build import FAMILIES
from dpa_service.domain.contract.library_check import check_library, probes, unpublished
from dpa_service.domain.errors import DomainError, LibraryProblem, Problem
from dpa_service.resources import clauses_dir


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found: problems, sizes, and the published clauses whose version is not recorded ("id version")."""

    problems: list[Problem]
    clauses: int
    parameters: int
    combinations: int
    unpublished: list[str]


def check_files(path: Path | None = None) -> Report:
    """Check the library at `path` (default: the product's own). Mistakes are returned, not raised."""
    root = path or clauses_dir()
    try:
        library = load_library(root)
    except LibraryProblem as trouble:
        return Report(trouble.problems, 0, 0, 0, [])
    _, _, nodes = read_files(root)
    published = read_published(root)
    problems = check_library(library, published, lambda file, keys: line_of(nodes, file, keys))
    combinations = 0 if problems else sum(1 for family in FAMILIES for _ in probes(library, family))
    waiting = [f"{clause.id} {clause.version}" for clause in unpublished(library, published)]
    return Report(problems, len(library.clauses), len(library.parameters), combinations, waiting)


def publish_versions(path: Path | None = None) -> list[str]:
    """Record every published clause version that is not recorded yet ("id version"). Raises DomainError on any mistake."""
    root = path or clauses_dir()
    report = check_files(root)
    if report.problems:
        raise LibraryProblem(report.problems)
    library = load_library(root)
    published: dict[str, dict[str, str]] = {name: dict(versions) for name, versions in read_published(root).items()}
    names = []
    for clause in unpublished(library, published):
        published.setdefault(clause.id, {})[clause.version] = clause.hash
        names.append(f"{clause.id} {clause.version}")
    if names:
        write_published(root, published)
    return names


def refuse_changed_versions(path: Path | None = None) -> None:
    """Raise DomainError if a published version's text was changed. Cheap: run at every start."""
    root = path or clauses_dir()
    library = load_library(root)
    published: Mapping[str, Mapping[str, str]] = read_published(root)
    changed = [
        clause.id
        for clause in library.clauses.values()
        if clause.status == "published" and published.get(clause.id, {}).get(clause.version, clause.hash) != clause.hash
    ]
    if changed:
        raise DomainError("VERSION_CHANGED", f"Published text was changed without a new version: {', '.join(changed)}.")
