"""Entries, what they are filed under, and their versions."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from matcher.types import EntryKind, EntryStatus
from models.records.base import DIGEST_CHARS, Base, Identified, Timed, Versioned, utc_now, word_of


class Entry(Identified, Timed, Versioned, Base):
    """A need, an idea or an offering as it is shown and matched: cleaned, personal data masked.

    ``source_key`` is the digest of who registered it, its source and its id there; it outlives an erasure,
    so that an erased entry does not come back with the next import. ``draft_digest`` tells whether the
    source changed it. ``changed_seq`` grows with every change of any entry.
    """

    __tablename__ = "entry"
    # Lists are read in order from an index, and counts from an index alone.
    __table_args__ = (
        Index("ix_entry_created_at_id", "created_at", "id", "kind"),
        Index("ix_entry_status_kind", "status", "kind", "created_at", "id"),
        Index("ix_entry_status_kind_municipality", "status", "kind", "municipality"),
        Index("ix_entry_status_language", "status", "language", "created_at", "id"),
        # Unique, since what is kept beside an entry refers to it with its kind and status.
        Index("ix_entry_id_kind_status_created_at", "id", "kind", "status", "created_at", unique=True),
        Index("ix_entry_municipality", "municipality", "created_at", "id", "status", "kind"),
    )

    source_key: Mapped[str] = mapped_column(String(DIGEST_CHARS), unique=True)
    draft_digest: Mapped[str] = mapped_column(String(DIGEST_CHARS))
    source: Mapped[str] = mapped_column(String(300))
    source_id: Mapped[str] = mapped_column(String(300))
    kind: Mapped[EntryKind] = mapped_column(word_of(EntryKind))
    status: Mapped[EntryStatus] = mapped_column(word_of(EntryStatus))
    status_at: Mapped[datetime] = mapped_column(default=utc_now)
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(35))
    municipality: Mapped[str | None] = mapped_column(String(4))
    starts_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    estimated_value: Mapped[Decimal | None]
    currency: Mapped[str | None] = mapped_column(String(3))
    role: Mapped[str | None] = mapped_column(String(200))
    capacity: Mapped[str | None] = mapped_column(Text)
    content_number: Mapped[int] = mapped_column(Integer, default=1)
    changed_seq: Mapped[int] = mapped_column(BigInteger, index=True)
    last_import_id: Mapped[str | None] = mapped_column(ForeignKey("import.id"))


class EntryVersion(Identified, Base):
    """One state of an entry's content: what was sent, never changed, beside what is shown of it."""

    __tablename__ = "entry_version"
    __table_args__ = (UniqueConstraint("entry_id", "number"),)

    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id"))
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    number: Mapped[int] = mapped_column(Integer)
    original_title: Mapped[str] = mapped_column(Text)
    original_text: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(35))
    fields: Mapped[dict[str, Any]]
    member_id: Mapped[str | None] = mapped_column(ForeignKey("member.id"))
    import_id: Mapped[str | None] = mapped_column(ForeignKey("import.id"))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class EntryCpv(Base):
    """A CPV code of an entry; position 0 is the main one."""

    __tablename__ = "entry_cpv"

    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    code: Mapped[str] = mapped_column(String(20), index=True)


class EntryRegion(Base):
    """A municipality code or NUTS region that an entry serves."""

    __tablename__ = "entry_region"

    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    code: Mapped[str] = mapped_column(String(20), index=True)


class EntryTag(Base):
    """A tag of an entry."""

    __tablename__ = "entry_tag"

    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    tag: Mapped[str] = mapped_column(String(100), index=True)


class Counter(Base):
    """A number that only grows; whoever counts holds its row until the commit, so that order is kept."""

    __tablename__ = "counter"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)
