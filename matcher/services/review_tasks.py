"""Work on the queue: who looks after an entry, and until when it is put away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from matcher.errors import InvalidInput, NotAllowed
from matcher.services.actor import REVIEWERS, Actor
from matcher.types import Direction, NoticeKind
from models.repositories.audit import AuditRepository
from models.repositories.entries import EntryRepository
from models.repositories.notices import NoticeRepository
from models.repositories.review_tasks import ReviewerView, ReviewTaskRepository, TaskView

__all__ = ["ReviewerView", "TaskView", "assign", "find", "reviewers", "snooze"]

MAX_DAYS: Final = 366


def find(session: Session, entry_id: str, direction: Direction, *, actor: Actor) -> TaskView | None:
    """Return how the actor's organisation goes about an entry in its queue; None if nobody said."""
    if actor.organisation_id is None:
        return None
    return ReviewTaskRepository(session, actor.organisation_id).find(entry_id, direction)


def reviewers(session: Session, *, actor: Actor) -> list[ReviewerView]:
    """Return the members of the actor's organisation that may look after an entry, by name.

    Raises
    ------
    NotAllowed
        If the actor judges nothing.
    """
    return ReviewTaskRepository(session, _organisation(actor)).list_reviewers(sorted(REVIEWERS))


def assign(
    session: Session, entry_id: str, direction: Direction, *, member_id: str | None, actor: Actor
) -> TaskView:
    """Let a member look after an entry in the queue, or nobody; the member is told.

    Raises
    ------
    NotAllowed, EntryNotFound
        If the actor judges nothing, or does not see the entry.
    InvalidInput
        If the member is no reviewer of the organisation.
    """
    repository = ReviewTaskRepository(session, _organisation(actor))
    EntryRepository(session, actor).get_record(entry_id)
    known = {each.id for each in repository.list_reviewers(sorted(REVIEWERS))}
    if member_id is not None and member_id not in known:
        raise InvalidInput(
            "This is no officer or coordinator of yours.", field="assignee", remedy="Choose one of the list."
        )
    record = repository.record(entry_id, direction)
    record.assignee_id = member_id
    session.flush()
    if member_id is not None and member_id != actor.member_id:
        key = f"assigned:{record.id}:{record.version}"
        NoticeRepository(session).tell(
            [member_id],
            NoticeKind.ASSIGNED,
            entry_id,
            key=key,
            entry_id=entry_id,
            organisation_id=actor.organisation_id,
        )
    _note(session, "proposal.assigned", entry_id, actor, member=member_id)
    return _view(repository, entry_id, direction)


def snooze(
    session: Session,
    entry_id: str,
    direction: Direction,
    *,
    days: int,
    now: datetime | None = None,
    actor: Actor,
) -> TaskView:
    """Put an entry away for some days, so that the queue shows it later; none brings it back at once.

    Raises
    ------
    NotAllowed, EntryNotFound
        If the actor judges nothing, or does not see the entry.
    InvalidInput
        If the number of days is not between 0 and 366.
    """
    repository = ReviewTaskRepository(session, _organisation(actor))
    EntryRepository(session, actor).get_record(entry_id)
    if not 0 <= days <= MAX_DAYS:
        raise InvalidInput(
            "It can be put away for at most a year.", field="days", remedy="Give 0 to 366 days."
        )
    record = repository.record(entry_id, direction)
    record.snoozed_until = (now or datetime.now(UTC)) + timedelta(days=days) if days else None
    session.flush()
    _note(session, "proposal.snoozed", entry_id, actor, days=days)
    return _view(repository, entry_id, direction)


def _organisation(actor: Actor) -> str:
    actor.require(REVIEWERS, organisation_id=actor.organisation_id)
    if actor.organisation_id is None:
        raise NotAllowed("This is for members of an organisation.")
    return actor.organisation_id


def _view(repository: ReviewTaskRepository, entry_id: str, direction: Direction) -> TaskView:
    found = repository.find(entry_id, direction)
    assert found is not None
    return found


def _note(session: Session, action: str, entry_id: str, actor: Actor, **detail: str | int | None) -> None:
    AuditRepository(session).add(action, entry_id, by=actor, organisation_id=actor.organisation_id, **detail)
