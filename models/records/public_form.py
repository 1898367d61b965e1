"""The form through which people without an account tell an organisation what they need."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.records.base import Base, Versioned, utc_now


class PublicForm(Versioned, Base):
    """An organisation's form. ``shows_published``: whoever writes sees its published needs and ideas."""

    __tablename__ = "public_form"

    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    is_open: Mapped[bool] = mapped_column(Boolean, default=False)
    shows_published: Mapped[bool] = mapped_column(Boolean, default=False)
    note: Mapped[str] = mapped_column(Text, default="")
    updated_at: Mapped[datetime] = mapped_column(default=utc_now, onupdate=utc_now)
