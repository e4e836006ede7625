"""The life of an agreement after its issue: dates, signature, successor, signed copies; and indexes for the pages."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from dpa_service.adapters.db.types import JsonText, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.String(32)
COLUMNS: dict[str, Any] = {
    "created_by": sa.String(100),
    "effective_until": sa.Date(),
    "signed_on": sa.Date(),
    "signatory": sa.Text(),
    "reason": sa.Text(),
    "successor_id": ID,
}
INDEXES = {
    "ix_agreement_state_page": ["state", "created_at", "id"],
    "ix_agreement_client_page": ["client_id", "created_at", "id"],
    "ix_agreement_mine": ["created_by", "state", "updated_at"],
    "ix_agreement_waiting": ["state", "updated_at"],
    "ix_agreement_begin": ["state", "effective_from"],
    "ix_agreement_end": ["effective_until"],
}


def upgrade() -> None:
    """To this revision."""
    with op.batch_alter_table("agreement") as table:
        for name, kind in COLUMNS.items():
            table.add_column(sa.Column(name, kind, nullable=True))
        table.create_foreign_key("fk_agreement_successor_id", "agreement", ["successor_id"], ["id"])
    # Who made a draft stood in the audit log only.
    op.execute(
        "UPDATE agreement SET created_by = (SELECT min(actor) FROM audit_log"
        " WHERE audit_log.object_id = agreement.id AND audit_log.action = 'agreement.create')"
    )
    for name, columns in INDEXES.items():
        op.create_index(name, "agreement", columns)
    op.create_index("ix_audit_log_actor", "audit_log", ["actor", "seq"])
    op.create_table(
        "signed_copy",
        sa.Column("id", ID, nullable=False),
        sa.Column("agreement_id", ID, nullable=False),
        sa.Column("uploaded_at", UtcDateTime(), nullable=False),
        sa.Column("uploaded_by", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.Column("findings", JsonText(), nullable=False),
        sa.Column("signatory", sa.Text(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_until", sa.Date(), nullable=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(100), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_signed_copy"),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name="fk_signed_copy_agreement_id"),
    )
    op.create_index("ix_signed_copy_agreement_id", "signed_copy", ["agreement_id"])
    op.create_index("ix_signed_copy_state", "signed_copy", ["state", "uploaded_at"])


def downgrade() -> None:
    """Back to 0003. Signed copies and the dates of signature are lost; a later state than issued has no meaning there."""
    op.drop_table("signed_copy")
    op.drop_index("ix_audit_log_actor", "audit_log")
    for name in INDEXES:
        op.drop_index(name, "agreement")
    with op.batch_alter_table("agreement") as table:
        table.drop_constraint("fk_agreement_successor_id", type_="foreignkey")
        for name in COLUMNS:
            table.drop_column(name)
