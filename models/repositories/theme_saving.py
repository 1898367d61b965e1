"""Keeps the themes that a run settles; written in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from matcher.types import EntryStatus, ThemeEventKind, ThemeState
from models.records import Entry, Theme, ThemeEvent, ThemeMember, utc_now
from models.repositories.labels import CHUNK, insert_rows
from models.repositories.viewing import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTheme:
    """A living theme as a run must know it; ``members`` are its own, without those of its parts."""

    id: str
    parent_id: str | None
    level: int
    members: tuple[str, ...]
    is_named: bool
    is_kept: bool
    has_taken_in: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredThemes:
    """All living themes, what is pinned, and a number that grows with everything that happens to them."""

    themes: tuple[StoredTheme, ...]
    pins: Mapping[str, str]
    n_events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeName:
    """A theme's names and the terms that they come from."""

    sv: str
    en: str
    terms_sv: tuple[str, ...] = ()
    terms_en: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class NewTheme:
    """A theme as a run settled it.

    ``id``: that of a stored theme, ``None`` for a new one. ``parent``: position of its parent in the list.
    ``members`` are its own, the most central first; ``n_members`` counts those of its parts, too. ``name``:
    a new name, ``None`` to keep the one that it has.
    """

    id: str | None
    level: int
    parent: int | None
    members: list[str]
    n_members: int
    example_id: str | None
    name: ThemeName | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """Something that happened to a theme: ``theme`` is its position in the list, or ``theme_id`` its id."""

    kind: ThemeEventKind
    theme: int | None = None
    theme_id: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    others: tuple[int, ...] = ()


