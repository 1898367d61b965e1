"""What themes are made of, what waits to be judged and where needs are is counted from indexes alone."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

OF_ENTRY = {
    "kind": sa.String(length=32),
    "status": sa.String(length=32),
    "created_at": sa.DateTime(timezone=True),
}
KEY = ["entry_id", *OF_ENTRY]
OLD_KEY_NAME = "fk_theme_member_entry_id_entry"
KEY_NAME = "fk_theme_member_entry_id_kind_status_created_at_entry"
NEW = {
    "ix_theme_member_theme_id": ("theme_member", ["theme_id", "organisation_id", *OF_ENTRY]),
    "ix_proposal_organisation_id": (
        "proposal",
        [
            *("organisation_id", "direction", "state", "score", "query_id"),
            *("target_id", "created_at", "id"),
        ],
    ),
}
OLD = {
    "ix_theme_member_theme_id": ("theme_member", ["theme_id"]),
    "ix_proposal_organisation_id": ("proposal", ["organisation_id", "direction", "state", "score", "query_id"]),
}


def upgrade() -> None:
    op.create_index("ix_entry_id_kind_status_created_at", "entry", ["id", *OF_ENTRY], unique=True)
    op.create_index("ix_entry_status_kind_municipality", "entry", ["status", "kind", "municipality"])
    for name, kind in OF_ENTRY.items():
        op.add_column("theme_member", sa.Column(name, kind, nullable=True))
    names = ", ".join(OF_ENTRY)
    op.execute(
        f"UPDATE theme_member SET ({names}) = "
        f"(SELECT {names} FROM entry WHERE entry.id = theme_member.entry_id)"
    )
    with op.batch_alter_table("theme_member") as batch:
        for name, kind in OF_ENTRY.items():
            batch.alter_column(name, existing_type=kind, nullable=False)
        batch.drop_constraint(OLD_KEY_NAME, type_="foreignkey")
        batch.create_foreign_key(op.f(KEY_NAME), "entry", KEY, ["id", *OF_ENTRY], onupdate="CASCADE")
    _replace(OLD, NEW)


def downgrade() -> None:
    _replace(NEW, OLD)
    with op.batch_alter_table("theme_member") as batch:
        batch.drop_constraint(KEY_NAME, type_="foreignkey")
        batch.create_foreign_key(op.f(OLD_KEY_NAME), "entry", ["entry_id"], ["id"])
        for name in OF_ENTRY:
            batch.drop_column(name)
    op.drop_index("ix_entry_status_kind_municipality", table_name="entry")
    op.drop_index("ix_entry_id_kind_status_created_at", table_name="entry")


def _replace(old: dict[str, tuple[str, list[str]]], new: dict[str, tuple[str, list[str]]]) -> None:
    for name, (table, _) in old.items():
        op.drop_index(name, table_name=table)
    for name, (table, columns) in new.items():
        op.create_index(name, table, columns)
