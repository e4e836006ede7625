"""A draft or credit as a whole document with its timesheet, and freezing it: bytes, fingerprints, sending, in the caller's transaction."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters import ubl
from dpa_service.adapters.db.assistance import AssistanceRequest, TimeEntry
from dpa_service.adapters.db.invoices import BillingAllocation, Invoice, InvoiceDocument, InvoiceLine
from dpa_service.adapters.db.models import Client
from dpa_service.adapters.db.types import canonical
from dpa_service.adapters.invoice_pdf import invoice_pdf, timesheet_pdf
from dpa_service.adapters.number_checks import NUMBERS
from dpa_service.adapters.timesheet_csv import timesheet_csv
from dpa_service.domain.assistance import invoicing as figures
from dpa_service.domain.assistance.assistance import billed_minutes
from dpa_service.domain.assistance.invoice_check import problems
from dpa_service.domain.assistance.invoicing import Attachment, Charge, DraftLine, Line
from dpa_service.domain.assistance.timesheet import Released, Timesheet, credit_timesheet, timesheet
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.errors import RequestInvalid
from dpa_service.services.assistance.settlement import Standing, standings
from dpa_service.services.invoices import deliveries, invoice_parties
from dpa_service.services.invoices.billing import lines_of, words
from dpa_service.services.invoices.invoice_content import to_dict
from dpa_service.services.use_case import UseCase

Json = dict[str, Any]
DRAFT_NUMBER = "ONTWERP"


@dataclass(frozen=True, slots=True)
class Made:
    """A document with its timesheet; `content` holds every figure, `attachments` still empty."""

    document: figures.Invoice
    sheet: Timesheet

    def numbered(self, number: str, communication: str) -> Made:
        """The same document with its number."""
        return replace(self, document=replace(self.document, number=number, communication=communication))

    def with_timesheet(self) -> tuple[figures.Invoice, bytes]:
        """The document with the timesheet attached (PDF and CSV), and the PDF of the timesheet."""
        number, sheet_pdf = self.document.number, timesheet_pdf(self.sheet, self.document)
        table = timesheet_csv(self.sheet, credit=self.document.is_credit_note)
        attached = (
            Attachment("Urenstaat", f"urenstaat-{number}.pdf", "application/pdf", sheet_pdf, "Urenstaat"),
            Attachment("Urenstaat-csv", f"urenstaat-{number}.csv", "text/csv", table, "Urenstaat als CSV"),
        )
        return replace(self.document, attachments=attached), sheet_pdf


def made(
    session: Session, base: Library, invoice: Invoice, *, number: str, communication: str | None, issue_date: date
) -> Made:  # fmt: skip
    """The document of a draft as it would be on a day. Error: ``RequestInvalid`` without the house's bank details; ``InvoiceError``."""
    rows = lines_of(session, invoice.id)
    drafts, settled, entries = _drafts(session, invoice, rows)
    client = session.get_one(Client, invoice.client_id)
    document = figures.make_invoice(
        [each.line for each in drafts],
        number=number,
        issue_date=issue_date,
        payment_days=invoice.payment_days,
        seller=invoice_parties.seller(session, base),
        buyer=invoice_parties.buyer(session, client, invoice.agreement),
        communication=communication,
        note=invoice.note,
        agreement=invoice.agreement,
    )
    title, basis = words(session, list(entries.values()))
    notes = {entry.id: entry.note for entry in entries.values()}
    cases = {request.reference: request.case_reference for request in _requests(session, entries.values())}
    sheet = timesheet(drafts, [item.settled for item in settled], notes, title=title, basis=basis, cases=cases)
    return Made(document, sheet)