class ThemeSaver:
    """Reads and writes all themes at once."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def stored(self) -> StoredThemes:
        """Return the living themes."""
        members: dict[str, list[str]] = {}
        pins: dict[str, str] = {}
        rows = self._session.execute(
            select(ThemeMember.theme_id, ThemeMember.entry_id, ThemeMember.is_pinned).order_by(
                ThemeMember.position, ThemeMember.entry_id
            )
        )
        for theme_id, entry_id, is_pinned in rows:
            members.setdefault(theme_id, []).append(entry_id)
            if is_pinned:
                pins[entry_id] = theme_id
        themes = self._session.scalars(
            select(Theme).where(Theme.state == ThemeState.ALIVE).order_by(Theme.level, Theme.id)
        )
        return StoredThemes(
            themes=tuple(
                StoredTheme(
                    id=theme.id,
                    parent_id=theme.parent_id,
                    level=theme.level,
                    members=tuple(members.get(theme.id, ())),
                    is_named=theme.is_named,
                    is_kept=theme.is_kept,
                    has_taken_in=theme.has_taken_in,
                )
                for theme in themes
            ),
            pins=pins,
            n_events=self.n_events(),
        )

    def n_events(self) -> int:
        """Return how much happened to themes so far: what a person decides and what a run finds."""
        return self._session.scalars(select(func.count()).select_from(ThemeEvent)).one()

    def save(self, themes: Sequence[NewTheme], events: Sequence[NewEvent]) -> list[str]:
        """Write the themes of a run, parents before their parts; return their ids in the same order."""
        self._session.flush()
        ids: list[str] = []
        for new in themes:
            record = self._session.get(Theme, new.id) if new.id is not None else None
            if record is None:
                record = Theme(name_sv="", name_en="")
                self._session.add(record)
            self._fill(record, new, ids)
            self._session.flush()
            ids.append(record.id)
        self._replace_members(themes, ids)
        kept = set(ids)
        for record in self._session.scalars(select(Theme).where(Theme.state == ThemeState.ALIVE)):
            if record.id not in kept:
                record.state, record.n_members, record.example_id = ThemeState.ENDED, 0, None
        self._session.flush()
        for event in events:
            self.note(
                event.theme_id if event.theme is None else ids[event.theme],
                event.kind,
                {**event.detail, **({"with": [ids[n] for n in event.others]} if event.others else {})},
            )
        return ids

    def member_records(self, theme_ids: Sequence[str]) -> list[ThemeMember]:
        """Return the records of the entries that are in themes, to move them."""
        query = select(ThemeMember).where(ThemeMember.theme_id.in_(list(theme_ids)))
        return list(self._session.scalars(query.order_by(ThemeMember.entry_id)))

    def free(self, entry_ids: Iterable[str]) -> set[str]:
        """Return which of some entries are published and in no theme."""
        wanted, found = list(entry_ids), set[str]()
        for start in range(0, len(wanted), CHUNK):
            query = (
                select(Entry.id)
                .outerjoin(ThemeMember, ThemeMember.entry_id == Entry.id)
                .where(Entry.id.in_(wanted[start : start + CHUNK]))
                .where(Entry.status == EntryStatus.PUBLISHED, ThemeMember.entry_id.is_(None))
            )
            found.update(self._session.scalars(query))
        return found

    def add_members(self, placed: Mapping[str, str]) -> None:
        """Put entries that are in no theme into themes, and count them there and above."""
        beside = self.beside(list(placed))
        positions: dict[str, int] = {}
        for entry_id, theme_id in sorted(placed.items()):
            if theme_id not in positions:
                query = select(func.max(ThemeMember.position)).where(ThemeMember.theme_id == theme_id)
                positions[theme_id] = (self._session.scalar(query) or 0) + 1
            self._session.add(
                ThemeMember(
                    **beside[entry_id], entry_id=entry_id, theme_id=theme_id, position=positions[theme_id]
                )
            )
            positions[theme_id] += 1
        self._session.flush()
        self.count_again()

    def count_again(self) -> None:
        """Count the published entries of every living theme and of its parts."""
        own: dict[str, int] = {
            theme_id: n
            for theme_id, n in self._session.execute(
                select(ThemeMember.theme_id, func.count())
                .where(ThemeMember.status == EntryStatus.PUBLISHED)
                .group_by(ThemeMember.theme_id)
            )
        }
        living = self._session.scalars(select(Theme).where(Theme.state == ThemeState.ALIVE)).all()
        total = {theme.id: own.get(theme.id, 0) for theme in living}
        for theme in sorted(living, key=lambda each: (-each.level, each.id)):
            if theme.parent_id in total:
                total[theme.parent_id] += total[theme.id]
        for theme in living:
            theme.n_members = total[theme.id]
        self._session.flush()

    def beside(self, entry_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return what stands beside entries in their themes: whose they are, their kind, status and age."""
        columns = (Entry.organisation_id, Entry.kind, Entry.status, Entry.created_at)
        found: dict[str, dict[str, Any]] = {}
        for start in range(0, len(entry_ids), CHUNK):
            query = select(Entry.id, *columns).where(Entry.id.in_(entry_ids[start : start + CHUNK]))
            for entry_id, *values in self._session.execute(query):
                found[entry_id] = {column.key: each for column, each in zip(columns, values, strict=True)}
        return found

    def note(
        self,
        theme_id: str | None,
        kind: ThemeEventKind,
        detail: Mapping[str, Any],
        *,
        by: Viewer | None = None,
    ) -> None:
        """Note that something happened to a theme, by itself or by somebody's hand."""
        self._session.add(
            ThemeEvent(
                theme_id=theme_id,
                kind=kind,
                detail=dict(detail),
                organisation_id=by.organisation_id if by else None,
                member_id=by.member_id if by else None,
            )
        )
        self._session.flush()

    def _fill(self, record: Theme, new: NewTheme, ids: Sequence[str]) -> None:
        record.level = new.level
        record.parent_id = None if new.parent is None else ids[new.parent]
        record.n_members, record.example_id = new.n_members, new.example_id
        record.state = ThemeState.ALIVE
        if new.name is not None and not record.is_named:
            record.name_sv, record.name_en = new.name.sv[:300], new.name.en[:300]
        if new.name is not None:
            record.terms_sv, record.terms_en = list(new.name.terms_sv), list(new.name.terms_en)

    def _replace_members(self, themes: Sequence[NewTheme], ids: Sequence[str]) -> None:
        columns = (ThemeMember.entry_id, ThemeMember.theme_id, ThemeMember.is_pinned, ThemeMember.joined_at)
        before: dict[str, tuple[str, bool, datetime]] = {
            entry_id: (theme_id, is_pinned, joined_at)
            for entry_id, theme_id, is_pinned, joined_at in self._session.execute(select(*columns))
        }
        wanted = [entry_id for theme in themes for entry_id in theme.members]
        beside, now = self.beside(wanted), utc_now()
        self._session.execute(delete(ThemeMember))
        rows = []
        for theme, theme_id in zip(themes, ids, strict=True):
            for position, entry_id in enumerate(theme.members):
                was = before.get(entry_id)
                is_same = was is not None and was[0] == theme_id
                rows.append(
                    {
                        **beside[entry_id],
                        "entry_id": entry_id,
                        "theme_id": theme_id,
                        "position": position,
                        "is_pinned": was[1] if was is not None and is_same else False,
                        "joined_at": was[2] if was is not None and is_same else now,
                    }
                )
        insert_rows(self._session, ThemeMember, rows)
        self._session.expire_all()
