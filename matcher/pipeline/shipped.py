"""The recipe of the first day: by hand, or with the weights of the scorer that ships."""

from __future__ import annotations

import logging
from functools import cache

from matcher.errors import ScorerInvalid
from matcher.recipe import Recipe
from matcher.scoring import StoredScorer, load_scorer, shipped_folder

log = logging.getLogger("matcher.scoring")


def shipped_recipe(encoder_digest: str) -> Recipe:
    """Return the recipe for an encoder before anybody has judged anything.

    With the weights of the scorer that ships if one was learnt for this encoder; for another encoder, or if
    its file is missing or broken, the fusion by fixed weights serves.
    """
    scorer = shipped_scorers().get(encoder_digest)
    return Recipe() if scorer is None else scorer.applied_to(Recipe())


@cache
def shipped_scorers() -> dict[str, StoredScorer]:
    """Return the scorers that ship by the digests of their encoders; one that is broken only warns."""
    found = {}
    for path in sorted(shipped_folder().glob("*.json")):
        try:
            scorer = load_scorer(path)
        except ScorerInvalid as error:
            log.warning("The scorer %s cannot be used (%s); fixed weights serve.", path.name, error)
        else:
            found[scorer.encoder] = scorer
    return found
