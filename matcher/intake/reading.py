"""Reads the rows of a file of any kind that is known, as drafts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from matcher.intake.columns import recognise
from matcher.intake.delimited import Records
from matcher.intake.drafting import Drafter
from matcher.intake.forms import Opened, explained, look
from matcher.intake.lines import open_lines
from matcher.intake.notices import read_notice
from matcher.intake.options import NO_DELIMITER, Column, FileForm, Format, Options, Progress, Shape
from matcher.intake.records import JsonRecord, read_array, read_json_lines
from matcher.intake.releases import read_release
from matcher.intake.tables import table_rows, without_hint
from matcher.types import EntryDraft, Fault, IntakeRow

_EVERY: Final = 200
"""Rows between two calls of ``progress``."""

_MAX_KEPT_SHAPES: Final = 256
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


def read_rows(
    path: Path | str, options: Options | None = None, *, progress: Progress | None = None
) -> Iterator[IntakeRow]:
    """Read a file as drafts, in its order; a wrong row comes with its faults in place of a draft.

    Text files are read as a stream. A notice or release makes several drafts under one row number. Of the
    releases of one process in a file the newest is taken. Nothing is stored: a dry run is the same reading.

    Parameters
    ----------
    path
        CSV, XLSX, XLS, ODS, JSON Lines or JSON.
    options
        Kind, source, mapping, code book and limits.
    progress
        Called with rows and bytes done; at the end with all bytes.

    Raises
    ------
    UnreadableFile
        At the first row, if the file as a whole cannot be read; see ``sniff``.
    """
    path, options = Path(path), options or Options()
    opened = look(path, options)
    newest = _newest(path, opened, options) if opened.form.shape is Shape.OCDS else None
    for at, row in enumerate(_rows(path, opened, options, progress)):
        if newest is None or row.draft is None or newest[_key(row.draft)].at == at:
            yield row


def digest_file(path: Path | str) -> str:
    """Return the SHA-256 of a file's bytes (64 hexadecimal digits).

    Raises
    ------
    UnreadableFile
        If it is missing or may not be read.
    """
    path = Path(path)
    with explained(path), path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _rows(path: Path, opened: Opened, options: Options, progress: Progress | None) -> Iterator[IntakeRow]:
    form, sheet = opened.form, opened.sheet
    drafter = Drafter(options, source=form.source, kind=form.kind)
    count = 0
    if sheet is not None:
        for count, row in enumerate(table_rows(sheet.records(), form, drafter), start=1):
            yield row
            if progress is not None and count % _EVERY == 0:
                progress(count, form.n_bytes * row.number // max(sheet.n_rows, row.number))
    else:
        with explained(path), open_lines(path, form.encoding or "utf-8") as (text, raw):
            if form.format is Format.CSV:
                lines = without_hint(text)
                rows = table_rows(Records(lines, form.delimiter or NO_DELIMITER), form, drafter)
            elif form.format is Format.JSON:
                rows = _record_rows(read_array(text, form.prefix or ""), form, drafter, options)
            else:
                rows = _record_rows(read_json_lines(text), form, drafter, options)
            for count, row in enumerate(rows, start=1):
                yield row
                if progress is not None and count % _EVERY == 0:
                    progress(count, min(raw.tell(), form.n_bytes))
    if progress is not None:
        progress(count, form.n_bytes)


def _record_rows(
    records: Iterable[JsonRecord], form: FileForm, drafter: Drafter, options: Options
) -> Iterator[IntakeRow]:
    @lru_cache(_MAX_KEPT_SHAPES)
    def columns_of(names: tuple[str, ...]) -> tuple[Column, ...]:
        return recognise(names, options.mapping)

    for number, record, message, remedy in records:
        if record is None:
            yield IntakeRow(
                number=number, faults=(Fault(row=number, field="", message=message, remedy=remedy),)
            )
        elif form.shape is Shape.TED:
            yield from read_notice(number, record, options)
        elif form.shape is Shape.OCDS:
            yield from read_release(number, record, options)
        else:
            yield drafter.draft(number, columns_of(tuple(record)), list(record.values()))


class _Place(NamedTuple):
    """When a release was published, and which row of the file it makes."""

    created_at: datetime
    at: int


def _newest(path: Path, opened: Opened, options: Options) -> dict[bytes, _Place]:
    """Read the file once to find the newest release of each process (and award)."""
    newest: dict[bytes, _Place] = {}
    for at, row in enumerate(_rows(path, opened, options, None)):
        if row.draft is not None:
            key, place = _key(row.draft), _Place(row.draft.created_at or _LONG_AGO, at)
            newest[key] = max(newest.get(key, place), place)
    return newest


def _key(draft: EntryDraft) -> bytes:
    return hashlib.blake2b(draft.source_id.encode("utf-8", "replace"), digest_size=12).digest()
