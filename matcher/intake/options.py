"""What a reader is told, and what it finds out about a file."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol

from matcher.errors import InvalidInput
from matcher.intake.mapping import ColumnMapping
from matcher.types import EntryKind, Fault

Progress = Callable[[int, int], None]
"""Called now and then with the rows and the bytes of the file that were read so far."""


class Codes(Protocol):
    """Checks codes and returns their usual form, or raises ``InvalidInput`` with a remedy.

    ``matcher.procurement.CodeBook`` is the real one.
    """

    def cpv(self, raw: str, /) -> str:
        """Return eight digits."""
        ...

    def municipality(self, raw: str, /) -> str:
        """Return a municipality's four digits."""
        ...

    def find_municipality(self, name: str, /) -> str | None:
        """Return the four digits of the municipality with this name, if there is one."""
        ...

    def region(self, raw: str, /) -> str:
        """Return a NUTS or municipality code."""
        ...

    def organisation_number(self, raw: str, /) -> str:
        """Return an organisation number in its usual form."""
        ...

    def currency(self, raw: str, /) -> str:
        """Return a currency's three letters."""
        ...


class CodeForms:
    """Checks the form of codes alone, for readers that are given no code book."""

    def cpv(self, raw: str, /) -> str:
        """Return a code of eight digits, with or without check digit."""
        return _formed(raw, r"\d{8}(?:-\d)?", "CPV code", "Write eight digits.").split("-")[0]

    def municipality(self, raw: str, /) -> str:
        """Return four digits."""
        return _formed(raw, r"\d{4}", "municipality code", "Write four digits.")

    def find_municipality(self, name: str, /) -> str | None:
        """Know no names."""
        return None

    def region(self, raw: str, /) -> str:
        """Return a code of the form of NUTS, or four digits."""
        remedy = "Write a NUTS code such as SE331."
        return _formed(raw.upper(), r"[A-Z]{2}[0-9A-Z]{0,3}|\d{4}", "region", remedy)

    def organisation_number(self, raw: str, /) -> str:
        """Return what may be an organisation number."""
        remedy = "Write it like 212000-2643."
        return _formed(raw.upper(), r"[0-9A-Z]{2}[0-9 -]{6,12}", "organisation number", remedy)

    def currency(self, raw: str, /) -> str:
        """Return three capital letters."""
        return _formed(raw.upper(), r"[A-Z]{3}", "currency", "Write three letters, such as SEK.")


def _formed(raw: str, form: str, noun: str, remedy: str) -> str:
    text = raw.strip()
    if re.fullmatch(form, text, re.ASCII):
        return text
    raise InvalidInput(f"This is no {noun}.", remedy=remedy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a file may ask for.

    Attributes
    ----------
    max_file_bytes
        Largest file.
    max_field_chars
        Longest field of an entry; a longer one is a wrong row.
    max_unpacked_bytes
        Most that the parts of a spreadsheet may unpack to.
    max_cells
        Largest area of a spreadsheet, rows by columns; it is held in memory (32 bytes a cell).
    """

    max_file_bytes: int = 1_100_000_000
    max_field_chars: int = 200_000
    max_unpacked_bytes: int = 600_000_000
    max_cells: int = 12_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a file is to be read.

    Attributes
    ----------
    kind
        Kind of rows that do not say theirs.
    source
        Where the entries come from; within it ids are unique. By default the file's name.
    name
        The file's name as people know it, where it lies under another one.
    mapping
        Which column is which field, and what holds for all rows.
    awards
        Whether awards in notices and releases become offerings: the winners' track record.
    """

    kind: EntryKind | None = None
    source: str | None = None
    name: str | None = None
    mapping: ColumnMapping = field(default_factory=ColumnMapping)
    awards: bool = True
    codes: Codes = field(default_factory=CodeForms)
    limits: Limits = field(default_factory=Limits)

    def as_json(self) -> dict[str, Any]:
        """Return what decides how rows are read, so that an interrupted import knows its like again."""
        return {
            "kind": None if self.kind is None else self.kind.value,
            "source": self.source,
            "mapping": self.mapping.as_json(),
            "awards": self.awards,
        }


class Format(StrEnum):
    """How a file is written."""

    CSV = "csv"
    SPREADSHEET = "spreadsheet"
    JSON_LINES = "json_lines"
    JSON = "json"


class Shape(StrEnum):
    """What a file's records are."""

    ROWS = "rows"
    OCDS = "ocds"
    TED = "ted"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file: its name, the field that it fills (None: left out), the unit in its name."""

    name: str
    field: str | None = None
    unit: str = ""


NO_DELIMITER: Final = "\x1f"
"""Stands for the delimiter of a file with a single column; it occurs in no text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileForm:
    """What a look at the beginning of a file tells.

    ``header_row`` is the number of the row with the columns' names, 0 where there is none. ``warnings``
    tell what is left out or guessed; they stop nothing.
    """

    format: Format
    shape: Shape = Shape.ROWS
    n_bytes: int
    source: str
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    prefix: str | None = None
    header_row: int = 0
    columns: tuple[Column, ...] = ()
    kind: EntryKind | None = None
    warnings: tuple[Fault, ...] = ()

    @property
    def mapping(self) -> dict[str, str]:
        """Field by the name of the column that fills it."""
        return {column.name: column.field for column in self.columns if column.field}
