"""Queries about who looks after what in the queue, and until when it is put away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from matcher.types import Direction, Role
from models.records import Member, Membership, ReviewTask


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """How an entry in the queue is gone about; ``version`` is 0 where nobody has said it yet."""

    assignee_id: str | None = None
    assignee_name: str | None = None
    snoozed_until: datetime | None = None
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewerView:
    """A member that may look after an entry."""

    id: str
    name: str


class ReviewTaskRepository:
    """Work on the queue of one organisation."""

    def __init__(self, session: Session, organisation_id: str) -> None:
        self._session = session
        self._organisation_id = organisation_id

    def find(self, entry_id: str, direction: Direction) -> TaskView | None:
        """Return how an entry is gone about, if anybody ever said."""
        row = self._session.execute(
            select(ReviewTask, Member.name)
            .outerjoin(Member, Member.id == ReviewTask.assignee_id)
            .where(*self._of(entry_id, direction))
        ).one_or_none()
        if row is None:
            return None
        record, name = row
        return TaskView(
            assignee_id=record.assignee_id,
            assignee_name=name,
            snoozed_until=record.snoozed_until,
            version=record.version,
        )

    def record(self, entry_id: str, direction: Direction) -> ReviewTask:
        """Return the record, to change it; a new one the first time."""
        record = self._session.scalar(select(ReviewTask).where(*self._of(entry_id, direction)))
        if record is None:
            record = ReviewTask(entry_id=entry_id, direction=direction, organisation_id=self._organisation_id)
            self._session.add(record)
        return record

    def list_reviewers(self, roles: Sequence[Role]) -> list[ReviewerView]:
        """Return the active members with one of the roles, by name."""
        query = (
            select(Member.id, Member.name)
            .join(Membership, Membership.member_id == Member.id)
            .where(
                Membership.organisation_id == self._organisation_id,
                Membership.role.in_(roles),
                Member.is_active,
            )
            .distinct()
            .order_by(Member.name, Member.id)
        )
        return [ReviewerView(id=member_id, name=name) for member_id, name in self._session.execute(query)]

    def _of(self, entry_id: str, direction: Direction) -> tuple[ColumnElement[bool], ...]:
        return (
            ReviewTask.entry_id == entry_id,
            ReviewTask.direction == direction,
            ReviewTask.organisation_id == self._organisation_id,
        )
