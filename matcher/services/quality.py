"""How good the matches are by people's verdicts: each recipe beside the others, and for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from sqlalchemy.orm import Session

from matcher.errors import Conflict
from matcher.evaluation.judged import BoolArray, FloatArray, JudgedLists, choice_measures, order_measures
from matcher.evaluation.measures import Interval
from matcher.evaluation.reliability import Reliability, reliability
from matcher.pipeline import Matcher
from matcher.pipeline.learning import Judged, collect
from matcher.scoring import NAMES, logits_of, probabilities
from matcher.services.actor import STAFF, Actor
from matcher.services.verdict_pairs import judged_pairs
from matcher.types import Direction
from models.repositories.scorers import JudgedRepository

__all__ = ["Quality", "quality"]

SERVED: Final = "fused"
_ALONE: Final = {"lexical": "wording", "dense": "meaning"}
"""Recipes of one kind of evidence, with the feature that they order by."""

Measures = Mapping[str, Interval]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Measures of one direction, by the verdicts given in it.

    Attributes
    ----------
    recipes
        nDCG@10 and MRR by recipe; of ``fused``, which is what serves, precision and recall, too.
    slices
        The same of ``fused`` by languages, kind, organisation and size of the supplier.
    reliability
        Whether what is served means what it says, with its ECE.
    """

    direction: Direction
    n_pairs: int
    n_queries: int
    recipes: Mapping[str, Measures]
    slices: Mapping[str, Mapping[str, Measures]]
    reliability: Reliability

    def as_dict(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return asdict(self)


def quality(
    session: Session, matcher: Matcher, *, actor: Actor, direction: Direction = Direction.NEED_TO_OFFERING
) -> Quality:
    """Measure what serves now by all verdicts of a direction; pairs on which people differ are left out.

    A scorer that learnt from these verdicts is flattered by them: what it gained on held-out ones is kept
    with it.

    Raises
    ------
    NotAllowed
        If the actor is no staff.
    Conflict
        If nothing was decided yet about entries that are still matched.
    """
    actor.require(STAFF, organisation_id=actor.organisation_id)
    decided = [pair for pair in judged_pairs(session) if pair.fits != 0.5]
    data = collect(matcher, decided, direction)
    if not len(data):
        raise Conflict("Nothing was decided yet.", remedy="Judge some proposals first.")
    lists = JudgedLists(queries=data.queries, fits=data.fits > 0.5)
    logits = logits_of(matcher.recipe.weights_for(direction), data.features, offset=data.offset)
    said = probabilities(logits)
    proposed = said >= matcher.recipe.threshold(direction)
    alone = {
        recipe: order_measures(lists, _known(data.features[:, NAMES.index(feature)]))
        for recipe, feature in _ALONE.items()
    }
    slices = {
        name: {value: _measured(lists, logits, proposed, chosen) for value, chosen in _each(values).items()}
        for name, values in _properties(session, data).items()
    }
    return Quality(
        direction=direction,
        n_pairs=len(data),
        n_queries=len(set(data.queries)),
        recipes={**alone, SERVED: _measured(lists, logits, proposed, np.ones(len(data), dtype=np.bool_))},
        slices=slices,
        reliability=reliability(said, lists.fits.astype(np.float64)),
    )


def _measured(
    lists: JudgedLists, logits: FloatArray, proposed: BoolArray, chosen: BoolArray
) -> dict[str, Interval]:
    own = lists.of(chosen)
    return {**order_measures(own, logits[chosen]), **choice_measures(own, proposed[chosen])}


def _known(values: FloatArray) -> FloatArray:
    """Let what is not known stand at the end."""
    return np.nan_to_num(values, nan=-np.inf)


def _each(values: Sequence[str]) -> dict[str, BoolArray]:
    array = np.asarray(values)
    return {str(value): array == value for value in np.unique(array)}


def _properties(session: Session, data: Judged) -> dict[str, list[str]]:
    """Return each property with its value for each pair."""
    entry_ids = sorted({entry_id for pair in data.pairs for entry_id in (pair.query_id, pair.target_id)})
    known = JudgedRepository(session).properties(entry_ids)
    pairs = [(known[pair.query_id], known[pair.target_id]) for pair in data.pairs]
    return {
        "languages": ["-".join(sorted({query.language, target.language})) for query, target in pairs],
        "kind": [query.kind for query, _ in pairs],
        "organisation": [query.organisation_id for query, _ in pairs],
        "supplier_size": [target.supplier_size for _, target in pairs],
    }
