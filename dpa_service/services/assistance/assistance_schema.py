"""What is typed or sent about assistance, under the rules of a request: every wrong field named at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marshmallow import ValidationError

from dpa_service.domain.assistance.assistance import MOST_MINUTES, check_minutes
from dpa_service.domain.assistance.duties import DUTIES
from dpa_service.domain.assistance.invoicing import VAT_SCHEMES
from dpa_service.domain.errors import DomainError, FieldError, RequestInvalid
from dpa_service.services.agreements.request_fields import Block, Choice, Described, Email, Flag, IsoDate, Json, Line, Part, wrong
from dpa_service.services.agreements.request_schema import flatten
from dpa_service.services.liability.claim_schema import Money

# what Art. 33(3) asks of a notice, in the order in which the page leads through it
INCIDENT_FACTS = ("nature", "persons", "records", "contact", "consequences", "measures", "known_at", "cause")
_LINE_END = re.compile(r"\r\n|\r|\n")
_MARKS = r"\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069"  # signs that no text holds
SCHEMES = ("0208", "0106", "9925", *sorted(set(VAT_SCHEMES.values()) - {"0106", "0208", "9925"}))


class Minutes(Described):
    """Whole minutes of one day."""

    def __init__(self, *, correction: bool = False, most: int = MOST_MINUTES, **options: Any) -> None:
        super().__init__(**options)
        self.correction, self.most = correction, most

    def read(self, value: Any) -> int:
        """See ``Described.read``."""
        try:
            if self.most == MOST_MINUTES:
                return check_minutes(value, correction=self.correction)
        except DomainError as trouble:
            raise wrong(trouble.code, trouble.message) from trouble
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= self.most:
            raise wrong("MINUTES", f"Give whole minutes, 1 to {self.most}.")
        return value

    def json(self) -> Json:
        """An integer."""
        return {"type": "integer", "minimum": 0 if self.correction else 1, "maximum": self.most}


class Moment(Described):
    """A moment with its time zone, ISO 8601."""

    def read(self, value: Any) -> datetime:
        """The moment, aware."""
        try:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except (ValueError, TypeError):
            raise wrong("MOMENT", "Give the moment as 2026-11-23T10:00:00+01:00.") from None
        if moment.tzinfo is None:
            raise wrong("TIMEZONE", "Give the moment with its time zone, such as 2026-11-23T10:00:00+01:00.")
        if not IsoDate.first <= moment.date() <= IsoDate.last:
            raise wrong("RANGE", f"Give a moment from {IsoDate.first} to {IsoDate.last}.")
        return moment

    def json(self) -> Json:
        """A string with the format date-time."""
        return {"type": "string", "format": "date-time"}


class Lines(Line):
    """A text of one or more lines, with the same signs refused as on one line; line ends become ``\\n``."""

    def read(self, value: Any) -> str:
        """See ``Described.read``."""
        if not isinstance(value, str):
            raise wrong("TYPE", "A text is expected here.")
        text = "\n".join(line.rstrip(" \t") for line in _LINE_END.split(value)).strip()
        super().read(text.replace("\n", " "))
        return text

    def json(self) -> Json:
        """A string that is not blank; of control characters only line ends."""
        return {"type": "string", "minLength": 1, "maxLength": self.most, "pattern": rf"^[^{_MARKS}]*[^\s{_MARKS}][^{_MARKS}]*$"}


class RequestBlock(Block):
    """An assistance request."""

    duty = Choice(*DUTIES, required=True, about="the duty it falls under")
    subject = Line(300, required=True, about="what is asked, without names of persons")
    case_reference = Line(100, about="the client's own reference of the case, never a person's name")
    clock_started = Moment(required=True, about="when the clock of the duty started: received, known, announced, services ended")
    urgent = Flag(about="it cannot wait without endangering a legal period: work starts before an estimate is approved")
    caused = Flag(about="needed because of a failing of the house")


class NoteBlock(Block):
    """A line for the log of a request."""

    text = Line(1000, required=True)


class ForwardBlock(Block):
    """The proof that a misdirected request of a data subject went to the client."""

    sent_at = Moment(required=True)
    to = Line(254, required=True, about="address or function at the client that received it")
    channel = Choice("email", "portal", "post", "phone", required=True)
    proof = Line(300, required=True, about="message id, registered number or other proof of sending")


class IncidentBlock(Block):
    """What Art. 33(3) asks, as far as it is known; the rest follows in phases. A null takes away what was there."""

    nature = Lines(2000)
    persons = Lines(300, about="categories and approximate number of persons")
    records = Lines(300, about="categories and approximate number of records")
    contact = Lines(300, about="where more can be learnt")
    consequences = Lines(2000)
    measures = Lines(2000)
    known_at = Moment()
    cause = Lines(2000)


class EntryBlock(Block):
    """Minutes worked on one day for one request."""

    work_date = IsoDate(required=True)
    minutes = Minutes(required=True, about="raw minutes, 1 to 1440")
    note = Line(300, required=True, about="what was done, without names of persons; the client reads it")
    person = Line(100, about="who did the work; the sender when left out")
    caused = Flag(about="needed because of a failing of the house")
    first_audit_day = Flag(about="part of the first day of an audit")
    audit_failing = Flag(about="the audit found a material failing")
    external_key = Line(100, about="the sender's own name of the entry; the same one is never taken twice")


class CorrectionBlock(Block):
    """The right figures of an entry; what is left out stays as it was."""

    work_date = IsoDate()
    minutes = Minutes(correction=True)
    note = Line(300)
    caused = Flag()
    first_audit_day = Flag()
    audit_failing = Flag()


class EstimateBlock(Block):
    """How long the work will probably take."""

    minutes = Minutes(required=True, most=100 * MOST_MINUTES)


class EndpointBlock(Block):
    """An electronic address on the Peppol network."""

    scheme = Choice(*SCHEMES, required=True)
    value = Line(50, required=True)


class ProfileBlock(Block):
    """What a client wants on its invoices."""

    reference = Line(200, about="BT-10: what the client wants to see back")
    order_number = Line(200, about="BT-13: its order number")
    email = Email()
    endpoint = Part(EndpointBlock())


class PaymentBlock(Block):
    """A sum received on an invoice, or paid back to the client."""

    paid_on = IsoDate(required=True)
    amount = Money(required=True, about="EUR, VAT included")
    refund = Flag(about="the house paid this sum back, after a credit note or a double payment")
    reference = Line(100, about="the bank's or the house's own name of the movement; the same one is never booked twice")


def load(block: Block, data: Any) -> Json:
    """`data` in its normal form. Error: ``RequestInvalid`` naming every wrong field."""
    if not isinstance(data, Mapping):
        raise RequestInvalid([FieldError("", "TYPE", "An object is expected: { … }.")])
    try:
        return dict(block.load(data))
    except ValidationError as trouble:
        raise RequestInvalid(flatten(trouble.messages)) from trouble
