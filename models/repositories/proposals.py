"""Queries about proposals as they are reviewed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVarTuple

from sqlalchemy import ColumnElement, Select, case, func, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from matcher.errors import ProposalNotFound
from matcher.types import Direction, ProposalState, Reason, ReasonKind, Score
from models.records import Entry, Proposal
from models.repositories import pages
from models.repositories.entries import EntryRepository, EntryView
from models.repositories.pages import Page
from models.repositories.viewing import Viewer, sees_pair

Columns = TypeVarTuple("Columns")
_Query = aliased(Entry, name="query_entry")
_Target = aliased(Entry, name="target_entry")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalView:
    """A pair to be judged, with both entries and the reasons."""

    id: str
    direction: Direction
    state: ProposalState
    rank: int
    score: Score
    recipe_digest: str
    version: int
    created_at: datetime
    updated_at: datetime
    query: EntryView
    target: EntryView


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalFilters:
    """What listed proposals must be; ``None`` asks for nothing, but stale ones must be asked for."""

    state: ProposalState | None = None
    direction: Direction | None = None
    organisation_id: str | None = None
    min_score: float | None = None
    entry_id: str | None = None
    query_id: str | None = None


class ProposalRepository:
    """Proposals, as one viewer sees them."""

    def __init__(self, session: Session, viewer: Viewer) -> None:
        self._session = session
        self._viewer = viewer

    def get(self, proposal_id: str) -> ProposalView:
        """Return a proposal, or raise ``ProposalNotFound`` if there is none that the viewer sees."""
        return self._views([self.get_record(proposal_id)])[0]

    def get_record(self, proposal_id: str) -> Proposal:
        """Return a proposal's record, to change it; or raise ``ProposalNotFound``."""
        record = self._session.scalar(self._seen(select(Proposal)).where(Proposal.id == proposal_id))
        if record is None:
            raise ProposalNotFound(proposal_id)
        return record

    def get_many(self, proposal_ids: Iterable[str]) -> dict[str, ProposalView]:
        """Return proposals by id; those that the viewer does not see are left out."""
        query = self._seen(select(Proposal)).where(Proposal.id.in_(list(proposal_ids)))
        return {view.id: view for view in self._views(self._session.scalars(query).all())}

    def list_views(
        self, filters: ProposalFilters, *, limit: int, after: Sequence[Any] | None
    ) -> Page[ProposalView]:
        """Return a page of proposals, the best first."""
        query = self._seen(select(Proposal)).where(*_conditions(filters))
        if after is not None:
            score, proposal_id = pages.parts(after, (float, int), str)
            query = query.where(pages.below(Proposal.score, Proposal.id, than=(float(score), proposal_id)))
        query = query.order_by(Proposal.score.desc(), Proposal.id.desc()).limit(limit + 1)
        rows, next_after = pages.cut(
            self._session.scalars(query).all(), limit, position=lambda row: [row.score, row.id]
        )
        return Page(self._views(rows), next_after)

    def list_alike(self, entry_ids: Sequence[str], *, limit: int) -> dict[str, list[tuple[str, float]]]:
        """Return for each entry the ids of those most like it with their scores, the best first.

        Two entries are often proposed for each other: each other one is there once. Left out is what people
        rejected from either side. One query, however many entries are asked about.
        """
        if not entry_ids:
            return {}
        either = union_all(
            self._alike(Proposal.query_id, Proposal.target_id, entry_ids),
            self._alike(Proposal.target_id, Proposal.query_id, entry_ids),
        ).subquery()
        best = func.max(either.c.score)
        place = func.row_number().over(
            partition_by=either.c.entry_id, order_by=(best.desc(), either.c.other_id)
        )
        pairs = (
            select(either.c.entry_id, either.c.other_id, best.label("score"), place.label("place"))
            .group_by(either.c.entry_id, either.c.other_id)
            .having(func.max(either.c.is_rejected) == 0)
            .subquery()
        )
        query = select(pairs.c.entry_id, pairs.c.other_id, pairs.c.score).where(pairs.c.place <= limit)
        found: dict[str, list[tuple[str, float]]] = {}
        for entry_id, other_id, score in self._session.execute(
            query.order_by(pairs.c.entry_id, pairs.c.place)
        ):
            found.setdefault(entry_id, []).append((other_id, score))
        return found

    def count_by_state(self) -> dict[ProposalState, int]:
        """Return the number of proposals in each state that the viewer sees."""
        counting = select(Proposal.state, func.count()).select_from(Proposal).group_by(Proposal.state)
        counts = {state: count for state, count in self._session.execute(self._seen(counting))}
        return {state: counts.get(state, 0) for state in ProposalState}

    def _seen(self, query: Select[*Columns]) -> Select[*Columns]:
        return (
            query.join(_Query, _Query.id == Proposal.query_id)
            .join(_Target, _Target.id == Proposal.target_id)
            .where(sees_pair(self._viewer, _Query, _Target))
        )

    def _alike(
        self, entry: InstrumentedAttribute[str], other: InstrumentedAttribute[str], entry_ids: Sequence[str]
    ) -> Select[Any, Any, Any, Any]:
        """Select what was found like entries that stand on one side of a proposal."""
        is_rejected = case((Proposal.state == ProposalState.REJECTED, 1), else_=0)
        columns = (entry.label("entry_id"), other.label("other_id"), Proposal.score)
        return self._seen(select(*columns, is_rejected.label("is_rejected"))).where(
            entry.in_(entry_ids),
            Proposal.direction == Direction.SIMILAR,
            Proposal.state != ProposalState.STALE,
        )

    def _views(self, rows: Sequence[Proposal]) -> list[ProposalView]:
        ids = {entry_id for row in rows for entry_id in (row.query_id, row.target_id)}
        entries = EntryRepository(self._session, self._viewer).get_many(ids)
        return [_view(row, query=entries[row.query_id], target=entries[row.target_id]) for row in rows]


def reasons_of(rows: Sequence[dict[str, Any]]) -> tuple[Reason, ...]:
    """Return reasons as the engine gave them."""
    return tuple(
        Reason(kind=ReasonKind(row["kind"]), contribution=row["contribution"], detail=row["detail"])
        for row in rows
    )


def _view(row: Proposal, *, query: EntryView, target: EntryView) -> ProposalView:
    return ProposalView(
        id=row.id,
        direction=row.direction,
        state=row.state,
        rank=row.rank,
        score=Score(value=row.score, base=row.base, reasons=reasons_of(row.reasons)),
        recipe_digest=row.recipe_digest,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        query=query,
        target=target,
    )


def _conditions(filters: ProposalFilters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        Proposal.state != ProposalState.STALE if filters.state is None else Proposal.state == filters.state
    ]
    if filters.direction is not None:
        conditions.append(Proposal.direction == filters.direction)
    if filters.min_score is not None:
        conditions.append(Proposal.score >= filters.min_score)
    if filters.organisation_id is not None:
        owner = filters.organisation_id
        conditions.append(or_(_Query.organisation_id == owner, _Target.organisation_id == owner))
    if filters.query_id is not None:
        conditions.append(Proposal.query_id == filters.query_id)
    if filters.entry_id is not None:
        entry_id = filters.entry_id
        conditions.append(or_(Proposal.query_id == entry_id, Proposal.target_id == entry_id))
    return conditions
