"""The words of the pages of minutes: states, why something is not charged, wrong fields; and minutes as people type them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from dpa_service.domain.errors import DomainError, FieldError, RequestInvalid

STATES = {
    "logged": lazy_gettext("waits for approval"),
    "approved": lazy_gettext("approved"),
    "rejected": lazy_gettext("rejected"),
    "corrected": lazy_gettext("corrected"),
}
# why minutes are not charged → in a cell, and the sentence
REASONS = {
    "replaced": lazy_gettext("replaced by a correction"),
    "waived": lazy_gettext("not charged by decision"),
    "duty_free": lazy_gettext("free duty for this client"),
    "caused": lazy_gettext("caused by us"),
    "audit_failing": lazy_gettext("audit found a failing"),
    "audit_first_day": lazy_gettext("first day of an audit"),
    "allowance": lazy_gettext("free hours of the year"),
}
REASON_HELP = {
    "replaced": lazy_gettext("A correction took its place."),
    "waived": lazy_gettext("Finance decided not to charge it."),
    "duty_free": lazy_gettext("The agreement of this client makes this kind of assistance free of charge."),
    "caused": lazy_gettext("It was needed because of a failing of our own, and the agreement makes that free of charge."),
    "audit_failing": lazy_gettext("The audit found a material failing, and the agreement then leaves its cost with us."),
    "audit_first_day": lazy_gettext("The agreement makes the first day of an audit free of charge."),
    "allowance": lazy_gettext("It falls within the free hours that the agreement gives each calendar year."),
}
UNDECIDABLE = {
    "OWN_ENTRY": lazy_gettext("You worked or wrote this down yourself; somebody else decides."),
    "CORRECTED": lazy_gettext("It has a correction; decide about that one."),
    "MONTH_LOCKED": lazy_gettext("Its month is locked; unlock the month first."),
    "DECIDED": lazy_gettext("Somebody decided about it already."),
}
BLOCKED = {
    "WAITING": lazy_gettext("An estimate waits for the client's approval: work beyond it may not be charged."),
    "DECLINED": lazy_gettext("The client declined the estimate: ask before working on."),
    "EXCEEDED": lazy_gettext("The approved estimate is used up: send a new one before working on."),
}
HINTS = {
    "name": lazy_gettext("a person's name"),
    "email": lazy_gettext("an e-mail address"),
    "phone": lazy_gettext("a telephone number"),
    "national_number": lazy_gettext("a national number"),
    "account": lazy_gettext("an account number"),
}
_FIELDS = {
    "request": lazy_gettext("Request"),
    "work_date": lazy_gettext("Day"),
    "minutes": lazy_gettext("Time"),
    "note": lazy_gettext("What was done"),
    "person": lazy_gettext("Person"),
    "external_key": lazy_gettext("Key"),
    "reason": lazy_gettext("Reason"),
    "month": lazy_gettext("Month"),
    "file": lazy_gettext("File"),
}
_OWN = {
    ("request", "REQUIRED"): lazy_gettext("Choose the request you worked on."),
    ("request", "NOT_FOUND"): lazy_gettext("There is no assistance request with this reference or these words."),
    ("minutes", "REQUIRED"): lazy_gettext("Give the time, such as 45, 1:30 or 1,5 for one hour and a half."),
    ("minutes", "MINUTES"): lazy_gettext(
        "Give the time in whole minutes, more than none and at most a day: 45, 1:30, 1u30, or 1,5 for hours."
    ),
    ("note", "REQUIRED"): lazy_gettext("Say what was done: the client reads it on the timesheet."),
    ("note", "BLANK"): lazy_gettext("Say what was done: the client reads it on the timesheet."),
    ("work_date", "FUTURE"): lazy_gettext("This day is still to come; write minutes down once they were worked."),
    ("work_date", "NO_TERMS"): lazy_gettext(
        "On this day no agreement of this client was in force and no general terms were issued, so there is no tariff."
    ),
    ("work_date", "MONTH_LOCKED"): lazy_gettext(
        "This month is locked. Ask finance to unlock it, or write the minutes on a later day."
    ),
    ("external_key", "KEY_REUSED"): lazy_gettext(
        "This form was sent before with something else; look at the list before trying again."
    ),
    ("reason", "REQUIRED"): lazy_gettext("Say why, in a few words."),
    ("reason", "LENGTH"): lazy_gettext("Say it shorter: at most 500 characters."),
    ("month", "MONTH"): lazy_gettext("Only a month that has ended can be locked."),
    ("file", "EMPTY"): lazy_gettext("Choose a file that is not empty."),
    ("file", "TOO_LARGE"): lazy_gettext("The file is too large; cut it in parts."),
    ("file", "TOO_MANY"): lazy_gettext("The file has too many lines; cut it in parts."),
    ("file", "NOT_CSV"): lazy_gettext("This is not a CSV file; save the table as CSV and choose that file."),
    ("file", "HEADS"): lazy_gettext("The first line must name at least these columns: dossier, datum, minuten, prestatie."),
}
_CODES = {
    "REQUIRED": lazy_gettext("%(what)s is needed."),
    "BLANK": lazy_gettext("%(what)s is needed."),
    "DATE": lazy_gettext("%(what)s: this is not a day of the calendar."),
    "RANGE": lazy_gettext("%(what)s: this is beyond what is possible; check it."),
    "LENGTH": lazy_gettext("%(what)s: this text is too long; shorten it."),
    "CHARACTER": lazy_gettext("%(what)s: write it on one line, without special control characters."),
    "TYPE": lazy_gettext("%(what)s: this value cannot be read."),
}
_CONFLICTS = {
    "INVOICED": lazy_gettext("This entry is on a draft or an invoice. Discard the draft, or credit these minutes first."),
    "CORRECTED": lazy_gettext("This entry has a correction already; correct that one."),
    "REJECTED": lazy_gettext("This entry was rejected; write the right one down as a new entry."),
    "RUNNING": lazy_gettext("Your timer runs already; stop or discard it first."),
}  # fmt: skip

_CLOCK = re.compile(r"(\d{1,2})(?::|u|h)(?:([0-5]?\d)(?:m|min)?)?")
_HOURS = re.compile(r"(\d{0,2})[.,](\d{1,3})(?:u|h|uur|uren|hours?)?|(\d{1,2})(?:uur|uren|hours?)")
_PLAIN = re.compile(r"(\d{1,4})(?:m|min|minuten|minutes?)?")


def read_minutes(text: str) -> int | str:
    """Minutes as typed: 90, 90 min, 1:30, 1u30, 1 u 30, 2u, 1h30, or hours with a comma (1,5), rounded to the minute.

    Out: the text itself where it is none of these; the service then says what is wrong.
    """
    said = re.sub(r"\s+", "", text).casefold()
    if found := _PLAIN.fullmatch(said):
        return int(found[1])
    if (found := _CLOCK.fullmatch(said)) and (found[2] is not None or not said.endswith(":")):
        return int(found[1]) * 60 + int(found[2] or 0)
    if found := _HOURS.fullmatch(said):
        hours = Decimal(found[3]) if found[3] else Decimal(f"{found[1] or 0}.{found[2]}")
        return int((hours * 60).quantize(Decimal(1), ROUND_HALF_UP))
    return text


def in_words(trouble: RequestInvalid | Iterable[FieldError]) -> dict[str, str]:
    """Field → sentence, in the order of the page."""
    found: dict[str, str] = {}
    for error in trouble.errors if isinstance(trouble, RequestInvalid) else trouble:
        found.setdefault(error.field, field_words(error))
    return found


def field_words(error: FieldError) -> str:
    """One wrong field as a sentence."""
    own = _OWN.get((error.field, error.code))
    if own is not None:
        return str(own)
    what = _FIELDS.get(error.field, error.field)
    known = _CODES.get(error.code)
    return str(known) % {"what": what} if known is not None else f"{what}: {error.message}"


def refusal(trouble: DomainError) -> dict[str, str]:
    """What a conflict, a locked month or a missing tariff says, as a wrong field of the form."""
    if trouble.code in _CONFLICTS:
        return {"request": str(_CONFLICTS[trouble.code])}
    field = "external_key" if trouble.code == "KEY_REUSED" else "work_date"
    return {field: field_words(FieldError(field, trouble.code, trouble.message))}


def looks_personal(hints: Iterable[tuple[str, str]]) -> str:
    """What in a note looks like a person, as words: "a person's name (Jan Peeters)"."""
    return ", ".join(f"{HINTS.get(kind, kind)} ({words})" for kind, words in hints)


def fitting(references: Iterable[str]) -> str:
    """The words for a text that several requests fit."""
    known = ", ".join(references)
    return str(_("Several requests fit: %(references)s. Choose one from the list, or type its reference.", references=known))
