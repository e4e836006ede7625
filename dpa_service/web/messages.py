"""Field errors in the words of the user: one sentence a code, with the bounds where they matter, and a label for every field."""

from __future__ import annotations

import re
from collections.abc import Iterable

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.terms import Parameter, print_value
from dpa_service.domain.errors import FieldError
from dpa_service.services.agreements.request_fields import IsoDate

# In the order of the form: error summaries and lists of what is missing follow it.
LABELS = {
    "client": lazy_gettext("Client"),
    "client.enterprise_number": lazy_gettext("Enterprise number"),
    "client.vat_number": lazy_gettext("VAT number"),
    "client.registration": lazy_gettext("Registration (register and number)"),
    "client.name": lazy_gettext("Name of the client"),
    "client.legal_form": lazy_gettext("Legal form"),
    "client.register": lazy_gettext("Register of legal entities"),
    "client.address.street": lazy_gettext("Street and number"),
    "client.address.postal_code": lazy_gettext("Postal code"),
    "client.address.city": lazy_gettext("City"),
    "client.address.country": lazy_gettext("Country"),
    "client.signatory.name": lazy_gettext("Who signs"),
    "client.signatory.role": lazy_gettext("Role of who signs"),
    "client.privacy_contact.name": lazy_gettext("Contact for privacy"),
    "client.privacy_contact.email": lazy_gettext("E-mail address for privacy"),
    "client.privacy_contact.phone": lazy_gettext("Telephone for privacy"),
    "client.dpo": lazy_gettext("The client has a data protection officer"),
    "client.language": lazy_gettext("Language of the client"),
    "client.sector": lazy_gettext("Sector"),
    "client.size": lazy_gettext("Size"),
    "services": lazy_gettext("Services"),
    "main_agreement.title": lazy_gettext("Title of the main agreement"),
    "main_agreement.date": lazy_gettext("Date of the main agreement"),
    "main_agreement.reference": lazy_gettext("Reference of the main agreement"),
    "main_agreement.cap": lazy_gettext("Liability cap of the main agreement"),
    "effective_from": lazy_gettext("Holds from"),
    "language": lazy_gettext("Language of the agreement"),
    "processing.subject": lazy_gettext("Subject of the processing"),
    "processing.purposes": lazy_gettext("Purposes"),
    "processing.nature": lazy_gettext("Nature of the processing"),
    "processing.data_types": lazy_gettext("Kinds of data"),
    "processing.special_categories": lazy_gettext("Special categories of data"),
    "processing.data_subjects": lazy_gettext("Data subjects"),
    "processing.measures": lazy_gettext("Security measures"),
    "processing.retention.data": lazy_gettext("Data kept"),
    "processing.retention.period": lazy_gettext("Kept for"),
    "transfers.recipient": lazy_gettext("Recipient"),
    "transfers.country": lazy_gettext("Country of the recipient"),
    "transfers.purpose": lazy_gettext("Purpose of the transfer"),
    "transfers.tool": lazy_gettext("Instrument"),
    "transfers.assessment_date": lazy_gettext("Date of the assessment"),
    "transfers.data_types": lazy_gettext("Data transferred"),
    "group_staff.name": lazy_gettext("Company of the group"),
    "group_staff.country": lazy_gettext("Country of the company"),
    "group_staff.tasks": lazy_gettext("Tasks of its staff"),
}
_ORDER = {name: index for index, name in enumerate(LABELS)}
_INDEX = re.compile(r"\[[0-9]+\]")

