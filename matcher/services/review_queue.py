"""What waits to be judged: entries with their best proposals, in order, and how far one has come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from matcher.services.actor import REVIEWERS, Actor
from matcher.types import Direction, ProposalState
from models.repositories.entries import EntryRepository
from models.repositories.pages import Page
from models.repositories.proposals import ProposalFilters, ProposalRepository, ProposalView
from models.repositories.review_queue import Progress, QueueFilters, QueueItem, ReviewQueue

__all__ = [
    "Progress",
    "QueueFilters",
    "QueueItem",
    "candidates",
    "list_queue",
    "neighbours",
    "progress",
]


def list_queue(
    session: Session,
    *,
    actor: Actor,
    filters: QueueFilters | None = None,
    limit: int = 20,
    after: Sequence[Any] | None = None,
) -> Page[QueueItem]:
    """Return a page of entries of the actor's organisation for which something waits, the best first.

    Entries that belong to nobody, such as published notices, are among them.

    Raises
    ------
    NotAllowed
        If the actor judges nothing.
    """
    actor.require(REVIEWERS, organisation_id=actor.organisation_id)
    return ReviewQueue(session, actor).list_items(filters or QueueFilters(), limit=limit, after=after)


def neighbours(
    session: Session, entry_id: str, *, actor: Actor, filters: QueueFilters
) -> tuple[str | None, str | None]:
    """Return the entries before and after one in the queue, None at its ends."""
    return ReviewQueue(session, actor).neighbours(entry_id, filters)


def progress(session: Session, *, actor: Actor, filters: QueueFilters, since: datetime) -> Progress:
    """Count what is open and judged, and what the actor judged since a time."""
    return ReviewQueue(session, actor).progress(filters, since=since)


def candidates(
    session: Session, entry_id: str, *, actor: Actor, direction: Direction, limit: int = 20
) -> list[ProposalView]:
    """Return what is proposed for an entry in one direction, the likeliest first; judged ones, too.

    Raises
    ------
    EntryNotFound
        If the actor does not see the entry.
    """
    EntryRepository(session, actor).get_record(entry_id)
    filters = ProposalFilters(query_id=entry_id, direction=direction)
    found = ProposalRepository(session, actor).list_views(filters, limit=limit, after=None).items
    return [each for each in found if each.state is not ProposalState.STALE]
