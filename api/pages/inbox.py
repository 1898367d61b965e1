"""What came in last: the organisation's needs and ideas, with what is like them, their themes and codes."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response

from api import cursor, rendering
from api.access import REVIEWERS, GuardedRoute, allows
from api.dependencies import Acting, Reading
from api.pages.forms import with_query
from matcher.services import inbox
from matcher.types import EntryKind, EntryStatus

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

_PER_PAGE: Final = 20


@router.get("/inbox")
@allows(REVIEWERS)
def show_inbox(
    request: Request, session: Reading, actor: Acting, kind: str = "", status: str = "", after: str = ""
) -> Response:
    """Show what came in, the newest first."""
    wanted = EntryKind(kind) if kind in inbox.KINDS else None
    state = EntryStatus(status) if status in inbox.STATUSES else None
    page = inbox.list_incoming(
        session,
        actor=actor,
        kind=wanted,
        status=state,
        limit=_PER_PAGE,
        after=cursor.decode(after) if after else None,
    )
    chosen = {"kind": wanted, "status": state}
    context = {
        "incoming": page.items,
        "kinds": inbox.KINDS,
        "statuses": inbox.STATUSES,
        "values": chosen,
        "more": page.next_after and with_query("/inbox", {**chosen, "after": cursor.encode(page.next_after)}),
    }
    return rendering.page(request, "inbox.html", context)
