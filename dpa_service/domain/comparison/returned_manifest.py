"""Which clauses an issued file has: from its snapshot, or from the file itself. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from dpa_service.domain.comparison.returned_findings import ClauseMark
from dpa_service.domain.comparison.returned_stream import Stream
from dpa_service.domain.comparison.returned_views import contents, letters


def marks_of_snapshot(snapshot: Mapping[str, Any]) -> tuple[ClauseMark, ...]:
    """The clauses of a snapshot (docs/snapshot.md) in the order of the document."""
    return tuple(
        ClauseMark(each["clause"], each["bookmark"], each.get("label") or "", each["heading"]) for each in _clauses(snapshot)
    )


def _clauses(snapshot: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if snapshot["recitals"]:
        yield snapshot["recitals"]
    for part in snapshot["parts"]:
        yield from part["articles"]
    yield snapshot["closing"]
    yield from snapshot["annexes"]


def marks_of_stream(issued: Stream, names: Mapping[str, str]) -> tuple[ClauseMark, ...]:
    """The clauses of an issued file by its bookmarks; their labels as its table of contents prints them.

    In: `names`, bookmark → clause id of the library; a bookmark that it does not know is its own id.
    """
    labels: dict[str, list[str]] = defaultdict(list)
    for number in contents(issued):
        label, tab, heading = issued.paragraphs[number].text.rpartition("\t")
        labels[letters(heading)].append(label.split("\u00a0")[-1].split(" ")[-1] if tab else "")  # "Bijlage II" is II
    made = []
    for paragraph in issued.paragraphs:
        for name in paragraph.bookmarks:
            if name.startswith("_cl_"):
                listed = labels[letters(paragraph.text)]  # the same heading may come twice, in the order of the text
                made.append(ClauseMark(names.get(name, name), name, listed.pop(0) if listed else "", paragraph.text.strip()))
    return tuple(made)
