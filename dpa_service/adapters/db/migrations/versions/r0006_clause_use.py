"""Indexes that count and page the agreements of a release, and those that depart from a parameter, without reading them."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_index("ix_agreement_release_use", "agreement", ["library_hash", "family", "state", "created_at", "id"])
    op.create_index("ix_deviation_parameter_use", "deviation", ["parameter", "agreement_id"])


def downgrade() -> None:
    """From this revision."""
    op.drop_index("ix_deviation_parameter_use", "deviation")
    op.drop_index("ix_agreement_release_use", "agreement")
