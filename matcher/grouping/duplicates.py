"""Duplicates: how likely a pair is one, which is learned from decisions, and groups that are no chains."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matcher.grouping.near import NearPairs, find_near_pairs
from matcher.grouping.standard import StandardRows
from matcher.grouping.vectors import FloatArray

Pair = tuple[int, int]

N_REFERENCE: Final = 250
"""Entries for which the base of ``DuplicateScale`` holds; among more, a pair is a rarer find."""
FEWEST: Final = 100
"""Entries among which it is no less rare than that."""
PRIOR_BASE: Final = -6.0
PRIOR_SLOPE: Final = 1.25
"""Log-odds of a pair that does not stand out, and what a standard deviation adds: from topics of our own that
the encoder was not trained on (``python -m benchmarks.duplicates scale``)."""
PRIOR_SPREAD: Final = (1.5, 0.7)
"""How far decisions may take base and slope from there (standard deviations of their prior)."""
LEAST: Final = 1.0
"""Standard deviations below which no pair stands out, whatever people merged."""
LEAST_SLOPE: Final = 0.1
ROUNDING_ERROR: Final = 1e-6


class DuplicateScale:
    """From how far a pair stands out to the probability that a person would merge it.

    A logistic regression on one number with a normal prior around the figures above, so that it works before
    anybody decided anything and moves with what people decide.

    Attributes
    ----------
    base_, slope_
        Log-odds of a pair among ``N_REFERENCE`` entries that does not stand out, and of a standard deviation.
    n_decisions_
        Decisions behind them.
    """

    def fit(self, standing_out: NDArray[np.float64], merged: Sequence[bool], *, n: int) -> DuplicateScale:
        """Learn from decided pairs among ``n`` entries: merged, or found to be different or only related.

        ``standing_out`` is in standard deviations, ``(n_pairs,)``; see ``StandardRows``.
        """
        z = np.asarray(standing_out, dtype=np.float64)
        y = np.asarray(merged, dtype=np.float64)
        prior, precision = np.array([PRIOR_BASE, PRIOR_SLOPE]), 1 / np.array(PRIOR_SPREAD) ** 2
        offset = np.full(len(z), -_rarity(n))
        base, slope = _logistic(np.column_stack([np.ones(len(z)), z]), y, offset, prior, precision)
        # A pair that is more alike is never less likely one.
        if slope < LEAST_SLOPE:
            slope = LEAST_SLOPE
            (base,) = _logistic(np.ones((len(z), 1)), y, offset + slope * z, prior[:1], precision[:1])
        self.base_, self.slope_ = float(base), float(slope)
        self.n_decisions_ = len(y)
        return self

    def predict(self, standing_out: NDArray[np.float64], *, n: int) -> FloatArray:
        """Return the probabilities among ``n`` entries, ``(n_pairs,)``."""
        logits = self.base_ - _rarity(n) + self.slope_ * np.asarray(standing_out, dtype=np.float64)
        return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))), dtype=np.float32)

    def threshold(self, probability: float, *, n: int) -> float:
        """Return by how many standard deviations a pair of this probability stands out; ``LEAST`` or more."""
        logit = math.log(probability / (1 - probability))
        return max((logit - self.base_ + _rarity(n)) / self.slope_, LEAST)

    def near(
        self,
        rows: StandardRows,
        probability: float,
        *,
        max_pairs: int,
        progress: Callable[[int], None] | None = None,
    ) -> NearPairs:
        """Find the pairs of rows that have at least this probability, by their products."""
        return find_near_pairs(
            rows.rows,
            threshold=rows.product(self.threshold(probability, n=rows.n)),
            max_pairs=max_pairs,
            as_they_are=True,
            progress=progress,
        )


def _logistic(
    design: NDArray[np.float64],
    y: NDArray[np.float64],
    offset: NDArray[np.float64],
    prior: NDArray[np.float64],
    precision: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the likeliest weights, by Newton's method: a step that leads too far is halved."""

    def unlikeliness(weights: NDArray[np.float64]) -> float:
        logits = design @ weights + offset
        distance = float(precision @ (weights - prior) ** 2) / 2
        return float(np.logaddexp(0, logits).sum() - y @ logits) + distance

    weights = prior.copy()
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(design @ weights + offset, -30, 30)))
        gradient = design.T @ (y - p) - precision * (weights - prior)
        curvature = (design * (p * (1 - p))[:, None]).T @ design + np.diag(precision)
        step = np.linalg.solve(curvature, gradient)
        before = unlikeliness(weights)
        while np.abs(step).max() >= 1e-9 and unlikeliness(weights + step) > before:
            step = step / 2
        weights = weights + step
        if np.abs(step).max() < 1e-9:
            break
    return weights


