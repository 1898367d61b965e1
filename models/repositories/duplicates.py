"""Queries about pairs of entries that may be one, as one viewer sees them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVarTuple

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from matcher.errors import DuplicateNotFound
from matcher.types import DuplicateAnswer, DuplicateState, EntryStatus
from models.records import DuplicateDecision, DuplicatePair, DuplicateReason, Entry, Member
from models.repositories import pages
from models.repositories.entries import EntryRepository, EntryView
from models.repositories.labels import CHUNK
from models.repositories.pages import Page
from models.repositories.viewing import STAFF, Viewer, sees_entry

Columns = TypeVarTuple("Columns")
_Left = aliased(Entry, name="left_entry")
_Right = aliased(Entry, name="right_entry")


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateView:
    """Two entries that may be one, side by side.

    ``probability`` is that of a person merging them; ``group_id`` is shared by entries that may all be one.
    """

    id: str
    state: DuplicateState
    probability: float
    cosine: float
    group_id: str | None
    version: int
    created_at: datetime
    left: EntryView
    right: EntryView


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionView:
    """What somebody said about a pair, and why."""

    id: str
    kind: DuplicateAnswer
    reason: str
    merge_id: str | None
    member_id: str | None
    member_name: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateFilters:
    """What listed pairs must be; ``None`` asks for nothing, but stale ones must be asked for.

    They are as probable as ``min_probability`` at least, and less so than ``below_probability``.
    """

    state: DuplicateState | None = None
    organisation_id: str | None = None
    entry_id: str | None = None
    group_id: str | None = None
    min_probability: float | None = None
    below_probability: float | None = None


class DuplicateRepository:
    """Pairs of entries that may be one.

    Both must be seen and one be the viewer's organisation's, or belong to nobody and the viewer be staff.
    """

    def __init__(self, session: Session, viewer: Viewer) -> None:
        self._session = session
        self._viewer = viewer

    def get_record(self, pair_id: str) -> DuplicatePair:
        """Return a pair's record, to change it; or raise ``DuplicateNotFound``."""
        record = self._session.scalar(self._seen(select(DuplicatePair)).where(DuplicatePair.id == pair_id))
        if record is None:
            raise DuplicateNotFound(pair_id)
        return record

    def get(self, pair_id: str) -> DuplicateView:
        """Return a pair, or raise ``DuplicateNotFound`` if there is none that the viewer sees."""
        return self._views([self.get_record(pair_id)])[0]

    def find_between(self, one: str, other: str) -> DuplicatePair | None:
        """Return the pair of two entries, if there is one; whether the viewer sees it is not asked."""
        left, right = sorted((one, other))
        return self._session.scalar(
            select(DuplicatePair).where(DuplicatePair.left_id == left, DuplicatePair.right_id == right)
        )

    def list_views(
        self, filters: DuplicateFilters, *, limit: int, after: Sequence[Any] | None
    ) -> Page[DuplicateView]:
        """Return a page of pairs, the likeliest first."""
        query = self._seen(select(DuplicatePair)).where(*_conditions(filters))
        if after is not None:
            value, pair_id = pages.parts(after, (float, int), str)
            query = query.where(
                pages.below(DuplicatePair.probability, DuplicatePair.id, than=(float(value), pair_id))
            )
        query = query.order_by(DuplicatePair.probability.desc(), DuplicatePair.id.desc()).limit(limit + 1)
        rows, next_after = pages.cut(
            self._session.scalars(query).all(), limit, position=lambda row: [row.probability, row.id]
        )
        return Page(self._views(rows), next_after)

    def list_groups(self, *, limit: int, after: Sequence[Any] | None) -> Page[tuple[str, int, float]]:
        """Return a page of groups of three entries or more: id, open pairs, best probability; best first."""
        best, n_pairs = func.max(DuplicatePair.probability), func.count(DuplicatePair.id)
        query = (
            self._seen(select(DuplicatePair.group_id, n_pairs, best))
            .where(DuplicatePair.state == DuplicateState.OPEN, DuplicatePair.group_id.is_not(None))
            .group_by(DuplicatePair.group_id)
            .having(n_pairs > 1)
        )
        if after is not None:
            value, group_id = pages.parts(after, (float, int), str)
            query = query.having(
                or_(best < float(value), (best == float(value)) & (DuplicatePair.group_id < group_id))
            )
        query = query.order_by(best.desc(), DuplicatePair.group_id.desc()).limit(limit + 1)
        rows, next_after = pages.cut(
            [(str(row[0]), int(row[1]), float(row[2])) for row in self._session.execute(query)],
            limit,
            position=lambda row: [row[2], row[0]],
        )
        return Page(rows, next_after)

    def records_of_group(self, group_id: str) -> list[DuplicatePair]:
        """Return the open pairs of a group that the viewer sees."""
        query = self._seen(select(DuplicatePair)).where(
            DuplicatePair.group_id == group_id, DuplicatePair.state == DuplicateState.OPEN
        )
        return list(self._session.scalars(query.order_by(DuplicatePair.id)))

    def count_by_state(self, *, min_probability: float = 0.0) -> dict[DuplicateState, int]:
        """Return the number of pairs in each state that the viewer sees; of open ones, of those so likely."""
        counting = self._seen(select(DuplicatePair.state, func.count()).select_from(DuplicatePair)).where(
            or_(DuplicatePair.state != DuplicateState.OPEN, DuplicatePair.probability >= min_probability)
        )
        counts = {state: n for state, n in self._session.execute(counting.group_by(DuplicatePair.state))}
        return {state: counts.get(state, 0) for state in DuplicateState}

    def count_decisions(self, kinds: Collection[DuplicateAnswer], *, since: datetime) -> int:
        """Return how many answers of some kinds were given since a time, whoever sees the pairs."""
        query = select(func.count(DuplicateDecision.id)).where(
            DuplicateDecision.kind.in_(kinds), DuplicateDecision.created_at >= since
        )
        return int(self._session.scalar(query) or 0)

    def views_of(self, records: Sequence[DuplicatePair]) -> list[DuplicateView]:
        """Return pairs as they are shown, in their order."""
        return self._views(records)

    def list_decisions(self, pair_id: str) -> list[DecisionView]:
        """Return what was said about a pair, the earliest first."""
        query = (
            select(DuplicateDecision, DuplicateReason.text, Member.name)
            .outerjoin(DuplicateReason, DuplicateReason.decision_id == DuplicateDecision.id)
            .outerjoin(Member, Member.id == DuplicateDecision.member_id)
            .where(DuplicateDecision.pair_id == pair_id)
            .order_by(DuplicateDecision.number)
        )
        return [
            DecisionView(
                id=decision.id,
                kind=decision.kind,
                reason=reason or "",
                merge_id=decision.merge_id,
                member_id=decision.member_id,
                member_name=name,
                created_at=decision.created_at,
            )
            for decision, reason, name in self._session.execute(query)
        ]

    def add_decision(
        self, pair: DuplicatePair, kind: DuplicateAnswer, *, reason: str, merge_id: str | None
    ) -> None:
        """Note what the viewer says about a pair."""
        decision = DuplicateDecision(
            pair_id=pair.id,
            number=len(self.list_decisions(pair.id)) + 1,
            kind=kind,
            merge_id=merge_id,
            organisation_id=self._viewer.organisation_id,
            member_id=self._viewer.member_id,
        )
        self._session.add(decision)
        self._session.flush()
        if reason:
            self._session.add(DuplicateReason(decision_id=decision.id, text=reason))
            self._session.flush()

    def _seen(self, query: Select[*Columns]) -> Select[*Columns]:
        query = query.join(_Left, _Left.id == DuplicatePair.left_id).join(
            _Right, _Right.id == DuplicatePair.right_id
        )
        if self._viewer.is_system:
            return query
        owners = (_Left.organisation_id, _Right.organisation_id)
        concerned: ColumnElement[bool] = or_(*(own == self._viewer.organisation_id for own in owners))
        if self._viewer.roles & STAFF:
            concerned = or_(concerned, *(own.is_(None) for own in owners))
        return query.where(sees_entry(self._viewer, _Left), sees_entry(self._viewer, _Right), concerned)

    def _views(self, rows: Sequence[DuplicatePair]) -> list[DuplicateView]:
        ids = {entry_id for row in rows for entry_id in (row.left_id, row.right_id)}
        entries = EntryRepository(self._session, self._viewer).get_many(ids)
        return [
            DuplicateView(
                id=row.id,
                state=row.state,
                probability=row.probability,
                cosine=row.cosine,
                group_id=row.group_id,
                version=row.version,
                created_at=row.created_at,
                left=entries[row.left_id],
                right=entries[row.right_id],
            )
            for row in rows
        ]


