"""How large organisations are."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("organisation", sa.Column("size", sa.String(length=32), nullable=True))


def downgrade() -> None:
    op.drop_column("organisation", "size")
