"""From a request to an issued agreement, next to one plain docxtpl render; the PDF; the liability calculator."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from bench.docx import plain_docxtpl
from bench.measure import Row, medians
from dpa_service.adapters.db.engine import make_engine, make_sessions
from dpa_service.adapters.db.migrate import upgrade
from dpa_service.adapters.docx.context import build
from dpa_service.adapters.docx.render import render_docx
from dpa_service.adapters.library_files import load_library
from dpa_service.adapters.pdf import render_pdf
from dpa_service.domain.liability.claim import Claim, Item, Params
from dpa_service.domain.liability.liability import assess
from dpa_service.resources import examples_dir
from dpa_service.services.agreements import agreements, issuing
from dpa_service.services.agreements.generate import assemble_request

TITLE = "From request to issued agreement (examples/voorbeeld-energie.json), and calculations"
NOW, TODAY = datetime(2026, 11, 22, 12, tzinfo=UTC), date(2026, 11, 22)


def run() -> Iterable[Row]:
    """Medians side by side; the ratio is how many times cheaper than plain docxtpl."""
    library = load_library()
    data = json.loads((examples_dir() / "voorbeeld-energie.json").read_text(encoding="utf-8"))
    data.pop("parameters", None)  # a departure would wait for its approvers
    snapshot = assemble_request(data, library)
    values = build(snapshot)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'bench.sqlite'}"
        upgrade(url)
        engine = make_engine(url)
        with make_sessions(engine)() as session:

            def draft() -> str:
                made = agreements.create_draft(session, library, data, actor="bench", now=NOW)
                return made.agreement.id

            def issue(agreement_id: Any) -> None:
                issuing.issue(session, agreement_id, actor="bench", now=NOW, today=TODAY)

            ms = medians(
                {
                    "docxtpl": lambda _: plain_docxtpl(values),
                    "made": lambda _: render_docx(assemble_request(data, library)),
                    "pdf": lambda _: render_pdf(snapshot),
                },
                rounds=4,
                block=4,
            )
            ms |= medians({"issue": issue}, draft, rounds=3, block=4)
        engine.dispose()
    ratio = ms["docxtpl"] / ms["made"]
    yield Row("plain docxtpl", f"{ms['docxtpl']:.1f} ms")
    yield Row("validate, assemble, render to .docx", f"{ms['made']:.1f} ms", f"{ratio:.1f} x", ">= 4 x", ratio >= 4)
    yield Row("PDF of the 29 pages", f"{ms['pdf']:.0f} ms")
    yield Row("issue: all of it twice checked, PDF, SHA-256, stored, audited (SQLite)", f"{ms['issue']:.0f} ms")
    yield calculations()


def calculations(seconds: float = 1.0) -> Row:
    """Assessments a second on one core."""
    loss = Decimal("1000.00")
    claim = Claim(
        "processor", "gross", (Item("direct", loss), Item("indirect", loss)), gdpr_processor_breach=True, fees_paid=loss
    )
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        for _ in range(500):
            assess(claim, Params())
        count += 500
    rate = count / (time.perf_counter() - start)
    return Row("assessments a second", f"{rate:,.0f}", "", ">= 20,000", rate >= 20_000)
