"""Hybrid search in one index: all pairs where they are few, else candidates first, then exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from matcher.retrieval.dense import DenseProduct
from matcher.retrieval.fusion import (
    PairWeights,
    Similarities,
    Support,
    dense_pairs,
    fused_block,
    lexical_pairs,
)
from matcher.retrieval.growing import Choice, Sparse
from matcher.retrieval.index import Analysed, EntryIndex
from matcher.retrieval.lexical import products, row_products
from matcher.retrieval.meaning import add_profiles, likeness
from matcher.retrieval.moments import Standard
from matcher.retrieval.topk import top_k
from matcher.types import EntryKind

FloatArray = NDArray[np.float32]
Rows = NDArray[np.intp]
OUT = np.float32(-np.inf)
FEW = 8


@dataclass(frozen=True, slots=True)
class Parts:
    """What the log-odds of pairs are made of, each of shape ``(n_pairs,)``.

    ``support`` is what a target gains from another one that is like it.
    """

    base: FloatArray
    dense: FloatArray
    lexical: FloatArray
    support: FloatArray

    @property
    def total(self) -> FloatArray:
        """Log-odds without circumstances."""
        return self.base + self.dense + self.lexical + self.support

    def __getitem__(self, rows: Choice) -> Parts:
        return Parts(self.base[rows], self.dense[rows], self.lexical[rows], self.support[rows])


@dataclass(frozen=True, slots=True)
class Found:
    """The best rows for one query, best first, with their log-odds (circumstances included) and parts."""

    rows: Rows
    logits: FloatArray
    parts: Parts

    def __getitem__(self, places: Choice) -> Found:
        return Found(self.rows[places], self.logits[places], self.parts[places])


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """How queries are to be compared with targets.

    Attributes
    ----------
    query_kind
        Kind of the queries, whose usual similarities the targets are read against too; ``None``: scores
        are one-sided.
    target_kind
        Kind of the targets.
    weights
        Weights by language pair.
    share
        How much the target's side counts in what is usual.
    overall
        What is usual among all pairs of targets, shape ``(1,)``, to tell which are alike.
    with_profiles
        Whether what would meet both counts, too: of needs and ideas with each other.
    """

    query_kind: EntryKind | None
    target_kind: EntryKind
    weights: PairWeights
    share: float = 0.5
    overall: Standard | None = None
    with_profiles: bool = False


ALIKE = np.float32(1.0), np.float32(3.0)
"""Standard deviations above the usual from which two targets begin to count as alike, and are wholly."""


def pair_logits(
    left: Analysed, right: Analysed, question: Question, *, overall: Standard | None = None
) -> Parts:
    """Score pairs of entries at equal positions, stored or not, without what neighbours say.

    ``overall``, of shape ``(1,)``, replaces what is usual for each entry by what is usual for all pairs.
    """
    n = len(left)
    weights = [question.weights.of(int(a), right.languages[i : i + 1]) for i, a in enumerate(left.languages)]
    base, lexical_weight, dense_weight, in_full = (
        np.concatenate([w[part] for w in weights]) for part in (0, 1, 2, 4)
    )
    own, other = left.standards[question.target_kind], None
    if overall is not None:
        own = overall[np.zeros(n, dtype=np.intp)]
    elif question.query_kind is not None:
        other = right.standards[question.query_kind]
    profiles = (left.profiles, right.profiles) if question.with_profiles else (None, None)
    dense = likeness(left.vectors, right.vectors, *profiles)
    lexical = row_products(left.lexical, right.lexical)
    return Parts(
        base,
        dense_weight * dense_pairs(dense, own=own, other=other, share=question.share),
        lexical_weight * lexical_pairs(lexical, own=own, other=other, share=question.share, in_full=in_full),
        np.zeros(n, dtype=np.float32),
    )


class HybridSearcher:
    """Searches one index.

    Parameters
    ----------
    index
        What is searched.
    n_exact
        Rows up to which every pair is scored exactly.
    n_candidates
        Candidates a query that are scored exactly beyond that.
    """

    def __init__(self, index: EntryIndex, *, n_exact: int, n_candidates: int) -> None:
        self.index = index
        self.n_exact = n_exact
        self.n_candidates = n_candidates
        self._product = DenseProduct()
        self._scratch = np.zeros(0, dtype=np.float32)

    def matrix(self, queries: Analysed, question: Question, *, exact: bool = True) -> FloatArray:
        """Log-odds of all pairs without circumstances, shape ``(n_queries, n_rows)``.

        Memory is that of two or three such matrices: ask for blocks of queries.
        """
        order = np.argsort(queries.languages, kind="stable")
        is_ordered = bool(np.all(np.diff(order) == 1))
        if not is_ordered:
            queries = queries[order]
        dense, lexical = self._products(queries, question, exact=exact)
        # Weights go by language: those of one lie together.
        edges = np.flatnonzero(np.diff(queries.languages)) + 1
        for start, end in pairwise([0, *edges.tolist(), len(queries)]):
            self._fuse(queries, question, rows=slice(start, end), dense=dense, lexical=lexical)
        total = lexical if dense is None else dense
        assert total is not None
        if is_ordered:
            return total
        result = np.empty_like(total)
        result[order] = total
        return result

    def best(
        self,
        queries: Analysed,
        question: Question,
        *,
        mask: NDArray[np.bool_] | None = None,
        excluded: Sequence[int | None] | None = None,
        bonuses: Sequence[FloatArray | None] | None = None,
        k: int,
    ) -> list[Found]:
        """Find the best ``k`` rows of each query among those that may be found.

        Parameters
        ----------
        queries
            A block of queries; memory grows with it.
        question
            How to compare.
        mask
            Which rows may be found, applied before anything is chosen; removed ones never are.
        excluded
            For each query one row that may not be found (itself).
        bonuses
            For each query log-odds to add for circumstances, ``(n_rows,)`` or ``None``.
        k
            How many at most.
        """
        exact = len(self.index) <= self.n_exact or queries.sketched is None
        scores = self.matrix(queries, question, exact=exact)
        bonuses = bonuses or [None] * len(queries)
        for row, bonus in enumerate(bonuses):
            if bonus is not None:
                scores[row] += bonus
        barred = ~self.index.alive if mask is None else ~(mask & self.index.alive)
        scores[:, barred] = OUT
        for row, own in enumerate(excluded or ()):
            if own is not None:
                scores[row, own] = OUT
        # A margin, as the block's rounding may swap neighbours at the end of the list.
        rows = np.sort(top_k(scores, k + FEW if exact else max(self.n_candidates, k + FEW)), axis=1)
        return self._rescored(queries, question, rows=rows, scores=scores, bonuses=bonuses, k=k)

    def _rescored(
        self,
        queries: Analysed,
        question: Question,
        *,
        rows: Rows,
        scores: FloatArray,
        bonuses: Sequence[FloatArray | None],
        k: int,
    ) -> list[Found]:
        """Score candidates, ``(n_queries, n_candidates)``, exactly and order them."""
        parts = self.parts_of(queries, question, rows)
        logits = parts.total
        for i, bonus in enumerate(bonuses):
            if bonus is not None:
                logits[i] += bonus[rows[i]]
        logits[np.take_along_axis(scores, rows, axis=1) == OUT] = OUT
        order = np.argsort(-logits, axis=1, kind="stable")[:, :k]
        found = []
        for i, best in enumerate(order):
            best = best[logits[i, best] > OUT]
            found.append(Found(rows[i, best], logits[i, best], parts[i, best]))
        return found

    def parts_of(self, queries: Analysed, question: Question, rows: Rows) -> Parts:
        """Score each query exactly against its rows: the same numbers whatever else is asked for.

        All arrays have the shape of ``rows``, ``(n_queries, n_candidates)``.
        """
        weights = question.weights.table[queries.languages[:, None], self.index.languages[rows]]
        dense, lexical, support = self.measured(queries, question, rows)
        if support is None:
            support = np.zeros(rows.shape, dtype=np.float32)
        return Parts(
            weights[..., 0],
            weights[..., 2] * dense,
            weights[..., 1] * lexical,
            weights[..., 3] * support,
        )

    def measured(
        self, queries: Analysed, question: Question, rows: Rows
    ) -> tuple[FloatArray, FloatArray, FloatArray | None]:
        """Measure each query against its rows: dense, lexical, and dense for the target most like the row.

        In standard deviations, each of the shape of ``rows``; the last one is times how far the two are
        alike, and ``None`` where neighbours are not looked for.
        """
        flat, which = rows.ravel(), np.repeat(np.arange(len(rows)), rows.shape[1])
        own = queries.standards[question.target_kind][which]
        lexical = self._lexical_rows(queries.lexical, self.index.lexical(flat), rows.shape).ravel()
        other = self.index.standard(question.query_kind)[flat] if question.query_kind else None
        in_full = question.weights.table[queries.languages[:, None], self.index.languages[rows], 4].ravel()
        support = self.support(question)
        if support is None:
            near = None
        else:
            nearest, shares = support
            near = self._dense_z(queries, question, rows=nearest[rows], own=own).reshape(rows.shape)
            near *= shares[rows]
        return (
            self._dense_z(queries, question, rows=rows, own=own).reshape(rows.shape),
            lexical_pairs(lexical, own=own, other=other, share=question.share, in_full=in_full).reshape(
                rows.shape
            ),
            near,
        )

    def likeness(self, queries: Analysed, question: Question, rows: Rows) -> FloatArray:
        """How alike each query is to its rows in meaning, of the shape of ``rows``."""
        ours, theirs = self._profiles(queries, question)
        return likeness(
            self.index.vectors[rows],
            queries.vectors[:, None],
            None if theirs is None else theirs[rows],
            None if ours is None else ours[:, None],
        )

    def likenesses(self, queries: Analysed, question: Question) -> FloatArray:
        """How alike each query is to all rows in meaning, ``(n_queries, n_rows)``."""
        products = queries.vectors @ self.index.vectors.T
        ours, theirs = self._profiles(queries, question)
        if ours is not None and theirs is not None:
            add_profiles(products, ours, theirs)
        return np.asarray(products, dtype=np.float32)

    def _dense_z(self, queries: Analysed, question: Question, *, rows: Rows, own: Standard) -> FloatArray:
        """Dense similarities of each query to its rows in standard deviations, flat."""
        dense = self.likeness(queries, question, rows).ravel()
        kind = question.query_kind
        other = self.index.standard(kind)[rows.ravel()] if kind else None
        return dense_pairs(dense, own=own, other=other, share=question.share)

    def _profiles(self, queries: Analysed, question: Question) -> tuple[FloatArray | None, FloatArray | None]:
        """Profiles of the queries and of all rows, where they count."""
        if not question.with_profiles or queries.profiles is None or self.index.profiles is None:
            return None, None
        return queries.profiles, self.index.profiles

    def support(self, question: Question) -> tuple[Rows, FloatArray] | None:
        """Nearest other row of each row, and how far the two are alike, in [0, 1]."""
        if not question.weights.uses_neighbours or question.overall is None:
            return None
        neighbours = self.index.neighbours
        if neighbours is None:
            return None
        usual = question.overall
        z = (neighbours.cosines_ - usual.dense_mean[0]) / usual.dense_std[0]
        return neighbours.rows_, np.clip((z - ALIKE[0]) / (ALIKE[1] - ALIKE[0]), 0, 1).astype(np.float32)

    def _lexical_rows(self, queries: Sparse, targets: Sparse, shape: tuple[int, ...]) -> FloatArray:
        """Products of each query with its own targets, which lie one block after the other."""
        result = np.zeros(shape, dtype=np.float32)
        scratch = self._spread(queries.shape[1])
        n = shape[1]
        for i in range(shape[0]):
            own = slice(queries.indptr[i], queries.indptr[i + 1])
            scratch[queries.indices[own]] = queries.data[own]
            starts = targets.indptr[i * n : (i + 1) * n + 1]
            inside = slice(starts[0], starts[-1])
            terms = scratch[targets.indices[inside]]
            terms *= targets.data[inside]
            filled = np.diff(starts) > 0
            if filled.any():
                result[i, filled] = np.add.reduceat(terms, (starts[:-1] - starts[0])[filled])
            scratch[queries.indices[own]] = 0.0
        return result

    def _spread(self, n: int) -> FloatArray:
        """Return a row of zeros to spread a sparse row in; whoever writes to it clears it again."""
        if len(self._scratch) != n:
            self._scratch = np.zeros(n, dtype=np.float32)
        return self._scratch

    def _products(
        self, queries: Analysed, question: Question, *, exact: bool
    ) -> tuple[FloatArray | None, FloatArray | None]:
        """Cosines of meaning and of letters of a block, each None where it has no weight."""
        index, dense, lexical = self.index, None, None
        if question.weights.uses_dense:
            if exact:
                dense = self.likenesses(queries, question)
            else:
                dense = self._product(queries.vectors, index.vectors)
                ours, theirs = self._profiles(queries, question)
                if ours is not None and theirs is not None:
                    add_profiles(dense, ours, theirs)
        if question.weights.uses_lexical:
            if exact or queries.sketched is None:
                lexical = self._lexical_block(queries.lexical)
            else:
                lexical = index.lexical_sketched(queries.sketched)
        return dense, lexical

    def _fuse(
        self,
        queries: Analysed,
        question: Question,
        *,
        rows: slice,
        dense: FloatArray | None,
        lexical: FloatArray | None,
    ) -> None:
        """Make log-odds of the cosines of queries of one language, in place of the first kind of them."""
        index = self.index
        base, lexical_weight, dense_weight, neighbour, in_full = question.weights.of(
            int(queries.languages[rows.start]), index.languages
        )
        own = queries.standards[question.target_kind][rows]
        other = index.standard(question.query_kind) if question.query_kind else None
        parts = []
        if dense is not None:
            sides = (other.dense_mean, other.dense_std) if other else None
            parts.append(Similarities(dense[rows], dense_weight, (own.dense_mean, own.dense_std), sides))
        if lexical is not None:
            sides = (other.lexical_mean, other.lexical_std) if other else None
            usual = (own.lexical_mean, own.lexical_std)
            parts.append(Similarities(lexical[rows], lexical_weight, usual, sides, in_full))
        support = self._block_support(question, neighbour, dense_weight)
        fused_block(parts, base=base, share=question.share, support=support)

    def _block_support(
        self, question: Question, neighbour: FloatArray, dense_weight: FloatArray
    ) -> Support | None:
        """Support in terms of the neighbours' weighted evidence from meaning."""
        support = self.support(question) if neighbour.any() else None
        if support is None:
            return None
        nearest, shares = support
        weights = dense_weight[nearest]
        factor = np.divide(neighbour * shares, weights, out=np.zeros_like(weights), where=weights != 0)
        return Support(nearest, factor)

    def _lexical_block(self, queries: Sparse) -> FloatArray:
        targets = self.index.lexical()
        if queries.shape[0] >= FEW:
            return products(queries, targets)
        return np.stack([self._lexical_row(query, targets) for query in queries])

    def _lexical_row(self, query: Sparse, targets: Sparse) -> FloatArray:
        """Products of one sparse row with many, by spreading it out: no transposition."""
        scratch = self._spread(query.shape[1])
        scratch[query.indices] = query.data
        result: FloatArray = targets @ scratch
        scratch[query.indices] = 0.0
        return result
