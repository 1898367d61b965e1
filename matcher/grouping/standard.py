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
_BLOCK: Final = 8192
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
        says = np.asarray(given.any(axis=1))
        n = int(says.sum())
        mean = np.asarray(given.sum(axis=0, dtype=np.float64) / (n + _PRIOR_N), dtype=np.float32)
        rows = given - mean
        rows[~says] = 0.0
        spread = np.ones(len(rows), dtype=np.float32)
        second = np.zeros((rows.shape[1], rows.shape[1]))
        for start in range(0, len(rows), _BLOCK):
            part = rows[start : start + _BLOCK]
            second += part.T @ part
        for start in range(0, len(rows), _BLOCK):
            part = rows[start : start + _BLOCK]
            own = np.einsum("nd,nd->n", part, part)
            squares = np.einsum("nd,nd->n", part @ second.astype(np.float32), part) - own**2
            prior = _PRIOR_N * _PRIOR_SPREAD**2
            spread[start : start + _BLOCK] = np.sqrt((np.maximum(squares, 0) + prior) / (n + _PRIOR_N))
        least = _LEAST_SPREAD * float(np.median(spread[says])) if n else 1.0
        rows /= np.sqrt(np.maximum(spread, least))[:, None]
        longest = max(float(np.sqrt(np.einsum("nd,nd->n", rows, rows).max(initial=0.0))), 1e-6)
        rows /= longest
        return cls(rows, 1 / longest**2)

    def pairs(self, left: IntArray, right: IntArray) -> NDArray[np.float64]:
        """Return by how many standard deviations each pair of rows stands out, ``(n_pairs,)``."""
        return self.standard(cosines(self.rows, left, right))

    def product(self, standing_out: float) -> float:
        """Return the product of rows that stand out by so many standard deviations, within what it can be."""
        return min(max(standing_out * self.unit, LOWEST), 1.0)

    def standard(self, products: FloatArray) -> NDArray[np.float64]:
        """Return products of rows in standard deviations."""
        return np.asarray(products, dtype=np.float64) / self.unit
