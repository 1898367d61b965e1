"""Queries about interest in needs, and about remarks on matches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from matcher.errors import RemarkNotFound
from models.records import Interest, Organisation, Remark
from models.repositories import pages
from models.repositories.pages import Page
from models.repositories.viewing import STAFF, Viewer

_From = aliased(Organisation, name="from_organisation")


@dataclass(frozen=True, slots=True, kw_only=True)
class InterestView:
    """That an organisation is interested."""

    organisation_id: str
    organisation_name: str
    note: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RemarkView:
    """That somebody finds a match wrong, and what was answered."""

    id: str
    entry_id: str
    proposal_id: str | None
    organisation_id: str | None
    from_organisation: str | None
    text: str
    created_at: datetime
    answer: str
    answered_at: datetime | None
    version: int


class InterestRepository:
    """Interest in needs and ideas."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, entry_id: str, organisation_id: str) -> Interest | None:
        """Return an organisation's interest, withdrawn or not."""
        return self._session.scalar(
            select(Interest).where(Interest.entry_id == entry_id, Interest.organisation_id == organisation_id)
        )

    def add(self, record: Interest) -> None:
        """Keep an interest."""
        self._session.add(record)
        self._session.flush()

    def count(self, entry_id: str) -> int:
        """Return how many organisations are interested."""
        query = select(func.count()).where(Interest.entry_id == entry_id, Interest.withdrawn_at.is_(None))
        return self._session.scalar(query) or 0

    def list_views(self, entry_id: str, *, organisation_id: str | None = None) -> list[InterestView]:
        """Return who is interested, the earliest first; one organisation's own only if it is given."""
        query = (
            select(Interest, Organisation.name)
            .join(Organisation, Organisation.id == Interest.organisation_id)
            .where(Interest.entry_id == entry_id, Interest.withdrawn_at.is_(None))
            .order_by(Interest.created_at, Interest.id)
        )
        if organisation_id is not None:
            query = query.where(Interest.organisation_id == organisation_id)
        return [
            InterestView(
                organisation_id=record.organisation_id,
                organisation_name=name,
                note=record.note,
                created_at=record.created_at,
            )
            for record, name in self._session.execute(query)
        ]


class RemarkRepository:
    """Remarks that the viewer wrote, or whose answer is its organisation's."""

    def __init__(self, session: Session, viewer: Viewer) -> None:
        self._session = session
        self._viewer = viewer

    def add(self, record: Remark) -> None:
        """Keep a remark."""
        self._session.add(record)
        self._session.flush()

    def get_record(self, remark_id: str) -> Remark:
        """Return a remark that the viewer may answer, or raise ``RemarkNotFound``."""
        record = self._session.get(Remark, remark_id)
        is_own = record is not None and (
            record.organisation_id == self._viewer.organisation_id or self._viewer.is_system
        )
        if record is None or not is_own:
            raise RemarkNotFound(remark_id)
        return record

    def get(self, remark_id: str) -> RemarkView:
        """Return a remark that the viewer sees, or raise ``RemarkNotFound``."""
        row = self._session.execute(self._seen().where(Remark.id == remark_id)).one_or_none()
        if row is None:
            raise RemarkNotFound(remark_id)
        return _view(*row)

    def list_views(self, *, limit: int, after: Sequence[Any] | None) -> Page[RemarkView]:
        """Return a page of the remarks that the viewer sees: open ones first, then the latest."""
        is_answered = Remark.answered_at.is_not(None)
        query = self._seen().order_by(is_answered, Remark.created_at.desc(), Remark.id.desc())
        if after is not None:
            was_answered, *place = pages.parts(after, bool, str, str)
            later = pages.below(Remark.created_at, Remark.id, than=pages.time_and_id(place))
            same = and_(is_answered if was_answered else ~is_answered, later)
            query = query.where(same if was_answered else or_(is_answered, same))
        rows, next_after = pages.cut(
            [_view(*row) for row in self._session.execute(query.limit(limit + 1))],
            limit,
            position=lambda view: [view.answered_at is not None, view.created_at.isoformat(), view.id],
        )
        return Page(rows, next_after)

    def count_open(self) -> int:
        """Return how many remarks wait for an answer of the viewer's organisation."""
        if not self._viewer.roles & STAFF:
            return 0
        query = select(func.count()).where(
            Remark.organisation_id == self._viewer.organisation_id, Remark.answered_at.is_(None)
        )
        return self._session.scalar(query) or 0

    def _seen(self) -> Select[Remark, str]:
        query = select(Remark, _From.name).outerjoin(_From, _From.id == Remark.from_organisation_id)
        own = Remark.from_organisation_id == self._viewer.organisation_id
        if self._viewer.roles & STAFF:
            own = or_(own, Remark.organisation_id == self._viewer.organisation_id)
        return query.where(own)


def _view(record: Remark, name: str | None) -> RemarkView:
    return RemarkView(
        id=record.id,
        entry_id=record.entry_id,
        proposal_id=record.proposal_id,
        organisation_id=record.organisation_id,
        from_organisation=name,
        text=record.text,
        created_at=record.created_at,
        answer=record.answer,
        answered_at=record.answered_at,
        version=record.version,
    )
