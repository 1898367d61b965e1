"""Learns from judged pairs what each kind of evidence weighs, starting from weights that are known."""

from __future__ import annotations

from dataclasses import replace
from math import hypot
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matcher.errors import TooFewVerdicts
from matcher.recipe import Evidence, FusionWeights
from matcher.scoring.calibration import probabilities
from matcher.scoring.evidence import CLASSES, coefficients, evidence_of
from matcher.scoring.features import COLUMNS, design

FloatArray = NDArray[np.float64]

_BASES: Final = np.array([column.feature is None for column in COLUMNS])
_TOP: Final = 8.0
"""Largest weight, in log-odds a unit."""


class PairScorer:
    """Logistic regression whose weights are drawn to those of a prior and never speak against a pair.

    ``logit = base + sum of weight * feature`` with the features of ``matcher.scoring.features``; a penalty
    ``strength * (weight - prior)² / 2`` holds what few pairs cannot tell. Weights of evidence are at least 0:
    more of it never makes a pair less likely.

    Parameters
    ----------
    prior
        Weights to start from: by hand, or those that ship.
    strength
        Penalty on weights; as much as so many log-odds of clear evidence.
    base_strength
        Penalty on base rates: they are learnt from fewer pairs.

    Attributes
    ----------
    coef_
        Weights of ``COLUMNS``, shape ``(len(COLUMNS),)``.
    weights_
        The same in the form in which a recipe keeps them.
    """

    def __init__(self, prior: FusionWeights, *, strength: float = 20.0, base_strength: float = 2.0) -> None:
        self.prior, self.strength, self.base_strength = prior, strength, base_strength

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters, so that scikit-learn can clone it."""
        return {"prior": self.prior, "strength": self.strength, "base_strength": self.base_strength}

    def set_params(self, **params: Any) -> PairScorer:  # noqa: ANN401 -- scikit-learn's contract
        """Set parameters by name."""
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def fit(
        self,
        features: FloatArray,
        fits: FloatArray,
        sample_weight: FloatArray | None = None,
        *,
        offset: float | FloatArray = 0.0,
    ) -> PairScorer:
        """Learn from pairs.

        Parameters
        ----------
        features
            Shape ``(n_pairs, len(FEATURES))``; ``nan`` where evidence is missing.
        fits
            Whether they fit, from 0 to 1, ``(n_pairs,)``.
        sample_weight
            How much each counts, ``(n_pairs,)``; left out, 1.
        offset
            Log-odds that are added to pairs (for the number of targets; ``base_shift``).

        Raises
        ------
        TooFewVerdicts
            If there is no pair that fits, or none that does not.
        """
        from scipy.optimize import minimize

        columns, fits = design(features), np.asarray(fits, dtype=np.float64)
        weight = np.ones(len(fits)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        check_both_kinds(fits, weight)
        prior = vector_of(self.prior)
        penalty = np.where(_BASES, self.base_strength, self.strength)

        def loss(coef: FloatArray) -> tuple[float, FloatArray]:
            logit = columns @ coef + offset
            value = weight @ (np.logaddexp(0, logit) - fits * logit) + 0.5 * penalty @ (coef - prior) ** 2
            slope = columns.T @ (weight * (probabilities(logit) - fits)) + penalty * (coef - prior)
            return float(value), slope

        bounds = [(None, None) if is_base else (0.0, _TOP) for is_base in _BASES]
        found = minimize(loss, prior, jac=True, method="L-BFGS-B", bounds=bounds)
        self.coef_ = np.asarray(found.x, dtype=np.float64)
        self.weights_ = weights_of(self.coef_, self.prior)
        self.offset_ = float(np.mean(offset))
        return self

    def decision_function(self, features: FloatArray) -> FloatArray:
        """Log-odds that pairs fit, shape ``(n_pairs,)``."""
        return np.asarray(design(features) @ self.coef_ + self.offset_, dtype=np.float64)

    def predict_proba(self, features: FloatArray) -> FloatArray:
        """Probabilities that pairs do not fit, and that they fit, shape ``(n_pairs, 2)``."""
        fits = probabilities(self.decision_function(features))
        return np.stack([1 - fits, fits], axis=1)


def logits_of(
    weights: FusionWeights, features: FloatArray, *, offset: float | FloatArray = 0.0
) -> FloatArray:
    """Log-odds that pairs fit by given weights, shape ``(n_pairs,)``."""
    return np.asarray(design(features) @ vector_of(weights) + offset, dtype=np.float64)


def check_both_kinds(fits: FloatArray, weight: FloatArray) -> None:
    """Refuse pairs from which nothing can be learnt.

    Raises
    ------
    TooFewVerdicts
        If there is no pair that fits, or none that does not.
    """
    right, wrong = float(weight @ (fits > 0.5)), float(weight @ (fits < 0.5))
    if max(right, wrong) < 0.5 and len(fits):
        raise TooFewVerdicts("The verdicts are unsure, or contradict each other on every proposal.")
    if right < 0.5:
        raise TooFewVerdicts("No verdict says that a proposal fits.")
    if wrong < 0.5:
        raise TooFewVerdicts("No verdict says that a proposal does not fit.")


def vector_of(weights: FusionWeights) -> FloatArray:
    """Weights of ``COLUMNS``."""
    by_class = {name: coefficients(evidence_of(weights, name), name="fused") for name in CLASSES}
    place = {None: 0, "wording": 1, "meaning": 2}
    return np.array(
        [
            by_class[column.language][place[column.feature]]
            if column.language
            else getattr(weights, _FIELD.get(str(column.feature), str(column.feature)))
            for column in COLUMNS
        ],
        dtype=np.float64,
    )


def weights_of(coef: FloatArray, prior: FusionWeights) -> FusionWeights:
    """Undo ``vector_of``; what is no weight is taken from the prior."""
    value = {
        (column.feature, column.language): round(float(one), 4)
        for column, one in zip(COLUMNS, coef, strict=True)
    }
    changes: dict[str, Any] = {name: _evidence(value, name) for name in CLASSES}
    for column in COLUMNS:
        if column.language is None:
            changes[_FIELD.get(str(column.feature), str(column.feature))] = value[column.feature, None]
    return replace(prior, **changes)


def _evidence(value: dict[tuple[str | None, str | None], float], name: str) -> Evidence:
    lexical, dense = value["wording", name], value["meaning", name]
    return Evidence(
        lexical=lexical, dense=dense, base=value[None, name], slope=round(hypot(lexical, dense), 6)
    )


_FIELD: Final = {"neighbours": "neighbour"}
