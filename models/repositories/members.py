"""Queries about members, their roles, and how providers know them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from matcher.errors import MemberNotFound
from matcher.types import Role
from models.records import Member, MemberIdentity, Membership
from models.repositories import pages
from models.repositories.pages import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberView:
    """A member, with its roles in one organisation."""

    id: str
    name: str
    email: str
    roles: tuple[Role, ...]
    is_active: bool
    created_at: datetime


class MemberRepository:
    """Members of organisations."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, *, email: str, name: str, password_hash: str | None) -> Member:
        """Add a member; its id is known afterwards."""
        record = Member(email=email, name=name, password_hash=password_hash)
        self._session.add(record)
        self._session.flush()
        return record

    def get(self, member_id: str) -> Member:
        """Return a member, or raise ``MemberNotFound``."""
        record = self.find(member_id)
        if record is None:
            raise MemberNotFound(member_id)
        return record

    def get_in(self, member_id: str, organisation_id: str | None) -> Member:
        """Return a member of an organisation (``None``: of any), or raise ``MemberNotFound``."""
        if organisation_id is not None and not self.roles(member_id, organisation_id):
            raise MemberNotFound(member_id)
        return self.get(member_id)

    def find(self, member_id: str) -> Member | None:
        """Return a member, if there is one."""
        return self._session.get(Member, member_id)

    def find_by_email(self, email: str) -> Member | None:
        """Return the member with this address (in small letters), if there is one."""
        return self._session.scalar(select(Member).where(Member.email == email))

    def find_by_identity(self, issuer: str, subject: str) -> Member | None:
        """Return the member that a provider knows by this subject, if there is one."""
        return self._session.scalar(
            select(Member)
            .join(MemberIdentity, MemberIdentity.member_id == Member.id)
            .where(MemberIdentity.issuer == issuer, MemberIdentity.subject == subject)
        )

    def add_identity(self, member_id: str, *, issuer: str, subject: str) -> None:
        """Remember how a provider knows a member."""
        self._session.add(MemberIdentity(member_id=member_id, issuer=issuer, subject=subject))
        self._session.flush()

    def has_identity(self, member_id: str) -> bool:
        """Whether a provider knows a member, so that it signs in there."""
        query = select(MemberIdentity.subject).where(MemberIdentity.member_id == member_id)
        return self._session.scalars(query).first() is not None

    def roles(self, member_id: str, organisation_id: str) -> frozenset[Role]:
        """Return a member's roles in an organisation; none if it is no member there."""
        return frozenset(
            self._session.scalars(
                select(Membership.role).where(
                    Membership.member_id == member_id, Membership.organisation_id == organisation_id
                )
            )
        )

    def organisations(self, member_id: str) -> list[str]:
        """Return the organisations that somebody is a member of, the earliest membership first."""
        rows = self._session.execute(
            select(Membership.organisation_id)
            .where(Membership.member_id == member_id)
            .order_by(Membership.created_at, Membership.organisation_id)
        ).scalars()
        return list(dict.fromkeys(rows))

    def set_roles(self, member_id: str, organisation_id: str, roles: Iterable[Role]) -> None:
        """Replace a member's roles in an organisation; no roles end the membership."""
        self._session.execute(
            delete(Membership).where(
                Membership.member_id == member_id, Membership.organisation_id == organisation_id
            )
        )
        for role in sorted(set(roles)):
            self._session.add(Membership(member_id=member_id, organisation_id=organisation_id, role=role))
        self._session.flush()

    def count_with_role(self, organisation_id: str, role: Role) -> int:
        """Return how many active members of an organisation have a role."""
        query = (
            select(Membership.member_id)
            .join(Member, Member.id == Membership.member_id)
            .where(Membership.organisation_id == organisation_id, Membership.role == role, Member.is_active)
        )
        return len(self._session.scalars(query).all())

    def list_views(
        self, organisation_id: str, *, limit: int, after: Sequence[Any] | None
    ) -> Page[MemberView]:
        """Return a page of an organisation's members, by address."""
        inside = select(Membership.member_id).where(Membership.organisation_id == organisation_id)
        query = select(Member).where(Member.id.in_(inside)).order_by(Member.email).limit(limit + 1)
        if after is not None:
            query = query.where(Member.email > pages.parts(after, str)[0])
        rows, next_after = pages.cut(
            self._session.scalars(query).all(), limit, position=lambda row: [row.email]
        )
        roles = self._roles_of([row.id for row in rows], organisation_id)
        return Page([_view(row, roles.get(row.id, ())) for row in rows], next_after)

    def view(self, member: Member, organisation_id: str) -> MemberView:
        """Return a member as it is shown in an organisation."""
        return _view(member, self.roles(member.id, organisation_id))

    def _roles_of(self, member_ids: Sequence[str], organisation_id: str) -> dict[str, list[Role]]:
        query = select(Membership.member_id, Membership.role).where(
            Membership.member_id.in_(member_ids), Membership.organisation_id == organisation_id
        )
        roles: dict[str, list[Role]] = {}
        for member_id, role in self._session.execute(query):
            roles.setdefault(member_id, []).append(role)
        return roles


def _view(member: Member, roles: Iterable[Role]) -> MemberView:
    return MemberView(
        id=member.id,
        name=member.name,
        email=member.email,
        roles=tuple(sorted(roles)),
        is_active=member.is_active,
        created_at=member.created_at,
    )
