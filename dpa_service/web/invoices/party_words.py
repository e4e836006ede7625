"""The words of the two parties of an invoice: the house's bank details, the client's billing profile, and what is wrong with what was typed."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from dpa_service.domain.errors import FieldError, RequestInvalid

FIELDS = {
    "iban": lazy_gettext("IBAN"),
    "bic": lazy_gettext("BIC"),
    "vat_number": lazy_gettext("VAT number"),
    "email": lazy_gettext("E-mail address"),
    "contact": lazy_gettext("Contact"),
    "phone": lazy_gettext("Telephone"),
    "estimate_approval_from": lazy_gettext("Amount of estimates"),
    "reference": lazy_gettext("Reference of the client"),
    "order_number": lazy_gettext("Order number"),
    "endpoint.scheme": lazy_gettext("Kind of address on the network"),
    "endpoint.value": lazy_gettext("Address on the network"),
}
_OWN = {
    ("iban", "REQUIRED"): lazy_gettext("Give the IBAN: without it no invoice can be issued."),
    ("iban", "BLANK"): lazy_gettext("Give the IBAN: without it no invoice can be issued."),
    ("iban", "IBAN"): lazy_gettext("The check digits of this IBAN do not fit; copy it from the bank."),
    ("bic", "BIC"): lazy_gettext("This is no BIC; it has 8 or 11 letters and digits, such as GKCCBEBB."),
    ("vat_number", "NOT_OURS"): lazy_gettext("This is the VAT number of another company. That of the house is BE and its enterprise number; leave this empty."),
    ("endpoint.scheme", "BELGIAN"): lazy_gettext("A Belgian client is reached by its enterprise number: choose scheme 0208, or leave the address empty."),
    ("endpoint.scheme", "REQUIRED"): lazy_gettext("Choose the kind of number that the address is."),
    ("endpoint.value", "REQUIRED"): lazy_gettext("Give the number that goes with the scheme, or choose no scheme."),
    ("endpoint.value", "ENDPOINT"): lazy_gettext("This is no number of the chosen scheme: its length or check digits do not fit. Copy it from the client or from the Peppol directory."),
}  # fmt: skip
_CODES = {
    "EMAIL": lazy_gettext("%(what)s: write it as name@domain.example."),
    "VAT_NUMBER": lazy_gettext("%(what)s: the check digits do not fit; check it with the register."),
    "AMOUNT": lazy_gettext("%(what)s: write an amount such as 1.250,00."),
    "RANGE": lazy_gettext("%(what)s: give an amount above zero, or leave it empty."),
    "LENGTH": lazy_gettext("%(what)s: this text is too long; shorten it."),
    "CHARACTER": lazy_gettext("%(what)s: write it on one line, without special control characters."),
    "BLANK": lazy_gettext("%(what)s is needed."),
    "REQUIRED": lazy_gettext("%(what)s is needed."),
    "CHOICE": lazy_gettext("%(what)s: choose one from the list."),
}
SCHEMES = {
    "0208": lazy_gettext("Belgian enterprise number"),
    "0106": lazy_gettext("Dutch KvK number"),
    "9925": lazy_gettext("Belgian VAT number"),
}


def in_words(trouble: RequestInvalid | Iterable[FieldError]) -> dict[str, str]:
    """Field of the form → sentence."""
    errors = trouble.errors if isinstance(trouble, RequestInvalid) else trouble
    found: dict[str, str] = {}
    for error in errors:
        field = error.field.removeprefix("invoicing.")
        found.setdefault(field, _sentence(field, error))
    return found


def _sentence(field: str, error: FieldError) -> str:
    own = _OWN.get((field, error.code))
    if own is not None:
        return str(own)
    what = str(FIELDS.get(field, field))
    known = _CODES.get(error.code)
    # Not flask-babel's own formatting: a lazy text is formatted here, so that every code has one place.
    return str(known) % {"what": what} if known is not None else str(_("%(what)s cannot be read.", what=what))
