"""Words of an organisation's own that its searches leave out, or that stand for others."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.records.base import Base, Identified, utc_now


class SearchWord(Identified, Base):
    """A stop word (``is_stop``), or a word that searches also look for ``means`` with."""

    __tablename__ = "search_word"
    __table_args__ = (UniqueConstraint("organisation_id", "word"),)

    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    word: Mapped[str] = mapped_column(String(100))
    is_stop: Mapped[bool] = mapped_column(Boolean)
    means: Mapped[list[str]]
    member_id: Mapped[str | None] = mapped_column(ForeignKey("member.id"))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
