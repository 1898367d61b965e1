"""What must be kept or must go: legal holds, files of exports, answers kept for a repeated request."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.records.base import DIGEST_CHARS, Base, Identified, utc_now


class LegalHold(Identified, Base):
    """An entry that may be neither erased nor restricted until the hold is lifted."""

    __tablename__ = "legal_hold"

    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id"), index=True)
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    member_id: Mapped[str | None] = mapped_column(ForeignKey("member.id"))
    reason: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    lifted_at: Mapped[datetime | None]


class ExportFile(Identified, Base):
    """A file that was exported to this machine and may hold any entry that its maker saw."""

    __tablename__ = "export_file"

    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    path: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class StoredAnswer(Base):
    """The answer that a request with an Idempotency-Key got, kept for a day."""

    __tablename__ = "stored_answer"

    owner: Mapped[str] = mapped_column(String(100), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(DIGEST_CHARS))
    status: Mapped[int] = mapped_column(Integer)
    content_type: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now, index=True)
