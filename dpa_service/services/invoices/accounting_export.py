"""What accounting receives: a zip of the UBL files and a CSV with one row per document and VAT group, both made again at any time.

Documents never change, so an export made from the same ones has the same bytes; its fingerprint is kept and checked.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import uuid
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.invoices import AccountingExport, AccountingExportItem, Invoice, InvoiceDocument
from dpa_service.adapters.timesheet_csv import inert
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.services import idempotency
from dpa_service.services.agreements.issuing import Document
from dpa_service.services.errors import Damaged, NotFound
from dpa_service.services.invoices.invoice_content import from_dict
from dpa_service.services.paging import Page, page_of
from dpa_service.services.use_case import use_case

ZIP, CSV = "zip", "csv"
HEADS = (
    "nummer", "soort", "datum", "vervaldag", "klant", "btw-nummer klant", "ondernemingsnummer klant", "land", "btw-categorie", "btw-tarief",
    "maatstaf", "btw", "totaal document", "gestructureerde mededeling", "bij factuur", "eerder uitgevoerd",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Candidate:
    """A document that an export would hold; `again` when an earlier one did."""

    invoice: Invoice
    again: bool


@dataclass(frozen=True, slots=True)
class VatGroup:
    """A VAT category and rate over several documents, in EUR; credit notes count below zero."""

    category: str
    rate: Decimal
    documents: int
    taxable: Decimal
    tax: Decimal


def vat_groups(session: Session, invoice_ids: Sequence[str]) -> list[VatGroup]:
    """Totals per VAT group of issued documents, as their CSV adds up, the highest rate first."""
    found: dict[tuple[str, Decimal], VatGroup] = {}
    with reading(session):
        for start in range(0, len(invoice_ids), 500):
            part = invoice_ids[start : start + 500]
            for content in session.scalars(sa.select(InvoiceDocument.content).where(InvoiceDocument.invoice_id.in_(part))):
                document = from_dict(json.loads(content))
                sign = -1 if document.is_credit_note else 1
                for group in document.vat:
                    key = group.category, group.rate
                    old = found.get(key, VatGroup(*key, 0, Decimal("0.00"), Decimal("0.00")))
                    taxable, tax = old.taxable + sign * group.taxable, old.tax + sign * group.tax
                    found[key] = VatGroup(*key, old.documents + 1, taxable, tax)
    return sorted(found.values(), key=lambda group: (-group.rate, group.category))


def candidates(session: Session, first: date, last: date) -> list[Candidate]:
    """The documents issued from the first day to the last one, by number."""
    with reading(session):
        return _candidates(session, first, last)


def make(
    session: Session, first: date, last: date, *, again: bool = False, key: str | None = None, actor: str, now: datetime
) -> AccountingExport:  # fmt: skip
    """An export of the documents issued in a period; what an earlier export held is left out unless `again`, and marked then.

    Error: ``RequestInvalid`` when there is nothing to export, or for a period that ends before it begins.
    """
    with use_case(session, actor=actor, now=now) as work:
        asked = {"do": "accounting.export", "first": first.isoformat(), "last": last.isoformat(), "again": again}
        if key is not None and (known := idempotency.claim(work, key, asked)):
            return session.get_one(AccountingExport, known["export_id"])
        chosen = [each for each in _candidates(session, first, last) if again or not each.again]
        if not chosen:
            message = "No document of this period waits for accounting; choose another period, or export them again."
            raise RequestInvalid([FieldError("first", "NOTHING", message)])
        export = AccountingExport(
            id=uuid.uuid4().hex,
            from_day=first,
            until_day=last,
            documents=len(chosen),
            sha256="",
            created_at=now,
            created_by=actor,
        )
        session.add(export)
        session.flush()
        items = [AccountingExportItem(export_id=export.id, invoice_id=each.invoice.id, again=each.again) for each in chosen]
        session.add_all(items)
        session.flush()
        export.sha256 = hashlib.sha256(_zip(session, export.id)).hexdigest()
        session.flush()
        work.note("accounting.export", "export", export.id, documents=len(chosen), sha256=export.sha256)
        if key is not None:
            idempotency.settle(work, key, {"export_id": export.id})
        return export


def download(session: Session, export_id: str, kind: str = ZIP) -> Document:
    """The zip (UBL files and the CSV) or the CSV alone. Error: ``NotFound``; ``Damaged`` when the documents were altered since."""
    with reading(session):
        export = session.get(AccountingExport, export_id)
        if export is None or kind not in (ZIP, CSV):
            raise NotFound("export")
        content = _zip(session, export_id)
        if hashlib.sha256(content).hexdigest() != export.sha256:
            raise Damaged("EXPORT_DAMAGED", "The documents of this export were altered since; restore them from a backup.")
        name = f"boekhouding-{export.from_day}-{export.until_day}"
        if kind == CSV:
            return Document(f"{name}.csv", "text/csv", _csv(session, export_id), True)
        return Document(f"{name}.zip", "application/zip", content, True)


def listing(session: Session, *, cursor: str | None = None, limit: int = 50) -> Page[AccountingExport]:
    """Exports, newest first. Error: ``RequestInvalid`` for a wrong cursor."""
    with reading(session):
        return page_of(session, sa.select(AccountingExport), AccountingExport, cursor, limit)  # type: ignore[arg-type]


def _candidates(session: Session, first: date, last: date) -> list[Candidate]:
    if last < first:
        raise RequestInvalid([FieldError("last", "PERIOD", "The last day lies before the first one.")])
    issued = sa.select(Invoice).where(Invoice.number.is_not(None), Invoice.issue_date.between(first, last))
    held = set(session.scalars(sa.select(AccountingExportItem.invoice_id).distinct()))
    return [
        Candidate(row, row.id in held) for row in session.scalars(issued.order_by(Invoice.series, Invoice.year, Invoice.sequence))
    ]


def _items(session: Session, export_id: str, *columns: Any) -> Sequence[Any]:
    query = sa.select(*columns).join(AccountingExportItem, AccountingExportItem.invoice_id == InvoiceDocument.invoice_id)
    return session.execute(query.where(AccountingExportItem.export_id == export_id).order_by(InvoiceDocument.number)).all()


def _zip(session: Session, export_id: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, xml in _items(session, export_id, InvoiceDocument.number, InvoiceDocument.xml):
            archive.writestr(_entry(f"ubl/{number}.xml"), bytes(xml))
        archive.writestr(_entry("btw.csv"), _csv(session, export_id))
    return out.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    """An entry with nothing in it that changes from day to day."""
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _csv(session: Session, export_id: str) -> bytes:
    """One row per document and VAT group; a credit note's amounts are below zero, so that the columns add up."""
    out = io.StringIO()
    rows = csv.writer(out, delimiter=";", lineterminator="\r\n")
    rows.writerow(HEADS)
    for content, again in _items(session, export_id, InvoiceDocument.content, AccountingExportItem.again):
        document = from_dict(json.loads(content))
        sign = -1 if document.is_credit_note else 1
        for group in document.vat:
            rows.writerow(
                [
                    document.number,
                    "creditnota" if document.is_credit_note else "factuur",
                    document.issue_date.isoformat(),
                    document.due_date.isoformat() if document.due_date else "",
                    inert(document.buyer.name),
                    document.buyer.vat_number or "",
                    document.buyer.enterprise_number or "",
                    document.buyer.address.country,
                    group.category,
                    _amount(group.rate),
                    _amount(sign * group.taxable),
                    _amount(sign * group.tax),
                    _amount(sign * document.total),
                    document.communication or "",
                    document.preceding.number if document.preceding else "",
                    "ja" if again else "",
                ]
            )
    return out.getvalue().encode("utf-8-sig")


def _amount(value: Decimal) -> str:
    return format(value, "f").replace(".", ",")
