"""Signing in: password, one-time link, provider; and new passwords."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from matcher.errors import InvalidInput, MemberNotFound, NotAllowed, NotSignedIn, TooManyAttempts
from matcher.services.accounts import passwords
from matcher.services.accounts.secret_digests import digest_of, new_token
from matcher.services.accounts.sessions import MemberSession, session_of
from matcher.services.actor import ADMINISTRATORS, Actor
from matcher.settings import Settings
from models.records import Member, Token, utc_now
from models.repositories.audit import AuditRepository
from models.repositories.credentials import TokenRepository
from models.repositories.members import MemberRepository

SIGN_IN: Final = "sign_in"
RESET: Final = "reset"
_SIGN_IN_VALID_FOR: Final = timedelta(hours=12)
_RESET_VALID_FOR: Final = timedelta(days=2)


def sign_in(session: Session, *, email: str, password: str) -> MemberSession:
    """Sign somebody in with address and password. Commit even after an error: failed tries are counted.

    Raises
    ------
    NotSignedIn
        If there is no such account, or the password is wrong; which of the two is not said.
    TooManyAttempts
        If too many tries at this address failed lately.
    """
    address = email.strip().lower()
    member = MemberRepository(session).find_by_email(address)
    if not passwords.verify(session, address, member, password) or member is None:
        raise NotSignedIn("The e-mail address or the password is wrong.")
    return session_of(session, member, how="password")


def sign_in_with_provider(session: Session, *, issuer: str, subject: str, email: str | None) -> MemberSession:
    """Sign somebody in whom an OpenID Connect provider vouches for.

    Parameters
    ----------
    session
        An open session.
    issuer, subject
        How the provider names itself and the person.
    email
        The person's address, if the provider has verified it; it links an account on the first time.

    Raises
    ------
    NotSignedIn
        If nobody is known by that.
    """
    members = MemberRepository(session)
    member = members.find_by_identity(issuer, subject)
    if member is None and email is not None:
        member = members.find_by_email(email.strip().lower())
        if member is not None and member.is_active:
            members.add_identity(member.id, issuer=issuer, subject=subject)
            AuditRepository(session).add("member.provider_linked", member.id, by=Actor(member.id))
    if member is None or not member.is_active:
        raise NotSignedIn("No member is known by this sign-in.", remedy="Ask for an invitation first.")
    return session_of(session, member, how="provider")


def make_sign_in_link(session: Session, member_id: str, *, settings: Settings) -> str:
    """Return the secret of a link that signs a member in once, for a first look at a sample.

    Raises
    ------
    NotAllowed
        In production, or if other machines can reach the service.
    MemberNotFound
        If there is no such member.
    """
    _check_is_private(settings)
    return _new_link(session, member_id, purpose=SIGN_IN, valid_for=_SIGN_IN_VALID_FOR, created_by=None)


def use_sign_in_link(session: Session, token: str, *, settings: Settings) -> MemberSession:
    """Sign somebody in with a one-time link.

    Raises
    ------
    NotAllowed
        In production, or if other machines can reach the service.
    NotSignedIn
        If the link was used, has expired or never was.
    """
    _check_is_private(settings)
    member = _burn(session, token, purpose=SIGN_IN)
    if member is None:
        raise NotSignedIn(
            "The link was used or has expired.", remedy="Start the program again for a new one."
        )
    return session_of(session, member, how="link")


def make_reset_link(session: Session, member_id: str, *, actor: Actor) -> str:
    """Return the secret of a link with which a member chooses a new password.

    Raises
    ------
    NotAllowed
        If the actor is no administrator, or the member belongs to another organisation, too: the link
        would open what is none of the actor's business.
    MemberNotFound
        If the organisation has no such member.
    """
    actor.require(ADMINISTRATORS, organisation_id=actor.organisation_id)
    organisations = MemberRepository(session).organisations(member_id)
    if not actor.is_system and actor.organisation_id not in organisations:
        raise MemberNotFound(member_id)
    if not actor.is_system and len(organisations) > 1:
        raise NotAllowed(
            "This member belongs to another organisation, too.",
            remedy="Ask whoever runs the service for the link.",
        )
    TokenRepository(session).revoke_all(member_id, purpose=RESET, now=utc_now())
    secret = _new_link(
        session, member_id, purpose=RESET, valid_for=_RESET_VALID_FOR, created_by=actor.member_id
    )
    AuditRepository(session).add("member.reset_offered", member_id, by=actor)
    return secret


def reset_password(session: Session, token: str, *, password: str) -> MemberSession:
    """Set a new password with a one-time link; whatever was signed in with the old one is signed out.

    Raises
    ------
    InvalidInput
        If the link is not valid (any more), or the password cannot be used.
    """
    found = TokenRepository(session).find_valid(digest_of(token), purpose=RESET, now=utc_now())
    member = None if found is None else MemberRepository(session).find(found.member_id or "")
    if member is None or not member.is_active:
        raise _used_up()
    password_hash = passwords.hashed(password, email=member.email)
    if _burn(session, token, purpose=RESET) is None:
        raise _used_up()
    _change_password(session, member, password_hash, actor=Actor(member.id))
    return session_of(session, member, how="reset")


def set_password(session: Session, *, old: str, new: str, actor: Actor) -> MemberSession:
    """Change the actor's own password; it is signed out everywhere else.

    Raises
    ------
    InvalidInput
        If the old one is wrong, or the new one cannot be used.
    """
    member = MemberRepository(session).get(actor.member_id or "")
    try:
        is_right = passwords.verify(session, member.email, member, old)
    except TooManyAttempts as error:
        raise InvalidInput(str(error), field="old", remedy=error.remedy) from error
    if not is_right:
        raise InvalidInput("The old password is wrong.", field="old")
    _change_password(session, member, passwords.hashed(new, email=member.email), actor=actor)
    return session_of(session, member, how="password")


def _change_password(session: Session, member: Member, password_hash: str, *, actor: Actor) -> None:
    member.password_hash = password_hash
    member.session_version += 1
    AuditRepository(session).add("member.password_set", member.id, by=actor)
    session.flush()


def _new_link(
    session: Session, member_id: str, *, purpose: str, valid_for: timedelta, created_by: str | None
) -> str:
    secret = new_token()
    TokenRepository(session).add(
        Token(
            purpose=purpose,
            secret_digest=digest_of(secret),
            member_id=MemberRepository(session).get(member_id).id,
            created_by=created_by,
            expires_at=utc_now() + valid_for,
        )
    )
    return secret


def _burn(session: Session, secret: str, *, purpose: str) -> Member | None:
    """Use a link up and return whose it is; None if it is not valid (any more)."""
    tokens, now = TokenRepository(session), utc_now()
    found = tokens.find_valid(digest_of(secret), purpose=purpose, now=now)
    if found is None or found.member_id is None or not tokens.burn(found, now=now):
        return None
    member = MemberRepository(session).get(found.member_id)
    return member if member.is_active else None


def _check_is_private(settings: Settings) -> None:
    if settings.environment != "development" or not settings.listens_on_loopback:
        raise NotAllowed(
            "One-time sign-in links work in development and on this machine only.",
            remedy="Sign in with a password, or at your organisation's provider.",
        )


def _used_up() -> InvalidInput:
    return InvalidInput(
        "The link was used or has expired.",
        field="token",
        remedy="Ask an administrator of your organisation for a new one.",
    )
