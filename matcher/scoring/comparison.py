"""Compares two scorers on verdicts that neither has seen, need by need."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matcher.errors import TooFewVerdicts
from matcher.scoring.calibration import probabilities

FloatArray = NDArray[np.float64]
Logits = NDArray[np.float64]
N_RESAMPLES: Final = 1000
MIN_QUERIES: Final = 10
"""Needs without which an interval says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How a new scorer does beside the one that serves, on held-out verdicts.

    ``gain`` is the mean fall of the log loss a verdict, with its 95 % bootstrap interval over needs;
    ``order`` the change of the share of pairs of one need, one that fits and one that does not, that stand
    in the right order (``nan`` where no need has both).
    """

    n_pairs: int
    n_queries: int
    loss: float
    loss_before: float
    gain: float
    low: float
    high: float
    order: float

    @property
    def is_better(self) -> bool:
        """Whether the new one is surely better: the whole interval is, and the order has not suffered."""
        return self.low > 0 and not self.order < -0.01

    def as_dict(self) -> dict[str, Any]:
        """Return the figures by name, ``None`` for what is not known."""
        return {
            name: None if isinstance(value, float) and np.isnan(value) else value
            for name, value in asdict(self).items()
        }


def folds(
    groups: Sequence[str], n: int, *, seed: int
) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """Yield which pairs to learn from and which to measure on, all of one group on one side."""
    distinct = sorted(set(groups))
    order = np.random.default_rng(seed).permutation(len(distinct))
    fold = {group: int(place) % n for group, place in zip(distinct, order, strict=True)}
    numbers = np.array([fold[group] for group in groups])
    for number in range(min(n, len(distinct))):
        yield numbers != number, numbers == number


def cross_fitted(
    fit: Callable[[NDArray[np.bool_]], Callable[[NDArray[np.bool_]], Logits]],
    groups: Sequence[str],
    *,
    n_folds: int = 5,
    seed: int = 0,
) -> Logits:
    """Log-odds of each pair by a scorer that was learnt without the pairs of its group.

    ``fit`` takes which pairs to learn from and returns what gives the log-odds of others; a fold from which
    nothing can be learnt raises ``TooFewVerdicts``.
    """
    found = np.empty(len(groups))
    for learn, measure in folds(groups, n_folds, seed=seed):
        found[measure] = fit(learn)(measure)
    return found


def compare(
    new: Logits,
    old: Logits,
    fits: FloatArray,
    *,
    weight: FloatArray,
    groups: Sequence[str],
    seed: int = 0,
) -> Comparison:
    """Compare held-out log-odds of two scorers; all arrays of shape ``(n_pairs,)``.

    Raises
    ------
    TooFewVerdicts
        If there are verdicts on fewer than ten needs.
    """
    distinct = {group: place for place, group in enumerate(sorted(set(groups)))}
    if len(distinct) < MIN_QUERIES:
        raise TooFewVerdicts(f"There are verdicts on {len(distinct)} entries; {MIN_QUERIES} are needed.")
    owner = np.array([distinct[group] for group in groups])
    before, after = log_losses(old, fits), log_losses(new, fits)
    gains = np.bincount(owner, weight * (before - after), len(distinct))
    weights = np.bincount(owner, weight, len(distinct))
    draws = np.random.default_rng(seed).multinomial(
        len(distinct), np.full(len(distinct), 1 / len(distinct)), size=N_RESAMPLES
    )
    low, high = np.quantile((draws @ gains) / (draws @ weights), [0.025, 0.975])
    return Comparison(
        n_pairs=len(fits),
        n_queries=len(distinct),
        loss=float(weight @ after / weight.sum()),
        loss_before=float(weight @ before / weight.sum()),
        gain=float(gains.sum() / weights.sum()),
        low=float(low),
        high=float(high),
        order=_right_order(new, fits, owner) - _right_order(old, fits, owner),
    )


def log_losses(logits: Logits, fits: FloatArray) -> FloatArray:
    """Log loss of each pair, in nats."""
    p = np.clip(probabilities(logits), 1e-9, 1 - 1e-9)
    return np.asarray(-(fits * np.log(p) + (1 - fits) * np.log(1 - p)), dtype=np.float64)


def _right_order(logits: Logits, fits: FloatArray, owner: NDArray[np.intp]) -> float:
    """Mean over needs of the share of unlike pairs in the right order; ties count half."""
    shares = []
    for one in np.unique(owner):
        own = owner == one
        right, wrong = logits[own & (fits > 0.5)], logits[own & (fits < 0.5)]
        if len(right) and len(wrong):
            above = right[:, None] - wrong[None, :]
            shares.append(float(np.mean((above > 0) + 0.5 * (above == 0))))
    return float(np.mean(shares)) if shares else float("nan")
