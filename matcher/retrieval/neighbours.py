"""For each stored entry the one that is most like it, kept up while entries come and go.

An offering is likelier to meet a need if another offering much like it would, too: neighbours steady what
one short text says (compare database-side feature augmentation, Arandjelović and Zisserman, 2012).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
Rows = NDArray[np.intp]
BLOCK = 512
NOBODY = np.float32(-2.0)
"""Below every cosine."""


class Neighbours:
    """Nearest other row of each row.

    Attributes
    ----------
    rows_
        Position of the nearest other row, ``(n,)``; the row itself where there is no other.
    cosines_
        How near it is, ``(n,)``; ``NOBODY`` where there is no other.
    """

    def fit(self, vectors: FloatArray, alive: NDArray[np.bool_]) -> Neighbours:
        """Find the neighbours of all rows, shape ``(n, n_dims)``, among those that are alive."""
        self.rows_: Rows = np.arange(len(vectors), dtype=np.intp)
        self.cosines_: FloatArray = np.full(len(vectors), NOBODY, dtype=np.float32)
        self._look(np.arange(len(vectors), dtype=np.intp), vectors, alive)
        return self

    def add(self, vectors: FloatArray, alive: NDArray[np.bool_]) -> None:
        """Take in the last row, which is new."""
        new = len(vectors) - 1
        self.rows_ = np.append(self.rows_, new)
        self.cosines_ = np.append(self.cosines_, NOBODY)
        self._look(np.array([new], dtype=np.intp), vectors, alive)
        similar = vectors @ vectors[new]
        similar[new] = NOBODY
        nearer = alive & (similar > self.cosines_)
        self.rows_[nearer], self.cosines_[nearer] = new, similar[nearer]

    def remove(self, row: int, vectors: FloatArray, alive: NDArray[np.bool_]) -> None:
        """Look for others where the row that went was the nearest."""
        left = np.flatnonzero((self.rows_ == row) & alive)
        self._look(left, vectors, alive)

    def _look(self, rows: Rows, vectors: FloatArray, alive: NDArray[np.bool_]) -> None:
        for start in range(0, len(rows), BLOCK):
            block = rows[start : start + BLOCK]
            similar = vectors[block] @ vectors.T
            similar[:, ~alive] = NOBODY
            similar[np.arange(len(block)), block] = NOBODY
            nearest = similar.argmax(axis=1)
            best = np.take_along_axis(similar, nearest[:, None], axis=1)[:, 0]
            self.cosines_[block] = best
            self.rows_[block] = np.where(best > NOBODY, nearest, block)
