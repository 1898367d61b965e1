"""Work on the queue: who looks after an entry, and until when it is put away; lists that were frozen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from matcher.types import Direction
from models.records.base import DIGEST_CHARS, Base, Identified, Timed, Versioned, utc_now, word_of


class ReviewTask(Identified, Timed, Versioned, Base):
    """How an organisation goes about an entry in its queue: a member looks after it, or it is put away."""

    __tablename__ = "review_task"
    __table_args__ = (UniqueConstraint("entry_id", "direction", "organisation_id"),)

    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id"))
    direction: Mapped[Direction] = mapped_column(word_of(Direction))
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), index=True)
    assignee_id: Mapped[str | None] = mapped_column(ForeignKey("member.id"), index=True)
    snoozed_until: Mapped[datetime | None]


class Shortlist(Identified, Base):
    """A list of proposals as it was at one time, never changed.

    ``content`` holds ids, digests, figures and reasons' kinds, and nobody's text: an entry that is erased
    leaves a digest behind and no words. ``digest`` is that of the content.
    """

    __tablename__ = "shortlist"

    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id"), index=True)
    direction: Mapped[Direction] = mapped_column(word_of(Direction))
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    member_id: Mapped[str | None] = mapped_column(ForeignKey("member.id"))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    digest: Mapped[str] = mapped_column(String(DIGEST_CHARS))
    content: Mapped[dict[str, Any]]
