"""Fees received, claims, assessments, payments and documents, and the exposure of the agreements."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from dpa_service.adapters.db.types import Euro, JsonText, UtcDateTime

revision = "0008"
down_revision = "0007"
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


def made() -> list[Any]:
    """When, and by whom."""
    return [col("created_at", UtcDateTime()), col("created_by", sa.String(100))]


INDEXES = {
    "ix_fee_payment_client_day": ("fee_payment", ["client_id", "received_on"]),
    "ix_claim_page": ("claim", ["created_at", "id"]),
    "ix_claim_client_id": ("claim", ["client_id"]),
    "ix_claim_agreement_id": ("claim", ["agreement_id"]),
    "ix_claim_state_page": ("claim", ["state", "created_at", "id"]),
    "ix_claim_payment_claim_id": ("claim_payment", ["claim_id"]),
    "ix_claim_payment_agreement_id": ("claim_payment", ["agreement_id"]),
    "ix_exposure_client_id": ("exposure", ["client_id"]),
    "ix_exposure_days": ("exposure", ["from_day", "until_day"]),
    "ix_exposure_part_days": ("exposure_part", ["from_day", "until_day"]),
}
TABLES = ("exposure_part", "exposure", "claim_document", "claim_payment", "claim_assessment", "claim", "fee_payment")


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "fee_payment",
        col("id", ID),
        col("client_id", ID),
        col("received_on", sa.Date()),
        col("amount", Euro()),
        col("period", sa.String(7), null=True),
        col("source", sa.String(10)),
        col("external_key", sa.String(100), null=True),
        col("counter_of", ID, null=True),
        col("reason", sa.Text(), null=True),
        *made(),
        *keys("fee_payment", ["id"], {"client_id": "client.id", "counter_of": "fee_payment.id"}, "external_key", "counter_of"),
    )
    op.create_table(
        "claim",
        col("id", ID),
        col("reference", sa.String(40)),
        col("client_id", ID),
        col("agreement_id", ID),
        col("state", sa.String(20)),
        col("basis", sa.String(30)),
        col("event_day", sa.Date()),
        col("reported_day", sa.Date()),
        col("contract_year", sa.Integer()),
        col("data", JsonText()),
        col("reason", sa.Text(), null=True),
        col("version", sa.Integer()),
        *made(),
        col("updated_at", UtcDateTime()),
        *keys("claim", ["id"], {"client_id": "client.id", "agreement_id": "agreement.id"}, "reference"),
    )
    op.create_table(
        "claim_assessment",
        col("id", ID),
        col("claim_id", ID),
        col("number", sa.Integer()),
        col("result", JsonText()),
        col("sha256", sa.String(64)),
        *made(),
        *keys("claim_assessment", ["id"], {"claim_id": "claim.id"}, "claim_id,number"),
    )
    op.create_table(
        "claim_payment",
        col("id", ID),
        col("claim_id", ID),
        col("agreement_id", ID),
        col("pool", sa.String(10)),
        col("amount", Euro()),
        col("contract_year", sa.Integer()),
        col("paid_on", sa.Date()),
        col("counter_of", ID, null=True),
        col("reason", sa.Text(), null=True),
        *made(),
        *keys("claim_payment", ["id"],
              {"claim_id": "claim.id", "agreement_id": "agreement.id", "counter_of": "claim_payment.id"}, "counter_of"),
    )  # fmt: skip
    op.create_table(
        "claim_document",
        col("id", ID),
        col("claim_id", ID),
        col("name", sa.Text()),
        col("mimetype", sa.String(100)),
        col("size", sa.Integer()),
        col("sha256", sa.String(64)),
        col("content", sa.LargeBinary()),
        *made(),
        *keys("claim_document", ["id"], {"claim_id": "claim.id"}, "claim_id,sha256"),
    )
    op.create_table(
        "exposure",
        col("agreement_id", ID),
        col("from_day", sa.Date()),
        col("until_day", sa.Date(), null=True),
        col("client_id", ID),
        *(col(name, Euro(), null=True) for name in ("main", "other", "total", "standard")),
        col("no_limit", sa.Boolean()),
        col("unlimited", JsonText()),
        col("counted", sa.String(20)),
        col("upper_bound", sa.Boolean()),
        col("own_wording", sa.Boolean()),
        *keys("exposure", ["agreement_id", "from_day"], {"agreement_id": "agreement.id", "client_id": "client.id"}),
    )
    op.create_table(
        "exposure_part",
        col("agreement_id", ID),
        col("from_day", sa.Date()),
        col("deviation", sa.String(40)),
        col("until_day", sa.Date(), null=True),
        col("parameters", sa.String(300)),
        col("adds", Euro(), null=True),
        *keys("exposure_part", ["agreement_id", "from_day", "deviation"], {"agreement_id": "agreement.id"}),
    )
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, columns)


def downgrade() -> None:
    """From this revision. Fees, claims and payments are lost."""
    for table in TABLES:
        op.drop_table(table)