def _rarity(n: int) -> float:
    """How much rarer a duplicate is in a pair of many entries: an entry has as many as before."""
    return math.log(max(n, FEWEST) / N_REFERENCE)


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Entries that may be one, the most central first, and the mean product of their pairs."""

    members: tuple[int, ...]
    cohesion: float


def group_near(
    rows: FloatArray,
    pairs: NearPairs,
    *,
    threshold: float | None = None,
    apart: Collection[Pair] = (),
    together: Iterable[Pair] = (),
) -> list[DuplicateGroup]:
    """Group near pairs by average linkage: A~B~C is no group where A and C are far from each other.

    The two groups that are nearest on average are joined first, as long as that average stays at the
    threshold (UPGMA; Sokal and Michener, 1958) and no two of their members were found to be different.

    Parameters
    ----------
    rows
        Shape ``(n, n_dims)``; their products tell how near they are: of length 1, or ``StandardRows``.
    pairs
        The near pairs among them.
    threshold
        Lowest average product between joined groups; by default that of the pairs.
    apart
        Pairs that are known to be different: never in one group.
    together
        Pairs that are known to be the same: in one group however near they are.

    Returns
    -------
    Groups of two or more, the largest first.
    """
    floor = pairs.threshold if threshold is None else threshold
    joining = _Joining(np.asarray(rows, dtype=np.float32), apart)
    for a, b in together:
        joining.join(a, b)
    linked = zip(pairs.cosine.tolist(), pairs.left.tolist(), pairs.right.tolist(), strict=True)
    heap = [(-cosine, a, b) for cosine, a, b in linked]
    heapq.heapify(heap)
    while heap:
        before, a, b = heapq.heappop(heap)
        if joining.are_joined(a, b):
            continue
        average = joining.average(a, b)
        if average < floor - ROUNDING_ERROR:
            continue
        # Joining two groups never brings a third nearer than the nearer of the two was, so that what was
        # nearest before is at worst too high, and can be corrected when its turn comes.
        if average < -before - ROUNDING_ERROR:
            heapq.heappush(heap, (-average, a, b))
        elif not joining.are_apart(a, b):
            joining.join(a, b)
    return joining.groups()


class _Joining:
    """Groups in the making; the smaller of two takes the name of the larger."""

    def __init__(self, rows: FloatArray, apart: Collection[Pair]) -> None:
        self._rows = rows
        self._group_of: dict[int, int] = {}
        self._members: dict[int, list[int]] = {}
        self._sums: dict[int, NDArray[np.float64]] = {}
        self._enemies: dict[int, set[int]] = {}
        for a, b in apart:
            self._enemies.setdefault(a, set()).add(b)
            self._enemies.setdefault(b, set()).add(a)

    def are_joined(self, a: int, b: int) -> bool:
        return self._group(a) == self._group(b)

    def average(self, a: int, b: int) -> float:
        """Mean product between the groups of two entries."""
        a, b = self._group(a), self._group(b)
        return float(self._sums[a] @ self._sums[b]) / (len(self._members[a]) * len(self._members[b]))

    def are_apart(self, a: int, b: int) -> bool:
        if not self._enemies:
            return False
        small, large = sorted((self._group(a), self._group(b)), key=lambda group: len(self._members[group]))
        enemies = (each for member in self._members[small] for each in self._enemies.get(member, ()))
        return any(self._group_of.get(each) == large for each in enemies)

    def join(self, a: int, b: int) -> None:
        small, large = sorted((self._group(a), self._group(b)), key=lambda group: len(self._members[group]))
        if small == large:
            return
        moved = self._members.pop(small)
        self._members[large] += moved
        self._sums[large] += self._sums.pop(small)
        for member in moved:
            self._group_of[member] = large

    def groups(self) -> list[DuplicateGroup]:
        found = [self._described(members) for members in self._members.values() if len(members) > 1]
        return sorted(
            found, key=lambda group: (-len(group.members), -round(group.cohesion, 9), group.members)
        )

    def _group(self, entry: int) -> int:
        """Return the group of an entry; at first it is alone."""
        if entry not in self._group_of:
            self._group_of[entry] = entry
            self._members[entry] = [entry]
            self._sums[entry] = self._rows[entry].astype(np.float64)
        return self._group_of[entry]

    def _described(self, members: list[int]) -> DuplicateGroup:
        rows = self._rows[members].astype(np.float64)
        total = rows.sum(axis=0)
        nearness = rows @ total - np.einsum("ij,ij->i", rows, rows)
        order = sorted(range(len(members)), key=lambda i: (-round(float(nearness[i]), 6), members[i]))
        n_pairs = len(members) * (len(members) - 1)
        return DuplicateGroup(tuple(members[i] for i in order), float(nearness.sum()) / n_pairs)
