"""Searching: entries by text, and entries like an entry, over the search in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.orm import Session

from matcher.errors import InvalidInput
from matcher.pipeline import Matcher, around
from matcher.retrieval import Filters
from matcher.services.actor import Actor
from matcher.text import clean
from matcher.types import Direction, Entry, EntryStatus, Match, Proposal, Score
from models.repositories.entries import EntryRepository, EntryView
from models.repositories.search_words import SearchWordRepository

__all__ = ["Filters", "LiveSearch", "MatchView", "needs_met", "search_text", "similar_entries"]


class LiveSearch(Protocol):
    """The search in memory, in step with the database."""

    def similar_to_text(self, session: Session, text: str, *, filters: Filters, k: int) -> Sequence[Match]:
        """Find the published entries that fit a text best."""
        ...

    def refresh(self, session: Session) -> None:
        """Take in what changed."""
        ...

    def using(self, session: Session, work: Callable[[Matcher], list[Match]]) -> list[Match]:
        """Do something with the engine alone, in step with what the session sees."""
        ...

    def propose_for(
        self, entry_id: str, *, directions: Iterable[Direction] | None = None
    ) -> Sequence[Proposal]:
        """Propose for a published entry, by default in every direction."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchView:
    """An entry that was found, how well it fits, and why."""

    entry: EntryView
    score: Score


def search_text(
    session: Session,
    live: LiveSearch,
    text: str,
    *,
    actor: Actor,
    filters: Filters | None = None,
    limit: int = 10,
) -> list[MatchView]:
    """Find entries by a text, the best first; none is an answer, too.

    Raises
    ------
    InvalidInput
        If there is nothing in the text to search for.
    """
    cleaned = clean(text)
    _check_words(cleaned)
    if actor.organisation_id is not None:
        cleaned = SearchWordRepository(session, actor.organisation_id).apply(cleaned)
    matches = live.similar_to_text(session, cleaned, filters=filters or Filters(), k=limit)
    return _views(session, [(match.entry_id, match.score) for match in matches], actor)


def similar_entries(
    session: Session, live: LiveSearch, entry_id: str, *, actor: Actor, limit: int = 10
) -> list[MatchView]:
    """Find entries of the same kind that are about the same thing, the best first.

    For a draft, which is not searched, they are those that its text finds.

    Raises
    ------
    EntryNotFound
        If the actor does not see the entry.
    """
    entry = EntryRepository(session, actor).get(entry_id)
    if entry.status is not EntryStatus.PUBLISHED:
        return _like_text(session, live, entry, actor=actor, limit=limit)
    live.refresh(session)
    proposals = live.propose_for(entry_id, directions=(Direction.SIMILAR,))
    return _views(session, [(each.target_id, each.score) for each in proposals[:limit]], actor)


def needs_met(
    session: Session, live: LiveSearch, offering: Entry, *, actor: Actor, limit: int = 10
) -> list[MatchView]:
    """Find the needs that an offering would be proposed for, and those nearest to it; it is not kept.

    Raises
    ------
    InvalidInput
        If there is nothing in its text to go by.
    """
    _check_words(offering.whole_text)
    found = live.using(session, lambda matcher: around.needs_met(matcher, offering, k=limit))
    return _views(session, [(match.entry_id, match.score) for match in found], actor)


def _check_words(text: str) -> None:
    if not any(sign.isalnum() for sign in text):
        raise InvalidInput("There is no word to search for.", field="text", remedy="Write a few words.")


def _like_text(
    session: Session, live: LiveSearch, entry: EntryView, *, actor: Actor, limit: int
) -> list[MatchView]:
    filters = Filters(kinds=(entry.kind,))
    matches = live.similar_to_text(session, entry.as_entry().whole_text, filters=filters, k=limit)
    return _views(session, [(match.entry_id, match.score) for match in matches], actor)


def _views(session: Session, found: Sequence[tuple[str, Score]], actor: Actor) -> list[MatchView]:
    """Join what was found with what is shown; what the actor may not see (any more) is left out."""
    entries = EntryRepository(session, actor).get_many(entry_id for entry_id, _ in found)
    return [
        MatchView(entry=entries[entry_id], score=score) for entry_id, score in found if entry_id in entries
    ]
