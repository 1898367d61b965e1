"""Tables: where the header is, which delimiter cuts them, and their rows as drafts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

from matcher.errors import UnreadableFile
from matcher.intake.columns import MAX_COLUMNS, recognise, suggestion
from matcher.intake.delimited import DELIMITERS, Record, Records
from matcher.intake.drafting import Drafter
from matcher.intake.lines import open_lines, read_lines
from matcher.intake.mapping import ColumnMapping
from matcher.intake.options import NO_DELIMITER, Column, FileForm
from matcher.types import Fault, IntakeRow

_SAMPLE_ROWS: Final = 50
_SAMPLE_CHARS: Final = 4_000_000
_HEADER_ROWS: Final = 20
_MAX_NAME_CHARS: Final = 1_000
_HINT: Final = re.compile(r"sep=(.)\s*", re.IGNORECASE)


class Header(NamedTuple):
    """The row that names the columns."""

    number: int
    names: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def n_known(self) -> int:
        """Columns that fill a field."""
        return sum(column.field is not None for column in self.columns)


def find_header(records: Iterable[Record], mapping: ColumnMapping) -> Header | None:
    """Return the row that names most columns, the first of several; None if none names any.

    Sheets often begin with a title, or a row that groups columns.
    """
    headers = (
        Header(record.number, names, recognise(names, mapping))
        for record in islice(records, _HEADER_ROWS)
        if 0 < len(names := _names(record.cells)) <= MAX_COLUMNS
    )
    best = max(headers, key=lambda header: header.n_known, default=None)
    return best if best is not None and best.n_known else None


def no_text(path: Path, header: Header | None) -> UnreadableFile:
    """Return the error for a table in which no column holds the text."""
    remedy = "Call the column with the text of each entry text, or say in a mapping which it is."
    if header is None:
        return UnreadableFile(
            path, "no row names the columns.", remedy=f"Put a row of names above the others. {remedy}"
        )
    names = enumerate(header.names)
    like = ((at, near) for at, name in names if (near := suggestion(name, ("text",))))
    at, near = next(like, (0, None))
    if near:
        remedy = f'Did you mean "{near}" in column {at + 1}? {remedy}'
    return UnreadableFile(
        path, "no column is known to hold the text.", remedy=remedy, columns=tuple(header.names)
    )


def find_delimiter(path: Path, encoding: str, mapping: ColumnMapping) -> tuple[str, list[Record]]:
    """Find out what cuts the cells of a text file; also returns its first records.

    The delimiter is the one with which most columns are known; else with which most rows are as wide as the
    first.
    """
    with open_lines(path, encoding) as (text, _):
        lines = list(_first_lines(text))
    hint = _HINT.fullmatch(lines[0]) if lines else None
    lines = lines[1:] if hint else lines
    told = mapping.delimiter or (hint[1] if hint else None)
    samples = {
        delimiter: list(islice(Records(lines, delimiter), _SAMPLE_ROWS))
        for delimiter in ([told] if told else DELIMITERS)
    }
    best = max(samples, key=lambda delimiter: _fit(samples[delimiter], mapping))
    header = find_header(samples[best], mapping)
    if told is None and (header is None or len(header.names) < 2):
        best, samples = NO_DELIMITER, {NO_DELIMITER: list(Records(lines, NO_DELIMITER))}
    return best, samples[best]


def without_hint(text: IO[str]) -> Iterator[str]:
    """Yield the lines of a text; a first line such as ``sep=;`` is meant for spreadsheet programs."""
    lines = read_lines(text)
    first = next(lines, "")
    if not _HINT.fullmatch(first):
        yield first
    yield from lines


def table_rows(records: Iterable[Record], form: FileForm, drafter: Drafter) -> Iterator[IntakeRow]:
    """Yield what becomes of the rows below the header; rows without any content are passed over."""
    width = len(form.columns)
    for record in records:
        if record.number <= form.header_row:
            continue
        cells = record.cells
        if record.message:
            yield _unreadable(record, form.columns)
        elif not any(cell not in ("", None) and not str(cell).isspace() for cell in cells):
            continue
        elif len(cells) < width or _has_more(cells, width):
            yield _ragged(record, width)
        else:
            yield drafter.draft(record.number, form.columns, cells)


def _first_lines(text: IO[str]) -> Iterator[str]:
    room = _SAMPLE_CHARS
    for line in islice(read_lines(text), 4 * _SAMPLE_ROWS):
        room -= len(line)
        if room < 0:
            return
        yield line


def _names(cells: Sequence[Any]) -> tuple[str, ...]:
    # A long cell is no name; folding megabytes to compare them with names would take seconds.
    names = [str(cell)[:_MAX_NAME_CHARS].strip() if cell is not None else "" for cell in cells]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def _fit(records: Sequence[Record], mapping: ColumnMapping) -> tuple[int, float, int]:
    header = find_header(records, mapping)
    width = len(header.names) if header else max((len(record.cells) for record in records[:1]), default=0)
    below = [record for record in records if header is None or record.number > header.number]
    alike = sum(len(record.cells) == width for record in below) / len(below) if below and width > 1 else 0.0
    return header.n_known if header else 0, alike, width


def _has_more(cells: Sequence[Any], width: int) -> bool:
    return any(str(cell).strip() for cell in cells[width:] if cell is not None)


def _ragged(record: Record, width: int) -> IntakeRow:
    fault = Fault(
        row=record.number,
        field="",
        message=f"The row has {len(record.cells)} cells, the header has {width}.",
        remedy="Add or remove cells; put a cell that holds the separator or a line break in quotation marks.",
    )
    return IntakeRow(number=record.number, faults=(fault,))


def _unreadable(record: Record, columns: Sequence[Column]) -> IntakeRow:
    field = columns[record.at].name if record.at is not None and record.at < len(columns) else ""
    fault = Fault(row=record.number, field=field, message=record.message, remedy=record.remedy)
    return IntakeRow(number=record.number, faults=(fault,))
