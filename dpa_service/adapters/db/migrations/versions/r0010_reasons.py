"""Why an entry of time was rejected, beside why it corrects another; why a month was unlocked."""

import sqlalchemy as sa
from alembic import op

from dpa_service.adapters.db.types import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision. Until now a rejection wrote its reason over that of the correction."""
    op.add_column("time_entry", sa.Column("refusal", sa.Text(), nullable=True))
    op.execute("UPDATE time_entry SET refusal = reason WHERE state = 'rejected'")
    op.execute("UPDATE time_entry SET reason = NULL WHERE state = 'rejected' AND correction_of IS NULL")
    op.create_table(
        "month_unlock",
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("unlocked_at", UtcDateTime(), nullable=False),
        sa.Column("unlocked_by", sa.String(100), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("month", "unlocked_at", name="pk_month_unlock"),
    )


def downgrade() -> None:
    """From this revision. The reasons of unlocking are lost."""
    op.drop_table("month_unlock")
    op.execute("UPDATE time_entry SET reason = refusal WHERE state = 'rejected'")
    op.drop_column("time_entry", "refusal")
