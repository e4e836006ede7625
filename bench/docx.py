"""The Word file: the fast path beside plain docxtpl, deflate alone, and two thousand documents in flat memory."""

from __future__ import annotations

import copy
import io
import itertools
import json
import multiprocessing
import resource
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from docxtpl import DocxTemplate

from bench.measure import Row, medians
from dpa_service.adapters.docx import package
from dpa_service.adapters.docx.context import build
from dpa_service.adapters.docx.render import render_docx
from dpa_service.resources import examples_dir, templates_dir

TITLE = "Word file (examples/voorbeeld-energie.json, from snapshot to bytes)"
TEMPLATE = templates_dir() / "docx" / "agreement.docx"


def snapshots(count: int) -> list[str]:
    """The stored agreements of as many clients, as JSON."""
    from dpa_service.adapters.library_files import (
        load_library,
    )  # here, so that the memory bench's process holds the renderer only
    from dpa_service.services.agreements.generate import assemble_request

    request = json.loads((examples_dir() / "voorbeeld-energie.json").read_text(encoding="utf-8"))
    made, library = [], load_library()
    for number in range(count):
        client = copy.deepcopy(request)
        client["client"]["name"] = f"Voorbeeld Energie {number} NV"
        made.append(json.dumps(assemble_request(client, library)))
    return made


def plain_docxtpl(values: dict[str, Any]) -> bytes:
    """A document as docxtpl's documentation shows it."""
    document = DocxTemplate(TEMPLATE)
    document.render(values, autoescape=True)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def run() -> Iterable[Row]:
    """Speed, then memory."""
    stored = itertools.cycle(snapshots(24))
    sample = json.loads(next(stored))
    changed = next(part for member, part in package.read(render_docx(sample)) if member.name == "word/document.xml")
    codecs: list[package.Codec] = ["zlib", "isal"] if package.HAS_ISAL else ["zlib"]
    values = build(sample)
    candidates: dict[str, Callable[[Any], object]] = {"docxtpl": lambda _: plain_docxtpl(values), "context": build}
    for codec in codecs:
        deflate, _ = package.deflater(codec)
        candidates[codec] = partial(render_docx, codec=codec)
        candidates[f"deflate {codec}"] = lambda _, deflate=deflate: deflate(changed)  # type: ignore[misc]
    ms = medians(candidates, lambda: json.loads(next(stored)))

    yield Row("plain docxtpl (context given, autoescape)", f"{ms['docxtpl']:.2f} ms")
    for codec, aim in zip(codecs, (15, 40), strict=False):
        ratio, alone = ms["docxtpl"] / ms[codec], ms[codec] / ms[f"deflate {codec}"]
        size = len(render_docx(sample, codec=codec))
        yield Row(
            f"render_docx, {codec} ({size // 1024} kB)", f"{ms[codec]:.2f} ms", f"{ratio:.1f} x", f">= {aim} x", ratio >= aim
        )
        yield Row(
            f"  deflate of its document.xml alone, {codec}",
            f"{ms[f'deflate {codec}']:.2f} ms",
            f"{alone:.2f} x",
            "<= 1.5 x",
            alone <= 1.5,
        )
    yield Row(f"  document.xml {len(changed) // 1024} kB; context", f"{ms['context']:.2f} ms")
    yield from memory()
    yield from bulk()


def _resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize() / 2**20


def _memory(count: int, stored: list[str]) -> tuple[float, float]:
    pool = itertools.cycle([json.loads(snapshot) for snapshot in stored])
    for _ in range(count // 10):
        render_docx(next(pool))
    before = _resident_mb()
    for _ in range(count):
        render_docx(next(pool))
    return before, _resident_mb()


def memory(count: int = 2000) -> Iterable[Row]:
    """Resident memory of a process that renders `count` documents, against its memory when warm."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        before, after = pool.apply(_memory, (count, snapshots(8)))
    growth = after - before
    yield Row(
        f"memory, warm → after {count} documents more",
        f"{after:.0f} MB",
        f"{growth:+.1f} MB",
        "<= 60 MB, flat",
        growth < 1 and after <= 60,
    )


def _bulk(count: int, stored: list[str]) -> float:
    pool = itertools.cycle([json.loads(snapshot) for snapshot in stored])
    render_docx(next(pool))
    start = time.perf_counter()
    for _ in range(count):
        render_docx(next(pool), codec="zlib")
    return count / (time.perf_counter() - start)


def bulk(count: int = 1000) -> Iterable[Row]:
    """Documents a second of one process and of two."""
    stored = snapshots(8)
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        one = pool.apply(_bulk, (count, stored))
        two = sum(pool.starmap(_bulk, [(count, stored)] * 2, chunksize=1))
    yield Row("documents a second, one process (zlib)", f"{one:.0f}/s")
    yield Row("  two processes", f"{two:.0f}/s", f"{two / one:.2f} x", ">= 1.8 x", two / one >= 1.8)
