"""Invoices and credit notes as figures: lines from charged minutes, VAT, totals, the structured communication. Pure.

Amounts are Decimal EUR with two places, rounded half up. A line's amount is minutes × rate / 60 rounded once; VAT is taken once
per rate on the sum of the rounded lines; every total derives from those. An `Invoice` states its figures and never recomputes
them: what was issued stays what it was. `invoice_check.problems` says whether the figures agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from itertools import groupby

from dpa_service.domain.assistance.assistance import CENT, ZERO, Entry, amount
from dpa_service.domain.errors import DomainError

INVOICE, CREDIT_NOTE = "380", "381"
STANDARD_RATE = Decimal(21)
_MOST_DECIMALS = 8

# The Union as VAT knows it, by the prefix of the VAT number: Greece is EL, and Northern Ireland (XI) counts for goods only.
EU = frozenset(
    ("AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "EL", "HU", "IE", "IT", "LV", "LT", "LU", "MT", "NL", "PL",
     "PT", "RO", "SK", "SI", "ES", "SE")
)  # fmt: skip
# Peppol's scheme of an electronic address for a company known by its VAT number (Belgium and the Netherlands: by their registers).
VAT_SCHEMES = {
    "AT": "9914", "BG": "9926", "HR": "9934", "CY": "9928", "CZ": "9929", "EE": "9931", "FI": "0213", "FR": "9957", "DE": "9930",
    "EL": "9933", "HU": "9910", "IE": "9935", "IT": "0211", "LV": "9939", "LT": "9937", "LU": "9938", "MT": "9943", "NL": "9944",
    "PL": "9945", "PT": "9946", "RO": "9947", "SK": "9950", "SI": "9949", "ES": "9920", "SE": "9955", "DK": "0198",
}  # fmt: skip

# The mentions of the law, word for word as it asks them.
REVERSE_CHARGE = "Btw verlegd (artikel 44 en artikel 196 van Richtlijn 2006/112/EG)"
VAT_REFUND = "Btw terug te storten aan de Staat in de mate waarin ze oorspronkelijk in aftrek werd gebracht."


class InvoiceError(DomainError):
    """An invoice that cannot be made: ``NO_VAT_NUMBER``, ``OUTSIDE_EU``, ``NOTHING_TO_INVOICE``, ``CREDIT_TOO_MUCH`` …"""


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """An address; `country` is an ISO 3166 alpha-2 code."""

    street: str
    postal_code: str
    city: str
    country: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An electronic address on the Peppol network: scheme (``0208`` is the Belgian enterprise number) and identifier."""

    scheme: str
    value: str


@dataclass(frozen=True, slots=True)
class Seller:
    """The house on its invoices. `enterprise_number` 10 digits, `vat_number` with prefix (``BE0427073974``), IBAN without spaces."""

    name: str
    enterprise_number: str
    vat_number: str
    address: PostalAddress
    iban: str
    bic: str | None = None
    email: str | None = None
    contact: str | None = None
    phone: str | None = None
    legal_form: str | None = None
    register: str | None = None

    @property
    def endpoint(self) -> Endpoint:
        """The house is Belgian: its enterprise number."""
        return Endpoint("0208", self.enterprise_number)


@dataclass(frozen=True, slots=True)
class Buyer:
    """The client on an invoice. `endpoint` only where it is not the one that follows from the numbers.

    `reference` (BT-10) is what the client wants to see back, `order` (BT-13) its order number; Peppol asks one of them.
    """

    name: str
    address: PostalAddress
    vat_number: str | None = None
    enterprise_number: str | None = None
    reference: str | None = None
    order: str | None = None
    email: str | None = None
    endpoint: Endpoint | None = None

    @property
    def electronic_address(self) -> Endpoint | None:
        """Where the invoice is delivered on the network: as given, else the enterprise number, else the VAT number abroad."""
        if self.endpoint:
            return self.endpoint
        if self.enterprise_number and self.address.country == "BE":
            return Endpoint("0208", digits(self.enterprise_number))
        if self.vat_number and (scheme := VAT_SCHEMES.get(self.vat_number[:2])):
            return Endpoint(scheme, self.vat_number)
        return None


