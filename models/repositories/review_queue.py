"""Queries about what waits to be judged: entries with what is proposed for them, and how far one has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVarTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from matcher.types import Direction, ProposalState, VerdictKind
from models.records import Entry, Proposal, Verdict
from models.repositories import pages
from models.repositories.entries import EntryFilters, EntryRepository, EntryView, conditions_of
from models.repositories.pages import Page
from models.repositories.viewing import Viewer, sees_pair

Columns = TypeVarTuple("Columns")
_Target = aliased(Entry, name="target_entry")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilters:
    """What waits: proposals of a direction in a state, for entries that fit ``asked``."""

    direction: Direction = Direction.NEED_TO_OFFERING
    state: ProposalState = ProposalState.OPEN
    min_score: float | None = None
    asked: EntryFilters = field(default_factory=EntryFilters)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueItem:
    """An entry with how many proposals for it fit the filters, and the best of them."""

    entry: EntryView
    n_proposals: int
    best_score: float
    best_id: str
    best_version: int
    best: EntryView


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far judging has come. ``today``: proposals that the viewer judged since its day began."""

    n_open: int
    n_judged: int
    today: int

    @property
    def total(self) -> int:
        """Everything there is to judge."""
        return self.n_open + self.n_judged


class ReviewQueue:
    """The queue of a viewer's organisation, with what belongs to nobody, such as published notices."""

    def __init__(self, session: Session, viewer: Viewer) -> None:
        self._session = session
        self._viewer = viewer

    def list_items(
        self, filters: QueueFilters, *, limit: int, after: Sequence[Any] | None
    ) -> Page[QueueItem]:
        """Return a page of entries for which something waits, the best proposal first."""
        best = func.max(Proposal.score)
        query = self._waiting(select(Proposal.query_id, best, func.count()), filters)
        query = query.group_by(Proposal.query_id)
        if after is not None:
            score, entry_id = pages.parts(after, (float, int), str)
            query = query.having(_comes_after(float(score), entry_id))
        query = query.order_by(best.desc(), Proposal.query_id.desc()).limit(limit + 1)
        rows, next_after = pages.cut(
            self._session.execute(query).all(), limit, position=lambda row: [row[1], row[0]]
        )
        return Page(self._items([(row[0], row[1], row[2]) for row in rows], filters), next_after)

    def neighbours(self, entry_id: str, filters: QueueFilters) -> tuple[str | None, str | None]:
        """Return the entries before and after one in the queue, or around where it was."""
        place = self._session.scalar(
            select(func.max(Proposal.score)).where(
                Proposal.query_id == entry_id, Proposal.direction == filters.direction
            )
        )
        if place is None:
            return None, None
        best = func.max(Proposal.score)
        waiting = self._waiting(select(Proposal.query_id), filters).where(Proposal.query_id != entry_id)
        waiting = waiting.group_by(Proposal.query_id)
        before = waiting.having(
            or_(best > place, and_(best == place, Proposal.query_id > entry_id))
        ).order_by(best.asc(), Proposal.query_id.asc())
        after = waiting.having(_comes_after(place, entry_id)).order_by(best.desc(), Proposal.query_id.desc())
        return self._session.scalar(before.limit(1)), self._session.scalar(after.limit(1))

    def progress(self, filters: QueueFilters, *, since: datetime) -> Progress:
        """Count what is open and what was judged, whatever its state and score."""
        counting = select(Proposal.state, func.count()).where(*self._asked(filters))
        counting = self._joined(counting).group_by(Proposal.state)
        counts = {state: count for state, count in self._session.execute(counting)}
        n_open = counts.pop(ProposalState.OPEN, 0)
        counts.pop(ProposalState.STALE, None)
        return Progress(n_open=n_open, n_judged=sum(counts.values()), today=self._judged_since(since))

    def _judged_since(self, since: datetime) -> int:
        query = select(func.count(Verdict.proposal_id.distinct())).where(
            Verdict.member_id == self._viewer.member_id,
            Verdict.created_at >= since,
            Verdict.kind != VerdictKind.UNDO,
        )
        return self._session.scalar(query) or 0

    def _items(self, rows: Sequence[tuple[str, float, int]], filters: QueueFilters) -> list[QueueItem]:
        best = self._best([row[0] for row in rows], filters)
        shown = EntryRepository(self._session, self._viewer).get_many(
            [*(row[0] for row in rows), *(each.target_id for each in best.values())]
        )
        return [
            QueueItem(
                entry=shown[entry_id],
                n_proposals=count,
                best_score=score,
                best_id=best[entry_id].id,
                best_version=best[entry_id].version,
                best=shown[best[entry_id].target_id],
            )
            for entry_id, score, count in rows
            if entry_id in best
        ]

    def _best(self, entry_ids: Sequence[str], filters: QueueFilters) -> dict[str, Proposal]:
        query = self._waiting(select(Proposal), filters).where(Proposal.query_id.in_(entry_ids))
        found = self._session.scalars(query.order_by(Proposal.score, Proposal.id))
        return {each.query_id: each for each in found}

    def _waiting(self, query: Select[*Columns], filters: QueueFilters) -> Select[*Columns]:
        conditions = [*self._asked(filters), Proposal.state == filters.state]
        if filters.min_score is not None:
            conditions.append(Proposal.score >= filters.min_score)
        return self._joined(query).where(*conditions)

    def _joined(self, query: Select[*Columns]) -> Select[*Columns]:
        return (
            query.select_from(Proposal)
            .join(Entry, Entry.id == Proposal.query_id)
            .join(_Target, _Target.id == Proposal.target_id)
        )

    def _asked(self, filters: QueueFilters) -> list[ColumnElement[bool]]:
        conditions = [
            Proposal.direction == filters.direction,
            sees_pair(self._viewer, Entry, _Target),
            *conditions_of(filters.asked),
        ]
        if not self._viewer.is_system:
            own = Proposal.organisation_id == self._viewer.organisation_id
            conditions.append(or_(own, Proposal.organisation_id.is_(None)))
        return conditions


def _comes_after(score: float, entry_id: str) -> ColumnElement[bool]:
    best = func.max(Proposal.score)
    return or_(best < score, and_(best == score, Proposal.query_id < entry_id))
