"""Queries about themes: they are over all organisations, but of their entries each viewer sees its share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matcher.errors import ThemeNotFound
from matcher.types import EntryKind, EntryStatus, ThemeEventKind, ThemeState
from models.records import Entry, Member, Theme, ThemeEvent, ThemeMember
from models.repositories import pages
from models.repositories.entries import EntryRepository, EntryView
from models.repositories.labels import CHUNK
from models.repositories.pages import Page
from models.repositories.theme_counts import count_owners
from models.repositories.viewing import Viewer, sees_entry


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeView:
    """What entries are about.

    ``n_members`` and ``n_organisations`` count the published entries of the theme and its parts, and whose
    they are. ``example`` is the most central entry, if the viewer sees it.
    """

    id: str
    parent_id: str | None
    level: int
    name_sv: str
    name_en: str
    terms_sv: tuple[str, ...]
    terms_en: tuple[str, ...]
    state: ThemeState
    merged_into_id: str | None
    is_named: bool
    is_kept: bool
    n_members: int
    n_organisations: int
    n_parts: int
    example: EntryView | None
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeMemberView:
    """An entry in a theme. ``is_pinned``: a person put it there."""

    entry: EntryView
    theme_id: str
    is_pinned: bool
    joined_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeEventView:
    """Something that happened to a theme; by a person's hand where there is a member."""

    id: int
    theme_id: str
    name_sv: str
    name_en: str
    kind: ThemeEventKind
    detail: dict[str, Any]
    member_id: str | None
    member_name: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthCount:
    """How many entries of a theme came in a month (``2026-03``), and how many there were at its end."""

    month: str
    n_new: int
    n_total: int


