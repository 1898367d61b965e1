"""Cases: what becomes of needs that an officer takes up, and the log of the dialogue with the market."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from matcher.types import CaseState
from models.records.base import Base, BigSerial, Identified, Timed, Versioned, utc_now, word_of


class Case(Identified, Timed, Versioned, Base):
    """A case. ``organisation_id`` leads it, ``owner_id`` is who works on it.

    ``procedure`` counts once somebody confirmed it; ``assessments`` is what the thresholds said then.
    """

    __tablename__ = "procurement_case"
    __table_args__ = (Index("ix_procurement_case_created_at_id", "created_at", "id"),)

    title: Mapped[str] = mapped_column(String(300))
    note: Mapped[str] = mapped_column(Text, default="")
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("member.id"), index=True)
    joint_need_id: Mapped[str | None] = mapped_column(ForeignKey("joint_need.id"), index=True)
    state: Mapped[CaseState] = mapped_column(word_of(CaseState))
    stop_reason: Mapped[str] = mapped_column(Text, default="")
    next_step: Mapped[str] = mapped_column(Text, default="")
    next_step_on: Mapped[date | None] = mapped_column(Date)
    law: Mapped[str] = mapped_column(String(20))
    contract_kind: Mapped[str] = mapped_column(String(20))
    authority: Mapped[str] = mapped_column(String(20))
    procedure: Mapped[str | None] = mapped_column(String(40))
    assessments: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    confirmed_by: Mapped[str | None] = mapped_column(ForeignKey("member.id"))
    confirmed_at: Mapped[datetime | None]


class CaseNeed(Base):
    """A need in a case."""

    __tablename__ = "case_need"

    case_id: Mapped[str] = mapped_column(ForeignKey("procurement_case.id"), primary_key=True)
    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id"), primary_key=True, index=True)
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    added_at: Mapped[datetime] = mapped_column(default=utc_now)


class CaseOrganisation(Base):
    """An organisation in a case: who speaks for it, and how much it would buy."""

    __tablename__ = "case_organisation"

    case_id: Mapped[str] = mapped_column(ForeignKey("procurement_case.id"), primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), primary_key=True, index=True)
    mandate: Mapped[str] = mapped_column(Text, default="")
    expected_volume: Mapped[str] = mapped_column(Text, default="")
    expected_value: Mapped[Decimal | None]
    currency: Mapped[str | None] = mapped_column(String(3))


class CaseOffering(Base):
    """An offering that is looked at in a case."""

    __tablename__ = "case_offering"

    case_id: Mapped[str] = mapped_column(ForeignKey("procurement_case.id"), primary_key=True)
    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id"), primary_key=True, index=True)
    added_at: Mapped[datetime] = mapped_column(default=utc_now)


class CaseStep(Base):
    """That a case came into a state."""

    __tablename__ = "case_step"

    id: Mapped[int] = mapped_column(BigSerial, primary_key=True, autoincrement=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("procurement_case.id"), index=True)
    state: Mapped[CaseState] = mapped_column(word_of(CaseState))
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    member_id: Mapped[str | None] = mapped_column(ForeignKey("member.id"))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class DialogueEntry(Identified, Base):
    """A talk with the market: who took part, when, on what, and what was disclosed to the others.

    It is never changed; a later one may correct it (``corrects_id``).
    """

    __tablename__ = "dialogue_entry"
    __table_args__ = (UniqueConstraint("case_id", "number"),)

    case_id: Mapped[str] = mapped_column(ForeignKey("procurement_case.id"))
    number: Mapped[int] = mapped_column(Integer)
    held_on: Mapped[date] = mapped_column(Date)
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(Text)
    participants: Mapped[list[dict[str, Any]]]
    disclosed: Mapped[str] = mapped_column(Text)
    is_disclosed_to_all: Mapped[bool] = mapped_column(Boolean)
    corrects_id: Mapped[str | None] = mapped_column(ForeignKey("dialogue_entry.id"))
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    member_id: Mapped[str | None] = mapped_column(ForeignKey("member.id"))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
