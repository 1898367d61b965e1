"""Queries about learned scorers, and about the verdicts that they are learnt from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from matcher.errors import ScorerNotFound
from matcher.types import Direction, EntryKind, OrganisationSize, ProposalState, VerdictKind
from models.records import Entry, Organisation, Proposal, Scorer, Verdict, utc_now
from models.repositories import pages
from models.repositories.organisations import UNKNOWN_SIZE
from models.repositories.pages import Page

ACTIVE: Final = "active"
_JUDGED: Final = (ProposalState.ACCEPTED, ProposalState.REJECTED, ProposalState.UNSURE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorerView:
    """A version of the scorer. ``state``: active, kept (no better), retired or withdrawn (rolled back)."""

    id: str
    number: int
    state: str
    digest: str
    encoder_digest: str
    measures: dict[str, Any]
    data_digest: str
    n_verdicts: int
    member_id: str | None
    created_at: datetime
    promoted_at: datetime | None


class VerdictRow(NamedTuple):
    """A verdict with the proposal that it is about."""

    proposal_id: str
    query_id: str
    target_id: str
    direction: Direction
    rank: int
    score: float
    member_id: str | None
    kind: VerdictKind


class EntryProperties(NamedTuple):
    """What an entry is told apart by when quality is measured; ``organisation_id`` is empty for none."""

    language: str
    kind: EntryKind
    organisation_id: str
    organisation_size: OrganisationSize | None

    @property
    def supplier_size(self) -> str:
        """How large the organisation is that offers it; ``none`` where nothing is offered."""
        return (self.organisation_size or UNKNOWN_SIZE) if self.kind is EntryKind.OFFERING else "none"


class ScorerRepository:
    """Versions of the scorer; they serve everybody's entries."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, record: Scorer) -> Scorer:
        """Add a version; it gets the next number."""
        latest = self._session.scalar(select(func.max(Scorer.number)))
        record.number = (latest or 0) + 1
        self._session.add(record)
        self._session.flush()
        return record

    def get(self, number: int) -> Scorer:
        """Return a version, or raise ``ScorerNotFound``."""
        record = self._session.scalar(select(Scorer).where(Scorer.number == number))
        if record is None:
            raise ScorerNotFound(str(number))
        return record

    def find_active(self) -> Scorer | None:
        """Return the version that serves, if one does."""
        return self._session.scalar(
            select(Scorer).where(Scorer.state == ACTIVE).order_by(Scorer.promoted_at.desc()).limit(1)
        )

    def find_before(self, record: Scorer) -> Scorer | None:
        """Return the version that served before another one, if there is one."""
        return self._session.scalar(
            select(Scorer)
            .where(Scorer.state == "retired", Scorer.promoted_at < record.promoted_at)
            .order_by(Scorer.promoted_at.desc())
            .limit(1)
        )

    def promote(self, record: Scorer) -> None:
        """Let a version serve in place of the one that does."""
        serving = self.find_active()
        if serving is not None:
            serving.state = "retired"
        record.state, record.promoted_at = ACTIVE, utc_now()
        self._session.flush()

    def list_views(self, *, limit: int, after: Sequence[Any] | None) -> Page[ScorerView]:
        """Return a page of versions, the latest first."""
        query = select(Scorer).order_by(Scorer.number.desc()).limit(limit + 1)
        if after is not None:
            (number,) = pages.parts(after, int)
            query = query.where(Scorer.number < number)
        rows, next_after = pages.cut(
            self._session.scalars(query).all(), limit, position=lambda row: [row.number]
        )
        return Page([scorer_view(row) for row in rows], next_after)


class JudgedRepository:
    """Verdicts as they are learnt from."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def count(self) -> int:
        """Return the number of verdicts ever given; it only grows."""
        return self._session.scalar(select(func.count()).select_from(Verdict)) or 0

    def list_rows(self) -> list[VerdictRow]:
        """Return all verdicts, those of one proposal together in their order."""
        query = (
            select(
                Proposal.id,
                Proposal.query_id,
                Proposal.target_id,
                Proposal.direction,
                Proposal.rank,
                Proposal.score,
                Verdict.member_id,
                Verdict.kind,
            )
            .join(Verdict, Verdict.proposal_id == Proposal.id)
            # In the order of the verdicts' index: of all proposals few are judged.
            .order_by(Verdict.proposal_id, Verdict.number)
        )
        return [VerdictRow(*row) for row in self._session.execute(query)]

    def shares_by_rank(self) -> dict[Direction, dict[int, float]]:
        """Return the share of the proposals at each rank that was judged."""
        judged = func.sum(case((Proposal.state.in_(_JUDGED), 1), else_=0))
        query = select(Proposal.direction, Proposal.rank, judged, func.count()).group_by(
            Proposal.direction, Proposal.rank
        )
        shares: dict[Direction, dict[int, float]] = {}
        for direction, rank, n_judged, n in self._session.execute(query):
            shares.setdefault(direction, {})[rank] = n_judged / n
        return shares

    def properties(self, entry_ids: Sequence[str]) -> dict[str, EntryProperties]:
        """Return what entries are told apart by."""
        query = select(Entry.id, Entry.language, Entry.kind, Entry.organisation_id, Organisation.size)
        query = query.outerjoin(Organisation, Organisation.id == Entry.organisation_id)
        found: dict[str, EntryProperties] = {}
        for start in range(0, len(entry_ids), 1000):
            chunk = entry_ids[start : start + 1000]
            for entry_id, language, kind, owner, size in self._session.execute(
                query.where(Entry.id.in_(chunk))
            ):
                found[entry_id] = EntryProperties(language, kind, owner or "", size)
        return found


def scorer_view(record: Scorer) -> ScorerView:
    """Return a version as it is shown."""
    return ScorerView(
        id=record.id,
        number=record.number,
        state=record.state,
        digest=record.digest,
        encoder_digest=record.encoder_digest,
        measures=dict(record.measures),
        data_digest=record.data_digest,
        n_verdicts=record.n_verdicts,
        member_id=record.member_id,
        created_at=record.created_at,
        promoted_at=record.promoted_at,
    )
