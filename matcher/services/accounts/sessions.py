"""Who is signed in, and on whose behalf it acts."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from matcher.errors import NotAllowed
from matcher.services.actor import ADMINISTRATORS, Actor
from models.records import Member
from models.repositories.audit import AuditRepository
from models.repositories.members import MemberRepository
from models.repositories.organisations import OrganisationRepository, OrganisationView, view_of


@dataclass(frozen=True, slots=True)
class MemberSession:
    """What is to be remembered of somebody who signed in; it counts as long as the number stays."""

    id: str
    session_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Somebody who is known, acting for one organisation."""

    actor: Actor
    name: str
    email: str
    organisation_name: str | None


def who_is_member(
    session: Session, member_id: str, *, session_version: int, organisation_id: str | None = None
) -> Identity | None:
    """Return who is signed in, or None if it no longer counts.

    Parameters
    ----------
    session
        An open session.
    member_id, session_version
        What was remembered when somebody signed in.
    organisation_id
        Which of its organisations it acts for; by default the first that it became a member of.
    """
    members = MemberRepository(session)
    member = members.find(member_id)
    if member is None or not member.is_active or member.session_version != session_version:
        return None
    own = members.organisations(member_id)
    chosen = organisation_id if organisation_id in own else next(iter(own), None)
    return None if chosen is None else identify(session, member, chosen)


def own_organisations(session: Session, *, actor: Actor) -> list[OrganisationView]:
    """Return the organisations that the actor is a member of, the earliest membership first."""
    own = MemberRepository(session).organisations(actor.member_id or "")
    organisations = OrganisationRepository(session)
    return [view_of(organisations.get(organisation_id)) for organisation_id in own]


def identify(session: Session, member: Member, organisation_id: str) -> Identity:
    """Return a member acting for one of its organisations, with its roles there."""
    roles = MemberRepository(session).roles(member.id, organisation_id)
    organisation = OrganisationRepository(session).get(organisation_id)
    return Identity(
        actor=Actor(member.id, organisation_id, roles),
        name=member.name,
        email=member.email,
        organisation_name=organisation.name,
    )


def sign_out_everywhere(session: Session, member_id: str, *, actor: Actor) -> int:
    """Sign a member out wherever it is signed in; return the number that new sessions carry.

    Raises
    ------
    MemberNotFound, NotAllowed
        If there is no such member in the organisation, or the actor is another one than that member or an
        administrator.
    """
    own = None if actor.is_system else actor.organisation_id
    member = MemberRepository(session).get_in(member_id, own)
    is_allowed = actor.member_id == member_id or actor.may(
        ADMINISTRATORS, organisation_id=actor.organisation_id
    )
    if not is_allowed:
        raise NotAllowed("Only a member itself or an administrator signs it out everywhere.")
    member.session_version += 1
    AuditRepository(session).add("member.signed_out", member_id, by=actor)
    session.flush()
    return member.session_version


def session_of(session: Session, member: Member, *, how: str) -> MemberSession:
    """Note that somebody signed in, and return what is to be remembered."""
    own = MemberRepository(session).organisations(member.id)
    actor = Actor(member.id, next(iter(own), None))
    AuditRepository(session).add("member.signed_in", member.id, by=actor, how=how)
    session.flush()
    return MemberSession(member.id, member.session_version)
