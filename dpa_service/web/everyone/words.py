"""What happened, in words: a sentence for each action of the audit log, and for each step and field of the lifecycle."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from dpa_service.adapters.db.models import AuditLog

ACTIONS = {
    "agreement.create": lazy_gettext("made the draft"),
    "agreement.update": lazy_gettext("changed the draft"),
    "agreement.issue": lazy_gettext("issued the agreement"),
    "agreement.discard": lazy_gettext("put the draft aside"),
    "agreement.restore": lazy_gettext("brought the draft back"),
    "agreement.withdraw": lazy_gettext("withdrew the agreement"),
    "agreement.copy": lazy_gettext("uploaded a signed file"),
    "agreement.copy_accept": lazy_gettext("accepted the signed file"),
    "agreement.copy_refuse": lazy_gettext("refused the signed file"),
    "agreement.sign": lazy_gettext("recorded the signature"),
    "agreement.supersede": lazy_gettext("replaced the agreement with a newer one"),
    "agreement.shorten": lazy_gettext("signed another agreement, so that this one ends earlier"),
    "agreement.end": lazy_gettext("ended the agreement"),
    "agreement.edition": lazy_gettext("made the next edition, to negotiate further"),
    "deviation.propose": lazy_gettext("asked a deviation"),
    "deviation.close": lazy_gettext("took a deviation out"),
    "deviation.approve": lazy_gettext("approved a deviation"),
    "deviation.reject": lazy_gettext("rejected a deviation"),
    "deviation.counter": lazy_gettext("proposed something else than a deviation"),
    "deviation.approved": lazy_gettext("gave the last approval of a deviation"),
    "round.sent": lazy_gettext("recorded the file that was sent"),
    "round.received": lazy_gettext("recorded a file that came back"),
    "change.propose": lazy_gettext("proposed a change of a returned file"),
    "change.dismiss": lazy_gettext("dismissed a change of a returned file"),
    "change.reopen": lazy_gettext("undid a dismissal"),
    "claim.report": lazy_gettext("opened the claim"),
    "claim.update": lazy_gettext("changed what was reported"),
    "claim.assess": lazy_gettext("assessed the claim"),
    "claim.pay": lazy_gettext("recorded a payment"),
    "claim.correct": lazy_gettext("undid a payment by a counter-entry"),
    "claim.settle": lazy_gettext("settled the claim"),
    "claim.reject": lazy_gettext("rejected the claim"),
    "claim.attach": lazy_gettext("kept a file with the claim"),
    "fee.record": lazy_gettext("entered fees"),
    "fee.correct": lazy_gettext("undid an entry of fees"),
    "fee.import": lazy_gettext("took in fees of a file or another program"),
    "assistance.open": lazy_gettext("opened an assistance request"),
    "assistance.note": lazy_gettext("wrote in the log of a request"),
    "assistance.check": lazy_gettext("ticked an item of a request"),
    "assistance.forward": lazy_gettext("recorded that a request was forwarded"),
    "assistance.facts": lazy_gettext("wrote facts of an incident down"),
    "assistance.close": lazy_gettext("closed a request"),
    "assistance.reopen": lazy_gettext("opened a request again"),
    "estimate.make": lazy_gettext("made an estimate"),
    "estimate.approved": lazy_gettext("recorded that the client approved an estimate"),
    "estimate.declined": lazy_gettext("recorded that the client declined an estimate"),
    "time.record": lazy_gettext("wrote minutes down"),
    "time.correct": lazy_gettext("corrected minutes"),
    "time.approve": lazy_gettext("approved minutes"),
    "time.reject": lazy_gettext("rejected minutes"),
    "time.waive": lazy_gettext("decided not to charge minutes"),
    "time.upload": lazy_gettext("uploaded a file of minutes"),
    "timer.start": lazy_gettext("started a timer"),
    "timer.stop": lazy_gettext("stopped a timer"),
    "timer.drop": lazy_gettext("discarded a timer"),
    "month.lock": lazy_gettext("locked a month"),
    "month.unlock": lazy_gettext("unlocked a month"),
    "invoice.draft": lazy_gettext("made a draft of an invoice"),
    "invoice.texts": lazy_gettext("changed texts of a draft of an invoice"),
    "invoice.discard": lazy_gettext("discarded a draft of an invoice"),
    "invoice.issue": lazy_gettext("issued an invoice"),
    "invoice.credit": lazy_gettext("credited an invoice"),
    "invoice.pay": lazy_gettext("recorded a payment on an invoice"),
    "invoice.unpay": lazy_gettext("undid a payment on an invoice by a counter-entry"),
    "payment.upload": lazy_gettext("booked a bank statement"),
    "delivery.queued": lazy_gettext("could not send an invoice; it is tried again"),
    "delivery.sent": lazy_gettext("sent an invoice"),
    "delivery.exported": lazy_gettext("wrote an invoice into the export folder"),
    "delivery.delivered": lazy_gettext("heard that an invoice was delivered"),
    "delivery.failed": lazy_gettext("heard that an invoice was refused"),
    "delivery.retry": lazy_gettext("let an invoice be sent again"),
    "billing.profile": lazy_gettext("changed what a client wants on its invoices"),
    "accounting.export": lazy_gettext("made an export for accounting"),
    "client.create": lazy_gettext("added the client"),
    "client.update": lazy_gettext("changed the client"),
    "library.release": lazy_gettext("stored a release of the clause library"),
    "form.create": lazy_gettext("began a form"),
    "form.copy": lazy_gettext("copied an agreement into a form"),
    "form.discard": lazy_gettext("put a form away"),
    "form.restore": lazy_gettext("brought a form back"),
    "house.change": lazy_gettext("changed house data"),
    "house.restore": lazy_gettext("brought an earlier version of house data back"),
    "deviation.reminder": lazy_gettext("reminded a seat of what waits"),
    "absence.add": lazy_gettext("recorded an absence"),
    "absence.end": lazy_gettext("ended an absence"),
    "session.begin": lazy_gettext("signed in"),
    "session.end": lazy_gettext("signed out"),
    "user.create": lazy_gettext("added a user"),
    "user.password": lazy_gettext("changed a password"),
    "token.create": lazy_gettext("made an API token"),
    "token.revoke": lazy_gettext("revoked an API token"),
}
OBJECTS = {
    "agreement": lazy_gettext("agreement"),
    "client": lazy_gettext("client"),
    "claim": lazy_gettext("claim"),
    "fees": lazy_gettext("fees"),
    "assistance": lazy_gettext("assistance request"),
    "time": lazy_gettext("entry of time"),
    "month": lazy_gettext("month"),
    "invoice": lazy_gettext("invoice"),
    "payments": lazy_gettext("payments"),
    "export": lazy_gettext("export for accounting"),
    "form": lazy_gettext("form"),
    "library": lazy_gettext("clause library"),
    "house": lazy_gettext("house data"),
    "absence": lazy_gettext("absence"),
    "seat": lazy_gettext("seat of the playbook"),
    "user": lazy_gettext("user"),
    "token": lazy_gettext("API token"),
}
STEP_WORDS = {
    "discard": lazy_gettext("put this draft aside"),
    "restore": lazy_gettext("bring this draft back"),
    "withdraw": lazy_gettext("withdraw this agreement"),
    "sign": lazy_gettext("record the signature"),
    "end": lazy_gettext("end this agreement"),
}
FIELD_WORDS = {
    ("reason", "REQUIRED"): lazy_gettext("Say why, in a few words."),
    ("reason", "LENGTH"): lazy_gettext("Say it shorter: at most 500 characters."),
    ("last_day", "REQUIRED"): lazy_gettext("Give the last day on which it holds."),
    ("last_day", "TOO_EARLY"): lazy_gettext("Give a day on or after the day on which it took effect."),
    ("last_day", "TOO_LATE"): lazy_gettext("It ends earlier than that already; give an earlier day."),
    ("signatory", "REQUIRED"): lazy_gettext("Say who signed for the client."),
    ("signed_on", "FUTURE"): lazy_gettext("This day is still to come; give the day on which it was signed."),
    ("signed_on", "TOO_EARLY"): lazy_gettext("It was issued after this day; give the day on which it was signed."),
    ("effective_until", "ORDER"): lazy_gettext("Give a day after the first day, or leave it empty."),
    ("file", "EMPTY"): lazy_gettext("Choose the signed file."),
    ("file", "KIND"): lazy_gettext("Send the signed agreement as a .docx or .pdf file."),
    ("file", "TOO_BIG"): lazy_gettext("The file is too large. Save it smaller (at most 10 MB) and send that."),
    ("file", "NOT_READABLE"): lazy_gettext("The file cannot be read. Open it, save it again as .docx or .pdf, and send that."),
    ("file", "PASSWORD"): lazy_gettext("The file is protected with a password. Remove the protection and send it again."),
    ("file", "MACROS"): lazy_gettext("The file holds macros. Save it as an ordinary .docx, without macros, and send that."),
    ("file", "UNSAFE"): lazy_gettext("The file is built in an unusual way and is refused. Save it again and send that."),
    ("file", "OTHER_AGREEMENT"): lazy_gettext("This is the file of another agreement. Choose the signed file of this one."),
    ("file", "OTHER_TEXT"): lazy_gettext("This file does not hold the text of this agreement. Choose the signed file of it."),
    ("*", "DATE"): lazy_gettext("Give a date, such as 1/12/2026."),
    ("*", "REQUIRED"): lazy_gettext("Give a date, such as 1/12/2026."),
}
REMARKS = {
    "tracked": lazy_gettext("The file holds tracked changes that were neither accepted nor rejected."),
    "embedded": lazy_gettext("The file holds another document inside, which was not read."),
    "external": lazy_gettext("The file links to a template or picture elsewhere; nothing was fetched."),
    "comments": lazy_gettext("The file holds comments."),
    "annotations": lazy_gettext("Something was written or stamped over the pages; the comparison does not see it."),
    "pictures": lazy_gettext("Some pages hold pictures; the comparison does not see what is on them."),
    "scan": lazy_gettext("The pages are pictures: this is a scan."),
}
KINDS = {
    "changed": lazy_gettext("changed"),
    "added": lazy_gettext("added"),
    "removed": lazy_gettext("removed"),
    "filled": lazy_gettext("filled in where one signs"),
}
OPERATORS = {
    ">": lazy_gettext("above"),
    "<": lazy_gettext("below"),
    ">=": lazy_gettext("at least"),
    "<=": lazy_gettext("at most"),
    "=": lazy_gettext("equal to"),
    "none": lazy_gettext("without limit or not fixed"),
}


def did(line: AuditLog) -> str:
    """What a line of the audit log says somebody did."""
    if line.action == "agreement.issue" and "reference" in line.details:
        return str(_("issued the agreement as %(reference)s", reference=line.details["reference"]))
    if line.action == "agreement.copy":
        verdict, count = line.details.get("verdict"), line.details.get("differences", 0)
        if verdict == "same":
            return str(_("uploaded a signed file: its words are those that were issued"))
        if verdict == "no_text":
            return str(_("uploaded a signed scan, which has no words to compare"))
        return str(
            ngettext("uploaded a signed file with %(num)s difference", "uploaded a signed file with %(num)s differences", count)
        )
    words = ACTIONS.get(line.action)
    if words is not None and line.action.startswith("deviation.") and "key" in line.details:
        return f"{words} ({line.details['key']})"
    return str(words) if words is not None else line.action
