"""Forms: requests that are still being filled in."""

import sqlalchemy as sa
from alembic import op

from dpa_service.adapters.db.types import JsonText, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.String(32)


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "form",
        sa.Column("id", ID, nullable=False),
        sa.Column("owner", sa.String(254), nullable=False),
        sa.Column("client_id", ID, nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("data", JsonText(), nullable=False),
        sa.Column("agreement_id", ID, nullable=True),
        sa.Column("agreement_version", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("discarded_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_form"),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="fk_form_client_id"),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name="fk_form_agreement_id"),
    )
    op.create_index("ix_form_owner", "form", ["owner", "updated_at"])
    op.create_index("ix_form_client_id", "form", ["client_id"])
    op.create_index("ix_form_agreement_id", "form", ["agreement_id"])


def downgrade() -> None:
    """Back to a database without forms; what was not yet made into a draft is lost."""
    op.drop_table("form")
