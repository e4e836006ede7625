"""What was issued, read back: its figures and parties, and the timesheet as CSV, which stands inside the UBL file."""

from __future__ import annotations

from sqlalchemy.orm import Session

from dpa_service.adapters import ubl_read
from dpa_service.adapters.db.engine import reading
from dpa_service.domain.assistance.invoicing import Invoice
from dpa_service.services.agreements.issuing import Document
from dpa_service.services.errors import NotFound
from dpa_service.services.invoices.invoicing import XML, document, issued_document

CSV = "text/csv"


def figures(session: Session, invoice_id: str) -> Invoice:
    """An issued document as it was frozen. Error: ``NotFound``; ``Damaged`` when it was altered."""
    with reading(session):
        return issued_document(session, invoice_id)


def timesheet_csv(session: Session, invoice_id: str) -> Document:
    """The timesheet as CSV, out of the stored UBL. Error: ``NotFound`` also where there is none; ``Damaged``."""
    held, _ = ubl_read.read(document(session, invoice_id, XML).content)
    for attached in held.attachments:
        if attached.media_type == CSV:
            return Document(attached.filename, CSV, attached.content, True)
    raise NotFound("document")
