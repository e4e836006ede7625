"""A UBL invoice or credit note of this product read back, so that what is about to be sent is checked and not only what was meant.

It reads what `ubl.write` writes. What cannot be read (a figure that is no number, broken base64) is a problem with its field, and
`check` holds the rest against the same rules as before issuing.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from lxml import etree

from dpa_service.adapters.ubl import ARTICLES, BASIS, CAC, CBC, CHARGED, DUTY, RAW
from dpa_service.domain.assistance.communication import printed_communication
from dpa_service.domain.assistance.invoice_check import Numbers, problems
from dpa_service.domain.assistance.invoicing import (
    Attachment,
    Buyer,
    Endpoint,
    Invoice,
    Line,
    PostalAddress,
    Preceding,
    Seller,
    VatGroup,
    digits,
)
from dpa_service.domain.errors import FieldError

T = TypeVar("T")
Element = Any  # lxml's elements; its stubs make every find() an Optional
_NAMES = {"cac": CAC, "cbc": CBC}
_DUTIES = {text: name for name, text in ARTICLES.items()}


class NotUbl(ValueError):
    """Bytes that are no XML of an invoice or credit note."""


def check(content: bytes, numbers: Numbers, *, earlier: Decimal | None = None) -> list[FieldError]:
    """Every problem of a UBL file of this product; see `invoice_check.problems`. Raises NotUbl."""
    document, unread = read(content)
    return sorted({*unread, *problems(document, numbers, earlier=earlier)}, key=lambda problem: (problem.field, problem.code))


def read(content: bytes) -> tuple[Invoice, list[FieldError]]:
    """The document and what could not be read of it. Raises NotUbl."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True)
    try:
        root: Element = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as trouble:
        raise NotUbl(f"This is no XML: {trouble}") from None
    kind = etree.QName(root).localname
    if kind not in ("Invoice", "CreditNote"):
        raise NotUbl(f"This is a UBL '{kind}', neither an invoice nor a credit note.")
    return _Reader(root, kind).document()


