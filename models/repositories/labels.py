"""What entries are filed under: CPV codes, regions and tags, read and written for many entries at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from matcher.types import EntryDraft
from models.records import Base, EntryCpv, EntryRegion, EntryTag, Passage, table_of

CHUNK = 1000
_COLUMNS = (
    (EntryCpv.entry_id, EntryCpv.position, EntryCpv.code),
    (EntryRegion.entry_id, EntryRegion.position, EntryRegion.code),
    (EntryTag.entry_id, EntryTag.position, EntryTag.tag),
)


@dataclass(frozen=True, slots=True)
class Labels:
    """An entry's labels, in their order."""

    cpv: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


def load_labels(session: Session, entry_ids: Sequence[str]) -> dict[str, Labels]:
    """Return the labels of entries; those without any are left out."""
    found: dict[str, tuple[list[str], list[str], list[str]]] = {}
    for start in range(0, len(entry_ids), CHUNK):
        chunk = entry_ids[start : start + CHUNK]
        for place, (owner, position, value) in enumerate(_COLUMNS):
            query = select(owner, value).where(owner.in_(chunk)).order_by(owner, position)
            for entry_id, label in session.execute(query):
                found.setdefault(entry_id, ([], [], []))[place].append(label)
    return {entry_id: Labels(*map(tuple, lists)) for entry_id, lists in found.items()}


def insert_labels(session: Session, drafts: Iterable[tuple[str, EntryDraft]]) -> None:
    """Write the labels of entries that have none yet."""
    rows: dict[type[Base], list[dict[str, Any]]] = {EntryCpv: [], EntryRegion: [], EntryTag: []}
    for entry_id, draft in drafts:
        rows[EntryCpv] += _rows(entry_id, "code", draft.cpv)
        rows[EntryRegion] += _rows(entry_id, "code", draft.regions)
        rows[EntryTag] += _rows(entry_id, "tag", draft.tags)
    for record, records in rows.items():
        insert_rows(session, record, records)


def delete_labels(session: Session, entry_ids: Sequence[str]) -> None:
    """Remove the labels and passages of entries."""
    for start in range(0, len(entry_ids), CHUNK):
        chunk = entry_ids[start : start + CHUNK]
        for record in (EntryCpv, EntryRegion, EntryTag, Passage):
            session.execute(delete(record).where(record.entry_id.in_(chunk)))


def insert_rows(session: Session, record: type[Base], rows: list[dict[str, Any]]) -> None:
    """Insert many rows at once, past the unit of work, which would be many times slower."""
    if rows:
        session.connection().execute(insert(table_of(record)), rows)


def _rows(entry_id: str, column: str, values: Sequence[str]) -> list[dict[str, Any]]:
    distinct = dict.fromkeys(value for value in values if value)
    return [{"entry_id": entry_id, "position": place, column: value} for place, value in enumerate(distinct)]
