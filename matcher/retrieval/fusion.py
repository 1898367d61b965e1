"""Joins dense and lexical similarity into one number, each in standard deviations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.retrieval.moments import Standard

FloatArray = NDArray[np.float32]
ROWS = 32


@dataclass(frozen=True, slots=True)
class PairWeights:
    """Log-odds of an average pair, and of a standard deviation of each similarity, by language pair.

    Attributes
    ----------
    table
        Shape ``(n_languages, n_languages, 5)``: base, lexical, dense, and of the meaning that a target's
        nearest other target shares with the query, for a query's and a target's language; last the standard
        deviations from which wording counts in full, as in ``tempered``.
    """

    table: FloatArray

    def of(
        self, query: int, targets: NDArray[np.int32]
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
        """Look up the columns for a query's language and each target's, ``(n_targets,)`` each."""
        base, lexical, dense, neighbour, in_full = self.table[query][targets].T
        return base, lexical, dense, neighbour, in_full

    @property
    def uses_lexical(self) -> bool:
        """Whether letters have any weight."""
        return bool(np.any(self.table[..., 1]))

    def with_neighbours(self) -> PairWeights:
        """Return weights by which neighbours are looked at for every pair."""
        table = self.table.copy()
        table[..., 3] = 1.0
        return PairWeights(table)

    @property
    def uses_neighbours(self) -> bool:
        """Whether neighbours have any weight."""
        return self.uses_dense and bool(np.any(self.table[..., 3]))

    @property
    def uses_dense(self) -> bool:
        """Whether vectors have any weight."""
        return bool(np.any(self.table[..., 2]))


def standardised(
    similar: FloatArray,
    own: tuple[FloatArray, FloatArray],
    other: tuple[FloatArray, FloatArray] | None,
    *,
    share: float,
) -> FloatArray:
    """Similarities of pairs in standard deviations, shape ``(n_pairs,)``.

    With one side: ``(s - µ_q) / σ_q``. With both, of which the target's has the share ``a``:
    ``(s - (1 - a) µ_q - a µ_t) / (σ_q^(1 - a) σ_t^a)``, which holds back entries that are near to everything
    (hubs; compare Conneau et al., 2018) and is symmetric at a half.

    Parameters
    ----------
    similar
        Cosines; not changed.
    own, other
        Mean and standard deviation of each query and each target.
    share
        How much the target's side counts, in [0, 1].
    """
    mean, std = own
    if other is None:
        return (similar - mean) / std
    part = np.float32(share)
    spread = std ** (1 - part) * other[1] ** part
    return np.asarray((similar - (1 - part) * mean - part * other[0]) / spread, dtype=np.float32)


def dense_pairs(dense: FloatArray, *, own: Standard, other: Standard | None, share: float) -> FloatArray:
    """Standardise dense similarities of pairs, shape ``(n_pairs,)``."""
    sides = (other.dense_mean, other.dense_std) if other else None
    return standardised(dense, (own.dense_mean, own.dense_std), sides, share=share)


def lexical_pairs(
    lexical: FloatArray, *, own: Standard, other: Standard | None, share: float, in_full: FloatArray
) -> FloatArray:
    """Standardise lexical similarities of pairs, shape ``(n_pairs,)``; ``in_full`` as in ``tempered``."""
    sides = (other.lexical_mean, other.lexical_std) if other else None
    found = standardised(lexical, (own.lexical_mean, own.lexical_std), sides, share=share)
    return tempered(found, in_full)


def tempered(similar: FloatArray, in_full: FloatArray) -> FloatArray:
    """Let little similarity count for less: ``z`` times ``z / in_full``, which is held between 0 and 1.

    Parameters
    ----------
    similar
        Similarities in standard deviations.
    in_full
        From how many they count in full, of each target; 0: always.
    """
    if not in_full.any():
        return similar
    always = in_full == 0
    rate = np.divide(1, in_full, out=np.zeros_like(in_full), where=~always)
    return np.asarray(similar * np.clip(similar * rate + always, 0, 1), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Similarities:
    """One kind of evidence for a block of queries.

    Attributes
    ----------
    cosines
        Shape ``(n_queries, n_targets)``; they are overwritten.
    weight
        Log-odds of a standard deviation for each target.
    own, other
        Mean and standard deviation of each query, and of each target if it is read against both.
    in_full
        As in ``tempered``, for each target; ``None``: always in full.
    """

    cosines: FloatArray
    weight: FloatArray
    own: tuple[FloatArray, FloatArray]
    other: tuple[FloatArray, FloatArray] | None
    in_full: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class Support:
    """What a target gains from another target that is like it: row and factor for each target.

    ``factor`` is for the other target's weighted evidence from meaning, which is read from the first part.
    """

    rows: NDArray[np.intp]
    factor: FloatArray


def fused_block(
    parts: Sequence[Similarities], *, base: FloatArray, share: float, support: Support | None
) -> FloatArray:
    """Add up the evidence of a block of queries against all targets.

    Parameters
    ----------
    parts
        Kinds of evidence, meaning first where it has any weight; at least one.
    base
        Log-odds of an average pair, ``(n_targets,)``.
    share
        How much the targets' side counts in standardising.
    support
        What targets gain from others that are like them.
    """
    total = parts[0].cosines
    # A few rows at a time stay in the processor's cache through all steps.
    for start in range(0, len(total), ROWS):
        rows = slice(start, start + ROWS)
        for part in parts:
            _weigh(part, rows, share=np.float32(share))
        if support is not None:
            total[rows] += total[rows][:, support.rows] * support.factor
        for part in parts[1:]:
            total[rows] += part.cosines[rows]
        total[rows] += base
    return total


def _weigh(part: Similarities, rows: slice, *, share: np.float32) -> None:
    """Standardise and weigh in place."""
    similar = part.cosines[rows]
    mean, std = part.own[0][rows, None], part.own[1][rows, None]
    is_tempered = part.in_full is not None and part.in_full.any()
    weight = np.ones_like(part.weight) if is_tempered else part.weight
    if part.other is None:
        similar -= mean
        similar *= weight / std
    else:
        similar -= (1 - share) * mean + share * part.other[0]
        similar *= (weight / part.other[1] ** share) / std ** (1 - share)
    if is_tempered and part.in_full is not None:
        similar[:] = tempered(similar, part.in_full)
        similar *= part.weight
