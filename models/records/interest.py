"""What suppliers and partners say to those who have a need: that they are interested, or that it is wrong."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.records.base import Base, Identified, Timed, Versioned, utc_now


class Interest(Identified, Timed, Base):
    """That an organisation is interested in a need or an idea."""

    __tablename__ = "interest"
    __table_args__ = (UniqueConstraint("entry_id", "organisation_id"),)

    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id"))
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), index=True)
    member_id: Mapped[str | None] = mapped_column(ForeignKey("member.id"))
    note: Mapped[str] = mapped_column(Text, default="")
    withdrawn_at: Mapped[datetime | None]


class Remark(Identified, Versioned, Base):
    """That somebody finds a match wrong. ``organisation_id`` is whose officers answer it."""

    __tablename__ = "remark"

    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id"), index=True)
    proposal_id: Mapped[str | None] = mapped_column(ForeignKey("proposal.id"), index=True)
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    from_organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    member_id: Mapped[str | None] = mapped_column(ForeignKey("member.id"))
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[str | None] = mapped_column(ForeignKey("member.id"))
    answered_at: Mapped[datetime | None]
