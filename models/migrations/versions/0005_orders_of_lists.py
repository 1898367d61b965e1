"""The orders in which entries are listed and proposals judged."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NEW = {
    "ix_entry_created_at_id": ("entry", ["created_at", "id", "kind"]),
    "ix_entry_status_kind": ("entry", ["status", "kind", "created_at", "id"]),
    "ix_entry_status_language": ("entry", ["status", "language", "created_at", "id"]),
    "ix_entry_municipality": ("entry", ["municipality", "created_at", "id", "status", "kind"]),
    "ix_proposal_organisation_id": ("proposal", ["organisation_id", "direction", "state", "score", "query_id"]),
}
OLD = {
    "ix_entry_created_at_id": ("entry", ["created_at", "id"]),
    "ix_entry_status_kind": ("entry", ["status", "kind"]),
    "ix_proposal_organisation_id": ("proposal", ["organisation_id"]),
}


def upgrade() -> None:
    _replace(OLD, NEW)


def downgrade() -> None:
    _replace(NEW, OLD)


def _replace(old: dict[str, tuple[str, list[str]]], new: dict[str, tuple[str, list[str]]]) -> None:
    for name, (table, _) in old.items():
        op.drop_index(name, table_name=table)
    for name, (table, columns) in new.items():
        op.create_index(name, table, columns)
