"""What the API of invoices takes in addresses and answers. Amounts are EUR as text with two decimals, minutes whole numbers, days ISO dates."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from dpa_service.api import answer_fields as a
from dpa_service.api.schemas import PageQuery, WrongFieldSchema
from dpa_service.api.time_schemas import ID_RULE
from dpa_service.services.invoices import delivery_list, invoice_list

KINDS = ("invoice", "credit")
STATES = ("draft", "issued", "paid", "credited", "discarded", invoice_list.LATE)


class InvoicesQuery(PageQuery):
    """Which documents; without a state all but the discarded ones, `late` those past their due date."""

    state = fields.String(load_default=None, validate=validate.OneOf(STATES))
    kind = fields.String(load_default=None, validate=validate.OneOf(KINDS))
    client_id = fields.String(load_default=None, validate=ID_RULE)


class InvoiceSummary(Schema):
    """An invoice or credit note."""

    id = a.text()
    kind = a.text(", ".join(KINDS))
    state = a.text("draft, issued, paid, credited, discarded")
    client_id = a.text()
    number = a.text("null before it is issued", none=True, example="F-2026-0001")
    issue_date = a.day(none=True)
    due_date = a.day(none=True)
    payment_days = a.number(example=30)
    agreement = a.text("whose tariff it follows", none=True, example="DPA-2026-0001")
    communication = a.text("the 12 digits of the structured communication", none=True)
    note = a.text(none=True)
    net = a.eur("without VAT")
    tax = a.eur("zero on a draft: VAT is counted when it is issued")
    total = a.eur("zero on a draft")
    paid = a.eur()
    credited = a.eur()
    left = a.eur("still to be paid, below zero when too much came in; null for a draft or credit note", none=True)
    credits_id = a.text("the invoice that a credit note takes back from", none=True)
    reason = a.text("of a credit note", none=True)
    version = a.number()
    created_at = a.moment()
    created_by = a.text()
    updated_at = a.moment()


class ListedInvoiceSchema(InvoiceSummary):
    """A document in a list."""

    client = a.text()
    days_late = a.number("past the due date; 0 when it is not late", example=0)


class RegisterSumsSchema(Schema):
    """Of all issued documents that fit, credit notes taken off; drafts apart."""

    documents = a.number()
    net = a.eur()
    tax = a.eur()
    total = a.eur()
    left = a.eur("still to be paid")
    drafts = a.number()
    drafts_net = a.eur()


class InvoicePage(Schema):
    """Some documents, newest first, and the sums of all that fit."""

    items = a.many(ListedInvoiceSchema)
    next = a.text(none=True)
    sums = a.one(RegisterSumsSchema)


class InvoiceLineSchema(Schema):
    """A line."""

    id = a.text()
    position = a.number()
    request_id = a.text()
    duty = a.text()
    reference = a.text("of the request and its case")
    text = a.text()
    basis = a.text("the place in the client's own agreement")
    raw_minutes = a.number()
    minutes = a.number("charged")
    hours = a.text("as printed", example="1.5")
    rate = a.eur("an hour", example="95.00")
    net = a.eur()
    start = a.day()
    end = a.day()
    credits_line_id = a.text(none=True)


class ReceivedPaymentSchema(Schema):
    """A sum received; below zero for a counter-entry or what was paid back."""

    id = a.text()
    invoice_id = a.text()
    paid_on = a.day()
    amount = a.eur("VAT included")
    source = a.text("manual or bank")
    external_key = a.text(none=True)
    counter_of = a.text(none=True)
    reason = a.text(none=True)
    created_at = a.moment()
    created_by = a.text()


class DeliverySchema(Schema):
    """The sending of a document."""

    id = a.text("of the envelope, the same at every try")
    invoice_id = a.text()
    state = a.text(", ".join(delivery_list.STATES))
    channel = a.text(none=True)
    attempts = a.number()
    problem = a.text("a code", none=True)
    message = a.text("why it failed, in words", none=True)
    next_at = a.moment("when it is tried", none=True)
    created_at = a.moment()
    updated_at = a.moment()


class SentSchema(DeliverySchema):
    """The same with its document."""

    number = a.text()
    kind = a.text()
    client = a.text()


class DeliveryPage(Schema):
    """Some documents, and how many there are in each state."""

    items = a.many(SentSchema)
    next = a.text(none=True)
    counts = a.table("state → documents")


class IssuedSchema(Schema):
    """The fingerprints of what was issued."""

    issued_at = a.moment()
    issued_by = a.text()
    content_sha256 = a.text()
    xml_sha256 = a.text()
    pdf_sha256 = a.text()
    timesheet_sha256 = a.text("null on a credit note", none=True)


class InvoiceSchema(InvoiceSummary):
    """A document with all that belongs to it."""

    client = a.text()
    lines = a.many(InvoiceLineSchema)
    issued = a.one(IssuedSchema, none=True)
    payments = a.many(ReceivedPaymentSchema)
    credit_notes = a.many(fields.Dict(), "id, number, issue_date, total; the oldest first")
    delivery = a.one(DeliverySchema, none=True)


class DraftCheckSchema(Schema):
    """What issuing a draft today would give; every trouble stops it."""

    figures = a.table("net, tax, total, due_date; null while it cannot be made", none=True)
    troubles = a.many(WrongFieldSchema)


class ChainSchema(Schema):
    """A line with what stands behind it: clause, request, entries with who approved."""

    line = a.one(InvoiceLineSchema, "null for work of which nothing is charged", none=True)
    request = a.table("id, reference, duty, case_reference")
    agreement_id = a.text()
    agreement = a.text()
    clauses = a.many(fields.Dict(), "annex, label, heading, text, fee: as the client's own agreement prints them")
    deviations = a.many(fields.Dict(), "id, label, standard, agreed: what shaped the tariff")
    entries = a.many(
        fields.Dict(),
        "id, work_date, person, note, minutes (raw), rate, rounding, billed, not_charged (by reason), charged, credited, created_by, "
        "decided_by, decided_at",
    )
    others = a.many(fields.Dict(), "invoice_id, number, position, minutes: the lines that credited it, or the one it credits")


class EvidenceSchema(Schema):
    """What stands behind a document, line by line."""

    items = a.many(ChainSchema)


class CreditableSchema(Schema):
    """What can still be credited."""

    minutes = a.table("line id → minutes")


class CreditTrialSchema(Schema):
    """A credit note that was not made."""

    net = a.eur()
    tax = a.eur()
    total = a.eur()
    releases = a.many(fields.Dict(), "line_id, entry_id, minutes: what could be invoiced again")


class IssuedDraftSchema(Schema):
    """What became of one draft of several."""

    invoice_id = a.text()
    client_id = a.text()
    client = a.text()
    number = a.text("null where it was not issued", none=True, example="F-2026-0001")
    amount = a.eur("with VAT; zero where it was not issued")
    troubles = a.many(WrongFieldSchema, "every reason why not")


class IssuedRunSchema(Schema):
    """What became of several drafts."""

    items = a.many(IssuedDraftSchema)