class ThemeRepository:
    """Themes, as one viewer sees them."""

    def __init__(self, session: Session, viewer: Viewer) -> None:
        self._session = session
        self._viewer = viewer

    def get_record(self, theme_id: str) -> Theme:
        """Return a theme's record, to change it; or raise ``ThemeNotFound``."""
        record = self._session.get(Theme, theme_id, populate_existing=True)
        if record is None:
            raise ThemeNotFound(theme_id)
        return record

    def get(self, theme_id: str) -> ThemeView:
        """Return a theme, or raise ``ThemeNotFound``."""
        return self._views([self.get_record(theme_id)])[0]

    def list_views(
        self, *, parent_id: str | None, everything: bool, limit: int, after: Sequence[Any] | None
    ) -> Page[ThemeView]:
        """Return a page of living themes, the largest first: the parts of one, or those of the first level.

        ``everything``: themes of all levels, whatever they are part of.
        """
        query = select(Theme).where(Theme.state == ThemeState.ALIVE)
        if not everything:
            query = query.where(
                Theme.parent_id.is_(None) if parent_id is None else Theme.parent_id == parent_id
            )
        if after is not None:
            query = query.where(pages.below(Theme.n_members, Theme.id, than=pages.parts(after, int, str)))
        query = query.order_by(Theme.n_members.desc(), Theme.id.desc()).limit(limit + 1)
        rows, next_after = pages.cut(
            self._session.scalars(query).all(), limit, position=lambda row: [row.n_members, row.id]
        )
        return Page(self._views(rows), next_after)

    def of_entries(self, entry_ids: Iterable[str]) -> dict[str, ThemeView]:
        """Return the finest theme of each entry; those that are in none are left out."""
        theme_of = theme_ids(self._session, entry_ids)
        ids = sorted(set(theme_of.values()))
        records = self._session.scalars(select(Theme).where(Theme.id.in_(ids))).all()
        views = {view.id: view for view in self._views(records)}
        return {entry_id: views[theme_id] for entry_id, theme_id in theme_of.items()}

    def list_members(
        self, theme_id: str, *, limit: int, after: Sequence[Any] | None
    ) -> Page[ThemeMemberView]:
        """Return a page of the entries of a theme and its parts that the viewer sees, central ones first."""
        query = (
            select(ThemeMember)
            .join(Entry, Entry.id == ThemeMember.entry_id)
            .where(ThemeMember.theme_id.in_(self.within([theme_id])), sees_entry(self._viewer))
        )
        if after is not None:
            position = pages.parts(after, int, str)
            query = query.where(pages.above(ThemeMember.position, ThemeMember.entry_id, than=position))
        query = query.order_by(ThemeMember.position, ThemeMember.entry_id).limit(limit + 1)
        rows, next_after = pages.cut(
            self._session.scalars(query).all(), limit, position=lambda row: [row.position, row.entry_id]
        )
        entries = EntryRepository(self._session, self._viewer).get_many(row.entry_id for row in rows)
        views = [
            ThemeMemberView(
                entry=entries[row.entry_id],
                theme_id=row.theme_id,
                is_pinned=row.is_pinned,
                joined_at=row.joined_at,
            )
            for row in rows
        ]
        return Page(views, next_after)

    def list_events(
        self, theme_id: str | None, *, limit: int, after: Sequence[Any] | None
    ) -> Page[ThemeEventView]:
        """Return a page of what happened to a theme, or to any of them, the latest first."""
        query = (
            select(ThemeEvent, Theme, Member.name)
            .join(Theme, Theme.id == ThemeEvent.theme_id)
            .outerjoin(Member, Member.id == ThemeEvent.member_id)
        )
        if theme_id is not None:
            query = query.where(ThemeEvent.theme_id == theme_id)
        if after is not None:
            query = query.where(ThemeEvent.id < pages.parts(after, int)[0])
        rows, next_after = pages.cut(
            self._session.execute(query.order_by(ThemeEvent.id.desc()).limit(limit + 1)).all(),
            limit,
            position=lambda row: [row[0].id],
        )
        return Page([_event_view(*row) for row in rows], next_after)

    def growth(self, theme_id: str) -> list[MonthCount]:
        """Return how a theme grew, month by month, by when its entries were registered."""
        query = select(ThemeMember.created_at).where(
            ThemeMember.theme_id.in_(self.within([theme_id])), ThemeMember.status == EntryStatus.PUBLISHED
        )
        counts = Counter(created_at.strftime("%Y-%m") for created_at in self._session.scalars(query))
        total = 0
        months: list[MonthCount] = []
        for month, n in sorted(counts.items()):
            total += n
            months.append(MonthCount(month=month, n_new=n, n_total=total))
        return months

    def within(self, theme_ids: Iterable[str]) -> list[str]:
        """Return themes and all that they are parted into."""
        found = list(theme_ids)
        parents = found
        while parents:
            query = select(Theme.id).where(Theme.parent_id.in_(parents), Theme.state == ThemeState.ALIVE)
            parents = [each for each in self._session.scalars(query.order_by(Theme.id)) if each not in found]
            found += parents
        return found

    def outside(self, kinds: Iterable[EntryKind]) -> tuple[int, int]:
        """Return how many published entries are in no theme, and how many there are."""
        n = self._count_published(Entry, kinds)
        return n - self._count_published(ThemeMember, kinds), n

    def _count_published(self, record: type[Entry | ThemeMember], kinds: Iterable[EntryKind]) -> int:
        published = (record.status == EntryStatus.PUBLISHED, record.kind.in_(list(kinds)))
        return self._session.scalars(select(func.count()).select_from(record).where(*published)).one()

    def _views(self, records: Sequence[Theme]) -> list[ThemeView]:
        ids = [record.id for record in records]
        owners = count_owners(self._session, ids)
        parts = {
            theme_id: n
            for theme_id, n in self._session.execute(
                select(Theme.parent_id, func.count())
                .where(Theme.parent_id.in_(ids), Theme.state == ThemeState.ALIVE)
                .group_by(Theme.parent_id)
            )
        }
        examples = EntryRepository(self._session, self._viewer).get_many(
            record.example_id for record in records if record.example_id is not None
        )
        return [
            ThemeView(
                id=record.id,
                parent_id=record.parent_id,
                level=record.level,
                name_sv=record.name_sv,
                name_en=record.name_en,
                terms_sv=tuple(record.terms_sv),
                terms_en=tuple(record.terms_en),
                state=record.state,
                merged_into_id=record.merged_into_id,
                is_named=record.is_named,
                is_kept=record.is_kept,
                n_members=record.n_members,
                n_organisations=owners.get(record.id, 0),
                n_parts=parts.get(record.id, 0),
                example=examples.get(record.example_id) if record.example_id else None,
                version=record.version,
                created_at=record.created_at,
                updated_at=record.updated_at,
            )
            for record in records
        ]


def theme_ids(session: Session, entry_ids: Iterable[str]) -> dict[str, str]:
    """Return the id of the finest theme of each entry; those that are in none are left out."""
    theme_of: dict[str, str] = {}
    wanted = list(entry_ids)
    for start in range(0, len(wanted), CHUNK):
        query = select(ThemeMember.entry_id, ThemeMember.theme_id).where(
            ThemeMember.entry_id.in_(wanted[start : start + CHUNK])
        )
        theme_of.update((entry_id, theme_id) for entry_id, theme_id in session.execute(query))
    return theme_of


def _event_view(event: ThemeEvent, theme: Theme, member_name: str | None) -> ThemeEventView:
    return ThemeEventView(
        id=event.id,
        theme_id=theme.id,
        name_sv=theme.name_sv,
        name_en=theme.name_en,
        kind=event.kind,
        detail=dict(event.detail),
        member_id=event.member_id,
        member_name=member_name,
        created_at=event.created_at,
    )
