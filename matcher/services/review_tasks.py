"""Work on the queue: who looks after an entry, and until when it is put away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from matcher.errors import InvalidInput, NotAllowed, StaleVersion
from matcher.services.actor import REVIEWERS, Actor
from matcher.types import Direction, NoticeKind
from models.records import ReviewTask
from models.repositories.audit import AuditRepository
from models.repositories.entries import EntryRepository
from models.repositories.notices import NoticeRepository
from models.repositories.review_tasks import ReviewerView, ReviewTaskRepository, TaskView

__all__ = ["ReviewerView", "TaskView", "assign", "get", "reviewers", "snooze"]

MAX_DAYS: Final = 366


def get(session: Session, entry_id: str, direction: Direction, *, actor: Actor) -> TaskView:
    """Return how the actor's organisation goes about an entry in its queue.

    Raises
    ------
    NotAllowed, EntryNotFound
        If the actor judges nothing, or does not see the entry.
    """
    repository = ReviewTaskRepository(session, _organisation(actor))
    EntryRepository(session, actor).get_record(entry_id)
    return repository.find(entry_id, direction) or TaskView()


def reviewers(session: Session, *, actor: Actor) -> list[ReviewerView]:
    """Return the members of the actor's organisation that may look after an entry, by name.

    Raises
    ------
    NotAllowed
        If the actor judges nothing.
    """
    return ReviewTaskRepository(session, _organisation(actor)).list_reviewers(sorted(REVIEWERS))


def assign(
    session: Session,
    entry_id: str,
    direction: Direction,
    *,
    member_id: str | None,
    expected_version: int | None = None,
    actor: Actor,
) -> TaskView:
    """Let a member look after an entry in the queue, or nobody; the member is told.

    Raises
    ------
    NotAllowed, EntryNotFound
        If the actor judges nothing, or does not see the entry.
    InvalidInput, StaleVersion
        If the member is no reviewer of the organisation, or somebody else was quicker.
    """
    repository = ReviewTaskRepository(session, _organisation(actor))
    EntryRepository(session, actor).get_record(entry_id)
    known = {each.id for each in repository.list_reviewers(sorted(REVIEWERS))}
    if member_id is not None and member_id not in known:
        raise InvalidInput(
            "This is no officer or coordinator of yours.", field="assignee", remedy="Choose one of the list."
        )
    record = _record(repository, entry_id, direction, expected_version)
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
    expected_version: int | None = None,
    actor: Actor,
) -> TaskView:
    """Put an entry away for some days, so that the queue shows it later; none brings it back at once.

    Raises
    ------
    NotAllowed, EntryNotFound
        If the actor judges nothing, or does not see the entry.
    InvalidInput, StaleVersion
        If the number of days is not between 0 and 366, or somebody else was quicker.
    """
    repository = ReviewTaskRepository(session, _organisation(actor))
    EntryRepository(session, actor).get_record(entry_id)
    if not 0 <= days <= MAX_DAYS:
        raise InvalidInput(
            "It can be put away for at most a year.", field="days", remedy="Give 0 to 366 days."
        )
    record = _record(repository, entry_id, direction, expected_version)
    record.snoozed_until = (now or datetime.now(UTC)) + timedelta(days=days) if days else None
    session.flush()
    _note(session, "proposal.snoozed", entry_id, actor, days=days)
    return _view(repository, entry_id, direction)


def _organisation(actor: Actor) -> str:
    actor.require(REVIEWERS, organisation_id=actor.organisation_id)
    if actor.organisation_id is None:
        raise NotAllowed("This is for members of an organisation.")
    return actor.organisation_id


def _record(
    repository: ReviewTaskRepository, entry_id: str, direction: Direction, expected_version: int | None
) -> ReviewTask:
    """Return the record to change, if it is as it was when the change was made."""
    record = repository.record(entry_id, direction)
    actual = record.version or 0
    if expected_version is not None and actual != expected_version:
        raise StaleVersion(entry_id, expected=expected_version, actual=actual)
    return record


def _view(repository: ReviewTaskRepository, entry_id: str, direction: Direction) -> TaskView:
    found = repository.find(entry_id, direction)
    assert found is not None
    return found


def _note(session: Session, action: str, entry_id: str, actor: Actor, **detail: str | int | None) -> None:
    AuditRepository(session).add(action, entry_id, by=actor, organisation_id=actor.organisation_id, **detail)
