"""The redline in Word: from two snapshots to a proven file, beside plain docxtpl and, where it is installed, python-redlines."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from bench.docx import plain_docxtpl
from bench.measure import Row, medians
from dpa_service.adapters.docx import package
from dpa_service.adapters.docx.context import build
from dpa_service.adapters.docx.redline import DOCUMENT, merge, redline_docx
from dpa_service.adapters.docx.redline_proof import prove
from dpa_service.adapters.docx.render import render_docx
from dpa_service.adapters.library_files import load_library
from dpa_service.domain.comparison.redline import redline
from dpa_service.resources import examples_dir
from dpa_service.services.agreements.generate import assemble_request

TITLE = "Redline (examples/voorbeeld-energie.json: standard against agreed; and against another client's agreement)"
AIM = 6  # times plain docxtpl, which takes 50 ms for this document on a machine with nothing else to do: 0.3 s
_BY = {"author": "Voorbeeld", "date": datetime(2026, 11, 23, tzinfo=UTC)}


def run() -> Iterable[Row]:
    """Speed of the whole, its parts, and the other ways."""
    library = load_library()
    request, other = (
        json.loads((examples_dir() / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("voorbeeld-energie", "voorbeeld-alles")
    )
    standard = assemble_request(request | {"parameters": {}}, library)
    agreed, another = assemble_request(request, library), assemble_request(other, library)
    old, new = _part(standard), _part(agreed)
    part = merge(old, new, **_BY)
    values = build(agreed)
    candidates: dict[str, Callable[[Any], object]] = {
        "docxtpl": lambda _: plain_docxtpl(values),
        "render": render_docx,
        "redline": lambda snapshot: redline_docx(standard, snapshot, **_BY),
        "rewritten": lambda snapshot: redline_docx(another, snapshot, **_BY),
        "merge": lambda _: merge(old, new, **_BY),
        "proof": lambda _: prove(part, old, new),
        "page": lambda snapshot: redline(standard, snapshot),
    }
    ms = medians(candidates, lambda: copy.deepcopy(agreed), rounds=6, block=3)
    yield Row("plain docxtpl (one document)", f"{ms['docxtpl']:.1f} ms")
    yield Row("render_docx (one document)", f"{ms['render']:.1f} ms")
    for name, what in (
        ("redline", "redline_docx, standard → agreed, proven"),
        ("rewritten", "  another client's → this one's, proven"),
    ):
        ratio = ms[name] / ms["docxtpl"]
        yield Row(what, f"{ms[name]:.1f} ms", f"{ratio:.2f} x docxtpl", f"<= {AIM} x (0.3 s)", ratio <= AIM)
    yield Row("  of which merging", f"{ms['merge']:.1f} ms")
    yield Row("  of which the proof", f"{ms['proof']:.1f} ms")
    yield Row("  the same as data for a page", f"{ms['page']:.1f} ms")
    yield _other_engine(render_docx(standard), render_docx(agreed), ms["redline"])


def _part(snapshot: dict[str, Any]) -> bytes:
    return next(content for member, content in package.read(render_docx(snapshot)) if member.name == DOCUMENT)


def _other_engine(old: bytes, new: bytes, ours: float) -> Row:
    try:
        from python_redlines.engines import DocxodusEngine

        engine = DocxodusEngine()
    except Exception as missing:
        return Row("python-redlines (docxodus)", f"not installed: {type(missing).__name__}")
    ms = medians({"other": lambda _: engine.run_redline("Voorbeeld", old, new)}, rounds=2, block=1)["other"]
    return Row("python-redlines (docxodus)", f"{ms:.0f} ms", f"{ms / ours:.0f} x ours")
