"""Scoring: from evidence to a probability with reasons."""

from matcher.scoring.calibration import Calibration, log_odds, probabilities, probability
from matcher.scoring.choice import choose
from matcher.scoring.comparison import Comparison, compare, cross_fitted
from matcher.scoring.evidence import LONG, base_shift, coefficient_table, pair_class
from matcher.scoring.explanation import Explainer
from matcher.scoring.features import FEATURES, NAMES
from matcher.scoring.learner import PairScorer, logits_of
from matcher.scoring.ordering import likeliest, most_teaching
from matcher.scoring.reasons import circumstance_reasons, score_of, verdict_reason, wording_reasons
from matcher.scoring.stored import StoredScorer, load_scorer, read_scorer, save_scorer, shipped_folder
from matcher.scoring.thresholds import balanced_threshold, threshold_for_precision
from matcher.scoring.verdicts import rank_corrections, standing, taken_together

__all__ = [
    "FEATURES", "LONG", "NAMES", "Calibration", "Comparison", "Explainer", "PairScorer", "StoredScorer",
    "balanced_threshold", "base_shift", "choose", "circumstance_reasons", "coefficient_table", "compare",
    "cross_fitted", "likeliest", "load_scorer", "log_odds", "logits_of", "most_teaching", "pair_class",
    "probabilities", "probability", "rank_corrections", "read_scorer", "save_scorer", "score_of",
    "shipped_folder", "standing", "taken_together", "threshold_for_precision", "verdict_reason",
    "wording_reasons",
]  # fmt: skip
