"""The printed invoice, credit note and timesheet: the words and figures of the document, an archive file, the same bytes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pypdfium2
import pytest

from dpa_service.adapters.invoice_pdf import WORDS, invoice_pdf, timesheet_pdf
from dpa_service.domain.assistance.assistance import settle
from dpa_service.domain.assistance.crediting import make_credit_note
from dpa_service.domain.assistance.invoicing import REVERSE_CHARGE, VAT_REFUND, Charge, draft_lines
from dpa_service.domain.assistance.timesheet import Timesheet, timesheet
from dpa_service.domain.contract.wording import NBSP, money
from tests.support.invoices import DOMESTIC, DUTCH, TARIFF, entries, invoice

HOSTILE = [
    'A & B <Ltd> "x" #strong[x] $1+1$ *b* _i_ @ref [y]',
    r"\ `raw` ~ -- ... // x /* */ #{ } \u{41} \# \\",
    "{{ title }} {% if x %} ${z} %s {0}",
    "= kop - lijst + nummer <label> 1. een",
]


def said(pdf: bytes) -> str:
    """The text layer of all pages, blanks made equal."""
    document = pypdfium2.PdfDocument(pdf)
    return " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in document).replace(NBSP, " ")


def plain(text: str) -> str:
    return " ".join(text.replace(NBSP, " ").split())


def test_the_invoice_prints_every_figure_of_the_document() -> None:
    made = invoice([20, 50, 100])
    words = said(invoice_pdf(made))
    for figure in (made.net, made.tax, made.payable, *(line.net for line in made.lines)):
        assert plain(money(figure, "nl")) in words
    for text in (made.number, made.buyer.name, made.buyer.reference, made.agreement, "BE 0427.073.974", "30 december 2026",
                 *(line.reference for line in made.lines), *(line.basis for line in made.lines)):  # fmt: skip
        assert text is not None
        assert text in words
    assert made.communication is not None
    digits = made.communication
    assert f"+++{digits[:3]}/{digits[3:7]}/{digits[7:]}+++" in words
    for line in made.lines:
        assert f"{line.raw_minutes} geregistreerd" in words


def test_a_credit_note_prints_its_invoice_and_the_mention() -> None:
    made = invoice([60])
    back = make_credit_note(
        made, {"1": 30}, before={}, number="C2026-0007", issue_date=date(2026, 12, 4), reason="dubbel"
    ).document
    words = said(invoice_pdf(back))
    assert "Creditnota" in words
    assert f"{made.number} van 30 november 2026" in words
    assert VAT_REFUND in words
    assert "+++" not in words
    assert "Te crediteren" in words


def test_a_shifted_vat_prints_its_mention() -> None:
    assert REVERSE_CHARGE in said(invoice_pdf(invoice(buyer=DUTCH)))
    assert "verlegd" not in said(invoice_pdf(invoice()))


@pytest.mark.parametrize("name", [*HOSTILE, "Zeer" + "lange" * 30 + "naam"])
def test_words_that_people_typed_are_printed_and_never_read(name: str) -> None:
    made = invoice(buyer=replace(DOMESTIC, name=name))
    made = replace(made, note=name, lines=tuple(replace(line, text=name, reference=name, basis=name) for line in made.lines))
    words = said(invoice_pdf(made)).replace(" ", "")
    assert words.count(name.replace(" ", "")) >= 2 + 2 * len(made.lines)


def sheet_of(minutes: list[int]) -> Timesheet:
    settled = settle(entries(minutes, replace(TARIFF, free_minutes=60)))
    drafts = draft_lines(
        [Charge(item.entry, item.charged) for item in settled], lambda e: f"Bijstand {e.duty}", lambda e: "artikel 14"
    )
    did = {item.entry.id: f"Werk {item.entry.id}" for item in settled}
    return timesheet(drafts, settled, did, title=lambda e: f"Bijstand {e.duty}", basis=lambda e: "artikel 14")


def test_the_timesheet_prints_every_entry_and_accounts_for_the_minutes() -> None:
    sheet = sheet_of([50, 20, 100])
    words = said(timesheet_pdf(sheet, invoice([100])))
    for group in sheet.groups:
        for row in group.rows:
            assert f"{row.work_date:%d/%m/%Y} {row.text} {row.raw} {row.billed}" in words
    assert "60: kosteloze tijd van het jaar" in words
    assert "Geregistreerd 170" in words
    assert "Aangerekend 135" in words


def test_a_draft_says_so_on_every_page() -> None:
    drawn = pypdfium2.PdfDocument(invoice_pdf(invoice([30] * 40), draft=True))
    assert len(drawn) > 1
    for page in drawn:
        assert "ontwerp" in page.get_textpage().get_text_range().lower()
    assert "ontwerp" not in said(invoice_pdf(invoice())).lower()
    assert "Ontwerp" in said(timesheet_pdf(sheet_of([90]), invoice(), draft=True))


def test_the_header_of_the_lines_returns_on_every_page() -> None:
    drawn = pypdfium2.PdfDocument(invoice_pdf(invoice([30] * 60)))
    heads = [page.get_textpage().get_text_range() for page in drawn]
    assert all(WORDS["nl"]["columns"][1] in text for text in heads)
    assert f"pagina 1 van {len(drawn)}" in " ".join(heads[0].split())


def test_the_files_are_archive_files_and_always_the_same() -> None:
    for once, again in ((invoice_pdf(invoice()), invoice_pdf(invoice())),
                        (timesheet_pdf(sheet_of([90]), invoice()), timesheet_pdf(sheet_of([90]), invoice()))):  # fmt: skip
        assert once == again
        assert b"pdfaid:part" in once
        assert b"/MarkInfo" in once
