"""Search by text, entries like an entry, and what is proposed for it."""

from __future__ import annotations

from fastapi import APIRouter

from api.access import EVERY_ROLE, GuardedRoute, allows
from api.dependencies import Acting, Live, ReaderTexts, Reading
from api.schemas.common import Id, Listing, Top, listing
from api.schemas.entries import ProposalShown, SearchRequest, SearchResult
from api.views import show_match, show_proposal
from matcher.services import reviewing, searching
from matcher.services.searching import Filters
from matcher.types import TimeWindow

router = APIRouter(route_class=GuardedRoute, tags=["search"])


@router.post("/search")
@allows(EVERY_ROLE)
def search(
    body: SearchRequest, live: Live, texts: ReaderTexts, session: Reading, actor: Acting
) -> SearchResult:
    """Find published entries by a text, the best first, with reasons; none is an answer, too.

    It is a POST so that what somebody searches for stands in no address and no log.
    """
    found = searching.search_text(
        session, live, body.text, actor=actor, filters=_filters(body), limit=body.limit
    )
    return SearchResult(items=[show_match(each, texts) for each in found])


@router.get("/entries/{entry_id}/similar")
@allows(EVERY_ROLE)
def similar_entries(
    entry_id: Id, live: Live, texts: ReaderTexts, session: Reading, actor: Acting, limit: Top = 10
) -> SearchResult:
    """Find published entries of the same kind about the same thing, the best first."""
    found = searching.similar_entries(session, live, entry_id, actor=actor, limit=limit)
    return SearchResult(items=[show_match(each, texts) for each in found])


@router.get("/entries/{entry_id}/proposals")
@allows(EVERY_ROLE)
def proposals_of_entry(
    entry_id: Id, texts: ReaderTexts, session: Reading, actor: Acting, limit: Top = 20
) -> Listing[ProposalShown]:
    """List what is proposed for an entry and what it is proposed for, the best first."""
    found = reviewing.proposals_of(session, entry_id, actor=actor, limit=limit)
    return listing((show_proposal(each, texts) for each in found), None)


def _filters(body: SearchRequest) -> Filters:
    return Filters(
        kinds=() if body.kind is None else (body.kind,),
        organisations=() if body.organisation_id is None else (body.organisation_id,),
        places=() if body.region is None else (body.region,),
        cpv=() if body.cpv is None else (body.cpv,),
        languages=() if body.language is None else (body.language,),
        window=TimeWindow(starts_on=body.time_from, ends_on=body.time_until)
        if body.time_from or body.time_until
        else None,
    )
