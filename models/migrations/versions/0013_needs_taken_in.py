"""Needs that people took into a joint need."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("joint_need_member") as batch:
        batch.add_column(sa.Column("added_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("added_by", sa.String(length=36), nullable=True))
        batch.create_foreign_key(op.f("fk_joint_need_member_added_by_member"), "member", ["added_by"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("joint_need_member") as batch:
        batch.drop_constraint(op.f("fk_joint_need_member_added_by_member"), type_="foreignkey")
        batch.drop_column("added_by")
        batch.drop_column("added_at")
