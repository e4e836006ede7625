"""The timesheet of an invoice or credit note as CSV: one row per entry, for the client's own checks. Semicolons and UTF-8 with a mark, as Excel here reads it."""

from __future__ import annotations

import csv
import io

from dpa_service.adapters.invoice_pdf import WORDS
from dpa_service.domain.assistance.timesheet import Timesheet

COLUMNS = {
    "nl": ("factuurlijn", "dossier", "uw dossier", "verplichting", "grondslag", "datum", "prestatie", "geregistreerde minuten",
           "afgeronde minuten", "niet aangerekende minuten", "reden", "aangerekende minuten", "uurtarief"),
}  # fmt: skip
ON_CREDIT = {
    "nl": {"factuurlijn": "lijn van de creditnota", "niet aangerekende minuten": "niet gecrediteerde minuten",
           "aangerekende minuten": "gecrediteerde minuten"},
}  # fmt: skip


def timesheet_csv(sheet: Timesheet, language: str = "nl", *, credit: bool = False) -> bytes:
    """The file; `credit` is for a credit note. A text that a spreadsheet would run as a formula is written with a quote."""
    out, reasons = io.StringIO(), WORDS[language]["reasons"]
    rows = csv.writer(out, delimiter=";", lineterminator="\r\n")
    other = ON_CREDIT[language] if credit else {}
    rows.writerow([other.get(name, name) for name in COLUMNS[language]])
    for group in sheet.groups:
        for row in group.rows:
            texts = (group.request, group.case or "", group.title, group.basis, row.work_date.isoformat(), row.text)
            why = "; ".join(reasons[reason] for reason, _ in row.parts)
            not_charged = sum(minutes for _, minutes in row.parts)
            rate = format(group.rate, "f").replace(".", ",")
            rows.writerow(
                [
                    group.line.id if group.line else "",
                    *map(inert, texts),
                    row.raw,
                    row.billed,
                    not_charged,
                    why,
                    row.charged,
                    rate,
                ]
            )
    return out.getvalue().encode("utf-8-sig")


def inert(text: str) -> str:
    """The text so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.lstrip()[:1] in ("=", "+", "-", "@") and text.strip() else text
