"""Versions of a clause beside each other, the impact of publishing, and the check of the files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from dpa_service.adapters.library_files import LOCK, read_published
from dpa_service.domain.comparison.textdiff import EQUAL, changed, difference
from dpa_service.domain.contract.clause_text import TextTrouble, parse_clause_text
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.errors import LibraryProblem
from dpa_service.resources import clauses_dir
from dpa_service.services.house.house import effective_library
from dpa_service.services.library import library as releases
from dpa_service.services.library import library_impact, library_reading
from dpa_service.services.library import library_pages as pages
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import library, runtime, session
from dpa_service.web.legal import text as legal_text
from dpa_service.web.legal.shell import READERS, REVIEWERS, blueprint

CURRENT, FILES = "current", "files"


@dataclass(frozen=True, slots=True)
class Candidate:
    """The library that publishing would record: of the files as last read, else the one the application started with."""

    library: Library
    published: Mapping[str, Mapping[str, str]]
    reading: library_reading.Reading | None

    @property
    def from_files(self) -> bool:
        """Whether the files were read since they last changed."""
        return self.reading is not None and self.reading.library is not None


def candidate() -> Candidate:
    """See ``Candidate``."""
    config = runtime().config
    reading = library_reading.known(config.clauses, config.processor_profile)
    if reading is not None and not reading.running and reading.library is not None:
        return Candidate(_with_house_data(reading.library), reading.published, reading)
    return Candidate(library(), _published(config.clauses or clauses_dir()), reading)


def _published(root: Path) -> Mapping[str, Mapping[str, str]]:
    """The record of published versions; read again when the file changed."""
    lock = root / LOCK
    return _record(root, lock.stat().st_mtime_ns if lock.is_file() else 0)


@lru_cache(maxsize=4)
def _record(root: Path, _changed: int) -> Mapping[str, Mapping[str, str]]:
    return read_published(root)


def _with_house_data(files: Library) -> Library:
    """As the application would work with it; as it is, where the house data does not fit it."""
    try:
        return effective_library(session(), files)
    except LibraryProblem:
        return files


@dataclass(frozen=True, slots=True)
class Version:
    """A text of a clause that can be compared: `key` names it in an address, `label` on the page."""

    key: str
    label: str
    number: str
    status: str
    hash: str
    first_seen: datetime | None
    content: Mapping[str, Any]


def stored_versions(clause_id: str) -> list[Version]:
    """Every text of a clause there is, newest first: of the files when they differ, of the library in force, and as agreements had it."""
    rows = [
        Version(row.version, row.version, row.version, row.status, row.hash, row.first_seen, row.content)
        for row in releases.versions(session(), clause_id)
    ]
    found: list[Version] = []
    config = runtime().config
    reading = library_reading.known(config.clauses, config.processor_profile)
    read = reading.library if reading else None
    for key, words, source in ((FILES, _("in the files"), read), (CURRENT, _("in force"), library())):
        clause = source.clauses.get(clause_id) if source else None
        if clause is None or source is None or clause.hash in {known.hash for known in [*rows, *found]}:
            continue
        content = releases.clause_content(source, clause_id)
        found.append(Version(key, f"{clause.version} ({words})", clause.version, clause.status, clause.hash, None, content))
    return [*found, *rows]


@blueprint.get("/clauses/<string(maxlength=100):clause_id>/compare")
@allow(*READERS)
def compare(clause_id: str) -> str:
    """Two versions beside each other: every changed word, and every changed key of clause.yaml."""
    versions = stored_versions(clause_id)
    if not versions:
        abort(404)
    by_key = {version.key: version for version in versions}
    new = by_key.get(request.args.get("new") or versions[0].key)
    old = by_key.get(request.args.get("old") or (versions[1] if len(versions) > 1 else versions[0]).key)
    if new is None or old is None:
        abort(404)
    before, after = (_clause_file(version, clause_id) for version in (old, new))
    pieces = difference(_comparable(old, clause_id), _comparable(new, clause_id))
    return render_template(
        "legal/compare.html",
        clause_id=clause_id,
        title=pages.heading(library(), clause_id),
        known=clause_id in library().clauses,
        versions=versions,
        old=old,
        new=new,
        lines=list(lines(pieces)),
        text_changed=changed(pieces),
        changes=pages.metadata_changes(before, after),
        said=reader(library()),
    )


def _clause_file(version: Version, clause_id: str) -> dict[str, Any]:
    return dict(version.content["files"].get(f"{clause_id}/clause.yaml") or {})


def _comparable(version: Version, clause_id: str) -> str:
    """The text in words; as it stands in the file, where this program cannot read it any more."""
    source = str(version.content["texts"].get(f"{clause_id}/nl.md", ""))
    try:
        text = parse_clause_text(source, str(_clause_file(version, clause_id).get("kind", "article")))
    except TextTrouble:
        return source
    return legal_text.comparable(library(), text)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a comparison: its pieces, how deep it stands, and whether anything in it changed."""

    pieces: list[tuple[str, str]]
    depth: int

    @property
    def changed(self) -> bool:
        """Whether anything in it changed."""
        return any(op != EQUAL for op, _text in self.pieces)


