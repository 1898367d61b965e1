"""The stored entries that are nearest in meaning to some others, whatever their kinds."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from matcher.pipeline.engine import Engine
from matcher.retrieval.fusion import dense_pairs
from matcher.types import EntryKind

_BOTH_SIDES = 0.5


def nearest(
    engine: Engine, entry_ids: Collection[str], kinds: Collection[EntryKind], *, k: int
) -> list[tuple[str, float]]:
    """Return ids of other stored entries of some kinds and how alike they are on average, the nearest first.

    They are ordered by how far they stand out to the given entries, on average, as both sides see it: what is
    near to everything comes late.

    Raises
    ------
    EntryNotFound
        If one of the entries is not stored.
    """
    entries = [engine.corpus_.get(entry_id) for entry_id in entry_ids]
    found: list[tuple[float, str, float]] = []
    for kind in kinds:
        index = engine.index(kind)
        likeness, standing_out = np.zeros((2, len(index)))
        for own in {entry.kind for entry in entries}:
            analysed = engine.analysed([entry for entry in entries if entry.kind is own])
            question = engine.question(None, own, kind)
            for i, row in enumerate(engine.corpus_.searchers_[kind].likenesses(analysed, question)):
                likeness += row / len(entries)
                usual, other = analysed.standards[kind][[i]], index.standard(own)
                z = dense_pairs(row, own=usual, other=other, share=_BOTH_SIDES)
                standing_out += z / len(entries)
        alive = np.flatnonzero(index.alive)
        best = alive[np.argsort(-standing_out[alive], kind="stable")[: k + len(entries)]]
        found += [(float(standing_out[row]), index.entries[row].id, float(likeness[row])) for row in best]
    others = (each for each in found if each[1] not in entry_ids)
    ordered = sorted(others, key=lambda each: (-each[0], each[1]))
    return [(entry_id, likeness) for _, entry_id, likeness in ordered[:k]]
