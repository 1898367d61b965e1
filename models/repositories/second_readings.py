"""Queries about proposals that two people judge, each without knowing what the other found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVarTuple

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from matcher.types import ProposalState, VerdictKind
from models.records import Entry, Member, Proposal, Verdict
from models.repositories import pages
from models.repositories.pages import Page
from models.repositories.verdicts import VerdictView
from models.repositories.viewing import Viewer, sees_pair

_JUDGED = (ProposalState.ACCEPTED, ProposalState.REJECTED, ProposalState.UNSURE)
Columns = TypeVarTuple("Columns")
_Target = aliased(Entry, name="target_entry")


class SecondReadingRepository:
    """Proposals of the viewer's organisation that were judged, as somebody else may judge them again."""

    def __init__(self, session: Session, viewer: Viewer) -> None:
        self._session = session
        self._viewer = viewer

    def list_waiting(self, *, limit: int, after: Sequence[Any] | None) -> Page[str]:
        """Return a page of proposals that one other judged, and not the viewer; judged longest ago first."""
        # Not by when the proposal changed: a new score changes it, too, between one page and the next.
        judged_at = (
            select(func.max(Verdict.created_at)).where(Verdict.proposal_id == Proposal.id).scalar_subquery()
        )
        query = self._waiting(select(Proposal.id, judged_at)).order_by(judged_at, Proposal.id)
        if after is not None:
            moment, proposal_id = pages.time_and_id(after)
            same = and_(judged_at == moment, Proposal.id > proposal_id)
            query = query.where(or_(judged_at > moment, same))
        rows, next_after = pages.cut(
            self._session.execute(query.limit(limit + 1)).all(),
            limit,
            position=lambda row: [row[1].isoformat(), row[0]],
        )
        return Page([row[0] for row in rows], next_after)

    def count_waiting(self) -> int:
        """Return how many proposals one other judged, and not the viewer."""
        return self._session.scalar(self._waiting(select(func.count(Proposal.id)))) or 0

    def list_read_twice(self, *, limit: int) -> dict[str, list[VerdictView]]:
        """Return the verdicts of proposals that at least two members judged, the latest proposals first."""
        twice = (
            select(Verdict.proposal_id)
            .join(Proposal, Proposal.id == Verdict.proposal_id)
            .where(self._is_own())
            .group_by(Verdict.proposal_id)
            .having(func.count(Verdict.member_id.distinct()) >= 2)
            .order_by(func.max(Verdict.created_at).desc(), Verdict.proposal_id)
            .limit(limit)
        )
        query = (
            select(Verdict, Member.name)
            .outerjoin(Member, Member.id == Verdict.member_id)
            .where(Verdict.proposal_id.in_(twice))
            .order_by(Verdict.proposal_id, Verdict.number)
        )
        found: dict[str, list[VerdictView]] = {
            proposal_id: [] for proposal_id in self._session.scalars(twice)
        }
        for verdict, name in self._session.execute(query):
            found[verdict.proposal_id].append(
                VerdictView(
                    id=verdict.id,
                    proposal_id=verdict.proposal_id,
                    kind=verdict.kind,
                    reason="",
                    member_id=verdict.member_id,
                    member_name=name,
                    created_at=verdict.created_at,
                )
            )
        return found

    def _waiting(self, query: Select[*Columns]) -> Select[*Columns]:
        mine = exists().where(Verdict.proposal_id == Proposal.id, Verdict.member_id == self._viewer.member_id)
        others = exists().where(
            Verdict.proposal_id == Proposal.id,
            Verdict.member_id != self._viewer.member_id,
            Verdict.kind != VerdictKind.UNDO,
        )
        return (
            query.select_from(Proposal)
            .join(Entry, Entry.id == Proposal.query_id)
            .join(_Target, _Target.id == Proposal.target_id)
            .where(
                self._is_own(),
                Proposal.state.in_(_JUDGED),
                and_(others, ~mine),
                sees_pair(self._viewer, Entry, _Target),
            )
        )

    def _is_own(self) -> ColumnElement[bool]:
        return or_(
            Proposal.organisation_id == self._viewer.organisation_id, Proposal.organisation_id.is_(None)
        )
