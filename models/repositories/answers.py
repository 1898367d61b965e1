"""Answers that are kept for a while, for requests that are sent again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from models.records import StoredAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The answer that a request got, and a digest of the request."""

    fingerprint: str
    status: int
    content_type: str
    body: bytes
    created_at: datetime


class AnswerRepository:
    """Answers by their owner and the key that came with the request."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, owner: str, key: str, *, not_before: datetime) -> Stored | None:
        """Return the answer that is kept, if it is young enough."""
        record = self._session.get(StoredAnswer, (owner, key))
        if record is None or record.created_at < not_before:
            return None
        return Stored(
            fingerprint=record.fingerprint,
            status=record.status,
            content_type=record.content_type,
            body=record.body.encode("utf-8"),
            created_at=record.created_at,
        )

    def add(self, owner: str, key: str, stored: Stored) -> None:
        """Keep an answer; a key that came before is a conflict for the database."""
        self._session.add(
            StoredAnswer(
                owner=owner,
                key=key,
                fingerprint=stored.fingerprint,
                status=stored.status,
                content_type=stored.content_type,
                body=stored.body.decode("utf-8"),
                created_at=stored.created_at,
            )
        )
        self._session.flush()

    def remove_before(self, moment: datetime) -> None:
        """Forget answers that are too old to be repeated."""
        self._session.execute(delete(StoredAnswer).where(StoredAnswer.created_at < moment))
