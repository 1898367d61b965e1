"""Queries about imports, what was wrong with their rows, and saved mappings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matcher.errors import ImportNotFound, NotFound
from matcher.types import Fault
from models.records import Import, ImportFault, SavedMapping
from models.repositories import pages
from models.repositories.labels import insert_rows
from models.repositories.pages import Page
from models.repositories.viewing import Viewer

MAX_SHOWN_FAULTS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of a file's rows.

    ``faults`` are the first 1 000 of ``n_faults``; a row counts once in ``failed`` however much is wrong
    with it. ``status``: running, done, or trial (nothing was kept, ``id`` is None).
    """

    id: str | None
    file_name: str
    dry_run: bool
    status: str
    read: int
    created: int
    updated: int
    unchanged: int
    failed: int
    faults: tuple[Fault, ...]
    n_faults: int
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingView:
    """Which column of an odd file is which field."""

    id: str
    name: str
    columns: dict[str, str]
    version: int


class ImportRepository:
    """Imports; a member sees those of its organisation."""

    def __init__(self, session: Session, viewer: Viewer) -> None:
        self._session = session
        self._viewer = viewer

    def add(self, record: Import) -> Import:
        """Add an import; its id is known afterwards."""
        self._session.add(record)
        self._session.flush()
        return record

    def get(self, import_id: str) -> Import:
        """Return an import, or raise ``ImportNotFound``."""
        record = self._session.get(Import, import_id)
        is_own = record is not None and record.organisation_id == self._viewer.organisation_id
        if record is None or not (is_own or self._viewer.is_system):
            raise ImportNotFound(import_id)
        return record

    def find_interrupted(self, task_digest: str) -> Import | None:
        """Return the import of the same file in the same way that was not finished, if there is one."""
        query = select(Import).where(Import.task_digest == task_digest, Import.status == "running")
        return self._session.scalar(query.order_by(Import.created_at.desc(), Import.id).limit(1))

    def stands_at(self, import_id: str, *, n_read: int, status: str) -> bool:
        """Whether an import, as it is stored, has read so many rows and has this status."""
        self._session.flush()
        stored = select(Import.n_read, Import.status).where(Import.id == import_id)
        return tuple(self._session.execute(stored).one()) == (n_read, status)

    def add_faults(self, import_id: str, faults: Iterable[Fault]) -> None:
        """Keep what is wrong."""
        rows = [
            {
                "import_id": import_id,
                "row": fault.row,
                "field": fault.field[:200],
                "message": fault.message,
                "remedy": fault.remedy,
            }
            for fault in faults
        ]
        insert_rows(self._session, ImportFault, rows)

    def list_faults(self, import_id: str, *, limit: int, after: Sequence[Any] | None) -> Page[Fault]:
        """Return a page of what was wrong, in the order of the file."""
        query = select(ImportFault).where(ImportFault.import_id == import_id)
        if after is not None:
            query = query.where(ImportFault.id > pages.parts(after, int)[0])
        query = query.order_by(ImportFault.id).limit(limit + 1)
        rows, next_after = pages.cut(self._session.scalars(query).all(), limit, position=lambda row: [row.id])
        return Page([_fault(row) for row in rows], next_after)

    def report(self, record: Import) -> ImportReport:
        """Return an import as it is shown."""
        count = select(func.count()).select_from(ImportFault).where(ImportFault.import_id == record.id)
        return ImportReport(
            id=record.id,
            file_name=record.file_name,
            dry_run=False,
            status=record.status,
            read=record.n_read,
            created=record.n_created,
            updated=record.n_updated,
            unchanged=record.n_unchanged,
            failed=record.n_failed,
            faults=tuple(self.list_faults(record.id, limit=MAX_SHOWN_FAULTS, after=None).items),
            n_faults=self._session.scalar(count) or 0,
            created_at=record.created_at,
            finished_at=record.finished_at,
        )

    def list_reports(self, *, limit: int, after: Sequence[Any] | None) -> Page[ImportReport]:
        """Return a page of imports, newest first."""
        query = select(Import).order_by(Import.created_at.desc(), Import.id.desc()).limit(limit + 1)
        if not self._viewer.is_system:
            query = query.where(Import.organisation_id == self._viewer.organisation_id)
        if after is not None:
            query = query.where(pages.below(Import.created_at, Import.id, than=pages.time_and_id(after)))
        rows, next_after = pages.cut(
            self._session.scalars(query).all(),
            limit,
            position=pages.of_record,
        )
        return Page([self.report(row) for row in rows], next_after)


class MappingRepository:
    """Saved mappings of an organisation, by name."""

    def __init__(self, session: Session, organisation_id: str | None) -> None:
        self._session = session
        self._organisation_id = organisation_id

    def save(self, name: str, columns: dict[str, str]) -> MappingView:
        """Keep a mapping under a name, in place of what was kept there."""
        record = self._find(name)
        if record is None:
            record = SavedMapping(organisation_id=self._organisation_id, name=name, columns=columns)
            self._session.add(record)
        else:
            record.columns = columns
        self._session.flush()
        return _mapping(record)

    def get(self, name: str) -> MappingView:
        """Return the mapping with this name, or raise ``NotFound``."""
        return _mapping(self._get(name))

    def remove(self, name: str) -> None:
        """Remove the mapping with this name, or raise ``NotFound``."""
        self._session.delete(self._get(name))
        self._session.flush()

    def list_views(self) -> list[MappingView]:
        """Return the mappings, by name."""
        query = select(SavedMapping).where(SavedMapping.organisation_id == self._organisation_id)
        return [_mapping(row) for row in self._session.scalars(query.order_by(SavedMapping.name))]

    def _find(self, name: str) -> SavedMapping | None:
        return self._session.scalar(
            select(SavedMapping).where(
                SavedMapping.organisation_id == self._organisation_id, SavedMapping.name == name
            )
        )

    def _get(self, name: str) -> SavedMapping:
        record = self._find(name)
        if record is None:
            raise NotFound(name)
        return record


def _fault(row: ImportFault) -> Fault:
    return Fault(row=row.row, field=row.field, message=row.message, remedy=row.remedy)


def _mapping(record: SavedMapping) -> MappingView:
    return MappingView(id=record.id, name=record.name, columns=dict(record.columns), version=record.version)
