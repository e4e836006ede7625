"""The negotiation: deviations with approvals, editions of an agreement, rounds, what came back changed, and deputies."""

import sqlalchemy as sa
from alembic import op

from dpa_service.adapters.db.types import JsonText, UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ID, SHA, WHO = sa.String(32), sa.String(64), sa.String(100)


def upgrade() -> None:
    """To this revision."""
    _editions()
    _deviations()
    op.create_table(
        "deviation_decision",
        sa.Column("id", ID, nullable=False),
        sa.Column("deviation_id", ID, nullable=False),
        sa.Column("seat", sa.String(20), nullable=False),
        sa.Column("decision", sa.String(20), nullable=False),
        sa.Column("fingerprint", SHA, nullable=False),
        sa.Column("decided_by", WHO, nullable=False),
        sa.Column("on_behalf_of", WHO, nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_deviation_decision"),
        sa.ForeignKeyConstraint(["deviation_id"], ["deviation.id"], name="fk_deviation_decision_deviation_id"),
    )
    op.create_index("ix_deviation_decision_deviation_id", "deviation_decision", ["deviation_id"])
    op.create_index("ix_deviation_decision_decided_by", "deviation_decision", ["decided_by"])
    op.create_table(
        "absence",
        sa.Column("id", ID, nullable=False),
        sa.Column("absent", WHO, nullable=False),
        sa.Column("deputy", WHO, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_absence"),
    )
    op.create_index("ix_absence_absent", "absence", ["absent"])
    op.create_index("ix_absence_deputy", "absence", ["deputy", "last_day"])
    _rounds()


def _editions() -> None:
    with op.batch_alter_table("agreement") as table:
        table.add_column(sa.Column("thread_id", ID, nullable=True))
        table.add_column(sa.Column("previous_id", ID, nullable=True))
        table.add_column(sa.Column("edition", sa.Integer(), nullable=False, server_default="1"))
        table.create_foreign_key("fk_agreement_previous_id", "agreement", ["previous_id"], ["id"])
    op.execute("UPDATE agreement SET thread_id = id")
    with op.batch_alter_table("agreement") as table:
        table.alter_column("thread_id", existing_type=ID, nullable=False)
        table.alter_column("edition", existing_type=sa.Integer(), server_default=None)
    op.create_index("ix_agreement_thread_id", "agreement", ["thread_id"])


def _deviations() -> None:
    """One row a deviation instead of one a term; the terms move beside it. Old rows were values, approved by the issue itself."""
    op.execute("CREATE TABLE deviation_before AS SELECT * FROM deviation")
    op.drop_table("deviation")
    op.create_table(
        "deviation",
        sa.Column("id", ID, nullable=False),
        sa.Column("agreement_id", ID, nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("label", sa.String(40), nullable=False),
        sa.Column("class", sa.String(20), nullable=False),
        sa.Column("clause", sa.String(100), nullable=False),
        sa.Column("row", sa.Integer(), nullable=True),
        sa.Column("rung", sa.String(10), nullable=True),
        sa.Column("data", JsonText(), nullable=False),
        sa.Column("approvers", JsonText(), nullable=False),
        sa.Column("fingerprint", SHA, nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("proposed_by", WHO, nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deviation"),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name="fk_deviation_agreement_id"),
    )
    op.execute(
        "INSERT INTO deviation (id, agreement_id, key, label, class, clause, data, approvers, fingerprint, weight, state, proposed_by,"
        " proposed_at, version) SELECT d.id, d.agreement_id, 'value:' || d.parameter, d.label, d.class, coalesce(d.clause, ''), '{}', '[]',"
        " '', 0, CASE d.state WHEN 'agreed' THEN 'approved' ELSE 'proposed' END, coalesce(a.created_by, 'system'), d.created_at, 1"
        " FROM deviation_before d JOIN agreement a ON a.id = d.agreement_id"
    )
    op.create_table(
        "deviation_value",
        sa.Column("deviation_id", ID, nullable=False),
        sa.Column("parameter", sa.String(100), nullable=False),
        sa.Column("agreement_id", ID, nullable=False),
        sa.Column("old", JsonText(), nullable=True),
        sa.Column("new", JsonText(), nullable=True),
        sa.PrimaryKeyConstraint("deviation_id", "parameter", name="pk_deviation_value"),
        sa.ForeignKeyConstraint(["deviation_id"], ["deviation.id"], name="fk_deviation_value_deviation_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name="fk_deviation_value_agreement_id"),
    )
    op.execute(
        "INSERT INTO deviation_value (deviation_id, parameter, agreement_id, old, new)"
        " SELECT id, parameter, agreement_id, old, new FROM deviation_before WHERE parameter IS NOT NULL"
    )
    op.drop_table("deviation_before")
    op.create_index("ix_deviation_agreement", "deviation", ["agreement_id", "state"])
    op.create_index("ix_deviation_queue", "deviation", ["state", "proposed_at"])
    op.create_index("ix_deviation_subject", "deviation", ["clause", "state"])
    op.create_index("ix_deviation_proposed_by", "deviation", ["proposed_by"])
    op.create_index("ix_deviation_value_agreement_id", "deviation_value", ["agreement_id"])
    op.create_index("ix_deviation_value_use", "deviation_value", ["parameter", "agreement_id"])


def _rounds() -> None:
    op.create_table(
        "negotiation_round",
        sa.Column("id", ID, nullable=False),
        sa.Column("thread_id", ID, nullable=False),
        sa.Column("agreement_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("direction", sa.String(10), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", SHA, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=True),
        sa.Column("baseline_id", ID, nullable=True),
        sa.Column("findings", JsonText(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", WHO, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_negotiation_round"),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name="fk_negotiation_round_agreement_id"),
        sa.ForeignKeyConstraint(["baseline_id"], ["negotiation_round.id"], name="fk_negotiation_round_baseline_id"),
    )
    op.create_index("ix_negotiation_round_thread", "negotiation_round", ["thread_id", "number"], unique=True)
    op.create_index("ix_negotiation_round_agreement_id", "negotiation_round", ["agreement_id"])
    op.create_table(
        "returned_change",
        sa.Column("id", ID, nullable=False),
        sa.Column("round_id", ID, nullable=False),
        sa.Column("thread_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("clause", sa.String(100), nullable=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("data", JsonText(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("deviation_key", sa.String(120), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_by", WHO, nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_returned_change"),
        sa.ForeignKeyConstraint(["round_id"], ["negotiation_round.id"], name="fk_returned_change_round_id"),
    )
    op.create_index("ix_returned_change_round", "returned_change", ["round_id", "position"], unique=True)
    op.create_index("ix_returned_change_open", "returned_change", ["thread_id", "state"])


def downgrade() -> None:
    """Back to 0006. Rounds, decisions and every deviation that is more than one value are lost."""
    for gone in ("returned_change", "negotiation_round", "absence", "deviation_decision"):
        op.drop_table(gone)
    op.execute(
        "CREATE TABLE deviation_before AS SELECT d.id, d.agreement_id, d.label, d.clause, v.parameter, v.old, v.new, d.state, d.proposed_at"
        " FROM deviation d JOIN deviation_value v ON v.deviation_id = d.id"
        " WHERE d.state IN ('proposed', 'approved') AND d.class = 'value'"
    )
    op.drop_table("deviation_value")
    op.drop_table("deviation")
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
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name="fk_deviation_agreement_id"),
        sa.UniqueConstraint("agreement_id", "label", name="uq_deviation_agreement_id_label"),
    )
    op.execute(
        "INSERT INTO deviation (id, agreement_id, label, class, clause, parameter, old, new, state, created_at)"
        " SELECT id, agreement_id, label, 'value', clause, parameter, old, new,"
        " CASE state WHEN 'approved' THEN 'agreed' ELSE 'proposed' END, proposed_at FROM deviation_before"
    )
    op.drop_table("deviation_before")
    op.create_index("ix_deviation_parameter", "deviation", ["parameter"])
    op.create_index("ix_deviation_parameter_use", "deviation", ["parameter", "agreement_id"])
    op.drop_index("ix_agreement_thread_id", "agreement")
    with op.batch_alter_table("agreement") as table:
        table.drop_constraint("fk_agreement_previous_id", type_="foreignkey")
        for name in ("thread_id", "previous_id", "edition"):
            table.drop_column(name)
