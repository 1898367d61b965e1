"""Queries about which encoders served."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.records import EncoderUse, Vector, utc_now


class EncoderUseRepository:
    """Encoders that served, by digest."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find_latest(self) -> EncoderUse | None:
        """Return the one that began to serve last, if any did."""
        query = select(EncoderUse).order_by(EncoderUse.used_at.desc(), EncoderUse.encoder_digest)
        return self._session.scalar(query.limit(1))

    def put(self, encoder_digest: str, options: Mapping[str, Any]) -> None:
        """Keep that an encoder begins to serve."""
        self._session.merge(
            EncoderUse(encoder_digest=encoder_digest, options=dict(options), used_at=utc_now())
        )

    def count_vectors(self, encoder_digest: str) -> int:
        """Return how many texts have a vector of an encoder."""
        query = select(func.count()).select_from(Vector).where(Vector.encoder_digest == encoder_digest)
        return self._session.scalars(query).one()
