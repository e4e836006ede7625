"""The words of issued invoices, credit notes, payments and bank statements: how a document stands, its log, wrong fields."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from dpa_service.adapters.bank_statements import StatementError
from dpa_service.adapters.db.invoices import Invoice
from dpa_service.adapters.db.models import AuditLog
from dpa_service.domain.assistance.timesheet import EARLIER
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.services.invoices import invoice_list
from dpa_service.services.invoices.line_evidence import KEPT
from dpa_service.web.assistance import time_words
from dpa_service.web.everyone.words import did as did_in_general
from dpa_service.web.shell import as_money

STATES = {  # to choose from in the list
    "draft": lazy_gettext("drafts"),
    "issued": lazy_gettext("to be paid, and credit notes"),
    "late": lazy_gettext("late"),
    "paid": lazy_gettext("paid"),
    "credited": lazy_gettext("credited in full"),
    "discarded": lazy_gettext("discarded drafts"),
}
REASONS = {
    **time_words.REASONS,
    EARLIER: lazy_gettext("charged on another invoice"),
    KEPT: lazy_gettext("stays on the invoice"),
}
SOURCES = {"manual": lazy_gettext("by hand"), "bank": lazy_gettext("from a bank statement")}
MATCHES = {
    "exact": lazy_gettext("pays the invoice in full"),
    "partly": lazy_gettext("pays a part"),
    "too_much": lazy_gettext("more than was left"),
    "paid_before": lazy_gettext("the invoice was paid already"),
    "unknown": lazy_gettext("no invoice has this communication"),
    "seen": lazy_gettext("booked before"),
    "outgoing": lazy_gettext("money that went out"),
}
BOOKED = ("exact", "partly", "too_much")
MATCH_HELP = {
    "too_much": lazy_gettext("The difference is the client's: pay it back, or agree what it is for."),
    "paid_before": lazy_gettext(
        "Not booked. Was it paid twice: record it on the invoice by hand, and again when it is paid back."
    ),
    "unknown": lazy_gettext("Not booked. Look for the invoice and record the payment there by hand."),
}
NO_FILE = lazy_gettext("Choose a bank statement that is not empty.")
_STATEMENT = {
    "TOO_LARGE": lazy_gettext("The file is larger than a bank statement is; upload one statement at a time."),
    "CODA_LINE": lazy_gettext("A line of a CODA file has 128 signs; download the file from the bank again."),
    "NO_HEADER": lazy_gettext("The CODA file does not begin with its header; download it from the bank again."),
    "UNREADABLE": lazy_gettext("A date or amount cannot be read; download the file from the bank again."),
    "CUT_OFF": lazy_gettext("The file ends before its closing line; download it from the bank again."),
    "TURNOVER": lazy_gettext(
        "The movements do not add up to the turnover that the statement names; download it from the bank again."
    ),
    "BALANCE": lazy_gettext("The movements do not lead from the old balance to the new one; download it from the bank again."),
    "COLUMNS": lazy_gettext(
        "This is neither CODA nor a CSV file with the columns datum, bedrag and mededeling; tegenpartij, rekening and referentie may follow."
    ),
    "CSV_VALUE": lazy_gettext("Write dates as 31/12/2026 and amounts as 1234,56."),
}
_FIELDS = {
    ("amount", "REQUIRED"): lazy_gettext("Give the amount, such as 1.250,00."),
    ("amount", "AMOUNT_NEGATIVE"): lazy_gettext("Give the amount above zero, and choose whether it was received or paid back."),
    ("amount", "AMOUNT_ZERO"): lazy_gettext("Give an amount above zero."),
    ("amount", "AMOUNT_SCALE"): lazy_gettext("An amount has at most two decimals."),
    ("amount", "*"): lazy_gettext("Write the amount as 1.250,00."),
    ("paid_on", "REQUIRED"): lazy_gettext("Give the day on which the money came or went."),
    ("paid_on", "FUTURE"): lazy_gettext("This day is still to come; give the day on which the money came or went."),
    ("paid_on", "*"): lazy_gettext("This is not a day of the calendar."),
    ("reference", "LENGTH"): lazy_gettext("Keep the reference under 100 characters."),
    ("reference", "PAYMENT_KNOWN"): lazy_gettext("A payment with this reference was booked before. Look it up, or give another reference."),
    ("reference", "*"): lazy_gettext("Write the reference on one line, without special control characters."),
    ("reason", "REQUIRED"): lazy_gettext("Say why, in a few words."),
    ("reason", "LENGTH"): lazy_gettext("Say it shorter: at most 500 characters."),
    ("reason", "*"): lazy_gettext("Write the reason on one line, without special control characters."),
}  # fmt: skip
_LOG = {
    "invoice.draft": lazy_gettext("made the draft"),
    "invoice.texts": lazy_gettext("changed texts of the draft"),
    "invoice.discard": lazy_gettext("discarded the draft"),
    "invoice.unpay": lazy_gettext("undid a payment by a counter-entry"),
    "delivery.queued": lazy_gettext("could not send it; it is tried again"),
    "delivery.sent": lazy_gettext("sent it"),
    "delivery.exported": lazy_gettext("wrote it into the export folder"),
    "delivery.delivered": lazy_gettext("heard that it was delivered"),
    "delivery.failed": lazy_gettext("heard that it was refused"),
    "delivery.retry": lazy_gettext("let it be sent again"),
}


def standing(invoice: Invoice, today: date) -> tuple[str, str]:
    """How a document stands on a day: a name for its colour, and the words."""
    if invoice.state in ("draft", "discarded") or invoice.kind == "credit":
        return invoice.state, {"draft": _("draft"), "discarded": _("discarded")}.get(invoice.state, _("made out"))
    left, late = invoice_list.left_of(invoice), invoice_list.days_late(invoice, today)
    if left is not None and left < 0:
        return "owes", _("too much received") if invoice.state == "paid" else _("credited, to be paid back")
    if invoice.state == "credited":
        return "credited", _("credited in full")
    if invoice.state == "paid":
        return "paid", _("paid")
    if late:
        return "late", ngettext("late: %(num)s day", "late: %(num)s days", late)
    return ("partly", _("partly paid")) if invoice.paid else ("open", _("to be paid"))


def did(line: AuditLog) -> str:
    """What a line of the log says somebody did with the invoice."""
    said = line.details
    if line.action == "invoice.issue":
        return str(_("issued it as %(number)s", number=said.get("number", "")))
    if line.action == "invoice.credit":
        return str(
            _("credited %(amount)s with %(number)s", amount=as_money(said.get("total", "0")), number=said.get("number", ""))
        )
    if line.action == "invoice.pay" and "amount" in said:
        if str(said["amount"]).startswith("-"):
            return str(_("recorded that %(amount)s was paid back", amount=as_money(str(said["amount"]).lstrip("-"))))
        return str(_("recorded a payment of %(amount)s", amount=as_money(said["amount"])))
    words = _LOG.get(line.action)
    return str(words) if words is not None else did_in_general(line)


def statement_words(trouble: StatementError) -> str:
    """Why a bank statement is not taken."""
    words = _STATEMENT[trouble.why]
    return (
        _("Line %(line)s: %(words)s", line=trouble.line, words=words) if trouble.line and trouble.why != "COLUMNS" else str(words)
    )


def in_words(trouble: RequestInvalid | Iterable[FieldError]) -> dict[str, str]:
    """Field → sentence."""
    found: dict[str, str] = {}
    for error in trouble.errors if isinstance(trouble, RequestInvalid) else trouble:
        known = _FIELDS.get((error.field, error.code)) or _FIELDS.get((error.field, "*"))
        found.setdefault(error.field, str(known) if known is not None else _("This value cannot be used; check it."))
    return found
