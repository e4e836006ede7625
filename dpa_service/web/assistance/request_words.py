"""The words of assistance requests: duties, clocks, what a duty needs, the log, states, and wrong fields."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from dpa_service.adapters.db.assistance import AssistanceEvent
from dpa_service.domain.assistance.personal_hint import ACCOUNT, EMAIL, NAME, NATIONAL_NUMBER, PHONE
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.services.assistance import clock_states
from dpa_service.services.assistance.assistance_requests import CHECKED, ESTIMATE, FACTS, FORWARDED, NOTE, STATE

DUTY_HELP = {
    "dsr": lazy_gettext(
        "Somebody asks the client for access, correction, erasure or another right, and the client needs our help."
    ),
    "security": lazy_gettext("The client asks about our measures, their risks and tests, or advice for its own measures."),
    "incident": lazy_gettext("Personal data were lost, changed or seen by somebody who should not have: the client is notified."),
    "dpia": lazy_gettext("The client assesses the effects of a processing, or consults the authority beforehand."),
    "audit": lazy_gettext("The client asks proof that Art. 28 is kept, or wants to audit or inspect."),
    "alert": lazy_gettext("We think that an instruction of the client breaks the law, and warn it."),
    "exit": lazy_gettext("The services end: data go back to the client or are destroyed."),
}
CLOCKS = {
    ("dsr", "forward"): lazy_gettext("Send the request on to the client"),
    ("dsr", "answer"): lazy_gettext("The client answers the person"),
    ("incident", "notice"): lazy_gettext("Notify the client"),
    ("incident", "authority"): lazy_gettext("The client notifies the authority"),
    ("audit", "announcement"): lazy_gettext("The client's announcement of an inspection"),
    ("audit", "announcement_for_cause"): lazy_gettext("The announcement of an inspection for cause"),
    ("exit", "completion"): lazy_gettext("Return or destroy the data"),
    ("exit", "backups"): lazy_gettext("Have the backups overwritten"),
}
# what the moment is that starts a clock
STARTS = {
    "received": lazy_gettext("from the receipt of the request"),
    "received_by_client": lazy_gettext("from the receipt of the request; at the earliest the moment shown here"),
    "known": lazy_gettext("from when we knew of the incident"),
    "known_by_client": lazy_gettext("from when the client knows of the incident; at the earliest the moment shown here"),
    "announced": lazy_gettext("from the announcement"),
    "services_ended": lazy_gettext("from the end of the services"),
}
STARTED = {
    "dsr": lazy_gettext("When did the request arrive?"),
    "security": lazy_gettext("When did the question arrive?"),
    "incident": lazy_gettext("When did we know of the incident?"),
    "dpia": lazy_gettext("When did the question arrive?"),
    "audit": lazy_gettext("When was it asked or announced?"),
    "alert": lazy_gettext("When did we come to think so?"),
    "exit": lazy_gettext("When did the services end?"),
}
CLOCK_STATES = {
    clock_states.RUNNING: lazy_gettext("running"),
    clock_states.LATE: lazy_gettext("late"),
    clock_states.MET: lazy_gettext("met in time"),
    clock_states.MET_LATE: lazy_gettext("met too late"),
    clock_states.STOPPED: lazy_gettext("stopped"),
    clock_states.STOPPED_LATE: lazy_gettext("stopped, late"),
    clock_states.OVER: lazy_gettext("over"),
}
ITEMS = {
    ("dsr", "forwarded"): lazy_gettext("The message was sent on to the client's contact point."),
    ("dsr", "received_noted"): lazy_gettext(
        "It says on which day and by which channel the message came, what it holds, and how the person made themselves known."
    ),
    ("dsr", "person_told"): lazy_gettext(
        "The person knows that the client handles the request and how to reach it; we decided nothing and did not answer on the merits."
    ),
    ("dsr", "searched"): lazy_gettext("The person's data were looked up in the systems and recordings that we keep."),
    ("dsr", "copy_or_correction"): lazy_gettext(
        "The copy was given in a common format, or the data were corrected, completed, erased or restricted and that was confirmed in writing."
    ),
    ("dsr", "sub_processors_told"): lazy_gettext("The sub-processors concerned were told to do the same."),
    ("dsr", "client_confirmed"): lazy_gettext("The client has it all before the day on which it must answer the person."),
    ("security", "measures_explained"): lazy_gettext(
        "The measures of the annex on security, and what changed in them, were explained."
    ),
    ("security", "risks_and_tests"): lazy_gettext("The risks and test results that we know of these systems were given."),
    ("security", "advice"): lazy_gettext("The client was advised on the measures that it has to take itself."),
    ("security", "answered"): lazy_gettext(
        "The receipt was confirmed with the name of who handles it, and the answer was given in time for the client's own period."
    ),
    ("incident", "nature"): lazy_gettext("The notice says what happened, when, and when we knew of it."),
    ("incident", "persons_and_records"): lazy_gettext(
        "The notice says which kinds of persons and records are concerned, and roughly how many."
    ),
    ("incident", "contact"): lazy_gettext("The notice names where more can be learnt."),
    ("incident", "consequences"): lazy_gettext("The notice says what will probably come of it."),
    ("incident", "measures"): lazy_gettext(
        "The notice says what was done and what is proposed to end it and to limit its effects."
    ),
    ("incident", "notified"): lazy_gettext(
        "The client was notified at its contact point, by e-mail and, where it gave a number, by telephone."
    ),
    ("incident", "completed"): lazy_gettext("What was missing from the notice was added later."),
    ("incident", "documented"): lazy_gettext("The traces are kept, and facts, effects and measures are documented."),
    ("dpia", "processing_described"): lazy_gettext("The steps, systems, data flows and places of the processing were described."),
    ("dpia", "access_described"): lazy_gettext(
        "Who has access, which sub-processors there are and which transfers was described."
    ),
    ("dpia", "retention_and_measures"): lazy_gettext("The periods for which data are kept and the measures were given."),
    ("dpia", "risks_described"): lazy_gettext(
        "The risks and earlier incidents that matter were given, with proposals to lower the risk."
    ),
    ("dpia", "consultation_answered"): lazy_gettext(
        "What the authority asked in a prior consultation was answered in its period, or there was no consultation."
    ),
    ("audit", "evidence_sent"): lazy_gettext("The documents that show that Art. 28 and the agreement are kept were sent."),
    ("audit", "scope_known"): lazy_gettext("We know what is audited, how long it takes, and who does it."),
    ("audit", "auditor_bound"): lazy_gettext("The auditor is independent, no competitor, and bound to secrecy in writing."),
    ("audit", "contact_named"): lazy_gettext("A contact person was named, and access and staff are arranged."),
    ("audit", "report_commented"): lazy_gettext("The draft report was received and commented on."),
    ("audit", "findings_planned"): lazy_gettext("Every shortcoming that was found has a plan with measures and dates."),
    ("alert", "instruction_named"): lazy_gettext("The warning names the instruction that it is about."),
    ("alert", "provision_named"): lazy_gettext(
        "The warning names the provision that we think is broken, why, and an alternative if we see one."
    ),
    ("alert", "warned"): lazy_gettext("The warning was sent to the client by e-mail at once."),
    ("alert", "answer_recorded"): lazy_gettext("The client confirmed, changed or withdrew the instruction, and that is noted."),
    ("exit", "choice_received"): lazy_gettext("The client chose between return and destruction, in writing."),
    ("exit", "choice_asked"): lazy_gettext("Where no choice came, it was asked in writing, saying what follows without one."),
    ("exit", "returned"): lazy_gettext(
        "What had to be returned was returned in a common, machine-readable format along a secured channel."
    ),
    ("exit", "destroyed"): lazy_gettext("What we still had was destroyed."),
    ("exit", "backups_scheduled"): lazy_gettext(
        "The last backup is overwritten, or it is certain on which day of the period it will be."
    ),
    ("exit", "sub_processors_confirmed"): lazy_gettext("The sub-processors confirmed that they did the same."),
    ("exit", "confirmed"): lazy_gettext(
        "The client was sent the confirmation: what was destroyed, when, how, and the day of the last backup."
    ),
}
STATES = {"open": lazy_gettext("open"), "closed": lazy_gettext("closed")}
ENTRY_STATES = {
    "logged": lazy_gettext("waits for approval"),
    "approved": lazy_gettext("approved"),
    "rejected": lazy_gettext("rejected"),
    "corrected": lazy_gettext("corrected by a later entry"),
}
HINTS = {
    NAME: lazy_gettext("looks like a person's name"),
    EMAIL: lazy_gettext("is an e-mail address"),
    PHONE: lazy_gettext("looks like a telephone number"),
    NATIONAL_NUMBER: lazy_gettext("looks like a national register number"),
    ACCOUNT: lazy_gettext("looks like a bank account number"),
}
CHANNELS = {
    "email": lazy_gettext("e-mail"),
    "portal": lazy_gettext("portal"),
    "post": lazy_gettext("post"),
    "phone": lazy_gettext("telephone"),
}
FACT_NAMES = {
    "nature": lazy_gettext("what happened"),
    "persons": lazy_gettext("persons"),
    "records": lazy_gettext("records"),
    "contact": lazy_gettext("contact"),
    "consequences": lazy_gettext("consequences"),
    "measures": lazy_gettext("measures"),
    "known_at": lazy_gettext("when it was known"),
    "cause": lazy_gettext("cause"),
}
ESTIMATE_STATES = {"approved": lazy_gettext("approved by the client"), "declined": lazy_gettext("declined by the client")}
_FIELDS = {
    ("duty", "*"): lazy_gettext("Choose the duty that the request falls under."),
    ("subject", "REQUIRED"): lazy_gettext("Say what is asked, in a few words."),
    ("subject", "BLANK"): lazy_gettext("Say what is asked, in a few words."),
    ("subject", "LENGTH"): lazy_gettext("Say what is asked in at most 300 characters."),
    ("subject", "CHARACTER"): lazy_gettext("What is asked: write it on one line, without special control characters."),
    ("case_reference", "LENGTH"): lazy_gettext("The case reference has at most 100 characters."),
    ("case_reference", "CHARACTER"): lazy_gettext(
        "The case reference: write it on one line, without special control characters."
    ),
    ("clock_started", "REQUIRED"): lazy_gettext("Give the day and the time at which the clock started."),
    ("clock_started", "MOMENT"): lazy_gettext("This is no moment of the calendar; give a day and a time, such as 14:05."),
    ("clock_started", "FUTURE"): lazy_gettext("This moment is still to come; give when it happened."),
    ("happened", "MOMENT"): lazy_gettext("Give a moment between the start of the clock and now."),
    ("text", "REQUIRED"): lazy_gettext("Write what happened."),
    ("text", "BLANK"): lazy_gettext("Write what happened."),
    ("text", "LENGTH"): lazy_gettext("Say it shorter: at most 1,000 characters."),
    ("text", "CHARACTER"): lazy_gettext("Write it without special control characters."),
    ("reason", "REQUIRED"): lazy_gettext("Say why, in a few words."),
    ("reason", "LENGTH"): lazy_gettext("Say it shorter: at most 500 characters."),
}


def in_words(trouble: RequestInvalid) -> dict[str, str]:
    """Field → what is wrong with it, in words."""
    found: dict[str, str] = {}
    for error in trouble.errors:
        found.setdefault(error.field, _field_words(error))
    return found


def _field_words(error: FieldError) -> str:
    words = _FIELDS.get((error.field, error.code)) or _FIELDS.get((error.field, "*"))
    return str(words) if words is not None else str(_("This field cannot be read; fill it in again."))


def length(count: int, unit: str) -> str:
    """ "2 working days" """
    if unit == "hours":
        return str(ngettext("%(num)s hour", "%(num)s hours", count))
    if unit == "working_days":
        return str(ngettext("%(num)s working day", "%(num)s working days", count))
    if unit == "months":
        return str(ngettext("%(num)s month", "%(num)s months", count))
    return str(ngettext("%(num)s day", "%(num)s days", count))


def happened(event: AssistanceEvent, duty: str, *, closed: bool = False) -> str:
    """A line of the log as a sentence. In: `closed`, for a change of state: whether the request was closed by it."""
    text = event.text
    if event.kind == NOTE:
        return text
    if event.kind == CHECKED:
        sign, _space, item = text.partition(" ")
        words = ITEMS.get((duty, item), item)
        return str(_("Ticked: %(item)s", item=words) if sign == "+" else _("Tick taken away: %(item)s", item=words))
    if event.kind == FORWARDED:
        channel, _colon, proof = text.partition(": ")
        return str(
            _("Sent on to the client by %(channel)s, proof: %(proof)s", channel=CHANNELS.get(channel, channel), proof=proof)
        )
    if event.kind == FACTS:
        named = ", ".join(str(FACT_NAMES.get(name, name)) for name in text.split(", ") if name)
        return str(_("Written down about the incident: %(facts)s", facts=named))
    if event.kind == ESTIMATE:
        return _estimate(text)
    if event.kind == STATE:
        return str(_("Closed: %(why)s", why=text) if closed else _("Opened again: %(why)s", why=text))
    return text


def _estimate(text: str) -> str:
    number, _colon, rest = text.partition(": ")
    minutes = rest.removesuffix(" min")
    if minutes.isdigit():
        hours, left = divmod(int(minutes), 60)
        return str(_("Estimate %(number)s made: %(hours)s", number=number, hours=f"{hours} u {left:02d}"))
    return str(_("Estimate %(number)s: %(state)s", number=number, state=ESTIMATE_STATES.get(rest, rest)))
