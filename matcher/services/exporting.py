"""Exporting: everything that the actor may see, as CSV or JSON Lines, streamed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy.orm import Session

from matcher.errors import InvalidInput
from matcher.services.actor import Actor
from matcher.services.csv_tables import BYTE_ORDER_MARK, csv_line
from models.repositories.audit import AuditRepository
from models.repositories.export_files import ExportFileRepository
from models.repositories.exporting import COLUMNS, ExportRepository

__all__ = ["COLUMNS", "TABLES", "csv_lines", "json_lines", "register_file", "rows"]

TABLES: Final = tuple(COLUMNS)


def rows(session: Session, table: str, *, actor: Actor) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table that the actor may see, as values that JSON can hold.

    Raises
    ------
    InvalidInput
        If there is no such table; at once, not with the first row.
    """
    _check(table)
    return ({name: _plain(value) for name, value in row.items()} for row in _rows(session, table, actor))


def csv_lines(session: Session, table: str, *, actor: Actor) -> Iterator[str]:
    """Yield a table as CSV (RFC 4180, with a byte order mark for spreadsheets), the header first.

    Lists are joined by ``|``, other structures written as JSON. A text that a spreadsheet would take for a
    formula is led by an apostrophe.

    Raises
    ------
    InvalidInput
        If there is no such table.
    """
    _check(table)
    return _csv_lines(session, table, actor)


def json_lines(session: Session, table: str, *, actor: Actor) -> Iterator[bytes]:
    """Yield a table as JSON Lines (UTF-8).

    Raises
    ------
    InvalidInput
        If there is no such table.
    """
    _check(table)
    return (orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows(session, table, actor=actor))


def register_file(session: Session, path: Path, *, actor: Actor) -> str:
    """Remember a file that was exported to this machine: an erasure removes it, too."""
    file_id = ExportFileRepository(session).add(path, organisation_id=actor.organisation_id)
    AuditRepository(session).add("export.written", file_id, by=actor)
    session.flush()
    return file_id


def _check(table: str) -> None:
    if table not in COLUMNS:
        raise InvalidInput("There is no such table.", field="table", remedy=f"Use {', '.join(TABLES)}.")


def _rows(session: Session, table: str, actor: Actor) -> Iterator[dict[str, Any]]:
    return ExportRepository(session, actor).rows(table)


def _csv_lines(session: Session, table: str, actor: Actor) -> Iterator[str]:
    yield BYTE_ORDER_MARK + csv_line(COLUMNS[table])
    for row in _rows(session, table, actor):
        yield csv_line(_plain(row[name]) for name in COLUMNS[table])


def _plain(value: object) -> object:
    """Return a value as JSON can hold it; amounts stay exact."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return list(value) if isinstance(value, tuple) else value
