"""Measures of ranked lists and graded pairs, with bootstrap intervals.

Every measure gives one value a query, so that the mean and its interval come from the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
N_RESAMPLES = 1000
SEED = 20260101


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A value with the bounds of its 95 % bootstrap interval and the number of cases behind it."""

    value: float
    low: float
    high: float
    n: int


def ranks(scores: FloatArray, targets: Sequence[int]) -> NDArray[np.int64]:
    """Rank (from 0) of each right target in one row of scores; a tie counts half of those it ties with.

    Parameters
    ----------
    scores
        Scores of one query, shape ``(n_targets,)``.
    targets
        Positions of the right ones.
    """
    out = []
    for target in targets:
        above = int(np.sum(scores > scores[target]))
        ties = int(np.sum(scores == scores[target])) - 1
        out.append(above + ties // 2)
    return np.asarray(out, dtype=np.int64)


def reciprocal_rank(scores: FloatArray, targets: Sequence[int]) -> float:
    """One over the rank (from 1) of the first right target."""
    return float(1.0 / (1 + ranks(scores, targets).min()))


def ndcg(scores: FloatArray, targets: Sequence[int], gains: Sequence[float], *, k: int = 10) -> float:
    """Normalised discounted cumulative gain at ``k`` with linear gains (Järvelin and Kekäläinen, 2002)."""
    discount = 1.0 / np.log2(np.arange(len(scores)) + 2)
    discount[k:] = 0.0
    places = ranks(scores, targets)
    ideal = float(np.sum(np.sort(np.asarray(gains, dtype=float))[::-1] * discount[: len(gains)]))
    return float(np.sum(np.asarray(gains, dtype=float) * discount[places])) / ideal


def recall_at(scores: FloatArray, targets: Sequence[int], *, k: int = 10) -> float:
    """Share of the right targets among the first ``k``."""
    return float(np.mean(ranks(scores, targets) < k))


def spearman(predicted: FloatArray, human: FloatArray) -> float:
    """Spearman's rank correlation; 0 where one side is constant."""
    from scipy.stats import rankdata

    left, right = rankdata(predicted), rankdata(human)
    left, right = left - left.mean(), right - right.mean()
    norm = float(np.sqrt(np.sum(left**2) * np.sum(right**2)))
    return float(np.sum(left * right)) / norm if norm > 0 else 0.0


def mean_interval(values: Sequence[float] | FloatArray) -> Interval:
    """Mean of per-query values with a percentile bootstrap over queries.

    Raises
    ------
    ValueError
        If there are no values.
    """
    array = np.asarray(values, dtype=float)
    if array.size == 0:
        raise ValueError("a mean needs at least one value")
    rng = np.random.default_rng(SEED)
    # Resampling by multinomial counts costs one matrix product and no index arrays.
    counts = rng.multinomial(array.size, np.full(array.size, 1 / array.size), size=N_RESAMPLES)
    low, high = np.quantile(counts @ array / array.size, [0.025, 0.975])
    return Interval(value=float(array.mean()), low=float(low), high=float(high), n=int(array.size))


def ratio_interval(parts: FloatArray, wholes: FloatArray) -> Interval:
    """Ratio of two sums over queries, such as a precision, with a percentile bootstrap over queries.

    ``n`` is the sum of the wholes. Resamples without any whole are left out.

    Raises
    ------
    ValueError
        If the wholes add up to nothing.
    """
    part, whole = np.asarray(parts, dtype=float), np.asarray(wholes, dtype=float)
    if whole.sum() <= 0:
        raise ValueError("a ratio needs a whole")
    rng = np.random.default_rng(SEED)
    counts = rng.multinomial(part.size, np.full(part.size, 1 / part.size), size=N_RESAMPLES)
    tops, bottoms = counts @ part, counts @ whole
    low, high = np.quantile((tops / np.maximum(bottoms, 1e-12))[bottoms > 0], [0.025, 0.975])
    return Interval(
        value=float(part.sum() / whole.sum()), low=float(low), high=float(high), n=int(whole.sum())
    )


def statistic_interval(
    statistic: Callable[[FloatArray, FloatArray], float], left: FloatArray, right: FloatArray
) -> Interval:
    """Value of a statistic of paired arrays with a percentile bootstrap over the pairs."""
    rng = np.random.default_rng(SEED)
    n = len(left)
    samples = [rng.integers(0, n, n) for _ in range(N_RESAMPLES // 4)]
    low, high = np.quantile([statistic(left[i], right[i]) for i in samples], [0.025, 0.975])
    return Interval(value=statistic(left, right), low=float(low), high=float(high), n=n)
