"""Queries about joint needs, as one viewer sees them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, TypeVarTuple

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from matcher.errors import JointNeedNotFound
from matcher.types import JointNeedState, TimeWindow
from models.records import Case, JointNeed, JointNeedMember, JointNeedOffering, Organisation, utc_now
from models.repositories import pages
from models.repositories.entries import EntryRepository, EntryView
from models.repositories.labels import CHUNK
from models.repositories.pages import Page
from models.repositories.viewing import Viewer

Columns = TypeVarTuple("Columns")
BY_HAND: Final = "by_hand"
"""Reach of what no search put together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JointMemberView:
    """A need in a joint need.

    ``entry`` is ``None`` where the viewer does not see it (any more). ``own_wish`` is where in its whole text
    stands what the others do not ask for.
    """

    entry_id: str
    entry: EntryView | None
    organisation_id: str | None
    organisation_name: str | None
    sacrifices: tuple[str, ...]
    own_wish: tuple[int, int] | None
    is_dropped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JointOfferingView:
    """An offering that fits several of the needs."""

    entry: EntryView
    need_ids: tuple[str, ...]
    score: float
    reaches_all: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JointNeedView:
    """Needs that could be procured together."""

    id: str
    state: JointNeedState
    score: float
    cohesion: float
    reach: str
    window: TimeWindow
    sums: tuple[dict[str, Any], ...]
    members: tuple[JointMemberView, ...]
    offerings: tuple[JointOfferingView, ...]
    theme_id: str | None
    case_id: str | None
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def kept(self) -> tuple[JointMemberView, ...]:
        """The needs that nobody left out."""
        return tuple(each for each in self.members if not each.is_dropped)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJointNeed:
    """A joint need as a search found it; entries by id, central ones first."""

    score: float
    cohesion: float
    reach: str
    starts_on: date | None
    ends_on: date | None
    sums: list[dict[str, Any]]
    members: tuple[tuple[str, str, tuple[str, ...], dict[str, Any]], ...]
    offerings: tuple[tuple[str, tuple[str, ...], float, bool], ...]
    theme_id: str | None = None

    @property
    def entry_ids(self) -> frozenset[str]:
        """The needs."""
        return frozenset(member[0] for member in self.members)


