"""A returned Word file: read in its confined process and compared with what was issued, beside the start of an empty process."""

from __future__ import annotations

import json
import resource
from collections.abc import Callable, Iterable
from pathlib import Path

from bench.measure import Row, medians
from dpa_service.adapters import confined
from dpa_service.adapters.docx import returned_child
from dpa_service.adapters.docx.render import render_docx
from dpa_service.adapters.docx.returned import read_returned
from dpa_service.adapters.library_files import load_library
from dpa_service.domain.comparison.returned import compare
from dpa_service.domain.comparison.returned_manifest import marks_of_snapshot
from dpa_service.domain.comparison.returned_stream import stream_of
from dpa_service.resources import examples_dir
from dpa_service.services.agreements.generate import assemble_request

TITLE = "Returned file (examples/voorbeeld-alles.json, a change in every tenth paragraph)"
AIM = 200.0  # milliseconds beyond the start of the process


def edited(docx: bytes) -> bytes:
    """The file with words changed in every tenth paragraph, in turn tracked and silently."""
    from tests.support.returned_word import Returned

    file = Returned(docx)
    for number, bookmark in enumerate(file.clauses()):
        for paragraph in file.paragraphs(bookmark)[1::10]:
            spots = file.spots(paragraph)
            if spots:
                file.replace(file.cut(*spots[len(spots) // 2]), "gewijzigd", tracked=number % 2 == 0)
    return file.saved()


def _work(do: Callable[[], object], rounds: int = 12) -> float:
    """The least processor time of a call in milliseconds, that of the processes it starts included."""

    def used() -> float:
        both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(each.ru_utime + each.ru_stime for each in both) * 1000

    found = []
    for _ in range(rounds):
        before = used()
        do()
        found.append(used() - before)
    return min(found)


def run() -> Iterable[Row]:
    """The steps, then the whole."""
    request = json.loads((examples_dir() / "voorbeeld-alles.json").read_text(encoding="utf-8"))
    snapshot = assemble_request(request, load_library())
    docx = render_docx(snapshot)
    back, marks = edited(docx), marks_of_snapshot(snapshot)
    issued, found = read_returned(docx), read_returned(back)
    count = sum(len(each.tracked) + len(each.silent) for each in compare(issued, found, marks).clauses)
    nothing = Path(__file__).with_name("nothing_child.py")
    ms = medians(
        {
            "start": lambda _: confined.read(nothing, back),
            "read": lambda _: read_returned(back),
            "inside": lambda _: stream_of(json.loads(json.dumps(returned_child.read(back)))),
            "compare": lambda _: compare(issued, found, marks),
            "whole": lambda _: compare(issued, read_returned(back), marks),
        },
        rounds=6,
        block=3,
    )
    yield Row("start of a confined process with lxml that does nothing", f"{ms['start']:.0f} ms")
    yield Row("read in a confined process", f"{ms['read']:.0f} ms")
    yield Row("  the same without a process of its own", f"{ms['inside']:.0f} ms")
    yield Row(f"compare ({count} findings in {len(found.paragraphs)} paragraphs)", f"{ms['compare']:.0f} ms")
    beyond = ms["whole"] - ms["start"]
    work = _work(lambda: compare(issued, read_returned(back), marks)) - _work(lambda: confined.read(nothing, back))
    yield Row("  its processor time, whatever else the machine does", f"{work:.0f} ms")
    yield Row("read and compare, beyond the start of the process", f"{beyond:.0f} ms", "", f"<= {AIM:.0f} ms", beyond <= AIM)
