"""The words of sending: states, and for each code of a refusal what it means and what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from dpa_service.adapters.db.invoices import Delivery

STATES = {
    "queued": lazy_gettext("waits"),
    "sending": lazy_gettext("being sent"),
    "sent": lazy_gettext("sent"),
    "delivered": lazy_gettext("delivered"),
    "exported": lazy_gettext("exported"),
    "failed": lazy_gettext("refused"),
}
STATE_HELP = {
    "queued": lazy_gettext("for the next run"),
    "sending": lazy_gettext("taken by a run"),
    "sent": lazy_gettext("no receipt yet"),
    "delivered": lazy_gettext("received by the client"),
    "exported": lazy_gettext("in the folder"),
    "failed": lazy_gettext("ask for a decision"),
}
CHANNELS = {"export-folder": lazy_gettext("export folder")}
_WHY = {
    "NO_RECEIVER": lazy_gettext("The network does not know the electronic address of this client."),
    "UNREACHABLE": lazy_gettext("The folder or the network could not be reached, several times in a row."),
    "NUMBER": lazy_gettext("The number of this document cannot be the name of a file."),
    "DAMAGED": lazy_gettext("The stored file does not have the fingerprint it was issued with."),
    "OTHER_BYTES": lazy_gettext("Another file with this number was handed over before. Nothing was written over it."),
    "REJECTED": lazy_gettext("The client received the document and rejected it."),
    "SCHEMATRON": lazy_gettext("The network refused the file: it breaks a rule for e-invoices."),
    "INVALID": lazy_gettext("The network refused the file: it breaks a rule for e-invoices."),
    "NOT-JUDGED": lazy_gettext("The network could not judge the file."),
}
_NEXT = {
    "NO_RECEIVER": lazy_gettext(
        "Ask the client whether it receives e-invoices, and at which address. Once it is registered, send it again. Is the address itself wrong: "
        "correct it on the client's page; an invoice is then credited and made anew."
    ),
    "UNREACHABLE": lazy_gettext("Have the folder or the connection looked at, then send it again."),
    "NUMBER": lazy_gettext("Report this to whoever runs the service."),
    "DAMAGED": lazy_gettext("Send nothing. Have the database restored from a backup, then send it again."),
    "OTHER_BYTES": lazy_gettext("Compare the file in the folder with the document here. Is the folder that of another service: have it set right."),
    "REJECTED": lazy_gettext("Ask the client why. An invoice that is wrong is credited and made anew; sending the same one again changes nothing."),
    "SCHEMATRON": lazy_gettext("Report the words below to whoever runs the service. Where the client's data are wrong: correct them; an invoice is then credited and made anew."),
    "INVALID": lazy_gettext("Report the words below to whoever runs the service. Where the client's data are wrong: correct them; an invoice is then credited and made anew."),
    "NOT-JUDGED": lazy_gettext("Send it again later."),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a document was refused and what to do next, in sentences; `quoted` are the sender's own words."""

    why: str
    next: str
    quoted: str | None


def refusal(delivery: Delivery) -> Refusal | None:
    """Of a document that was refused, or waits because the last try failed."""
    if not delivery.problem:
        return None
    if delivery.state == "queued":
        why, further = _("The last try failed."), _("It is tried again by itself; nothing has to be done yet.")
    else:
        why = str(_WHY.get(delivery.problem) or _("The network refused the document (code %(code)s).", code=delivery.problem))
        further = str(_NEXT.get(delivery.problem) or _("Read the words below, put right what they name, and send it again."))
    return Refusal(str(why), str(further), delivery.message)