class JointNeedRepository:
    """Joint needs that one of the viewer's organisation's needs is in."""

    def __init__(self, session: Session, viewer: Viewer) -> None:
        self._session = session
        self._viewer = viewer

    def get_record(self, joint_need_id: str) -> JointNeed:
        """Return a record, to change it; or raise ``JointNeedNotFound``."""
        record = self._session.scalar(self._seen(select(JointNeed)).where(JointNeed.id == joint_need_id))
        if record is None:
            raise JointNeedNotFound(joint_need_id)
        return record

    def get(self, joint_need_id: str) -> JointNeedView:
        """Return a joint need, or raise ``JointNeedNotFound``."""
        return self._views([self.get_record(joint_need_id)])[0]

    def list_views(
        self,
        *,
        state: JointNeedState | None,
        entry_id: str | None,
        limit: int,
        after: Sequence[Any] | None,
    ) -> Page[JointNeedView]:
        """Return a page of joint needs, the best first; stale ones only if asked for."""
        query = self._seen(select(JointNeed)).where(
            JointNeed.state != JointNeedState.STALE if state is None else JointNeed.state == state
        )
        if entry_id is not None:
            inside = select(JointNeedMember.joint_need_id).where(JointNeedMember.entry_id == entry_id)
            query = query.where(JointNeed.id.in_(inside))
        if after is not None:
            value, joint_need_id = pages.parts(after, (float, int), str)
            query = query.where(
                pages.below(JointNeed.score, JointNeed.id, than=(float(value), joint_need_id))
            )
        query = query.order_by(JointNeed.score.desc(), JointNeed.id.desc()).limit(limit + 1)
        rows, next_after = pages.cut(
            self._session.scalars(query).all(), limit, position=lambda row: [row.score, row.id]
        )
        return Page(self._views(rows), next_after)

    def count_by_state(self) -> dict[JointNeedState, int]:
        """Return the number of joint needs in each state that the viewer sees."""
        counting = self._seen(select(JointNeed.state, func.count()).select_from(JointNeed))
        counts = {state: n for state, n in self._session.execute(counting.group_by(JointNeed.state))}
        return {state: counts.get(state, 0) for state in JointNeedState}

    def member_records(self, joint_need_id: str) -> list[JointNeedMember]:
        """Return the records of the needs in a joint need, dropped ones too, central ones first."""
        query = select(JointNeedMember).where(JointNeedMember.joint_need_id == joint_need_id)
        return list(self._session.scalars(query.order_by(JointNeedMember.position)))

    def offering_records(self, joint_need_id: str) -> list[JointNeedOffering]:
        """Return the records of the offerings that fit, the best first."""
        query = select(JointNeedOffering).where(JointNeedOffering.joint_need_id == joint_need_id)
        return list(self._session.scalars(query.order_by(JointNeedOffering.position)))

    def _seen(self, query: Select[*Columns]) -> Select[*Columns]:
        if self._viewer.is_system:
            return query
        own = select(JointNeedMember.joint_need_id).where(
            JointNeedMember.organisation_id == self._viewer.organisation_id
        )
        return query.where(JointNeed.id.in_(own))

    def _views(self, records: Sequence[JointNeed]) -> list[JointNeedView]:
        ids = [record.id for record in records]
        members = {each: self.member_records(each) for each in ids}
        offerings = {each: self.offering_records(each) for each in ids}
        shown = {row.entry_id for rows in members.values() for row in rows}
        shown |= {row.entry_id for rows in offerings.values() for row in rows}
        entries = EntryRepository(self._session, self._viewer).get_many(sorted(shown))
        names = self._organisation_names(row.organisation_id for rows in members.values() for row in rows)
        cases = self._case_ids(ids)
        return [
            JointNeedView(
                id=record.id,
                state=record.state,
                score=record.score,
                cohesion=record.cohesion,
                reach=record.reach,
                window=TimeWindow(starts_on=record.starts_on, ends_on=record.ends_on),
                sums=tuple(record.sums),
                members=tuple(_member(row, entries, names) for row in members[record.id]),
                offerings=tuple(
                    JointOfferingView(
                        entry=entries[row.entry_id],
                        need_ids=tuple(row.need_ids),
                        score=row.score,
                        reaches_all=row.reaches_all,
                    )
                    for row in offerings[record.id]
                    if row.entry_id in entries
                ),
                theme_id=record.theme_id,
                case_id=cases.get(record.id),
                version=record.version,
                created_at=record.created_at,
                updated_at=record.updated_at,
            )
            for record in records
        ]

    def _organisation_names(self, ids: Iterable[str | None]) -> dict[str, str]:
        wanted = sorted({each for each in ids if each is not None})
        query = select(Organisation.id, Organisation.name).where(Organisation.id.in_(wanted))
        return {organisation_id: name for organisation_id, name in self._session.execute(query)}

    def _case_ids(self, joint_need_ids: Sequence[str]) -> dict[str, str]:
        query = select(Case.joint_need_id, Case.id).where(Case.joint_need_id.in_(joint_need_ids))
        return {
            joint_need_id: case_id
            for joint_need_id, case_id in self._session.execute(query.order_by(Case.created_at))
            if joint_need_id is not None
        }


