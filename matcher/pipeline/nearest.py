"""The stored entries whose vectors are nearest to those of one of them, whatever their kinds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matcher.pipeline.engine import Engine
from matcher.types import EntryKind


def nearest(engine: Engine, entry_id: str, kinds: Sequence[EntryKind], *, k: int) -> list[tuple[str, float]]:
    """Return ids and cosines of the other stored entries of some kinds, the nearest first.

    Raises
    ------
    EntryNotFound
        If the entry is not stored.
    """
    own = engine.index(engine.corpus_.get(entry_id).kind)
    vector = own.vectors[own.row_of[entry_id]]
    found: list[tuple[str, float]] = []
    for kind in kinds:
        index = engine.index(kind)
        cosines = index.vectors @ vector
        alive = np.flatnonzero(index.alive)
        best = alive[np.argsort(-cosines[alive], kind="stable")[: k + 1]]
        found += [(index.entries[row].id, float(cosines[row])) for row in best]
    ranked = sorted((each for each in found if each[0] != entry_id), key=lambda each: (-each[1], each[0]))
    return ranked[:k]