def lines(pieces: list[tuple[str, str]]) -> Iterator[Line]:
    """The pieces of a comparison cut where its lines end."""
    rows: list[list[tuple[str, str]]] = [[]]
    for op, text in pieces:
        for index, piece in enumerate(text.split("\n")):
            if index:
                rows.append([])
            if piece:
                rows[-1].append((op, piece))
    for row in rows:
        if row:
            depth = 0
            while row and row[0][1].startswith("– "):
                row[0] = (row[0][0], row[0][1][2:])
                depth += 1
                if not row[0][1]:
                    row.pop(0)
            yield Line(row, min(depth, 2))


def reader(current: Library) -> Callable[[str, str], str]:
    """How a changed line of clause.yaml is said: elements and parameters by their words, the rest as it is written."""

    def said(key: str, line: str) -> str:
        if key == "covers":
            element, _, places = line.partition(": ")
            return f"{pages.element_label(current, element)}{f' (#{places})' if places else ''}"
        return said_parameter(current, line) if key == "parameters" else line

    return said


def said_parameter(current: Library, name: str) -> str:
    """What a parameter is called; its id where the library does not have it (any more)."""
    return legal_text.label(current.parameters[name]) if name in current.parameters else name


@blueprint.get("/library/impact")
@allow(*REVIEWERS)
def impact() -> str:
    """What publishing would touch."""
    newest = candidate()
    found = library_impact.impact(session(), newest.library, newest.published)
    return render_template(
        "legal/impact.html",
        impact=found,
        candidate=newest,
        heading=lambda name: pages.heading(newest.library, name),
        parameter_label=lambda name: said_parameter(newest.library, name),
        said=reader(newest.library),
    )


@blueprint.get("/library/check")
@allow(*REVIEWERS)
def check() -> str:
    """The report of the last check of the files, or the way to begin one."""
    config = runtime().config
    return render_template("legal/check.html", reading=_reading(), path=config.clauses or clauses_dir())


@blueprint.post("/library/check")
@allow(*REVIEWERS)
def start_check() -> ResponseReturnValue:
    """Begin reading and checking; the answer comes at once."""
    config = runtime().config
    reading = library_reading.begin(config.clauses, config.processor_profile)
    return redirect(url_for("legal.check", state=reading.state), 303)


@blueprint.get("/library/check/status")
@allow(*REVIEWERS)
def check_status() -> ResponseReturnValue:
    """Whether a check still runs, for the small script of the page."""
    reading = _reading()
    return jsonify({"running": reading is not None and reading.running, "seconds": reading.seconds if reading else 0})


def _reading() -> library_reading.Reading | None:
    """The reading of the present files. A state that was asked to be checked, and that another server process is checking, is
    checked here too: what is remembered is remembered per process."""
    config = runtime().config
    reading = library_reading.known(config.clauses, config.processor_profile)
    if reading is None and request.args.get("state") == library_reading.state_of_files(config.clauses, config.processor_profile):
        return library_reading.begin(config.clauses, config.processor_profile)
    return reading
