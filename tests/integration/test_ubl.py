"""The UBL files before the official judges, and what those let through before the product's own check."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from dpa_service.adapters.number_checks import NUMBERS, bic_valid
from dpa_service.adapters.ubl import CAC, CBC, write
from dpa_service.adapters.ubl_read import NotUbl, check, read
from dpa_service.domain.assistance.crediting import make_credit_note
from dpa_service.domain.assistance.invoice_check import problems
from dpa_service.domain.assistance.invoicing import Attachment, Buyer, Invoice
from tests.support.einvoice import Judges, peppol_findings
from tests.support.invoices import DOMESTIC, DUTCH, GERMAN, TARIFF, TIMESHEET, invoice

NAMES = {"cac": CAC, "cbc": CBC}


@pytest.fixture(scope="module")
def judges() -> Iterator[Judges]:
    """The official rules, compiled once."""
    with Judges() as made:
        yield made


def credit_note(of: Invoice, minutes: dict[str, int] | None = None) -> Invoice:
    """A credit note for all of an invoice, or for minutes of it."""
    wanted = minutes or {line.id: line.minutes for line in of.lines}
    return make_credit_note(
        of,
        wanted,
        before={},
        number="C2026-0001",
        issue_date=date(2026, 12, 1),
        reason="verkeerd dossier",
        attachments=(TIMESHEET,),
    ).document


# ---- valid -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("buyer", [DOMESTIC, DUTCH, GERMAN], ids=lambda buyer: buyer.address.country)
@pytest.mark.parametrize("minutes", [[15], [15, 15, 15], [20, 7, 100, 1]], ids=len)
def test_invoices_and_credit_notes_are_valid(judges: Judges, buyer: Buyer, minutes: list[int]) -> None:
    made = invoice(minutes, buyer)
    for document in (made, credit_note(made), credit_note(made, {"1": 5})):
        assert problems(document, NUMBERS) == []
        assert judges.all(write(document)) == []


def test_three_hundred_lines_with_a_pdf_are_valid(judges: Judges) -> None:
    timesheet = Attachment("Urenstaat", "urenstaat.pdf", "application/pdf", b"%PDF-1.7 " + bytes(range(256)) * 200, "Urenstaat")
    made = invoice([minutes % 97 + 1 for minutes in range(300)], attachments=(timesheet, TIMESHEET_CSV))
    for document in (made, credit_note(made)):
        assert len(document.lines) == 300
        assert problems(document, NUMBERS) == []
        assert judges.all(write(document)) == []


def test_a_line_credited_in_five_parts_is_valid_each_time(judges: Judges) -> None:
    odd = replace(TARIFF, rate=Decimal("95.01"), audit_rate_cap=Decimal("95.01"), increment=1)
    made = invoice([50, 7], tariff=odd)
    total = Decimal(0)
    for part in range(5):
        back = make_credit_note(
            made, {"1": 10}, before={"1": 10 * part}, number=f"C2026-000{part}", issue_date=date(2026, 12, 1), reason="in delen"
        )
        assert problems(back.document, NUMBERS, earlier=back.earlier) == []
        assert judges.all(write(back.document)) == []
        total += back.document.net
    assert total == made.lines[0].net


TIMESHEET_CSV = replace(TIMESHEET, id="Urenstaat (CSV)")
TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # marks that turn the text are refused
signs = st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Cn"), exclude_characters=TURNING)
texts = st.text(signs, min_size=1, max_size=60).filter(lambda text: text.strip())


@given(
    st.lists(st.integers(1, 900), min_size=1, max_size=25),
    st.integers(4500, 25000).map(lambda cents: Decimal(cents) / 100),
    st.integers(1, 60),
    st.sampled_from([DOMESTIC, DUTCH, GERMAN]),
    texts,
    texts,
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_lines_and_any_words_are_valid_and_read_back_the_same(
    judges: Judges, minutes: list[int], rate: Decimal, increment: int, buyer: Buyer, words: str, name: str
) -> None:
    made = invoice(minutes, replace(buyer, name=name), replace(TARIFF, rate=rate, increment=increment))
    made = replace(made, note=words, lines=tuple(replace(line, text=words, reference=name) for line in made.lines))
    for document in (made, replace(credit_note(made))):
        content = write(document)
        assert judges.all(content) == []
        assert check(content, NUMBERS) == []
        back, unread = read(content)
        assert unread == []
        assert (back.lines, back.vat, back.note, back.buyer.name) == (document.lines, document.vat, document.note, name)
        assert write(back_without_reading_marks(back, document)) == content


def back_without_reading_marks(back: Invoice, document: Invoice) -> Invoice:
    """What the file does not say of the parties, taken from the document: the account on a credit note, the register apart."""
    seller = replace(back.seller, iban=document.seller.iban, bic=document.seller.bic, register=document.seller.register,
                     legal_form=document.seller.legal_form)  # fmt: skip
    return replace(back, seller=seller)


def test_the_same_document_gives_the_same_bytes() -> None:
    assert write(invoice()) == write(invoice())


def test_a_changed_file_is_no_longer_what_was_meant() -> None:
    with pytest.raises(NotUbl):
        read(b"<Order/>")
    with pytest.raises(NotUbl):
        read(b"not xml")
    bomb = b'<!DOCTYPE Invoice [<!ENTITY a "aaaaaaaaaa">]><Invoice xmlns="urn:oasis">&a;</Invoice>'
    with pytest.raises(NotUbl):
        read(bomb)


# ---- what the official rules let through -----------------------------------------------------------------------------

Mutation = Callable[[Any], None]


def at(root: Any, path: str) -> Any:
    return root.xpath(path, namespaces=NAMES)


def put(path: str, text: str | Callable[[str], str]) -> Mutation:
    """Give every element at a path another text."""

    def mutate(root: Any) -> None:
        found = at(root, path)
        assert found, path
        for element in found:
            element.text = text if isinstance(text, str) else text(element.text)

    return mutate


def drop(path: str) -> Mutation:
    """Leave the elements at a path out."""

    def mutate(root: Any) -> None:
        found = at(root, path)
        assert found, path
        for element in found:
            element.getparent().remove(element)

    return mutate


def several(*mutations: Mutation) -> Mutation:
    def mutate(root: Any) -> None:
        for each in mutations:
            each(root)

    return mutate


def vat_off(cents: str) -> Mutation:
    """VAT too high by so much, with totals that follow."""
    more: Callable[[str], str] = lambda text: str(Decimal(text) + Decimal(cents))  # noqa: E731
    return several(
        put("//cbc:TaxAmount", more),
        put("//cbc:TaxInclusiveAmount", more),
        put("//cac:LegalMonetaryTotal/cbc:PayableAmount", more),
    )


def negative(root: Any) -> None:
    """Every amount and quantity below zero: the negative invoice dressed as a credit note."""
    for name in ("TaxAmount", "TaxableAmount", "LineExtensionAmount", "TaxExclusiveAmount", "TaxInclusiveAmount", "PayableAmount",
                 "CreditedQuantity"):  # fmt: skip
        put(f"//cbc:{name}", lambda text: f"-{text}")(root)


LET_THROUGH = {
    "VAT off by a cent": ("invoice", vat_off("0.01"), "vat[0].tax"),
    "VAT off by almost a euro": ("invoice", vat_off("0.99"), "vat[0].tax"),
    "IBAN with wrong check digits": ("invoice", put("//cac:PayeeFinancialAccount/cbc:ID", "BE71096123456768"), "seller.iban"),
    "structured communication with wrong check digits": ("invoice", put("//cbc:PaymentID", "+++202/6000/00199+++"), "communication"),
    "structured communication printed otherwise": ("invoice", put("//cbc:PaymentID", "202600000176"), "communication"),
    "no structured communication": ("invoice", drop("//cbc:PaymentID"), "communication"),
    "seller's VAT number with wrong check digits": (
        "invoice", put("//cac:AccountingSupplierParty//cac:PartyTaxScheme/cbc:CompanyID", "BE0427073975"), "seller.vat_number"),
    "buyer's VAT number with wrong check digits": (
        "invoice", put("//cac:AccountingCustomerParty//cac:PartyTaxScheme/cbc:CompanyID", "BE0999000130"), "buyer.vat_number"),
    "foreign VAT number with wrong check digits": (
        "abroad", put("//cac:AccountingCustomerParty//cac:PartyTaxScheme/cbc:CompanyID", "DE136695977"), "buyer.vat_number"),
    "VAT number of another country than the address": (
        "abroad", put("//cac:AccountingCustomerParty//cac:PartyTaxScheme/cbc:CompanyID", "NL000099998B57"), "buyer.vat_number"),
    "buyer without VAT number": (
        "invoice", drop("//cac:AccountingCustomerParty//cac:PartyTaxScheme"), "buyer.vat_number"),
    "two lines with one id": ("invoice", put("//cac:InvoiceLine/cbc:ID", "1"), "lines[1].id"),
    "a due date before the invoice": ("invoice", put("//cbc:DueDate", "2026-11-01"), "due_date"),
    "no due date": ("invoice", drop("//cbc:DueDate"), "due_date"),
    "no terms of payment": ("invoice", drop("//cac:PaymentTerms"), "payment_terms"),
    "an invoice of type 393 (factored)": ("invoice", put("//cbc:InvoiceTypeCode", "393"), "type_code"),
    "a debit note": ("invoice", put("//cbc:InvoiceTypeCode", "383"), "type_code"),
    "VAT shifted to a Belgian client": (
        "abroad", several(
            put("//cac:AccountingCustomerParty//cac:Country/cbc:IdentificationCode", "BE"),
            put("//cac:AccountingCustomerParty//cac:PartyTaxScheme/cbc:CompanyID", str(DOMESTIC.vat_number)),
        ), "vat[0].category"),
    "Belgian VAT to a client elsewhere in the Union": (
        "invoice", several(
            put("//cac:AccountingCustomerParty//cac:Country/cbc:IdentificationCode", "DE"),
            put("//cac:AccountingCustomerParty//cac:PartyTaxScheme/cbc:CompanyID", str(GERMAN.vat_number)),
        ), "vat[0].category"),
    "another rate of VAT": ("invoice", several(put("//cbc:Percent", "6"), put("//cbc:TaxAmount", "4.30"),
        put("//cbc:TaxInclusiveAmount", "75.94"), put("//cbc:PayableAmount", "75.94")), "vat[0].category"),
    "a line a cent off its hours and rate": ("invoice", several(
        put("//cac:InvoiceLine[1]/cbc:LineExtensionAmount", "23.89"),
        put("//cac:LegalMonetaryTotal/cbc:LineExtensionAmount | //cbc:TaxExclusiveAmount | //cbc:TaxableAmount", "71.65"),
        put("//cbc:TaxAmount", "15.05"), put("//cbc:TaxInclusiveAmount", "86.70"), put("//cbc:PayableAmount", "86.70")),
        "lines[0].net"),
    "hours that are not the minutes": ("invoice", put("//cac:InvoiceLine[1]//cac:AdditionalItemProperty[4]/cbc:Value", "30"),
        "lines[0].hours"),
    "an electronic address that is no enterprise number": (
        "invoice", several(put("//cac:AccountingCustomerParty//cbc:EndpointID", "BE0999000129"),
                           lambda root: at(root, "//cac:AccountingCustomerParty//cbc:EndpointID")[0].set("schemeID", "9925")),
        "buyer.endpoint"),
    "work after the invoice date": ("invoice", put("//cac:InvoicePeriod/cbc:EndDate", "2027-01-31"), "end"),
    "a credit note without its invoice": ("credit", drop("//cac:BillingReference"), "preceding"),
    "a credit note dated before its invoice": (
        "credit", put("//cac:InvoiceDocumentReference/cbc:IssueDate", "2027-05-01"), "preceding.issue_date"),
    "a credit note with negative amounts": ("credit", negative, "total"),
    "a credit note without the VAT mention": ("credit", put("/*/cbc:Note", "Creditnota"), "note"),
    "a reverse charge without its mention": ("abroad", drop("//cbc:TaxExemptionReason"), "vat[0].reason"),
}  # fmt: skip


def sample(kind: str) -> bytes:
    document = {"invoice": invoice(), "abroad": invoice(buyer=GERMAN), "credit": credit_note(invoice())}[kind]
    return write(document)


@pytest.mark.parametrize("name", LET_THROUGH)
def test_what_the_official_rules_let_through_is_refused_here(judges: Judges, name: str) -> None:
    kind, mutate, field = LET_THROUGH[name]
    root = etree.fromstring(sample(kind))
    mutate(root)
    content = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    assert [found for found in judges.all(content) if found.flag != "warning"] == []
    assert field in {problem.field for problem in check(content, NUMBERS)}


@pytest.mark.parametrize("held", ["ZGF0dW07bWludXRlbgoyMDI2LTExLTAyOzIwC", "ZGF0dW0%7bWludXRlbg!!", "===="])
def test_a_damaged_attachment_passes_both_rule_sets_and_is_refused_here(judges: Judges, held: str) -> None:
    root = etree.fromstring(sample("invoice"))
    put("//cbc:EmbeddedDocumentBinaryObject", held)(root)
    content = etree.tostring(root)
    assert judges.cen(content) == []
    assert [found for found in peppol_findings(content) if found.flag != "warning"] == []
    assert {problem.field for problem in check(content, NUMBERS)} == {"attachments[0].content"}


# ---- what Peppol refuses, refused before it is written ---------------------------------------------------------------

PEPPOL_MUSTS: dict[str, tuple[Callable[[Invoice], Invoice], str, str]] = {
    "neither reference nor order": (
        lambda i: replace(i, buyer=replace(i.buyer, reference=None)), "buyer.reference", "PEPPOL-EN16931-R003"),
    "no electronic address": (
        lambda i: replace(i, buyer=replace(i.buyer, enterprise_number=None, vat_number=None)), "buyer.endpoint", "PEPPOL-EN16931-R010"),
    "an empty note": (lambda i: replace(i, note=""), "note", "PEPPOL-EN16931-R008"),
    "a line before the period": (
        lambda i: replace(i, lines=(replace(i.lines[0], start=date(2026, 1, 1)), *i.lines[1:])), "lines[0].start", "PEPPOL-EN16931-R110"),
    "a line after the period": (
        lambda i: replace(i, end=i.lines[0].end), "lines[1].start", "PEPPOL-EN16931-R111"),
    "hours times rate far from the amount": (
        lambda i: replace(i, lines=(replace(i.lines[0], hours=Decimal("0.30")), *i.lines[1:])), "lines[0].hours", "PEPPOL-EN16931-R120"),
    "a Word file attached": (
        lambda i: replace(i, attachments=(replace(TIMESHEET, media_type="application/msword"),)), "attachments[0].media_type",
        "PEPPOL-EN16931-CL001"),
    "an enterprise number with wrong check digits": (
        lambda i: replace(i, buyer=replace(i.buyer, enterprise_number="0999000130")), "buyer.endpoint", "PEPPOL-COMMON-R043"),
    "no lines": (lambda i: replace(i, lines=()), "lines", "BR-16"),
    "a shifted VAT without the buyer's number": (
        lambda i: replace(i, buyer=replace(GERMAN, vat_number=None, endpoint=GERMAN.electronic_address),
                          vat=invoice(buyer=GERMAN).vat), "buyer.vat_number", "BR-AE-02"),
}  # fmt: skip


@pytest.mark.parametrize("name", PEPPOL_MUSTS)
def test_what_peppol_refuses_is_named_before_it_is_written(judges: Judges, name: str) -> None:
    change, field, rule = PEPPOL_MUSTS[name]
    made = change(invoice())
    assert field in {problem.field for problem in problems(made, NUMBERS)}
    assert rule in {found.rule for found in judges.all(write(made))}


@pytest.mark.parametrize("words", ["", " ", "\x0b", "\ud800", "\ufffe", "abc\u202edef"])
def test_words_that_xml_cannot_hold_are_named(words: str) -> None:
    made = replace(invoice(), note=words)
    assert {problem.field for problem in problems(made, NUMBERS)} == {"note"}


def test_check_digits() -> None:
    assert bic_valid("GKCCBEBB")
    assert not bic_valid("GKCC")
    assert not NUMBERS.iban("BE71 0961 2345 6769")  # stored without spaces
    assert not NUMBERS.vat("be0427073974")
