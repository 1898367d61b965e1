"""From log-odds to a probability, and how base and slope are learnt from judged pairs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
MAX_LOGIT = 30.0


def probability(logit: float) -> float:
    """Squash log-odds into (0, 1)."""
    return 1.0 / (1.0 + math.exp(-max(-MAX_LOGIT, min(MAX_LOGIT, logit))))


def probabilities(logits: NDArray[np.floating[Any]]) -> FloatArray:
    """Squash many log-odds, float64 of the same shape."""
    clipped = np.clip(np.asarray(logits, dtype=np.float64), -MAX_LOGIT, MAX_LOGIT)
    return np.asarray(1.0 / (1.0 + np.exp(-clipped)), dtype=np.float64)


def log_odds(value: float) -> float:
    """Undo ``probability``."""
    return math.log(value / (1.0 - value))


class Calibration:
    """Platt's calibration: a logistic regression of "it fits" on the fused score (Platt, 1999).

    Parameters
    ----------
    penalty
        Inverse strength of the ridge penalty on the slope.

    Attributes
    ----------
    base_, slope_
        ``logit = base_ + slope_ * score``; the form in which a recipe keeps them.
    """

    def __init__(self, *, penalty: float = 1.0) -> None:
        self.penalty = penalty

    def fit(self, scores: FloatArray, fits: NDArray[np.bool_]) -> Calibration:
        """Learn from fused scores ``(n,)`` and whether the pairs fit ``(n,)``; both must occur."""
        from sklearn.linear_model import LogisticRegression

        learned = LogisticRegression(C=self.penalty).fit(np.asarray(scores).reshape(-1, 1), fits)
        self.slope_ = float(learned.coef_[0, 0])
        self.base_ = float(learned.intercept_[0])
        return self

    def predict_proba(self, scores: FloatArray) -> FloatArray:
        """Probabilities that pairs with these fused scores fit, shape ``(n,)``."""
        return probabilities(self.base_ + self.slope_ * np.asarray(scores))
