"""Frozen lists: what was proposed for an entry at one time, to be come to again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.access import REVIEWERS, STAFF, GuardedRoute, allows
from api.dependencies import Acting, Live, Reading, Work
from api.schemas.common import Id, Listing, listing
from api.schemas.teamwork import ShortlistCreate, ShortlistExported, ShortlistQuery, ShortlistShown
from matcher.services import shortlists
from matcher.services.csv_tables import csv_table
from matcher.services.shortlists import ShortlistView

router = APIRouter(route_class=GuardedRoute, tags=["shortlists"])


@router.post("/entries/{entry_id}/shortlists", status_code=201)
@allows(REVIEWERS)
def freeze_shortlist(
    entry_id: Id, body: ShortlistCreate, response: Response, live: Live, work: Work, actor: Acting
) -> ShortlistShown:
    """Keep what is proposed for an entry as it is now, with all that is needed to come to it again."""
    view = shortlists.freeze(
        work, entry_id, body.direction, recipe=live.recipe, accepted_only=body.accepted_only, actor=actor
    )
    response.headers["Location"] = f"/api/v1/shortlists/{view.id}"
    return _shown(view)


@router.get("/shortlists")
@allows(STAFF)
def list_shortlists(
    query: Annotated[ShortlistQuery, Query()], session: Reading, actor: Acting
) -> Listing[ShortlistShown]:
    """List the frozen lists of the caller's organisation, the latest first."""
    page = shortlists.list_of(session, query.entry_id, actor=actor, limit=query.limit, after=query.after)
    return listing(map(_shown, page.items), page.next_after)


@router.get(
    "/shortlists/{shortlist_id}.csv",
    response_class=Response,
    responses={200: {"description": "The table.", "content": {"text/csv": {}}}},
)
@allows(STAFF)
def export_shortlist_table(shortlist_id: Id, session: Reading, actor: Acting) -> Response:
    """Return a frozen list as a table, a row a proposal, with the digests that it rests on in each."""
    rows = shortlists.table(session, shortlist_id, actor=actor)
    return Response(
        csv_table([shortlists.COLUMNS, *([row[name] for name in shortlists.COLUMNS] for row in rows)]),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="shortlist-{shortlist_id[:8]}.csv"'},
    )


@router.get("/shortlists/{shortlist_id}")
@allows(STAFF)
def export_shortlist(shortlist_id: Id, session: Reading, actor: Acting) -> ShortlistExported:
    """Return a frozen list as it was, and the texts as they were; what the page offers as a file."""
    return ShortlistExported.model_validate(shortlists.export(session, shortlist_id, actor=actor))


def _shown(view: ShortlistView) -> ShortlistShown:
    return ShortlistShown(
        id=view.id,
        entry_id=view.entry_id,
        direction=view.direction,
        member_name=view.member_name,
        n_proposals=len(view.content["proposals"]),
        digest=view.digest,
        created_at=view.created_at,
    )
