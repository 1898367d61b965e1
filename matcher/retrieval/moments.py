"""What similarity an entry has to those it is compared with on average, and how much it spreads.

A cosine of 0.4 means much for one entry and little for another: vectors of short texts crowd, and some
entries are near to everything. A similarity is therefore read against its own population: the entries of
the kind that the other side belongs to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.recipe import Background
from matcher.retrieval.growing import Choice, Sparse
from matcher.retrieval.lexical import products
from matcher.retrieval.meaning import lengthened
from matcher.retrieval.sketch import LexicalSketch, Sketched

FloatArray = NDArray[np.float32]
Moments = NDArray[np.float64]
N_SAMPLED = 1000
MIN_SPREAD = 1e-3
BLOCK = 8192


@dataclass(frozen=True, slots=True)
class Standard:
    """Mean and spread of dense and lexical similarity of ``n`` entries, each of shape ``(n,)``."""

    dense_mean: FloatArray
    dense_std: FloatArray
    lexical_mean: FloatArray
    lexical_std: FloatArray

    def __getitem__(self, rows: Choice) -> Standard:
        return Standard(
            self.dense_mean[rows], self.dense_std[rows], self.lexical_mean[rows], self.lexical_std[rows]
        )

    def as_array(self) -> FloatArray:
        """Stack into shape ``(n, 4)``."""
        columns = (self.dense_mean, self.dense_std, self.lexical_mean, self.lexical_std)
        return np.stack(columns, axis=1).astype(np.float32)

    @classmethod
    def from_array(cls, array: FloatArray) -> Standard:
        """Undo ``as_array``."""
        return cls(array[:, 0], array[:, 1], array[:, 2], array[:, 3])


def sample_rows(ids: Sequence[str], n: int, *, seed: int) -> NDArray[np.intp]:
    """Choose at most ``n`` rows by a hash of their ids: the same ones whatever their order."""
    if len(ids) <= n:
        return np.arange(len(ids), dtype=np.intp)
    salt = str(seed).encode()
    keys = [hashlib.blake2b(i.encode(), digest_size=8, salt=salt[:16]).digest() for i in ids]
    return np.asarray(sorted(range(len(ids)), key=keys.__getitem__)[:n], dtype=np.intp)


@dataclass(frozen=True, slots=True)
class DenseMoments:
    """Mean and covariance of vectors, ``(n_dims,)`` and ``(n_dims, n_dims)``."""

    mean: Moments
    covariance: Moments

    @classmethod
    def of(cls, vectors: FloatArray) -> DenseMoments:
        """Compute them, a block at a time."""
        n, n_dims = vectors.shape
        total, second = np.zeros(n_dims), np.zeros((n_dims, n_dims))
        for start in range(0, n, BLOCK):
            rows = vectors[start : start + BLOCK].astype(np.float64)
            total += rows.sum(axis=0)
            second += rows.T @ rows
        mean = total / max(n, 1)
        return cls(mean, second / max(n, 1) - np.outer(mean, mean))

    def seen_from(self, queries: FloatArray) -> tuple[Moments, Moments]:
        """Mean and variance of the products of each query with the vectors, ``(n_queries,)`` each."""
        rows = queries.astype(np.float64)
        return rows @ self.mean, np.einsum("ij,ij->i", rows @ self.covariance, rows)

    def variance_of_pairs(self) -> float:
        """Variance of the products of all pairs."""
        second = self.covariance + np.outer(self.mean, self.mean)
        return float(self.mean @ self.covariance @ self.mean + np.sum(self.covariance * second))


class Population:
    """Statistics of the entries of one kind, frozen when fitted.

    Dense means and variances are exact for any query (``q·µ`` and ``qᵀCq``), and so are lexical means; the
    lexical spread is taken over a fixed sample. Few entries are pulled towards the background, so that
    their spread does not explode.

    Parameters
    ----------
    background
        Mean and spread to fall back on, and the number of entries that it counts for.
    seed
        Seed of the sample.
    """

    def __init__(self, background: Background, *, seed: int) -> None:
        self.background = background
        self.seed = seed

    def fit(
        self,
        ids: Sequence[str],
        vectors: FloatArray,
        *,
        lexical: Sparse,
        sketch: LexicalSketch | None,
        profiles: FloatArray | None = None,
    ) -> Population:
        """Learn from vectors ``(n, n_dims)``, lexical rows ``(n, n_features)`` and, of needs, profiles."""
        self.n_ = len(ids)
        self.dense_ = DenseMoments.of(vectors)
        self.alike_ = None if profiles is None else DenseMoments.of(lengthened(vectors, profiles))
        self.lexical_mean_ = np.asarray(lexical.sum(axis=0), dtype=np.float32).ravel() / max(self.n_, 1)
        self.sample_ = lexical[sample_rows(ids, N_SAMPLED, seed=self.seed)]
        self.sketched_sample_ = sketch.targets(self.sample_) if sketch and len(ids) > N_SAMPLED else None
        self.overall_ = self._overall(self.dense_)
        self.overall_alike_ = self.overall_ if self.alike_ is None else self._overall(self.alike_)
        return self

    def standard(
        self,
        vectors: FloatArray,
        lexical: Sparse,
        *,
        sketched: Sketched | None,
        profiles: FloatArray | None = None,
    ) -> Standard:
        """Mean and spread of each query's similarities to this population, pooled with those of all pairs.

        With ``profiles`` they are those of needs with each other.
        """
        if profiles is None or self.alike_ is None:
            (mean, variance), overall = self.dense_.seen_from(vectors), self.overall_
        else:
            mean, variance = self.alike_.seen_from(lengthened(vectors, profiles))
            overall = self.overall_alike_
        lexical_mean = np.asarray(lexical @ self.lexical_mean_, dtype=np.float64)
        own = self._shrunk(mean, variance, lexical_mean, self._lexical_variance(lexical, sketched))
        pooled = np.float32(self.background.pooled)
        return Standard.from_array((1 - pooled) * own.as_array() + pooled * overall.as_array())

    def _overall(self, dense: DenseMoments) -> Standard:
        """Mean and spread over all pairs of the population; shape ``(1,)``."""
        similar = products(self.sample_, self.sample_).astype(np.float64)
        pairs = similar[~np.eye(len(similar), dtype=bool)]
        lexical_mean, lexical_variance = (pairs.mean(), pairs.var()) if pairs.size else (0.0, 0.0)
        return self._shrunk(
            np.array([dense.mean @ dense.mean]),
            np.array([dense.variance_of_pairs()]),
            np.array([lexical_mean]),
            np.array([lexical_variance]),
        )

    def _lexical_variance(self, lexical: Sparse, sketched: Sketched | None) -> Moments:
        if self.sketched_sample_ is not None and sketched is not None:
            similar = self.sketched_sample_.products(sketched)
        else:
            similar = products(lexical, self.sample_)
        if similar.shape[1] == 0:
            return np.zeros(len(similar))
        return np.asarray(similar.var(axis=1, dtype=np.float64))

    def _shrunk(
        self, mean: Moments, variance: Moments, lexical_mean: Moments, lexical_variance: Moments
    ) -> Standard:
        """Pull moments towards the background, the more the fewer entries there are."""
        back = self.background
        share = self.n_ / (self.n_ + back.n_entries)

        def pulled(value: Moments, to: float) -> Moments:
            return share * value + (1 - share) * to

        stds = (
            np.maximum(np.sqrt(np.maximum(pulled(variance, back.dense_std**2), 0)), MIN_SPREAD),
            np.maximum(np.sqrt(np.maximum(pulled(lexical_variance, back.lexical_std**2), 0)), MIN_SPREAD),
        )
        columns = (pulled(mean, back.dense_mean), stds[0], pulled(lexical_mean, back.lexical_mean), stds[1])
        return Standard.from_array(np.stack(columns, axis=1).astype(np.float32))
