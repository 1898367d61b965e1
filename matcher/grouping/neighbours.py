"""The nearest others of each entry, in blocks of bounded size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from matcher.grouping.vectors import FloatArray, IntArray, as_tensor, coarse_dtype, unit_rows

_BLOCK: Final = 2048
_PRODUCTS: Final = 50_000_000
_SPARE: Final = 2


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The nearest stored rows of each query, nearest first, and their cosines: both ``(n_queries, k)``."""

    rows: IntArray
    cosines: FloatArray

    @property
    def k(self) -> int:
        """How many there are of each."""
        return int(self.rows.shape[1])


def nearest(
    stored: FloatArray,
    *,
    k: int,
    queries: FloatArray | None = None,
    progress: Callable[[int], None] | None = None,
) -> Neighbours:
    """Find the ``k`` nearest stored rows of each query.

    Twice as many are found in half the precision where the processor is faster with that, and then compared
    in full: a neighbour is missed only if ``k`` others lie within a rounding error of it.

    Parameters
    ----------
    stored
        Shape ``(n, n_dims)``.
    k
        How many; fewer stored rows give fewer.
    queries
        Shape ``(n_queries, n_dims)``; left out, the stored rows themselves, each without itself.
    progress
        Called with the number of queries done since the last call.
    """
    import torch

    is_own = queries is None
    rows = unit_rows(stored)
    asked = rows if queries is None else unit_rows(queries)
    k = min(k, len(rows) - is_own)
    if k <= 0 or not len(asked):
        none = np.empty((len(asked), 0))
        return Neighbours(none.astype(np.int64), none.astype(np.float32))
    dtype = coarse_dtype()
    coarse = as_tensor(rows, dtype)
    block = max(1, min(_BLOCK, _PRODUCTS // len(rows)))
    found = Neighbours(np.empty((len(asked), k), dtype=np.int64), np.empty((len(asked), k), dtype=np.float32))
    for start in range(0, len(asked), block):
        part = slice(start, min(start + block, len(asked)))
        values = as_tensor(asked[part], dtype) @ coarse.T
        if is_own:
            values[torch.arange(len(values)), torch.arange(part.start, part.stop)] = -2.0
        likely = values.topk(min(_SPARE * k, len(rows) - is_own), dim=1).indices.numpy()
        _keep_best(found, part, asked[part], rows, likely)
        if progress is not None:
            progress(len(values))
    return found


def _keep_best(found: Neighbours, part: slice, asked: FloatArray, rows: FloatArray, likely: IntArray) -> None:
    """Compare the likely ones in full and keep the nearest; equal ones by their place."""
    likely = np.sort(likely, axis=1)
    exact = np.empty(likely.shape, dtype=np.float32)
    for i, places in enumerate(likely):
        exact[i] = rows[places] @ asked[i]
    order = np.argsort(-exact, axis=1, kind="stable")[:, : found.k]
    found.rows[part] = np.take_along_axis(likely, order, axis=1)
    found.cosines[part] = np.take_along_axis(exact, order, axis=1)
