"""The search in memory: what searches and proposes, in step with the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from sqlalchemy.orm import Session

from matcher.in_step import EngineInStep
from matcher.retrieval import QUERY_DIRECTIONS, Filters
from matcher.services import matching
from matcher.types import Direction, Match, Proposal
from models.database import translate_errors

if TYPE_CHECKING:
    from matcher.pipeline import Batch
    from matcher.services.matching import SavedProposals

_MOST_ALIKE: Final = 5
"""Like entries whose proposals are looked at again after a verdict; a full match looks at all."""


class LiveMatcher(EngineInStep):
    """Searches and proposes with the engine that is kept in step; safe to share between threads."""

    def similar_to_text(
        self, session: Session, text: str, *, filters: Filters | None = None, k: int | None = None
    ) -> list[Match]:
        """Find the published entries that fit a text best, with reasons; none is an answer, too."""
        self.refresh(session)
        with self._lock:
            return self._fitted().similar_to_text(text, filters=filters, k=k)

    def propose_for(self, entry_id: str, *, directions: Iterable[Direction] | None = None) -> list[Proposal]:
        """Propose for a published entry in every direction that fits its kind, best first in each.

        Between kinds the entry is proposed as a target, too, such as a new offering for the needs that it
        meets. The search must have been refreshed.

        Parameters
        ----------
        entry_id
            Id of the entry.
        directions
            Those that are wanted; by default all.

        Raises
        ------
        EntryNotFound
            If the entry is not published.
        Busy
            If nothing is loaded yet.
        """
        from matcher.pipeline.around import proposals_for, proposals_of

        wanted = frozenset(Direction if directions is None else directions)
        with self._lock:
            matcher = self._fitted()
            own = proposals_for(matcher, entry_id, wanted)
            return own + proposals_of(matcher, entry_id, wanted - {Direction.SIMILAR}, {})

    def propose_and_save(self, session: Session, entry_id: str) -> SavedProposals:
        """Propose for an entry that is new or changed, and it for others, and keep that; without a full run.

        For an entry that is not published nothing is proposed and nothing kept.
        """
        from matcher.pipeline.around import kind_of, proposals_for, proposals_of

        self.refresh(session)
        before = matching.queries_proposing(session, entry_id)
        with self._lock:
            matcher = self._fitted()
            if entry_id not in matcher:
                return matching.SavedProposals()
            directions, every = QUERY_DIRECTIONS[kind_of(matcher, entry_id)], frozenset(Direction)
            found = proposals_for(matcher, entry_id, every)
            found += proposals_of(matcher, entry_id, every, before)
        return matching.save_proposals_around(session, entry_id, found, directions=directions)

    def propose_again(self, query_id: str, direction: Direction) -> SavedProposals:
        """Propose anew for an entry somebody judged a proposal of, and for those much like it; and keep that.

        So a verdict counts for like pairs at once. Not for use within a transaction: reasons take a while.
        """
        self.renew()
        with self._lock:
            if query_id not in self._fitted():
                return matching.SavedProposals()
            queries = [query_id, *self._fitted().alike(query_id, k=_MOST_ALIKE)]
            proposals = self._fitted().propose(queries, direction)
        with translate_errors(), self.sessions.begin() as session:
            return matching.save_proposals(session, proposals, asked=[(each, direction) for each in queries])

    def propose_block(self, query_ids: Sequence[str], direction: Direction) -> Batch:
        """Propose for a block of queries, with reasons; those that are published no more are left out."""
        from matcher.pipeline import Batch

        with self._lock:
            matcher = self._fitted()
            known = [query_id for query_id in query_ids if query_id in matcher]
            batches = list(matcher.propose_batches(known, direction, block=max(len(known), 1)))
        return batches[0] if batches else Batch(query_ids=(), proposals=())
