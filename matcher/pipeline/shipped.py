"""What ships for the encoder that ships: the recipe of the first day, and how entries are expanded."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.errors import ScorerInvalid, UnreadableFile
from matcher.procurement import Familiar
from matcher.recipe import Recipe
from matcher.retrieval import Expansion, load_expansion
from matcher.scoring import StoredScorer, load_scorer, shipped_folder
from matcher.types import Entry, EntryKind

FloatArray = NDArray[np.float32]
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


def shipped_expansion(encoder_digest: str) -> Expansion | None:
    """Return how entries are expanded for an encoder, if that ships for it."""
    return shipped_expansions().get(encoder_digest)


def expanded(entries: Sequence[Entry], vectors: FloatArray, encoder_digest: str) -> FloatArray:
    """Expand the vectors of entries by the topics that are known for their encoder, if any are."""
    expansion = shipped_expansion(encoder_digest)
    if expansion is None:
        return vectors
    offered = np.array([entry.kind is EntryKind.OFFERING for entry in entries], dtype=bool)
    wider = np.empty_like(vectors)
    wider[offered] = expansion.expand_offerings(vectors[offered])
    wider[~offered] = expansion.expand_needs(vectors[~offered])
    return wider


def familiar_codes(encoder_digest: str) -> Familiar | None:
    """Return what tells the codes of the topics that are known for an encoder, if any are."""
    expansion = shipped_expansion(encoder_digest)
    return None if expansion is None else expansion.codes_like


@cache
def shipped_expansions() -> dict[str, Expansion]:
    """Return the expansions that ship by the digests of their encoders; one that is broken only warns."""
    found = {}
    for path in sorted(expansions_folder().glob("*.npz")):
        try:
            expansion = load_expansion(path)
        except UnreadableFile as error:
            log.warning("%s cannot be used (%s); entries are compared as they are.", path.name, error)
        else:
            found[expansion.encoder] = expansion
    return found


def expansions_folder() -> Path:
    """Folder of the expansions that come with the program."""
    return Path(str(files("matcher.retrieval") / "data"))
