"""What each language pair's evidence weighs, from the recipe."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot, log
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matcher.recipe import Background, Evidence, FusionWeights
from matcher.types import UNKNOWN_LANGUAGE

FloatArray = NDArray[np.float32]
NORWEGIAN = frozenset({"no", "nb", "nn"})

CLASSES: Final = ("known", "cross", "unknown", "cross_unknown")
"""Classes of language pairs, as ``FusionWeights`` names them."""


def pair_class(query_language: str, target_language: str, *, known: frozenset[str], usual: str) -> str:
    """Choose the class of a language pair, one of ``CLASSES``.

    Parameters
    ----------
    query_language, target_language
        ISO 639-1 codes; an unknown one counts as ``usual``.
    known
        Languages that the encoder knows.
    usual
        The language of most texts.
    """
    query, target = (
        usual if code == UNKNOWN_LANGUAGE else "no" if code in NORWEGIAN else code
        for code in (query_language, target_language)
    )
    spoken = known | {"no"} if known & NORWEGIAN else known
    both = query in spoken and target in spoken
    if query == target:
        return "known" if both else "unknown"
    return "cross" if both else "cross_unknown"


def evidence_of(weights: FusionWeights, name: str) -> Evidence:
    """Return what a class of language pairs weighs."""
    evidence: Evidence = getattr(weights, name)
    return evidence


def coefficients(evidence: Evidence, *, name: str) -> tuple[float, float, float]:
    """Log-odds of an average pair and of one standard deviation of lexical and of dense similarity.

    Parameters
    ----------
    evidence
        Of the language pair.
    name
        ``fused``, or ``lexical`` or ``dense`` for one kind of evidence alone.
    """
    lexical = 0.0 if name == "dense" else evidence.lexical
    dense = 0.0 if name == "lexical" else evidence.dense
    norm = hypot(lexical, dense) or 1.0
    return evidence.base, evidence.slope * lexical / norm, evidence.slope * dense / norm


def coefficient_table(
    languages: Sequence[str], *, weights: FusionWeights, known: frozenset[str], usual: str, name: str
) -> FloatArray:
    """Coefficients for each pair of languages, shape ``(n, n, 3)``: base, lexical, dense."""
    table = [
        [
            coefficients(evidence_of(weights, pair_class(query, target, known=known, usual=usual)), name=name)
            for target in languages
        ]
        for query in languages
    ]
    return np.asarray(table, dtype=np.float32).reshape(len(languages), len(languages), 3)


MIN_TARGETS = 10


def base_shift(n_targets: int, background: Background) -> float:
    """Log-odds that the number of targets adds to the base: the more there are, the rarer a match."""
    return -background.growth * log(max(n_targets, MIN_TARGETS) / background.n_reference)
