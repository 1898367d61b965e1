"""How far two entries stand out to each other, as one product of two vectors.

A cosine says little by itself: short and general texts are near to everything, special ones to nothing. The
vectors are therefore centred, which takes from each what it shares with all (Suzuki et al., "Centering
similarity measures to reduce hubs", EMNLP 2013), and each is measured by how far its own products with the
others spread (local scaling; Zelnik-Manor and Perona, "Self-tuning spectral clustering", NIPS 2004).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matcher.grouping.near import LOWEST
from matcher.grouping.vectors import FloatArray, IntArray, cosines, unit_rows

_PRIOR_N: Final = 20
_PRIOR_SPREAD: Final = 0.1
"""Entries, and spread of their products, that are taken to be there besides: a few tell little."""
_LEAST_SPREAD: Final = 0.5
"""Share of the middle spread below which none is taken to be."""


@dataclass(frozen=True, slots=True)
class StandardRows:
    """Rows whose products tell how far pairs stand out.

    Attributes
    ----------
    rows
        Shape ``(n, n_dims)``, none longer than 1; rows of zeros for entries that say nothing.
    unit
        The product of two rows that stand out by one standard deviation.
    """

    rows: FloatArray
    unit: float

    @property
    def n(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    @classmethod
    def of(cls, vectors: FloatArray) -> StandardRows:
        """Standardise vectors, ``(n, n_dims)``, against each other."""
        given = unit_rows(vectors)
        says = given.any(axis=1)
        n = int(says.sum())
        mean = given.sum(axis=0, dtype=np.float64) / (n + _PRIOR_N)
        rows = given.astype(np.float64) - mean
        rows[~says] = 0.0
        squares = np.einsum("nd,de,ne->n", rows, rows.T @ rows, rows, optimize=True)
        squares -= np.einsum("nd,nd->n", rows, rows) ** 2
        spread = np.sqrt((np.maximum(squares, 0) + _PRIOR_N * _PRIOR_SPREAD**2) / (n + _PRIOR_N))
        rows /= np.sqrt(np.maximum(spread, _LEAST_SPREAD * np.median(spread[says]) if n else 1.0))[:, None]
        longest = max(float(np.linalg.norm(rows, axis=1).max(initial=0.0)), 1e-6)
        return cls((rows / longest).astype(np.float32), 1 / longest**2)

    def pairs(self, left: IntArray, right: IntArray) -> NDArray[np.float64]:
        """Return by how many standard deviations each pair of rows stands out, ``(n_pairs,)``."""
        return self.standard(cosines(self.rows, left, right))

    def product(self, standing_out: float) -> float:
        """Return the product of rows that stand out by so many standard deviations, within what it can be."""
        return min(max(standing_out * self.unit, LOWEST), 1.0)

    def standard(self, products: FloatArray) -> NDArray[np.float64]:
        """Return products of rows in standard deviations."""
        return np.asarray(products, dtype=np.float64) / self.unit
