"""Tables as CSV that spreadsheet programs open as they are, and take no text in them for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

import orjson

BYTE_ORDER_MARK: Final = "\ufeff"
"""Begins a file, so that spreadsheet programs read it as UTF-8."""

_FORMULA_SIGNS: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""The wide ones begin a formula, too, where a spreadsheet is set to some languages."""
_SEPARATOR: Final = "|"


def csv_line(values: Iterable[object]) -> str:
    """Return one row (RFC 4180).

    Lists are joined by ``|``, other structures written as JSON. A text that a spreadsheet would take for a
    formula is led by an apostrophe.
    """
    buffer = io.StringIO()
    csv.writer(buffer).writerow([_cell(value) for value in values])
    return buffer.getvalue()


def csv_table(rows: Iterable[Sequence[object]]) -> str:
    """Return a whole small table, the header first."""
    return BYTE_ORDER_MARK + "".join(map(csv_line, rows))


def _cell(value: object) -> object:
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = _SEPARATOR.join(value)
    elif isinstance(value, list | dict):
        value = orjson.dumps(value).decode("utf-8")
    text = str(value)
    is_formula = text[:1] in ("\t", "\r") or text.lstrip().startswith(_FORMULA_SIGNS)
    return f"'{text}" if is_formula else text
