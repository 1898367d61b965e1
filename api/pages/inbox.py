"""What came in last: the organisation's needs and ideas, with what is like them, their themes and codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from api import cursor, rendering
from api.access import REVIEWERS, GuardedRoute, allows
from api.dependencies import Acting, Reading
from api.pages.forms import with_query
from matcher.services import entries, reviewing, themes
from matcher.services.actor import Actor
from matcher.services.entries import EntryFilters, EntryView
from matcher.services.reviewing import ProposalFilters
from matcher.services.searching import MatchView
from matcher.services.themes import ThemeView
from matcher.types import Direction, EntryKind, EntryStatus, ProposalState

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

_PER_PAGE: Final = 5
"""Few, because what is like each of them is asked for one by one."""
_N_SIMILAR: Final = 3
KINDS: Final = (EntryKind.NEED, EntryKind.IDEA)
STATUSES: Final = (EntryStatus.DRAFT, EntryStatus.PUBLISHED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """An entry that came in, with what is suggested about it."""

    entry: EntryView
    theme: ThemeView | None
    similar: list[MatchView]


@router.get("/inbox")
@allows(REVIEWERS)
def show_inbox(
    request: Request, session: Reading, actor: Acting, kind: str = "", status: str = "", after: str = ""
) -> Response:
    """Show what came in, the newest first."""
    filters = EntryFilters(
        organisation_id=actor.organisation_id,
        kind=EntryKind.IDEA if kind == EntryKind.IDEA else EntryKind.NEED,
        status=EntryStatus(status) if status in STATUSES else None,
    )
    page = entries.list_entries(
        session,
        actor=actor,
        filters=filters,
        limit=_PER_PAGE,
        after=cursor.decode(after) if after else None,
    )
    chosen = {"kind": filters.kind, "status": filters.status or ""}
    context = {
        "incoming": _incoming(session, page.items, actor),
        "kinds": KINDS,
        "statuses": STATUSES,
        "values": chosen,
        "more": page.next_after and with_query("/inbox", {**chosen, "after": cursor.encode(page.next_after)}),
    }
    return rendering.page(request, "inbox.html", context)


def _incoming(session: Session, found: list[EntryView], actor: Actor) -> list[Incoming]:
    subjects = themes.of_entries(session, [each.id for each in found], actor=actor)
    return [
        Incoming(entry=each, theme=subjects.get(each.id), similar=_similar(session, each, actor))
        for each in found
    ]


def _similar(session: Session, entry: EntryView, actor: Actor) -> list[MatchView]:
    """Return what is most like an entry, each other entry once, without what people rejected."""
    if entry.status is not EntryStatus.PUBLISHED:
        return []
    filters = ProposalFilters(entry_id=entry.id, direction=Direction.SIMILAR)
    others: dict[str, MatchView] = {}
    # Two entries are often proposed for each other.
    for each in reviewing.list_proposals(session, actor=actor, filters=filters, limit=3 * _N_SIMILAR).items:
        other = each.target if each.query.id == entry.id else each.query
        if each.state is not ProposalState.REJECTED:
            others.setdefault(other.id, MatchView(entry=other, score=each.score))
    return list(others.values())[:_N_SIMILAR]
