"""What would meet a need, as part of what it is like: needs that the same offerings fit are one more often.

Two people tell of one need in other words, or in another language, and share no word. What would help them is
the same, though. The vector of a need is therefore lengthened by its profile over the offerings: how much
nearer than usual each of them is.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from matcher.grouping.vectors import FloatArray, unit_rows

MOST_SHARE: Final = 0.4
"""Share that the profile has in a cosine at most, among many offerings."""
HALF_WAY: Final = 200
"""Offerings at which it is half of that: among a few, what would meet a need is mostly missing."""
FEWEST: Final = 30
MOST: Final = 256
"""Offerings that a profile is over; of more, some that are spread over all."""
POWER: Final = 4.0
HUB_SHARE: Final = 0.5
_BLOCK: Final = 20_000


def with_means(needs: FloatArray, offerings: FloatArray, *, seed: int = 20260101) -> FloatArray:
    """Lengthen vectors of needs by what would meet them.

    Parameters
    ----------
    needs
        Shape ``(n, n_dims)``.
    offerings
        Shape ``(n_offerings, n_dims)``; few leave the needs as they are.
    seed
        Which of many offerings are taken.

    Returns
    -------
    Vectors ``(n, n_dims + n_taken)`` of length 1, whose cosines are those of the needs mixed with those of
    their profiles. A row of zeros stays one.
    """
    rows = unit_rows(needs)
    if len(offerings) < FEWEST or len(rows) < 2:
        return rows
    share = MOST_SHARE * len(offerings) / (len(offerings) + HALF_WAY)
    profiles = _profiles(rows, _spread(unit_rows(offerings), seed))
    made = np.empty((len(rows), rows.shape[1] + profiles.shape[1]), dtype=np.float32)
    made[:, : rows.shape[1]] = np.sqrt(1 - share) * rows
    made[:, rows.shape[1] :] = np.sqrt(share) * profiles
    return unit_rows(made)


def _spread(offerings: FloatArray, seed: int) -> FloatArray:
    """Return all offerings, or of many as many as are wanted, far from each other."""
    if len(offerings) <= MOST:
        return offerings
    from sklearn.cluster import kmeans_plusplus

    _, places = kmeans_plusplus(offerings, MOST, random_state=seed)
    return np.asarray(offerings[np.sort(places)], dtype=np.float32)


def _profiles(needs: FloatArray, offerings: FloatArray) -> FloatArray:
    """Return how far each offering stands out for each need, of length 1; ``(n, n_offerings)``."""
    profiles = np.empty((len(needs), len(offerings)), dtype=np.float32)
    for start in range(0, len(needs), _BLOCK):
        near = needs[start : start + _BLOCK] @ offerings.T
        spread = np.maximum(near.std(axis=1, keepdims=True), 1e-6)
        profiles[start : start + _BLOCK] = (near - near.mean(axis=1, keepdims=True)) / spread
    # An offering that is near to every need tells little about any.
    profiles -= HUB_SHARE * profiles.mean(axis=0)
    np.maximum(profiles, 0.0, out=profiles)
    profiles **= POWER
    profiles[~needs.any(axis=1)] = 0.0
    return unit_rows(profiles)
