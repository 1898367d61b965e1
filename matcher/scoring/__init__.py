"""Scoring: from evidence to a probability with reasons."""

from matcher.scoring.calibration import Calibration, log_odds, probabilities, probability
from matcher.scoring.choice import choose
from matcher.scoring.evidence import base_shift, coefficient_table
from matcher.scoring.explanation import Explainer
from matcher.scoring.reasons import circumstance_reasons, score_of, verdict_reason, wording_reasons

__all__ = [
    "Calibration", "Explainer", "base_shift", "choose", "circumstance_reasons", "coefficient_table",
    "log_odds", "probabilities", "probability", "score_of",
    "verdict_reason", "wording_reasons",
]  # fmt: skip
