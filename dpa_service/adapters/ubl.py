"""Invoices and credit notes as UBL 2.1 for Peppol BIS Billing 3.0.

The same document gives the same bytes. Texts go in as data; nothing empty is written (PEPPOL-EN16931-R008). The figures are those
the document states: nothing is computed here. `dpa_service/adapters/ubl_read.py` reads it back.
"""

from __future__ import annotations

import base64
from datetime import date
from decimal import Decimal

from lxml import etree

from dpa_service.domain.assistance.communication import printed_communication
from dpa_service.domain.assistance.duties import DUTIES
from dpa_service.domain.assistance.invoicing import (
    Attachment,
    Buyer,
    Endpoint,
    Invoice,
    Line,
    PostalAddress,
    Seller,
    VatGroup,
    digits,
)

CUSTOMIZATION = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PROFILE = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
ROOTS = {kind: f"urn:oasis:names:specification:ubl:schema:xsd:{kind}-2" for kind in ("Invoice", "CreditNote")}
HOURS, CREDIT_TRANSFER, OBJECT_REFERENCE = "HUR", "30", "130"
# properties of a line, in the words the reader of the invoice sees
DUTY, RAW, CHARGED, BASIS = "Verplichting", "Geregistreerde minuten", "Aangerekende minuten", "Grondslag"
ARTICLES = {
    name: f"AVG, artikel {duty.articles[0]}" + (f" tot en met {duty.articles[-1]}" if len(duty.articles) > 1 else "")
    for name, duty in DUTIES.items()
}

Element = etree._Element


def write(document: Invoice) -> bytes:
    """The UBL of an invoice or credit note that passed `invoice_check.problems`."""
    kind = "CreditNote" if document.is_credit_note else "Invoice"
    root = etree.Element(f"{{{ROOTS[kind]}}}{kind}", nsmap={None: ROOTS[kind], "cac": CAC, "cbc": CBC})  # type: ignore[dict-item]
    _value(root, "CustomizationID", CUSTOMIZATION)
    _value(root, "ProfileID", PROFILE)
    _value(root, "ID", document.number)
    _value(root, "IssueDate", document.issue_date)
    if not document.is_credit_note:
        _value(root, "DueDate", document.due_date)
    _value(root, f"{kind}TypeCode", document.type_code)
    _value(root, "Note", document.note)
    _value(root, "DocumentCurrencyCode", document.currency)
    _value(root, "BuyerReference", document.buyer.reference)
    _period(root, document.start, document.end)
    if document.buyer.order:
        _value(_group(root, "OrderReference"), "ID", document.buyer.order)
    if document.preceding:
        reference = _group(_group(root, "BillingReference"), "InvoiceDocumentReference")
        _value(reference, "ID", document.preceding.number)
        _value(reference, "IssueDate", document.preceding.issue_date)
    if document.agreement:
        _value(_group(root, "ContractDocumentReference"), "ID", document.agreement)
    for attachment in document.attachments:
        _attachment(root, attachment)
    _seller(_group(_group(root, "AccountingSupplierParty"), "Party"), document.seller)
    _buyer(_group(_group(root, "AccountingCustomerParty"), "Party"), document.buyer)
    if document.communication:
        _payment(root, document.seller, document.communication)
    if document.payment_terms:
        _value(_group(root, "PaymentTerms"), "Note", document.payment_terms)
    _totals(root, document)
    for line in document.lines:
        _line(root, kind, line, document)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _group(parent: Element, name: str) -> Element:
    return etree.SubElement(parent, f"{{{CAC}}}{name}")


def _value(parent: Element, name: str, value: str | date | Decimal | None, **attributes: str) -> None:
    """A value, or nothing where there is none."""
    if value is None:
        return
    element = etree.SubElement(parent, f"{{{CBC}}}{name}", attributes)
    element.text = format(value, "f") if isinstance(value, Decimal) else str(value)


def _amount(parent: Element, name: str, value: Decimal, currency: str) -> None:
    _value(parent, name, value.quantize(Decimal("0.01")), currencyID=currency)


def _period(parent: Element, start: date, end: date) -> None:
    period = _group(parent, "InvoicePeriod")
    _value(period, "StartDate", start)
    _value(period, "EndDate", end)


def _attachment(root: Element, attachment: Attachment) -> None:
    reference = _group(root, "AdditionalDocumentReference")
    _value(reference, "ID", attachment.id)
    _value(reference, "DocumentDescription", attachment.description)
    content = base64.b64encode(attachment.content).decode("ascii")
    names = {"mimeCode": attachment.media_type, "filename": attachment.filename}
    _value(_group(reference, "Attachment"), "EmbeddedDocumentBinaryObject", content, **names)


# ---- parties ---------------------------------------------------------------------------------------------------------