def credit_sheet(session: Session, note_id: str) -> Timesheet:
    """The timesheet of a credit note whose lines and released minutes stand in the database."""
    rows = lines_of(session, note_id)
    taken: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    entries: dict[str, TimeEntry] = {}
    query = sa.select(TimeEntry, BillingAllocation.credit_line_id, BillingAllocation.minutes).join(
        BillingAllocation, BillingAllocation.entry_id == TimeEntry.id
    )
    mine = query.where(BillingAllocation.credit_line_id.in_([row.id for row in rows]))
    for entry, line_id, minutes in session.execute(mine.order_by(TimeEntry.work_date, TimeEntry.sequence)):
        entries[entry.id] = entry
        taken[str(line_id)][entry.id] += minutes
    cases = {request.id: request.case_reference for request in _requests(session, entries.values())}

    def released(name: str, minutes: int) -> Released:
        entry = entries[name]
        return Released(entry.work_date, entry.note, entry.minutes, billed_minutes(entry.minutes, entry.increment), minutes)

    return credit_timesheet(
        (line_of(row), cases.get(row.request_id), [released(name, minutes) for name, minutes in taken[row.id].items()])
        for row in rows
    )


def refuse_problems(document: figures.Invoice, *, earlier: Decimal | None = None) -> None:
    """The check before issuing. Error: ``RequestInvalid`` naming every field."""
    if wrong := problems(document, NUMBERS, earlier=earlier):
        raise RequestInvalid(wrong)


def frozen(work: UseCase, invoice: Invoice, document: figures.Invoice, sheet: bytes) -> InvoiceDocument:
    """Write the document down for good and queue its sending. Out: the frozen row, with its fingerprints."""
    content = canonical(to_dict(document))
    xml, pdf = ubl.write(document), invoice_pdf(document)
    row = InvoiceDocument(
        invoice_id=invoice.id,
        number=document.number,
        content=content,
        content_sha256=sha256(content.encode()),
        xml=xml,
        xml_sha256=sha256(xml),
        pdf=pdf,
        pdf_sha256=sha256(pdf),
        timesheet=sheet,
        timesheet_sha256=sha256(sheet),
        issued_at=work.now,
        issued_by=work.actor,
    )
    work.session.add(row)
    work.session.flush()
    deliveries.queue(work, invoice.id)
    work.send("invoice.issued", invoice.id, number=document.number, xml_sha256=row.xml_sha256)
    return row


def sha256(content: bytes) -> str:
    """The fingerprint of bytes."""
    return hashlib.sha256(content).hexdigest()


def line_of(row: InvoiceLine) -> Line:
    """A stored line as the domain knows it."""
    return Line(
        str(row.position), row.text, row.reference, row.basis, row.duty, row.raw_minutes, row.minutes, Decimal(row.hours), row.rate,
        row.net, row.start, row.end,
    )  # fmt: skip


def _requests(session: Session, entries: Iterable[TimeEntry]) -> Sequence[Any]:
    """Id, reference and case reference of the requests of entries."""
    columns = sa.select(AssistanceRequest.id, AssistanceRequest.reference, AssistanceRequest.case_reference)
    return session.execute(columns.where(AssistanceRequest.id.in_({entry.request_id for entry in entries}))).all()


def _drafts(
    session: Session, invoice: Invoice, rows: Sequence[InvoiceLine]
) -> tuple[list[DraftLine], list[Standing], dict[str, TimeEntry]]:
    """The lines with their charges, and the standing of every entry that the timesheet shows."""
    found = {item.row.id: item for item in standings(session, [invoice.client_id]).get(invoice.client_id, ())}
    charged: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    shown = []
    for each in session.scalars(sa.select(BillingAllocation).where(BillingAllocation.invoice_id == invoice.id)):
        if each.entry_id in found:  # a free entry that was corrected and re-approved since may be gone from the standings
            shown.append(each.entry_id)
        if each.line_id is not None:
            charged[each.line_id][each.entry_id] += each.minutes
    drafts = []
    for row in rows:
        charges = [Charge(found[name].settled.entry, minutes) for name, minutes in charged[row.id].items()]
        charges.sort(key=lambda charge: (charge.entry.work_date, charge.entry.sequence))
        drafts.append(DraftLine(line_of(row), tuple(charges)))
    settled = [found[name] for name in dict.fromkeys(shown)]
    return drafts, settled, {item.row.id: item.row for item in settled}
