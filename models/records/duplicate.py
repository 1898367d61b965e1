"""Pairs of entries that may be one, and what people said about them, which is never changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, Float, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from matcher.types import DuplicateAnswer, DuplicateState
from models.records.base import ID_CHARS, Base, Identified, Timed, Versioned, utc_now, word_of


class DuplicatePair(Identified, Timed, Versioned, Base):
    """Two entries, ``left_id < right_id``. ``is_current``: the latest search finds them alike.

    What was merged is not looked for, and stays current if it was.
    ``group_id`` is shared by the pairs of entries that may all be one. ``probability`` is that of a person
    merging them; a pair that somebody told about by hand has neither that nor a cosine.
    """

    __tablename__ = "duplicate_pair"
    __table_args__ = (
        UniqueConstraint("left_id", "right_id"),
        Index("ix_duplicate_pair_state_probability_id", "state", "probability", "id"),
    )

    left_id: Mapped[str] = mapped_column(ForeignKey("entry.id"))
    right_id: Mapped[str] = mapped_column(ForeignKey("entry.id"), index=True)
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    cosine: Mapped[float] = mapped_column(Float, default=0.0)
    probability: Mapped[float] = mapped_column(Float, default=0.0)
    encoder_digest: Mapped[str] = mapped_column(String(64), default="")
    group_id: Mapped[str | None] = mapped_column(String(ID_CHARS), index=True)
    state: Mapped[DuplicateState] = mapped_column(word_of(DuplicateState))
    is_current: Mapped[bool] = mapped_column(Boolean, default=True)


class DuplicateDecision(Identified, Base):
    """One answer about a pair; ``number`` counts the pair's answers, ``merge_id`` is what it merged."""

    __tablename__ = "duplicate_decision"
    __table_args__ = (UniqueConstraint("pair_id", "number"),)

    pair_id: Mapped[str] = mapped_column(ForeignKey("duplicate_pair.id"))
    number: Mapped[int] = mapped_column(Integer)
    kind: Mapped[DuplicateAnswer] = mapped_column(word_of(DuplicateAnswer))
    merge_id: Mapped[str | None] = mapped_column(ForeignKey("merge.id"))
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    member_id: Mapped[str | None] = mapped_column(ForeignKey("member.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class DuplicateReason(Base):
    """Why, or how the two differ, in somebody's words; they may quote an entry and can be erased."""

    __tablename__ = "duplicate_reason"

    decision_id: Mapped[str] = mapped_column(ForeignKey("duplicate_decision.id"), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
