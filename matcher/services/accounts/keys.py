"""API keys: a member lets a program act for it, in some of its roles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from matcher.errors import InvalidInput, NotAllowed
from matcher.services.accounts.secret_digests import digest_of, new_key
from matcher.services.accounts.sessions import Identity, identify
from matcher.services.actor import ADMINISTRATORS, Actor
from matcher.types import Role
from models.database import READS_ONLY
from models.records import ApiKey, utc_now
from models.repositories.audit import AuditRepository
from models.repositories.credentials import KeyRepository
from models.repositories.members import MemberRepository

_NOTED_EVERY: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyView:
    """An API key without its secret."""

    id: str
    name: str
    prefix: str
    roles: tuple[Role, ...]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCreated:
    """A new API key; the secret is known this once."""

    key: KeyView
    secret: str


def make_key(
    session: Session,
    *,
    name: str,
    roles: Iterable[Role],
    actor: Actor,
    expires_at: datetime | None = None,
) -> KeyCreated:
    """Make an API key of the actor; it never allows more than the actor itself may do.

    Raises
    ------
    NotAllowed
        If the actor is no member, or does not have one of the roles.
    InvalidInput
        If name, roles or time cannot be used.
    """
    wanted = frozenset(Role(role) for role in roles)
    if actor.member_id is None or actor.organisation_id is None or not wanted <= actor.roles:
        raise NotAllowed("A key can have its member's roles and no others.")
    if not wanted or not 0 < len(name.strip()) <= 200:
        raise InvalidInput(
            "A key has a name and at least one role.", field="roles" if name.strip() else "name"
        )
    if expires_at is not None and expires_at <= utc_now():
        raise InvalidInput("The key would have expired already.", field="expires_at")
    prefix, secret = new_key()
    record = KeyRepository(session).add(
        ApiKey(
            member_id=actor.member_id,
            organisation_id=actor.organisation_id,
            name=name.strip(),
            prefix=prefix,
            secret_digest=digest_of(secret),
            roles=sorted(wanted),
            expires_at=expires_at,
        )
    )
    AuditRepository(session).add("key.created", record.id, by=actor, roles=sorted(wanted))
    return KeyCreated(key=_view(record), secret=secret)


def list_keys(session: Session, *, actor: Actor) -> list[KeyView]:
    """Return the actor's keys that still work; an administrator sees those of its organisation."""
    keys = KeyRepository(session).list_valid(
        member_id=_owner(actor), organisation_id=actor.organisation_id, now=utc_now()
    )
    return [_view(key) for key in keys]


def revoke_key(session: Session, key_id: str, *, actor: Actor) -> None:
    """Make a key worthless: the actor's own or, for an administrator, one of its organisation.

    Raises
    ------
    NotFound
        If there is no such key.
    """
    keys = KeyRepository(session)
    record = keys.get_own(key_id, member_id=_owner(actor), organisation_id=actor.organisation_id)
    record.revoked_at = record.revoked_at or utc_now()
    AuditRepository(session).add("key.revoked", key_id, by=actor)
    session.flush()


def who_has_key(session: Session, secret: str) -> Identity | None:
    """Return on whose behalf a key acts, or None if it is not valid (any more)."""
    now = utc_now()
    key = KeyRepository(session).find_valid(digest_of(secret), now=now)
    member = None if key is None else MemberRepository(session).find(key.member_id)
    if key is None or member is None or not member.is_active:
        return None
    identity = identify(session, member, key.organisation_id)
    roles = identity.actor.roles & {Role(role) for role in key.roles}
    if not roles:
        return None
    is_noted = key.last_used_at is not None and key.last_used_at > now - _NOTED_EVERY
    if not is_noted and not session.info.get(READS_ONLY):
        key.last_used_at = now
    return replace(identity, actor=replace(identity.actor, roles=frozenset(roles)))


def _owner(actor: Actor) -> str | None:
    """Whose keys an actor may see: its own, or (None) everybody's in its organisation."""
    if actor.may(ADMINISTRATORS, organisation_id=actor.organisation_id):
        return None
    return actor.member_id or ""


def _view(record: ApiKey) -> KeyView:
    return KeyView(
        id=record.id,
        name=record.name,
        prefix=record.prefix,
        roles=tuple(Role(role) for role in record.roles),
        created_at=record.created_at,
        expires_at=record.expires_at,
        last_used_at=record.last_used_at,
    )
