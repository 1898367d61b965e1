"""Which encoders served."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "encoder_use",
        sa.Column("encoder_digest", sa.String(length=64), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("encoder_digest", name=op.f("pk_encoder_use")),
    )
    op.create_index(op.f("ix_encoder_use_used_at"), "encoder_use", ["used_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_encoder_use_used_at"), table_name="encoder_use")
    op.drop_table("encoder_use")