MESSAGES = {
    "REQUIRED": lazy_gettext("%(what)s is needed."),
    "BLANK": lazy_gettext("%(what)s is needed."),
    "EMPTY_LIST": lazy_gettext("%(what)s: choose or give at least one."),
    "DUPLICATE": lazy_gettext("%(what)s: this is chosen already; keep it once."),
    "EMAIL": lazy_gettext("%(what)s: write it as name@domain.be."),
    "DATE": lazy_gettext("%(what)s: this is not a day of the calendar."),
    "AMOUNT": lazy_gettext("%(what)s: write an amount such as 250.000,00, or the word “onbeperkt”."),
    "AMOUNT_SCALE": lazy_gettext("%(what)s: too many decimals."),
    "CHARACTER": lazy_gettext("%(what)s: write it on one line, without special control characters."),
    "LENGTH": lazy_gettext("%(what)s: this text is too long; shorten it."),
    "COUNTRY": lazy_gettext("%(what)s: choose a country from the list."),
    "INSIDE_EEA": lazy_gettext("%(what)s: this country is in the EEA, so this is no transfer; take the line out."),
    "ENTERPRISE_NUMBER": lazy_gettext(
        "%(what)s: the ten digits and their check digits do not fit; compare it with the register."
    ),
    "CHECK_DIGITS": lazy_gettext("The check digits do not fit; compare the number with the register."),
    "TEN_DIGITS": lazy_gettext("A Belgian enterprise number has ten digits, such as 0999.900.150."),
    "VAT_NUMBER": lazy_gettext("%(what)s: give it with its letters, such as NL004495445B01; the check digits must fit."),
    "CHOICE": lazy_gettext("%(what)s: choose one from the list."),
    "TYPE": lazy_gettext("%(what)s: this value cannot be read."),
    "UNKNOWN_SERVICE": lazy_gettext("%(what)s: this service is no longer offered; choose another."),
    "UNKNOWN_PARAMETER": lazy_gettext("%(what)s: this term no longer exists; take it out."),
    "UNKNOWN_FIELD": lazy_gettext("%(what)s: this field is not known."),
    "NOT_USED": lazy_gettext("%(what)s: this agreement does not use it; take it out."),
    "TOO_MANY": lazy_gettext("%(what)s: too many lines."),
    "CONFLICT": lazy_gettext("%(what)s: this is asked with another value in the negotiation; keep one of the two."),
}


def label(field: str, library: Library | None = None) -> str:
    """What the form calls a field; the term's own label for a negotiated value."""
    name = _INDEX.sub("", field).replace("deviations.values.", "parameters.")
    if name.startswith("parameters.") and library is not None:
        parameter = library.parameters.get(name.removeprefix("parameters."))
        return next(iter(parameter.labels.values())) if parameter else name
    return str(LABELS.get(name, name))


def message(error: FieldError, library: Library) -> str:
    """One error as a sentence. A rule of the library speaks for itself: its text is part of the library."""
    what = label(error.field, library)
    if error.code == "RULE":
        return error.message
    parameter = library.parameters.get(error.field.removeprefix("parameters.")) if error.field.startswith("parameters.") else None
    if parameter is not None and error.code in ("RANGE", "TYPE") and parameter.minimum is not None:
        return str(_("%(what)s: give a value from %(bounds)s.", what=what, bounds=bounds(parameter)))
    if error.code == "RANGE":
        first, last = _day(IsoDate.first), _day(IsoDate.last)
        return str(_("%(what)s: give a date from %(first)s to %(last)s.", what=what, first=first, last=last))
    words = MESSAGES.get(error.code)
    # Not flask-babel's own formatting: a lazy text is formatted here, so that every code has one place.
    return str(words) % {"what": what} if words is not None else f"{what}: {error.message}"


def messages(errors: Iterable[FieldError], library: Library) -> dict[str, str]:
    """Field → sentence, in the order of the form; the first error of a field speaks for it."""
    found: dict[str, str] = {}
    for error in sorted(errors, key=lambda e: place(e.field)):
        found.setdefault(error.field, message(error, library))
    return found


def place(field: str) -> tuple[int, str]:
    """Where a field stands in the form."""
    return _ORDER.get(_INDEX.sub("", field), len(_ORDER)), field


def bounds(parameter: Parameter) -> str:
    """ "1 dag tot 30 dagen", "€ 0,00 tot € 1.000.000,00": as the agreement would print the two ends."""
    low, high = parameter.minimum, parameter.maximum
    if low is None or high is None:
        return ""
    as_value = int if parameter.type == "duration" else type(low)
    first, last = (print_value(parameter, as_value(end), "nl", short=True) for end in (low, high))
    return str(_("%(low)s to %(high)s", low=first, high=last))


def _day(day: object) -> str:
    year, month, number = str(day).split("-")
    return f"{int(number)}/{int(month)}/{year}"
