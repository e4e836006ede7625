"""What stops an invoice, in words and with the page where it is mended: every code of the check before issuing and of InvoiceError."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from dpa_service.domain.errors import FieldError
from dpa_service.web.typed import roles

CLIENT_KEEPERS = {"sales", "legal", "admin"}  # who may correct a client's data
_INDEX = re.compile(r"\[([0-9]+)\]")

# (field without its number, code) → sentence; "*" is any field
_SENTENCES = {
    # of the house
    ("invoicing.iban", "REQUIRED"): lazy_gettext("The house's IBAN is missing; without it nobody can pay the invoice."),
    ("seller.iban", "IBAN"): lazy_gettext("The house's IBAN is wrong: its check digits do not agree."),
    ("seller.vat_number", "VAT_NUMBER"): lazy_gettext(
        "The house's VAT number is wrong: it is BE and the enterprise number, with right check digits."
    ),
    ("seller.enterprise_number", "ENTERPRISE_NUMBER"): lazy_gettext("The house's enterprise number is wrong."),
    # of the client
    ("buyer.vat_number", "NO_VAT_NUMBER"): lazy_gettext("The client has no VAT number; a professional invoice states it."),
    ("buyer.vat_number", "VAT_NUMBER"): lazy_gettext("The client's VAT number is wrong: its check digits do not agree."),
    ("buyer.vat_number", "VAT_COUNTRY"): lazy_gettext("The client's VAT number belongs to another country than its address."),
    ("buyer.enterprise_number", "ENTERPRISE_NUMBER"): lazy_gettext("A Belgian client needs a right enterprise number."),
    ("buyer.endpoint", "REQUIRED"): lazy_gettext("The client has no electronic address: enter its Peppol scheme and number."),
    ("buyer.endpoint", "ENDPOINT"): lazy_gettext(
        "The client's electronic address is wrong; a Belgian client is reached by its enterprise number (scheme 0208)."
    ),
    ("buyer.reference", "REQUIRED"): lazy_gettext("The client's reference or order number is missing; Peppol asks one of them."),
    # of the draft's own texts
    ("note", "VAT_REFUND"): lazy_gettext("The note lacks the mention about VAT that every credit note carries."),
    ("lines", "REQUIRED"): lazy_gettext("There are no lines, so there is nothing to charge."),
    ("end", "PERIOD"): lazy_gettext("The period ends after the invoice date; work that is still to come is not invoiced."),
    ("preceding", "REQUIRED"): lazy_gettext("The credit note does not say which invoice it credits."),
    ("preceding.issue_date", "PERIOD"): lazy_gettext("The credit note is dated before its invoice."),
    ("due_date", "PERIOD"): lazy_gettext("The due date lies before the invoice date."),
    ("due_date", "REQUIRED"): lazy_gettext("The invoice has no due date."),
    ("payment_terms", "REQUIRED"): lazy_gettext("The invoice does not say how it is to be paid."),
}
_CODES = {
    "REQUIRED": lazy_gettext("This is empty; fill it in."),
    "CHARACTER": lazy_gettext("This holds a control character or a mark that turns the text; type it anew."),
    "BLANK": lazy_gettext("This is empty; write something."),
    "LENGTH": lazy_gettext("This is too long; shorten it."),
    "TYPE": lazy_gettext("Only invoices and credit notes are issued."),
    "CURRENCY": lazy_gettext("Invoices are in euro."),
    "PERIOD": lazy_gettext("The period of a line lies outside that of the document, or ends before it begins."),
    "DUPLICATE": lazy_gettext("Two lines or two attachments have the same number."),
    "NEGATIVE": lazy_gettext("Minutes, hours, rate and amount must all be above zero."),
    "LINE_NET": lazy_gettext("The amount of a line is not its minutes at its rate."),
    "HOURS": lazy_gettext("The hours of a line are not its minutes."),
    "VAT_GROUPS": lazy_gettext("All lines of a document are taxed the same way; here they are not."),
    "VAT_CATEGORY": lazy_gettext("The VAT is not of the kind that this client is invoiced with."),
    "TOTAL": lazy_gettext("A total is not the sum of what it adds up."),
    "VAT": lazy_gettext("The VAT is not the rate on the sum of the lines, rounded once."),
    "MEDIA_TYPE": lazy_gettext("An attachment is of a kind that Peppol does not carry."),
    "ATTACHMENT": lazy_gettext("An attached file is empty or damaged."),
    "COMMUNICATION": lazy_gettext("The structured communication is wrong: its check digits do not agree."),
    "PRECEDING": lazy_gettext("An invoice credits no other invoice."),
    "DUE_DATE": lazy_gettext("A credit note has no due date."),
    # of InvoiceError
    "NO_VAT_NUMBER": lazy_gettext("VAT can only be shifted to a client with a VAT number."),
    "OUTSIDE_EU": lazy_gettext("The client is outside the European Union: such an invoice is made by hand, its VAT is not settled here."),
    "NOTHING_TO_INVOICE": lazy_gettext("Nothing to charge up to this day: the work is free of charge or waits for a correction."),
    "RATE": lazy_gettext("The rate is too high to be printed with hours; ask legal to check the tariff of the agreement."),
    "UNKNOWN_LINE": lazy_gettext("The invoice has no such line."),
    "CREDIT_TOO_MUCH": lazy_gettext("That is more than is left to credit."),
    "NOTHING_TO_CREDIT": lazy_gettext("Choose at least one line, or minutes of one, to credit."),
    # of a run over many
    "NOT_FOUND": lazy_gettext("It is no longer there."),
    "INVOICE_STATE": lazy_gettext("Somebody issued or discarded it meanwhile."),
    "STALE": lazy_gettext("Somebody changed it meanwhile; look at it and try again."),
}  # fmt: skip
_FIELDS = {
    "seller.name": lazy_gettext("Name of the house"),
    "seller.address.street": lazy_gettext("Street of the house"),
    "seller.address.postal_code": lazy_gettext("Postal code of the house"),
    "seller.address.city": lazy_gettext("City of the house"),
    "seller.address.country": lazy_gettext("Country of the house"),
    "seller.legal_form": lazy_gettext("Legal form of the house"),
    "seller.register": lazy_gettext("Register of the house"),
    "seller.vat_number": lazy_gettext("VAT number of the house"),
    "seller.enterprise_number": lazy_gettext("Enterprise number of the house"),
    "seller.iban": lazy_gettext("IBAN of the house"),
    "seller.bic": lazy_gettext("BIC of the house"),
    "seller.email": lazy_gettext("E-mail of the house"),
    "seller.contact": lazy_gettext("Contact at the house"),
    "seller.phone": lazy_gettext("Phone of the house"),
    "invoicing.iban": lazy_gettext("IBAN of the house"),
    "buyer.name": lazy_gettext("Name of the client"),
    "buyer.address.street": lazy_gettext("Street of the client"),
    "buyer.address.postal_code": lazy_gettext("Postal code of the client"),
    "buyer.address.city": lazy_gettext("City of the client"),
    "buyer.address.country": lazy_gettext("Country of the client"),
    "buyer.vat_number": lazy_gettext("VAT number of the client"),
    "buyer.enterprise_number": lazy_gettext("Enterprise number of the client"),
    "buyer.endpoint": lazy_gettext("Electronic address of the client"),
    "buyer.endpoint.scheme": lazy_gettext("Peppol scheme of the client"),
    "buyer.endpoint.value": lazy_gettext("Peppol number of the client"),
    "buyer.reference": lazy_gettext("Reference of the client"),
    "buyer.order": lazy_gettext("Order number of the client"),
    "buyer.email": lazy_gettext("E-mail of the client"),
    "note": lazy_gettext("Note under the lines"),
    "lines.text": lazy_gettext("Text"),
    "lines.reference": lazy_gettext("Case reference"),
    "lines.basis": lazy_gettext("Clause"),
    "texts": lazy_gettext("Text"),
}
_BANK = ("invoicing.iban", "seller.iban", "seller.bic", "seller.email", "seller.contact", "seller.phone", "seller.vat_number")
_BILLING = ("buyer.reference", "buyer.order", "buyer.email", "buyer.endpoint")
_NOBODY = {"NOTHING_TO_INVOICE", "OUTSIDE_EU", "INVOICE_STATE", "NOT_FOUND", "STALE", "RATE"}  # nothing to mend on another page


@dataclass(frozen=True, slots=True)
class Told:
    """A problem in words: which field, what is wrong, and where it is mended (a link with its words, or else who mends it)."""

    field: str
    sentence: str
    url: str | None = None
    link: str = ""
    who: str = ""


def sentence(error: FieldError) -> str:
    """What is wrong, in the words of the page."""
    name = _INDEX.sub("", error.field)
    known = _SENTENCES.get((name, error.code)) or _CODES.get(error.code)
    return str(known) if known is not None else _("Something is wrong with this document (%(code)s).", code=error.code)


def label(field: str) -> str:
    """What a field is called; a line is named by its number. Empty for what no page lets anybody type."""
    name = _INDEX.sub("", field)
    what = str(_FIELDS.get(name) or _FIELDS.get(name.partition(".")[0]) or "")
    index = _INDEX.search(field)
    return _("%(what)s on line %(number)s", what=what, number=int(index[1]) + 1) if what and index else what


def told(errors: Iterable[FieldError], client_id: str) -> list[Told]:
    """Problems with their way out, for who looks now."""
    return [_one(error, client_id) for error in errors]


def _one(error: FieldError, client_id: str) -> Told:
    words, mine, name = (label(error.field), sentence(error)), roles(), _INDEX.sub("", error.field)
    if error.code in _NOBODY:
        return Told("", words[1])
    if name in _BANK:
        if mine & {"finance", "admin"}:
            return Told(*words, url_for("invoices.settings"), _("To the bank details"))
        return Told(*words, who=_("Finance enters it in the settings of invoices."))
    if name.startswith("seller."):
        if "admin" in mine:
            return Told(*words, url_for("admin.processor"), _("To the profile of the house"))
        return Told(*words, who=_("An administrator corrects it in the profile of the house."))
    if name.startswith(_BILLING):
        if mine & {"finance", "admin"}:
            return Told(*words, url_for("invoices.client", client_id=client_id), _("To what this client wants on its invoices"))
        return Told(*words, who=_("Finance enters it with what the client wants on its invoices."))
    if name.startswith("buyer."):
        if mine & CLIENT_KEEPERS:
            return Told(*words, url_for("sales.edit_client", client_id=client_id), _("To the client's data"))
        return Told(*words, who=_("Sales, legal or an administrator corrects it in the client's data."))
    if name == "note":
        return Told(*words, "#f-note", _("To the note"))
    if name.startswith("lines.text") and (index := _INDEX.search(error.field)):
        return Told(*words, f"#f-line-{int(index[1]) + 1}", _("To the text"))
    return Told(*words, who=_("Discard the draft and make it anew; tell your administrator when it comes back."))
