"""What the API of drafts, payments, accounting and figures takes in addresses and answers; units as in ``invoice_schemas``."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from dpa_service.api import answer_fields as a
from dpa_service.api.time_schemas import FREE, ID_RULE, PeriodQuery
from dpa_service.domain.assistance import payments
from dpa_service.services.invoices import delivery_list

_MATCHES = ", ".join(
    (payments.EXACT, payments.PARTLY, payments.TOO_MUCH, payments.PAID_BEFORE, payments.UNKNOWN, payments.SEEN, payments.OUTGOING)
)


# ---- addresses -------------------------------------------------------------------------------------------------------


class CursorQuery(Schema):
    """Which page."""

    cursor = fields.String(load_default=None, validate=validate.Length(max=200))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 100))


class DeliveriesQuery(CursorQuery):
    """Which documents, by what became of their sending."""

    state = fields.String(load_default=None, validate=validate.OneOf(delivery_list.STATES))


class UntilQuery(Schema):
    """Only work up to and with this day; everything where it is left out."""

    until = fields.Date(load_default=None)


class FiguresQuery(PeriodQuery):
    """The work of a period and the documents issued in it."""

    client_id = fields.String(load_default=None, validate=ID_RULE)


class YearQuery(Schema):
    """A calendar year, this one where it is left out."""

    year = fields.Integer(load_default=None, validate=validate.Range(1990, 2099))


# ---- drafts and work in progress -------------------------------------------------------------------------------------


class WaitingSchema(Schema):
    """Work of one client that is approved and on no invoice."""

    client_id = a.text()
    client = a.text()
    minutes = a.number("to charge")
    net = a.eur("without VAT, entry by entry")
    oldest = a.day(none=True)
    by_age = a.table("EUR by days since the work: 30, 60, 90, older")
    logged = a.number("minutes that wait for approval")
    held = a.number("minutes held because a correction waits")
    not_charged = a.table(FREE)


class WorkInProgressSchema(Schema):
    """Clients with work on no invoice, the largest amount first."""

    items = a.many(WaitingSchema)
    net = a.eur("of all")


class OpenEntrySchema(Schema):
    """An approved entry that no invoice has settled."""

    entry_id = a.text()
    work_date = a.day()
    raw = a.number()
    reference = a.text()
    duty = a.text()
    billed = a.number()
    unbilled = a.number()
    net = a.eur()
    held = a.flag()
    not_charged = a.table(FREE)


class OpenEntriesSchema(Schema):
    """The entries behind a client's sum, in the order of the work."""

    items = a.many(OpenEntrySchema)


class ProgressSchema(Schema):
    """What a run did with one client: a draft, or the reason why not."""

    client_id = a.text()
    client = a.text()
    invoice_id = a.text(none=True)
    net = a.eur()
    code = a.text(none=True)
    message = a.text(none=True)


class RunSchema(Schema):
    """What a run over many clients did."""

    items = a.many(ProgressSchema)
    drafts = a.number()
    net = a.eur("of the drafts")


# ---- money -----------------------------------------------------------------------------------------------------------


class BankMovementSchema(Schema):
    """A movement of a bank statement."""

    reference = a.text("the bank's own")
    booked_on = a.day()
    amount = a.eur()
    state = a.text(f"{_MATCHES}; the first three are booked")
    invoice = a.text("its number", none=True)
    left = a.eur("to be paid on it afterwards", none=True)


class BankStatementSchema(Schema):
    """What became of a statement."""

    booked = a.eur("in all")
    counts = a.table("state → movements")
    movements = a.many(BankMovementSchema)


class OverdueSchema(Schema):
    """An invoice past its due date."""

    id = a.text()
    number = a.text()
    client_id = a.text()
    client = a.text()
    issue_date = a.day()
    due_date = a.day()
    total = a.eur()
    left = a.eur()
    days = a.number("since the due date")


class OverduesSchema(Schema):
    """Invoices past their due date, the oldest first."""

    items = a.many(OverdueSchema)
    left = a.eur("in all")


class WaitAgainSchema(Schema):
    """How many documents wait again."""

    documents = a.number()


# ---- accounting ------------------------------------------------------------------------------------------------------


class CandidateSchema(Schema):
    """A document that an export would hold."""

    id = a.text()
    kind = a.text()
    number = a.text()
    issue_date = a.day()
    net = a.eur()
    tax = a.eur()
    total = a.eur()
    exported_before = a.flag()


class CandidatesSchema(Schema):
    """The documents of a period."""

    items = a.many(CandidateSchema)


class AccountingExportSchema(Schema):
    """An export for accounting."""

    id = a.text()
    first = a.day()
    last = a.day()
    documents = a.number()
    sha256 = a.text("of the zip")
    created_at = a.moment()
    created_by = a.text()


class AccountingExportPage(Schema):
    """Some exports."""

    items = a.many(AccountingExportSchema)
    next = a.text(none=True)


class AssistanceFiguresSchema(Schema):
    """Minutes and revenue. Each sum: raw, billed, unbilled, drafted, invoiced, not_charged (minutes), not_charged_by_reason,
    share_not_charged (0 to 1), revenue (EUR without VAT); billed = unbilled + drafted + invoiced + not_charged."""

    whole = a.table()
    duties = a.table("duty → sums")
    clients = a.many(fields.Dict(), "client_id, client, and its sums")
    months = a.table("month → sums")


class AllowanceSchema(Schema):
    """The free time of a client in a year, in minutes."""

    client_id = a.text()
    client = a.text()
    granted = a.number()
    used = a.number()
    left = a.number()


class AllowancesSchema(Schema):
    """Clients with free time, the most used first."""

    items = a.many(AllowanceSchema)


# ---- settings --------------------------------------------------------------------------------------------------------


class BillingProfileSchema(Schema):
    """What a client wants on its invoices."""

    reference = a.text("BT-10", none=True)
    order_number = a.text("BT-13", none=True)
    email = a.text(none=True)
    endpoint = a.table("scheme and value on the Peppol network; the client's own number where it is null", none=True)
    updated_at = a.moment(none=True)
    updated_by = a.text(none=True)


class BankDetailsSchema(Schema):
    """What invoices print of the house beside its profile; null before it was filled in."""

    iban = a.text(none=True)
    bic = a.text(none=True)
    vat_number = a.text(none=True)
    email = a.text(none=True)
    contact = a.text(none=True)
    phone = a.text(none=True)
    estimate_approval_from = a.eur("from which an estimate is always sent for approval", none=True, example="1000.00")
