"""Encoders that served, so that one can go on serving while the vectors of the next are made."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.records.base import DIGEST_CHARS, Base


class EncoderUse(Base):
    """When an encoder began to serve, with all its vectors; ``options`` are the settings that named it."""

    __tablename__ = "encoder_use"

    encoder_digest: Mapped[str] = mapped_column(String(DIGEST_CHARS), primary_key=True)
    options: Mapped[dict[str, Any]]
    used_at: Mapped[datetime] = mapped_column(index=True)
