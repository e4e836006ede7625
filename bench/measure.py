"""Timing side by side, and the table of results. Ratios within one run are what counts: the machine is whatever it is."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `target` says what is aimed at and `met` whether it was, where there is a target."""

    what: str
    value: str
    ratio: str = ""
    target: str = ""
    met: bool | None = None


def medians(
    candidates: Mapping[str, Callable[[Any], object]], given: Callable[[], Any] = lambda: None, rounds: int = 12, block: int = 8
) -> dict[str, float]:
    """The median time of each candidate in milliseconds, each call with a fresh argument from `given` that is not timed.

    The candidates take turns, so that all meet the same weather, and each works through a block of calls in its turn.
    """
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for candidate in candidates.values():
        candidate(given())
    gc.collect()
    for _ in range(rounds):
        for name, candidate in candidates.items():
            for _ in range(block):
                argument = given()
                start = time.perf_counter()
                candidate(argument)
                times[name].append((time.perf_counter() - start) * 1000)
    return {name: statistics.median(values) for name, values in times.items()}


def table(title: str, rows: Iterable[Row]) -> str:
    """The rows as text in columns."""
    lines = [("", "", "", "aim", "")]
    lines += [(r.what, r.value, r.ratio, r.target, "" if r.met is None else "ok" if r.met else "NOT MET") for r in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    body = (
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )
    return "\n".join((title, *(f"  {line.rstrip()}" for line in body)))