class _Reader:
    """Reads one document; gathers what it cannot read."""

    def __init__(self, root: Element, kind: str) -> None:
        self.root, self.kind, self.unread = root, kind, list[FieldError]()

    def text(self, at: Element, path: str) -> str | None:
        found = at.find(path, _NAMES)
        return None if found is None else found.text or ""

    def typed(self, at: Element, path: str, field: str, make: Callable[[str], T], missing: T) -> T:
        text = self.text(at, path)
        try:
            return missing if text is None else make(text)
        except (ValueError, InvalidOperation):
            self.unread.append(FieldError(field, "TYPE", f"'{text}' cannot be read."))
            return missing

    def number(self, at: Element, path: str, field: str) -> Decimal:
        return self.typed(at, path, field, Decimal, Decimal(0))

    def day(self, at: Element, path: str, field: str) -> date | None:
        return self.typed(at, path, field, date.fromisoformat, None)

    def document(self) -> tuple[Invoice, list[FieldError]]:
        root, day = self.root, date(1900, 1, 1)
        communication = self.text(root, "cac:PaymentMeans/cbc:PaymentID")
        seller = root.find("cac:AccountingSupplierParty/cac:Party", _NAMES)
        buyer = root.find("cac:AccountingCustomerParty/cac:Party", _NAMES)
        if seller is None or buyer is None:
            raise NotUbl("The document names no seller or no buyer.")
        preceding = root.find("cac:BillingReference/cac:InvoiceDocumentReference", _NAMES)
        made = Invoice(
            type_code=self.text(root, f"cbc:{self.kind}TypeCode") or "",
            number=self.text(root, "cbc:ID") or "",
            issue_date=self.day(root, "cbc:IssueDate", "issue_date") or day,
            due_date=self.day(root, "cbc:DueDate", "due_date"),
            start=self.day(root, "cac:InvoicePeriod/cbc:StartDate", "start") or day,
            end=self.day(root, "cac:InvoicePeriod/cbc:EndDate", "end") or day,
            seller=self.seller(seller),
            buyer=self.buyer(buyer),
            lines=tuple(self.line(at, n) for n, at in enumerate(root.findall(f"cac:{self.kind}Line", _NAMES))),
            vat=tuple(self.vat(at, n) for n, at in enumerate(root.findall("cac:TaxTotal/cac:TaxSubtotal", _NAMES))),
            net=self.number(root, "cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount", "net"),
            tax=self.number(root, "cac:TaxTotal/cbc:TaxAmount", "tax"),
            total=self.number(root, "cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount", "total"),
            payable=self.number(root, "cac:LegalMonetaryTotal/cbc:PayableAmount", "payable"),
            communication=self.communication(communication),
            payment_terms=self.text(root, "cac:PaymentTerms/cbc:Note"),
            note=self.text(root, "cbc:Note"),
            agreement=self.text(root, "cac:ContractDocumentReference/cbc:ID"),
            preceding=None if preceding is None else Preceding(
                self.text(preceding, "cbc:ID") or "", self.day(preceding, "cbc:IssueDate", "preceding.issue_date") or day
            ),
            attachments=tuple(
                self.attachment(at, n) for n, at in enumerate(root.findall("cac:AdditionalDocumentReference", _NAMES))
            ),
            currency=self.text(root, "cbc:DocumentCurrencyCode") or "",
        )  # fmt: skip
        return made, self.unread

    def communication(self, printed: str | None) -> str | None:
        """The digits, when they are printed the way they are paid with; else the text as it stands, which no check accepts."""
        if printed is None:
            return None
        plain = digits(printed)
        return plain if len(plain) == 12 and printed_communication(plain) == printed else printed

    def address(self, party: Element) -> PostalAddress:
        at = "cac:PostalAddress/"
        return PostalAddress(
            self.text(party, f"{at}cbc:StreetName") or "",
            self.text(party, f"{at}cbc:PostalZone") or "",
            self.text(party, f"{at}cbc:CityName") or "",
            self.text(party, f"{at}cac:Country/cbc:IdentificationCode") or "",
        )

    def seller(self, party: Element) -> Seller:
        account, legal = "cac:PaymentMeans/cac:PayeeFinancialAccount/", "cac:PartyLegalEntity/"
        return Seller(
            name=self.text(party, f"{legal}cbc:RegistrationName") or "",
            enterprise_number=self.text(party, f"{legal}cbc:CompanyID") or "",
            vat_number=self.text(party, "cac:PartyTaxScheme/cbc:CompanyID") or "",
            address=self.address(party),
            iban=self.text(self.root, f"{account}cbc:ID") or "-",  # a credit note names no account
            bic=self.text(self.root, f"{account}cac:FinancialInstitutionBranch/cbc:ID"),
            email=self.text(party, "cac:Contact/cbc:ElectronicMail"),
            contact=self.text(party, "cac:Contact/cbc:Name"),
            phone=self.text(party, "cac:Contact/cbc:Telephone"),
            legal_form=self.text(party, f"{legal}cbc:CompanyLegalForm"),
        )

    def buyer(self, party: Element) -> Buyer:
        endpoint = party.find("cbc:EndpointID", _NAMES)
        number = party.find("cac:PartyLegalEntity/cbc:CompanyID", _NAMES)
        return Buyer(
            name=self.text(party, "cac:PartyLegalEntity/cbc:RegistrationName") or "",
            address=self.address(party),
            vat_number=self.text(party, "cac:PartyTaxScheme/cbc:CompanyID"),
            enterprise_number=None if number is None else number.text or "",
            reference=self.text(self.root, "cbc:BuyerReference"),
            order=self.text(self.root, "cac:OrderReference/cbc:ID"),
            email=self.text(party, "cac:Contact/cbc:ElectronicMail"),
            endpoint=None if endpoint is None else Endpoint(endpoint.get("schemeID", ""), endpoint.text or ""),
        )

    def line(self, at: Element, n: int) -> Line:
        field = f"lines[{n}]"
        said = {
            self.text(each, "cbc:Name"): self.text(each, "cbc:Value") or ""
            for each in at.findall("cac:Item/cac:AdditionalItemProperty", _NAMES)
        }
        quantity = "CreditedQuantity" if self.kind == "CreditNote" else "InvoicedQuantity"
        return Line(
            id=self.text(at, "cbc:ID") or "",
            text=self.text(at, "cac:Item/cbc:Name") or "",
            reference=self.text(at, "cac:DocumentReference/cbc:ID") or "",
            basis=said.get(BASIS, ""),
            duty=_DUTIES.get(said.get(DUTY, ""), ""),
            raw_minutes=self.minutes(said.get(RAW, ""), f"{field}.raw_minutes"),
            minutes=self.minutes(said.get(CHARGED, ""), f"{field}.minutes"),
            hours=self.number(at, f"cbc:{quantity}", f"{field}.hours"),
            rate=self.number(at, "cac:Price/cbc:PriceAmount", f"{field}.rate"),
            net=self.number(at, "cbc:LineExtensionAmount", f"{field}.net"),
            start=self.day(at, "cac:InvoicePeriod/cbc:StartDate", f"{field}.start") or date(1900, 1, 1),
            end=self.day(at, "cac:InvoicePeriod/cbc:EndDate", f"{field}.end") or date(1900, 1, 1),
        )

    def minutes(self, text: str, field: str) -> int:
        if text.isascii() and text.isdigit():
            return int(text)
        self.unread.append(FieldError(field, "TYPE", f"'{text}' is no number of minutes."))
        return 0

    def vat(self, at: Element, n: int) -> VatGroup:
        field = f"vat[{n}]"
        return VatGroup(
            self.text(at, "cac:TaxCategory/cbc:ID") or "",
            self.number(at, "cac:TaxCategory/cbc:Percent", f"{field}.rate"),
            self.number(at, "cbc:TaxableAmount", f"{field}.taxable"),
            self.number(at, "cbc:TaxAmount", f"{field}.tax"),
            self.text(at, "cac:TaxCategory/cbc:TaxExemptionReasonCode"),
            self.text(at, "cac:TaxCategory/cbc:TaxExemptionReason"),
        )

    def attachment(self, at: Element, n: int) -> Attachment:
        held = at.find("cac:Attachment/cbc:EmbeddedDocumentBinaryObject", _NAMES)
        content = b""
        if held is not None:
            try:
                content = base64.b64decode(held.text or "", validate=True)
            except (binascii.Error, ValueError):
                self.unread.append(FieldError(f"attachments[{n}].content", "ATTACHMENT", "The attached file is damaged."))
        return Attachment(
            id=self.text(at, "cbc:ID") or "",
            filename="" if held is None else held.get("filename", ""),
            media_type="" if held is None else held.get("mimeCode", ""),
            content=content,
            description=self.text(at, "cbc:DocumentDescription"),
        )
