"""Counts for the overview: what there is, what came, how long it waited and what people decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from matcher.types import Direction, EntryKind, EntryStatus, OrganisationSize, ProposalState
from models.records import Entry, Organisation, Proposal, Verdict
from models.repositories.organisations import UNKNOWN_SIZE
from models.repositories.viewing import Viewer, unindexed

_Target = aliased(Entry, name="target_entry")
_JUDGED = (ProposalState.ACCEPTED, ProposalState.REJECTED)


@dataclass(frozen=True, slots=True)
class Judged:
    """How many proposals of a group were accepted and rejected."""

    group: str
    accepted: int
    rejected: int

    @property
    def total(self) -> int:
        """All that were accepted or rejected."""
        return self.accepted + self.rejected


class JudgedOfferings(NamedTuple):
    """Judged offerings: the most judged language and kind of organisation first, the smallest size first."""

    by_language: list[Judged]
    by_supplier: list[Judged]
    by_size: list[Judged]


class OverviewRepository:
    """Counts over published entries, and over the proposals that the viewer's organisation judges."""

    def __init__(self, session: Session, viewer: Viewer) -> None:
        self._session = session
        self._viewer = viewer

    def count_by_place(self, kind: EntryKind, *, limit: int) -> list[tuple[str, int]]:
        """Return municipalities with how many published entries of a kind they have, the most first."""
        count = func.count()
        query = (
            select(Entry.municipality, count)
            .where(Entry.status == EntryStatus.PUBLISHED, Entry.kind == kind, Entry.municipality.is_not(None))
            .group_by(Entry.municipality)
            .order_by(count.desc(), Entry.municipality)
            .limit(limit)
        )
        return [(str(place), n) for place, n in self._session.execute(query)]

    def count_by_language(self, *, limit: int) -> list[tuple[str, int]]:
        """Return languages with how many published entries are written in them, the most first."""
        count = func.count()
        query = select(Entry.language, count).where(Entry.status == EntryStatus.PUBLISHED)
        query = query.group_by(Entry.language).order_by(count.desc(), Entry.language).limit(limit)
        return [(language, n) for language, n in self._session.execute(query)]

    def count_between(self, edges: Sequence[datetime]) -> dict[EntryKind, list[int]]:
        """Return for each kind how many entries came between each two times that follow each other."""
        times = {f"edge_{place}": edge for place, edge in enumerate(edges)}
        row = self._session.execute(_counting_between(len(edges)), times).one()
        n_spans = len(edges) - 1
        return {
            kind: list(row[place * n_spans : (place + 1) * n_spans]) for place, kind in enumerate(EntryKind)
        }

    def scores_judged(self) -> list[tuple[float, bool]]:
        """Return probability of judged proposals, and whether each was accepted."""
        query = self._own(select(Proposal.score, Proposal.state)).where(Proposal.state.in_(_JUDGED))
        rows = self._session.execute(query.limit(20_000))
        return [(score, state is ProposalState.ACCEPTED) for score, state in rows]

    def judged_offerings(self) -> JudgedOfferings:
        """Count judged offerings by their language, and by what offers and how large it is."""
        groups = (_Target.language, Organisation.kind, Organisation.size)
        query = (
            self._own(select(*groups, Proposal.state, func.count()))
            .join(_Target, _Target.id == Proposal.target_id)
            .outerjoin(Organisation, Organisation.id == _Target.organisation_id)
            .where(Proposal.direction == Direction.NEED_TO_OFFERING, Proposal.state.in_(_JUDGED))
            .group_by(*groups, Proposal.state)
        )
        rows = [tuple(row) for row in self._session.execute(query)]
        sizes = {each.group: each for each in _judged(rows, 2, unknown=UNKNOWN_SIZE)}
        return JudgedOfferings(
            by_language=_judged(rows, 0),
            by_supplier=_judged(rows, 1),
            by_size=[sizes[size] for size in (*OrganisationSize, UNKNOWN_SIZE) if size in sizes],
        )

    def waits(self) -> list[tuple[datetime, datetime]]:
        """Return when judged proposals were made and when they were first judged, the latest first."""
        first = func.min(Verdict.created_at)
        query = self._own(select(Proposal.created_at, first)).join(
            Verdict, Verdict.proposal_id == Proposal.id
        )
        query = query.group_by(Proposal.id, Proposal.created_at).order_by(first.desc()).limit(2_000)
        return [(made, judged) for made, judged in self._session.execute(query)]

    def count_open(self) -> int:
        """Return how many proposals wait to be judged."""
        query = self._own(select(func.count())).where(unindexed(Proposal.state == ProposalState.OPEN))
        return self._session.scalar(query) or 0

    def count_judged_since(self, since: datetime) -> int:
        """Return how many verdicts the viewer's organisation gave since a time."""
        query = select(func.count()).where(Verdict.created_at >= since)
        if not self._viewer.is_system:
            query = query.where(Verdict.organisation_id == self._viewer.organisation_id)
        return self._session.scalar(query) or 0

    def needs_without_offering(self) -> tuple[int, int]:
        """Return how many published needs of the organisation got no offering, and how many it has."""
        own = [unindexed(Entry.status == EntryStatus.PUBLISHED), Entry.kind == EntryKind.NEED]
        if not self._viewer.is_system:
            own.append(Entry.organisation_id == self._viewer.organisation_id)
        met = exists().where(
            Proposal.query_id == Entry.id,
            Proposal.direction == Direction.NEED_TO_OFFERING,
            Proposal.state != ProposalState.STALE,
        )
        query = select(func.count(), func.coalesce(func.sum(case((met, 0), else_=1)), 0)).where(*own)
        total, without = self._session.execute(query.select_from(Entry)).one()
        return without, total

    def _own(self, query: Select) -> Select:  # type: ignore[type-arg]  # of whatever columns
        if self._viewer.is_system:
            return query.select_from(Proposal)
        return query.select_from(Proposal).where(
            or_(Proposal.organisation_id == self._viewer.organisation_id, Proposal.organisation_id.is_(None))
        )


@cache
def _counting_between(n_edges: int) -> Select:  # type: ignore[type-arg]  # of as many columns as there are counts
    """Return the query for each kind's entries between times: dozens of counts, put together once."""
    edges = [bindparam(f"edge_{place}", type_=Entry.created_at.type) for place in range(n_edges)]
    # Naming every status lets a range of one index answer each count, nothing being looked at.
    counting = select(func.count()).where(Entry.status.in_(list(EntryStatus)))
    counts = [
        counting.where(Entry.kind == kind, Entry.created_at >= start, Entry.created_at < end)
        for kind in EntryKind
        for start, end in pairwise(edges)
    ]
    return select(*(each.scalar_subquery() for each in counts))


def _judged(rows: Sequence[tuple[Any, ...]], column: int, *, unknown: str = "") -> list[Judged]:
    """Add rows that end in state and number up by a column, the most judged first."""
    counts: Counter[tuple[str, ProposalState]] = Counter()
    for row in rows:
        counts[str(row[column] or unknown), row[-2]] += row[-1]
    found = [
        Judged(group, counts[group, ProposalState.ACCEPTED], counts[group, ProposalState.REJECTED])
        for group in {group for group, _ in counts}
    ]
    return sorted(found, key=lambda each: (-each.total, each.group))
