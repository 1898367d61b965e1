"""Scorers that were learnt from verdicts, with what they were learnt from and how well they do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from models.records.base import DIGEST_CHARS, Base, Identified, utc_now


class Scorer(Identified, Base):
    """One version of the scorer; ``number`` counts them from 1.

    ``state``: ``active`` (it serves; at most one), ``kept`` (not better than the one that served),
    ``retired`` (a later one serves) or ``withdrawn`` (rolled back). Where none is active the scorer that
    ships serves.
    """

    __tablename__ = "scorer"

    number: Mapped[int] = mapped_column(Integer, unique=True)
    state: Mapped[str] = mapped_column(String(20), index=True)
    digest: Mapped[str] = mapped_column(String(DIGEST_CHARS))
    encoder_digest: Mapped[str] = mapped_column(String(DIGEST_CHARS))
    content: Mapped[dict[str, Any]]
    measures: Mapped[dict[str, Any]]
    data_digest: Mapped[str] = mapped_column(String(DIGEST_CHARS))
    n_verdicts: Mapped[int] = mapped_column(Integer)
    member_id: Mapped[str | None] = mapped_column(ForeignKey("member.id"))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    promoted_at: Mapped[datetime | None]
