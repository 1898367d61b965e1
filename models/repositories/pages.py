"""Long lists, a page at a time: each goes on after a position, so that nothing is skipped or shown twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import InstrumentedAttribute

from matcher.errors import InvalidInput
from models.records import Import, Run

Item = TypeVar("Item")
Row = TypeVar("Row")
Position = list[Any]
Column = InstrumentedAttribute[Any]


class Page(NamedTuple, Generic[Item]):
    """Some items, and the position (JSON-able) after which the next page begins; ``None`` at the end."""

    items: list[Item]
    next_after: Position | None


def cut(
    rows: Sequence[Row], limit: int, *, position: Callable[[Row], Position]
) -> tuple[list[Row], Position | None]:
    """Cut ``limit + 1`` rows that were asked for to a page, and tell where the next one begins."""
    if len(rows) <= limit:
        return list(rows), None
    return list(islice(rows, limit)), position(rows[limit - 1])


def below(first: Column, second: Column, *, than: tuple[Any, Any]) -> ColumnElement[bool]:
    """Return the condition that two columns, both descending, come after a position."""
    return or_(first < than[0], and_(first == than[0], second < than[1]))


def above(first: Column, second: Column, *, than: tuple[Any, Any]) -> ColumnElement[bool]:
    """Return the condition that two columns, both ascending, come after a position."""
    return or_(first > than[0], and_(first == than[0], second > than[1]))


def of_record(record: Run | Import) -> Position:
    """Return the position of a record in a list by time."""
    return [record.created_at.isoformat(), record.id]


def time_and_id(after: Sequence[Any]) -> tuple[datetime, str]:
    """Read a position made of a time and an id.

    Raises
    ------
    InvalidInput
        If it is none.
    """
    moment, thing_id = parts(after, str, str)
    try:
        found = datetime.fromisoformat(moment)
        if found.tzinfo is None:
            raise _no_position()
        return found.astimezone(UTC), thing_id
    except (ValueError, OverflowError) as error:
        raise _no_position() from error


def parts(after: Sequence[Any], *kinds: type | tuple[type, ...]) -> tuple[Any, ...]:
    """Read a position whose parts are of these kinds.

    Raises
    ------
    InvalidInput
        If it is none.
    """
    if not isinstance(after, list | tuple) or len(after) != len(kinds):
        raise _no_position()
    if not all(isinstance(part, kind) for part, kind in zip(after, kinds, strict=True)):
        raise _no_position()
    # No database compares with a larger number.
    if any(isinstance(part, int) and abs(part) >= 2**63 for part in after):
        raise _no_position()
    return tuple(after)


def _no_position() -> InvalidInput:
    return InvalidInput(
        "The cursor is not one that this service gave.",
        field="cursor",
        remedy="Start again without a cursor, then use the next one as it is.",
    )
