"""Queries about what waits to be judged: entries with what is proposed for them, and how far one has come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVarTuple

from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select
from sqlalchemy.orm import Session, aliased

from matcher.types import Direction, ProposalState, VerdictKind
from models.records import Entry, Proposal, ReviewTask, Verdict, utc_now
from models.repositories import pages
from models.repositories.entries import EntryFilters, EntryRepository, EntryView, conditions_of
from models.repositories.pages import Page
from models.repositories.viewing import Viewer, sees_pair, unindexed

Columns = TypeVarTuple("Columns")
_Target = aliased(Entry, name="target_entry")
_Other = aliased(Proposal, name="other_proposal")
_OtherTarget = aliased(Entry, name="other_target_entry")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilters:
    """What waits: proposals of a direction in a state, for entries that fit ``asked``.

    ``assignee_id``: only what this member looks after. What is put away waits only if ``is_put_away``.
    """

    direction: Direction = Direction.NEED_TO_OFFERING
    state: ProposalState = ProposalState.OPEN
    min_score: float | None = None
    asked: EntryFilters = field(default_factory=EntryFilters)
    assignee_id: str | None = None
    is_put_away: bool = False


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
    """The queue of a viewer's organisation, with what belongs to nobody, such as published notices.

    An entry stands where its likeliest waiting proposal stands. Proposals are read in their order, from an
    index, until enough entries are found, so that it matters little how much waits.
    """

    def __init__(self, session: Session, viewer: Viewer) -> None:
        self._session = session
        self._viewer = viewer

    def list_items(
        self, filters: QueueFilters, *, limit: int, after: Sequence[Any] | None
    ) -> Page[QueueItem]:
        """Return a page of entries for which something waits, the best proposal first."""
        beyond: list[ColumnElement[bool]] = []
        if after is not None:
            score, entry_id = pages.parts(after, (float, int), str)
            beyond = [_is_beyond(float(score), entry_id)]
        found = self._first_of_entries(filters, beyond, limit=limit + 1)
        rows, next_after = pages.cut(found, limit, position=lambda row: [row.score, row.query_id])
        return Page(self._items(rows, filters), next_after)

    def neighbours(self, entry_id: str, filters: QueueFilters) -> tuple[str | None, str | None]:
        """Return the entries before and after one in the queue, or around where it was."""
        score = self._session.scalar(
            select(func.max(Proposal.score)).where(
                Proposal.query_id == entry_id, Proposal.direction == filters.direction
            )
        )
        if score is None:
            return None, None
        others = Proposal.query_id != entry_id
        above = [others, _is_above(score, entry_id)]
        before = self._first_of_entries(filters, above, limit=1, is_upwards=True)
        after = self._first_of_entries(filters, [others, _is_beyond(score, entry_id)], limit=1)
        return _only(before), _only(after)

    def progress(self, filters: QueueFilters, *, since: datetime) -> Progress:
        """Count what is open and what was judged, whatever its score, and withdrawn or not by now."""
        asked = conditions_of(filters.asked)
        counts: Counter[ProposalState] = Counter()
        for owned in self._owned():
            query = select(Proposal.state, func.count()).where(
                *owned, Proposal.direction == filters.direction
            )
            if asked:
                query = query.join(Entry, Entry.id == Proposal.query_id).where(*asked)
            counts.update({state: n for state, n in self._session.execute(query.group_by(Proposal.state))})
        n_open = counts.pop(ProposalState.OPEN, 0)
        counts.pop(ProposalState.STALE, None)
        return Progress(n_open=n_open, n_judged=counts.total(), today=self._judged_since(since))

    def _judged_since(self, since: datetime) -> int:
        query = select(func.count(Verdict.proposal_id.distinct())).where(
            Verdict.member_id == self._viewer.member_id,
            Verdict.created_at >= since,
            Verdict.kind != VerdictKind.UNDO,
        )
        return self._session.scalar(query) or 0

    def _items(self, rows: Sequence[Proposal], filters: QueueFilters) -> list[QueueItem]:
        shown = EntryRepository(self._session, self._viewer).get_many(
            [entry_id for each in rows for entry_id in (each.query_id, each.target_id)]
        )
        counts = self._count_waiting([each.query_id for each in rows], filters)
        return [
            QueueItem(
                entry=shown[each.query_id],
                n_proposals=counts.get(each.query_id, 1),
                best_score=each.score,
                best_id=each.id,
                best_version=each.version,
                best=shown[each.target_id],
            )
            for each in rows
        ]

    def _count_waiting(self, entry_ids: Sequence[str], filters: QueueFilters) -> dict[str, int]:
        query = select(Proposal.query_id, func.count()).where(
            Proposal.query_id.in_(entry_ids), *self._also_waits(Proposal, _Target, filters)
        )
        query = _with_entries(query).group_by(Proposal.query_id)
        return {entry_id: n for entry_id, n in self._session.execute(query)}

    def _first_of_entries(
        self,
        filters: QueueFilters,
        conditions: Sequence[ColumnElement[bool]],
        *,
        limit: int,
        is_upwards: bool = False,
    ) -> list[Proposal]:
        """Return the likeliest waiting proposal of each entry; the likeliest first, or last if upwards."""
        rises = and_(_Other.query_id == Proposal.query_id, *self._also_waits(_Other, _OtherTarget, filters))
        better = or_(
            _Other.score > Proposal.score, and_(_Other.score == Proposal.score, _Other.id > Proposal.id)
        )
        is_behind = (
            select(_Other.id).join(_OtherTarget, _OtherTarget.id == _Other.target_id).where(rises, better)
        ).exists()
        columns = (Proposal.score, Proposal.query_id)
        found: list[Proposal] = []
        for owned in self._owned():
            query = _with_entries(select(Proposal)).where(
                *owned,
                Proposal.state == filters.state,
                *self._also_waits(Proposal, _Target, filters),
                *conditions_of(filters.asked),
                *self._gone_about(filters),
                *conditions,
                not_(is_behind),
            )
            order = [column.asc() if is_upwards else column.desc() for column in columns]
            found += self._session.scalars(query.order_by(*order).limit(limit))
        found.sort(key=lambda each: (each.score, each.query_id), reverse=not is_upwards)
        return found[:limit]

    def _also_waits(
        self, proposal: type[Proposal], target: type[Entry], filters: QueueFilters
    ) -> list[ColumnElement[bool]]:
        """Return the conditions that a proposal waits, asked so that no index is used for its state.

        Most proposals are in one state, so that the entry's index finds far fewer.
        """
        conditions = [
            proposal.direction == filters.direction,
            unindexed(proposal.state == filters.state),
            sees_pair(self._viewer, Entry, target),
        ]
        if filters.min_score is not None:
            conditions.append(proposal.score >= filters.min_score)
        return conditions

    def _gone_about(self, filters: QueueFilters) -> list[ColumnElement[bool]]:
        """Return the conditions on who looks after an entry, and on whether it is put away."""
        if self._viewer.organisation_id is None:
            return []
        task = select(ReviewTask.id).where(
            ReviewTask.entry_id == Proposal.query_id,
            ReviewTask.direction == filters.direction,
            ReviewTask.organisation_id == self._viewer.organisation_id,
        )
        put_away = task.where(ReviewTask.snoozed_until > utc_now()).exists()
        conditions = [put_away if filters.is_put_away else not_(put_away)]
        if filters.assignee_id is not None:
            conditions.append(task.where(ReviewTask.assignee_id == filters.assignee_id).exists())
        return conditions

    def _owned(self) -> list[list[ColumnElement[bool]]]:
        """Conditions on whose the proposals are, one after the other: for both at once no index helps."""
        if self._viewer.is_system:
            return [[]]
        nobody: list[ColumnElement[bool]] = [Proposal.organisation_id.is_(None)]
        if self._viewer.organisation_id is None:
            return [nobody]
        return [[Proposal.organisation_id == self._viewer.organisation_id], nobody]


def _with_entries(query: Select[*Columns]) -> Select[*Columns]:
    return (
        query.select_from(Proposal)
        .join(Entry, Entry.id == Proposal.query_id)
        .join(_Target, _Target.id == Proposal.target_id)
    )


def _is_beyond(score: float, entry_id: str) -> ColumnElement[bool]:
    return and_(Proposal.score <= score, or_(Proposal.score < score, Proposal.query_id < entry_id))


def _is_above(score: float, entry_id: str) -> ColumnElement[bool]:
    return and_(Proposal.score >= score, or_(Proposal.score > score, Proposal.query_id > entry_id))


def _only(found: Sequence[Proposal]) -> str | None:
    return found[0].query_id if found else None
