"""What is around an entry: proposals for it and of it, and the needs that an offering is proposed for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from matcher.pipeline.matcher import Matcher
from matcher.retrieval import QUERY_DIRECTIONS, TARGET_DIRECTIONS
from matcher.types import Direction, Entry, EntryKind, Match, Proposal, needs_reader


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


def needs_met(matcher: Matcher, offering: Entry, *, k: int) -> list[Match]:
    """Return the stored needs that an offering, stored or not, fits best, scored as it would be proposed.

    An offering in a language that nothing here reads is proposed for nothing, and so are needs in one.
    """
    direction, known = Direction.NEED_TO_OFFERING, matcher.encoder.languages
    if needs_reader(offering.language, known=known):
        return []
    found = matcher.engine.search([offering], direction, EntryKind.NEED, filters=None, k=k)[0]
    needs = [matcher.engine.index(EntryKind.NEED).entries[row] for row in found.rows]
    scored = [
        (matcher.explain(need, offering, direction=direction), need.id)
        for need in needs
        if not needs_reader(need.language, known=known)
    ]
    scored.sort(key=lambda item: (-item[0].value, item[1]))
    return [Match(entry_id=need, rank=rank, score=score) for rank, (score, need) in enumerate(scored, 1)]