@dataclass(frozen=True, slots=True)
class Line:
    """One line: charged minutes of one request at one rate.

    `hours` is the quantity printed, with as many decimals as make hours × rate the net amount; `raw_minutes` what was registered
    for it; `reference` the case reference; `basis` the clause it rests on, as printed.
    """

    id: str
    text: str
    reference: str
    basis: str
    duty: str
    raw_minutes: int
    minutes: int
    hours: Decimal
    rate: Decimal
    net: Decimal
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class VatGroup:
    """The VAT of one category and rate: ``S`` at 21 % or ``AE`` (reverse charge) at 0 %."""

    category: str
    rate: Decimal
    taxable: Decimal
    tax: Decimal
    code: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside the invoice, such as the timesheet."""

    id: str
    filename: str
    media_type: str
    content: bytes = field(repr=False)
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Preceding:
    """The invoice that a credit note credits."""

    number: str
    issue_date: date


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice (`type_code` 380) or credit note (381) with its figures as stated. Everything is positive in both."""

    type_code: str
    number: str
    issue_date: date
    due_date: date | None
    start: date
    end: date
    seller: Seller
    buyer: Buyer
    lines: tuple[Line, ...]
    vat: tuple[VatGroup, ...]
    net: Decimal
    tax: Decimal
    total: Decimal
    payable: Decimal
    communication: str | None = None
    payment_terms: str | None = None
    note: str | None = None
    agreement: str | None = None
    preceding: Preceding | None = None
    attachments: tuple[Attachment, ...] = ()
    currency: str = "EUR"

    @property
    def is_credit_note(self) -> bool:
        """Whether this is a credit note."""
        return self.type_code == CREDIT_NOTE


def digits(text: str) -> str:
    """The digits of a number that people write with points and spaces."""
    return "".join(sign for sign in text if sign.isascii() and sign.isdigit())


