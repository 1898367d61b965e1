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
        Shape ``(n_languages, n_languages, 3)``: base, lexical, dense for a query's and a target's language.
    """

    table: FloatArray

    def of(self, query: int, targets: NDArray[np.int32]) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Look up base, lexical and dense for a query's language and each target's, ``(n_targets,)``."""
        rows = self.table[query][targets]
        return rows[:, 0], rows[:, 1], rows[:, 2]

    @property
    def uses_lexical(self) -> bool:
        """Whether letters have any weight."""
        return bool(np.any(self.table[..., 1]))

    @property
    def uses_dense(self) -> bool:
        """Whether vectors have any weight."""
        return bool(np.any(self.table[..., 2]))


def standardised(
    similar: FloatArray,
    own: tuple[FloatArray, FloatArray],
    other: tuple[FloatArray, FloatArray] | None,
) -> FloatArray:
    """Similarities in standard deviations, broadcast over ``(n_queries, n_targets)`` or pairs.

    With one side: ``(s - µ_q) / σ_q``. With both: ``(s - (µ_q + µ_t) / 2) / sqrt(σ_q σ_t)``, which is
    symmetric and holds back entries that are near to everything (hubs; compare Conneau et al., 2018).

    Parameters
    ----------
    similar
        Cosines; not changed.
    own, other
        Mean and standard deviation of each query and each target, shaped to broadcast against ``similar``.
    """
    mean, std = own
    if other is None:
        return (similar - mean) / std
    result: FloatArray = similar - np.float32(0.5) * mean
    result -= np.float32(0.5) * other[0]
    result *= 1 / np.sqrt(std)
    result *= 1 / np.sqrt(other[1])
    return result


def fused_pairs(
    dense: FloatArray, lexical: FloatArray, *, own: Standard, other: Standard | None
) -> tuple[FloatArray, FloatArray]:
    """Standardise dense and lexical similarities of pairs; all arrays of shape ``(n_pairs,)``."""
    return (
        standardised(
            dense,
            (own.dense_mean, own.dense_std),
            (other.dense_mean, other.dense_std) if other else None,
        ),
        standardised(
            lexical,
            (own.lexical_mean, own.lexical_std),
            (other.lexical_mean, other.lexical_std) if other else None,
        ),
    )


def fused_block(
    parts: Sequence[
        tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray | None, FloatArray | None]
    ],
    *,
    base: FloatArray,
) -> FloatArray:
    """Add up the evidence of a block of queries against all targets.

    Parameters
    ----------
    parts
        For each kind of evidence: cosines of shape ``(n_queries, n_targets)``, overwritten; the weight of
        each target; mean and standard deviation of each query, and of each target or ``None``.
    base
        Log-odds of an average pair, ``(n_targets,)``.
    """
    total = parts[0][0]
    # A few rows at a time stay in the processor's cache through all steps.
    for start in range(0, len(total), ROWS):
        rows = slice(start, start + ROWS)
        for similar, weight, mean, std, other_mean, other_std in parts:
            _weigh(similar[rows], weight, (mean[rows], std[rows]), (other_mean, other_std))
        for similar, *_ in parts[1:]:
            total[rows] += similar[rows]
        total[rows] += base
    return total


def _weigh(
    similar: FloatArray,
    weight: FloatArray,
    own: tuple[FloatArray, FloatArray],
    other: tuple[FloatArray | None, FloatArray | None],
) -> None:
    """Standardise and weigh in place."""
    mean, std = own[0][:, None], own[1][:, None]
    if other[0] is None or other[1] is None:
        similar -= mean
        similar *= weight / std
    else:
        similar -= np.float32(0.5) * (mean + other[0])
        similar *= (weight / np.sqrt(other[1])) / np.sqrt(std)
