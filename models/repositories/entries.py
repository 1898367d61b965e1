"""Queries about entries as they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session

from matcher.errors import EntryNotFound
from matcher.types import (
    OTHER_LANGUAGES,
    READ_LANGUAGES,
    UNKNOWN_LANGUAGE,
    EntryKind,
    EntryStatus,
    TimeWindow,
)
from matcher.types import Entry as EngineEntry
from models.records import Entry, EntryCpv, EntryRegion, EntryTag, EntryVersion, LegalHold, Organisation
from models.repositories import pages
from models.repositories.labels import CHUNK, Labels, load_labels
from models.repositories.pages import Page
from models.repositories.viewing import Viewer, sees_entry


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """An entry as it is shown: cleaned, personal data masked. ``is_held``: under a legal hold."""

    id: str
    kind: EntryKind
    title: str
    text: str
    language: str
    organisation_id: str | None
    organisation_name: str | None
    municipality: str | None
    cpv: tuple[str, ...]
    regions: tuple[str, ...]
    window: TimeWindow
    estimated_value: Decimal | None
    currency: str | None
    tags: tuple[str, ...]
    capacity: str | None
    status: EntryStatus
    source: str
    source_id: str
    version: int
    created_at: datetime
    updated_at: datetime
    is_held: bool

    def as_entry(self) -> EngineEntry:
        """Return the entry as the engine sees it."""
        return EngineEntry(
            id=self.id,
            kind=self.kind,
            text=self.text,
            title=self.title,
            language=self.language,
            organisation_id=self.organisation_id,
            municipality=self.municipality,
            cpv=self.cpv,
            regions=self.regions,
            window=self.window,
            estimated_value=self.estimated_value,
            currency=self.currency,
            tags=self.tags,
            status=self.status,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilters:
    """What listed entries must be; ``None`` asks for nothing, ``cpv`` and ``region`` are beginnings.

    Of ``kinds`` an entry is one, if any are named. ``words`` stand as they are in title or text.
    ``language`` may be ``other``: what a person must read.
    """

    kind: EntryKind | None = None
    kinds: tuple[EntryKind, ...] = ()
    status: EntryStatus | None = None
    organisation_id: str | None = None
    municipality: str | None = None
    region: str | None = None
    cpv: str | None = None
    language: str | None = None
    tag: str | None = None
    source: str | None = None
    window: TimeWindow | None = None
    changed_after: datetime | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView:
    """One state of an entry's content: what was sent beside what was shown."""

    number: int
    original_title: str
    original_text: str
    title: str
    text: str
    language: str
    created_at: datetime
    member_id: str | None


class EntryRepository:
    """Entries, as one viewer sees them."""

    def __init__(self, session: Session, viewer: Viewer) -> None:
        self._session = session
        self._viewer = viewer

    def get(self, entry_id: str) -> EntryView:
        """Return an entry, or raise ``EntryNotFound`` if there is none that the viewer sees."""
        found = self.get_many([entry_id])
        if entry_id not in found:
            raise EntryNotFound(entry_id)
        return found[entry_id]

    def get_record(self, entry_id: str) -> Entry:
        """Return an entry's record, to change it; or raise ``EntryNotFound``."""
        record = self._session.scalar(select(Entry).where(Entry.id == entry_id, sees_entry(self._viewer)))
        if record is None:
            raise EntryNotFound(entry_id)
        return record

    def get_many(self, entry_ids: Iterable[str]) -> dict[str, EntryView]:
        """Return entries by id; those that the viewer does not see are left out."""
        wanted = list(dict.fromkeys(entry_ids))
        found: dict[str, EntryView] = {}
        for start in range(0, len(wanted), CHUNK):
            query = self._query().where(Entry.id.in_(wanted[start : start + CHUNK]))
            found.update((view.id, view) for view in self._views(query))
        return {entry_id: found[entry_id] for entry_id in wanted if entry_id in found}

    def list_views(
        self, filters: EntryFilters, *, limit: int, after: Sequence[Any] | None
    ) -> Page[EntryView]:
        """Return a page of entries, newest first."""
        query = self._query().where(*conditions_of(filters))
        if after is not None:
            query = query.where(pages.below(Entry.created_at, Entry.id, than=pages.time_and_id(after)))
        query = query.order_by(Entry.created_at.desc(), Entry.id.desc()).limit(limit + 1)
        views, next_after = pages.cut(
            self._views(query), limit, position=lambda view: [view.created_at.isoformat(), view.id]
        )
        return Page(views, next_after)

    def list_ending(self, kind: EntryKind, *, first: date, last: date) -> list[EntryView]:
        """Return published entries of a kind whose last day lies between two days, the earliest first."""
        query = self._query().where(
            Entry.kind == kind,
            Entry.status == EntryStatus.PUBLISHED,
            Entry.ends_on >= first,
            Entry.ends_on <= last,
        )
        return self._views(query.order_by(Entry.ends_on, Entry.id))

    def list_versions(self, entry_id: str) -> list[VersionView]:
        """Return an entry's versions, the oldest first; whether the viewer may see originals is not asked."""
        query = select(EntryVersion).where(EntryVersion.entry_id == entry_id).order_by(EntryVersion.number)
        return [
            VersionView(
                number=row.number,
                original_title=row.original_title,
                original_text=row.original_text,
                title=row.title,
                text=row.text,
                language=row.language,
                created_at=row.created_at,
                member_id=row.member_id,
            )
            for row in self._session.scalars(query)
        ]

    def count_by_kind(self, *, status: EntryStatus) -> dict[EntryKind, int]:
        """Return the number of entries of each kind that the viewer sees."""
        query = select(Entry.kind, func.count()).where(Entry.status == status, sees_entry(self._viewer))
        counts = {kind: count for kind, count in self._session.execute(query.group_by(Entry.kind))}
        return {kind: counts.get(kind, 0) for kind in EntryKind}

    def _query(self) -> Select[Entry, str, bool]:
        held = exists().where(LegalHold.entry_id == Entry.id, LegalHold.lifted_at.is_(None))
        return (
            select(Entry, Organisation.name, held)
            .outerjoin(Organisation, Organisation.id == Entry.organisation_id)
            .where(sees_entry(self._viewer))
        )

    def _views(self, query: Select[Entry, str, bool]) -> list[EntryView]:
        rows = self._session.execute(query).all()
        labels = load_labels(self._session, [row[0].id for row in rows])
        return [
            _view(record, name, is_held=is_held, labels=labels.get(record.id, Labels()))
            for record, name, is_held in rows
        ]


