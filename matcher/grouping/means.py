"""What would meet a need, as part of what it is like: needs that the same offerings fit are one more often.

Two people tell of one need in other words, or in another language, and share no word. What would help them is
the same, though. The vector of a need is therefore lengthened by its profile over the offerings: how much
nearer than usual each of them is. The better the best of them fits, the more the profile weighs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from matcher.grouping.vectors import FloatArray, unit_rows

MOST_SHARE: Final = 0.8
"""Share that the profile has in a cosine at most, among many offerings."""
HALF_WAY: Final = 200
"""Offerings at which it is half of that: among a few, what would meet a need is mostly missing."""
FITS: Final = (1.5, 4.0)
"""Standard deviations above the usual of the best offering for a need from which its profile begins to count,
and counts in full."""
FEWEST: Final = 30
MOST: Final = 256
"""Offerings that a profile is over; of more, some that are spread over all."""
SEARCHED: Final = 4096
"""Offerings among which these are looked for: drawn by chance from more."""
POWER: Final = 4.0
HUB_SHARE: Final = 0.5
_BLOCK: Final = 20_000


@dataclass(frozen=True, slots=True)
class Means:
    """What is looked at to tell what would meet a need.

    Attributes
    ----------
    offerings
        Shape ``(n_taken, n_dims)``, rows of length 1.
    hubs
        How far each stands out for any need, ``(n_taken,)``: one that is near to every need tells little.
    usual
        Mean and standard deviation of the cosines of needs and offerings.
    share
        That of a profile in a cosine, where an offering fits well.
    """

    offerings: FloatArray
    hubs: FloatArray
    usual: tuple[float, float]
    share: float

    @classmethod
    def of(cls, needs: FloatArray, offerings: FloatArray, *, seed: int = 20260101) -> Means | None:
        """Learn what is usual among needs ``(n, n_dims)`` and offerings; ``None`` where these are too few.

        ``seed`` tells which of many offerings are taken.
        """
        if len(offerings) < FEWEST or len(needs) < 2:
            return None
        taken, rows = _spread(unit_rows(offerings), seed), unit_rows(needs)
        summed, total, squares = np.zeros(len(taken)), 0.0, 0.0
        for start in range(0, len(rows), _BLOCK):
            near = rows[start : start + _BLOCK] @ taken.T
            total += float(near.sum(dtype=np.float64))
            squares += float(np.square(near, dtype=np.float64).sum())
            summed += _standardised(near).sum(axis=0, dtype=np.float64)
        n_pairs = len(rows) * len(taken)
        mean = total / n_pairs
        return cls(
            taken,
            np.asarray(HUB_SHARE * summed / len(rows), dtype=np.float32),
            (mean, max(squares / n_pairs - mean**2, 1e-6) ** 0.5),
            MOST_SHARE * len(offerings) / (len(offerings) + HALF_WAY),
        )

    def profiles(self, needs: FloatArray) -> FloatArray:
        """Return what makes vectors of needs, ``(n, n_dims)``, longer.

        Returns
        -------
        Shape ``(n, 1 + n_taken)``: by what a need's own vector is to be multiplied, and what is to stand
        beside it. Vectors that are lengthened so have length 1, and their cosines are those of the needs
        mixed with those of their profiles. A need that says nothing, or that nothing would meet, has none.
        """
        rows = unit_rows(needs)
        made = np.empty((len(rows), 1 + len(self.offerings)), dtype=np.float32)
        for start in range(0, len(rows), _BLOCK):
            part = slice(start, start + _BLOCK)
            near = rows[part] @ self.offerings.T
            share = self._shares(near.max(axis=1, keepdims=True))
            profiles = _standardised(near) - self.hubs
            np.maximum(profiles, 0.0, out=profiles)
            profiles **= POWER
            share[~(profiles.any(axis=1) & rows[part].any(axis=1))] = 0.0
            made[part, :1] = np.sqrt(1 - share)
            made[part, 1:] = np.sqrt(share) * unit_rows(profiles)
        return made

    def _shares(self, best: FloatArray) -> FloatArray:
        mean, spread = self.usual
        begins, full = FITS
        fit = np.clip(((best - mean) / spread - begins) / (full - begins), 0, 1)
        return np.asarray(self.share * fit, dtype=np.float32)


def with_means(needs: FloatArray, offerings: FloatArray) -> FloatArray:
    """Lengthen vectors of needs by what would meet them; few offerings leave them as they are.

    Returns
    -------
    Vectors ``(n, n_dims + n_taken)`` of length 1; rows of zeros stay zeros.
    """
    rows, means = unit_rows(needs), Means.of(needs, offerings)
    if means is None:
        return rows
    profiles = means.profiles(rows)
    return np.concatenate([profiles[:, :1] * rows, profiles[:, 1:]], axis=1)


def _spread(offerings: FloatArray, seed: int) -> FloatArray:
    """Return all offerings, or of many as many as are wanted, far from each other."""
    if len(offerings) <= MOST:
        return offerings
    from sklearn.cluster import kmeans_plusplus

    if len(offerings) > SEARCHED:
        chosen = np.random.default_rng(seed).choice(len(offerings), SEARCHED, replace=False)
        offerings = offerings[np.sort(chosen)]
    _, places = kmeans_plusplus(offerings, MOST, random_state=seed)
    return np.asarray(offerings[np.sort(places)], dtype=np.float32)


def _standardised(near: FloatArray) -> FloatArray:
    """Return how far each offering stands out for each need, ``(n, n_offerings)``."""
    spread = np.maximum(near.std(axis=1, keepdims=True), 1e-6)
    return np.asarray((near - near.mean(axis=1, keepdims=True)) / spread, dtype=np.float32)
