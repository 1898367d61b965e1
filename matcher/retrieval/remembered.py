"""What people decided about like pairs: evidence that counts from the next search on, without learning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.retrieval.moments import Standard
from matcher.types import JudgedPair

FloatArray = NDArray[np.float32]

STARTS = np.float32(2.5)
WHOLE = np.float32(5.0)
"""Standard deviations above the usual from which entries begin to count as alike, and count wholly."""
PRIOR = np.float32(0.5)
"""Like pairs that speak neither for nor against, so that a single one does not decide."""


@dataclass(frozen=True, slots=True)
class Known:
    """A judged pair with the vectors of both sides."""

    pair: JudgedPair
    query: FloatArray
    target: FloatArray


class Remembered:
    """Judged pairs of one direction.

    A verdict counts for another pair as far as both sides are alike: ``K(q, q') L(t, t')``, where alike is
    told by the vectors against what is usual. Evidence is the weighted mean of the verdicts, from -1 (all
    rejected) to 1 (all accepted), drawn to 0 where there is little.

    Parameters
    ----------
    pairs
        Judged pairs.
    queries, targets
        What similarity is usual among the entries on each side, shape ``(1,)``.
    """

    def __init__(self, pairs: Sequence[Known], *, queries: Standard, targets: Standard) -> None:
        self.pairs = [each.pair for each in pairs]
        self._queries = np.stack([each.query for each in pairs])
        self._targets = np.stack([each.target for each in pairs])
        self._weights = np.asarray([pair.weight for pair in self.pairs], dtype=np.float32)
        self._signs = np.asarray([2 * pair.fits - 1 for pair in self.pairs], dtype=np.float32)
        self._usual = queries, targets

    def evidence(
        self, query_id: str, query: FloatArray, targets: FloatArray, row_of: Mapping[str, int]
    ) -> FloatArray | None:
        """Return what like pairs say of a query and targets, ``(n_targets,)``; ``None`` if there are none.

        ``row_of`` tells the targets' rows by id. A pair's own verdicts say nothing of it: they are known.
        """
        likeness = self._alike(query)
        near = np.flatnonzero(likeness > 0)
        if not len(near):
            return None
        kernel = (
            alike(self._targets[near] @ targets.T, self._usual[1]) * (likeness * self._weights)[near, None]
        )
        for line, place in enumerate(near):
            own = row_of.get(self.pairs[place].target_id)
            if own is not None and self.pairs[place].query_id == query_id:
                kernel[line, own] = 0
        found = (self._signs[near] @ kernel) / (PRIOR + kernel.sum(axis=0))
        return np.asarray(found, dtype=np.float32)

    def counts(
        self, query_id: str, query: FloatArray, *, target_id: str, target: FloatArray
    ) -> tuple[int, int]:
        """Return how many like pairs were accepted and rejected."""
        both = (self._alike(query) > 0) & (alike(self._targets @ target, self._usual[1]) > 0)
        signs = [
            self._signs[i]
            for i in np.flatnonzero(both)
            if (self.pairs[i].query_id, self.pairs[i].target_id) != (query_id, target_id)
        ]
        return int(sum(sign > 0 for sign in signs)), int(sum(sign < 0 for sign in signs))

    def _alike(self, query: FloatArray) -> FloatArray:
        return alike(self._queries @ query, self._usual[0])


def alike(cosines: FloatArray, usual: Standard) -> FloatArray:
    """How far entries are alike by their cosines, from 0 (not at all) to 1 (wholly), in the same shape."""
    z = (cosines - usual.dense_mean[0]) / usual.dense_std[0]
    return np.asarray(np.clip((z - STARTS) / (WHOLE - STARTS), 0, 1), dtype=np.float32)
