"""What came in last: an organisation's needs and ideas, with what is like them and their themes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from matcher.services.actor import REVIEWERS, Actor
from matcher.types import EntryKind, EntryStatus
from models.repositories.entries import EntryFilters, EntryRepository, EntryView
from models.repositories.pages import Page
from models.repositories.proposals import ProposalRepository
from models.repositories.themes import ThemeRepository, ThemeView

__all__ = ["KINDS", "STATUSES", "Incoming", "Like", "list_incoming"]

KINDS: Final = (EntryKind.NEED, EntryKind.IDEA)
STATUSES: Final = (EntryStatus.DRAFT, EntryStatus.PUBLISHED)
_N_ALIKE: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Like:
    """An entry that is like another one, and how likely they are about the same thing."""

    entry: EntryView
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """An entry that came in, with the finest theme it is in and what is most like it, the best first."""

    entry: EntryView
    theme: ThemeView | None
    similar: list[Like]


def list_incoming(
    session: Session,
    *,
    actor: Actor,
    kind: EntryKind | None = None,
    status: EntryStatus | None = None,
    limit: int = 20,
    after: Sequence[Any] | None = None,
) -> Page[Incoming]:
    """Return a page of the needs and ideas of the actor's organisation, the newest first.

    What is like them was found when they were published and is looked up, for all of them at once: to search
    for it anew takes too long for a page.

    Parameters
    ----------
    session
        An open session.
    actor
        Who asks.
    kind, status
        Of one kind or in one state alone; left out, needs and ideas in whatever state.
    limit, after
        The page.

    Raises
    ------
    NotAllowed
        If the actor does not review.
    """
    actor.require(REVIEWERS, organisation_id=actor.organisation_id)
    filters = EntryFilters(
        organisation_id=actor.organisation_id,
        kinds=KINDS if kind is None else (kind,),
        status=status,
    )
    entries = EntryRepository(session, actor)
    page = entries.list_views(filters, limit=limit, after=after)
    ids = [each.id for each in page.items]
    themes = ThemeRepository(session, actor).of_entries(ids)
    alike = ProposalRepository(session, actor).list_alike(ids, limit=_N_ALIKE)
    others = entries.get_many(other_id for found in alike.values() for other_id, _ in found)
    items = [
        Incoming(
            entry=each,
            theme=themes.get(each.id),
            similar=[Like(entry=others[other], score=score) for other, score in alike.get(each.id, ())],
        )
        for each in page.items
    ]
    return Page(items, page.next_after)
