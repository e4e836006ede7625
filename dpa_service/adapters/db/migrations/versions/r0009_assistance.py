"""Assistance requests, minutes, estimates; invoices, allocations, payments, sending and accounting exports."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from dpa_service.adapters.db.types import Euro, JsonText, UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ID = sa.String(32)


def col(name: str, kind: Any, *, null: bool = False) -> sa.Column[Any]:
    """A column."""
    return sa.Column(name, kind, nullable=null)


def keys(table: str, primary: list[str], foreign: dict[str, str], *unique: str) -> list[Any]:
    """The named constraints of a table; a `unique` may hold several columns, joined by commas."""
    return [
        sa.PrimaryKeyConstraint(*primary, name=f"pk_{table}"),
        *(sa.ForeignKeyConstraint([name], [target], name=f"fk_{table}_{name}") for name, target in foreign.items()),
        *(sa.UniqueConstraint(*names.split(","), name=f"uq_{table}_{names.replace(',', '_')}") for names in unique),
    ]


INDEXES = {
    "ix_assistance_request_client_id": ("assistance_request", ["client_id"]),
    "ix_assistance_request_due": ("assistance_request", ["state", "due_at"]),
    "ix_assistance_request_page": ("assistance_request", ["created_at", "id"]),
    "ix_time_entry_person": ("time_entry", ["person", "work_date"]),
    "ix_time_entry_queue": ("time_entry", ["state", "work_date"]),
    "ix_time_entry_request_id": ("time_entry", ["request_id"]),
    "ix_invoice_client_id": ("invoice", ["client_id"]),
    "ix_invoice_credits_id": ("invoice", ["credits_id"]),
    "ix_invoice_due": ("invoice", ["state", "due_date"]),
    "ix_invoice_issue_date": ("invoice", ["issue_date"]),
    "ix_invoice_page": ("invoice", ["created_at", "id"]),
    "ix_invoice_state_page": ("invoice", ["state", "created_at", "id"]),
    "ix_invoice_line_credits_line_id": ("invoice_line", ["credits_line_id"]),
    "ix_invoice_line_request_id": ("invoice_line", ["request_id"]),
    "ix_billing_allocation_entry_id": ("billing_allocation", ["entry_id"]),
    "ix_billing_allocation_invoice_id": ("billing_allocation", ["invoice_id"]),
    "ix_billing_allocation_line_id": ("billing_allocation", ["line_id"]),
    "ix_payment_invoice_id": ("payment", ["invoice_id"]),
    "ix_delivery_queue": ("delivery", ["state", "next_at"]),
    "ix_accounting_export_page": ("accounting_export", ["created_at", "id"]),
    "ix_accounting_export_item_invoice_id": ("accounting_export_item", ["invoice_id"]),
}
# at most one row of a kind, among those the condition names
PARTIAL = {
    "uq_time_entry_correction": ("time_entry", ["correction_of"], "state <> 'rejected'"),
    "uq_billing_allocation_open": ("billing_allocation", ["entry_id", "piece"], "released_at IS NULL"),
}
TABLES = (
    "assistance_request",
    "assistance_event",
    "assistance_estimate",
    "time_entry",
    "work_timer",
    "month_lock",
    "billing_profile",
    "invoice",
    "invoice_line",
    "invoice_document",
    "billing_allocation",
    "payment",
    "delivery",
    "accounting_export",
    "accounting_export_item",
)


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "assistance_request",
        col("id", ID),
        col("reference", sa.String(40)),
        col("client_id", ID),
        col("agreement_id", ID, null=True),
        col("duty", sa.String(20)),
        col("case_reference", sa.String(100), null=True),
        col("subject", sa.Text()),
        col("state", sa.String(20)),
        col("urgent", sa.Boolean()),
        col("caused", sa.Boolean()),
        col("clock_started", UtcDateTime()),
        col("clocks", JsonText()),
        col("due_at", UtcDateTime(), null=True),
        col("checklist", JsonText()),
        col("facts", JsonText()),
        col("forwarded", JsonText(), null=True),
        col("closed_at", UtcDateTime(), null=True),
        col("version", sa.Integer()),
        col("created_at", UtcDateTime()),
        col("created_by", sa.String(100)),
        col("updated_at", UtcDateTime()),
        *keys("assistance_request", ["id"], {"client_id": "client.id", "agreement_id": "agreement.id"}, "reference"),
    )
    op.create_table(
        "assistance_event",
        col("id", ID),
        col("request_id", ID),
        col("number", sa.Integer()),
        col("kind", sa.String(20)),
        col("text", sa.Text()),
        col("created_at", UtcDateTime()),
        col("created_by", sa.String(100)),
        *keys("assistance_event", ["id"], {"request_id": "assistance_request.id"}, "request_id,number"),
    )
    op.create_table(
        "assistance_estimate",
        col("id", ID),
        col("request_id", ID),
        col("number", sa.Integer()),
        col("minutes", sa.Integer()),
        col("billed_minutes", sa.Integer()),
        col("free_minutes", sa.Integer()),
        col("rate", Euro()),
        col("amount", Euro()),
        col("why", JsonText()),
        col("starts_at_once", sa.Boolean()),
        col("state", sa.String(20)),
        col("answer", sa.Text(), null=True),
        col("answered_at", UtcDateTime(), null=True),
        col("created_at", UtcDateTime()),
        col("created_by", sa.String(100)),
        *keys("assistance_estimate", ["id"], {"request_id": "assistance_request.id"}, "request_id,number"),
    )
    op.create_table(
        "time_entry",
        col("id", ID),
        col("client_id", ID),
        col("request_id", ID),
        col("sequence", sa.Integer()),
        col("work_date", sa.Date()),
        col("person", sa.String(100)),
        col("minutes", sa.Integer()),
        col("note", sa.Text()),
        col("agreement_id", ID),
        col("tariff", JsonText()),
        col("rate", Euro()),
        col("increment", sa.Integer()),
        col("sources", JsonText()),
        col("caused", sa.Boolean()),
        col("first_audit_day", sa.Boolean()),
        col("audit_failing", sa.Boolean()),
        col("waived", sa.Text(), null=True),
        col("state", sa.String(20)),
        col("decided_by", sa.String(100), null=True),
        col("decided_at", UtcDateTime(), null=True),
        col("correction_of", ID, null=True),
        col("reason", sa.Text(), null=True),
        col("external_key", sa.String(100), null=True),
        col("created_at", UtcDateTime()),
        col("created_by", sa.String(100)),
        *keys(
            "time_entry",
            ["id"],
            {
                "client_id": "client.id",
                "request_id": "assistance_request.id",
                "agreement_id": "agreement.id",
                "correction_of": "time_entry.id",
            },
            "client_id,sequence",
            "external_key",
        ),
    )
    op.create_table(
        "work_timer",
        col("person", sa.String(100)),
        col("request_id", ID),
        col("note", sa.Text()),
        col("started_at", UtcDateTime()),
        *keys("work_timer", ["person"], {"request_id": "assistance_request.id"}),
    )
    op.create_table(
        "month_lock",
        col("month", sa.String(7)),
        col("locked_at", UtcDateTime()),
        col("locked_by", sa.String(100)),
        *keys("month_lock", ["month"], {}),
    )
    op.create_table(
        "billing_profile",
        col("client_id", ID),
        col("reference", sa.String(200), null=True),
        col("order_number", sa.String(200), null=True),
        col("email", sa.String(254), null=True),
        col("endpoint_scheme", sa.String(4), null=True),
        col("endpoint_value", sa.String(50), null=True),
        col("updated_at", UtcDateTime()),
        col("updated_by", sa.String(100)),
        *keys("billing_profile", ["client_id"], {"client_id": "client.id"}),
    )
    op.create_table(
        "invoice",
        col("id", ID),
        col("kind", sa.String(10)),
        col("state", sa.String(20)),
        col("client_id", ID),
        col("number", sa.String(40), null=True),
        col("series", sa.String(20), null=True),
        col("year", sa.Integer(), null=True),
        col("sequence", sa.Integer(), null=True),
        col("issue_date", sa.Date(), null=True),
        col("due_date", sa.Date(), null=True),
        col("payment_days", sa.Integer()),
        col("agreement", sa.String(40), null=True),
        col("communication", sa.String(12), null=True),
        col("note", sa.Text(), null=True),
        col("net", Euro()),
        col("tax", Euro()),
        col("total", Euro()),
        col("paid", Euro()),
        col("credited", Euro()),
        col("credits_id", ID, null=True),
        col("reason", sa.Text(), null=True),
        col("version", sa.Integer()),
        col("created_at", UtcDateTime()),
        col("created_by", sa.String(100)),
        col("updated_at", UtcDateTime()),
        *keys(
            "invoice",
            ["id"],
            {"client_id": "client.id", "credits_id": "invoice.id"},
            "communication",
            "number",
            "series,year,sequence",
        ),
    )
    op.create_table(
        "invoice_line",
        col("id", ID),
        col("invoice_id", ID),
        col("position", sa.Integer()),
        col("request_id", ID),
        col("duty", sa.String(20)),
        col("reference", sa.String(100)),
        col("text", sa.Text()),
        col("basis", sa.Text()),
        col("raw_minutes", sa.Integer()),
        col("minutes", sa.Integer()),
        col("hours", sa.String(20)),
        col("rate", Euro()),
        col("net", Euro()),
        col("start", sa.Date()),
        col("end", sa.Date()),
        col("credits_line_id", ID, null=True),
        *keys(
            "invoice_line",
            ["id"],
            {"invoice_id": "invoice.id", "request_id": "assistance_request.id", "credits_line_id": "invoice_line.id"},
            "invoice_id,position",
        ),
    )
    op.create_table(
        "invoice_document",
        col("invoice_id", ID),
        col("number", sa.String(40)),
        col("content", sa.Text()),
        col("content_sha256", sa.String(64)),
        col("xml", sa.LargeBinary()),
        col("xml_sha256", sa.String(64)),
        col("pdf", sa.LargeBinary()),
        col("pdf_sha256", sa.String(64)),
        col("timesheet", sa.LargeBinary(), null=True),
        col("timesheet_sha256", sa.String(64), null=True),
        col("issued_at", UtcDateTime()),
        col("issued_by", sa.String(100)),
        *keys("invoice_document", ["invoice_id"], {"invoice_id": "invoice.id"}, "number"),
    )
    op.create_table(
        "billing_allocation",
        col("id", ID),
        col("entry_id", ID),
        col("piece", sa.Integer()),
        col("minutes", sa.Integer()),
        col("free_minutes", sa.Integer()),
        col("invoice_id", ID),
        col("line_id", ID, null=True),
        col("released_at", UtcDateTime(), null=True),
        col("credit_line_id", ID, null=True),
        *keys(
            "billing_allocation",
            ["id"],
            {
                "entry_id": "time_entry.id",
                "invoice_id": "invoice.id",
                "line_id": "invoice_line.id",
                "credit_line_id": "invoice_line.id",
            },
        ),
    )
    op.create_table(
        "payment",
        col("id", ID),
        col("invoice_id", ID),
        col("paid_on", sa.Date()),
        col("amount", Euro()),
        col("source", sa.String(10)),
        col("external_key", sa.String(200), null=True),
        col("counter_of", ID, null=True),
        col("reason", sa.Text(), null=True),
        col("created_at", UtcDateTime()),
        col("created_by", sa.String(100)),
        *keys("payment", ["id"], {"invoice_id": "invoice.id", "counter_of": "payment.id"}, "counter_of", "external_key"),
    )
    op.create_table(
        "delivery",
        col("id", ID),
        col("invoice_id", ID),
        col("state", sa.String(20)),
        col("channel", sa.String(40), null=True),
        col("remote_id", sa.String(200), null=True),
        col("attempts", sa.Integer()),
        col("problem", sa.String(60), null=True),
        col("message", sa.Text(), null=True),
        col("next_at", UtcDateTime(), null=True),
        col("claimed_at", UtcDateTime(), null=True),
        col("created_at", UtcDateTime()),
        col("updated_at", UtcDateTime()),
        *keys("delivery", ["id"], {"invoice_id": "invoice.id"}, "invoice_id"),
    )
    op.create_table(
        "accounting_export",
        col("id", ID),
        col("from_day", sa.Date()),
        col("until_day", sa.Date()),
        col("documents", sa.Integer()),
        col("sha256", sa.String(64)),
        col("created_at", UtcDateTime()),
        col("created_by", sa.String(100)),
        *keys("accounting_export", ["id"], {}),
    )
    op.create_table(
        "accounting_export_item",
        col("export_id", ID),
        col("invoice_id", ID),
        col("again", sa.Boolean()),
        *keys(
            "accounting_export_item",
            ["export_id", "invoice_id"],
            {"export_id": "accounting_export.id", "invoice_id": "invoice.id"},
        ),
    )
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, columns)
    for name, (table, columns, where) in PARTIAL.items():
        op.create_index(name, table, columns, unique=True, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    """From this revision. Requests, minutes and invoices are lost."""
    for table in reversed(TABLES):
        op.drop_table(table)
