"""Which entries stand together after merges, and which of them is their face."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set


def stand_together(merges: Iterable[Sequence[str]]) -> list[frozenset[str]]:
    """Return the groups of entries that merges join, directly or through others, the largest first.

    A merge that was undone is simply left out: the others stand as if it had never been, whatever came first.
    """
    group_of: dict[str, set[str]] = {}
    for members in merges:
        joined: set[str] = set(members)
        for member in members:
            joined |= group_of.get(member, set())
        for member in joined:
            group_of[member] = joined
    distinct = {id(group): frozenset(group) for group in group_of.values() if len(group) > 1}
    return sorted(distinct.values(), key=lambda group: (-len(group), sorted(group)))


def choose_face(members: Set[str], *, choices: Sequence[str], published: Sequence[str]) -> str:
    """Return the face of entries that stand together.

    Parameters
    ----------
    members
        The entries, at least one.
    choices
        Entries that people chose as faces, the latest choice first.
    published
        Those of the members that are published, the earliest entry first.

    Returns
    -------
    The latest choice that is one of the published ones; else the earliest published; else any of them.
    """
    shown = set(published)
    for chosen in choices:
        if chosen in shown:
            return chosen
    return published[0] if published else min(members)
