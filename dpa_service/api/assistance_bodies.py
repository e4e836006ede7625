"""The bodies that the API of assistance and invoices takes: the blocks of the services, and small ones of the API alone; as JSON Schema.

Every schema carries an example that its own rules take.
"""

from __future__ import annotations

import re
from typing import Any

from marshmallow import ValidationError

from dpa_service.api.assistance_examples import EXAMPLES
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.services.agreements.request_fields import Block, Described, Flag, IsoDate, Items, Json, Line, block_schema, wrong
from dpa_service.services.assistance.assistance_schema import (
    CorrectionBlock,
    EntryBlock,
    EstimateBlock,
    ForwardBlock,
    IncidentBlock,
    Lines,
    Moment,
    NoteBlock,
    PaymentBlock,
    ProfileBlock,
    RequestBlock,
)
from dpa_service.services.house.house_schema import InvoicingBlock
from dpa_service.services.invoices.billing import MOST_NOTE, MOST_TEXT
from dpa_service.services.invoices.credit_notes import ALL

_ID = re.compile("[0-9a-f]{32}")
MOST_ENTRIES, MOST_ISSUED, MOST_LINES, MOST_CREDITED = 500, 20, 1000, 1_000_000


class Id(Described):
    """The id of an object."""

    def read(self, value: Any) -> str:
        """See ``Described.read``."""
        if not isinstance(value, str) or not _ID.fullmatch(value):
            raise wrong("ID", "Give the id of the object: 32 digits and letters a to f.")
        return value

    def json(self) -> Json:
        """A string of 32 signs."""
        return {"type": "string", "pattern": f"^{_ID.pattern}$"}


class Credited(Described):
    """Minutes to take back, or all that is left of a line."""

    def read(self, value: Any) -> int | str:
        """See ``Described.read``."""
        if value == ALL:
            return ALL
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_CREDITED:
            raise wrong("MINUTES", f'Give whole minutes, or "{ALL}".')
        return value

    def json(self) -> Json:
        """An integer, or the word."""
        return {"anyOf": [{"type": "integer", "minimum": 0, "maximum": MOST_CREDITED}, {"const": ALL}]}


class ByLine(Described):
    """An object with a value for each of some lines, by the id of the line."""

    def __init__(self, inner: Described, **options: Any) -> None:
        super().__init__(**options)
        self.inner = inner

    def read(self, value: Any) -> Json:
        """See ``Described.read``."""
        if not isinstance(value, dict):
            raise wrong("TYPE", "An object is expected here: { … }.")
        if len(value) > MOST_LINES:
            raise wrong("TOO_MANY", f"At most {MOST_LINES} lines are allowed.")
        read, errors = {}, {}
        for name, each in value.items():
            try:
                read[Id().read(name)] = self.inner.deserialize(each)
            except ValidationError as trouble:
                errors[name[:80]] = trouble.messages
        if errors:
            raise ValidationError(errors)
        return read

    def json(self) -> Json:
        """An object."""
        names = {"pattern": f"^{_ID.pattern}$"}
        return {"type": "object", "propertyNames": names, "additionalProperties": self.inner.json(), "maxProperties": MOST_LINES}


class TickBlock(Block):
    """A tick on a checklist."""

    done = Flag(required=True)
    happened = Moment(about="when it was done; now where it is left out")


class AnswerBlock(Block):
    """What the client said about an estimate."""

    approved = Flag(required=True)
    words = Line(500, required=True, about="who answered and how, by function and reference")


class ReasonBlock(Block):
    """Why."""

    reason = Line(500, required=True)


class HintBlock(Block):
    """A text to look through."""

    client_id = Id(required=True)
    text = Lines(2000, required=True)


class EntriesBlock(Block):
    """Entries to decide about."""

    ids = Items(Id(required=True), least=1, most=MOST_ENTRIES, required=True)


class RejectBlock(EntriesBlock):
    """The same, with why they are rejected."""

    reason = Line(500, required=True)


class TimerBlock(Block):
    """What a timer is for."""

    request_id = Id(required=True)
    note = Line(300, about="what is being done, without names of persons; the client reads it")


