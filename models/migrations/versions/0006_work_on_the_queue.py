"""Work on the queue, frozen lists, interest in needs, and remarks on matches."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "interest",
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_interest_entry_id_entry")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_interest_member_id_member")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_interest_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest")),
        sa.UniqueConstraint("entry_id", "organisation_id", name=op.f("uq_interest_entry_id_organisation_id")),
    )
    op.create_index(op.f("ix_interest_organisation_id"), "interest", ["organisation_id"], unique=False)
    op.create_table(
        "review_task",
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("direction", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("assignee_id", sa.String(length=36), nullable=True),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["member.id"], name=op.f("fk_review_task_assignee_id_member")
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_review_task_entry_id_entry")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_review_task_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_task")),
        sa.UniqueConstraint(
            "entry_id",
            "direction",
            "organisation_id",
            name=op.f("uq_review_task_entry_id_direction_organisation_id"),
        ),
    )
    op.create_index(op.f("ix_review_task_assignee_id"), "review_task", ["assignee_id"], unique=False)
    op.create_index(op.f("ix_review_task_organisation_id"), "review_task", ["organisation_id"], unique=False)
    op.create_table(
        "shortlist",
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("direction", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("member_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_shortlist_entry_id_entry")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_shortlist_member_id_member")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_shortlist_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shortlist")),
    )
    op.create_index(op.f("ix_shortlist_entry_id"), "shortlist", ["entry_id"], unique=False)
    op.create_index(op.f("ix_shortlist_organisation_id"), "shortlist", ["organisation_id"], unique=False)
    op.create_table(
        "remark",
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("proposal_id", sa.String(length=36), nullable=True),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("from_organisation_id", sa.String(length=36), nullable=True),
        sa.Column("member_id", sa.String(length=36), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.String(length=36), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["answered_by"], ["member.id"], name=op.f("fk_remark_answered_by_member")),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_remark_entry_id_entry")),
        sa.ForeignKeyConstraint(
            ["from_organisation_id"],
            ["organisation.id"],
            name=op.f("fk_remark_from_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_remark_member_id_member")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_remark_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_remark_proposal_id_proposal")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remark")),
    )
    op.create_index(op.f("ix_remark_entry_id"), "remark", ["entry_id"], unique=False)
    op.create_index(op.f("ix_remark_from_organisation_id"), "remark", ["from_organisation_id"], unique=False)
    op.create_index(op.f("ix_remark_organisation_id"), "remark", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_remark_proposal_id"), "remark", ["proposal_id"], unique=False)
    for action in ("update", "delete"):
        _add_trigger("shortlist", action)


def downgrade() -> None:
    for action in ("update", "delete"):
        _drop_trigger("shortlist", action)
    op.drop_index(op.f("ix_remark_proposal_id"), table_name="remark")
    op.drop_index(op.f("ix_remark_organisation_id"), table_name="remark")
    op.drop_index(op.f("ix_remark_from_organisation_id"), table_name="remark")
    op.drop_index(op.f("ix_remark_entry_id"), table_name="remark")
    op.drop_table("remark")
    op.drop_index(op.f("ix_shortlist_organisation_id"), table_name="shortlist")
    op.drop_index(op.f("ix_shortlist_entry_id"), table_name="shortlist")
    op.drop_table("shortlist")
    op.drop_index(op.f("ix_review_task_organisation_id"), table_name="review_task")
    op.drop_index(op.f("ix_review_task_assignee_id"), table_name="review_task")
    op.drop_table("review_task")
    op.drop_index(op.f("ix_interest_organisation_id"), table_name="interest")
    op.drop_table("interest")


def _add_trigger(table: str, action: str) -> None:
    name = f"{table}_refuses_{action}"
    if op.get_bind().dialect.name == "postgresql":
        # The function is there since the first migration.
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {action.upper()} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        return
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {action.upper()} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def _drop_trigger(table: str, action: str) -> None:
    on_table = f" ON {table}" if op.get_bind().dialect.name == "postgresql" else ""
    op.execute(f"DROP TRIGGER {table}_refuses_{action}{on_table}")
