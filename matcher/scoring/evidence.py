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

LONG: Final = "+"
"""Ends the code of the language of a long text."""

CLASSES: Final = ("known", "cross", "unknown", "cross_unknown")
"""Classes of language pairs, as ``FusionWeights`` names them."""
KNOWN: Final = frozenset({"known", "cross"})
"""Those of which the encoder knows both languages."""


def pair_class(query_language: str, target_language: str, *, known: frozenset[str], usual: str) -> str:
    """Choose the class of a language pair, one of ``CLASSES``; whether texts are long does not matter.

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
        for code in (query_language.removesuffix(LONG), target_language.removesuffix(LONG))
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


def coefficients(evidence: Evidence, *, name: str, more: float = 0.0) -> tuple[float, float, float]:
    """Log-odds of an average pair and of one standard deviation of lexical and of dense similarity.

    Parameters
    ----------
    evidence
        Of the language pair.
    name
        ``fused``, or ``lexical`` or ``dense`` for one kind of evidence alone.
    more
        What is added for lexical similarity, as where the query is long.
    """
    lexical = 0.0 if name == "dense" else evidence.lexical
    dense = 0.0 if name == "lexical" else evidence.dense
    norm = hypot(lexical, dense) or 1.0
    more = 0.0 if name == "dense" else more
    return evidence.base, evidence.slope * lexical / norm + more, evidence.slope * dense / norm


def coefficient_table(
    languages: Sequence[str],
    *,
    weights: FusionWeights,
    known: frozenset[str],
    usual: str,
    name: str,
    is_reverse: bool = False,
) -> FloatArray:
    """Coefficients for each pair of languages, shape ``(n, n, 5)``: the columns of ``PairWeights``.

    A language of long texts ends in ``LONG``. ``is_reverse``: the direction starts from the targets, whose
    length then decides, and neighbours say nothing.
    """

    def row(query: str, target: str) -> tuple[float, ...]:
        is_long = (target if is_reverse else query).endswith(LONG)
        kind = pair_class(query, target, known=known, usual=usual)
        evidence = evidence_of(weights, kind)
        in_full = weights.wording_in_full if kind in KNOWN else 0.0
        of_pair = coefficients(evidence, name=name, more=weights.long_wording if is_long else 0.0)
        return *of_pair, 0.0 if is_long or is_reverse else weights.neighbour, in_full

    table = [[row(query, target) for target in languages] for query in languages]
    return np.asarray(table, dtype=np.float32).reshape(len(languages), len(languages), 5)


MIN_TARGETS = 10


def base_shift(n_targets: int, background: Background) -> float:
    """Log-odds that the number of targets adds to the base: the more there are, the rarer a match."""
    return -background.growth * log(max(n_targets, MIN_TARGETS) / background.n_reference)
