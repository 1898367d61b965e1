"""Queries about verdicts: they are only ever added."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.types import VerdictKind
from models.records import Member, Proposal, Verdict, VerdictReason
from models.repositories.viewing import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictView:
    """What somebody decided about a proposal, and why."""

    id: str
    proposal_id: str
    kind: VerdictKind
    reason: str
    member_id: str | None
    member_name: str | None
    created_at: datetime


class VerdictRepository:
    """Verdicts on proposals."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, proposal: Proposal, kind: VerdictKind, *, reason: str, by: Viewer) -> None:
        """Add a verdict."""
        n_verdicts = len(self.list_views(proposal.id))
        verdict = Verdict(
            proposal_id=proposal.id,
            number=n_verdicts + 1,
            kind=kind,
            organisation_id=by.organisation_id,
            member_id=by.member_id,
        )
        self._session.add(verdict)
        self._session.flush()
        if reason:
            self._session.add(VerdictReason(verdict_id=verdict.id, text=reason))
            self._session.flush()

    def list_views(self, proposal_id: str) -> list[VerdictView]:
        """Return a proposal's verdicts, the earliest first."""
        return self.list_many([proposal_id]).get(proposal_id, [])

    def list_many(self, proposal_ids: Iterable[str]) -> Mapping[str, list[VerdictView]]:
        """Return the verdicts of proposals that have any, by the proposal's id, the earliest first."""
        query = (
            select(Verdict, VerdictReason.text, Member.name)
            .outerjoin(VerdictReason, VerdictReason.verdict_id == Verdict.id)
            .outerjoin(Member, Member.id == Verdict.member_id)
            .where(Verdict.proposal_id.in_(list(proposal_ids)))
            .order_by(Verdict.number)
        )
        found: defaultdict[str, list[VerdictView]] = defaultdict(list)
        for verdict, reason, name in self._session.execute(query):
            found[verdict.proposal_id].append(
                VerdictView(
                    id=verdict.id,
                    proposal_id=verdict.proposal_id,
                    kind=verdict.kind,
                    reason=reason or "",
                    member_id=verdict.member_id,
                    member_name=name,
                    created_at=verdict.created_at,
                )
            )
        return found


def effective(verdicts: Sequence[VerdictView]) -> VerdictView | None:
    """Return the latest verdict that was not taken back, or None.

    Each ``UNDO`` takes back the latest standing verdict of the member who gave it.
    """
    standing: list[VerdictView] = []
    for verdict in verdicts:
        if verdict.kind is not VerdictKind.UNDO:
            standing.append(verdict)
            continue
        own = [each for each in standing if each.member_id == verdict.member_id]
        if own:
            standing.remove(own[-1])
    return standing[-1] if standing else None
