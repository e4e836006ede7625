"""The check before issuing: everything that is wrong with an invoice, by field.

It covers what Peppol asks and what the official rules let through: VAT that is off, a wrong IBAN, structured communication or VAT
number, two lines with one id, a buyer without VAT number, a credit note without reference or with negative amounts, no due date,
a type that is neither invoice nor credit note. Pure: the check digits that need tables come in as `Numbers`
(adapters/number_checks.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from dpa_service.domain.assistance.assistance import CENT, ZERO, amount
from dpa_service.domain.assistance.communication import communication_valid
from dpa_service.domain.assistance.invoicing import (
    CREDIT_NOTE,
    INVOICE,
    VAT_REFUND,
    Buyer,
    Invoice,
    InvoiceError,
    Line,
    digits,
    treatment,
    vat_on,
)
from dpa_service.domain.errors import FieldError

MEDIA_TYPES = frozenset(
    (
        "application/pdf",
        "image/png",
        "image/jpeg",
        "text/csv",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.oasis.opendocument.spreadsheet",
    )
)
_TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # turn the direction of the text after them
Problems = Iterator[FieldError]


@dataclass(frozen=True, slots=True)
class Numbers:
    """Whether a number is real by its check digits: a VAT number with its prefix, an IBAN."""

    vat: Callable[[str], bool]
    iban: Callable[[str], bool]


def problems(invoice: Invoice, numbers: Numbers, *, earlier: Decimal | None = None) -> list[FieldError]:
    """Every problem of an invoice or credit note, sorted by field; empty when it may be issued.

    `earlier`: the net amount that earlier credit notes of the same invoice took (Credit.earlier). Where it is not known (a file
    read back) the VAT of a credit note may differ by the one cent that crediting in parts can bring.
    """
    found = [
        *_document(invoice),
        *_texts("", invoice),
        *_seller(invoice, numbers),
        *buyer_problems(invoice.buyer, numbers),
        *_lines(invoice),
        *_vat(invoice, earlier),
        *_totals(invoice),
        *_attachments(invoice),
        *(_credit_note(invoice) if invoice.is_credit_note else _payment(invoice, numbers)),
    ]
    return sorted(set(found), key=lambda problem: (problem.field, problem.code))


def enterprise_number_valid(number: str) -> bool:
    """Whether a Belgian enterprise number has ten digits, begins with 0 or 1, and ends in the right remainder by 97."""
    plain = digits(number)
    return len(plain) == 10 and plain[0] in "01" and 97 - int(plain[:8]) % 97 == int(plain[8:])


def _document(invoice: Invoice) -> Problems:
    if invoice.type_code not in (INVOICE, CREDIT_NOTE):
        yield FieldError("type_code", "TYPE", "Only invoices (380) and credit notes (381) are issued.")
    if invoice.currency != "EUR":
        yield FieldError("currency", "CURRENCY", "Invoices are in euro.")
    if invoice.start > invoice.end:
        yield FieldError("start", "PERIOD", "The period ends before it begins.")
    if invoice.end > invoice.issue_date:
        yield FieldError("end", "PERIOD", "The period ends after the invoice date; work that is still to come is not invoiced.")


def _texts(path: str, value: Any) -> Problems:
    """Texts that would become an empty element, or that XML cannot hold."""
    if isinstance(value, str):
        if not value.strip():
            yield FieldError(path, "REQUIRED", "This is empty; fill it in.")
        elif any(not _in_xml(ord(sign)) or sign in _TURNING for sign in value):
            yield FieldError(path, "CHARACTER", "This holds a control character or a mark that turns the text; type it anew.")
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _texts(f"{path}[{index}]", item)
    elif is_dataclass(value):
        for each in fields(value):
            yield from _texts(f"{path}.{each.name}".lstrip("."), getattr(value, each.name))


def _in_xml(sign: int) -> bool:
    """Whether a code point may stand in an XML document."""
    return sign in (9, 10, 13) or 0x20 <= sign <= 0xD7FF or 0xE000 <= sign <= 0xFFFD or sign >= 0x10000


def _seller(invoice: Invoice, numbers: Numbers) -> Problems:
    seller = invoice.seller
    if not numbers.vat(seller.vat_number):
        yield FieldError("seller.vat_number", "VAT_NUMBER", "The house's VAT number is wrong: its check digits do not agree.")
    if not enterprise_number_valid(seller.enterprise_number):
        yield FieldError("seller.enterprise_number", "ENTERPRISE_NUMBER", "The house's enterprise number is wrong.")
    if seller.vat_number != f"BE{seller.enterprise_number}":
        yield FieldError("seller.vat_number", "VAT_NUMBER", "A Belgian VAT number is BE and the enterprise number.")


def buyer_problems(buyer: Buyer, numbers: Numbers) -> Problems:
    """What is wrong with the client of an invoice, whether or not an invoice can be made for it."""
    country = buyer.address.country
    try:
        treatment(buyer)
    except InvoiceError as trouble:
        yield FieldError("buyer.vat_number", trouble.code, trouble.message)
    if not buyer.vat_number:
        yield FieldError("buyer.vat_number", "NO_VAT_NUMBER", "The client has no VAT number; a professional invoice states it.")
    elif not numbers.vat(buyer.vat_number):
        yield FieldError("buyer.vat_number", "VAT_NUMBER", "The client's VAT number is wrong: its check digits do not agree.")
    elif buyer.vat_number[:2] not in ("BE", "EL" if country == "GR" else country):
        yield FieldError(
            "buyer.vat_number", "VAT_COUNTRY", "The client's VAT number belongs to another country than its address."
        )
    if country == "BE" and not enterprise_number_valid(buyer.enterprise_number or ""):
        yield FieldError("buyer.enterprise_number", "ENTERPRISE_NUMBER", "A Belgian client needs a right enterprise number.")
    address = buyer.electronic_address
    if address is None:
        yield FieldError(
            "buyer.endpoint", "REQUIRED", "The client has no electronic address: enter its Peppol scheme and number."
        )
    elif country == "BE" and address.scheme != "0208":
        yield FieldError("buyer.endpoint", "ENDPOINT", "A Belgian client is reached by its enterprise number (scheme 0208).")
    elif address.scheme == "0208" and not enterprise_number_valid(address.value):
        yield FieldError("buyer.endpoint", "ENDPOINT", "The electronic address is not a right enterprise number.")
    if not (buyer.reference or buyer.order):
        yield FieldError(
            "buyer.reference", "REQUIRED", "Enter the client's reference or its order number; Peppol asks one of them."
        )


def _lines(invoice: Invoice) -> Problems:
    if not invoice.lines:
        yield FieldError("lines", "REQUIRED", "The document has no lines.")
    seen: set[str] = set()
    for index, line in enumerate(invoice.lines):
        path = f"lines[{index}]"
        if line.id in seen:
            yield FieldError(f"{path}.id", "DUPLICATE", f"Two lines have the id {line.id}.")
        seen.add(line.id)
        if line.net <= 0 or line.hours <= 0 or line.rate <= 0 or line.minutes <= 0 or line.raw_minutes < 0:
            yield FieldError(f"{path}.net", "NEGATIVE", "Minutes, hours, rate and amount are above zero, on a credit note too.")
        if not invoice.start <= line.start <= line.end <= invoice.end:
            yield FieldError(f"{path}.start", "PERIOD", "The line's period lies outside the document's.")
        yield from _arithmetic(line, path, invoice.is_credit_note)


def _arithmetic(line: Line, path: str, credit_note: bool) -> Problems:
    # crediting in parts may put a cent in a later part, so that all parts come to the invoice's amount
    slack = CENT if credit_note else ZERO
    if line.net != line.net.quantize(CENT) or abs(line.net - amount(line.minutes, line.rate)) > slack:
        yield FieldError(f"{path}.net", "LINE_NET", "The amount is not the line's minutes at its rate.")
    if abs((line.hours * line.rate).quantize(CENT, ROUND_HALF_UP) - line.net) > slack:
        yield FieldError(f"{path}.hours", "LINE_NET", "The printed hours times the rate are not the line's amount.")
    if abs(line.hours * 60 - line.minutes) >= 1:
        yield FieldError(f"{path}.hours", "HOURS", "The hours are not the line's minutes.")


def _vat(invoice: Invoice, earlier: Decimal | None) -> Problems:
    try:
        how = treatment(invoice.buyer)
    except InvoiceError:
        return  # told by buyer_problems
    if len(invoice.vat) != 1:
        yield FieldError("vat", "VAT_GROUPS", "All lines of a document are taxed the same way, so it has one group of VAT.")
        return
    group = invoice.vat[0]
    if (group.category, group.rate, group.code) != (how.category, how.rate, how.code):
        yield FieldError(
            "vat[0].category", "VAT_CATEGORY", f"This client is invoiced with category {how.category} at {how.rate} %."
        )
    if how.reason and not group.reason:
        yield FieldError("vat[0].reason", "REQUIRED", "The mention that VAT is shifted to the client is missing.")
    if group.taxable != sum((line.net for line in invoice.lines), ZERO):
        yield FieldError("vat[0].taxable", "TOTAL", "The taxable amount is not the sum of the lines.")
    before = earlier or ZERO
    slack = CENT if invoice.is_credit_note and earlier is None else ZERO
    if abs(group.tax - (vat_on(before + group.taxable, group.rate) - vat_on(before, group.rate))) > slack:
        yield FieldError("vat[0].tax", "VAT", "The VAT is not the rate on the sum of the lines, rounded once.")


def _totals(invoice: Invoice) -> Problems:
    if invoice.net != sum((line.net for line in invoice.lines), ZERO):
        yield FieldError("net", "TOTAL", "The total without VAT is not the sum of the lines.")
    if invoice.tax != sum((group.tax for group in invoice.vat), ZERO):
        yield FieldError("tax", "TOTAL", "The VAT is not the sum of its groups.")
    if invoice.total != invoice.net + invoice.tax:
        yield FieldError("total", "TOTAL", "The total is not the amount without VAT and the VAT.")
    if invoice.payable != invoice.total:
        yield FieldError("payable", "TOTAL", "The amount to pay is not the total.")
    if invoice.total <= 0:
        yield FieldError("total", "NEGATIVE", "The total is above zero, on a credit note too.")


def _attachments(invoice: Invoice) -> Problems:
    ids = [attachment.id for attachment in invoice.attachments]
    for index, attachment in enumerate(invoice.attachments):
        if attachment.media_type not in MEDIA_TYPES:
            yield FieldError(f"attachments[{index}].media_type", "MEDIA_TYPE", "Attach a PDF, CSV, PNG, JPEG, XLSX or ODS file.")
        if not attachment.content:
            yield FieldError(f"attachments[{index}].content", "ATTACHMENT", "The attached file is empty or damaged.")
        if ids.count(attachment.id) > 1:
            yield FieldError(f"attachments[{index}].id", "DUPLICATE", f"Two attachments have the id {attachment.id}.")


def _payment(invoice: Invoice, numbers: Numbers) -> Problems:
    if invoice.due_date is None:
        yield FieldError("due_date", "REQUIRED", "The invoice has no due date.")
    elif invoice.due_date < invoice.issue_date:
        yield FieldError("due_date", "PERIOD", "The due date lies before the invoice date.")
    if not invoice.payment_terms:
        yield FieldError("payment_terms", "REQUIRED", "The invoice does not say how it is to be paid.")
    if not numbers.iban(invoice.seller.iban):
        yield FieldError("seller.iban", "IBAN", "The house's IBAN is wrong: its check digits do not agree.")
    if not communication_valid(invoice.communication or ""):
        yield FieldError(
            "communication", "COMMUNICATION", "The structured communication is wrong: its check digits do not agree."
        )
    if invoice.preceding:
        yield FieldError("preceding", "PRECEDING", "An invoice credits no other invoice.")


def _credit_note(invoice: Invoice) -> Problems:
    if invoice.preceding is None:
        yield FieldError("preceding", "REQUIRED", "The credit note does not say which invoice it credits.")
    elif invoice.preceding.issue_date > invoice.issue_date:
        yield FieldError("preceding.issue_date", "PERIOD", "The credit note is dated before its invoice.")
    if invoice.due_date:
        yield FieldError("due_date", "DUE_DATE", "A credit note has no due date.")
    if any(group.category == "S" for group in invoice.vat) and VAT_REFUND not in (invoice.note or ""):
        yield FieldError("note", "VAT_REFUND", f"A credit note with VAT states: {VAT_REFUND}")
