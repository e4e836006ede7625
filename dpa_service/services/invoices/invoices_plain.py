"""Invoices, payments, sending and figures as plain JSON for the API: amounts as text in EUR, minutes whole, moments with their zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dpa_service.adapters.db.assistance import BillingProfile
from dpa_service.adapters.db.invoices import AccountingExport, Delivery, Invoice, InvoiceDocument, InvoiceLine, Payment
from dpa_service.domain.assistance.assistance import Allowance
from dpa_service.domain.assistance.clause_quotes import Quote
from dpa_service.domain.assistance.crediting import Credit
from dpa_service.domain.assistance.payments import Match
from dpa_service.domain.errors import FieldError
from dpa_service.services.assistance.assistance_plain import columns, plain
from dpa_service.services.invoices.accounting_export import Candidate
from dpa_service.services.invoices.billing import Progress
from dpa_service.services.invoices.billing_figures import Figures, Sums
from dpa_service.services.invoices.credit_notes import Release
from dpa_service.services.invoices.delivery_list import Sent
from dpa_service.services.invoices.draft_check import Trial
from dpa_service.services.invoices.invoice_list import Register, left_of
from dpa_service.services.invoices.invoice_payments import Overdue, Statement
from dpa_service.services.invoices.invoicing import Details
from dpa_service.services.invoices.issue_all import Issued
from dpa_service.services.invoices.line_evidence import Chain, Work
from dpa_service.services.invoices.work_in_progress import AGES, Piece, Waiting

Json = dict[str, Any]
HASHES = ("content_sha256", "xml_sha256", "pdf_sha256", "timesheet_sha256")


# ---- documents -------------------------------------------------------------------------------------------------------


def invoice(row: Invoice) -> Json:
    """An invoice or credit note as lists show it."""
    found = columns(
        row, "id", "kind", "state", "client_id", "number", "issue_date", "due_date", "payment_days", "agreement", "communication", "note",
        "net", "tax", "total", "paid", "credited", "credits_id", "reason", "version", "created_at", "created_by", "updated_at",
    )  # fmt: skip
    return {**found, "left": plain(left_of(row))}


def register(found: Register) -> Json:
    """A page of the list with the sums of all that fits."""
    rows = [{**invoice(row.invoice), "client": row.client, "days_late": row.late} for row in found.rows]
    names = ("documents", "net", "tax", "total", "left", "drafts", "drafts_net")
    return {"items": rows, "next": found.next, "sums": columns(found.sums, *names)}


def details(found: Details) -> Json:
    """An invoice with its lines, fingerprints, payments, credit notes and sending."""
    return {
        **invoice(found.invoice),
        "client": found.client.name,
        "lines": [line(row) for row in found.lines],
        "issued": _issued(found.frozen) if found.frozen else None,
        "payments": [payment(row) for row in found.payments],
        "credit_notes": [columns(row, "id", "number", "issue_date", "total") for row in found.credit_notes],
        "delivery": delivery(found.delivery) if found.delivery else None,
    }


def line(row: InvoiceLine) -> Json:
    """A line of a document."""
    return columns(
        row, "id", "position", "request_id", "duty", "reference", "text", "basis", "raw_minutes", "minutes", "hours", "rate", "net",
        "start", "end", "credits_line_id",
    )  # fmt: skip


def trial(found: Trial) -> Json:
    """What issuing a draft today would give, or what stops it."""
    document = found.document
    figures = columns(document, "net", "tax", "total", "due_date") if document else None
    return {"figures": figures, "troubles": [trouble(each) for each in found.troubles]}


def trouble(error: FieldError) -> Json:
    """A wrong field."""
    return {"field": error.field, "code": error.code, "message": error.message}


def chain(found: Chain) -> Json:
    """A line with what stands behind it; `line` is None for work of which nothing is charged."""
    return {
        "line": line(found.line) if found.line else None,
        "request": columns(found.request, "id", "reference", "duty", "case_reference"),
        "agreement_id": found.agreement_id,
        "agreement": found.tariff.agreement,
        "clauses": [_quote(each) for each in found.quotes],
        "deviations": plain(list(found.deviations)),
        "entries": [_work(each) for each in found.work],
        "others": [columns(each, "invoice_id", "number", "position", "minutes") for each in found.others],
    }


def credit(found: tuple[Credit, list[Release]]) -> Json:
    """A credit note that was not made, and the minutes it would release."""
    document, released = found[0].document, found[1]
    return {
        **columns(document, "net", "tax", "total"),
        "releases": [{"line_id": each.line.id, "entry_id": each.entry.id, "minutes": each.minutes} for each in released],
    }


def _quote(found: Quote) -> Json:
    text = "\n".join(f"{label} {words}".strip() for _, label, words in found.lines)
    return {**columns(found, "annex", "label", "heading", "fee"), "text": text}


def _issued(row: InvoiceDocument) -> Json:
    return columns(row, "issued_at", "issued_by", *HASHES)


def _work(found: Work) -> Json:
    about = columns(found.entry, "id", "work_date", "person", "note", "minutes", "rate", "decided_by", "decided_at", "created_by")
    return {
        **about, "rounding": found.rounding, "billed": found.billed, "not_charged": dict(found.parts), "charged": found.charged,
        "credited": found.credited,
    }  # fmt: skip


# ---- making drafts ---------------------------------------------------------------------------------------------------


def waiting(row: Waiting) -> Json:
    """Work in progress of one client; `by_age` names the last day of each age."""
    names = ("client_id", "client", "minutes", "net", "oldest", "logged", "held")
    ages = [*map(str, AGES), "older"]
    return {**columns(row, *names), "by_age": dict(zip(ages, plain(row.by_age), strict=True)), "not_charged": dict(row.free)}


def piece(row: Piece) -> Json:
    """An entry that waits to be invoiced."""
    about = {"entry_id": row.row.id, "work_date": plain(row.row.work_date), "raw": row.row.minutes}
    names = ("reference", "duty", "billed", "unbilled", "net", "held")
    return {**about, **columns(row, *names), "not_charged": dict(row.free)}


def progress(row: Progress) -> Json:
    """What a run over all did with one client."""
    return columns(row, "client_id", "client", "invoice_id", "net", "code", "message")


def issued(row: Issued) -> Json:
    """What a run of issuing did with one draft."""
    names = ("invoice_id", "client_id", "client", "number", "amount")
    return {**columns(row, *names), "troubles": [trouble(each) for each in row.troubles]}


# ---- money and sending -----------------------------------------------------------------------------------------------


def payment(row: Payment) -> Json:
    """A payment, or the counter-entry of one."""
    return columns(
        row, "id", "invoice_id", "paid_on", "amount", "source", "external_key", "counter_of", "reason", "created_at", "created_by"
    )


def statement(found: Statement) -> Json:
    """What became of the movements of a bank statement. Names and accounts of who paid stay in the statement itself."""
    states = {each.state for each in found.matches}
    return {
        "booked": plain(found.booked),
        "counts": {state: found.count(state) for state in sorted(states)},
        "movements": [_movement(each) for each in found.matches],
    }


def _movement(found: Match) -> Json:
    moved = {"reference": found.movement.reference, "booked_on": plain(found.movement.booked)}
    return {**moved, "amount": plain(found.movement.amount), **columns(found, "state", "invoice", "left")}


def overdue(row: Overdue) -> Json:
    """An invoice past its due date."""
    about = columns(row.invoice, "id", "number", "client_id", "issue_date", "due_date", "total")
    return {**about, "client": row.client, "left": plain(row.left), "days": row.days}


def delivery(row: Delivery) -> Json:
    """The sending of a document."""
    names = ("id", "invoice_id", "state", "channel", "attempts", "problem", "message", "next_at", "created_at", "updated_at")
    return columns(row, *names)


def sent(row: Sent) -> Json:
    """The same with its document."""
    return {**delivery(row.delivery), "number": row.invoice.number, "kind": row.invoice.kind, "client": row.client}


def candidate(row: Candidate) -> Json:
    """A document that an export would hold."""
    about = columns(row.invoice, "id", "kind", "number", "issue_date", "net", "tax", "total")
    return {**about, "exported_before": row.again}


def export(row: AccountingExport) -> Json:
    """An export for accounting."""
    names = ("id", "documents", "sha256", "created_at", "created_by")
    return {**columns(row, *names), "first": plain(row.from_day), "last": plain(row.until_day)}


def profile(row: BillingProfile | None) -> Json:
    """What a client wants on its invoices; every field null where nothing was noted."""
    if row is None:
        return dict.fromkeys(("reference", "order_number", "email", "endpoint", "updated_at", "updated_by"))
    endpoint = {"scheme": row.endpoint_scheme, "value": row.endpoint_value} if row.endpoint_scheme else None
    return {**columns(row, "reference", "order_number", "email", "updated_at", "updated_by"), "endpoint": endpoint}


# ---- figures ---------------------------------------------------------------------------------------------------------


def sums(found: Sums) -> Json:
    """Minutes and revenue of a group."""
    names = ("raw", "billed", "unbilled", "drafted", "invoiced", "revenue", "not_charged", "share_not_charged")
    return {**columns(found, *names), "not_charged_by_reason": dict(found.free)}


def figures(found: Figures) -> Json:
    """All groups."""

    def group(named: Mapping[str, Sums]) -> Json:
        return {name: sums(each) for name, each in named.items()}

    clients = [{"client_id": name, "client": found.names.get(name, name), **sums(each)} for name, each in found.clients.items()]
    return {"whole": sums(found.whole), "duties": group(found.duties), "clients": clients, "months": group(found.months)}


def allowances(rows: Sequence[tuple[str, str, Allowance]]) -> list[Json]:
    """Free time of a year, by client."""
    return [
        {"client_id": client_id, "client": name, **columns(found, "granted", "used", "left")} for client_id, name, found in rows
    ]
