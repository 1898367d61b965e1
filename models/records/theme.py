"""Themes, the entries in them, and what happened to them, which is never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, ForeignKeyConstraint, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from matcher.types import EntryKind, EntryStatus, ThemeEventKind, ThemeState
from models.records.base import ID_CHARS, Base, BigSerial, Identified, Timed, Versioned, utc_now, word_of


class Theme(Identified, Timed, Versioned, Base):
    """What entries are about, over all organisations; level 0 has no parent.

    ``is_named``: a person named it, and no run names it anew. ``is_kept``: a person cared for it, and no run
    ends it. ``has_taken_in``: a person merged others into it. ``n_members`` counts those of its parts, too.
    """

    __tablename__ = "theme"
    __table_args__ = (Index("ix_theme_state_n_members_id", "state", "n_members", "id"),)

    level: Mapped[int] = mapped_column(Integer, default=0)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("theme.id"), index=True)
    name_sv: Mapped[str] = mapped_column(String(300))
    name_en: Mapped[str] = mapped_column(String(300))
    terms_sv: Mapped[list[str]] = mapped_column(default=list)
    terms_en: Mapped[list[str]] = mapped_column(default=list)
    example_id: Mapped[str | None] = mapped_column(ForeignKey("entry.id"))
    state: Mapped[ThemeState] = mapped_column(word_of(ThemeState), default=ThemeState.ALIVE)
    merged_into_id: Mapped[str | None] = mapped_column(ForeignKey("theme.id"))
    is_named: Mapped[bool] = mapped_column(Boolean, default=False)
    is_kept: Mapped[bool] = mapped_column(Boolean, default=False)
    has_taken_in: Mapped[bool] = mapped_column(Boolean, default=False)
    n_members: Mapped[int] = mapped_column(Integer, default=0)
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)


class ThemeMember(Base):
    """The finest theme that an entry is in; ``position`` counts from the most central one.

    ``kind``, ``status`` and ``created_at`` are its entry's, so that themes are counted from one index. They
    are part of the key: the database takes no others, and changes them whenever the entry's change.
    """

    __tablename__ = "theme_member"
    __table_args__ = (
        ForeignKeyConstraint(
            ["entry_id", "kind", "status", "created_at"],
            ["entry.id", "entry.kind", "entry.status", "entry.created_at"],
            onupdate="CASCADE",
        ),
        Index("ix_theme_member_theme_id", "theme_id", "organisation_id", "kind", "status", "created_at"),
    )

    entry_id: Mapped[str] = mapped_column(String(ID_CHARS), primary_key=True)
    theme_id: Mapped[str] = mapped_column(ForeignKey("theme.id"))
    kind: Mapped[EntryKind] = mapped_column(word_of(EntryKind))
    status: Mapped[EntryStatus] = mapped_column(word_of(EntryStatus))
    created_at: Mapped[datetime]
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    position: Mapped[int] = mapped_column(Integer, default=0)
    is_pinned: Mapped[bool] = mapped_column(Boolean, default=False)
    joined_at: Mapped[datetime] = mapped_column(default=utc_now)


class ThemeEvent(Base):
    """Something that happened to a theme; a person did it where ``member_id`` is set."""

    __tablename__ = "theme_event"

    id: Mapped[int] = mapped_column(BigSerial, primary_key=True, autoincrement=True)
    theme_id: Mapped[str] = mapped_column(ForeignKey("theme.id"), index=True)
    kind: Mapped[ThemeEventKind] = mapped_column(word_of(ThemeEventKind))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    member_id: Mapped[str | None] = mapped_column(ForeignKey("member.id"))
    created_at: Mapped[datetime] = mapped_column(default=utc_now, index=True)