def _seller(party: Element, seller: Seller) -> None:
    _endpoint(party, seller.endpoint)
    _value(_group(party, "PartyName"), "Name", seller.name)
    _address(party, seller.address)
    _vat_number(party, seller.vat_number)
    legal = _group(party, "PartyLegalEntity")
    _value(legal, "RegistrationName", seller.name)
    _value(legal, "CompanyID", seller.enterprise_number, schemeID="0208")
    _value(legal, "CompanyLegalForm", ", ".join(part for part in (seller.legal_form, seller.register) if part) or None)
    if seller.contact or seller.phone or seller.email:
        contact = _group(party, "Contact")
        _value(contact, "Name", seller.contact)
        _value(contact, "Telephone", seller.phone)
        _value(contact, "ElectronicMail", seller.email)


def _buyer(party: Element, buyer: Buyer) -> None:
    if address := buyer.electronic_address:
        _endpoint(party, address)
    _value(_group(party, "PartyName"), "Name", buyer.name)
    _address(party, buyer.address)
    if buyer.vat_number:
        _vat_number(party, buyer.vat_number)
    legal = _group(party, "PartyLegalEntity")
    _value(legal, "RegistrationName", buyer.name)
    if buyer.enterprise_number:
        _value(legal, "CompanyID", digits(buyer.enterprise_number), schemeID="0208")
    if buyer.email:
        _value(_group(party, "Contact"), "ElectronicMail", buyer.email)


def _endpoint(party: Element, address: Endpoint) -> None:
    _value(party, "EndpointID", address.value, schemeID=address.scheme)


def _address(party: Element, address: PostalAddress) -> None:
    group = _group(party, "PostalAddress")
    _value(group, "StreetName", address.street)
    _value(group, "CityName", address.city)
    _value(group, "PostalZone", address.postal_code)
    _value(_group(group, "Country"), "IdentificationCode", address.country)


def _vat_number(party: Element, number: str) -> None:
    group = _group(party, "PartyTaxScheme")
    _value(group, "CompanyID", number)
    _vat_scheme(group)


def _vat_scheme(parent: Element) -> None:
    _value(_group(parent, "TaxScheme"), "ID", "VAT")


# ---- payment, VAT, totals, lines -------------------------------------------------------------------------------------


def _payment(root: Element, seller: Seller, communication: str) -> None:
    means = _group(root, "PaymentMeans")
    _value(means, "PaymentMeansCode", CREDIT_TRANSFER)
    _value(means, "PaymentID", printed_communication(communication))
    account = _group(means, "PayeeFinancialAccount")
    _value(account, "ID", seller.iban)
    _value(account, "Name", seller.name)
    if seller.bic:
        _value(_group(account, "FinancialInstitutionBranch"), "ID", seller.bic)


def _totals(root: Element, document: Invoice) -> None:
    currency = document.currency
    tax = _group(root, "TaxTotal")
    _amount(tax, "TaxAmount", document.tax, currency)
    for group in document.vat:
        part = _group(tax, "TaxSubtotal")
        _amount(part, "TaxableAmount", group.taxable, currency)
        _amount(part, "TaxAmount", group.tax, currency)
        category = _category(part, "TaxCategory", group)
        _value(category, "TaxExemptionReasonCode", group.code)
        _value(category, "TaxExemptionReason", group.reason)
        _vat_scheme(category)
    total = _group(root, "LegalMonetaryTotal")
    _amount(total, "LineExtensionAmount", sum((line.net for line in document.lines), Decimal(0)), currency)
    _amount(total, "TaxExclusiveAmount", document.net, currency)
    _amount(total, "TaxInclusiveAmount", document.total, currency)
    _amount(total, "PayableAmount", document.payable, currency)


def _category(parent: Element, name: str, group: VatGroup) -> Element:
    category = _group(parent, name)
    _value(category, "ID", group.category)
    _value(category, "Percent", group.rate)
    return category


def _line(root: Element, kind: str, line: Line, document: Invoice) -> None:
    element = _group(root, f"{kind}Line")
    _value(element, "ID", line.id)
    _value(element, "CreditedQuantity" if kind == "CreditNote" else "InvoicedQuantity", line.hours, unitCode=HOURS)
    _amount(element, "LineExtensionAmount", line.net, document.currency)
    _period(element, line.start, line.end)
    reference = _group(element, "DocumentReference")
    _value(reference, "ID", line.reference)
    _value(reference, "DocumentTypeCode", OBJECT_REFERENCE)
    item = _group(element, "Item")
    _value(item, "Name", line.text)
    _vat_scheme(_category(item, "ClassifiedTaxCategory", document.vat[0]))
    for name, value in (
        (DUTY, ARTICLES[line.duty]), (BASIS, line.basis), (RAW, str(line.raw_minutes)), (CHARGED, str(line.minutes)),
    ):  # fmt: skip
        group = _group(item, "AdditionalItemProperty")
        _value(group, "Name", name)
        _value(group, "Value", value)
    _value(_group(element, "Price"), "PriceAmount", line.rate, currencyID=document.currency)
