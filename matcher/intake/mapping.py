"""A saved mapping: which column of an odd file is which field, kept as a small JSON file."""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn

from matcher.errors import InvalidInput, UnreadableFile

FIELDS: Final = (
    "id", "source", "kind", "title", "text", "language", "organisation", "organisation_number",
    "organisation_size", "municipality", "regions", "cpv", "starts_on", "ends_on", "estimated_value",
    "currency", "tags", "status", "role", "capacity", "created_at",
)  # fmt: skip
"""Fields that a column can fill."""

IGNORE: Final = "ignore"
"""Stands for the field of a column that is to be left out."""

_ONE_VALUED: Final = frozenset({"id", "text", "title", "created_at", "starts_on", "ends_on"})
DEFAULTS: Final = tuple(name for name in FIELDS if name not in _ONE_VALUED)
"""Fields that one value can fill for all rows."""

_KEYS: Final = ("columns", "defaults", "sheet", "delimiter", "encoding")
_ENCODINGS: Final = frozenset(
    "utf-8 utf-8-sig utf-16 utf-16-le utf-16-be cp1252 iso8859-1 iso8859-15 cp850 cp865 mac-roman".split()
)
_MAX_BYTES: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """Which column is which field. Columns that are not named are still recognised by their names.

    Attributes
    ----------
    columns
        Field, or ``ignore``, by column name; several columns that fill ``text`` are joined.
    defaults
        Value for rows without one, by field, as it would stand in a cell.
    sheet
        Name of the sheet in a spreadsheet; by default the first that is not empty.
    delimiter, encoding
        Of a text file; by default found out.

    Raises
    ------
    InvalidInput
        If a field is not known or something contradicts itself.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    sheet: str | None = None
    delimiter: str | None = None
    encoding: str | None = None

    def __post_init__(self) -> None:
        for name in self.columns.values():
            if name not in (*FIELDS, IGNORE):
                _refuse(
                    f"The field {_shown(name)} is not known.", f"Use one of: {', '.join(FIELDS)}, {IGNORE}."
                )
        for name in self.defaults:
            if name not in DEFAULTS:
                _refuse(
                    f"The field {_shown(name)} can have no default.", f"Use one of: {', '.join(DEFAULTS)}."
                )
        if self.delimiter is not None and (len(self.delimiter) != 1 or self.delimiter in '"\r\n'):
            _refuse("The delimiter is not one character.", 'Write one of ; , | or "\\t".')
        if self.encoding is not None and _codec_name(self.encoding) not in _ENCODINGS:
            _refuse("The encoding is not known.", "Write utf-8, utf-16 or windows-1252.")

    @classmethod
    def load(cls, path: Path) -> ColumnMapping:
        """Read a mapping from its file.

        Raises
        ------
        UnreadableFile, InvalidInput
            If there is no such file, or it is no mapping.
        """
        try:
            with path.open("rb") as stream:
                raw = json.loads(stream.read(_MAX_BYTES).decode("utf-8-sig"))
        except (OSError, ValueError, RecursionError) as error:
            remedy = "Choose a mapping that was saved here, or write it anew."
            raise UnreadableFile(path, "it is missing or no JSON file.", remedy=remedy) from error
        return cls.from_json(raw)

    @classmethod
    def from_json(cls, raw: object) -> ColumnMapping:
        """Make a mapping of what a JSON file holds.

        Raises
        ------
        InvalidInput
            If it is no mapping.
        """
        if not isinstance(raw, dict) or not set(raw) <= set(_KEYS):
            _refuse("This is no mapping.", f"Write an object with some of: {', '.join(_KEYS)}.")
        for key in ("columns", "defaults"):
            value = raw.get(key, {})
            if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
                _refuse(f"{key} is no object of texts.", 'Write it like {"Our column": "text"}.')
        for key in ("sheet", "delimiter", "encoding"):
            if not isinstance(raw.get(key), str | None):
                _refuse(f"{key} is no text.", "Write it in quotation marks, or leave it out.")
        return cls(**raw)

    def as_json(self) -> dict[str, Any]:
        """Return the mapping as JSON can hold it, without what is empty."""
        whole = {
            "columns": dict(self.columns),
            "defaults": dict(self.defaults),
            "sheet": self.sheet,
            "delimiter": self.delimiter,
            "encoding": self.encoding,
        }
        return {key: value for key, value in whole.items() if value}

    def save(self, path: Path) -> None:
        """Write the mapping to a file.

        Raises
        ------
        UnreadableFile
            If the file cannot be written.
        """
        text = json.dumps(self.as_json(), ensure_ascii=False, indent=2) + "\n"
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise UnreadableFile(path, "it cannot be written.", remedy="Choose another folder.") from error


def _codec_name(encoding: str) -> str | None:
    try:
        return codecs.lookup(encoding).name
    except (LookupError, ValueError):
        return None


def _shown(name: str) -> str:
    return repr(name[:40])


def _refuse(message: str, remedy: str) -> NoReturn:
    raise InvalidInput(message, field="mapping", remedy=remedy)
