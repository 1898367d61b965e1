"""Needs that could be procured together with others, for people to put them together or take them in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from sqlalchemy.orm import Session

from matcher.services.actor import Actor
from matcher.services.standing import require_demand, seen_entries
from matcher.types import BUYERS, DEMAND, EntryStatus
from models.repositories.entries import EntryRepository, EntryView
from models.repositories.joint_needs import JointNeedRepository
from models.repositories.organisations import OrganisationRepository

if TYPE_CHECKING:
    from matcher.pipeline import Matcher

__all__ = ["Candidate", "candidates", "may_belong"]

Result = TypeVar("Result")
SEARCHED: Final = 8
"""Times as many needs are looked at as are shown: those of one's own, or of no buyer, are among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A need that is like others; ``likeness`` is that of their meaning, 1 at most, on average."""

    entry: EntryView
    likeness: float


class LiveMatcher(Protocol):
    """The search in memory, in step with the database."""

    def using(self, session: Session, work: Callable[[Matcher], Result]) -> Result:
        """Do something with the search, one at a time."""
        ...


def candidates(
    session: Session, live: LiveMatcher, entry_id: str, *, limit: int = 10, actor: Actor
) -> list[Candidate]:
    """Find needs of other public buyers that are most like a need, to put them together by hand.

    Raises
    ------
    EntryNotFound
        If the actor does not see the need.
    InvalidInput
        If it is no published need or idea.
    """
    (own,) = seen_entries(session, [entry_id], actor=actor)
    require_demand([own])
    return _nearest(session, live, [entry_id], but_of=own.organisation_id, limit=limit, actor=actor)


def may_belong(
    session: Session, live: LiveMatcher, joint_need_id: str, *, limit: int = 5, actor: Actor
) -> list[Candidate]:
    """Find needs of public buyers that are most like those in a joint need, and were not left out of it.

    Raises
    ------
    JointNeedNotFound
        If there is none that the actor's organisation has a need in.
    """
    view = JointNeedRepository(session, actor).get(joint_need_id)
    kept = [each for each in view.members if each.entry is not None and not each.is_dropped]
    published = [each.entry_id for each in kept if each.entry and each.entry.status is EntryStatus.PUBLISHED]
    known = {each.entry_id for each in view.members}
    found = _nearest(session, live, published, but_of=None, limit=limit + len(known), actor=actor)
    return [each for each in found if each.entry.id not in known][:limit]


def _nearest(
    session: Session,
    live: LiveMatcher,
    entry_ids: Sequence[str],
    *,
    but_of: str | None,
    limit: int,
    actor: Actor,
) -> list[Candidate]:
    from matcher.pipeline.nearest import nearest

    def look(matcher: Matcher) -> list[tuple[str, float]]:
        stored = [entry_id for entry_id in entry_ids if entry_id in matcher]
        return nearest(matcher.engine, stored, DEMAND, k=SEARCHED * limit) if stored else []

    near = live.using(session, look)
    buyers = OrganisationRepository(session).ids_of_kinds(BUYERS) - {but_of or ""}
    entries = EntryRepository(session, actor).get_many(found_id for found_id, _ in near)
    return [
        Candidate(entry=entries[found_id], likeness=likeness)
        for found_id, likeness in near
        if found_id in entries and entries[found_id].organisation_id in buyers
    ][:limit]
