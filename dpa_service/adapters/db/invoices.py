"""Invoices and credit notes, the minutes they charge, what was paid, their sending, and what accounting received.

What was issued is frozen in InvoiceDocument and never written again; the row of Invoice only says what became of it since.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from dpa_service.adapters.db.models import Base, Id, Sha256
from dpa_service.adapters.db.types import Euro


class Invoice(Base):
    """An invoice (draft, issued, paid or discarded) or a credit note (`kind` credit, issued at once; `credits_id` is its invoice).

    Amounts are above zero in both. `paid` and `credited` are the sums of what came in and of the credit notes.
    """

    __tablename__ = "invoice"
    __table_args__ = (
        UniqueConstraint("series", "year", "sequence"),
        Index("ix_invoice_page", "created_at", "id"),
        Index("ix_invoice_state_page", "state", "created_at", "id"),
        Index("ix_invoice_client_id", "client_id"),
        Index("ix_invoice_credits_id", "credits_id"),
        Index("ix_invoice_due", "state", "due_date"),
        Index("ix_invoice_issue_date", "issue_date"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(20))
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"))
    number: Mapped[str | None] = mapped_column(String(40), unique=True)
    series: Mapped[str | None] = mapped_column(String(20))
    year: Mapped[int | None]
    sequence: Mapped[int | None]
    issue_date: Mapped[date | None]
    due_date: Mapped[date | None]
    payment_days: Mapped[int]
    agreement: Mapped[str | None] = mapped_column(String(40))
    communication: Mapped[str | None] = mapped_column(String(12), unique=True)
    note: Mapped[str | None]
    net: Mapped[Decimal] = mapped_column(Euro())
    tax: Mapped[Decimal] = mapped_column(Euro())
    total: Mapped[Decimal] = mapped_column(Euro())
    paid: Mapped[Decimal] = mapped_column(Euro())
    credited: Mapped[Decimal] = mapped_column(Euro())
    credits_id: Mapped[str | None] = mapped_column(Id, ForeignKey("invoice.id"))
    reason: Mapped[str | None]
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))
    updated_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    @hybrid_property
    def left(self) -> Decimal:
        """EUR still to be paid of an issued invoice, below zero when the client gets money back; also as a column of a query."""
        return self.total - self.paid - self.credited


class InvoiceLine(Base):
    """One line: charged minutes of one request at one rate. `hours` is the printed quantity as text; a credit note's line names the
    line it credits."""

    __tablename__ = "invoice_line"
    __table_args__ = (
        UniqueConstraint("invoice_id", "position"),
        Index("ix_invoice_line_request_id", "request_id"),
        Index("ix_invoice_line_credits_line_id", "credits_line_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    invoice_id: Mapped[str] = mapped_column(Id, ForeignKey("invoice.id"))
    position: Mapped[int]
    request_id: Mapped[str] = mapped_column(Id, ForeignKey("assistance_request.id"))
    duty: Mapped[str] = mapped_column(String(20))
    reference: Mapped[str] = mapped_column(String(100))
    text: Mapped[str]
    basis: Mapped[str]
    raw_minutes: Mapped[int]
    minutes: Mapped[int]
    hours: Mapped[str] = mapped_column(String(20))
    rate: Mapped[Decimal] = mapped_column(Euro())
    net: Mapped[Decimal] = mapped_column(Euro())
    start: Mapped[date]
    end: Mapped[date]
    credits_line_id: Mapped[str | None] = mapped_column(Id, ForeignKey("invoice_line.id"))


class InvoiceDocument(Base):
    """What was issued, frozen: figures and parties (`content`, JSON text), UBL, PDF and timesheet, each with its fingerprint."""

    __tablename__ = "invoice_document"

    invoice_id: Mapped[str] = mapped_column(Id, ForeignKey("invoice.id"), primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    content: Mapped[str]
    content_sha256: Mapped[str] = mapped_column(Sha256)
    xml: Mapped[bytes] = mapped_column(deferred=True)
    xml_sha256: Mapped[str] = mapped_column(Sha256)
    pdf: Mapped[bytes] = mapped_column(deferred=True)
    pdf_sha256: Mapped[str] = mapped_column(Sha256)
    timesheet: Mapped[bytes | None] = mapped_column(deferred=True)
    timesheet_sha256: Mapped[str | None] = mapped_column(Sha256)
    issued_at: Mapped[datetime]
    issued_by: Mapped[str] = mapped_column(String(100))


class BillingAllocation(Base):
    """Minutes of an entry on an invoice: from minute `piece` of its charged minutes on, so many `minutes`.

    A credit note releases the last minutes of it: they become a row of their own with `released_at`, and can be charged again. At
    most one unreleased row holds a piece. `line_id` is None for an entry of which nothing is charged: it is on the timesheet only.
    `free_minutes` is the free time the entry took when it first came on an invoice; it keeps that for good.
    """

    __tablename__ = "billing_allocation"
    __table_args__ = (
        Index(
            "uq_billing_allocation_open", "entry_id", "piece", unique=True,
            sqlite_where=sa.text("released_at IS NULL"), postgresql_where=sa.text("released_at IS NULL"),
        ),
        Index("ix_billing_allocation_entry_id", "entry_id"),
        Index("ix_billing_allocation_invoice_id", "invoice_id"),
        Index("ix_billing_allocation_line_id", "line_id"),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    entry_id: Mapped[str] = mapped_column(Id, ForeignKey("time_entry.id"))
    piece: Mapped[int]
    minutes: Mapped[int]
    free_minutes: Mapped[int]
    invoice_id: Mapped[str] = mapped_column(Id, ForeignKey("invoice.id"))
    line_id: Mapped[str | None] = mapped_column(Id, ForeignKey("invoice_line.id"))
    released_at: Mapped[datetime | None]
    credit_line_id: Mapped[str | None] = mapped_column(Id, ForeignKey("invoice_line.id"))


class Payment(Base):
    """A sum received on an invoice, VAT included; a counter-entry is below zero. `external_key` is the bank's name of the movement."""

    __tablename__ = "payment"
    __table_args__ = (Index("ix_payment_invoice_id", "invoice_id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    invoice_id: Mapped[str] = mapped_column(Id, ForeignKey("invoice.id"))
    paid_on: Mapped[date]
    amount: Mapped[Decimal] = mapped_column(Euro())
    source: Mapped[str] = mapped_column(String(10))
    external_key: Mapped[str | None] = mapped_column(String(200), unique=True)
    counter_of: Mapped[str | None] = mapped_column(Id, ForeignKey("payment.id"), unique=True)
    reason: Mapped[str | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))


class Delivery(Base):
    """The sending of a document: queued → sending → sent → delivered, or exported, or failed with the reason in words.

    `id` is the envelope's own name, the same at every try, by which a sender recognises what it has already.
    """

    __tablename__ = "delivery"
    __table_args__ = (Index("ix_delivery_queue", "state", "next_at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    invoice_id: Mapped[str] = mapped_column(Id, ForeignKey("invoice.id"), unique=True)
    state: Mapped[str] = mapped_column(String(20))
    channel: Mapped[str | None] = mapped_column(String(40))
    remote_id: Mapped[str | None] = mapped_column(String(200))
    attempts: Mapped[int]
    problem: Mapped[str | None] = mapped_column(String(60))
    message: Mapped[str | None]
    next_at: Mapped[datetime | None]
    claimed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class AccountingExport(Base):
    """A set of issued documents handed to accounting; its files are made again from the documents, with the same bytes."""

    __tablename__ = "accounting_export"
    __table_args__ = (Index("ix_accounting_export_page", "created_at", "id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    from_day: Mapped[date]
    until_day: Mapped[date]
    documents: Mapped[int]
    sha256: Mapped[str] = mapped_column(Sha256)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))


class AccountingExportItem(Base):
    """A document in an export; `again` when an earlier export held it already."""

    __tablename__ = "accounting_export_item"
    __table_args__ = (Index("ix_accounting_export_item_invoice_id", "invoice_id"),)

    export_id: Mapped[str] = mapped_column(Id, ForeignKey("accounting_export.id"), primary_key=True)
    invoice_id: Mapped[str] = mapped_column(Id, ForeignKey("invoice.id"), primary_key=True)
    again: Mapped[bool]
