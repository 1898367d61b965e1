"""In which order proposals are worth a person's look: the likeliest first, or what teaches most."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def most_teaching(scores: Sequence[float], features: FloatArray, *, k: int, spread: float = 1.0) -> list[int]:
    """Choose pairs whose verdicts a scorer would learn most from: uncertain ones, unlike each other.

    Greedy: each time the pair with the largest uncertainty ``4 p (1 - p)`` times its distance to what was
    chosen before (farthest point first; compare Sener and Savarese, 2018, for the distance and Lewis and
    Gale, 1994, for the uncertainty).

    Parameters
    ----------
    scores
        Probabilities, ``(n_pairs,)``.
    features
        Evidence of the pairs, ``(n_pairs, n_features)``; ``nan`` counts as the column's mean.
    k
        How many at most.
    spread
        Distance, in standard deviations, at which a pair counts as wholly unlike another.

    Returns
    -------
    Positions, what teaches most first; equal ones by position.
    """
    p = np.asarray(scores, dtype=np.float64)
    worth = 4 * p * (1 - p)
    points = _standardised(np.asarray(features, dtype=np.float64))
    apart = np.full(len(p), np.inf)
    left = np.ones(len(p), dtype=bool)
    chosen: list[int] = []
    while len(chosen) < min(k, len(p)):
        gain = np.where(left, worth * np.minimum(1.0, apart / spread), -1.0)
        best = int(np.argmax(gain))
        chosen.append(best)
        left[best] = False
        apart = np.minimum(apart, np.linalg.norm(points - points[best], axis=1))
    return chosen


def likeliest(scores: Sequence[float], *, k: int) -> list[int]:
    """Choose the likeliest pairs; equal ones by position."""
    return [int(i) for i in np.argsort(-np.asarray(scores, dtype=np.float64), kind="stable")[:k]]


def _standardised(features: FloatArray) -> FloatArray:
    """Columns in standard deviations; what is missing or constant is 0."""
    if not features.size:
        return features
    is_known = ~np.isnan(features)
    n = np.maximum(is_known.sum(axis=0), 1)
    filled = np.where(is_known, features, 0.0)
    centred = np.where(is_known, features - filled.sum(axis=0) / n, 0.0)
    std = np.sqrt((centred**2).sum(axis=0) / n)
    return np.asarray(centred / np.where(std > 1e-9, std, 1.0), dtype=np.float64)
