"""The words of incidents, forwarded requests and estimates: steps, clocks, channels, states, hints, and wrong fields."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.services.assistance.clock_states import LATE, MET, MET_LATE, RUNNING, ClockState
from dpa_service.web.assistance.request_words import HINTS


@dataclass(frozen=True, slots=True)
class Step:
    """One part of the notice: its title, a line of help, what the law asks and where, and how high its field is."""

    title: Any
    help: Any
    law: Any
    asks: Any
    rows: int = 3


STEPS = {
    "nature": Step(
        lazy_gettext("What happened"),
        lazy_gettext("Lost, seen or changed; in which system; from when until when."),
        lazy_gettext("Art. 33(3)(a) GDPR"),
        lazy_gettext("the nature of the personal data breach"),
        4,
    ),
    "persons": Step(
        lazy_gettext("Whose data"),
        lazy_gettext(
            "Groups of persons and about how many, such as “callers of the service desk, about 300”. An estimate is enough."
        ),
        lazy_gettext("Art. 33(3)(a) GDPR"),
        lazy_gettext("where possible, the categories and approximate number of data subjects concerned"),
        2,
    ),
    "records": Step(
        lazy_gettext("Which data"),
        lazy_gettext("Kinds of data and about how many records, such as “recordings of calls, about 450”."),
        lazy_gettext("Art. 33(3)(a) GDPR"),
        lazy_gettext("the categories and approximate number of personal data records concerned"),
        2,
    ),
    "contact": Step(
        lazy_gettext("Who knows more"),
        lazy_gettext("Where the client can ask further: normally our data protection officer."),
        lazy_gettext("Art. 33(3)(b) GDPR"),
        lazy_gettext("the data protection officer or other contact point where more information can be obtained"),
        2,
    ),
    "consequences": Step(
        lazy_gettext("Likely consequences"),
        lazy_gettext("What the persons may notice of it: misuse of an account, unwanted calls, a loss of confidentiality."),
        lazy_gettext("Art. 33(3)(c) GDPR"),
        lazy_gettext("the likely consequences of the personal data breach"),
    ),
    "measures": Step(
        lazy_gettext("Measures"),
        lazy_gettext("What was done, and what is proposed to end the breach and to limit its effects."),
        lazy_gettext("Art. 33(3)(d) GDPR"),
        lazy_gettext("the measures taken or proposed to address the breach and to mitigate its possible adverse effects"),
    ),
    "known_at": Step(
        lazy_gettext("When we knew"),
        lazy_gettext("The moment at which it was reasonably certain that personal data were hit."),
        lazy_gettext("Art. 33(2) GDPR"),
        lazy_gettext("that the processor tells the controller without undue delay after becoming aware of the breach"),
    ),
    "cause": Step(
        lazy_gettext("Cause"),
        lazy_gettext("How it could happen, as far as is known."),
        lazy_gettext("Art. 33(5) GDPR"),
        lazy_gettext("that the facts of the breach, its effects and the remedial action are documented"),
    ),
}
ESTIMATE_STATES = {
    "noted": lazy_gettext("kept, no approval needed"),
    "sent": lazy_gettext("waits for the client"),
    "approved": lazy_gettext("approved by the client"),
    "declined": lazy_gettext("declined by the client"),
    "replaced": lazy_gettext("replaced by a later one"),
}
BLOCKED = {
    "WAITING": lazy_gettext("Do not start yet: the client has not answered the estimate."),
    "DECLINED": lazy_gettext("Do not go on: the client declined the estimate. Agree on another one first."),
    "EXCEEDED": lazy_gettext("The accepted estimate is spent: make a new estimate before working on."),
}
_FIELDS = {
    **{name: step.title for name, step in STEPS.items()},
    "sent_at": lazy_gettext("Sent on"),
    "to": lazy_gettext("To whom"),
    "channel": lazy_gettext("How"),
    "proof": lazy_gettext("Proof"),
    "text": lazy_gettext("How the client was told"),
    "minutes": lazy_gettext("Time"),
    "words": lazy_gettext("Who answered, and how"),
}
_OWN = {
    ("known_at", "FUTURE"): lazy_gettext("When we knew: this moment is still to come."),
    ("sent_at", "MOMENT"): lazy_gettext("Sent on: give a moment between the receipt of the request and now."),
    ("channel", "REQUIRED"): lazy_gettext("How: choose one from the list."),
    ("channel", "CHOICE"): lazy_gettext("How: choose one from the list."),
    ("happened", "MOMENT"): lazy_gettext("When: give a moment between the start of the clock and now."),
    ("minutes", "*"): lazy_gettext("Time: write it as 4:30, 4,5 or 270 (minutes)."),
    ("reason", "REQUIRED"): lazy_gettext("Say who answered, and how."),
    ("reason", "LENGTH"): lazy_gettext("Say it shorter: at most 500 characters."),
}
_CODES = {
    "REQUIRED": lazy_gettext("%(what)s is needed."),
    "BLANK": lazy_gettext("%(what)s is needed."),
    "LENGTH": lazy_gettext("%(what)s: this text is too long; shorten it."),
    "CHARACTER": lazy_gettext("%(what)s: leave out control characters and line breaks."),
    "MOMENT": lazy_gettext("%(what)s: this is no moment of the calendar; give a day and a time, such as 14:05."),
    "RANGE": lazy_gettext("%(what)s: this is beyond what is possible; check it."),
}


def field_words(error: FieldError) -> str:
    """One wrong field as a sentence."""
    own = _OWN.get((error.field, error.code)) or _OWN.get((error.field, "*"))
    if own is not None:
        return str(own)
    what = str(_FIELDS.get(error.field, error.field))
    known = _CODES.get(error.code)
    # Not flask-babel's own formatting: a lazy text is formatted here, so that every code has one place.
    return str(known) % {"what": what} if known is not None else f"{what}: {error.message}"


def in_words(trouble: RequestInvalid, prefix: str = "") -> dict[str, str]:
    """Name of the field on the page → sentence, the first of each field."""
    found: dict[str, str] = {}
    for error in trouble.errors:
        found.setdefault(prefix + error.field, field_words(error))
    return found


def hint_words(hints: Iterable[tuple[str, str]], spared: Sequence[str] = ()) -> list[str]:
    """What looks personal in a text, each as a sentence; `spared` kinds may stand in this text."""
    return list(dict.fromkeys(f"“{words}” {HINTS[kind]}" for kind, words in hints if kind not in spared))


def left(found: ClockState) -> str:
    """How much of a clock of the house is left or was too much: "31 hours left"; empty where closing the request stopped it."""
    time = span(found.expires_at, found.at)
    words = {
        RUNNING: lambda: _("%(time)s left", time=time),
        LATE: lambda: _("%(time)s too late", time=time),
        MET: lambda: _("done, %(time)s before the end", time=time),
        MET_LATE: lambda: _("done, %(time)s too late", time=time),
    }
    return str(words[found.state]()) if found.state in words else ""


def span(one: datetime, other: datetime) -> str:
    """How far two moments are apart: days above three days, else hours, else minutes; never more than there is."""
    minutes = int(abs((one - other).total_seconds()) // 60)
    hours, days = minutes // 60, minutes // (24 * 60)
    if days > 3:
        return str(ngettext("%(num)s day", "%(num)s days", days))
    return str(
        ngettext("%(num)s hour", "%(num)s hours", hours) if hours else ngettext("%(num)s minute", "%(num)s minutes", minutes)
    )
