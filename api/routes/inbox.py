"""What came in last, with what is like it and what it is about."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.access import REVIEWERS, GuardedRoute, allows
from api.dependencies import Acting, Reading
from api.group_views import show_theme
from api.schemas.common import Listing, listing
from api.schemas.steering import IncomingQuery, IncomingShown, LikeShown
from api.views import show_entry
from matcher.services import inbox
from matcher.services.inbox import Incoming

router = APIRouter(route_class=GuardedRoute, tags=["review"])


@router.get("/inbox")
@allows(REVIEWERS)
def list_incoming(
    query: Annotated[IncomingQuery, Query()], session: Reading, actor: Acting
) -> Listing[IncomingShown]:
    """List the needs and ideas of the caller's organisation, newest first, with what is like them."""
    page = inbox.list_incoming(
        session, actor=actor, kind=query.kind, status=query.status, limit=query.limit, after=query.after
    )
    return listing(map(_shown, page.items), page.next_after)


def _shown(view: Incoming) -> IncomingShown:
    return IncomingShown(
        entry=show_entry(view.entry),
        theme=None if view.theme is None else show_theme(view.theme),
        similar=[LikeShown(entry=show_entry(each.entry), score=each.score) for each in view.similar],
    )
