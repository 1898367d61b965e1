"""Reads entries for the engine, all of them or those that changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from matcher.types import Entry as EngineEntry
from matcher.types import EntryStatus, TimeWindow
from models.records import Counter, Entry
from models.repositories.labels import CHUNK, Labels, load_labels

_COLUMNS = (
    Entry.id,
    Entry.kind,
    Entry.title,
    Entry.text,
    Entry.language,
    Entry.organisation_id,
    Entry.municipality,
    Entry.starts_on,
    Entry.ends_on,
    Entry.estimated_value,
    Entry.currency,
    Entry.status,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed since a number of the change sequence.

    Attributes
    ----------
    entries
        Entries that are published now.
    removed
        Ids of entries that are not (any more).
    seq
        Number to ask from next.
    is_complete
        Whether this was all.
    """

    entries: list[EngineEntry]
    removed: list[str]
    seq: int
    is_complete: bool


class EntryLoader:
    """Entries as the engine sees them, whoever they belong to."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def iterate(self, *, batch: int) -> Iterator[list[EngineEntry]]:
        """Yield all published entries in the order of their ids."""
        last = ""
        published = select(*_COLUMNS).where(Entry.status == EntryStatus.PUBLISHED).order_by(Entry.id)
        while rows := self._session.execute(published.where(Entry.id > last).limit(batch)).all():
            yield self._entries(rows)
            last = rows[-1].id

    def published(self, entry_ids: Collection[str]) -> list[EngineEntry]:
        """Return those of some entries that are published."""
        wanted, found = sorted(entry_ids), list[EngineEntry]()
        for start in range(0, len(wanted), CHUNK):
            query = select(*_COLUMNS).where(
                Entry.id.in_(wanted[start : start + CHUNK]), Entry.status == EntryStatus.PUBLISHED
            )
            found += self._entries(self._session.execute(query).all())
        return found

    def changed_since(self, seq: int, *, limit: int) -> Changes:
        """Return what changed after a number of the change sequence, the earliest change first."""
        query = select(*_COLUMNS, Entry.changed_seq).where(Entry.changed_seq > seq)
        rows = self._session.execute(query.order_by(Entry.changed_seq).limit(limit + 1)).all()
        taken = rows[:limit]
        published = [row for row in taken if row.status is EntryStatus.PUBLISHED]
        return Changes(
            entries=self._entries(published),
            removed=[row.id for row in taken if row.status is not EntryStatus.PUBLISHED],
            seq=taken[-1].changed_seq if taken else seq,
            is_complete=len(rows) <= limit,
        )

    def current_seq(self) -> int:
        """Return the number of the latest change."""
        return self._session.scalars(select(Counter.value).where(Counter.name == "entry")).one()

    def _entries(self, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[EngineEntry]:
        labels = load_labels(self._session, [row.id for row in rows])
        return [_entry(row, labels.get(row.id, Labels())) for row in rows]


def _entry(row: Row[*tuple[Any, ...]], labels: Labels) -> EngineEntry:
    return EngineEntry(
        id=row.id,
        kind=row.kind,
        text=row.text,
        title=row.title,
        language=row.language,
        organisation_id=row.organisation_id,
        municipality=row.municipality,
        cpv=labels.cpv,
        regions=labels.regions,
        window=TimeWindow(starts_on=row.starts_on, ends_on=row.ends_on),
        estimated_value=row.estimated_value,
        currency=row.currency,
        tags=labels.tags,
        status=row.status,
    )
