"""Texts that go to the client: the notice of an incident, the proof of forwarding, an estimate. The product sends no mail: they are
printed or copied. They are in the client's language, whatever that of the page is, and hold no name of a data subject."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import force_locale, ngettext
from flask_babel import gettext as _

from dpa_service.adapters.db.assistance import AssistanceEstimate
from dpa_service.services.assistance.assistance_list import Details
from dpa_service.services.assistance.assistance_schema import INCIDENT_FACTS
from dpa_service.services.assistance.clock_states import states
from dpa_service.services.assistance.estimates import Basis
from dpa_service.serving.runtime import library
from dpa_service.web.assistance import words
from dpa_service.web.assistance.clock_view import shown
from dpa_service.web.assistance.incident_words import STEPS, left
from dpa_service.web.assistance.request_basis import Place, place
from dpa_service.web.assistance.request_words import CHANNELS
from dpa_service.web.shell import LANGUAGES, as_hours, as_moment, as_money

Snapshot = Mapping[str, Any] | None  # the agreement as it was issued


@dataclass(frozen=True, slots=True)
class Letter:
    """A text in `language`: `facts` (name, value) above, `parts` (title, text, remark) below, and closing sentences."""

    language: str
    title: str
    address: str
    facts: tuple[tuple[str, str], ...]
    parts: tuple[tuple[str, str, str], ...] = ()
    closing: tuple[str, ...] = ()

    @property
    def plain(self) -> str:
        """The same as text without markup, to paste into a message."""
        blocks = [self.title, "\n".join(f"{name}: {value}" for name, value in self.facts)]
        blocks += [f"{title}{f' ({remark})' if remark else ''}\n{text}" for title, text, remark in self.parts]
        return "\n\n".join([*blocks, *self.closing]) + "\n"


def language_of(details: Details) -> str:
    """The client's language where the product has it, else that of the agreements."""
    own = str(details.client.data.get("language") or "nl")
    return own if own in LANGUAGES else "nl"


def address_of(details: Details) -> str:
    """Where the client wants to be told: the address for privacy of its agreement."""
    return str((details.client.data.get("privacy_contact") or {}).get("email") or "")


def notice(details: Details, snapshot: Snapshot, added: frozenset[str], now: datetime) -> Letter:
    """The notice of an incident, or once the client was told its supplement: `added` are the parts that changed since."""
    told = details.request.checklist.get("notified")

    def made() -> Letter:
        title = _("Supplement to the notice of a personal data breach") if told else _("Notice of a personal data breach")
        facts = _heading(details, article(snapshot, "breach-notice", "gt-assistance"))
        if told:
            facts.append((_("Notice given on"), as_moment(datetime.fromisoformat(told["at"]))))
        facts.append((_("State of"), as_moment(now)))
        parts = []
        for name in INCIDENT_FACTS:
            value = details.request.facts.get(name)
            if name == "known_at" and not value:  # the moment that started the clock of an incident is when it was known
                value = details.request.clock_started.isoformat()
            text = (as_moment(datetime.fromisoformat(value)) if name == "known_at" else value) if value else _("Not yet known.")
            parts.append((str(STEPS[name].title), str(text), _("new or changed") if name in added else ""))
        return Letter(
            str(language_of(details)), title, address_of(details), tuple(facts), tuple(parts), _notice_end(details, snapshot)
        )

    return _in(details, made)


def _notice_end(details: Details, snapshot: Snapshot) -> tuple[str, ...]:
    end = []
    if any(name not in details.request.facts for name in INCIDENT_FACTS):
        end.append(
            _(
                "What is not yet known follows as soon as we know it. The law lets information be given in phases, "
                "without undue further delay (Art. 33(4) GDPR)."
            )
        )
    hours = next((clock["length"] for clock in details.request.clocks if clock["id"] == "authority"), 72)
    end.append(
        _(
            "You assess the risk and decide whether to notify the supervisory authority, where feasible within %(hours)s hours after "
            "you became aware of the breach (Art. 33(1) GDPR), and whether to tell the persons concerned (Art. 34 GDPR).",
            hours=hours,
        )
    )
    if found := paragraph(snapshot, "breach-notice#no-admission"):
        end.append(_("This notice is no admission of fault or liability (article %(article)s).", article=found.label))
    return tuple(end)


