"""What programs read and choose of notices to members."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from api.schemas.common import Intake, PageQuery, Shape, with_example
from api.schemas.entries import EntryShown
from matcher.types import NoticeKind


class NoticeQuery(PageQuery):
    """Which notices are listed."""

    unread_only: bool = False


class NoticeShown(Shape):
    """Something that the caller is told."""

    id: str
    kind: NoticeKind
    heading: str
    sentence: str
    path: str = Field(description="The page that it is about.")
    entry: EntryShown | None
    created_at: datetime
    read_at: datetime | None


class UnreadShown(Shape):
    """How many notices the caller has not read."""

    n_unread: int


class NoticeChoicesSet(Intake):
    """How the caller wants to be told."""

    model_config = with_example({"is_mailed": True})

    is_mailed: bool


class NoticeChoicesShown(Shape):
    """How the caller wants to be told."""

    is_mailed: bool
    has_feed: bool


class FeedShown(Shape):
    """The address of the caller's feed; it is the only key, and shown once."""

    path: str = Field(examples=["/api/v1/notices/feed/q7..."])
