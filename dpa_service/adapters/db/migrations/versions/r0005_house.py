"""House data: processor profile, sub-processors and service catalogue, a row for every version."""

import sqlalchemy as sa
from alembic import op

from dpa_service.adapters.db.types import JsonText, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "house_data",
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("content", JsonText(), nullable=False),
        sa.Column("author", sa.String(100), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("kind", "version", name="pk_house_data"),
    )
    op.create_index("ix_house_data_hash", "house_data", ["hash"])


def downgrade() -> None:
    """From this revision: the versions are lost, and the files of the library are in force again."""
    op.drop_index("ix_house_data_hash", "house_data")
    op.drop_table("house_data")
