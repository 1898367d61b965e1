"""Why a pair is not proposed, and what would have to differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from matcher.pipeline.engine import Engine
from matcher.scoring import log_odds, pair_class
from matcher.scoring.evidence import coefficients, evidence_of
from matcher.types import Direction, Entry, Proposal, ReasonKind, Score

_CIRCUMSTANCES = {
    ReasonKind.CPV: "cpv",
    ReasonKind.REGION: "region",
    ReasonKind.TIME: "time",
    ReasonKind.VALUE: "value",
}


class Obstacle(StrEnum):
    """What keeps a pair out of the list."""

    SCORE = "score"
    RANK = "rank"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that would have to differ, and what that would be worth in log-odds.

    ``is_enough``: it alone would lift the pair to the threshold. ``detail`` carries numbers to show.
    """

    kind: ReasonKind
    gain: float
    is_enough: bool
    detail: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyNot:
    """How a pair stands against the list that it is not in.

    Attributes
    ----------
    score
        Of the pair, with its reasons.
    threshold
        Lowest score that is proposed.
    short_by
        Log-odds that are missing to it; 0 if it is reached.
    rank
        Place among all targets, from 1, and ``top_k`` that are proposed at most.
    obstacles
        What keeps it out; none if it is proposed.
    changes
        What would have to differ, what is worth most first.
    """

    score: Score
    threshold: float
    short_by: float
    rank: int
    top_k: int
    obstacles: tuple[Obstacle, ...]
    changes: tuple[Change, ...]


def why_not(
    engine: Engine,
    query: Entry,
    target: Entry,
    direction: Direction,
    *,
    score: Score,
    ahead: int,
    proposed: Sequence[Proposal],
) -> WhyNot:
    """Say why a stored target is not proposed for a query.

    Parameters
    ----------
    engine
        The engine that searched.
    query, target, direction
        The pair.
    score
        The pair's score with its reasons.
    ahead
        How many targets have a better score.
    proposed
        What is proposed for the query.
    """
    threshold = engine.recipe.threshold(direction)
    short_by = max(0.0, log_odds(max(threshold, 1e-9)) - log_odds(min(max(score.value, 1e-12), 1 - 1e-12)))
    changes = list(_changes(engine, query, target, direction, score=score, short_by=short_by))
    return WhyNot(
        score=score,
        threshold=threshold,
        short_by=short_by,
        rank=ahead + 1,
        top_k=engine.recipe.top_k,
        obstacles=tuple(_obstacles(engine, target, proposed, short_by=short_by, rank=ahead + 1)),
        changes=tuple(sorted(changes, key=lambda change: -change.gain)) if short_by else (),
    )


def _obstacles(
    engine: Engine, target: Entry, proposed: Sequence[Proposal], *, short_by: float, rank: int
) -> Iterator[Obstacle]:
    if any(proposal.target_id == target.id for proposal in proposed):
        return
    if short_by > 0:
        yield Obstacle.SCORE
    elif rank > engine.recipe.top_k:
        yield Obstacle.RANK
    else:
        # Good enough and high enough, yet left out: its organisation has the better ones, or a copy.
        yield Obstacle.ORGANISATION


def _changes(
    engine: Engine, query: Entry, target: Entry, direction: Direction, *, score: Score, short_by: float
) -> Iterator[Change]:
    weights = engine.recipe.weights_for(direction)
    now = {reason.kind: reason.contribution for reason in score.reasons}
    for kind, name in _CIRCUMSTANCES.items():
        gain = float(getattr(weights, name)) - now.get(kind, 0.0)
        if gain > 0.01:
            yield Change(kind=kind, gain=gain, is_enough=gain >= short_by)
    yield from _meaning(engine, query, target, direction, short_by=short_by)


def _meaning(
    engine: Engine, query: Entry, target: Entry, direction: Direction, *, short_by: float
) -> Iterator[Change]:
    """How much nearer in meaning the texts would have to be, if nothing else differed."""
    name = pair_class(
        query.language,
        target.language,
        known=engine.encoder.languages,
        usual=engine.recipe.usual_language,
    )
    weights = engine.recipe.weights_for(direction)
    weight = coefficients(evidence_of(weights, name), name=engine.recipe.name)[2]
    row = engine.corpus_.row_of(target)
    if weight <= 0 or row is None:
        return
    ours, index = engine.analysed([query]), engine.index(target.kind)
    share = weights.target_share
    spread = float(
        ours.standards[target.kind].dense_std[0] ** (1 - share)
        * index.standard(query.kind).dense_std[row] ** share
    )
    question = engine.question(direction, query.kind, target.kind)
    rows = np.array([[row]], dtype=np.intp)
    cosine = float(engine.corpus_.searchers_[target.kind].likeness(ours, question, rows)[0, 0])
    needed = cosine + short_by * spread / weight
    if needed <= 1:
        yield Change(
            kind=ReasonKind.MEANING,
            gain=short_by,
            is_enough=True,
            detail={"now": round(cosine, 3), "needed": round(needed, 3)},
        )
