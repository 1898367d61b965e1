"""Learns a scorer from judged pairs and says whether it is better than the one that serves."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matcher.errors import MatcherError, TooFewVerdicts
from matcher.pipeline.matcher import Matcher
from matcher.pipeline.shipped import shipped_recipe
from matcher.recipe import FusionWeights
from matcher.retrieval import target_kind
from matcher.scoring import (
    Comparison,
    PairScorer,
    StoredScorer,
    compare,
    cross_fitted,
    logits_of,
    probabilities,
    threshold_for_precision,
)
from matcher.scoring.learner import check_both_kinds
from matcher.types import Direction, JudgedPair

FloatArray = NDArray[np.float64]
Mask = NDArray[np.bool_]

MIN_VERDICTS: Final = 20
"""Verdicts in a direction below which nothing is learnt in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Judged pairs of one direction with their evidence; all arrays with one row a pair.

    Attributes
    ----------
    features
        Shape ``(n_pairs, len(FEATURES))``.
    fits, weight
        Whether they fit and how much they count, ``(n_pairs,)``.
    offset
        Log-odds that the number of targets adds to every pair.
    queries
        Whose pairs they are: what belongs together in measuring.
    """

    pairs: tuple[JudgedPair, ...]
    features: FloatArray
    fits: FloatArray
    weight: FloatArray
    offset: float
    queries: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What came of one direction: new weights and how they compare, or why nothing was learnt."""

    direction: Direction
    n_verdicts: int
    weights: FusionWeights | None = None
    threshold: float | None = None
    comparison: Comparison | None = None
    problem: MatcherError | None = None

    @property
    def is_better(self) -> bool:
        """Whether the new weights are surely better than those that serve."""
        return self.comparison is not None and self.comparison.is_better


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """A new scorer, and what was learnt in each direction; where that is not better it is as it serves."""

    scorer: StoredScorer
    lessons: tuple[Lesson, ...]
    data_digest: str

    @property
    def is_better(self) -> bool:
        """Whether it is surely better in some direction."""
        return any(lesson.is_better for lesson in self.lessons)


def learn(
    matcher: Matcher,
    judged: Sequence[JudgedPair],
    *,
    weigh: Callable[[Sequence[JudgedPair]], FloatArray] | None = None,
    precision: float | None = None,
    strength: float = 20.0,
    seed: int = 0,
) -> Learned:
    """Learn from all verdicts.

    Parameters
    ----------
    matcher
        The fitted matcher whose recipe serves; the verdicts that it remembers count as evidence.
    judged
        What people decided; pairs whose entries are not stored any more are left out.
    weigh
        Corrects how much pairs count, such as for their place in the list; by default not at all.
    precision
        If given, the threshold of a direction is moved to where this share of the proposals fits.
    strength
        How firmly the start's weights are held.
    seed
        Of folds and bootstrap.

    Raises
    ------
    TooFewVerdicts
        If nothing can be learnt in any direction; the message says why.
    """
    lessons = []
    for direction in Direction:
        data = collect(matcher, judged, direction, weigh=weigh)
        if len(data):
            lessons.append(
                _lesson(matcher, data, direction, precision=precision, strength=strength, seed=seed)
            )
    if all(lesson.weights is None for lesson in lessons):
        problems = [str(lesson.problem) for lesson in lessons if lesson.problem is not None]
        raise TooFewVerdicts(
            " ".join(problems) or "There is no verdict yet on entries that are still matched."
        )
    digest = data_digest(judged)
    recipe = {
        "data": digest,
        "strength": strength,
        "seed": seed,
        "from": shipped_recipe(matcher.encoder.digest).scorer,
    }
    scorer = StoredScorer(
        encoder=matcher.encoder.digest,
        weights={each.direction: _best_weights(matcher, each) for each in lessons},
        thresholds={each.direction: _best_threshold(matcher, each) for each in lessons},
        recipe=recipe,
        measures={each.direction.value: _measures(each) for each in lessons},
    )
    return Learned(scorer=scorer, lessons=tuple(lessons), data_digest=digest)


