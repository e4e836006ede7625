"""An invoice of 300 lines with its timesheet: check, UBL, reading back, PDF; and settling a client's year of minutes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from bench.measure import Row, medians
from dpa_service.adapters.invoice_pdf import invoice_pdf, timesheet_pdf
from dpa_service.adapters.number_checks import NUMBERS
from dpa_service.adapters.timesheet_csv import timesheet_csv
from dpa_service.adapters.ubl import write
from dpa_service.adapters.ubl_read import check
from dpa_service.domain.assistance.assistance import Entry, settle
from dpa_service.domain.assistance.communication import communication_for
from dpa_service.domain.assistance.invoice_check import problems
from dpa_service.domain.assistance.invoicing import Attachment, Charge, draft_lines, make_invoice
from dpa_service.domain.assistance.timesheet import timesheet
from tests.support.einvoice import Judges
from tests.support.invoices import DOMESTIC, SELLER, TARIFF, entries

TITLE = "An invoice of 300 lines with its timesheet (without the database)"
AIM = 1000.0  # milliseconds, everything of issuing together


def run() -> Iterable[Row]:
    """Each step, the whole, and what the official judges take for it in the tests."""
    worked = entries([20 + n % 70 for n in range(300)], TARIFF)
    title: Callable[[Entry], str] = lambda entry: f"Bijstand bij verzoeken van betrokkenen, {entry.duty}"  # noqa: E731
    basis: Callable[[Entry], str] = lambda entry: f"artikel 14 en Bijlage V van {entry.tariff.agreement}"  # noqa: E731
    settled = settle(worked)
    drafts = draft_lines([Charge(item.entry, item.charged) for item in settled], title, basis)
    plain = make_invoice(
        [draft.line for draft in drafts], number="F2026-0001", issue_date=date(2026, 11, 30), payment_days=30, seller=SELLER,
        buyer=DOMESTIC, communication=communication_for(2026, 1), agreement=TARIFF.agreement,
    )  # fmt: skip
    words = {entry.id: "Opzoeking in het gesprekkenarchief en kopie bezorgd" for entry in worked}
    sheet = timesheet(drafts, settled, words, title=title, basis=basis)
    attached = Attachment("Urenstaat", "urenstaat-F2026-0001.pdf", "application/pdf", timesheet_pdf(sheet, plain), "Urenstaat")
    document = replace(plain, attachments=(attached,))
    content = write(document)

    def whole(_: Any) -> None:
        assert not problems(plain, NUMBERS)
        held = replace(attached, content=timesheet_pdf(sheet, plain))
        made = replace(plain, attachments=(held,))
        assert not check(write(made), NUMBERS)
        invoice_pdf(made)

    def month(_: Any) -> None:
        """A hundred clients with thirty entries each: settled, drawn into lines, totals made."""
        for _client in range(100):
            lines = draft_lines([Charge(item.entry, item.charged) for item in settle(worked[:30])], title, basis)
            make_invoice([draft.line for draft in lines], number="-", issue_date=plain.issue_date, payment_days=30, seller=SELLER,
                         buyer=DOMESTIC, communication=None)  # fmt: skip

    year = [replace(entry, tariff=replace(TARIFF, free_minutes=240)) for entry in worked]
    ms = medians(
        {
            "settle": lambda _: settle(year),
            "check": lambda _: problems(document, NUMBERS),
            "ubl": lambda _: write(document),
            "read": lambda _: check(content, NUMBERS),
            "csv": lambda _: timesheet_csv(sheet),
            "invoice": lambda _: invoice_pdf(document),
            "sheet": lambda _: timesheet_pdf(sheet, plain),
            "whole": whole,
            "month": month,
        },
        rounds=3,
        block=2,
    )
    yield Row("settle 300 entries (rounding, free time)", f"{ms['settle']:.1f} ms")
    yield Row("check before issuing", f"{ms['check']:.1f} ms")
    yield Row(f"UBL with the timesheet inside ({len(content) // 1024} kB)", f"{ms['ubl']:.1f} ms")
    yield Row("  read back and checked again", f"{ms['read']:.1f} ms")
    yield Row("timesheet as CSV", f"{ms['csv']:.1f} ms")
    yield Row("timesheet as PDF", f"{ms['sheet']:.0f} ms")
    yield Row("invoice as PDF", f"{ms['invoice']:.0f} ms")
    yield Row("everything of issuing but the database", f"{ms['whole']:.0f} ms", "", f"<= {AIM:.0f} ms", ms["whole"] <= AIM)
    yield Row("drafts for 1,000 clients of 30 entries (pure part)", f"{ms['month'] * 10 / 1000:.1f} s")
    with Judges() as judges:
        judges.cen(content)
        took = medians({"judges": lambda _: judges.all(content)}, rounds=2, block=2)["judges"]
    yield Row("the three official judges, for comparison", f"{took:.0f} ms")
