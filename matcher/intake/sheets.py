"""Spreadsheets: XLSX, and the older XLS and ODS, through calamine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from matcher.errors import FileTooLarge, UnreadableFile
from matcher.intake.delimited import Record
from matcher.intake.options import Limits
from matcher.intake.unpacking import check_packed

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

_MAGIC: Final = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_MAX_OLD_BYTES: Final = 100_000_000


def is_spreadsheet(path: Path) -> bool:
    """Whether a file is packed, or one of the older binary kind."""
    with path.open("rb") as stream:
        return stream.read(8).startswith(_MAGIC)


class Sheet:
    """One sheet of a workbook, held in memory.

    Parameters
    ----------
    path
        A spreadsheet.
    name
        Name of the sheet; by default the first that is not empty.
    limits
        How much it may unpack to.

    Raises
    ------
    UnreadableFile
        If it cannot be read, is protected, too large, or has no such sheet.
    """

    def __init__(self, path: Path, name: str | None, limits: Limits) -> None:
        from python_calamine import CalamineError, CalamineWorkbook

        if _is_packed(path):
            check_packed(path, limits)
        elif path.stat().st_size > _MAX_OLD_BYTES:
            raise FileTooLarge(path, "it is too large for this old format.", remedy="Save it as XLSX or CSV.")
        try:
            with CalamineWorkbook.from_path(str(path)) as workbook:
                self._sheet = self._find(path, workbook, name)
        except (CalamineError, OSError, ValueError) as error:
            remedy = (
                "Open it in a spreadsheet program, save it as XLSX without a password, and choose that file."
            )
            raise UnreadableFile(path, "it is damaged or protected.", remedy=remedy) from error
        self.name = self._sheet.name

    @staticmethod
    def _find(path: Path, workbook: CalamineWorkbook, name: str | None) -> CalamineSheet:
        if name is None:
            sheets = (workbook.get_sheet_by_name(each) for each in workbook.sheet_names)
            found = next((sheet for sheet in sheets if sheet.start is not None), None)
            if found is None:
                raise UnreadableFile(path, "every sheet is empty.", remedy="Choose a file with rows in it.")
            return found
        if name not in workbook.sheet_names:
            remedy = "Correct the name of the sheet in the mapping, or leave it out to take the first sheet."
            raise UnreadableFile(path, "it has no sheet of that name.", remedy=remedy)
        return workbook.get_sheet_by_name(name)

    @property
    def n_rows(self) -> int:
        """Rows down to the last that is not empty."""
        return self._sheet.total_height

    def records(self) -> Iterator[Record]:
        """Yield the rows from the first on, with the numbers that the spreadsheet program shows."""
        for number, cells in enumerate(self._sheet.iter_rows(), start=1):
            yield Record(number, _typed(cells))


def _is_packed(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(2) == _MAGIC[0][:2]


def _typed(cells: list[Any]) -> list[Any]:
    """Return numbers that are whole as whole ones: a spreadsheet has no others."""
    return [int(cell) if isinstance(cell, float) and cell.is_integer() else cell for cell in cells]
