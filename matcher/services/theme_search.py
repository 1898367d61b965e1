"""The search for themes: what entries are about, over all organisations, settled with what people decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from matcher.encoders import Encoder
from matcher.errors import Conflict
from matcher.grouping.curation import KnownTheme, Settled, settle
from matcher.grouping.lineage import LineageKind
from matcher.grouping.names import GroupName, Nearness, name_groups, subjects
from matcher.grouping.progress import Progress, ignore, within
from matcher.grouping.themes import OUTSIDE, ThemePlacer, ThemeRecipe, find_themes
from matcher.grouping.vectors import unit_rows
from matcher.procurement import MUNICIPALITIES, SAMPLE_MUNICIPALITIES
from matcher.services.actor import STAFF, Actor
from matcher.services.entry_vectors import EntryVectors, load_vectors
from matcher.text import analyse
from matcher.types import EntryKind, ThemeEventKind
from models.repositories.audit import AuditRepository
from models.repositories.theme_saving import (
    NewEvent,
    NewTheme,
    StoredTheme,
    StoredThemes,
    ThemeName,
    ThemeSaver,
)

__all__ = [
    "FoundThemes",
    "Joined",
    "SavedThemes",
    "ThemeInput",
    "ThemeRecipe",
    "find",
    "join_new",
    "load",
    "place",
    "refresh",
    "save",
    "save_joined",
]

FloatArray = NDArray[np.float32]
KINDS: Final = (EntryKind.NEED, EntryKind.IDEA)
SAME_ENOUGH: Final = 0.5
"""Share of all its entries, before and after, that a theme keeps (Jaccard) to keep its name."""
_FINDING: Final = 0.55
"""Share of the time after which themes are named, roughly."""
_FITTING: Final = 0.2
"""Share of the time after which what is known is taken in, where new entries are placed, roughly."""
_SUBJECTS: Final[dict[str, FloatArray]] = {}
"""Vectors of the subjects by the encoder's digest: they are the same for every run."""
_KINDS_OF: Final = {
    LineageKind.BIRTH: ThemeEventKind.BIRTH,
    LineageKind.DEATH: ThemeEventKind.DEATH,
    LineageKind.SPLIT: ThemeEventKind.SPLIT,
    LineageKind.MERGE: ThemeEventKind.MERGE,
}


@dataclass(frozen=True, slots=True)
class ThemeInput:
    """What a run rests on: entries with vectors, subjects with vectors, and the themes as they stand.

    ``words`` encodes words quickly, as the last part of what encoded the entries; ``None`` if nothing does.
    """

    loaded: EntryVectors
    subject_vectors: FloatArray
    stored: StoredThemes
    words: Encoder | None = None


@dataclass(frozen=True, slots=True)
class FoundThemes:
    """What a run found, ready to be kept."""

    themes: tuple[NewTheme, ...]
    events: tuple[NewEvent, ...]
    n_entries: int
    n_outside: int
    n_events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedThemes:
    """What a run led to."""

    n_themes: int
    n_new: int
    n_split: int
    n_merged: int
    n_ended: int
    n_entries: int
    n_outside: int


@dataclass(frozen=True, slots=True)
class Joined:
    """The theme that each new entry fits into, ready to be kept, and how much had happened to themes then."""

    theme_of: dict[str, str]
    n_events: int


def load(session: Session, encoder: Encoder, *, naming: bool = True) -> ThemeInput:
    """Return published needs and ideas with their vectors, and the themes as they stand.

    ``naming``: with vectors of the subjects that themes are named after.
    """
    return ThemeInput(
        load_vectors(session, encoder, kinds=KINDS),
        _subject_vectors(encoder) if naming else np.zeros((0, 0), dtype=np.float32),
        ThemeSaver(session).stored(),
        next(reversed(getattr(encoder, "encoders", ())), None),
    )


def find(given: ThemeInput, *, recipe: ThemeRecipe | None = None, progress: Progress = ignore) -> FoundThemes:
    """Find themes and settle them with those that were there, telling how far it is; needs no session."""
    loaded = given.loaded
    known = _known(given.stored.themes)
    settled = settle(
        find_themes(loaded.vectors, recipe, progress=within(progress, 0.0, _FINDING)),
        loaded.ids,
        loaded.vectors,
        known=known,
        pins=given.stored.pins,
    )
    progress(_FINDING)
    wholes = _wholes(settled)
    names = _names(given, settled, wholes)
    before = {theme.id: theme for theme in known}
    kept = {theme.id for theme in given.stored.themes if theme.is_named}
    themes = []
    for theme, whole, name in zip(settled.themes, wholes, names, strict=True):
        old = before.get(theme.id or "")
        is_same = old is not None and _overlap(old.members, whole) >= SAME_ENOUGH
        themes.append(
            NewTheme(
                id=theme.id,
                level=theme.level,
                parent=theme.parent,
                members=theme.members,
                n_members=len(whole),
                example_id=whole[0] if whole else None,
                name=None if is_same or theme.id in kept else _theme_name(name),
            )
        )
    inside = sum(len(theme.members) for theme in settled.themes)
    n = len(loaded.entries)
    return FoundThemes(tuple(themes), tuple(_events(settled, themes)), n, n - inside, given.stored.n_events)


