"""Requests of partners for an account."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "partner_request",
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("organisation_number", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("size", sa.String(length=32), nullable=True),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("sent_digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["member.id"], name=op.f("fk_partner_request_decided_by_member")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_partner_request_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_request")),
        sa.UniqueConstraint("sent_digest", name=op.f("uq_partner_request_sent_digest")),
    )
    for column in ("created_at", "organisation_id", "organisation_number"):
        op.create_index(op.f(f"ix_partner_request_{column}"), "partner_request", [column])


def downgrade() -> None:
    # Earlier versions know no notices of this kind and could show their readers none at all.
    op.execute("DELETE FROM notice WHERE kind = 'partner_request'")
    op.drop_table("partner_request")