def collect(
    matcher: Matcher,
    judged: Sequence[JudgedPair],
    direction: Direction,
    *,
    weigh: Callable[[Sequence[JudgedPair]], FloatArray] | None = None,
) -> Judged:
    """Put judged pairs of a direction together with their evidence, without those of entries that went."""
    chosen = [
        pair
        for pair in judged
        if pair.direction is direction and pair.query_id in matcher and pair.target_id in matcher
    ]
    chosen.sort(key=lambda pair: (pair.query_id, pair.rank, pair.target_id))
    rows = [
        matcher.evidence(query_id, [pair.target_id for pair in own], direction)
        for query_id, own in ((q, list(pairs)) for q, pairs in groupby(chosen, key=lambda p: p.query_id))
    ]
    weight = np.array([pair.weight for pair in chosen], dtype=np.float64)
    return Judged(
        pairs=tuple(chosen),
        features=np.concatenate(rows) if rows else np.empty((0, 0)),
        fits=np.array([pair.fits for pair in chosen], dtype=np.float64),
        weight=weight if weigh is None or not chosen else weight * weigh(chosen),
        offset=_offset(matcher, chosen[0], direction) if chosen else 0.0,
        queries=tuple(pair.query_id for pair in chosen),
    )


def data_digest(judged: Sequence[JudgedPair]) -> str:
    """SHA-256 of the verdicts, whatever their order, in hexadecimal."""
    lines = sorted(json.dumps(asdict(pair), sort_keys=True) for pair in judged)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _offset(matcher: Matcher, pair: JudgedPair, direction: Direction) -> float:
    kind = target_kind(direction, matcher.engine.entry(pair.query_id).kind)
    return matcher.engine.shift(kind)


def _lesson(
    matcher: Matcher,
    data: Judged,
    direction: Direction,
    *,
    precision: float | None,
    strength: float,
    seed: int,
) -> Lesson:
    try:
        if len(data) < MIN_VERDICTS:
            raise TooFewVerdicts(f"{direction.value}: {len(data)} verdicts; {MIN_VERDICTS} are needed.")
        check_both_kinds(data.fits, data.weight)
        return _learnt(matcher, data, direction, precision=precision, strength=strength, seed=seed)
    except TooFewVerdicts as error:
        return Lesson(direction=direction, n_verdicts=len(data), problem=error)


def _learnt(
    matcher: Matcher,
    data: Judged,
    direction: Direction,
    *,
    precision: float | None,
    strength: float,
    seed: int,
) -> Lesson:
    prior = shipped_recipe(matcher.encoder.digest).weights_for(direction)
    serving = logits_of(matcher.recipe.weights_for(direction), data.features, offset=data.offset)

    def fit(chosen: Mask) -> Callable[[Mask], FloatArray]:
        scorer = PairScorer(prior, strength=strength).fit(
            data.features[chosen], data.fits[chosen], data.weight[chosen], offset=data.offset
        )
        return lambda others: scorer.decision_function(data.features[others])

    new = cross_fitted(fit, data.queries, seed=seed)
    comparison = compare(new, serving, data.fits, weight=data.weight, groups=data.queries, seed=seed)
    whole = PairScorer(prior, strength=strength).fit(
        data.features, data.fits, data.weight, offset=data.offset
    )
    threshold = precision and threshold_for_precision(
        probabilities(new), data.fits, weight=data.weight, precision=precision
    )
    return Lesson(
        direction=direction,
        n_verdicts=len(data),
        weights=whole.weights_,
        threshold=threshold or None,
        comparison=comparison,
    )


def _best_weights(matcher: Matcher, lesson: Lesson) -> FusionWeights:
    if lesson.weights is not None and lesson.is_better:
        return lesson.weights
    return matcher.recipe.weights_for(lesson.direction)


def _best_threshold(matcher: Matcher, lesson: Lesson) -> float:
    if lesson.threshold is not None and lesson.is_better:
        return lesson.threshold
    return matcher.recipe.threshold(lesson.direction)


def _measures(lesson: Lesson) -> Mapping[str, Any]:
    figures = lesson.comparison.as_dict() if lesson.comparison else {}
    problem = {"problem": str(lesson.problem)} if lesson.problem else {}
    return {"n_verdicts": lesson.n_verdicts, "is_better": lesson.is_better, **figures, **problem}
