"""Invitations: an administrator hands somebody a one-time link to an account of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from matcher.errors import InvalidInput, NotFound, TooManyAttempts
from matcher.services.accounts import passwords
from matcher.services.accounts.membership import checked_name, checked_roles
from matcher.services.accounts.secret_digests import digest_of, new_token, normal_address
from matcher.services.accounts.sessions import MemberSession, session_of
from matcher.services.actor import ADMINISTRATORS, Actor
from matcher.types import Role
from models.records import Member, Token, utc_now
from models.repositories.audit import AuditRepository
from models.repositories.credentials import TokenRepository
from models.repositories.members import MemberRepository

INVITATION: Final = "invitation"
VALID_FOR: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationView:
    """An invitation that was not accepted yet."""

    id: str
    email: str
    roles: tuple[Role, ...]
    created_at: datetime
    expires_at: datetime


def invite(
    session: Session,
    *,
    email: str,
    roles: Iterable[Role],
    actor: Actor,
    organisation_id: str | None = None,
) -> str:
    """Invite somebody to an organisation, by default the actor's; return the link's secret.

    Raises
    ------
    NotAllowed, InvalidInput
        If the actor is no administrator there, or address or roles cannot be used.
    """
    chosen = organisation_id or actor.organisation_id
    actor.require(ADMINISTRATORS, organisation_id=chosen)
    if chosen is None:
        raise InvalidInput("Say to which organisation.", field="organisation_id")
    wanted, secret = checked_roles(session, chosen, roles), new_token()
    token = TokenRepository(session).add(
        Token(
            purpose=INVITATION,
            secret_digest=digest_of(secret),
            organisation_id=chosen,
            created_by=actor.member_id,
            email=normal_address(email),
            roles=sorted(wanted),
            expires_at=utc_now() + VALID_FOR,
        )
    )
    AuditRepository(session).add(
        "invitation.created", token.id, by=actor, organisation_id=chosen, roles=sorted(wanted)
    )
    return secret


def list_invitations(session: Session, *, actor: Actor) -> list[InvitationView]:
    """Return the open invitations to the actor's organisation, for its administrators."""
    actor.require(ADMINISTRATORS, organisation_id=actor.organisation_id)
    tokens = TokenRepository(session)
    return [
        _view(token) for token in tokens.list_open(actor.organisation_id, purpose=INVITATION, now=utc_now())
    ]


def revoke_invitation(session: Session, invitation_id: str, *, actor: Actor) -> None:
    """Make an open invitation to the actor's organisation worthless.

    Raises
    ------
    NotAllowed, NotFound
        If the actor is no administrator, or there is no such invitation.
    """
    actor.require(ADMINISTRATORS, organisation_id=actor.organisation_id)
    now = utc_now()
    for token in TokenRepository(session).list_open(actor.organisation_id, purpose=INVITATION, now=now):
        if token.id == invitation_id:
            token.revoked_at = now
            AuditRepository(session).add("invitation.revoked", token.id, by=actor)
            session.flush()
            return
    raise NotFound(invitation_id)


def preview_invitation(session: Session, token: str) -> InvitationView | None:
    """Return what a link invites to, without using it up; None if it is not valid (any more)."""
    found = _find(session, token)
    return None if found is None else _view(found)


def accept_invitation(session: Session, token: str, *, name: str, password: str) -> MemberSession:
    """Make somebody who was invited a member.

    Who has an account already proves it with that account's password: a link alone, which passed through
    others' hands, must not open it. An account that ended with its last membership begins again so.

    Raises
    ------
    InvalidInput
        If the link is not valid (any more), or name or password cannot be used.
    TooManyAttempts
        If the password of an account that is there was tried too often.
    """
    found = _find(session, token)
    if found is None or found.organisation_id is None:
        raise InvalidInput(
            "The invitation is not valid any more.",
            field="token",
            remedy="Ask whoever invited you for a new one.",
        )
    member = _member(session, found.email or "", name=name, password=password)
    if not TokenRepository(session).burn(found, now=utc_now()):
        raise InvalidInput("The invitation has been used.", field="token")
    members = MemberRepository(session)
    roles = members.roles(member.id, found.organisation_id) | {Role(role) for role in found.roles}
    members.set_roles(member.id, found.organisation_id, roles)
    member.is_active = True
    actor = Actor(member.id, found.organisation_id)
    AuditRepository(session).add("invitation.accepted", found.id, by=actor)
    return session_of(session, member, how="invitation")


def _member(session: Session, address: str, *, name: str, password: str) -> Member:
    members = MemberRepository(session)
    member = members.find_by_email(address)
    if member is None:
        password_hash = passwords.hashed(password, email=address)
        return members.add(email=address, name=checked_name(name), password_hash=password_hash)
    try:
        if passwords.verify(session, address, member, password, or_ended=True):
            return member
    except TooManyAttempts as error:
        raise InvalidInput(str(error), field="password", remedy=error.remedy) from error
    raise InvalidInput(
        "This address has an account already, with another password.",
        field="password",
        remedy="Give that account's password.",
    )


def _find(session: Session, token: str) -> Token | None:
    return TokenRepository(session).find_valid(digest_of(token), purpose=INVITATION, now=utc_now())


def _view(token: Token) -> InvitationView:
    return InvitationView(
        id=token.id,
        email=token.email or "",
        roles=tuple(Role(role) for role in token.roles),
        created_at=token.created_at,
        expires_at=token.expires_at,
    )
