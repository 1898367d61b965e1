"""Groups of entries that are about one thing, found in the proposals of similar ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from matcher.grouping import find_groups, group_terms
from matcher.text import analyse
from matcher.types import Direction, EntryKind, Group

if TYPE_CHECKING:
    from matcher.pipeline.matcher import Matcher

FloatArray = NDArray[np.float32]


def grouped(matcher: Matcher, kind: EntryKind) -> list[Group]:
    """Find groups among the stored entries of a kind, largest first; the rest stay outside."""
    ids = matcher.ids(kind)
    entries = [matcher.engine.corpus_.get(entry_id) for entry_id in ids]
    position = {entry_id: i for i, entry_id in enumerate(ids)}
    links = [
        (position[p.query_id], position[p.target_id], p.score.value)
        for p in matcher.propose(ids, Direction.SIMILAR, with_reasons=False)
    ]

    def similarity(members: Sequence[int]) -> FloatArray:
        chosen = [entries[i] for i in members]
        scores = matcher.score_matrix(chosen, kind, direction=Direction.SIMILAR)[:, list(members)]
        return np.asarray(1 / (1 + np.exp(-scores)), dtype=np.float32)

    found = find_groups(
        len(ids), links, similarity=similarity, threshold=matcher.recipe.threshold(Direction.SIMILAR)
    )
    terms = group_terms([[entries[i] for i in members] for members, _ in found], analyse=analyse)
    return [
        Group(member_ids=tuple(ids[i] for i in members), cohesion=cohesion, terms=named)
        for (members, cohesion), named in zip(found, terms, strict=True)
    ]
