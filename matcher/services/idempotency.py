"""Requests that are sent again: their first answer is kept for a day."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from matcher.errors import Conflict
from models.records import utc_now
from models.repositories.answers import AnswerRepository, Stored

__all__ = ["KEPT_FOR", "Stored", "find", "remember"]

KEPT_FOR: Final = timedelta(hours=24)


def find(session: Session, *, owner: str, key: str) -> Stored | None:
    """Return the answer that the request with this key got, if it is kept."""
    return AnswerRepository(session).find(owner, key, not_before=utc_now() - KEPT_FOR)


def remember(
    session: Session,
    *,
    owner: str,
    key: str,
    fingerprint: str,
    status: int,
    content_type: str,
    body: bytes,
) -> None:
    """Keep the answer to a request, in the transaction of its work.

    Raises
    ------
    Conflict
        If the same key came at the same time; the work is then to be rolled back.
    """
    answers, now = AnswerRepository(session), utc_now()
    answers.remove_before(now - KEPT_FOR)
    stored = Stored(
        fingerprint=fingerprint, status=status, content_type=content_type, body=body, created_at=now
    )
    try:
        answers.add(owner, key, stored)
    except IntegrityError as error:
        raise Conflict("A request with this key is being done.") from error
