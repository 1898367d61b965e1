"""Search by text, entries like an entry, and what is proposed for it."""

from __future__ import annotations

from fastapi import APIRouter

from api.access import EVERY_ROLE, GuardedRoute, allows
from api.dependencies import Acting, Assets, Live, ReaderTexts, Reading
from api.drafting import read_draft
from api.proposing import needs_met
from api.schemas.common import Id, Listing, Top, listing
from api.schemas.entries import (
    EntryCreate,
    NeedMet,
    PreviewRequest,
    PreviewShown,
    ProposalShown,
    SearchRequest,
    SearchResult,
)
from api.views import show_match, show_proposal
from matcher.services import reviewing, searching
from matcher.services.preparing import prepare
from matcher.services.searching import Filters
from matcher.types import EntryKind, TimeWindow, needs_reader

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


@router.post("/entries/preview")
@allows(EVERY_ROLE)
def preview_offering(
    body: PreviewRequest, assets: Assets, texts: ReaderTexts, session: Reading, actor: Acting
) -> PreviewShown:
    """Try an offering out: how it is understood, and which needs it would meet; nothing is kept."""
    sent = EntryCreate(kind=EntryKind.OFFERING, **dict(body))
    content = prepare(read_draft(sent, assets.codes, source_id=""))
    return PreviewShown(
        title=content.title,
        text=content.text,
        language=content.language,
        needs_reader=needs_reader(content.language),
        needs=[
            NeedMet(**dict(show_match(each, texts)), is_enough=is_enough)
            for each, is_enough in needs_met(content, assets.live, session, actor=actor)
        ],
    )


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
