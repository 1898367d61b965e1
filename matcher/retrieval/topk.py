"""The largest entries of each row, in a stable order."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]
IntArray = NDArray[np.intp]
GROUP = 16


def top_k(scores: FloatArray, k: int) -> IntArray:
    """Positions of the ``k`` largest of each row, largest first; equal ones by position.

    Parameters
    ----------
    scores
        Shape ``(n_rows, n_columns)``.
    k
        How many; fewer columns give fewer.

    Returns
    -------
    Positions, shape ``(n_rows, min(k, n_columns))``.
    """
    k = min(k, scores.shape[1])
    if k == 0:
        return np.empty((len(scores), 0), dtype=np.intp)
    found = _largest(scores, k)
    found.sort(axis=1)
    values = np.take_along_axis(scores, found, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    return np.take_along_axis(found, order, axis=1)


def _largest(scores: FloatArray, k: int) -> IntArray:
    """Find the ``k`` largest of each row in any order.

    The ``k`` largest lie in the ``k`` groups with the largest maxima, so that only these are partitioned:
    several times faster than partitioning the whole row. A group takes every ``n_groups``-th column, which
    lets the maxima be taken along contiguous memory.
    """
    n = scores.shape[1]
    n_groups = n // GROUP
    if n_groups <= 2 * k:
        return np.argpartition(-scores, k - 1, axis=1)[:, :k]
    whole = n_groups * GROUP
    maxima = scores[:, :whole].reshape(len(scores), GROUP, n_groups).max(axis=1)
    groups = np.argpartition(-maxima, k - 1, axis=1)[:, :k]
    inside = (groups[:, :, None] + n_groups * np.arange(GROUP)).reshape(len(scores), -1)
    rest = np.broadcast_to(np.arange(whole, n), (len(scores), n - whole))
    places = np.concatenate([inside, rest], axis=1)
    best = np.argpartition(-np.take_along_axis(scores, places, axis=1), k - 1, axis=1)[:, :k]
    return np.take_along_axis(places, best, axis=1)
