"""Verdicts: what people decided, never changed. What they wrote can be erased, that they decided cannot."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from matcher.types import VerdictKind
from models.records.base import Base, Identified, utc_now, word_of


class Verdict(Identified, Base):
    """One decision on a proposal; ``number`` counts the proposal's verdicts from 1."""

    __tablename__ = "verdict"
    __table_args__ = (UniqueConstraint("proposal_id", "number"),)

    proposal_id: Mapped[str] = mapped_column(ForeignKey("proposal.id"))
    number: Mapped[int] = mapped_column(Integer)
    kind: Mapped[VerdictKind] = mapped_column(word_of(VerdictKind))
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    member_id: Mapped[str | None] = mapped_column(ForeignKey("member.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class VerdictReason(Base):
    """Why, in the words of the one who decided; they may quote an entry, so that they can be erased."""

    __tablename__ = "verdict_reason"

    verdict_id: Mapped[str] = mapped_column(ForeignKey("verdict.id"), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
