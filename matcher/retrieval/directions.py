"""Which kinds of entries a direction joins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from matcher.errors import InvalidInput
from matcher.types import Direction, EntryKind

QUERY_DIRECTIONS: Final[Mapping[EntryKind, tuple[Direction, ...]]] = {
    EntryKind.NEED: (Direction.NEED_TO_OFFERING, Direction.SIMILAR),
    EntryKind.IDEA: (Direction.IDEA_TO_NEED, Direction.SIMILAR),
    EntryKind.OFFERING: (Direction.SIMILAR,),
}
"""Directions in which something is proposed for an entry of a kind."""

TARGET_DIRECTIONS: Final[Mapping[EntryKind, tuple[Direction, ...]]] = {
    EntryKind.NEED: (Direction.IDEA_TO_NEED, Direction.SIMILAR),
    EntryKind.IDEA: (Direction.SIMILAR,),
    EntryKind.OFFERING: (Direction.NEED_TO_OFFERING, Direction.SIMILAR),
}
"""Directions in which an entry of a kind is proposed for something."""

_KINDS = {
    Direction.NEED_TO_OFFERING: (EntryKind.NEED, EntryKind.OFFERING),
    Direction.IDEA_TO_NEED: (EntryKind.IDEA, EntryKind.NEED),
}


def starts_from(direction: Direction, kind: EntryKind) -> bool:
    """Whether a direction proposes something for entries of this kind, and not only proposes them."""
    return direction is Direction.SIMILAR or _KINDS[direction][0] is kind


def query_kind(direction: Direction, target: EntryKind) -> EntryKind:
    """Kind of the entries for which such targets are proposed."""
    return _other(direction, target, 1)


def target_kind(direction: Direction, query: EntryKind) -> EntryKind:
    """Kind of what is proposed for such queries.

    Raises
    ------
    InvalidInput
        If the direction does not start from this kind.
    """
    return _other(direction, query, 0)


def _other(direction: Direction, kind: EntryKind, side: int) -> EntryKind:
    if direction is Direction.SIMILAR:
        return kind
    kinds = _KINDS[direction]
    if kinds[side] is not kind:
        raise InvalidInput(
            f"{direction} does not join an entry of kind {kind} on this side.",
            field="direction",
            remedy=f"Use entries of kind {kinds[side]}, or the direction {Direction.SIMILAR}.",
        )
    return kinds[1 - side]


def direction_between(query: EntryKind, target: EntryKind) -> Direction:
    """Direction that joins two kinds.

    Raises
    ------
    InvalidInput
        If none does.
    """
    for direction, kinds in _KINDS.items():
        if kinds == (query, target):
            return direction
    if query is target:
        return Direction.SIMILAR
    raise InvalidInput(
        f"Entries of kind {target} are not proposed for entries of kind {query}.",
        field="direction",
        remedy="Compare a need with an offering, an idea with a need, or two of one kind.",
    )
