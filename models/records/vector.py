"""Vectors: what an encoder made of a text."""

from __future__ import annotations

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from models.records.base import DIGEST_CHARS, Base


class Vector(Base):
    """A vector by digests of encoder and text; ``data`` is a little-endian array of ``dtype``."""

    __tablename__ = "vector"

    encoder_digest: Mapped[str] = mapped_column(String(DIGEST_CHARS), primary_key=True)
    text_digest: Mapped[str] = mapped_column(String(DIGEST_CHARS), primary_key=True, index=True)
    dtype: Mapped[str] = mapped_column(String(10))
    data: Mapped[bytes] = mapped_column(LargeBinary)