class JointNeedSaver:
    """Keeps what a search found, whoever sees it; what people decided stays as it is."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def members_by_state(self) -> dict[str, tuple[JointNeedState, frozenset[str]]]:
        """Return the state and all needs, dropped ones too, of every joint need."""
        members: dict[str, set[str]] = {}
        query = select(JointNeedMember.joint_need_id, JointNeedMember.entry_id)
        for joint_need_id, entry_id in self._session.execute(query):
            members.setdefault(joint_need_id, set()).add(entry_id)
        states = self._session.execute(select(JointNeed.id, JointNeed.state))
        return {each: (state, frozenset(members.get(each, ()))) for each, state in states}

    def proposed_by_hand(self) -> frozenset[str]:
        """Return ids of the proposed joint needs that no search put together."""
        query = select(JointNeed.id).where(
            JointNeed.state == JointNeedState.PROPOSED, JointNeed.reach == BY_HAND
        )
        return frozenset(self._session.scalars(query))

    def save(
        self, found: Sequence[NewJointNeed], known: Mapping[int, str], *, stale: Iterable[str]
    ) -> list[str]:
        """Write what was found; return ids in the same order.

        Parameters
        ----------
        found
            The joint needs.
        known
            Id of the open one that each carries on, by its position.
        stale
            Open ones that were not found any more.
        """
        ids = []
        for position, new in enumerate(found):
            record = self._session.get(JointNeed, known[position]) if position in known else None
            if record is None:
                record = JointNeed(state=JointNeedState.PROPOSED, score=0.0, cohesion=0.0, reach="", sums=[])
                self._session.add(record)
            self._fill(record, new)
            ids.append(record.id)
        wanted = list(stale)
        for start in range(0, len(wanted), CHUNK):
            query = select(JointNeed).where(JointNeed.id.in_(wanted[start : start + CHUNK]))
            for record in self._session.scalars(query):
                record.state, record.is_current = JointNeedState.STALE, False
        self._session.flush()
        return ids

    def _fill(self, record: JointNeed, new: NewJointNeed) -> None:
        record.state, record.is_current = JointNeedState.PROPOSED, True
        record.score, record.cohesion, record.reach = new.score, new.cohesion, new.reach
        record.starts_on, record.ends_on, record.sums = new.starts_on, new.ends_on, list(new.sums)
        record.theme_id = new.theme_id
        self._session.flush()
        before = {
            row.entry_id: row
            for row in self._session.scalars(
                select(JointNeedMember).where(JointNeedMember.joint_need_id == record.id)
            )
        }
        self._session.execute(delete(JointNeedOffering).where(JointNeedOffering.joint_need_id == record.id))
        # What somebody dropped or added stays so, though the search finds it again or no more.
        kept = []
        for entry_id, row in sorted(before.items(), key=lambda item: item[1].position):
            if entry_id in new.entry_ids:
                continue
            if row.dropped_at is None and row.added_at is None:
                self._session.delete(row)
            else:
                kept.append(row)
        self._session.flush()
        for position, row in enumerate(kept, len(new.members)):
            row.position = position
        for position, (entry_id, owner, sacrifices, own_wish) in enumerate(new.members):
            row = before.get(entry_id) or JointNeedMember(joint_need_id=record.id, entry_id=entry_id)
            row.organisation_id, row.position = owner, position
            row.sacrifices, row.own_wish = list(sacrifices), dict(own_wish)
            self._session.add(row)
        for position, (entry_id, need_ids, score, reaches_all) in enumerate(new.offerings):
            self._session.add(
                JointNeedOffering(
                    joint_need_id=record.id,
                    entry_id=entry_id,
                    position=position,
                    need_ids=list(need_ids),
                    score=score,
                    reaches_all=reaches_all,
                )
            )
        self._session.flush()


def drop(member: JointNeedMember, *, by: Viewer) -> None:
    """Note that a need is left out of a joint need."""
    member.dropped_at, member.dropped_by = utc_now(), by.member_id


def take_in(
    session: Session, joint_need_id: str, entry: EntryView, *, members: Sequence[JointNeedMember], by: Viewer
) -> None:
    """Note that a need is taken into a joint need, one that was left out or another."""
    member = next((each for each in members if each.entry_id == entry.id), None)
    if member is None:
        member = JointNeedMember(
            joint_need_id=joint_need_id,
            entry_id=entry.id,
            organisation_id=entry.organisation_id,
            position=1 + max((each.position for each in members), default=-1),
            sacrifices=[],
            own_wish={},
        )
        session.add(member)
    member.dropped_at = member.dropped_by = None
    member.added_at, member.added_by = utc_now(), by.member_id
    session.flush()


def _member(
    row: JointNeedMember, entries: Mapping[str, EntryView], names: Mapping[str, str]
) -> JointMemberView:
    wish = row.own_wish
    return JointMemberView(
        entry_id=row.entry_id,
        entry=entries.get(row.entry_id),
        organisation_id=row.organisation_id,
        organisation_name=names.get(row.organisation_id or ""),
        sacrifices=tuple(row.sacrifices),
        own_wish=(int(wish["start"]), int(wish["end"])) if wish else None,
        is_dropped=row.dropped_at is not None,
    )
