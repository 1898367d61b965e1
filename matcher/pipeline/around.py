"""Proposals around one stored entry: those made for it, and those in which it is proposed for others."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from matcher.pipeline.matcher import Matcher
from matcher.retrieval import QUERY_DIRECTIONS, TARGET_DIRECTIONS
from matcher.types import Direction, EntryKind, Proposal


def kind_of(matcher: Matcher, entry_id: str) -> EntryKind:
    """Return the kind of a stored entry.

    Raises
    ------
    EntryNotFound
        If it is not stored.
    """
    return matcher.engine.corpus_.get(entry_id).kind


def proposals_for(matcher: Matcher, entry_id: str, wanted: Collection[Direction]) -> list[Proposal]:
    """Propose for an entry in those directions that start from its kind, best first in each.

    Raises
    ------
    EntryNotFound
        If it is not stored.
    """
    directions = [each for each in QUERY_DIRECTIONS[kind_of(matcher, entry_id)] if each in wanted]
    return [p for direction in directions for p in matcher.propose([entry_id], direction)]


def proposals_of(
    matcher: Matcher,
    entry_id: str,
    wanted: Collection[Direction],
    before: Mapping[Direction, Sequence[str]],
) -> list[Proposal]:
    """Propose an entry for others: for the likeliest, and for those ``before`` that it was proposed for.

    Raises
    ------
    EntryNotFound
        If it is not stored.
    """
    found = []
    for direction in TARGET_DIRECTIONS[kind_of(matcher, entry_id)]:
        if direction in wanted:
            likely = matcher.propose_for_target(entry_id, direction, with_reasons=False)
            asked = {proposal.query_id for proposal in likely}
            others = [each for each in before.get(direction, ()) if each in matcher and each not in asked]
            again = matcher.propose(others, direction, with_reasons=False)
            found += likely + [proposal for proposal in again if proposal.target_id == entry_id]
    return [replace(p, score=matcher.explain(p.query_id, p.target_id, direction=p.direction)) for p in found]
