"""Merges: which entries stand behind one face. Nothing is moved or deleted, so that each can be undone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from matcher.types import EntryStatus
from models.records.base import Base, Identified, Timed, Versioned, utc_now, word_of


class Merge(Identified, Versioned, Base):
    """That somebody found entries to be one. What stands together follows from the merges not undone."""

    __tablename__ = "merge"

    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    member_id: Mapped[str | None] = mapped_column(ForeignKey("member.id"))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(ForeignKey("member.id"))


class MergeMember(Base):
    """An entry that a merge is about."""

    __tablename__ = "merge_member"

    merge_id: Mapped[str] = mapped_column(ForeignKey("merge.id"), primary_key=True)
    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id"), primary_key=True, index=True)


class FaceChoice(Identified, Base):
    """That somebody chose an entry as the face of those that it stands with; the latest one counts.

    ``number`` counts all choices. A choice made in a merge goes with it when that is undone.
    """

    __tablename__ = "face_choice"

    number: Mapped[int] = mapped_column(Integer, unique=True)
    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id"), index=True)
    merge_id: Mapped[str | None] = mapped_column(ForeignKey("merge.id"), index=True)
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    member_id: Mapped[str | None] = mapped_column(ForeignKey("member.id"))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class MergeGroup(Identified, Timed, Versioned, Base):
    """Entries that stand together at present, and their face; made anew whenever merges change."""

    __tablename__ = "merge_group"

    face_id: Mapped[str] = mapped_column(ForeignKey("entry.id"), index=True)
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)


class MergedEntry(Base):
    """The group that an entry stands in at present."""

    __tablename__ = "merged_entry"

    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id"), primary_key=True)
    group_id: Mapped[str] = mapped_column(ForeignKey("merge_group.id"), index=True)


class EntrySplit(Identified, Versioned, Base):
    """That an entry told of several needs and was parted; ``was_status`` is what it goes back to."""

    __tablename__ = "entry_split"

    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id"), index=True)
    was_status: Mapped[EntryStatus] = mapped_column(word_of(EntryStatus))
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    member_id: Mapped[str | None] = mapped_column(ForeignKey("member.id"))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(ForeignKey("member.id"))


class SplitPart(Base):
    """An entry that a split made."""

    __tablename__ = "split_part"

    split_id: Mapped[str] = mapped_column(ForeignKey("entry_split.id"), primary_key=True)
    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id"), primary_key=True, index=True)


class Support(Identified, Base):
    """That a member stands behind an entry. It stays with that entry whatever it is merged with."""

    __tablename__ = "support"
    __table_args__ = (UniqueConstraint("entry_id", "member_id"),)

    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id"))
    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), index=True)
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    withdrawn_at: Mapped[datetime | None]