def _view(record: Entry, organisation_name: str | None, *, is_held: bool, labels: Labels) -> EntryView:
    return EntryView(
        id=record.id,
        kind=record.kind,
        title=record.title,
        text=record.text,
        language=record.language,
        organisation_id=record.organisation_id,
        organisation_name=organisation_name,
        municipality=record.municipality,
        cpv=labels.cpv,
        regions=labels.regions,
        window=TimeWindow(starts_on=record.starts_on, ends_on=record.ends_on),
        estimated_value=record.estimated_value,
        currency=record.currency,
        tags=labels.tags,
        capacity=record.capacity,
        status=record.status,
        source=record.source,
        source_id=record.source_id,
        version=record.version,
        created_at=record.created_at,
        updated_at=record.updated_at,
        is_held=is_held,
    )


def conditions_of(filters: EntryFilters) -> list[ColumnElement[bool]]:
    """Return the conditions that entries meet the filters, whoever sees them."""
    equal = ("kind", "status", "organisation_id", "municipality", "source")
    wanted = [(name, getattr(filters, name)) for name in equal]
    conditions = [getattr(Entry, name) == value for name, value in wanted if value is not None]
    if filters.kinds:
        conditions.append(Entry.kind.in_(filters.kinds))
    if filters.language == OTHER_LANGUAGES:
        conditions.append(Entry.language.not_in(READ_LANGUAGES | {UNKNOWN_LANGUAGE}))
    elif filters.language is not None:
        conditions.append(Entry.language == filters.language)
    if filters.changed_after is not None:
        conditions.append(Entry.updated_at > filters.changed_after)
    if filters.cpv is not None:
        conditions.append(_labelled(EntryCpv, EntryCpv.code.startswith(filters.cpv, autoescape=True)))
    if filters.region is not None:
        conditions.append(
            _labelled(EntryRegion, EntryRegion.code.startswith(filters.region, autoescape=True))
        )
    if filters.words:
        conditions.append(_says(filters.words))
    if filters.tag is not None:
        conditions.append(_labelled(EntryTag, EntryTag.tag == filters.tag))
    return [*conditions, *_meets(filters.window or TimeWindow())]


def _says(words: str) -> ColumnElement[bool]:
    """Entries whose title or text has these words; SQLite alone knows no case beyond a to z."""
    spellings = {words, words.lower(), words.upper(), words.capitalize()}
    return or_(
        *(
            column.contains(spelling, autoescape=True)
            for spelling in sorted(spellings)
            for column in (Entry.title, Entry.text)
        )
    )


def _labelled(
    record: type[EntryCpv] | type[EntryRegion] | type[EntryTag], condition: ColumnElement[bool]
) -> ColumnElement[bool]:
    return Entry.id.in_(select(record.entry_id).where(condition))


def _meets(window: TimeWindow) -> list[ColumnElement[bool]]:
    """Entries whose window shares a day with this one; an open end meets everything."""
    conditions: list[ColumnElement[bool]] = []
    first, last = window.starts_on, window.ends_on
    if first is not None and first > date.min:
        conditions.append(Entry.ends_on.is_(None) | (Entry.ends_on >= first))
    if last is not None and last < date.max:
        conditions.append(Entry.starts_on.is_(None) | (Entry.starts_on <= last))
    return conditions
