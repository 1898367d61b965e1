"""Queries about entries that were parted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from matcher.errors import SplitNotFound
from models.records import Entry, EntrySplit, SplitPart, utc_now
from models.repositories.viewing import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitView:
    """How an entry was parted, and whether that was undone."""

    id: str
    entry_id: str
    part_ids: tuple[str, ...]
    member_id: str | None
    created_at: datetime
    undone_at: datetime | None


class SplitRepository:
    """Splits of entries."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, split_id: str) -> EntrySplit:
        """Return a split's record, or raise ``SplitNotFound``."""
        record = self._session.get(EntrySplit, split_id, populate_existing=True)
        if record is None:
            raise SplitNotFound(split_id)
        return record

    def add(self, entry: Entry, *, by: Viewer) -> EntrySplit:
        """Add a split; its id is known afterwards."""
        record = EntrySplit(
            entry_id=entry.id,
            was_status=entry.status,
            organisation_id=entry.organisation_id,
            member_id=by.member_id,
        )
        self._session.add(record)
        self._session.flush()
        return record

    def add_parts(self, split: EntrySplit, entry_ids: Sequence[str]) -> None:
        """Note which entries a split made."""
        self._session.add_all(SplitPart(split_id=split.id, entry_id=entry_id) for entry_id in entry_ids)
        self._session.flush()

    def part_records(self, split_id: str) -> list[Entry]:
        """Return the records of the entries that a split made."""
        parts = select(SplitPart.entry_id).where(SplitPart.split_id == split_id)
        return list(self._session.scalars(select(Entry).where(Entry.id.in_(parts)).order_by(Entry.id)))

    def undo(self, split: EntrySplit, *, by: Viewer) -> None:
        """Note that a split does not hold any more."""
        split.undone_at, split.undone_by = utc_now(), by.member_id
        self._session.flush()

    def view(self, split: EntrySplit) -> SplitView:
        """Return a split as it is shown."""
        parts = select(SplitPart.entry_id).where(SplitPart.split_id == split.id)
        return SplitView(
            id=split.id,
            entry_id=split.entry_id,
            part_ids=tuple(sorted(self._session.scalars(parts))),
            member_id=split.member_id,
            created_at=split.created_at,
            undone_at=split.undone_at,
        )

    def list_views(self, entry_id: str) -> list[SplitView]:
        """Return the splits of an entry and those that made it, the earliest first."""
        made = select(SplitPart.split_id).where(SplitPart.entry_id == entry_id)
        query = select(EntrySplit).where(or_(EntrySplit.entry_id == entry_id, EntrySplit.id.in_(made)))
        return [
            self.view(row)
            for row in self._session.scalars(query.order_by(EntrySplit.created_at, EntrySplit.id))
        ]