def save(session: Session, found: FoundThemes, *, actor: Actor) -> SavedThemes:
    """Keep what a run found.

    Raises
    ------
    Conflict
        If themes changed while the run was under way: nothing is kept, so that nothing is lost.
    """
    saver = ThemeSaver(session)
    _check_unchanged(saver, found.n_events)
    saver.save(found.themes, found.events)
    kinds = [event.kind for event in found.events]
    saved = SavedThemes(
        n_themes=len(found.themes),
        n_new=kinds.count(ThemeEventKind.BIRTH),
        n_split=kinds.count(ThemeEventKind.SPLIT),
        n_merged=kinds.count(ThemeEventKind.MERGE),
        n_ended=kinds.count(ThemeEventKind.DEATH),
        n_entries=found.n_entries,
        n_outside=found.n_outside,
    )
    AuditRepository(session).add(
        "themes.found", "themes", by=actor, n_themes=saved.n_themes, n_outside=saved.n_outside
    )
    return saved


def refresh(
    session: Session, encoder: Encoder, *, recipe: ThemeRecipe | None = None, actor: Actor
) -> SavedThemes:
    """Find themes anew, in one transaction; for many entries take the three steps one by one.

    Raises
    ------
    NotAllowed
        If the actor is no staff.
    """
    actor.require(STAFF, organisation_id=actor.organisation_id)
    return save(session, find(load(session, encoder), recipe=recipe), actor=actor)


def place(given: ThemeInput, *, recipe: ThemeRecipe | None = None, progress: Progress = ignore) -> Joined:
    """Place entries that are in no theme into those that are there; needs no session.

    What fits none stays outside.
    """
    stored, loaded = given.stored, given.loaded
    numbers = {theme.id: number for number, theme in enumerate(stored.themes)}
    theme_of = {entry_id: theme.id for theme in stored.themes for entry_id in theme.members}
    new = [i for i, entry_id in enumerate(loaded.ids) if entry_id not in theme_of]
    if not new or not numbers:
        return Joined({}, stored.n_events)
    labels = np.array([numbers.get(theme_of.get(each, ""), OUTSIDE) for each in loaded.ids], dtype=np.int64)
    is_known = labels != OUTSIDE
    placer = ThemePlacer(recipe).fit(loaded.vectors[is_known], labels[is_known])
    progress(_FITTING)
    placed = placer.predict(loaded.vectors[new])
    progress(1.0)
    joined = {
        loaded.ids[i]: stored.themes[label].id
        for i, label in zip(new, placed.tolist(), strict=True)
        if label != OUTSIDE
    }
    return Joined(joined, stored.n_events)


def save_joined(session: Session, joined: Joined) -> dict[str, str]:
    """Keep which entries joined which themes, without those that came into one or were taken back meanwhile.

    Raises
    ------
    Conflict
        If themes changed while entries were placed: nothing is kept, so that nothing is lost.
    """
    saver = ThemeSaver(session)
    _check_unchanged(saver, joined.n_events)
    free = saver.free(joined.theme_of)
    kept = {entry_id: theme for entry_id, theme in joined.theme_of.items() if entry_id in free}
    if kept:
        saver.add_members(kept)
    return kept


def join_new(session: Session, encoder: Encoder, *, recipe: ThemeRecipe | None = None) -> dict[str, str]:
    """Place entries that are in no theme, in one transaction; for many take the three steps one by one.

    Returns
    -------
    The theme of each entry that was placed; what fits none stays outside.
    """
    return save_joined(session, place(load(session, encoder, naming=False), recipe=recipe))


def _check_unchanged(saver: ThemeSaver, n_events: int) -> None:
    if saver.n_events() != n_events:
        raise Conflict("Themes were changed in the meantime.", remedy="Run it again.")


