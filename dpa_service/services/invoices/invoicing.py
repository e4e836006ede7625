"""Issuing invoices: check, number, frozen documents, fingerprints, sending queued, in one transaction. Reading what was issued.

draft ──issue──► issued ──payments──► paid;  issued | paid ──credit notes for everything──► credited.  A failed check takes no number.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.assistance import AssistanceRequest, TimeEntry
from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.invoices import BillingAllocation, Delivery, Invoice, InvoiceDocument, InvoiceLine, Payment
from dpa_service.adapters.db.models import Client
from dpa_service.adapters.db.numbering import next_number
from dpa_service.adapters.invoice_pdf import invoice_pdf, timesheet_pdf
from dpa_service.domain.assistance import invoicing as figures
from dpa_service.domain.assistance.communication import communication_for
from dpa_service.domain.contract.clauses import Library
from dpa_service.services import idempotency
from dpa_service.services.agreements.issuing import Document
from dpa_service.services.errors import Damaged, NotFound
from dpa_service.services.invoices.billing import DRAFT, INVOICE, ISSUED, lines_of, locked, moved
from dpa_service.services.invoices.invoice_content import from_dict
from dpa_service.services.invoices.invoice_list import wanted
from dpa_service.services.invoices.invoice_making import DRAFT_NUMBER, frozen, made, refuse_problems, sha256
from dpa_service.services.paging import Page, page_of
from dpa_service.services.use_case import use_case

Json = dict[str, Any]
SERIES = {INVOICE: "F", "credit": "C"}
XML, PDF, TIMESHEET = "xml", "pdf", "timesheet"
MIMETYPES = {XML: "application/xml", PDF: "application/pdf", TIMESHEET: "application/pdf"}


@dataclass(frozen=True, slots=True)
class Details:
    """An invoice or credit note with all that belongs to it; `frozen` is None for a draft. Credit notes oldest first."""

    invoice: Invoice
    client: Client
    lines: Sequence[InvoiceLine]
    frozen: InvoiceDocument | None
    payments: Sequence[Payment]
    credit_notes: Sequence[Invoice]
    delivery: Delivery | None

    @property
    def left(self) -> Decimal:
        """EUR still to be paid; below zero when too much came in."""
        return self.invoice.left


@dataclass(frozen=True, slots=True)
class Evidence:
    """What stands behind a line: the request with its clause (in `line.basis`), and each entry with the minutes of it that the line
    charges (credited ones taken off), who worked and who approved."""

    line: InvoiceLine
    request: AssistanceRequest
    entries: Sequence[tuple[TimeEntry, int]]


def issue(
    session: Session, base: Library, invoice_id: str, *, key: str | None = None, expected_version: int | None = None, actor: str,
    now: datetime, today: date,
) -> Details:  # fmt: skip
    """Issue a draft on `today`: it gets the next number of the year and never changes again. In: `base`, the library as its files are.

    Error: ``NotFound``; ``Conflict``; ``Stale``; ``RequestInvalid`` naming every field that the check refuses (no number is taken).
    """
    with use_case(session, actor=actor, now=now) as work:
        asked = {"do": "invoice.issue", "invoice": invoice_id, "version": expected_version}
        if key is not None and idempotency.claim(work, key, asked) is not None:
            return get_inside(session, invoice_id)
        invoice = locked(work, invoice_id, (DRAFT,), expected_version)
        trial = made(
            session, base, invoice, number=DRAFT_NUMBER, communication=communication_for(today.year, 1), issue_date=today
        )
        refuse_problems(trial.document)
        sequence = next_number(session, SERIES[INVOICE], today.year)
        number, communication = f"{SERIES[INVOICE]}-{today.year}-{sequence:04d}", communication_for(today.year, sequence)
        document, sheet = trial.numbered(number, communication).with_timesheet()
        put_figures(invoice, document, SERIES[INVOICE], today.year, sequence)
        moved(work, invoice, ISSUED)
        row = frozen(work, invoice, document, sheet)
        work.note(
            "invoice.issue", "invoice", invoice_id, number=number, total=format(document.total, "f"), xml_sha256=row.xml_sha256,
            pdf_sha256=row.pdf_sha256, content_sha256=row.content_sha256,
        )  # fmt: skip
        if key is not None:
            idempotency.settle(work, key, {"invoice_id": invoice_id, "number": number})
        session.flush()
        return get_inside(session, invoice_id)


def put_figures(invoice: Invoice, document: figures.Invoice, series: str, year: int, sequence: int) -> None:
    """The figures of an issued document on its row, for lists and sums."""
    invoice.number, invoice.series, invoice.year, invoice.sequence = document.number, series, year, sequence
    invoice.issue_date, invoice.due_date = document.issue_date, document.due_date
    invoice.net, invoice.tax, invoice.total = document.net, document.tax, document.total
    invoice.communication = document.communication


def preview(session: Session, base: Library, invoice_id: str, *, kind: str = PDF, today: date) -> Document:
    """A draft as it would look when issued today, marked as a draft: the invoice ("pdf") or its "timesheet".

    Error: ``NotFound``; ``RequestInvalid`` without the house's bank details; ``InvoiceError`` for a client that cannot be invoiced.
    """
    with reading(session):
        invoice = session.get(Invoice, invoice_id)
        if invoice is None or invoice.state != DRAFT or kind not in (PDF, TIMESHEET):
            raise NotFound("draft")
        whole = made(session, base, invoice, number=DRAFT_NUMBER, communication=None, issue_date=today)
    content = invoice_pdf(whole.document, draft=True) if kind == PDF else timesheet_pdf(whole.sheet, whole.document, draft=True)
    return Document(f"ontwerp-{kind}.pdf", MIMETYPES[kind], content, False)


def document(session: Session, invoice_id: str, kind: str) -> Document:
    """The stored bytes of an issued document: "xml", "pdf" or "timesheet". Error: ``NotFound``; ``Damaged`` when they were altered."""
    if kind not in MIMETYPES:
        raise NotFound("document")
    columns = getattr(InvoiceDocument, kind), getattr(InvoiceDocument, f"{kind}_sha256"), InvoiceDocument.number
    with reading(session):
        row = session.execute(sa.select(*columns).where(InvoiceDocument.invoice_id == invoice_id)).one_or_none()
    if row is None or row[0] is None:
        raise NotFound("document")
    content = bytes(row[0])
    if sha256(content) != row[1]:
        raise Damaged("DOCUMENT_DAMAGED", "The stored document was altered after it was issued; restore it from a backup.")
    name = f"urenstaat-{row[2]}.pdf" if kind == TIMESHEET else f"{row[2]}.{kind}"
    return Document(name, MIMETYPES[kind], content, True)


def issued_document(session: Session, invoice_id: str) -> figures.Invoice:
    """What was issued, as figures, inside a transaction. Error: ``NotFound``; ``Damaged``."""
    query = sa.select(InvoiceDocument.content, InvoiceDocument.content_sha256).where(InvoiceDocument.invoice_id == invoice_id)
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound("issued document")
    if sha256(row[0].encode()) != row[1]:
        raise Damaged("DOCUMENT_DAMAGED", "The stored document was altered after it was issued; restore it from a backup.")
    return from_dict(json.loads(row[0]))


def get(session: Session, invoice_id: str) -> Details:
    """An invoice or credit note with all that belongs to it. Error: ``NotFound``."""
    with reading(session):
        return get_inside(session, invoice_id)


def evidence(session: Session, invoice_id: str) -> list[Evidence]:
    """What stands behind each line of an invoice, in the order of the lines. Error: ``NotFound``."""
    with reading(session):
        if session.get(Invoice, invoice_id) is None:
            raise NotFound("invoice")
        lines = lines_of(session, invoice_id)
        requests = {line.request_id: session.get_one(AssistanceRequest, line.request_id) for line in lines}
        behind: dict[str, list[tuple[TimeEntry, int]]] = {line.id: [] for line in lines}
        held = sa.select(TimeEntry, BillingAllocation.minutes, BillingAllocation.line_id, BillingAllocation.credit_line_id).join(
            BillingAllocation, BillingAllocation.entry_id == TimeEntry.id
        )
        mine = sa.or_(BillingAllocation.line_id.in_(behind), BillingAllocation.credit_line_id.in_(behind))
        for entry, minutes, line_id, credit_line in session.execute(
            held.where(mine).order_by(TimeEntry.work_date, TimeEntry.sequence)
        ):
            if credit_line in behind:
                behind[credit_line].append((entry, minutes))
            elif credit_line is None and line_id is not None:
                behind[line_id].append((entry, minutes))
        return [Evidence(line, requests[line.request_id], behind[line.id]) for line in lines]


def listing(
    session: Session, *, state: str | None = None, kind: str | None = None, client_id: str | None = None, text: str | None = None,
    cursor: str | None = None, limit: int = 50,
) -> Page[Invoice]:  # fmt: skip
    """Invoices and credit notes, newest first; discarded drafts only when asked. `text`: words of a number or of the client's name, or
    a structured communication.

    Error: ``RequestInvalid`` for a wrong cursor.
    """
    query = sa.select(Invoice).where(*wanted(state, kind, client_id, text))
    with reading(session):
        return page_of(session, query, Invoice, cursor, limit)  # type: ignore[arg-type]


def get_inside(session: Session, invoice_id: str) -> Details:
    """The same as ``get``, inside a transaction."""
    invoice = session.get(Invoice, invoice_id)
    if invoice is None:
        raise NotFound("invoice")
    payments = sa.select(Payment).where(Payment.invoice_id == invoice_id).order_by(Payment.created_at, Payment.id)
    credits = sa.select(Invoice).where(Invoice.credits_id == invoice_id).order_by(Invoice.year, Invoice.sequence)
    return Details(
        invoice,
        session.get_one(Client, invoice.client_id),
        lines_of(session, invoice_id),
        session.get(InvoiceDocument, invoice_id),
        session.scalars(payments).all(),
        session.scalars(credits).all(),
        session.scalars(sa.select(Delivery).where(Delivery.invoice_id == invoice_id)).one_or_none(),
    )
