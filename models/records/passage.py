"""Passages: the parts of an entry that are encoded. Their text is a slice of the entry's whole text."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from models.records.base import DIGEST_CHARS, Base


class Passage(Base):
    """``whole_text[start:end]`` of an entry; ``text_digest`` is the key of its vectors."""

    __tablename__ = "passage"

    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    start: Mapped[int] = mapped_column(Integer)
    end: Mapped[int] = mapped_column(Integer)
    text_digest: Mapped[str] = mapped_column(String(DIGEST_CHARS), index=True)
