"""Cheap, nearly exact lexical products for large sets, to choose candidates that are then scored exactly.

A product of character n-gram rows costs the sum of squared document frequencies, and nearly all of it
goes to n-grams that every second text has and that tell little. So the rare n-grams (nearly all of the
400 000) are multiplied exactly through inverted lists, and the frequent ones through a truncated singular
value decomposition (Deerwester et al., 1990), which is a small dense product.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.retrieval.growing import Choice, Sparse

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sketched:
    """Rows in the sketch: rare n-grams (CSR) and the projection of frequent ones, ``(n, n_dims)``."""

    rare: Sparse
    projected: FloatArray

    def __getitem__(self, rows: Choice) -> Sketched:
        return Sketched(self.rare[rows], self.projected[rows])


@dataclass(frozen=True, slots=True)
class SketchedTargets:
    """Targets in the sketch, the rare n-grams as inverted lists (CSR of shape ``(n_rare, n_targets)``)."""

    lists: Sparse
    projected: FloatArray

    def products(self, queries: Sketched) -> FloatArray:
        """Approximate cosines, shape ``(n_queries, n_targets)``."""
        similar: FloatArray = queries.projected @ self.projected.T
        similar += (queries.rare @ self.lists).toarray()
        return similar


class LexicalSketch:
    """Splits n-grams into rare and frequent ones and learns the projection of the frequent ones.

    Parameters
    ----------
    max_share
        Share of the texts up to which an n-gram counts as rare.
    n_dims
        Dimensions of the projection.
    n_fit
        Texts from which the projection is learnt.
    seed
        Seed of that choice and of the decomposition.
    """

    def __init__(
        self, *, max_share: float = 0.01, n_dims: int = 128, n_fit: int = 4000, seed: int = 0
    ) -> None:
        self.max_share = max_share
        self.n_dims = n_dims
        self.n_fit = n_fit
        self.seed = seed

    def fit(self, rows: Sparse) -> LexicalSketch:
        """Learn from lexical rows, CSR of shape ``(n, n_features)``."""
        from sklearn.decomposition import TruncatedSVD

        counts = np.bincount(rows.indices, minlength=rows.shape[1])
        rare = counts <= self.max_share * rows.shape[0]
        self.rare_ = np.flatnonzero(rare)
        self.frequent_ = np.flatnonzero(~rare)
        step = max(1, rows.shape[0] // self.n_fit)
        part = rows[::step][:, self.frequent_]
        self.n_dims_ = max(0, min(self.n_dims, len(self.frequent_) - 1, part.shape[0] - 1))
        if self.n_dims_:
            svd = TruncatedSVD(self.n_dims_, n_iter=1, random_state=self.seed).fit(part)
            self.directions_ = svd.components_.T.astype(np.float32)
        else:
            self.directions_ = np.zeros((len(self.frequent_), 0), dtype=np.float32)
        return self

    def transform(self, rows: Choice) -> Sketched:
        """Bring lexical rows into the sketch."""
        projected = np.asarray(rows[:, self.frequent_] @ self.directions_, dtype=np.float32)
        return Sketched(rows[:, self.rare_], projected)

    def targets(self, rows: Choice) -> SketchedTargets:
        """Bring lexical rows into the sketch as targets."""
        sketched = self.transform(rows)
        return SketchedTargets(sketched.rare.T.tocsr(), sketched.projected)
