"""Queries about waiting: how long needs waited for their first verdict, and since when open tasks wait."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, not_, or_, select, true
from sqlalchemy.orm import Session

from matcher.types import Direction, EntryStatus, ProposalState, VerdictKind
from models.records import Entry, Proposal, ReviewTask, Verdict
from models.repositories.viewing import Viewer, unindexed

_HIDDEN = [status for status in EntryStatus if status is not EntryStatus.PUBLISHED]


class WaitRepository:
    """Waiting in the queue of the viewer's organisation, with what belongs to nobody."""

    def __init__(self, session: Session, viewer: Viewer) -> None:
        self._session = session
        self._viewer = viewer

    def answered_needs(self, *, since: datetime) -> list[tuple[datetime, datetime]]:
        """Return when something was first proposed for each need, and when the first verdict on it came.

        Of those needs whose first verdict came since a time.
        """
        offered = Proposal.direction == Direction.NEED_TO_OFFERING
        first = func.min(Verdict.created_at)
        judged = (
            select(Proposal.query_id, first.label("judged_at"))
            .join(Verdict, Verdict.proposal_id == Proposal.id)
            .where(offered, self._is_own(), Verdict.kind != VerdictKind.UNDO)
            .group_by(Proposal.query_id)
            .having(first >= since)
            .subquery()
        )
        query = (
            select(func.min(Proposal.created_at), judged.c.judged_at)
            .join(judged, judged.c.query_id == Proposal.query_id)
            .where(offered)
            .group_by(judged.c.query_id, judged.c.judged_at)
        )
        return [(proposed, answered) for proposed, answered in self._session.execute(query)]

    def open_tasks(self, *, now: datetime) -> list[datetime]:
        """Return since when each entry waits in each direction, but for those that are put away."""
        # Few entries are not published: to know these takes less than to look each pair's two up.
        hidden = select(Entry.id).where(Entry.status.in_(_HIDDEN))
        query = (
            select(func.min(Proposal.created_at))
            .where(
                self._is_own(),
                unindexed(Proposal.state == ProposalState.OPEN),
                Proposal.query_id.not_in(hidden),
                Proposal.target_id.not_in(hidden),
                not_(self._is_put_away(now)),
            )
            .group_by(Proposal.query_id, Proposal.direction)
        )
        return list(self._session.scalars(query))

    def _is_put_away(self, now: datetime) -> ColumnElement[bool]:
        return exists().where(
            ReviewTask.entry_id == Proposal.query_id,
            ReviewTask.direction == Proposal.direction,
            ReviewTask.organisation_id == self._viewer.organisation_id,
            ReviewTask.snoozed_until > now,
        )

    def _is_own(self) -> ColumnElement[bool]:
        if self._viewer.is_system:
            return true()
        return or_(
            Proposal.organisation_id == self._viewer.organisation_id, Proposal.organisation_id.is_(None)
        )
