"""Who is a member of which organisation, in which roles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from matcher.errors import Conflict, InvalidInput
from matcher.services.accounts import passwords
from matcher.services.accounts.secret_digests import normal_address
from matcher.services.actor import ADMINISTRATORS, Actor
from matcher.types import OrganisationKind, Role
from models.repositories.audit import AuditRepository
from models.repositories.members import MemberRepository, MemberView
from models.repositories.organisations import OrganisationRepository
from models.repositories.pages import Page

# Whoever sells does not judge what is bought.
_OUTSIDE: Final = frozenset(
    {OrganisationKind.SUPPLIER, OrganisationKind.UNIVERSITY, OrganisationKind.ASSOCIATION}
)
_OUTSIDE_ROLES: Final = frozenset({Role.PARTNER, Role.ADMINISTRATOR})


def create_member(
    session: Session,
    *,
    email: str,
    name: str,
    organisation_id: str,
    roles: Iterable[Role],
    password: str | None = None,
    actor: Actor,
) -> MemberView:
    """Make somebody a member at once, without an invitation.

    Raises
    ------
    NotAllowed, OrganisationNotFound
        If the actor is no administrator of the organisation, or there is none.
    InvalidInput
        If address, roles or password cannot be used.
    Conflict
        If the address has an account.
    """
    actor.require(ADMINISTRATORS, organisation_id=organisation_id)
    address, wanted = normal_address(email), checked_roles(session, organisation_id, roles)
    members = MemberRepository(session)
    if members.find_by_email(address) is not None:
        raise Conflict("This address has an account.", remedy="Invite its owner to the organisation.")
    password_hash = None if password is None else passwords.hashed(password, email=address)
    member = members.add(email=address, name=checked_name(name), password_hash=password_hash)
    members.set_roles(member.id, organisation_id, wanted)
    AuditRepository(session).add(
        "member.created", member.id, by=actor, organisation_id=organisation_id, roles=sorted(wanted)
    )
    return members.view(member, organisation_id)


def list_members(
    session: Session,
    *,
    actor: Actor,
    organisation_id: str | None = None,
    limit: int = 50,
    after: Sequence[Any] | None = None,
) -> Page[MemberView]:
    """Return a page of an organisation's members (by default the actor's), for its administrators.

    Raises
    ------
    NotAllowed
        If the actor is none.
    """
    chosen = organisation_id or actor.organisation_id
    actor.require(ADMINISTRATORS, organisation_id=chosen)
    return MemberRepository(session).list_views(chosen or "", limit=limit, after=after)


def set_roles(
    session: Session,
    member_id: str,
    roles: Iterable[Role],
    *,
    actor: Actor,
    organisation_id: str | None = None,
) -> MemberView:
    """Replace a member's roles in an organisation, by default the actor's.

    Raises
    ------
    NotAllowed, MemberNotFound, InvalidInput
        If the actor is no administrator, there is no such member, or the roles do not fit.
    Conflict
        If the last administrator would lose that role.
    """
    chosen = _administered(organisation_id, actor)
    wanted = checked_roles(session, chosen, roles)
    members = MemberRepository(session)
    member = members.get_in(member_id, chosen)
    if Role.ADMINISTRATOR not in wanted:
        _keep_an_administrator(members, member_id, chosen)
    members.set_roles(member_id, chosen, wanted)
    AuditRepository(session).add(
        "member.roles_set", member_id, by=actor, organisation_id=chosen, roles=sorted(wanted)
    )
    return members.view(member, chosen)


def deactivate(session: Session, member_id: str, *, actor: Actor, organisation_id: str | None = None) -> None:
    """End a membership; without any other the account can no longer be used.

    Raises
    ------
    NotAllowed, MemberNotFound
        If the actor is no administrator, or there is no such member.
    Conflict
        If it is the organisation's last administrator.
    """
    chosen = _administered(organisation_id, actor)
    members = MemberRepository(session)
    member = members.get_in(member_id, chosen)
    _keep_an_administrator(members, member_id, chosen)
    members.set_roles(member_id, chosen, ())
    member.session_version += 1
    member.is_active = bool(members.organisations(member_id))
    AuditRepository(session).add("member.deactivated", member_id, by=actor, organisation_id=chosen)
    session.flush()


def checked_roles(session: Session, organisation_id: str, roles: Iterable[Role]) -> frozenset[Role]:
    """Return roles if somebody in the organisation may have them.

    Raises
    ------
    InvalidInput
        If there are none, or the organisation's kind does not allow one.
    """
    wanted = frozenset(Role(role) for role in roles)
    organisation = OrganisationRepository(session).get(organisation_id)
    if not wanted:
        raise InvalidInput("A member has at least one role.", field="roles")
    if organisation.kind in _OUTSIDE and not wanted <= _OUTSIDE_ROLES:
        raise InvalidInput(
            f"Members of a {organisation.kind.value} are partners or administrators.",
            field="roles",
        )
    return wanted


def checked_name(name: str) -> str:
    """Return somebody's name without superfluous blanks.

    Raises
    ------
    InvalidInput
        If it is empty or too long.
    """
    tidy = " ".join(name.split())
    if not 0 < len(tidy) <= 200:
        raise InvalidInput("A name has between 1 and 200 characters.", field="name")
    return tidy


def _administered(organisation_id: str | None, actor: Actor) -> str:
    chosen = organisation_id or actor.organisation_id
    actor.require(ADMINISTRATORS, organisation_id=chosen)
    if chosen is None:
        raise InvalidInput("Say in which organisation.", field="organisation_id")
    return chosen


def _keep_an_administrator(members: MemberRepository, member_id: str, organisation_id: str) -> None:
    if Role.ADMINISTRATOR not in members.roles(member_id, organisation_id):
        return
    if members.count_with_role(organisation_id, Role.ADMINISTRATOR) < 2:
        raise Conflict(
            "The organisation would be without an administrator.",
            remedy="Make somebody else an administrator first.",
        )
