"""What the API of assistance takes in addresses and answers. Amounts are EUR as text with two decimals ("95.00"), minutes whole numbers,
moments ISO 8601 with their zone, days ISO dates."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from dpa_service.api import answer_fields as a
from dpa_service.api.schemas import PageQuery
from dpa_service.api.time_schemas import ID_RULE, TimeEntrySchema
from dpa_service.domain.assistance.duties import DUTIES
from dpa_service.services.assistance import assistance_requests, clock_states, estimates

# ---- addresses -------------------------------------------------------------------------------------------------------


class RequestsQuery(PageQuery):
    """Which requests."""

    state = fields.String(load_default=None, validate=validate.OneOf([assistance_requests.OPEN, assistance_requests.CLOSED]))
    duty = fields.String(load_default=None, validate=validate.OneOf(list(DUTIES)))
    client_id = fields.String(load_default=None, validate=ID_RULE)


class CountQuery(Schema):
    """How many."""

    limit = fields.Integer(load_default=50, validate=validate.Range(1, 500))


# ---- requests --------------------------------------------------------------------------------------------------------


class AssistanceRequestSummary(Schema):
    """A request in a list."""

    id = a.text()
    reference = a.text(example="BIJ-2026-0001")
    client_id = a.text()
    agreement_id = a.text("in force when it was opened", none=True)
    duty = a.text(", ".join(DUTIES))
    case_reference = a.text(none=True, example="ZAAK-77")
    subject = a.text()
    state = a.text(f"{assistance_requests.OPEN} or {assistance_requests.CLOSED}")
    urgent = a.flag()
    caused = a.flag("needed because of a failing of the house")
    clock_started = a.moment()
    due_at = a.moment("the end of the first of the house's own periods that runs", none=True)
    closed_at = a.moment(none=True)
    version = a.number()
    created_at = a.moment()
    created_by = a.text()
    updated_at = a.moment()


class AssistanceRequestPage(Schema):
    """Some requests."""

    items = a.many(AssistanceRequestSummary)
    next = a.text(none=True)


class AssistanceRequestList(Schema):
    """Requests whose clock runs, the first to end first."""

    items = a.many(AssistanceRequestSummary)


class AssistanceEventSchema(Schema):
    """A line of the log."""

    id = a.text()
    number = a.number()
    kind = a.text("note, forwarded, checked, facts, estimate, state")
    text = a.text()
    created_at = a.moment()
    created_by = a.text()


class EstimateTrialSchema(Schema):
    """What an estimate would say."""

    minutes = a.number()
    billed_minutes = a.number("rounded up to the client's increment")
    free_minutes = a.number("taken from the year's free time")
    charged_minutes = a.number()
    rate = a.eur("an hour", example="95.00")
    amount = a.eur("without VAT")
    why = a.many(fields.String(), "QUOTE_FROM_HOURS (the agreement asks approval), AMOUNT (the house does)")
    needs_approval = a.flag()
    starts_at_once = a.flag("an urgent request starts before the approval")


class EstimateSchema(Schema):
    """An estimate that was kept."""

    id = a.text()
    request_id = a.text()
    number = a.number()
    minutes = a.number()
    billed_minutes = a.number()
    free_minutes = a.number()
    rate = a.eur("an hour", example="95.00")
    amount = a.eur("without VAT")
    why = a.many(fields.String())
    starts_at_once = a.flag()
    state = a.text(", ".join((estimates.NOTED, estimates.SENT, estimates.APPROVED, estimates.DECLINED, estimates.REPLACED)))
    answer = a.text("who of the client answered, and how", none=True)
    answered_at = a.moment(none=True)
    created_at = a.moment()
    created_by = a.text()


class AssistanceRequestSchema(AssistanceRequestSummary):
    """A request with all that belongs to it."""

    client = a.text()
    agreement = a.text(none=True, example="DPA-2026-0001")
    clause = a.text("the clause it rests on", example="data-subject-requests#assistance")
    clocks = a.many(
        fields.Dict(),
        "id, whose, starts, length, unit, clause, parameter, binding, last_day, expires_at (exclusive), at, stopped_by, state: "
        + ", ".join(clock_states.STATES),
    )
    checklist = a.many(fields.Dict(), "item, clause, done, at, by")
    facts = a.table("what Art. 33(3) asks, as far as it is known")
    forwarded = a.table("the proof that it went to the client", none=True)
    events = a.many(AssistanceEventSchema, "the oldest first")
    estimates = a.many(EstimateSchema, "the newest first")
    entries = a.many(TimeEntrySchema, "the newest first")
    minutes = a.number("raw minutes, without rejected and corrected ones")
    work_waits = a.text("WAITING for the client's answer, DECLINED or EXCEEDED; null when work may go on", none=True)


class HintSchema(Schema):
    """What looks like personal data."""

    kind = a.text()
    words = a.text()


class HintsSchema(Schema):
    """What in a text looks like personal data; nothing is refused for it."""

    items = a.many(HintSchema)
