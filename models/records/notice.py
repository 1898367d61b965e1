"""Notices: what a member is told, and how it wants to be told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from matcher.types import NoticeKind
from models.records.base import DIGEST_CHARS, ID_CHARS, Base, Identified, utc_now, word_of


class Notice(Identified, Base):
    """Something that a member is told once; ``key`` tells what, so that it is not told twice.

    ``detail`` holds ids, days and counts alone: the texts are read when it is shown.
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("member_id", "key"),
        Index("ix_notice_member_id_created_at_id", "member_id", "created_at", "id"),
    )

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"))
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    key: Mapped[str] = mapped_column(String(200))
    kind: Mapped[NoticeKind] = mapped_column(word_of(NoticeKind))
    entry_id: Mapped[str | None] = mapped_column(ForeignKey("entry.id"), index=True)
    thing_id: Mapped[str] = mapped_column(String(ID_CHARS))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    read_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]


class NoticeChoice(Base):
    """Whether a member wants notices by mail, and the digest of the secret in its feed's address."""

    __tablename__ = "notice_choice"

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    is_mailed: Mapped[bool] = mapped_column(Boolean, default=False)
    feed_digest: Mapped[str | None] = mapped_column(String(DIGEST_CHARS), unique=True)
