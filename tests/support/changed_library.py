"""The house library with something changed, for tests of releases and of refusals."""

from __future__ import annotations

import copy
from typing import Any

from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.library_build import build_library

CLAUSE = "breach-notice"


def new_text(library: Library, version: str | None = "9.0.0", clause: str = CLAUSE) -> Library:
    """The library in which a clause's heading changed, under a new version or (None) under the old one."""
    raw = _raw(library)
    heading, rest = raw["texts"][f"{clause}/nl.md"].split("\n", 1)
    raw["texts"][f"{clause}/nl.md"] = f"{heading} (gewijzigd)\n{rest}"
    if version:
        raw["files"][f"{clause}/clause.yaml"]["version"] = version
    return build_library(raw)


def with_status(library: Library, status: str, clause: str = CLAUSE) -> Library:
    """The library in which a clause has another status."""
    raw = _raw(library)
    raw["files"][f"{clause}/clause.yaml"]["status"] = status
    return build_library(raw)


def asking_more(library: Library, duty: str = "99(9)") -> Library:
    """The library with a duty that no clause covers."""
    raw = _raw(library)
    raw["files"]["requirements.yaml"]["requirements"].append(
        {"id": duty, "nl": "Onvervulde plicht", "elements": {"something": {"nl": "iets"}}}
    )
    return build_library(raw)


def _raw(library: Library) -> dict[str, Any]:
    return copy.deepcopy(dict(library.raw))
