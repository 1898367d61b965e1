"""Measures of pairs and groups: how well they agree with those that people made, with 95 % intervals.

Intervals come from halves of the entries, not of the pairs: the pairs of one entry hang together.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matcher.evaluation.measures import SEED, FloatArray, Interval

OUTSIDE: Final = -1
"""Label of an entry that was put in no group; each such entry counts as a group of its own."""
_N_HALVES: Final = 200
_FEWEST: Final = 4
_NORMAL: Final = 1.96


def pair_average_precision(
    left: NDArray[Any], right: NDArray[Any], scores: NDArray[Any], same: NDArray[Any]
) -> Interval:
    """Average precision of pairs ranked by score; tied pairs stand at the end of their tie.

    Parameters
    ----------
    left, right
        Entries of each pair as positions, ``(n_pairs,)``.
    scores
        Larger is more alike, ``(n_pairs,)``.
    same
        Whether people put the two together, ``(n_pairs,)``.

    Raises
    ------
    ValueError
        If no pair belongs together.
    """
    if not np.any(same):
        raise ValueError("average precision needs at least one pair that belongs together")
    order = np.argsort(-np.asarray(scores, dtype=float), kind="stable")
    left, right = np.asarray(left)[order], np.asarray(right)[order]
    right_pairs = np.asarray(same, dtype=float)[order]
    ranked = np.asarray(scores, dtype=float)[order]
    # A tie is read as one step.
    ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    n = int(max(left.max(), right.max())) + 1

    def precision(counts: FloatArray) -> float:
        weights = counts[left] * counts[right]
        found = np.cumsum(weights * right_pairs)[ends]
        seen = np.cumsum(weights)[ends]
        if found[-1] == 0:
            return 0.0
        steps = np.diff(found, prepend=0.0)
        return float(np.sum(steps * found / np.maximum(seen, 1e-12)) / found[-1])

    return _interval(precision, n)


def v_measure(truth: Sequence[Hashable], found: Sequence[int]) -> Interval:
    """Harmonic mean of homogeneity and completeness (Rosenberg and Hirschberg, 2007).

    Parameters
    ----------
    truth
        The group that people put each entry in.
    found
        The label of each entry; ``OUTSIDE`` is a group of its own.
    """
    rows, columns = _codes(truth), _codes(_alone(found))
    shape = (int(rows.max()) + 1, int(columns.max()) + 1)
    cells, cell_of = np.unique(rows * shape[1] + columns, return_inverse=True)
    row_of, column_of = cells // shape[1], cells % shape[1]

    def measure(counts: FloatArray) -> float:
        table = np.bincount(cell_of, weights=counts, minlength=len(cells))
        of_truth = np.bincount(row_of, weights=table, minlength=shape[0])
        of_found = np.bincount(column_of, weights=table, minlength=shape[1])
        both, one, other = _entropy(table), _entropy(of_truth), _entropy(of_found)
        shared = one + other - both
        homogeneity = shared / one if one > 0 else 1.0
        completeness = shared / other if other > 0 else 1.0
        total = homogeneity + completeness
        return float(2 * homogeneity * completeness / total) if total > 0 else 0.0

    return _interval(measure, len(rows))


def bcubed_f1(truth: Sequence[frozenset[str]], found: Sequence[int]) -> Interval:
    """B-cubed F1 (Bagga and Baldwin, 1998) where an entry may belong to several groups of people's.

    Two entries belong together if they share a group. Precision is taken over the entries found with each,
    recall over those that belong with it; itself counts in both.

    Parameters
    ----------
    truth
        The groups that people put each entry in.
    found
        The label of each entry; ``OUTSIDE`` is a group of its own.
    """
    labels = _codes(_alone(found))
    holders: dict[str, list[int]] = {}
    for entry, groups in enumerate(truth):
        for group in groups:
            holders.setdefault(group, []).append(entry)
    belonging = [
        sorted({other for group in groups for other in holders[group]} | {entry})
        for entry, groups in enumerate(truth)
    ]
    one = np.repeat(np.arange(len(labels)), [len(others) for others in belonging])
    other = np.array([each for others in belonging for each in others], dtype=np.int64)
    is_found = labels[one] == labels[other]

    def measure(counts: FloatArray) -> float:
        n = len(counts)
        right = np.bincount(one[is_found], weights=counts[other[is_found]], minlength=n)
        precision = right / np.maximum(np.bincount(labels, weights=counts)[labels], 1.0)
        recall = right / np.maximum(np.bincount(one, weights=counts[other], minlength=n), 1.0)
        p, r = np.average(precision, weights=counts), np.average(recall, weights=counts)
        return float(2 * p * r / (p + r))

    return _interval(measure, len(labels))


def main_groups(groups: Sequence[frozenset[str]]) -> list[str]:
    """Return one group of each entry: of several the largest, of equal ones the first by name.

    An entry in none is a group of its own.
    """
    sizes: dict[str, int] = {}
    for own in groups:
        for group in own:
            sizes[group] = sizes.get(group, 0) + 1
    return [
        min(own, key=lambda group: (-sizes[group], group)) if own else f"alone {entry}"
        for entry, own in enumerate(groups)
    ]


def _interval(statistic: Any, n: int) -> Interval:  # noqa: ANN401 -- a function of counts
    """Take random halves of the entries (delete-half jackknife; Shao and Wu, 1989).

    Drawing with replacement, as for means, would put an entry that is drawn twice into one group with itself,
    so that groups agree better than they do. A half holds each entry once, and varies about its own mean as
    the whole varies about what it estimates.
    """
    value = statistic(np.ones(n))
    if n < _FEWEST:
        return Interval(value=value, low=0.0, high=1.0, n=n)
    rng = np.random.default_rng(SEED)
    drawn = []
    for _ in range(_N_HALVES // 2):
        is_first = rng.permutation(n) < n // 2
        drawn += [statistic(is_first.astype(float)), statistic((~is_first).astype(float))]
    reach = _NORMAL * float(np.std(drawn))
    return Interval(value=value, low=max(value - reach, 0.0), high=min(value + reach, 1.0), n=n)


def _entropy(weights: NDArray[Any]) -> float:
    shares = weights[weights > 0] / weights.sum()
    return float(-np.sum(shares * np.log(shares)))


def _codes(labels: Sequence[Hashable]) -> NDArray[np.int64]:
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(label, len(numbers)) for label in labels], dtype=np.int64)


def _alone(labels: Sequence[int]) -> list[Hashable]:
    return [("alone", i) if label == OUTSIDE else int(label) for i, label in enumerate(labels)]
