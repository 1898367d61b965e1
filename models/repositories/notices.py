"""Queries about what members are told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from matcher.errors import NoticeNotFound
from matcher.types import NoticeKind, OrganisationKind, Role
from models.records import Member, Membership, Notice, NoticeChoice, Organisation, utc_now
from models.repositories import pages
from models.repositories.pages import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeView:
    """Something that a member is told."""

    id: str
    kind: NoticeKind
    entry_id: str | None
    thing_id: str
    detail: dict[str, Any]
    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmailed:
    """Notices of one member that are to go out by mail."""

    member_id: str
    email: str
    organisation_id: str | None
    notices: tuple[NoticeView, ...]


class NoticeRepository:
    """Notices of members."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def tell(
        self,
        member_ids: Iterable[str],
        kind: NoticeKind,
        thing_id: str,
        *,
        key: str,
        entry_id: str | None = None,
        organisation_id: str | None = None,
        **detail: str | int | list[str],
    ) -> int:
        """Tell members something, each once for a key; return how many were told.

        ``detail`` holds ids, days and counts, never anybody's text.
        """
        wanted = sorted(set(member_ids))
        known = set(
            self._session.scalars(
                select(Notice.member_id).where(Notice.member_id.in_(wanted), Notice.key == key)
            )
        )
        new = [member_id for member_id in wanted if member_id not in known]
        self._session.add_all(
            Notice(
                member_id=member_id,
                organisation_id=organisation_id,
                key=key,
                kind=kind,
                entry_id=entry_id,
                thing_id=thing_id,
                detail=dict(detail),
            )
            for member_id in new
        )
        self._session.flush()
        return len(new)

    def list_views(
        self, member_id: str, *, unread_only: bool, limit: int, after: Sequence[Any] | None
    ) -> Page[NoticeView]:
        """Return a page of a member's notices, the latest first."""
        query = select(Notice).where(Notice.member_id == member_id)
        if unread_only:
            query = query.where(Notice.read_at.is_(None))
        if after is not None:
            query = query.where(pages.below(Notice.created_at, Notice.id, than=pages.time_and_id(after)))
        query = query.order_by(Notice.created_at.desc(), Notice.id.desc()).limit(limit + 1)
        rows, next_after = pages.cut(
            self._session.scalars(query).all(),
            limit,
            position=lambda row: [row.created_at.isoformat(), row.id],
        )
        return Page([_view(row) for row in rows], next_after)

    def count_unread(self, member_id: str) -> int:
        """Return how many notices a member has not read."""
        query = select(Notice.id).where(Notice.member_id == member_id, Notice.read_at.is_(None))
        return len(self._session.scalars(query).all())

    def mark_read(self, member_id: str, notice_id: str | None) -> None:
        """Note that a member has read a notice, or all of them (``None``); or raise ``NoticeNotFound``."""
        query = update(Notice).where(Notice.member_id == member_id, Notice.read_at.is_(None))
        if notice_id is not None:
            own = select(Notice.id).where(Notice.id == notice_id, Notice.member_id == member_id)
            if self._session.scalar(own) is None:
                raise NoticeNotFound(notice_id)
            query = query.where(Notice.id == notice_id)
        self._session.execute(query.values(read_at=utc_now()))

    def choice(self, member_id: str) -> NoticeChoice:
        """Return how a member wants to be told; a record of its own from the first time on."""
        record = self._session.get(NoticeChoice, member_id)
        if record is None:
            record = NoticeChoice(member_id=member_id)
            self._session.add(record)
            self._session.flush()
        return record

    def find_choice(self, member_id: str) -> NoticeChoice | None:
        """Return how a member wants to be told, if it ever said."""
        return self._session.get(NoticeChoice, member_id)

    def reader_of(self, feed_digest: str) -> str | None:
        """Return the active member whose feed's secret has this digest."""
        return self._session.scalar(
            select(NoticeChoice.member_id)
            .join(Member, Member.id == NoticeChoice.member_id)
            .where(NoticeChoice.feed_digest == feed_digest, Member.is_active)
        )

    def list_unmailed(self, *, limit: int) -> list[Unmailed]:
        """Return what is still to go out by mail to members that asked for it, the earliest first."""
        query = (
            select(Notice, Member.email)
            .join(Member, Member.id == Notice.member_id)
            .join(NoticeChoice, NoticeChoice.member_id == Notice.member_id)
            .where(
                Notice.mailed_at.is_(None), Notice.read_at.is_(None), NoticeChoice.is_mailed, Member.is_active
            )
            .order_by(Notice.created_at, Notice.id)
            .limit(limit)
        )
        found: dict[str, list[Notice]] = {}
        emails: dict[str, str] = {}
        for notice, email in self._session.execute(query):
            found.setdefault(notice.member_id, []).append(notice)
            emails[notice.member_id] = email
        return [
            Unmailed(
                member_id=member_id,
                email=emails[member_id],
                organisation_id=notices[0].organisation_id,
                notices=tuple(map(_view, notices)),
            )
            for member_id, notices in found.items()
        ]

    def mark_mailed(self, notice_ids: Sequence[str]) -> None:
        """Note that notices went out."""
        self._session.execute(update(Notice).where(Notice.id.in_(notice_ids)).values(mailed_at=utc_now()))

    def staff_of(self, organisation_id: str, roles: Iterable[Role]) -> list[str]:
        """Return the active members of an organisation that have one of the roles."""
        query = (
            select(Membership.member_id)
            .join(Member, Member.id == Membership.member_id)
            .where(
                Membership.organisation_id == organisation_id,
                Membership.role.in_(list(roles)),
                Member.is_active,
            )
        )
        return sorted(set(self._session.scalars(query)))

    def staff_of_kinds(self, kinds: Iterable[OrganisationKind], roles: Iterable[Role]) -> list[str]:
        """Return the active members of all organisations of these kinds that have one of the roles."""
        query = (
            select(Membership.member_id)
            .join(Member, Member.id == Membership.member_id)
            .join(Organisation, Organisation.id == Membership.organisation_id)
            .where(Organisation.kind.in_(list(kinds)), Membership.role.in_(list(roles)), Member.is_active)
        )
        return sorted(set(self._session.scalars(query)))


def _view(row: Notice) -> NoticeView:
    return NoticeView(
        id=row.id,
        kind=row.kind,
        entry_id=row.entry_id,
        thing_id=row.thing_id,
        detail=dict(row.detail),
        created_at=row.created_at,
        read_at=row.read_at,
    )