def _known(stored: Sequence[StoredTheme]) -> list[KnownTheme]:
    whole = {theme.id: set(theme.members) for theme in stored}
    for theme in sorted(stored, key=lambda each: -each.level):
        if theme.parent_id in whole:
            whole[theme.parent_id] |= whole[theme.id]
    return [
        KnownTheme(
            id=theme.id,
            parent_id=theme.parent_id,
            level=theme.level,
            members=frozenset(whole[theme.id]),
            is_kept=theme.is_kept or theme.is_named,
            has_taken_in=theme.has_taken_in,
        )
        for theme in stored
    ]


def _wholes(settled: Settled) -> list[list[str]]:
    """Return the entries of each theme and its parts: its own first, then those of its largest part."""
    wholes = [list(theme.members) for theme in settled.themes]
    for number in range(len(settled.themes) - 1, -1, -1):
        parent = settled.themes[number].parent
        if parent is not None:
            wholes[parent] += wholes[number]
    return wholes


def _names(given: ThemeInput, settled: Settled, wholes: Sequence[list[str]]) -> list[GroupName]:
    loaded = given.loaded
    row_of = {entry_id: row for row, entry_id in enumerate(loaded.ids)}
    rows = [[row_of[entry_id] for entry_id in whole] for whole in wholes]
    _put_central_first(wholes, rows, loaded.vectors)
    centres = np.stack(
        [
            loaded.vectors[own].mean(axis=0) if own else np.zeros(loaded.vectors.shape[1], dtype=np.float32)
            for own in rows
        ]
        or [np.zeros(loaded.vectors.shape[1], dtype=np.float32)]
    )[: len(rows)]
    return name_groups(
        [[loaded.entries[row] for row in own] for own in rows],
        analyse=analyse,
        centres=centres,
        subject_vectors=given.subject_vectors,
        parents=[theme.parent for theme in settled.themes],
        ignored=_places(),
        nearness=_nearness(given.words, centres, loaded.vectors) if given.words and rows else None,
    )


def _nearness(words: Encoder, centres: FloatArray, vectors: FloatArray) -> Nearness:
    """Compare words with the part of vectors that the same encoder gave."""
    of_groups = unit_rows(centres[:, -words.n_dims :])
    of_all = unit_rows(vectors[:, -words.n_dims :].mean(axis=0, keepdims=True))
    return Nearness(words.encode, of_groups - of_all)


def _put_central_first(wholes: Sequence[list[str]], rows: Sequence[list[int]], vectors: FloatArray) -> None:
    """Order the entries of each theme by how near they are to its middle."""
    for whole, own in zip(wholes, rows, strict=True):
        if own:
            nearness = np.round(vectors[own] @ vectors[own].sum(axis=0), 5)
            order = sorted(range(len(own)), key=lambda i: (-float(nearness[i]), whole[i]))
            own[:] = [own[i] for i in order]
            whole[:] = [whole[i] for i in order]


def _theme_name(name: GroupName) -> ThemeName:
    return ThemeName(sv=name.sv, en=name.en, terms_sv=name.terms_sv, terms_en=name.terms_en)


def _overlap(before: frozenset[str], after: Sequence[str]) -> float:
    """Return the share that stayed, of entries that were there both times or are published still."""
    now = set(after)
    return len(before & now) / max(len(before | now), 1)


def _events(settled: Settled, themes: Sequence[NewTheme]) -> list[NewEvent]:
    events = []
    position = {theme.id: number for number, theme in enumerate(themes) if theme.id is not None}
    for event in settled.events:
        kind = _KINDS_OF[event.kind]
        if event.kind is LineageKind.BIRTH:
            events += [NewEvent(kind=kind, theme=number) for number in event.new]
        elif event.kind is LineageKind.DEATH:
            events += [NewEvent(kind=kind, theme_id=theme_id) for theme_id in event.old]
        elif event.kind is LineageKind.SPLIT:
            events.append(NewEvent(kind=kind, theme_id=event.old[0], others=event.new))
        else:
            detail = {"from": [theme_id for theme_id in event.old if theme_id not in position]}
            events.append(NewEvent(kind=kind, theme=event.new[0], detail=detail))
    return events


def _subject_vectors(encoder: Encoder) -> FloatArray:
    """Return a vector a subject, half way between its Swedish and its English words."""
    if encoder.digest not in _SUBJECTS:
        _SUBJECTS.clear()
        swedish = encoder.encode([subject.sv for subject in subjects()])
        _SUBJECTS[encoder.digest] = swedish + encoder.encode([subject.en for subject in subjects()])
    return _SUBJECTS[encoder.digest]


def _places() -> frozenset[str]:
    names = (*MUNICIPALITIES.values(), *SAMPLE_MUNICIPALITIES.values())
    return frozenset(name.casefold() for name in names)
