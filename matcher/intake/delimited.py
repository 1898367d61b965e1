"""CSV: records of cells, read as a stream, that lose no good row to a bad one.

The standard reader takes a quotation mark that is never closed as the beginning of a cell that holds the rest
of the file. Here such a row is reported and reading goes on with the next line.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from matcher.intake.lines import CutLine

MAX_OPEN_CHARS: Final = 1_000_000
"""Length of a cell over several lines at which it is asked: a long text, or a lost quotation mark?"""

DELIMITERS: Final = ";,\t|"
_CLOSE_QUOTE: Final = "Close the quotation mark, and double each one inside a cell."


@dataclass(frozen=True, slots=True)
class Record:
    """A row as it stands in the file: its number as a spreadsheet counts, and its cells.

    A row that cannot be read has a message and a remedy instead, and the index of the cell if it is known.
    """

    number: int
    cells: Sequence[Any] = ()
    message: str = ""
    remedy: str = ""
    at: int | None = None


class _Misquoted(Exception):
    """A quotation mark inside a cell is not doubled, or the one before the cell's end is missing."""


class _Cells:
    """The cells of one record, fed line by line."""

    def __init__(self, delimiter: str) -> None:
        self.cells: list[str] = []
        self._delimiter = delimiter
        self._parts: list[str] | None = None

    def feed(self, line: str) -> bool:
        """Take in a line; whether the record ends with it."""
        end = len(line.rstrip("\r\n"))
        at = 0
        while True:
            if self._parts is None:
                at, ends = self._start(line, at, end)
                if ends:
                    return True
                continue
            mark = line.find('"', at)
            if mark < 0:
                self._parts.append(line[at:])
                return False
            if line[mark + 1 : mark + 2] == '"':
                self._parts.append(line[at : mark + 1])
                at = mark + 2
                continue
            self._parts.append(line[at:mark])
            at = self._skip_spaces(line, mark + 1, end)
            self.cells.append("".join(self._parts))
            self._parts = None
            if at >= end:
                return True
            if line[at] != self._delimiter:
                raise _Misquoted
            at += 1

    def forget(self) -> None:
        """Let go of the text of the cell that is open."""
        if self._parts is not None:
            self._parts.clear()

    def _start(self, line: str, at: int, end: int) -> tuple[int, bool]:
        """Begin a quoted cell, or take a plain one; where to go on, and whether the record is over."""
        first = self._skip_spaces(line, at, end)
        if first < end and line[first] == '"':
            self._parts = []
            return first + 1, False
        stop = line.find(self._delimiter, at, end)
        self.cells.append(line[at : stop if stop >= 0 else end])
        return stop + 1, stop < 0

    @staticmethod
    def _skip_spaces(line: str, at: int, end: int) -> int:
        while at < end and line[at] == " ":
            at += 1
        return at


class Records:
    """Iterates over the records of a CSV file.

    Parameters
    ----------
    lines
        Lines with their ends, such as ``read_lines`` yields.
    delimiter
        One character.
    """

    def __init__(self, lines: Iterable[str], delimiter: str) -> None:
        self._lines = iter(lines)
        self._held: deque[str] = deque()
        self._delimiter = delimiter
        self._width = 0

    def __iter__(self) -> Iterator[Record]:
        number = 0
        while (line := self._next()) is not None:
            number += 1
            if '"' not in line and not isinstance(line, CutLine):
                cells = line.rstrip("\r\n").split(self._delimiter)
                record = Record(number, cells)
            else:
                record = self._quoted(number, line)
            self._width = self._width or len(record.cells)
            yield record

    def _next(self) -> str | None:
        return self._held.popleft() if self._held else next(self._lines, None)

    def _quoted(self, number: int, first: str) -> Record:
        cells = _Cells(self._delimiter)
        taken: list[str] = []
        n_chars = 0
        line: str | None = first
        while line is not None:
            try:
                ends = cells.feed(line)
            except _Misquoted:
                return self._misquoted(number, taken, line)
            if isinstance(line, CutLine):
                return _too_long(number, len(cells.cells) - ends)
            if ends:
                return Record(number, cells.cells)
            taken.append(line)
            n_chars += len(line)
            if n_chars > MAX_OPEN_CHARS:
                if self._look_like_rows(taken[1:]):
                    break
                return self._skip_cell(number, cells)
            line = self._next()
        self._held.extendleft(reversed(taken[1:]))
        return Record(
            number, (), "A quotation mark opens and is never closed.", _CLOSE_QUOTE, len(cells.cells)
        )

    def _misquoted(self, number: int, taken: list[str], line: str) -> Record:
        self._held.extendleft(reversed([*taken, line][1:]))
        message = "A quotation mark inside a cell is not doubled."
        if taken:
            message = "A quotation mark opens and is not closed before the next row."
        return Record(number, (), message, _CLOSE_QUOTE)

    def _look_like_rows(self, lines: Sequence[str]) -> bool:
        """Whether most lines would be rows of their own."""
        alike = sum(line.count(self._delimiter) + 1 == self._width for line in lines)
        return alike > len(lines) / 2

    def _skip_cell(self, number: int, cells: _Cells) -> Record:
        """Read to the end of a record that is too long, and forget it."""
        at = len(cells.cells)
        while (line := self._next()) is not None:
            try:
                if cells.feed(line):
                    break
            except _Misquoted:
                break
            cells.forget()
        return _too_long(number, at)


def _too_long(number: int, at: int) -> Record:
    message = "This cell is too long to be read."
    return Record(number, (), message, "Shorten it, or split it into several rows.", at)
