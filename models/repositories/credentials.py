"""Queries about API keys, one-time links and failed tries to sign in. Secrets are known by digest alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from matcher.errors import NotFound
from models.records import ApiKey, FailedSignIn, Token


class KeyRepository:
    """API keys."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, record: ApiKey) -> ApiKey:
        """Add a key."""
        self._session.add(record)
        self._session.flush()
        return record

    def get_own(self, key_id: str, *, member_id: str | None, organisation_id: str | None) -> ApiKey:
        """Return a key of a member or, without one, of an organisation; or raise ``NotFound``."""
        record = self._session.get(ApiKey, key_id)
        is_own = record is not None and record.organisation_id == organisation_id
        if record is None or not is_own or member_id not in (None, record.member_id):
            raise NotFound(key_id)
        return record

    def find_valid(self, secret_digest: str, *, now: datetime) -> ApiKey | None:
        """Return the key with this digest unless it is revoked or has expired."""
        record = self._session.scalar(select(ApiKey).where(ApiKey.secret_digest == secret_digest))
        if record is None or record.revoked_at is not None:
            return None
        return record if record.expires_at is None or record.expires_at > now else None

    def list_valid(
        self, *, member_id: str | None, organisation_id: str | None, now: datetime
    ) -> Sequence[ApiKey]:
        """Return the keys of an organisation, or of one of its members, that still work."""
        query = select(ApiKey).where(
            ApiKey.organisation_id == organisation_id,
            ApiKey.revoked_at.is_(None),
            ApiKey.expires_at.is_(None) | (ApiKey.expires_at > now),
        )
        if member_id is not None:
            query = query.where(ApiKey.member_id == member_id)
        return self._session.scalars(query.order_by(ApiKey.created_at, ApiKey.id)).all()


class TokenRepository:
    """One-time links."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, record: Token) -> Token:
        """Add a one-time link."""
        self._session.add(record)
        self._session.flush()
        return record

    def find_valid(self, secret_digest: str, *, purpose: str, now: datetime) -> Token | None:
        """Return the link with this digest unless it was used, revoked or has expired."""
        return self._session.scalar(
            select(Token).where(
                Token.secret_digest == secret_digest,
                Token.purpose == purpose,
                Token.used_at.is_(None),
                Token.revoked_at.is_(None),
                Token.expires_at > now,
            )
        )

    def burn(self, token: Token, *, now: datetime) -> bool:
        """Mark a link as used; false if somebody else was faster."""
        result = self._session.execute(
            update(Token)
            .where(Token.id == token.id, Token.used_at.is_(None))
            .values(used_at=now)
            .execution_options(synchronize_session=False)
            .returning(Token.id)
        )
        return result.first() is not None

    def list_open(self, organisation_id: str | None, *, purpose: str, now: datetime) -> Sequence[Token]:
        """Return an organisation's links that can still be used."""
        return self._session.scalars(
            select(Token)
            .where(
                Token.organisation_id == organisation_id,
                Token.purpose == purpose,
                Token.used_at.is_(None),
                Token.revoked_at.is_(None),
                Token.expires_at > now,
            )
            .order_by(Token.created_at, Token.id)
        ).all()

    def revoke_all(self, member_id: str, *, purpose: str, now: datetime) -> None:
        """Revoke a member's open links of one purpose."""
        self._session.execute(
            update(Token)
            .where(Token.member_id == member_id, Token.purpose == purpose, Token.used_at.is_(None))
            .values(revoked_at=now)
        )


class FailedSignInRepository:
    """Failed tries, by the digest of the address that was tried."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, address_digest: str, *, now: datetime) -> None:
        """Count a failed try."""
        self._session.add(FailedSignIn(address_digest=address_digest, created_at=now))
        self._session.flush()

    def count_since(self, address_digest: str, since: datetime) -> int:
        """Return the number of failed tries since then."""
        query = select(func.count()).select_from(FailedSignIn)
        found = FailedSignIn.address_digest == address_digest, FailedSignIn.created_at > since
        return self._session.scalar(query.where(*found)) or 0

    def clear(self, address_digest: str, *, older_than: datetime) -> None:
        """Forget an address's failed tries, and everybody's that no longer count."""
        self._session.execute(
            delete(FailedSignIn).where(
                (FailedSignIn.address_digest == address_digest) | (FailedSignIn.created_at < older_than)
            )
        )
