"""Reading and checking the files of the clause library while a page waits: seconds of work, so in a thread of its own.

What was read is kept per state of the files (names, sizes, times), in memory: it can always be made again. Each server process has
its own; one that is asked about a state it has not read begins to read it.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dpa_service.adapters.library_files import load_library, read_published
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.errors import DomainError, LibraryProblem
from dpa_service.resources import clauses_dir
from dpa_service.services.library.clause_library import Report, check_files

_KEPT = 4
_lock = threading.Lock()
_readings: dict[str, Reading] = {}


@dataclass
class Reading:
    """One reading of the files: running until `finished`; then the library (None when it cannot be built) and the report."""

    state: str
    begun: float = field(default_factory=time.monotonic)
    finished: float | None = None
    library: Library | None = None
    published: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    report: Report | None = None
    failed: bool = False

    @property
    def running(self) -> bool:
        """Whether it still works."""
        return self.finished is None

    @property
    def seconds(self) -> int:
        """How long it works, or took."""
        return round((self.finished or time.monotonic()) - self.begun)


def state_of_files(path: Path | None, profile: Path | None = None) -> str:
    """A fingerprint of names, sizes and times of the library's files: cheap, and different after any edit."""
    root = path or clauses_dir()
    files = sorted([*root.glob("*.yaml"), *root.glob("*/*.yaml"), *root.glob("*/*.md"), *([profile] if profile else [])])
    seen = [(file.as_posix(), file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]


def known(path: Path | None, profile: Path | None = None) -> Reading | None:
    """The reading of the files as they are now, running or finished; None when they were not read since they changed."""
    return _readings.get(state_of_files(path, profile))


def begin(path: Path | None, profile: Path | None = None) -> Reading:
    """Read and check the files, unless that was done or is being done for their present state. Returns at once."""
    state = state_of_files(path, profile)
    with _lock:
        if state in _readings and not _readings[state].failed:
            return _readings[state]
        while len(_readings) >= _KEPT:
            del _readings[next(iter(_readings))]
        reading = _readings[state] = Reading(state)
    threading.Thread(target=_read, args=(reading, path, profile), name="library-check", daemon=True).start()
    return reading


def _read(reading: Reading, path: Path | None, profile: Path | None) -> None:
    try:
        reading.published = read_published(path or clauses_dir())
        reading.report = check_files(path)
        reading.library = load_library(path, profile)
    except LibraryProblem as trouble:
        reading.report = reading.report or Report(trouble.problems, 0, 0, 0, [])
    except (DomainError, OSError, ValueError):  # the page says that it failed, and lets try again
        reading.failed = True
    finally:
        reading.finished = time.monotonic()
