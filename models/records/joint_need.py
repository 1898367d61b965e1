"""Joint needs: what several organisations could procure together, as it is proposed and decided."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, Float, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from matcher.types import JointNeedState
from models.records.base import Base, Identified, Timed, Versioned, word_of


class JointNeed(Identified, Timed, Versioned, Base):
    """Needs that could be procured together. ``is_current``: the latest search proposes it.

    ``sums`` are what the needs are worth, one a currency; ``organisation_id`` is the one that decided.
    """

    __tablename__ = "joint_need"
    __table_args__ = (Index("ix_joint_need_state_score_id", "state", "score", "id"),)

    state: Mapped[JointNeedState] = mapped_column(word_of(JointNeedState))
    is_current: Mapped[bool] = mapped_column(Boolean, default=True)
    score: Mapped[float] = mapped_column(Float)
    cohesion: Mapped[float] = mapped_column(Float)
    reach: Mapped[str] = mapped_column(String(20))
    starts_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    sums: Mapped[list[dict[str, Any]]]
    theme_id: Mapped[str | None] = mapped_column(ForeignKey("theme.id"))
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    member_id: Mapped[str | None] = mapped_column(ForeignKey("member.id"))
    decided_at: Mapped[datetime | None]


class JointNeedMember(Base):
    """A need in a joint need, what its organisation would give up, and whether somebody dropped or added it.

    ``own_wish`` is where in the need's whole text stands what the others do not ask for.
    """

    __tablename__ = "joint_need_member"

    joint_need_id: Mapped[str] = mapped_column(ForeignKey("joint_need.id"), primary_key=True)
    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id"), primary_key=True, index=True)
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    position: Mapped[int] = mapped_column(Integer)
    sacrifices: Mapped[list[str]]
    own_wish: Mapped[dict[str, Any]] = mapped_column(default=dict)
    dropped_at: Mapped[datetime | None]
    dropped_by: Mapped[str | None] = mapped_column(ForeignKey("member.id"))
    added_at: Mapped[datetime | None]
    added_by: Mapped[str | None] = mapped_column(ForeignKey("member.id"))


class JointNeedOffering(Base):
    """An offering that fits several of the needs."""

    __tablename__ = "joint_need_offering"

    joint_need_id: Mapped[str] = mapped_column(ForeignKey("joint_need.id"), primary_key=True)
    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id"), primary_key=True, index=True)
    position: Mapped[int] = mapped_column(Integer)
    need_ids: Mapped[list[str]]
    score: Mapped[float] = mapped_column(Float)
    reaches_all: Mapped[bool] = mapped_column(Boolean)
