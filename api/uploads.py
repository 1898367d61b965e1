"""Files that are sent: kept while they are read, and taken in."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Final

from fastapi import UploadFile
from sqlalchemy.orm import Session

from api.resources import Resources
from matcher.errors import Conflict, InvalidInput, StorageFull
from matcher.intake import ColumnMapping, Limits, Options, digest_file, read_rows
from matcher.services import importing, runs
from matcher.services.actor import SYSTEM, Actor
from matcher.services.importing import ImportReport
from matcher.types import EntryKind, RunKind

_COPY_BYTES: Final = 1 << 20
_MAX_NAME_CHARS: Final = 200


@contextmanager
def kept(upload: UploadFile) -> Iterator[Path]:
    """Keep a file that was sent under a path of its own, as long as it is read.

    Raises
    ------
    StorageFull
        If there is no room for it.
    """
    with TemporaryDirectory(prefix="matcher-upload-") as folder:
        path = Path(folder) / "upload"
        try:
            with path.open("wb") as target:
                shutil.copyfileobj(upload.file, target, _COPY_BYTES)
        except OSError as error:
            raise StorageFull(f"The file cannot be kept while it is read: {error.strerror}.") from error
        yield path


def file_name(upload: UploadFile) -> str:
    """Return the name of a file that was sent, without any folders, short enough to be shown."""
    name = PurePosixPath((upload.filename or "").replace("\\", "/")).name.replace("\0", "")
    return name[-_MAX_NAME_CHARS:] or "file"


def read_options(
    assets: Resources,
    upload: UploadFile,
    *,
    mapping: ColumnMapping,
    kind: EntryKind | None = None,
    source: str | None = None,
    takes_awards: bool = True,
) -> Options:
    """Say how a file that was sent is to be read."""
    settings = assets.settings
    return Options(
        kind=kind,
        source=source or None,
        name=file_name(upload),
        mapping=mapping,
        awards=takes_awards,
        codes=assets.codes,
        limits=Limits(max_file_bytes=settings.max_upload_bytes, max_field_chars=settings.max_field_chars),
    )


def read_mapping(session: Session, *, sent: str, saved: str, actor: Actor) -> ColumnMapping:
    """Return the mapping that was sent as JSON, or that is kept under a name; else an empty one.

    A plain object of column names and fields counts as the columns of a mapping.

    Raises
    ------
    InvalidInput
        If both are given, or what was sent is no mapping.
    NotFound
        If no mapping is kept under the name.
    """
    if sent.strip() and saved.strip():
        raise InvalidInput("A mapping is sent or named, not both.", field="mapping")
    if saved.strip():
        return ColumnMapping(columns=importing.get_mapping(session, saved.strip(), actor=actor).columns)
    if not sent.strip():
        return ColumnMapping()
    try:
        raw = json.loads(sent)
        is_plain = isinstance(raw, dict) and not {"columns", "defaults"} & set(raw)
        return ColumnMapping.from_json({"columns": raw} if is_plain else raw)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(
            "The mapping is no JSON.", field="mapping", remedy='Write it like {"Our column": "text"}.'
        ) from error
    except InvalidInput as error:
        raise InvalidInput(str(error), field="mapping", remedy=error.remedy) from error


def take_in(session: Session, upload: UploadFile, *, options: Options, actor: Actor) -> ImportReport:
    """Import a file that was sent, and ask for a full match if that changed anything.

    What was done is kept batch by batch, so that a file that was interrupted carries on.
    """
    with kept(upload) as path:
        report = importing.import_rows(
            session,
            read_rows(path, options),
            file_name=file_name(upload),
            file_digest=digest_file(path),
            options=options.as_json(),
            actor=actor,
            checkpoint=session.commit,
        )
    if report.created or report.updated:
        _match_soon(session)
    return report


def try_out(assets: Resources, upload: UploadFile, *, options: Options, actor: Actor) -> ImportReport:
    """Tell what would become of a file's rows; nothing is kept, and nobody waits for it."""
    with kept(upload) as path, assets.reading_sessions() as session:
        return importing.import_rows(
            session,
            read_rows(path, options),
            file_name=file_name(upload),
            file_digest=digest_file(path),
            options=options.as_json(),
            actor=actor,
            dry_run=True,
        )


def _match_soon(session: Session) -> None:
    try:
        runs.request(session, RunKind.MATCH, actor=SYSTEM)
    except Conflict:
        return  # one waits already
