"""Every check before issuing finds its own mistake and names the field; a right document passes. (The files: integration/test_ubl.py.)"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from stdnum.be import vat as be_vat

from dpa_service.adapters.number_checks import NUMBERS
from dpa_service.domain.assistance.crediting import make_credit_note
from dpa_service.domain.assistance.invoice_check import enterprise_number_valid, problems
from dpa_service.domain.assistance.invoicing import Endpoint, Invoice, Preceding
from tests.support.invoices import DOMESTIC, DUTCH, GERMAN, TIMESHEET, enterprise_number, invoice

CENT = Decimal("0.01")


def credit_note() -> Invoice:
    return make_credit_note(
        invoice(), {"1": 15, "2": 5}, before={}, number="C2026-0001", issue_date=date(2026, 12, 1), reason="dubbel"
    ).document


def line(index: int = 0, **changes: Any) -> Callable[[Invoice], Invoice]:
    """The document with one line changed."""

    def change(of: Invoice) -> Invoice:
        lines = list(of.lines)
        lines[index] = replace(lines[index], **changes)
        return replace(of, lines=tuple(lines))

    return change


def group(**changes: Any) -> Callable[[Invoice], Invoice]:
    return lambda of: replace(of, vat=(replace(of.vat[0], **changes),))


def document(**changes: Any) -> Callable[[Invoice], Invoice]:
    return lambda of: replace(of, **changes)


def seller(**changes: Any) -> Callable[[Invoice], Invoice]:
    return lambda of: replace(of, seller=replace(of.seller, **changes))


def buyer(**changes: Any) -> Callable[[Invoice], Invoice]:
    return lambda of: replace(of, buyer=replace(of.buyer, **changes))


NUMBER = enterprise_number(9990002)
MISTAKES: list[tuple[str, Callable[[], Invoice], Callable[[Invoice], Invoice], str, str]] = [
    ("a factored invoice", invoice, document(type_code="393"), "type_code", "TYPE"),
    ("dollars", invoice, document(currency="USD"), "currency", "CURRENCY"),
    ("no number", invoice, document(number=" "), "number", "REQUIRED"),
    ("a period turned round", invoice, document(start=date(2026, 11, 29), end=date(2026, 11, 1)), "start", "PERIOD"),
    ("work to come", invoice, document(issue_date=date(2026, 11, 1)), "end", "PERIOD"),
    ("an empty word", invoice, line(basis=""), "lines[0].basis", "REQUIRED"),
    ("a bell", invoice, buyer(name="Bakkerij\x07"), "buyer.name", "CHARACTER"),
    ("a turning mark", invoice, buyer(name="Bakkerij\u202e"), "buyer.name", "CHARACTER"),
    ("another house number", invoice, seller(enterprise_number=NUMBER), "seller.vat_number", "VAT_NUMBER"),
    ("a wrong house number", invoice, seller(enterprise_number="0427073975"), "seller.enterprise_number", "ENTERPRISE_NUMBER"),
    ("a wrong house VAT number", invoice, seller(vat_number="BE0427073975"), "seller.vat_number", "VAT_NUMBER"),
    ("a wrong IBAN", invoice, seller(iban="BE71096123456768"), "seller.iban", "IBAN"),
    ("no VAT number", invoice, buyer(vat_number=None), "buyer.vat_number", "NO_VAT_NUMBER"),
    ("no VAT number abroad", lambda: invoice(buyer=DUTCH), buyer(vat_number=None), "buyer.vat_number", "NO_VAT_NUMBER"),
    ("a wrong VAT number", invoice, buyer(vat_number="BE0999000130"), "buyer.vat_number", "VAT_NUMBER"),
    ("a VAT number written with points", invoice, buyer(vat_number="BE0999.000.129"), "buyer.vat_number", "VAT_NUMBER"),
    ("a VAT number of elsewhere", lambda: invoice(buyer=DUTCH), buyer(vat_number=GERMAN.vat_number), "buyer.vat_number", "VAT_COUNTRY"),
    ("a wrong client number", invoice, buyer(enterprise_number="0999000130"), "buyer.enterprise_number", "ENTERPRISE_NUMBER"),
    ("no electronic address", lambda: invoice(buyer=DUTCH), buyer(vat_number=None), "buyer.endpoint", "REQUIRED"),
    ("a Belgian client by VAT number", invoice, buyer(endpoint=Endpoint("9925", str(DOMESTIC.vat_number))), "buyer.endpoint", "ENDPOINT"),
    ("a wrong address abroad", lambda: invoice(buyer=DUTCH), buyer(endpoint=Endpoint("0208", "1")), "buyer.endpoint", "ENDPOINT"),
    ("no reference", invoice, buyer(reference=None), "buyer.reference", "REQUIRED"),
    ("outside the Union", invoice, buyer(address=replace(DOMESTIC.address, country="US"), vat_number="EU1"), "buyer.vat_number",
     "OUTSIDE_EU"),
    ("no lines", invoice, document(lines=()), "lines", "REQUIRED"),
    ("two lines of one id", invoice, line(1, id="1"), "lines[1].id", "DUPLICATE"),
    ("a negative line", invoice, line(net=Decimal("-23.88")), "lines[0].net", "NEGATIVE"),
    ("a line of no minutes", invoice, line(minutes=0), "lines[0].net", "NEGATIVE"),
    ("a line of no hours", invoice, line(hours=Decimal(0)), "lines[0].net", "NEGATIVE"),
    ("a line at no rate", invoice, line(rate=Decimal(0)), "lines[0].net", "NEGATIVE"),
    ("a line of no amount", invoice, line(net=Decimal(0)), "lines[0].net", "NEGATIVE"),
    ("registered minutes below nothing", invoice, line(raw_minutes=-1), "lines[0].net", "NEGATIVE"),
    ("hours a whole minute off", invoice, line(minutes=14), "lines[0].hours", "HOURS"),
    ("a line outside the period", invoice, line(start=date(2025, 1, 1)), "lines[0].start", "PERIOD"),
    ("a line a cent off", invoice, line(net=Decimal("23.89")), "lines[0].net", "LINE_NET"),
    ("a line of a tenth of a cent", invoice, line(net=Decimal("23.875")), "lines[0].net", "LINE_NET"),
    ("hours that do not multiply", invoice, line(hours=Decimal("0.26")), "lines[0].hours", "LINE_NET"),
    ("hours that are not the minutes", invoice, line(minutes=30), "lines[0].hours", "HOURS"),
    ("two groups of VAT", invoice, lambda of: replace(of, vat=of.vat * 2), "vat", "VAT_GROUPS"),
    ("no VAT at home", invoice, group(category="AE", rate=Decimal(0), code="VATEX-EU-AE"), "vat[0].category", "VAT_CATEGORY"),
    ("6 %", invoice, group(rate=Decimal(6)), "vat[0].category", "VAT_CATEGORY"),
    ("no code of exemption", lambda: invoice(buyer=DUTCH), group(code=None), "vat[0].category", "VAT_CATEGORY"),
    ("no mention of exemption", lambda: invoice(buyer=DUTCH), group(reason=None), "vat[0].reason", "REQUIRED"),
    ("another base", invoice, group(taxable=Decimal("71.65")), "vat[0].taxable", "TOTAL"),
    ("VAT per line", invoice, group(tax=Decimal("15.03")), "vat[0].tax", "VAT"),
    ("another net", invoice, document(net=Decimal("71.65")), "net", "TOTAL"),
    ("another VAT total", invoice, document(tax=Decimal("15.05")), "tax", "TOTAL"),
    ("another total", invoice, document(total=Decimal("86.69")), "total", "TOTAL"),
    ("another amount to pay", invoice, document(payable=Decimal("86.69")), "payable", "TOTAL"),
    ("a total of nothing", invoice, document(total=Decimal(0)), "total", "NEGATIVE"),
    ("a Word file", invoice, document(attachments=(replace(TIMESHEET, media_type="application/msword"),)),
     "attachments[0].media_type", "MEDIA_TYPE"),
    ("an empty file", invoice, document(attachments=(replace(TIMESHEET, content=b""),)), "attachments[0].content", "ATTACHMENT"),
    ("two files of one id", invoice, document(attachments=(TIMESHEET, TIMESHEET)), "attachments[1].id", "DUPLICATE"),
    ("no due date", invoice, document(due_date=None), "due_date", "REQUIRED"),
    ("due before it is made", invoice, document(due_date=date(2026, 11, 29)), "due_date", "PERIOD"),
    ("no terms", invoice, document(payment_terms=None), "payment_terms", "REQUIRED"),
    ("no communication", invoice, document(communication=None), "communication", "COMMUNICATION"),
    ("a wrong communication", invoice, document(communication="202600000199"), "communication", "COMMUNICATION"),
    ("an invoice that credits", invoice, document(preceding=Preceding("F2026-0000", date(2026, 1, 1))), "preceding", "PRECEDING"),
    ("a credit of nothing known", credit_note, document(preceding=None), "preceding", "REQUIRED"),
    ("a credit before its invoice", credit_note, document(preceding=Preceding("F2026-0001", date(2027, 1, 1))),
     "preceding.issue_date", "PERIOD"),
    ("a credit with a due date", credit_note, document(due_date=date(2027, 1, 1)), "due_date", "DUE_DATE"),
    ("a credit without the mention", credit_note, document(note="Creditnota"), "note", "VAT_REFUND"),
    ("a negative credit", credit_note, document(total=Decimal("-1.00")), "total", "NEGATIVE"),
    ("a credit two cents off", credit_note, line(net=Decimal("23.90")), "lines[0].net", "LINE_NET"),
    ("a credit with VAT two cents off", credit_note, lambda of: group(tax=of.tax + 2 * CENT)(of), "vat[0].tax", "VAT"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "made", "change", "field", "code"), MISTAKES, ids=[row[0] for row in MISTAKES])
def test_a_mistake_is_found_and_named(
    name: str, made: Callable[[], Invoice], change: Callable[[Invoice], Invoice], field: str, code: str
) -> None:
    right = made()
    assert problems(right, NUMBERS) == []
    found = problems(change(right), NUMBERS)
    assert (field, code) in {(problem.field, problem.code) for problem in found}
    assert all(problem.message.endswith((".", NUMBER)) for problem in found)


def test_days_that_meet_are_no_mistake() -> None:
    day = date(2026, 11, 2)
    one = line(start=day, end=day, raw_minutes=0)(invoice([15]))
    assert problems(replace(one, start=day, end=day, issue_date=day, due_date=day), NUMBERS) == []
    back = credit_note()
    assert problems(replace(back, issue_date=date(2026, 11, 30)), NUMBERS) == []


@pytest.mark.parametrize(
    ("sign", "right"),
    [("\t", True), ("\n", True), ("\r", True), ("\x1f", False), (" a", True), ("\ud7ff", True), ("\ud800", False),
     ("\ue000", True), ("\ufffd", True), ("\ufffe", False), ("\U00010000", True), ("\u2067", False)],
)  # fmt: skip
def test_the_signs_that_a_document_can_hold(sign: str, right: bool) -> None:
    assert (problems(replace(invoice(), note=f"a{sign}b"), NUMBERS) == []) == right


def test_the_vat_of_a_credit_note_is_exact_when_the_earlier_ones_are_known() -> None:
    back = credit_note()
    assert problems(back, NUMBERS, earlier=Decimal(0)) == []
    off = replace(back, vat=(replace(back.vat[0], tax=back.tax + CENT),), tax=back.tax + CENT, total=back.total + CENT,
                  payable=back.payable + CENT)  # fmt: skip
    assert problems(off, NUMBERS) == []
    assert {problem.field for problem in problems(off, NUMBERS, earlier=Decimal(0))} == {"vat[0].tax"}


@pytest.mark.parametrize("number", ["0427.073.974", "0427073974", "0427073975", "9427073974", "427073974", "", "BE0427073974"])
def test_enterprise_numbers_are_judged_as_the_register_does(number: str) -> None:
    assert enterprise_number_valid(number) == (number != "427073974" and be_vat.is_valid(number))
