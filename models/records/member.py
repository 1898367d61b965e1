"""Members: people, what they may do in which organisation, and how they are known to sign-in providers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from matcher.types import Role
from models.records.base import (
    DIGEST_CHARS,
    ID_CHARS,
    Base,
    BigSerial,
    Identified,
    Timed,
    Versioned,
    utc_now,
    word_of,
)


class Member(Identified, Timed, Versioned, Base):
    """A person. A higher ``session_version`` signs out everything that was signed in before."""

    __tablename__ = "member"

    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    session_version: Mapped[int] = mapped_column(Integer, default=1)
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)


class Membership(Base):
    """One role of a member in an organisation."""

    __tablename__ = "membership"

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), primary_key=True, index=True)
    role: Mapped[Role] = mapped_column(word_of(Role), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class MemberIdentity(Base):
    """How a provider (OpenID Connect) knows a member."""

    __tablename__ = "member_identity"

    issuer: Mapped[str] = mapped_column(String(500), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class FailedSignIn(Base):
    """A try to sign in that failed; the address is kept as a digest."""

    __tablename__ = "failed_sign_in"

    id: Mapped[int] = mapped_column(BigSerial, primary_key=True, autoincrement=True)
    address_digest: Mapped[str] = mapped_column(String(DIGEST_CHARS), index=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now, index=True)


class ApiKey(Identified, Base):
    """A member's key for programs; only its digest is kept."""

    __tablename__ = "api_key"

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), index=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    prefix: Mapped[str] = mapped_column(String(20))
    secret_digest: Mapped[str] = mapped_column(String(DIGEST_CHARS), unique=True)
    roles: Mapped[list[str]]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class Token(Identified, Base):
    """A one-time link: ``invitation``, ``reset`` or ``sign_in``; only its digest is kept."""

    __tablename__ = "token"

    purpose: Mapped[str] = mapped_column(String(20))
    secret_digest: Mapped[str] = mapped_column(String(DIGEST_CHARS), unique=True)
    member_id: Mapped[str | None] = mapped_column(ForeignKey("member.id"), index=True)
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    created_by: Mapped[str | None] = mapped_column(String(ID_CHARS), ForeignKey("member.id"))
    email: Mapped[str | None] = mapped_column(String(320))
    roles: Mapped[list[str]] = mapped_column(default=list)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
