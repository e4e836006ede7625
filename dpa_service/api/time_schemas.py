"""What the API of minutes takes in addresses and answers; units as in ``assistance_schemas``."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from dpa_service.api import answer_fields as a
from dpa_service.api.schemas import printable
from dpa_service.domain.assistance.assistance import REASONS
from dpa_service.services.assistance import time_entries, time_list

ID_RULE = validate.Regexp("^[0-9a-f]{32}$")
FREE = f"minutes by reason: {', '.join(REASONS)}"


class PeriodQuery(Schema):
    """From the first day to the last one, both included."""

    first = fields.Date(required=True)
    last = fields.Date(required=True)


class _EntriesQuery(Schema):
    cursor = fields.String(load_default=None, validate=validate.Length(max=200))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 100))
    first = fields.Date(load_default=None)
    last = fields.Date(load_default=None)
    request_id = fields.String(load_default=None, validate=ID_RULE)
    state = fields.String(load_default=None, validate=validate.OneOf(time_list.STATES))


class OwnEntriesQuery(_EntriesQuery):
    """Which of one's own entries."""


class EntriesQuery(_EntriesQuery):
    """Which entries."""

    person = fields.String(load_default=None, validate=[validate.Length(1, 100), printable])
    client_id = fields.String(load_default=None, validate=ID_RULE)


class TimeEntrySchema(Schema):
    """Minutes of one person on one day."""

    id = a.text()
    request_id = a.text()
    client_id = a.text()
    agreement_id = a.text("whose tariff held on the work date")
    work_date = a.day()
    person = a.text()
    minutes = a.number("raw; never rewritten", example=45)
    note = a.text()
    rate = a.eur("an hour", example="95.00")
    increment = a.number("minutes to which is rounded up", example=15)
    sources = a.many(fields.Dict(), "deviations of the agreement that shaped the tariff")
    caused = a.flag()
    first_audit_day = a.flag()
    audit_failing = a.flag()
    waived = a.text("why it is not charged", none=True)
    state = a.text(", ".join((time_entries.LOGGED, time_entries.APPROVED, time_entries.REJECTED)))
    decided_by = a.text(none=True)
    decided_at = a.moment(none=True)
    correction_of = a.text(none=True)
    reason = a.text("why it corrects another entry", none=True)
    refusal = a.text("why it was rejected", none=True)
    external_key = a.text(none=True)
    created_at = a.moment()
    created_by = a.text()


class TimeEntryDetailsSchema(TimeEntrySchema):
    """An entry with what becomes of it."""

    reference = a.text("of the request", example="BIJ-2026-0001")
    client = a.text()
    corrected_by = a.text("the id of its correction", none=True)
    invoiced = a.flag("on a draft or an invoice")
    settled = a.table(
        f"if everything that waits is approved: raw + rounding = billed = not_charged ({FREE}) + charged", none=True
    )


class TimeEntryPage(Schema):
    """Some entries, those written down last first."""

    items = a.many(TimeEntrySchema)
    next = a.text(none=True)


class NotDecidedSchema(Schema):
    """An entry that was not decided about."""

    id = a.text()
    code = a.text("DECIDED, OWN_ENTRY, CORRECTED, MONTH_LOCKED")
    message = a.text()


class DecisionsSchema(Schema):
    """What became of a decision about several entries."""

    decided = a.number()
    not_decided = a.many(NotDecidedSchema)


class RefusedLineSchema(Schema):
    """A wrong field of one line."""

    line = a.number("in the file, its heads being line 1")
    field = a.text()
    code = a.text()
    message = a.text()


class TimeReportSchema(Schema):
    """What became of an upload."""

    accepted = a.number()
    known = a.number("taken before, known by their key")
    minutes = a.number("raw, of the accepted ones")
    refused = a.many(RefusedLineSchema)


class TimerSchema(Schema):
    """A timer that runs."""

    request_id = a.text()
    reference = a.text(example="BIJ-2026-0001")
    client = a.text()
    note = a.text()
    started_at = a.moment()
    work_date = a.day("on which its minutes will be written down")
    minutes = a.number("what stopping it now would write down")
    locked = a.flag("the month was locked meanwhile, so that stopping is refused")


class RunningSchema(Schema):
    """The caller's timer, null when none runs."""

    timer = a.one(TimerSchema, none=True)


class MonthSchema(Schema):
    """A locked month."""

    month = a.text(example="2026-10")
    locked_at = a.moment()
    locked_by = a.text()


class MonthsSchema(Schema):
    """The locked months, the newest first."""

    items = a.many(MonthSchema)
