"""Rows that grow at the end without being copied each time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Sparse = Any
"""A ``scipy.sparse.csr_matrix`` of float32, which carries no types."""
Choice = Any
"""Whatever numpy takes to choose rows: positions, a mask or a slice."""


class GrowingArray:
    """An array that rows are appended to; its capacity doubles, so that one more row is cheap.

    Parameters
    ----------
    start
        First rows, shape ``(n, ...)``; they are copied when the array first grows.
    """

    def __init__(self, start: Array) -> None:
        self._rows: Array = start
        self._n = len(start)

    def __len__(self) -> int:
        return self._n

    @property
    def rows(self) -> Array:
        """All rows, a view that is valid until the next ``append``."""
        return self._rows[: self._n]

    def append(self, more: Array) -> None:
        """Put rows of the same shape and type at the end."""
        n = self._n + len(more)
        if n > len(self._rows):
            larger = np.empty((max(n, 2 * len(self._rows), 16), *self._rows.shape[1:]), self._rows.dtype)
            larger[: self._n] = self._rows[: self._n]
            self._rows = larger
        self._rows[self._n : n] = more
        self._n = n


class GrowingSparse:
    """A sparse matrix by rows (CSR, float32) that rows are appended to.

    Parameters
    ----------
    start
        First rows, a ``scipy.sparse.csr_matrix`` of shape ``(n, n_features)``.
    """

    def __init__(self, start: Sparse) -> None:
        self.n_features = int(start.shape[1])
        self._data = GrowingArray(start.data.astype(np.float32, copy=False))
        self._indices = GrowingArray(start.indices.astype(np.int32, copy=False))
        self._starts = GrowingArray(start.indptr.astype(np.int64, copy=False))

    def __len__(self) -> int:
        return len(self._starts) - 1

    def append(self, more: Sparse) -> None:
        """Put the rows of a CSR matrix with as many features at the end."""
        end = self._starts.rows[-1]
        self._data.append(more.data.astype(np.float32, copy=False))
        self._indices.append(more.indices.astype(np.int32, copy=False))
        self._starts.append(more.indptr[1:].astype(np.int64) + end)

    def since(self, first: int = 0) -> Sparse:
        """Return the rows from ``first`` on as CSR; the large arrays are shared, not copied."""
        from scipy.sparse import csr_matrix

        starts = self._starts.rows[first:]
        begin = starts[0]
        # Counts of non-zeros stay below 2**31 up to millions of entries; 32 bits spare scipy a copy.
        indptr = (starts - begin).astype(np.int32)
        return csr_matrix(
            (self._data.rows[begin:], self._indices.rows[begin:], indptr),
            shape=(len(starts) - 1, self.n_features),
            copy=False,
        )

    def take(self, rows: NDArray[np.intp]) -> Sparse:
        """Return the rows at the given positions as CSR."""
        return self.since()[rows]