def pairs_among(session: Session, entry_ids: Iterable[str]) -> list[DuplicatePair]:
    """Return the pairs that have one of the entries on either side, whoever sees them."""
    wanted = sorted(set(entry_ids))
    found: dict[str, DuplicatePair] = {}
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        touches = or_(DuplicatePair.left_id.in_(chunk), DuplicatePair.right_id.in_(chunk))
        found.update((pair.id, pair) for pair in session.scalars(select(DuplicatePair).where(touches)))
    return list(found.values())


def _conditions(filters: DuplicateFilters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        DuplicatePair.state != DuplicateState.STALE
        if filters.state is None
        else DuplicatePair.state == filters.state
    ]
    if filters.state is DuplicateState.OPEN:
        # Until the next search, what was withdrawn in the meantime is not asked about.
        conditions += [own.status == EntryStatus.PUBLISHED for own in (_Left, _Right)]
    if filters.organisation_id is not None:
        owner = filters.organisation_id
        conditions.append(or_(_Left.organisation_id == owner, _Right.organisation_id == owner))
    if filters.entry_id is not None:
        entry_id = filters.entry_id
        conditions.append(or_(DuplicatePair.left_id == entry_id, DuplicatePair.right_id == entry_id))
    if filters.group_id is not None:
        conditions.append(DuplicatePair.group_id == filters.group_id)
    if filters.min_probability is not None:
        conditions.append(DuplicatePair.probability >= filters.min_probability)
    if filters.below_probability is not None:
        conditions.append(DuplicatePair.probability < filters.below_probability)
    return conditions
