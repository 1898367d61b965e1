"""Which new group carries an old one on, so that ids and names stay; and what became of the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MIN_OVERLAP: Final = 0.3
"""Share of the entries of two groups (Jaccard) from which one carries the other on; half of one will do."""
_HALF: Final = 0.5
_PART: Final = 0.25


class LineageKind(StrEnum):
    """What happened to a group between two runs."""

    BIRTH = "birth"
    DEATH = "death"
    SPLIT = "split"
    MERGE = "merge"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageEvent:
    """Something that happened.

    Attributes
    ----------
    kind
        A group came, went, fell into several, or took others in.
    old
        Ids of the old groups that it concerns.
    new
        Numbers of the new groups that it concerns.
    """

    kind: LineageKind
    old: tuple[str, ...] = ()
    new: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Lineage:
    """The old id that each new group carries on (``None``: it is new), and what happened."""

    ids: tuple[str | None, ...]
    events: tuple[LineageEvent, ...]


def trace(
    old: Mapping[str, Set[str]], new: Sequence[Set[str]], *, min_overlap: float = MIN_OVERLAP
) -> Lineage:
    """Match new groups to old ones by the entries that they share.

    Entries that came or went between the runs say nothing and are left aside. The largest overlap is taken
    first; each old group is carried on by one new group at most.

    Parameters
    ----------
    old
        Entries of each old group, by its id.
    new
        Entries of each new group.
    min_overlap
        Lowest share of the entries of both that they share (Jaccard).
    """
    owners: dict[str, list[str]] = {}
    for group_id, entries in old.items():
        for entry in entries:
            owners.setdefault(entry, []).append(group_id)
    shared: dict[tuple[str, int], int] = {}
    for number, entries in enumerate(new):
        for entry in entries:
            for group_id in owners.get(entry, ()):
                shared[group_id, number] = shared.get((group_id, number), 0) + 1
    present = set().union(*new) if new else set()
    old_sizes = {group_id: len(entries & present) for group_id, entries in old.items()}
    new_sizes = [sum(entry in owners for entry in entries) for entries in new]
    ids = _matched(shared, old_sizes, new_sizes, min_overlap)
    return Lineage(tuple(ids), tuple(_events(shared, old_sizes, ids)))


def _matched(
    shared: Mapping[tuple[str, int], int],
    old_sizes: Mapping[str, int],
    new_sizes: Sequence[int],
    min_overlap: float,
) -> list[str | None]:
    def overlap(pair: tuple[str, int]) -> float:
        n = shared[pair]
        return n / (old_sizes[pair[0]] + new_sizes[pair[1]] - n)

    def is_enough(pair: tuple[str, int]) -> bool:
        n = shared[pair]
        most = max(n / old_sizes[pair[0]], n / new_sizes[pair[1]])
        return overlap(pair) >= min_overlap or most > _HALF

    ids: list[str | None] = [None] * len(new_sizes)
    taken: set[str] = set()
    for group_id, number in sorted(shared, key=lambda pair: (-overlap(pair), -shared[pair], pair)):
        if group_id not in taken and ids[number] is None and is_enough((group_id, number)):
            ids[number] = group_id
            taken.add(group_id)
    return ids


def _events(
    shared: Mapping[tuple[str, int], int], old_sizes: Mapping[str, int], ids: Sequence[str | None]
) -> list[LineageEvent]:
    parts: dict[str, list[int]] = {}
    sources: dict[int, list[str]] = {}
    for (group_id, number), n in sorted(shared.items()):
        if n >= max(2, _PART * old_sizes[group_id]):
            parts.setdefault(group_id, []).append(number)
        if n > _HALF * old_sizes[group_id]:
            sources.setdefault(number, []).append(group_id)
    events = [
        LineageEvent(kind=LineageKind.BIRTH, new=(number,))
        for number, group_id in enumerate(ids)
        if group_id is None
    ]
    events += [
        LineageEvent(kind=LineageKind.DEATH, old=(group_id,))
        for group_id in sorted(old_sizes)
        if group_id not in ids
    ]
    events += [
        LineageEvent(kind=LineageKind.SPLIT, old=(group_id,), new=tuple(numbers))
        for group_id, numbers in sorted(parts.items())
        if len(numbers) > 1
    ]
    events += [
        LineageEvent(kind=LineageKind.MERGE, old=tuple(group_ids), new=(number,))
        for number, group_ids in sorted(sources.items())
        if len(group_ids) > 1
    ]
    return events
