"""Imports: what came in from which file, what was wrong with it, and mappings that were kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.records.base import DIGEST_CHARS, Base, BigSerial, Identified, Timed, Versioned


class Import(Identified, Timed, Base):
    """One file that was taken in; while it is ``running``, ``n_read`` tells where a second try carries on."""

    __tablename__ = "import"
    __table_args__ = (Index("ix_import_task_digest_status", "task_digest", "status"),)

    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    member_id: Mapped[str | None] = mapped_column(ForeignKey("member.id"))
    file_name: Mapped[str] = mapped_column(String(300))
    file_digest: Mapped[str] = mapped_column(String(DIGEST_CHARS))
    task_digest: Mapped[str] = mapped_column(String(DIGEST_CHARS))
    mapping: Mapped[dict[str, Any]] = mapped_column(default=dict)
    status: Mapped[str] = mapped_column(String(20))
    n_read: Mapped[int] = mapped_column(Integer, default=0)
    n_created: Mapped[int] = mapped_column(Integer, default=0)
    n_updated: Mapped[int] = mapped_column(Integer, default=0)
    n_unchanged: Mapped[int] = mapped_column(Integer, default=0)
    n_failed: Mapped[int] = mapped_column(Integer, default=0)
    finished_at: Mapped[datetime | None]


class ImportFault(Base):
    """Something wrong with one field of one row of an imported file."""

    __tablename__ = "import_fault"

    id: Mapped[int] = mapped_column(BigSerial, primary_key=True, autoincrement=True)
    import_id: Mapped[str] = mapped_column(ForeignKey("import.id"), index=True)
    row: Mapped[int] = mapped_column(Integer)
    field: Mapped[str] = mapped_column(String(200))
    message: Mapped[str] = mapped_column(Text)
    remedy: Mapped[str] = mapped_column(Text)


class SavedMapping(Identified, Timed, Versioned, Base):
    """Which column of an odd file is which field, kept under a name."""

    __tablename__ = "saved_mapping"
    __table_args__ = (UniqueConstraint("organisation_id", "name"),)

    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(String(200))
    columns: Mapped[dict[str, Any]]