# ---- lines -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Charge:
    """Charged minutes of one entry that are to be invoiced: all that is charged, or what a credit note released of it."""

    entry: Entry
    minutes: int


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A line with the charges it holds, in the order of the work: the chain from line back to entry."""

    line: Line
    charges: tuple[Charge, ...]


def line_key(entry: Entry) -> tuple[str, str, str, Decimal]:
    """What the entries of one line have in common: request, duty, agreement and rate."""
    return entry.request, entry.duty, entry.tariff.agreement, entry.rate


def draft_lines(charges: Iterable[Charge], text: Callable[[Entry], str], basis: Callable[[Entry], str]) -> list[DraftLine]:
    """Lines for the charges of one client: one per request, duty, agreement and rate, in order of request and first day.

    `text` and `basis` give a line's words from its first entry. Raises InvoiceError when nothing is charged.
    """

    def key(charge: Charge) -> tuple[str, str, str, Decimal]:
        return line_key(charge.entry)

    wanted = [charge for charge in charges if charge.minutes > 0]
    if not wanted:
        raise InvoiceError("NOTHING_TO_INVOICE", "There are no charged minutes to invoice.")
    wanted.sort(key=lambda charge: (key(charge), charge.entry.work_date, charge.entry.sequence))
    groups = [tuple(group) for _, group in groupby(wanted, key)]
    groups.sort(key=lambda group: (group[0].entry.request, group[0].entry.work_date, key(group[0])))
    return [DraftLine(_line(str(n), group, text, basis), group) for n, group in enumerate(groups, 1)]


def _line(name: str, charges: Sequence[Charge], text: Callable[[Entry], str], basis: Callable[[Entry], str]) -> Line:
    first, minutes = charges[0].entry, sum(charge.minutes for charge in charges)
    net = amount(minutes, first.rate)
    return Line(
        id=name,
        text=text(first),
        reference=first.request,
        basis=basis(first),
        duty=first.duty,
        raw_minutes=sum(charge.entry.minutes for charge in charges),
        minutes=minutes,
        hours=printed_hours(minutes, first.rate, net),
        rate=first.rate,
        net=net,
        start=min(charge.entry.work_date for charge in charges),
        end=max(charge.entry.work_date for charge in charges),
    )


def printed_hours(minutes: int, rate: Decimal, net: Decimal) -> Decimal:
    """The hours with the fewest decimals (at least two) for which hours × rate, rounded, is `net`.

    20 minutes are 0.3333… hours: at 95.00 the line says 0.3334 or finer, whatever makes the printed multiplication come out.
    """
    exact = Decimal(minutes) / 60
    for places in range(2, _MOST_DECIMALS + 1):
        for rounding in (ROUND_HALF_UP, ROUND_CEILING):
            hours = exact.quantize(Decimal(1).scaleb(-places), rounding)
            if abs(hours - exact) * 60 < 1 and (hours * rate).quantize(CENT, ROUND_HALF_UP) == net:
                return hours
    own = amount(minutes, rate)
    if net != own:  # a later part of a line credited in parts may hold a cent more or less than its own hours × rate
        return printed_hours(minutes, rate, own)
    raise InvoiceError("RATE", f"No hours times {rate} give {net}: the rate is too high to be printed with hours.")


# ---- VAT and totals --------------------------------------------------------------------------------------------------


def treatment(buyer: Buyer) -> VatGroup:
    """How VAT is charged to a buyer, without amounts. The house is Belgian and sells services to businesses.

    Belgium: category S at 21 %. Another state of the Union: AE, which needs the buyer's VAT number of that state. Raises
    InvoiceError for a buyer outside the Union, whose invoice lies outside this product.
    """
    country = "EL" if buyer.address.country == "GR" else buyer.address.country
    if country == "BE" or (buyer.vat_number or "").startswith("BE"):
        return VatGroup("S", STANDARD_RATE, ZERO, ZERO)
    if country not in EU:
        raise InvoiceError("OUTSIDE_EU", "A client outside the European Union is invoiced by hand: its VAT is not settled here.")
    if not buyer.vat_number:
        raise InvoiceError("NO_VAT_NUMBER", "VAT can only be shifted to a client with a VAT number: enter the client's number.")
    return VatGroup("AE", Decimal(0), ZERO, ZERO, "VATEX-EU-AE", REVERSE_CHARGE)


def vat_on(taxable: Decimal, rate: Decimal) -> Decimal:
    """VAT on the sum of a rate's lines: half up on the third decimal."""
    return (taxable * rate / 100).quantize(CENT, ROUND_HALF_UP)


def due_date(issue_date: date, payment_days: int) -> date:
    """The last day of payment: calendar days after the invoice date (assistance-fees#invoice)."""
    return issue_date + timedelta(days=payment_days)


def make_invoice(
    lines: Sequence[Line],
    *,
    number: str,
    issue_date: date,
    payment_days: int,
    seller: Seller,
    buyer: Buyer,
    communication: str | None,
    payment_terms: str | None = None,
    note: str | None = None,
    agreement: str | None = None,
    attachments: tuple[Attachment, ...] = (),
) -> Invoice:
    """An invoice with its totals. The period is that of its lines. Raises InvoiceError."""
    if not lines:
        raise InvoiceError("NOTHING_TO_INVOICE", "An invoice has at least one line.")
    net = sum((line.net for line in lines), ZERO)
    how, due = treatment(buyer), due_date(issue_date, payment_days)
    tax = vat_on(net, how.rate)
    terms = payment_terms or f"Betaalbaar binnen {payment_days} dagen na de factuurdatum, uiterlijk op {due:%d/%m/%Y}."
    return Invoice(
        INVOICE, number, issue_date, due, min(line.start for line in lines),
        max(line.end for line in lines), seller, buyer, tuple(lines), (replace(how, taxable=net, tax=tax),), net, tax, net + tax,
        net + tax, communication, terms, note, agreement, None, attachments,
    )  # fmt: skip
