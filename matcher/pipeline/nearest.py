"""The stored entries whose vectors are nearest to those of one of them, whatever their kinds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matcher.pipeline.engine import Engine
from matcher.types import EntryKind


def nearest(engine: Engine, entry_id: str, kinds: Sequence[EntryKind], *, k: int) -> list[tuple[str, float]]:
    """Return ids and likenesses of the other stored entries of some kinds, the nearest first.

    Raises
    ------
    EntryNotFound
        If the entry is not stored.
    """
    entry = engine.corpus_.get(entry_id)
    analysed = engine.analysed([entry])
    found: list[tuple[str, float]] = []
    for kind in kinds:
        index = engine.index(kind)
        question = engine.question(None, entry.kind, kind)
        likeness = engine.corpus_.searchers_[kind].likenesses(analysed, question)[0]
        alive = np.flatnonzero(index.alive)
        best = alive[np.argsort(-likeness[alive], kind="stable")[: k + 1]]
        found += [(index.entries[row].id, float(likeness[row])) for row in best]
    ranked = sorted((each for each in found if each[0] != entry_id), key=lambda each: (-each[1], each[0]))
    return ranked[:k]