def forwarding(details: Details, snapshot: Snapshot, now: datetime) -> Letter:
    """The proof that a data subject's request went to the client."""
    row = details.request
    proof = row.forwarded or {}
    sent_at = datetime.fromisoformat(proof["sent_at"])

    def made() -> Letter:
        facts = _heading(details, article(snapshot, "data-subject-requests", "gt-data-subject-requests"))
        facts += [
            (_("Received on"), as_moment(row.clock_started)),
            (_("Sent on"), as_moment(sent_at)),
            (_("To whom"), proof["to"]),
            (_("How"), str(CHANNELS[proof["channel"]])),
            (_("Proof"), proof["proof"]),
            (_("Recorded by"), proof["by"]),
        ]
        for found in states(row, now):
            if found.clock["id"] == "forward":
                clock = shown(found, row.duty, row.clock_started)
                facts.append((_("Period"), f"{clock.length} ({clock.firm}): {left(found)}"))
        parts = _quoted(paragraph(snapshot, "data-subject-requests#forward-target"))
        return Letter(language_of(details), _("Proof that a request was forwarded"), "", tuple(facts), parts)

    return _in(details, made)


def forward_message(details: Details, snapshot: Snapshot) -> Letter:
    """What to write when a data subject's request is sent on to the client."""

    def made() -> Letter:
        facts = _heading(details, article(snapshot, "data-subject-requests", "gt-data-subject-requests"))
        facts.append((_("Received on"), as_moment(details.request.clock_started)))
        closing = (
            _("We received the attached request, which is meant for you as controller, and send it on to you."),
            _("We do not decide on it. We told the person that you handle the request, and how to reach you."),
            _("You answer within one month of its receipt, at most three in all when extended (Art. 12(3) GDPR)."),
        )
        return Letter(language_of(details), _("Request of a data subject"), address_of(details), tuple(facts), (), closing)

    return _in(details, made)


def estimate(details: Details, row: AssistanceEstimate, basis: Basis, snapshot: Snapshot) -> Letter:
    """An estimate as the client is asked to approve it."""

    def made() -> Letter:
        facts = _heading(details, article(snapshot, "assistance-fees", "gt-assistance-tariff"), basis.terms.reference)
        facts += [
            (_("Duty"), f"{words.DUTIES[details.request.duty]} ({words.CLAUSES[details.request.duty]})"),
            (_("Estimated time"), as_hours(row.minutes)),
            (_("Rounded up"), as_hours(row.billed_minutes)),
            (_("Free of charge"), as_hours(row.free_minutes)),
            (_("Charged"), as_hours(row.billed_minutes - row.free_minutes)),
            (_("Rate an hour, excluding VAT"), as_money(row.rate)),
            (_("Amount, excluding VAT"), as_money(row.amount)),
        ]
        parts = _quoted(paragraph(snapshot, "assistance-fees#quote"))
        if row.starts_at_once:
            last = _(
                "The work cannot wait without endangering a legal period, so it starts at once; we ask your answer all the same."
            )
        else:
            last = _("Please answer whether you approve this estimate. The work begins after your approval.")
        title = _("Estimate %(number)s of assistance", number=row.number)
        return Letter(language_of(details), title, address_of(details), tuple(facts), parts, (last,))

    return _in(details, made)


def free_hours(minutes: int) -> str:
    """ "10 hours" for whole hours, else "1 u 30"."""
    return str(ngettext("%(num)s hour", "%(num)s hours", minutes // 60)) if minutes % 60 == 0 else as_hours(minutes)


def above(limit: Decimal | None) -> str:
    """The amount from which the house always asks approval, or nothing."""
    return as_money(limit) if limit is not None else ""


def article(snapshot: Snapshot, *clauses: str) -> Place | None:
    """The first of these articles that the agreement has."""
    return next((found for clause in clauses if snapshot and (found := place(snapshot, clause))), None)


def paragraph(snapshot: Snapshot, *clauses: str) -> Place | None:
    """The first of these paragraphs ("clause#anchor") that is printed in the agreement."""
    found = (place(snapshot, clause) for clause in clauses) if snapshot else ()
    return next((each for each in found if each and each.text), None)


def _quoted(found: Place | None) -> tuple[tuple[str, str, str], ...]:
    return ((_("What the agreement says"), found.text, _("article %(article)s", article=found.label)),) if found else ()


def _heading(details: Details, stands: Place | None, agreement: str = "") -> list[tuple[str, str]]:
    row = details.request
    facts = [
        (_("Sender"), str(library().processor["name"])),
        (_("Addressee"), details.client.name),
        (_("Our reference"), row.reference),
    ]
    if row.case_reference:
        facts.append((_("Your reference"), row.case_reference))
    reference = agreement or (details.agreement.reference if details.agreement else None)
    if reference:
        where = f", {_('article %(article)s', article=stands.label)}" if stands else ""
        facts.append((_("Agreement"), f"{reference}{where}"))
    return facts


def _in(details: Details, make: Callable[[], Letter]) -> Letter:
    with force_locale(language_of(details)):
        return make()
