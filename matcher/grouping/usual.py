"""What cosines are usual among some entries: what a cosine is read against."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matcher.grouping.vectors import FloatArray, cosines, unit_rows

_N_SAMPLED: Final = 100_000
_BELOW: Final = (0.0228, 0.1587)


@dataclass(frozen=True, slots=True)
class Usual:
    """Mean and spread of the cosines of pairs of ``n`` entries."""

    n: int
    mean: float
    spread: float

    @classmethod
    def of(cls, vectors: FloatArray) -> Usual:
        """Compute them over all pairs, exactly, from sums over the rows."""
        rows, n = unit_rows(vectors), len(vectors)
        if n < 2:
            return cls(n, 0.0, 1.0)
        total = rows.sum(axis=0, dtype=np.float64)
        second = (rows.T @ rows).astype(np.float64)
        own = np.einsum("ij,ij->i", rows, rows).astype(np.float64)
        n_pairs = n * (n - 1)
        mean = float(total @ total - own.sum()) / n_pairs
        square = float(np.sum(second**2) - np.sum(own**2)) / n_pairs
        return cls(n, mean, math.sqrt(max(square - mean**2, 1e-6)))

    @classmethod
    def unrelated(cls, vectors: FloatArray, *, seed: int) -> Usual:
        """Tell those of entries that have nothing in common from the lowest sixth of all, by a sample.

        Even where most pairs are about one thing, the lowest are not: a normal distribution is laid through
        the values one and two standard deviations below its mean.
        """
        n = len(vectors)
        if n < 2:
            return cls(n, 0.0, 1.0)
        rng = np.random.default_rng(seed)
        left = rng.integers(0, n, _N_SAMPLED)
        right = (left + rng.integers(1, n, _N_SAMPLED)) % n
        two, one = np.quantile(cosines(unit_rows(vectors), left, right), _BELOW)
        spread = max(float(one - two), 1e-3)
        return cls(n, float(one) + spread, spread)

    def standard(self, cosines: FloatArray) -> NDArray[np.float64]:
        """Return cosines in standard deviations above the mean."""
        return np.asarray((cosines.astype(np.float64) - self.mean) / self.spread)