class StopBlock(Block):
    """What a timer was for."""

    note = Line(300, about="in the place of the note it was started with")


class DraftBlock(Block):
    """What a draft is to hold."""

    client_id = Id(required=True)
    until = IsoDate(required=True, about="work up to and with this day")


class DraftAllBlock(Block):
    """What drafts are to hold."""

    until = IsoDate(required=True, about="work up to and with this day")
    client_ids = Items(Id(required=True), least=1, most=MOST_LINES, about="all clients with unbilled work where it is left out")


class DraftsBlock(Block):
    """Drafts to issue."""

    ids = Items(Id(required=True), least=1, most=MOST_ISSUED, required=True)


class TextsBlock(Block):
    """Other words on a draft."""

    texts = ByLine(Line(MOST_TEXT, required=True), about="line id → text; other lines keep theirs")
    note = Lines(MOST_NOTE, about="under the lines; a null takes it away")


class CreditBlock(Block):
    """What to take back."""

    minutes = ByLine(Credited(required=True), required=True, about='line id → minutes, or "all" for what is left of the line')
    reason = Line(500, required=True, about="printed on the credit note")


class ExportBlock(Block):
    """Which documents accounting gets."""

    first = IsoDate(required=True)
    last = IsoDate(required=True)
    again = Flag(about="also what an earlier export held; it is marked then")


class PlainCorrectionBlock(CorrectionBlock):
    """The right figures of an entry, and why."""

    reason = Line(500, required=True)


class NewRequestBlock(RequestBlock):
    """An assistance request and whose it is."""

    client_id = Id(required=True)


BODIES: dict[str, Block] = {
    "NewAssistanceRequest": NewRequestBlock(),
    "AssistanceNote": NoteBlock(),
    "ChecklistTick": TickBlock(),
    "ForwardData": ForwardBlock(),
    "IncidentFacts": IncidentBlock(),
    "EstimateData": EstimateBlock(),
    "EstimateAnswer": AnswerBlock(),
    "TextToCheck": HintBlock(),
    "TimeEntryData": EntryBlock(),
    "TimeCorrection": PlainCorrectionBlock(),
    "EntriesToApprove": EntriesBlock(),
    "EntriesToReject": RejectBlock(),
    "TimerData": TimerBlock(),
    "TimerStop": StopBlock(),
    "DraftData": DraftBlock(),
    "DraftAllData": DraftAllBlock(),
    "DraftsToIssue": DraftsBlock(),
    "InvoiceTexts": TextsBlock(),
    "CreditData": CreditBlock(),
    "InvoicePayment": PaymentBlock(),
    "ExportData": ExportBlock(),
    "BillingProfileData": ProfileBlock(),
    "BankDetailsData": InvoicingBlock(),
}
ERRORS = (
    "Errors of fields: REQUIRED, UNKNOWN_FIELD, TYPE, CHOICE, ID, DATE, MOMENT, TIMEZONE, FUTURE, RANGE, MINUTES, AMOUNT, AMOUNT_SCALE, "
    "AMOUNT_NEGATIVE, AMOUNT_ZERO, CURRENCY, LENGTH, BLANK, CHARACTER, IBAN, BIC, ENDPOINT."
)


def bodies() -> Json:
    """The bodies that these routes take, as JSON Schema by component name."""
    return {
        name: {
            **block_schema(block),
            "description": f"{(type(block).__doc__ or '').strip()} {ERRORS}",
            "examples": [EXAMPLES[name]],
        }
        for name, block in BODIES.items()
    }


def without(body: Any, name: str, field: Described) -> tuple[Any, Any]:
    """A field of the API alone, and the rest of the body for the service. Error: ``RequestInvalid`` naming the field."""
    if not isinstance(body, dict):
        raise RequestInvalid([FieldError("", "TYPE", "An object is expected: { … }.")])
    try:
        value = field.deserialize(body[name]) if name in body else field.deserialize(None)
    except ValidationError as trouble:
        message = trouble.messages[0]
        raise RequestInvalid([FieldError(name, getattr(message, "code", "REQUIRED"), str(message))]) from trouble
    return value, {key: each for key, each in body.items() if key != name}
