"""Importing: rows of a file become entries, once, however often and after whatever interruption."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final

from sqlalchemy.orm import Session

from matcher.errors import Conflict, InvalidInput, NotAllowed
from matcher.services.actor import EVERYBODY, STAFF, Actor
from matcher.services.import_batch import BATCH, Batch, BatchResult, Owners
from matcher.types import Fault, IntakeRow
from models.records import Import, utc_now
from models.repositories.audit import AuditRepository
from models.repositories.imports import (
    MAX_SHOWN_FAULTS,
    ImportReport,
    ImportRepository,
    MappingRepository,
    MappingView,
)
from models.repositories.pages import Page

__all__ = [
    "ImportReport",
    "MappingView",
    "get_import",
    "get_mapping",
    "import_rows",
    "list_faults",
    "list_imports",
    "list_mappings",
    "remove_mapping",
    "save_mapping",
]

_RUNNING: Final = "running"
_DONE: Final = "done"
_TRIAL: Final = "trial"


def import_rows(
    session: Session,
    rows: Iterable[IntakeRow],
    *,
    file_name: str,
    file_digest: str,
    options: Mapping[str, Any] | None = None,
    actor: Actor,
    organisation_id: str | None = None,
    dry_run: bool = False,
    create_organisations: bool = False,
    checkpoint: Callable[[], None] | None = None,
    progress: Callable[[int], None] | None = None,
    on_fault: Callable[[Fault], None] | None = None,
) -> ImportReport:
    """Take in the rows of a file: new ones become entries, changed ones versions, wrong ones are reported.

    Parameters
    ----------
    session
        An open session.
    rows
        What the intake read, in the same order each time.
    file_name, file_digest
        The file's name as it is shown, and the SHA-256 of its bytes. A file that was interrupted carries on
        after the last batch that was kept.
    options
        How it is read (mapping, kind, source), so that it carries on only what was read alike.
    actor
        Who imports. A member imports into its own organisation; the program into whichever the rows name.
    organisation_id
        Organisation of rows that name none, and within which their ids are unique; by default the actor's.
    dry_run
        Only tell what would happen.
    create_organisations
        Register organisations that rows name and nobody knows; for the program alone. Otherwise such rows
        come in without one.
    checkpoint
        Called after each batch; pass ``session.commit`` to make what was done so far last.
    progress
        Called with the number of rows done since the last call.
    on_fault
        Called with everything that is wrong, as it is found; the report shows the first 1 000.

    Raises
    ------
    NotAllowed
        If the actor may not import there.
    Conflict
        If another program carries on the same import; its rows are not taken in twice.
    """
    scope = organisation_id or actor.organisation_id
    _check_rights(actor, scope, create_organisations=create_organisations)
    owners = Owners(session, actor, scope, creates=create_organisations and not dry_run)
    task = _task_digest(file_digest, scope, options, create_organisations)
    record = None
    if not dry_run:
        record = _begin(session, actor, scope, task, file_name, file_digest, options)
    batch = Batch(session, actor, scope, owners, import_id=None if record is None else record.id)
    sink = _Sink(record=record, imports=ImportRepository(session, actor), on_fault=on_fault)
    iterator = iter(rows)
    if record is not None and record.n_read:
        _skip(iterator, record.n_read, progress)
    while part := list(islice(iterator, BATCH)):
        sink.check_alone()
        sink.take(batch.take(part), n_rows=len(part))
        session.flush()
        if checkpoint is not None:
            checkpoint()
        if progress is not None:
            progress(len(part))
    if record is None:
        return sink.trial(file_name)
    return _finish(session, record, actor)


def list_imports(
    session: Session, *, actor: Actor, limit: int = 50, after: Sequence[Any] | None = None
) -> Page[ImportReport]:
    """Return a page of the imports into the actor's organisation, newest first."""
    return ImportRepository(session, actor).list_reports(limit=limit, after=after)


def get_import(session: Session, import_id: str, *, actor: Actor) -> ImportReport:
    """Return what became of a file.

    Raises
    ------
    ImportNotFound
        If there is no such import into the actor's organisation.
    """
    imports = ImportRepository(session, actor)
    return imports.report(imports.get(import_id))


def list_faults(
    session: Session,
    import_id: str,
    *,
    actor: Actor,
    limit: int = 200,
    after: Sequence[Any] | None = None,
) -> Page[Fault]:
    """Return a page of what was wrong with a file, in its order.

    Raises
    ------
    ImportNotFound
        If there is no such import into the actor's organisation.
    """
    imports = ImportRepository(session, actor)
    return imports.list_faults(imports.get(import_id).id, limit=limit, after=after)


def save_mapping(session: Session, name: str, columns: Mapping[str, str], *, actor: Actor) -> MappingView:
    """Keep under a name which column of an odd file is which field, in place of what was kept there.

    Raises
    ------
    NotAllowed, InvalidInput
        If the actor is no staff, or the name is empty or too long.
    """
    actor.require(STAFF, organisation_id=actor.organisation_id)
    tidy = " ".join(name.split())
    if not 0 < len(tidy) <= 200 or not columns:
        raise InvalidInput("A mapping has a name and at least one column.", field="name")
    saved = MappingRepository(session, actor.organisation_id).save(tidy, dict(columns))
    AuditRepository(session).add("mapping.saved", saved.id, by=actor, n_columns=len(columns))
    return saved


