"""Queries about frozen lists, and about what they freeze."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from matcher.errors import ShortlistNotFound
from matcher.types import Direction, EntryStatus
from models.records import Entry, EntryVersion, Member, Shortlist
from models.repositories import pages
from models.repositories.pages import Page
from models.repositories.viewing import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortlistView:
    """A frozen list, with who froze it."""

    id: str
    entry_id: str
    direction: Direction
    member_name: str | None
    created_at: datetime
    digest: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataState:
    """Which data there is: how many published entries, the latest change, and a digest of all."""

    n_published: int
    latest_change: int
    digest: str


class ShortlistRepository:
    """Frozen lists of the viewer's organisation."""

    def __init__(self, session: Session, viewer: Viewer) -> None:
        self._session = session
        self._viewer = viewer

    def add(self, record: Shortlist) -> Shortlist:
        """Keep a list."""
        self._session.add(record)
        self._session.flush()
        return record

    def get(self, shortlist_id: str) -> ShortlistView:
        """Return a list, or raise ``ShortlistNotFound``."""
        row = self._session.execute(self._seen().where(Shortlist.id == shortlist_id)).one_or_none()
        if row is None:
            raise ShortlistNotFound(shortlist_id)
        return _view(*row)

    def list_views(
        self, entry_id: str | None = None, *, limit: int, after: Sequence[Any] | None
    ) -> Page[ShortlistView]:
        """Return a page of the lists of an entry, or of all, the latest first."""
        query = self._seen().order_by(Shortlist.created_at.desc(), Shortlist.id.desc()).limit(limit + 1)
        if entry_id is not None:
            query = query.where(Shortlist.entry_id == entry_id)
        if after is not None:
            than = pages.time_and_id(after)
            query = query.where(pages.below(Shortlist.created_at, Shortlist.id, than=than))
        rows, next_after = pages.cut(
            [_view(*row) for row in self._session.execute(query)],
            limit,
            position=lambda view: [view.created_at.isoformat(), view.id],
        )
        return Page(rows, next_after)

    def data_state(self) -> DataState:
        """Return which data there is; the digest tells any two states apart."""
        query = select(Entry.id, Entry.content_number, Entry.changed_seq).where(
            Entry.status == EntryStatus.PUBLISHED
        )
        digest, n_published, latest = hashlib.sha256(), 0, 0
        for entry_id, number, seq in self._session.execute(query.order_by(Entry.id)):
            digest.update(f"{entry_id}:{number}:{seq}\n".encode())
            n_published, latest = n_published + 1, max(latest, seq)
        return DataState(n_published=n_published, latest_change=latest, digest=digest.hexdigest())

    def numbers(self, entry_ids: Iterable[str]) -> dict[str, int]:
        """Return the number of each entry's present version."""
        query = select(Entry.id, Entry.content_number).where(Entry.id.in_(list(entry_ids)))
        return {entry_id: number for entry_id, number in self._session.execute(query)}

    def texts(self, versions: Iterable[tuple[str, int]]) -> dict[str, tuple[str, str]]:
        """Return title and text of entries as they were in a version; what was erased is left out."""
        wanted = dict(versions)
        query = select(
            EntryVersion.entry_id, EntryVersion.number, EntryVersion.title, EntryVersion.text
        ).where(EntryVersion.entry_id.in_(list(wanted)))
        return {
            entry_id: (title, text)
            for entry_id, number, title, text in self._session.execute(query)
            if wanted[entry_id] == number
        }

    def _seen(self) -> Select[Shortlist, str]:
        query = select(Shortlist, Member.name).outerjoin(Member, Member.id == Shortlist.member_id)
        if self._viewer.is_system:
            return query
        return query.where(Shortlist.organisation_id == self._viewer.organisation_id)


def _view(record: Shortlist, name: str | None) -> ShortlistView:
    return ShortlistView(
        id=record.id,
        entry_id=record.entry_id,
        direction=record.direction,
        member_name=name,
        created_at=record.created_at,
        digest=record.digest,
        content=record.content,
    )
