"""The first tables: clients, agreements and what was issued, the clause library, numbers, audit log, outbox, idempotency."""

import sqlalchemy as sa
from alembic import op

from dpa_service.adapters.db.types import JsonText, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SHA256 = sa.String(64)
ID = sa.String(32)


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "client",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("identity", sa.String(300), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("data", JsonText(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_client"),
        sa.UniqueConstraint("identity", name="uq_client_identity"),
    )
    op.create_index("ix_client_page", "client", ["created_at", "id"])
    op.create_table(
        "library_release",
        sa.Column("hash", SHA256, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("first_seen", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_library_release"),
    )
    op.create_table(
        "clause_version",
        sa.Column("clause", sa.String(100), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("hash", SHA256, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("content", JsonText(), nullable=False),
        sa.Column("first_seen", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("clause", "version", name="pk_clause_version"),
    )
    op.create_table(
        "agreement",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=True),
        sa.Column("family", sa.String(40), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("reference", sa.String(40), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("request", JsonText(), nullable=False),
        sa.Column("library_hash", SHA256, nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_agreement"),
        sa.UniqueConstraint("reference", name="uq_agreement_reference"),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="fk_agreement_client_id"),
        sa.ForeignKeyConstraint(["library_hash"], ["library_release.hash"], name="fk_agreement_library_hash"),
    )
    op.create_index("ix_agreement_page", "agreement", ["created_at", "id"])
    op.create_index("ix_agreement_client_id", "agreement", ["client_id"])
    op.create_index("ix_agreement_state", "agreement", ["state"])
    op.create_index("ix_agreement_library_hash", "agreement", ["library_hash"])
    op.create_table(
        "agreement_issue",
        sa.Column("agreement_id", ID, nullable=False),
        sa.Column("reference", sa.String(40), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.Column("snapshot_sha256", SHA256, nullable=False),
        sa.Column("docx", sa.LargeBinary(), nullable=False),
        sa.Column("docx_sha256", SHA256, nullable=False),
        sa.Column("docx_content_hash", SHA256, nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("pdf_sha256", SHA256, nullable=False),
        sa.PrimaryKeyConstraint("agreement_id", name="pk_agreement_issue"),
        sa.UniqueConstraint("reference", name="uq_agreement_issue_reference"),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name="fk_agreement_issue_agreement_id"),
    )
    op.create_table(
        "deviation",
        sa.Column("id", ID, nullable=False),
        sa.Column("agreement_id", ID, nullable=False),
        sa.Column("label", sa.String(40), nullable=False),
        sa.Column("class", sa.String(20), nullable=False),
        sa.Column("clause", sa.String(100), nullable=True),
        sa.Column("parameter", sa.String(100), nullable=True),
        sa.Column("old", JsonText(), nullable=True),
        sa.Column("new", JsonText(), nullable=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deviation"),
        sa.UniqueConstraint("agreement_id", "label", name="uq_deviation_agreement_id_label"),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name="fk_deviation_agreement_id"),
    )
    op.create_index("ix_deviation_parameter", "deviation", ["parameter"])
    _registers()


def _registers() -> None:
    op.create_table(
        "counter",
        sa.Column("series", sa.String(20), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("series", "year", name="pk_counter"),
    )
    op.create_table(
        "audit_log",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("object_type", sa.String(40), nullable=False),
        sa.Column("object_id", sa.String(100), nullable=False),
        sa.Column("details", JsonText(), nullable=False),
        sa.Column("prev_hash", SHA256, nullable=False),
        sa.Column("hash", SHA256, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_log"),
        sa.UniqueConstraint("prev_hash", name="uq_audit_log_prev_hash"),
        sa.UniqueConstraint("hash", name="uq_audit_log_hash"),
    )
    op.create_index("ix_audit_log_action", "audit_log", ["action"])
    op.create_index("ix_audit_log_object_id", "audit_log", ["object_id"])
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", SHA256, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )
    op.bulk_insert(head, [{"id": 1, "seq": 0, "hash": "0" * 64}])
    op.create_table(
        "outbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("topic", sa.String(60), nullable=False),
        sa.Column("object_id", sa.String(100), nullable=False),
        sa.Column("payload", JsonText(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
    )
    op.create_index("ix_outbox_waiting", "outbox", ["sent_at", "created_at"])
    op.create_table(
        "idempotency_key",
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("request_hash", SHA256, nullable=False),
        sa.Column("answer", JsonText(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("actor", "key", name="pk_idempotency_key"),
    )


def downgrade() -> None:
    """Back to an empty database."""
    for table in (
        "idempotency_key",
        "outbox",
        "audit_head",
        "audit_log",
        "counter",
        "deviation",
        "agreement_issue",
        "agreement",
        "clause_version",
        "library_release",
        "client",
    ):
        op.drop_table(table)
