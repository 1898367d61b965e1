"""Audit events: who did what to which thing and when, never changed and without anybody's text."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.records.base import ID_CHARS, Base, BigSerial, utc_now


class AuditEvent(Base):
    """Something that was done; ``detail`` holds ids, words of the program and counts alone."""

    __tablename__ = "audit_event"

    id: Mapped[int] = mapped_column(BigSerial, primary_key=True, autoincrement=True)
    action: Mapped[str] = mapped_column(String(60), index=True)
    thing_id: Mapped[str] = mapped_column(String(ID_CHARS), index=True)
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    member_id: Mapped[str | None] = mapped_column(ForeignKey("member.id"))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
