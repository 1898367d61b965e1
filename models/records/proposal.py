"""Proposals, and the runs that make them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Float, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from matcher.types import Direction, ProposalState
from models.records.base import Base, Identified, Timed, Versioned, word_of


class Proposal(Identified, Timed, Versioned, Base):
    """A target proposed for a query. ``is_current``: the latest run proposes it.

    ``organisation_id`` is the query's organisation, which judges it.
    """

    __tablename__ = "proposal"
    __table_args__ = (
        UniqueConstraint("query_id", "target_id", "direction"),
        Index("ix_proposal_state_score_id", "state", "score", "id"),
        Index(
            "ix_proposal_organisation_id",
            *("organisation_id", "direction", "state", "score", "query_id"),
            *("target_id", "created_at", "id"),
        ),
    )

    query_id: Mapped[str] = mapped_column(ForeignKey("entry.id"))
    target_id: Mapped[str] = mapped_column(ForeignKey("entry.id"), index=True)
    direction: Mapped[Direction] = mapped_column(word_of(Direction))
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"))
    score: Mapped[float] = mapped_column(Float)
    base: Mapped[float] = mapped_column(Float)
    rank: Mapped[int] = mapped_column(Integer)
    reasons: Mapped[list[dict[str, Any]]]
    recipe_digest: Mapped[str] = mapped_column(String(64))
    state: Mapped[ProposalState] = mapped_column(word_of(ProposalState))
    is_current: Mapped[bool] = mapped_column(Boolean, default=True)
    run_id: Mapped[str | None] = mapped_column(ForeignKey("run.id"), index=True)


class Run(Identified, Timed, Versioned, Base):
    """Long work, such as a full match.

    ``cursor`` tells where an interrupted one carries on, ``owner`` names the process that carries it out.
    """

    __tablename__ = "run"

    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20), index=True)
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    member_id: Mapped[str | None] = mapped_column(ForeignKey("member.id"))
    recipe_digest: Mapped[str] = mapped_column(String(64), default="")
    done: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=0)
    cursor: Mapped[dict[str, Any]] = mapped_column(default=dict)
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    error: Mapped[str | None] = mapped_column(String(200))
    owner: Mapped[str | None] = mapped_column(String(200))
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