def list_mappings(session: Session, *, actor: Actor) -> list[MappingView]:
    """Return the mappings that the actor's organisation keeps, by name."""
    return MappingRepository(session, actor.organisation_id).list_views()


def get_mapping(session: Session, name: str, *, actor: Actor) -> MappingView:
    """Return the mapping that is kept under a name.

    Raises
    ------
    NotFound
        If there is none.
    """
    return MappingRepository(session, actor.organisation_id).get(name)


def remove_mapping(session: Session, name: str, *, actor: Actor) -> None:
    """Remove a mapping.

    Raises
    ------
    NotAllowed, NotFound
        If the actor is no staff, or there is none.
    """
    actor.require(STAFF, organisation_id=actor.organisation_id)
    mappings = MappingRepository(session, actor.organisation_id)
    removed = mappings.get(name)
    mappings.remove(name)
    AuditRepository(session).add("mapping.removed", removed.id, by=actor)


@dataclass(slots=True)
class _Sink:
    """Counts what became of the rows; faults are kept with the import, or in a trial the first of them."""

    record: Import | None
    imports: ImportRepository
    on_fault: Callable[[Fault], None] | None
    started_at: datetime = field(default_factory=utc_now)
    total: BatchResult = field(default_factory=BatchResult)
    n_read: int = 0
    n_faults: int = 0

    def take(self, result: BatchResult, *, n_rows: int) -> None:
        """Count a batch."""
        self.n_faults += len(result.faults)
        for fault in result.faults if self.on_fault is not None else ():
            self.on_fault(fault)  # type: ignore[misc]
        if self.record is not None:
            self.imports.add_faults(self.record.id, result.faults)
            self._count(self.record, result, n_rows)
            return
        self.n_read += n_rows
        room = MAX_SHOWN_FAULTS - len(self.total.faults)
        self.total.add(result, room=max(room, 0))

    def check_alone(self) -> None:
        """Refuse to go on with an import that another program went on with since the last commit."""
        if self.record is None:
            return
        expected = self.record.n_read
        if not self.imports.stands_at(self.record.id, n_read=expected, status=_RUNNING):
            raise Conflict(
                "Another program imports the same file.",
                remedy="Wait until it has finished, then import the file again; nothing comes in twice.",
            )

    def trial(self, file_name: str) -> ImportReport:
        """Return what would happen."""
        return ImportReport(
            id=None,
            file_name=file_name,
            dry_run=True,
            status=_TRIAL,
            read=self.n_read,
            created=self.total.created,
            updated=self.total.updated,
            unchanged=self.total.unchanged,
            failed=self.total.failed,
            faults=tuple(self.total.faults),
            n_faults=self.n_faults,
            created_at=self.started_at,
            finished_at=utc_now(),
        )

    @staticmethod
    def _count(record: Import, result: BatchResult, n_rows: int) -> None:
        record.n_read += n_rows
        record.n_created += result.created
        record.n_updated += result.updated
        record.n_unchanged += result.unchanged
        record.n_failed += result.failed


def _check_rights(actor: Actor, scope: str | None, *, create_organisations: bool) -> None:
    actor.require(EVERYBODY, organisation_id=scope)
    if create_organisations and not actor.is_system:
        raise NotAllowed("Organisations are registered by administrators, not by an import.")


def _begin(
    session: Session,
    actor: Actor,
    scope: str | None,
    task: str,
    file_name: str,
    file_digest: str,
    options: Mapping[str, Any] | None,
) -> Import:
    imports = ImportRepository(session, actor)
    interrupted = imports.find_interrupted(task)
    if interrupted is not None:
        return interrupted
    return imports.add(
        Import(
            organisation_id=scope,
            member_id=actor.member_id,
            file_name=file_name[-300:],
            file_digest=file_digest,
            task_digest=task,
            mapping=dict(options or {}),
            status=_RUNNING,
            n_read=0,
            n_created=0,
            n_updated=0,
            n_unchanged=0,
            n_failed=0,
        )
    )


def _skip(rows: Iterable[IntakeRow], count: int, progress: Callable[[int], None] | None) -> None:
    skipped = sum(1 for _ in islice(rows, count))
    if progress is not None:
        progress(skipped)


def _finish(session: Session, record: Import, actor: Actor) -> ImportReport:
    record.status, record.finished_at = _DONE, utc_now()
    AuditRepository(session).add(
        "import.finished",
        record.id,
        by=actor,
        organisation_id=record.organisation_id,
        created=record.n_created,
        updated=record.n_updated,
        unchanged=record.n_unchanged,
        failed=record.n_failed,
    )
    session.flush()
    return ImportRepository(session, actor).report(record)


def _task_digest(
    file_digest: str, scope: str | None, options: Mapping[str, Any] | None, creates: bool
) -> str:
    task = [file_digest, scope, dict(options or {}), creates]
    return hashlib.sha256(json.dumps(task, sort_keys=True, default=str).encode()).hexdigest()
