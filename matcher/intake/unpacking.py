"""A look into a packed spreadsheet before it is opened: would it unpack to more than memory should hold.

The reader below aborts the whole process when memory runs out, so what a file asks for is added up first:
bytes unpacked, area from the first to the last cell, and text that many cells share.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matcher.errors import FileTooLarge, UnreadableFile
from matcher.intake.options import Limits

IntArray = NDArray[np.int64]
_CHUNK: Final = 1 << 20
_ROW: Final = re.compile(rb"<(?:\w+:)?row\b[^<>]*?\sr\s*=\s*[\"'](\d{1,9})")
# Cells without content ("/>") are kept out: whole columns may be formatted.
_CELL: Final = re.compile(
    rb"<(?:\w+:)?c\b[^<>]*?\sr\s*=\s*[\"']([A-Za-z]{1,4})(\d{1,9})[\"'](?:[^<>]*[^<>/])?>"
)
# A cell that is of no other type may use a shared string, by its number.
_SHARED: Final = re.compile(
    rb"<(?:\w+:)?c\b[^<>]*?\st\s*=\s*[\"'](?!(?:n|b|d|e|str|inlineStr)[\"'])[^<>]*>\s*"
    rb"(?:<(?:\w+:)?f\b[^<>]*>[^<>]*</[^<>]*>\s*)?<(?:\w+:)?v\b[^<>]*>\s*(\d{1,8})(?!\d)"
)
_MAX_STRINGS: Final = 67_000_000
"""More shared strings than fit into any file that is let in."""

_STRING: Final = re.compile(rb"<(?:\w+:)?si[\s>/]")
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")
_KINDS: Final = frozenset({"xl/workbook.xml", "content.xml"})
_REMEDY: Final = "Split the sheet into smaller files, or save it as CSV; CSV files may be large."


def check_packed(path: Path, limits: Limits) -> None:
    """Refuse a packed spreadsheet (XLSX, ODS) that unpacks to more than the limits.

    Raises
    ------
    FileTooLarge, UnreadableFile
        If it is too large, damaged, or no spreadsheet.
    """
    try:
        with zipfile.ZipFile(path) as packed:
            if not _KINDS.intersection(packed.namelist()):
                remedy = "Unpack it and choose the file in it, or save it as XLSX."
                raise UnreadableFile(path, "it is packed, but no spreadsheet.", remedy=remedy)
            _check_parts(path, packed, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        remedy = "Open it in a spreadsheet program, save it anew without a password, and choose that file."
        raise UnreadableFile(path, "it is damaged or protected.", remedy=remedy) from error


def _check_parts(path: Path, packed: zipfile.ZipFile, limits: Limits) -> None:
    """Add up all parts: first what the file says of itself, then what comes out of it."""
    sizes = f"it unpacks to more than {limits.max_unpacked_bytes // 1_000_000} MB."
    if sum(part.file_size for part in packed.infolist()) > limits.max_unpacked_bytes:
        raise FileTooLarge(path, sizes, remedy=_REMEDY)
    n_bytes, uses, strings = 0, np.zeros(0, dtype=np.int64), []
    for part in packed.infolist():
        measured = _Part()
        for chunk in _chunks(packed, part):
            if chunk.startswith(_UTF16):
                raise UnreadableFile(path, "a part of it is not UTF-8.", remedy="Save it anew as XLSX.")
            measured.add(chunk)
            n_bytes += len(chunk)
            if n_bytes > limits.max_unpacked_bytes:
                raise FileTooLarge(path, sizes, remedy=_REMEDY)
        if measured.area > limits.max_cells:
            raise FileTooLarge(path, f"a sheet spans more than {limits.max_cells} cells.", remedy=_REMEDY)
        uses = _sum(uses, measured.uses)
        strings.append(measured.string_lengths())
    for lengths in strings:
        n_shared = min(len(lengths), len(uses))
        if int(lengths[:n_shared] @ uses[:n_shared]) > 2 * limits.max_unpacked_bytes:
            raise FileTooLarge(path, "its cells hold too much text.", remedy=_REMEDY)


class _Part:
    """What a part of a workbook asks for: its area from A1 on, and how long strings are used how often.

    Any part may be a sheet or the list of strings, whatever its name. ``uses`` counts the uses of each
    shared string, shape ``(highest number + 1,)``.
    """

    def __init__(self) -> None:
        self._n_rows = 0
        self._columns = {b"A"}
        self.uses: IntArray = np.zeros(0, dtype=np.int64)
        self._starts = array("Q")
        self._n_bytes = 0

    def add(self, chunk: bytes) -> None:
        """Take in a piece that ends between two elements."""
        cells = _CELL.findall(chunk)
        self._columns.update({letters.upper() for letters, _ in cells})
        rows = {row for _, row in cells}.union(_ROW.findall(chunk))
        self._n_rows = max(self._n_rows, *map(int, rows), 0)
        self.uses = _sum(self.uses, _count(_SHARED.findall(chunk)))
        self._starts.extend(self._n_bytes + found.start() for found in _STRING.finditer(chunk))
        self._n_bytes += len(chunk)

    @property
    def area(self) -> int:
        """Rows by columns."""
        return self._n_rows * max(map(_column_number, self._columns))

    def string_lengths(self) -> IntArray:
        """Bytes of each shared string, markup included."""
        starts = np.array(self._starts, dtype=np.int64)
        return np.append(starts[1:], self._n_bytes)[: len(starts)] - starts


def _count(values: list[bytes]) -> IntArray:
    """Count how often each number stands in the list: the count at its place."""
    numbers = np.array(values, dtype="S8").astype(np.int64)
    return np.bincount(numbers[numbers < _MAX_STRINGS])


def _sum(one: IntArray, other: IntArray) -> IntArray:
    if len(one) < len(other):
        one, other = other, one
    one[: len(other)] += other
    return one


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number


def _chunks(packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield a part in pieces that begin with an element, so that none is overlooked or counted twice."""
    rest = b""
    with packed.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            whole = rest + chunk
            cut = max(whole.rfind(b"<"), 0) or len(whole)
            yield whole[:cut]
            rest = whole[cut:]
    yield rest
