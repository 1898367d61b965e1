"""Reads the official CPV list in the forms that it is handed out in: table, spreadsheet, genericode."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, ParseError, iterparse

from matcher.errors import UnreadableFile

Rows = Iterator[tuple[str, dict[str, str]]]

_CODE: Final = re.compile(r"(\d{8})(?:-\d)?")
_LANGUAGE: Final = re.compile(r"[a-z]{2}")
_MAX_XML_DEPTH: Final = 12
# What eForms calls languages (ISO 639-2/T), as ISO 639-1.
_SHORT: Final = {
    "bul": "bg", "ces": "cs", "dan": "da", "deu": "de", "ell": "el", "eng": "en", "est": "et", "fin": "fi",
    "fra": "fr", "gle": "ga", "hrv": "hr", "hun": "hu", "ita": "it", "lav": "lv", "lit": "lt", "mlt": "mt",
    "nld": "nl", "nor": "no", "pol": "pl", "por": "pt", "ron": "ro", "slk": "sk", "slv": "sl", "spa": "es",
    "swe": "sv",
}  # fmt: skip


def read_cpv_rows(path: Path) -> Rows:
    """Yield codes (eight digits) with their labels by language, from a file of any of the three forms.

    Raises
    ------
    UnreadableFile
        If it is no such list.
    """
    readers = {".xlsx": _spreadsheet, ".xls": _spreadsheet, ".ods": _spreadsheet, ".gc": _genericode}
    return readers.get(path.suffix.lower(), _genericode if _is_xml(path) else _delimited)(path)


def unreadable(path: Path, why: str) -> UnreadableFile:
    """Return the error for a file that is no list of CPV codes."""
    remedy = (
        "Set MATCHER_CPV_FILE to the official list: tab-separated with a column code and one a language (sv, "
        "en), a spreadsheet of that form, or eForms genericode (cpv.gc)."
    )
    return UnreadableFile(path, why, remedy=remedy)


def _delimited(path: Path) -> Rows:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        yield from _labelled(path, rows, is_strict=True)


def _spreadsheet(path: Path) -> Rows:
    """Read the first sheet that has a column ``code``; other cells of such rows are labels."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
        sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    except (CalamineError, OSError) as error:
        raise unreadable(path, "it is no spreadsheet.") from error
    for sheet in sheets:
        texts = [[str(cell).strip() for cell in row] for row in sheet]
        if texts and "code" in map(str.lower, texts[0]):
            yield from _labelled(path, iter(texts), is_strict=False)
            return
    raise unreadable(path, "no sheet has a column called code.")


def _labelled(path: Path, rows: Iterator[list[str]], *, is_strict: bool) -> Rows:
    """Read a table whose first row names the columns; a spreadsheet may end in rows without a code."""
    header = [name.strip().lower() for name in next(rows, [])]
    if "code" not in header:
        raise unreadable(path, "no column is called code.")
    at = header.index("code")
    for number, row in enumerate(rows, start=2):
        if not any(cell.strip() for cell in row):
            continue
        found = _CODE.fullmatch(row[at].strip()) if len(row) > at else None
        if found is None and is_strict:
            raise unreadable(path, f"row {number} has no code of eight digits.")
        if found is not None:
            cells = zip(header, row, strict=False)
            yield found[1], {n: cell.strip() for n, cell in cells if _LANGUAGE.fullmatch(n) and cell.strip()}


def _genericode(path: Path) -> Rows:
    """Read eForms genericode: a ``Row`` a code, its ``Value`` elements named by ``ColumnRef``."""
    n_rows = 0
    try:
        for row in _elements(path, "Row"):
            values = {
                value.get("ColumnRef", "").lower(): "".join(value.itertext()).strip()
                for value in row
                if _name(value) == "Value"
            }
            found = _CODE.fullmatch(values.get("code", ""))
            if found is None:
                continue
            n_rows += 1
            yield found[1], dict(_genericode_labels(values))
    except ParseError as error:
        raise unreadable(path, "it is no XML.") from error
    if not n_rows:
        raise unreadable(path, "it holds no codes.")


def _genericode_labels(values: dict[str, str]) -> Iterator[tuple[str, str]]:
    for column, text in values.items():
        language = _SHORT.get(column.removesuffix("_label"), column if column in _SHORT.values() else None)
        if column == "name":
            language = "en"
        if language and text:
            yield language, text


def _elements(path: Path, wanted: str) -> Iterator[Element]:
    """Yield elements of a name as they end, and forget them; a document type or deep nesting is refused."""
    content = path.read_bytes()
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise unreadable(path, "it declares a document type, which no list needs.")
    depth = 0
    for event, element in iterparse(BytesIO(content), events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > _MAX_XML_DEPTH:
            raise unreadable(path, "it is nested more deeply than any list.")
        if event == "end" and _name(element) == wanted:
            yield element
            element.clear()


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _is_xml(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(200).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<")
