"""What people decided about themes outlives every new run: names, merges, splits, pins and moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from matcher.grouping.lineage import LineageEvent, LineageKind, trace
from matcher.grouping.themes import ThemeNode, Themes
from matcher.grouping.vectors import FloatArray, unit_rows

_ANY_OVERLAP: Final = 1e-9
_N_VOTERS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownTheme:
    """A theme as it stood before a run.

    Attributes
    ----------
    id, parent_id, level
        Which it is, and where it stands; level 0 has no parent.
    members
        Ids of its own entries and of those of its parts.
    is_kept
        Whether a person named, merged, parted or filled it: it never goes.
    has_taken_in
        Whether a person merged others into it: what falls apart from it again comes back.
    """

    id: str
    level: int
    members: frozenset[str]
    parent_id: str | None = None
    is_kept: bool = False
    has_taken_in: bool = False


@dataclass(slots=True)
class SettledTheme:
    """A theme as it stands after a run. ``id``: that of a known theme, or ``None`` for a new one.

    ``parent``: position of its parent in the list; ``members``: its own entries, without those of its parts,
    the most central first.
    """

    level: int
    id: str | None = None
    parent: int | None = None
    members: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Settled:
    """The themes after a run, parents before their parts, and what happened (numbers are positions)."""

    themes: list[SettledTheme]
    events: list[LineageEvent]


def settle(
    fresh: Themes,
    ids: Sequence[str],
    vectors: FloatArray,
    *,
    known: Sequence[KnownTheme],
    pins: Mapping[str, str],
) -> Settled:
    """Bring newly found themes into line with those that were known and what people decided.

    Parameters
    ----------
    fresh
        What the run found.
    ids
        Id of each entry, in the order of the rows.
    vectors
        Their vectors, ``(n, n_dims)``.
    known
        The living themes before the run.
    pins
        Theme in which a person placed an entry, by the entry's id.
    """
    making = _Settling(ids, unit_rows(vectors), known, pins)
    making.take(fresh.nodes, None)
    making.carry_on()
    making.take_in()
    making.keep()
    making.place_pins()
    return making.result()


class _Settling:
    def __init__(
        self, ids: Sequence[str], rows: FloatArray, known: Sequence[KnownTheme], pins: Mapping[str, str]
    ) -> None:
        self._ids = ids
        self._rows = rows
        self._row_of = {entry_id: row for row, entry_id in enumerate(ids)}
        self._known = {theme.id: theme for theme in known}
        self._pins = {e: t for e, t in pins.items() if e in self._row_of and t in self._known}
        self._themes: list[SettledTheme] = []
        self._whole: list[frozenset[str]] = []
        self._events: list[LineageEvent] = []

    def take(self, nodes: Sequence[ThemeNode], parent: int | None) -> None:
        """Lay the found tree out flat; an entry is a member of the finest theme that holds it."""
        for node in nodes:
            inside = {member for part in node.parts for member in part.members}
            own = [self._ids[member] for member in node.members if member not in inside]
            self._themes.append(SettledTheme(level=node.level, parent=parent, members=own))
            self._whole.append(frozenset(self._ids[member] for member in node.members))
            self.take(node.parts, len(self._themes) - 1)

    def carry_on(self) -> None:
        """Give found themes the ids of those that they carry on, level by level."""
        levels = {theme.level for theme in self._themes} | {theme.level for theme in self._known.values()}
        for level in sorted(levels):
            places = [i for i, theme in enumerate(self._themes) if theme.level == level]
            old = {theme.id: theme.members for theme in self._known.values() if theme.level == level}
            lineage = trace(old, [self._whole[i] for i in places])
            named = self._named_anyway(old, places, lineage.ids)
            for i, group_id in zip(places, named, strict=True):
                self._themes[i].id = group_id
            self._note(lineage.events, places, named)

    def take_in(self) -> None:
        """Let what fell apart from a theme that a person had merged come back to it."""
        keepers = {theme.id: theme for theme in self._known.values() if theme.has_taken_in}
        place_of = {theme.id: i for i, theme in enumerate(self._themes) if theme.id is not None}
        for i, theme in enumerate(self._themes):
            if theme.id is not None or not self._whole[i]:
                continue
            for keeper in keepers.values():
                is_same = len(self._whole[i] & keeper.members) > len(self._whole[i]) / 2
                if is_same and keeper.id in place_of and place_of[keeper.id] not in self._around(i):
                    self._move_all(i, place_of[keeper.id])
                    break

    def keep(self) -> None:
        """Let themes that people cared for stand, with the entries that they had, though none was found."""
        level_of = {entry_id: theme.level for theme in self._themes for entry_id in theme.members}
        for theme in self._known.values():
            if theme.is_kept and all(each.id != theme.id for each in self._themes):
                # Pinned entries follow later; those of its parts, where these were found, stay there.
                own = (theme.members & self._row_of.keys()) - self._pins.keys()
                self._themes.append(SettledTheme(level=theme.level, id=theme.id))
                for entry_id in sorted(own):
                    if level_of.get(entry_id, 0) <= theme.level:
                        self._place(entry_id, len(self._themes) - 1)
        place_of = {theme.id: i for i, theme in enumerate(self._themes) if theme.id is not None}
        for theme_id, i in place_of.items():
            parent_id = self._known[theme_id].parent_id
            settled = self._themes[i]
            if settled.parent is None and settled.level > 0 and parent_id in place_of:
                settled.parent = place_of[parent_id]

    def place_pins(self) -> None:
        """Put pinned entries where people put them, and new ones beside those that they are nearest to."""
        place_of = {theme.id: i for i, theme in enumerate(self._themes) if theme.id is not None}
        leavers: dict[int, list[str]] = {}
        for i, theme in enumerate(self._themes):
            for entry_id in theme.members:
                target = self._pins.get(entry_id)
                if target in place_of and place_of[target] != i:
                    leavers.setdefault(i, []).append(entry_id)
        for i, gone in leavers.items():
            self._vote(i, gone, place_of)
        for entry_id, theme_id in sorted(self._pins.items()):
            if theme_id in place_of:
                self._place(entry_id, place_of[theme_id])

    def result(self) -> Settled:
        """Drop themes that are left without entries and parts, unless people care for them."""
        alive = self._alive()
        number = {old: new for new, old in enumerate(alive)}
        themes = []
        for i in alive:
            theme = self._themes[i]
            parent = theme.parent if theme.parent in number else None
            theme.parent = None if parent is None else number[parent]
            theme.level = 0 if theme.parent is None else theme.level
            themes.append(theme)
        gone = {theme.id for i, theme in enumerate(self._themes) if i not in number and theme.id}
        events = [
            LineageEvent(kind=e.kind, old=e.old, new=tuple(number[n] for n in e.new if n in number))
            for e in self._events
            if not e.new or any(n in number for n in e.new)
        ]
        events += [LineageEvent(kind=LineageKind.DEATH, old=(theme_id,)) for theme_id in sorted(gone)]
        return Settled(themes, events)

    def _named_anyway(
        self, old: Mapping[str, frozenset[str]], places: Sequence[int], ids: Sequence[str | None]
    ) -> list[str | None]:
        """Let a theme that a person cared for be carried on by whatever new theme shares most with it."""
        named = list(ids)
        rest = {t: members for t, members in old.items() if self._known[t].is_kept and t not in ids}
        free = [n for n, group_id in enumerate(ids) if group_id is None]
        if rest and free:
            again = trace(rest, [self._whole[places[n]] for n in free], min_overlap=_ANY_OVERLAP)
            for n, group_id in zip(free, again.ids, strict=True):
                named[n] = group_id
        return named

    def _note(
        self, events: Sequence[LineageEvent], places: Sequence[int], named: Sequence[str | None]
    ) -> None:
        for event in events:
            if event.kind is LineageKind.BIRTH:
                is_told = named[event.new[0]] is None
            else:
                # A theme that stands because people care for it neither goes nor falls apart.
                stands = {each for each in event.old if self._known[each].is_kept and each not in named}
                is_told = not stands and (event.kind is not LineageKind.DEATH or event.old[0] not in named)
            if is_told:
                new = tuple(places[n] for n in event.new)
                self._events.append(LineageEvent(kind=event.kind, old=event.old, new=new))

    def _around(self, i: int) -> set[int]:
        """Return a theme, those that it is part of, and its parts."""
        found, parent = {i}, self._themes[i].parent
        while parent is not None:
            found.add(parent)
            parent = self._themes[parent].parent
        return found | {j for j, theme in enumerate(self._themes) if self._is_within(j, i)}

    def _is_within(self, i: int, ancestor: int) -> bool:
        parent = self._themes[i].parent
        while parent is not None and parent != ancestor:
            parent = self._themes[parent].parent
        return parent is not None

    def _move_all(self, i: int, target: int) -> None:
        for j, theme in enumerate(self._themes):
            if j == i or self._is_within(j, i):
                self._themes[target].members += theme.members
                theme.members = []

    def _place(self, entry_id: str, target: int) -> None:
        for theme in self._themes:
            if entry_id in theme.members:
                theme.members.remove(entry_id)
                break
        self._themes[target].members.append(entry_id)

    def _vote(self, i: int, gone: Sequence[str], place_of: Mapping[str, int]) -> None:
        """Place the new entries of a theme that people parted: each goes with its nearest, there or here."""
        own = self._themes[i].members
        old = self._known[self._themes[i].id or ""].members if self._themes[i].id else frozenset()
        settled = [e for e in own if e in old or e in self._pins]
        where = [place_of[self._pins[e]] if e in gone else i for e in settled]
        if not settled:
            return
        voters = self._rows[[self._row_of[e] for e in settled]]
        for entry_id in [e for e in own if e not in old and e not in self._pins]:
            nearness = voters @ self._rows[self._row_of[entry_id]]
            best = np.argsort(-nearness, kind="stable")[:_N_VOTERS]
            votes: dict[int, float] = {}
            for n in best:
                votes[where[n]] = votes.get(where[n], 0.0) + max(float(nearness[n]), 0.0) ** 4
            target = max(sorted(votes), key=lambda place: votes[place])
            if target != i:
                self._place(entry_id, target)

    def _alive(self) -> list[int]:
        filled = {i for i, theme in enumerate(self._themes) if theme.members or self._is_cared_for(theme)}
        for i in tuple(filled):
            parent = self._themes[i].parent
            while parent is not None:
                filled.add(parent)
                parent = self._themes[parent].parent
        # Parents first: a theme that was kept may stand after its parts.
        return sorted(filled, key=lambda i: (self._depth(i), i))

    def _depth(self, i: int) -> int:
        depth, parent = 0, self._themes[i].parent
        while parent is not None:
            depth, parent = depth + 1, self._themes[parent].parent
        return depth

    def _is_cared_for(self, theme: SettledTheme) -> bool:
        return theme.id is not None and self._known[theme.id].is_kept
