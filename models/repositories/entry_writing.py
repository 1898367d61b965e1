"""Writes entries, one or thousands at a time: content, labels, passages and the version that keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from matcher.types import EntryDraft, EntryStatus
from models.records import Counter, Entry, EntryVersion, Passage, new_id, table_of, utc_now
from models.repositories.contents import EntryContent, draft_of
from models.repositories.labels import CHUNK, delete_labels, insert_labels, insert_rows


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """An entry that is there already, as far as an import must know it."""

    id: str
    draft_digest: str
    status: EntryStatus
    content_number: int
    last_import_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContent:
    """Content to be written, with where it comes from.

    ``entry_id`` is a new id, or that of the entry that is changed; ``number`` counts its contents from 1.
    """

    content: EntryContent
    source_key: str
    draft_digest: str
    status: EntryStatus
    organisation_id: str | None = None
    member_id: str | None = None
    import_id: str | None = None
    number: int = 1
    entry_id: str = field(default_factory=new_id)


class EntryWriter:
    """Writes entries. Every change takes the next numbers of the change sequence."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find_known(self, source_keys: Sequence[str]) -> dict[str, KnownEntry]:
        """Return what is there under these keys."""
        found: dict[str, KnownEntry] = {}
        columns = (Entry.id, Entry.draft_digest, Entry.status, Entry.content_number, Entry.last_import_id)
        for start in range(0, len(source_keys), CHUNK):
            query = select(Entry.source_key, *columns).where(
                Entry.source_key.in_(source_keys[start : start + CHUNK])
            )
            found.update((row[0], KnownEntry(*row[1:])) for row in self._session.execute(query))
        return found

    def insert_many(self, news: Sequence[NewContent]) -> None:
        """Write new entries."""
        if not news:
            return
        seq = self._take(len(news))
        now = utc_now()
        rows = [_entry_row(new, seq=seq + place, now=now) for place, new in enumerate(news)]
        insert_rows(self._session, Entry, rows)
        self._insert_parts(news, now)

    def update_many(self, news: Sequence[NewContent]) -> None:
        """Give entries new content; each becomes a version more."""
        if not news:
            return
        seq = self._take(len(news))
        now = utc_now()
        self._session.flush()
        rows = [_change_row(new, seq=seq + place, now=now) for place, new in enumerate(news)]
        table = table_of(Entry)
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _names(rows[0])}
        statement = (
            update(table)
            .where(table.c.id == bindparam("entry_id"))
            .values({**values, "version": table.c.version + 1})
        )
        self._session.connection().execute(statement, rows)
        delete_labels(self._session, [new.entry_id for new in news])
        self._insert_parts(news, now)
        self._session.expire_all()

    def set_status(self, record: Entry, status: EntryStatus) -> None:
        """Publish, withdraw or restrict an entry."""
        if record.status is not status:
            record.status_at = utc_now()
        record.status = status
        record.changed_seq = self._take(1)
        self._session.flush()

    def mark_seen(self, entry_ids: Sequence[str], *, import_id: str) -> None:
        """Note that entries stood unchanged in an imported file."""
        table = table_of(Entry)
        for start in range(0, len(entry_ids), CHUNK):
            chunk = entry_ids[start : start + CHUNK]
            self._session.connection().execute(
                update(table)
                .where(table.c.id.in_(chunk))
                .values(last_import_id=import_id, updated_at=table.c.updated_at)
            )

    def latest_draft(self, record: Entry) -> EntryDraft:
        """Return the draft that an entry's present content was made of."""
        version = self._session.scalars(
            select(EntryVersion).where(
                EntryVersion.entry_id == record.id, EntryVersion.number == record.content_number
            )
        ).one()
        return draft_of(
            record.source,
            record.source_id,
            title=version.original_title,
            text=version.original_text,
            fields=version.fields,
        )

    def next_seq(self) -> int:
        """Take the next number of the change sequence."""
        return self._take(1)

    def _insert_parts(self, news: Sequence[NewContent], now: datetime) -> None:
        insert_rows(self._session, EntryVersion, [_version_row(new, now) for new in news])
        insert_labels(self._session, ((new.entry_id, new.content.draft) for new in news))
        passages = [row for new in news for row in new.content.passage_rows(new.entry_id)]
        insert_rows(self._session, Passage, passages)

    def _take(self, count: int) -> int:
        """Take numbers; the row stays locked until the commit, so that they become visible in order."""
        statement = update(Counter).where(Counter.name == "entry").values(value=Counter.value + count)
        last = self._session.execute(
            statement.returning(Counter.value).execution_options(synchronize_session=False)
        ).scalar_one()
        return last - count + 1


def _entry_row(new: NewContent, *, seq: int, now: datetime) -> dict[str, Any]:
    draft = new.content.draft
    return {
        **new.content.columns,
        "id": new.entry_id,
        "source_key": new.source_key,
        "draft_digest": new.draft_digest,
        "source": draft.source,
        "source_id": draft.source_id,
        "status": new.status,
        "status_at": now,
        "organisation_id": new.organisation_id,
        "content_number": new.number,
        "changed_seq": seq,
        "last_import_id": new.import_id,
        "version": 1,
        "created_at": draft.created_at or now,
        "updated_at": now,
    }


def _change_row(new: NewContent, *, seq: int, now: datetime) -> dict[str, Any]:
    changed = {
        **new.content.columns,
        "draft_digest": new.draft_digest,
        "status": new.status,
        "organisation_id": new.organisation_id,
        "content_number": new.number,
        "changed_seq": seq,
        "updated_at": now,
    }
    if new.import_id is not None:
        changed["last_import_id"] = new.import_id
    return {"entry_id": new.entry_id, **{f"new_{name}": value for name, value in changed.items()}}


def _names(row: dict[str, Any]) -> list[str]:
    return [name.removeprefix("new_") for name in row if name.startswith("new_")]


def _version_row(new: NewContent, now: datetime) -> dict[str, Any]:
    return {
        **new.content.version_columns(),
        "id": new_id(),
        "entry_id": new.entry_id,
        "organisation_id": new.organisation_id,
        "number": new.number,
        "member_id": new.member_id,
        "import_id": new.import_id,
        "created_at": now,
    }
