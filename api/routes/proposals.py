"""Proposals with their reasons, and what people decide about them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Query, Request, Response

from api.access import EVERY_ROLE, REVIEWERS, GuardedRoute, allows
from api.dependencies import Acting, ReaderTexts, Reading, Work
from api.etag import StatedVersion, etag
from api.openapi import CHANGE_RESPONSES
from api.proposing_again import propose_again_later
from api.schemas.common import Id, Listing, listing
from api.schemas.entries import ProposalQuery, ProposalShown, VerdictCreate, VerdictShown
from api.views import show_proposal
from matcher.services import reviewing
from matcher.services.reviewing import ProposalFilters

router = APIRouter(route_class=GuardedRoute, tags=["proposals"])


@router.get("/proposals")
@allows(EVERY_ROLE)
def list_proposals(
    query: Annotated[ProposalQuery, Query()], texts: ReaderTexts, session: Reading, actor: Acting
) -> Listing[ProposalShown]:
    """List the proposals that concern the caller's organisation, the best first."""
    filters = ProposalFilters(
        state=query.state,
        direction=query.direction,
        organisation_id=query.organisation_id,
        entry_id=query.entry_id,
        min_score=query.min_score,
    )
    page = reviewing.list_proposals(
        session, actor=actor, filters=filters, limit=query.limit, after=query.after
    )
    return listing((show_proposal(each, texts) for each in page.items), page.next_after)


@router.get("/proposals/{proposal_id}")
@allows(EVERY_ROLE)
def get_proposal(
    proposal_id: Id, response: Response, texts: ReaderTexts, session: Reading, actor: Acting
) -> ProposalShown:
    """Return a proposal with both entries and its reasons."""
    view = reviewing.get_proposal(session, proposal_id, actor=actor)
    response.headers["ETag"] = etag(view.version)
    return show_proposal(view, texts)


@router.get("/proposals/{proposal_id}/verdicts")
@allows(EVERY_ROLE)
def list_verdicts(proposal_id: Id, session: Reading, actor: Acting) -> Listing[VerdictShown]:
    """List what was decided about a proposal, the earliest first."""
    views = reviewing.list_verdicts(session, proposal_id, actor=actor)
    return listing(map(VerdictShown.model_validate, views), None)


@router.post("/proposals/{proposal_id}/verdicts", status_code=201, responses=CHANGE_RESPONSES)
@allows(REVIEWERS)
def give_verdict(
    request: Request,
    tasks: BackgroundTasks,
    proposal_id: Id,
    body: VerdictCreate,
    version: StatedVersion,
    response: Response,
    texts: ReaderTexts,
    work: Work,
    actor: Acting,
) -> ProposalShown:
    """Accept or reject a proposal, say that one is unsure, or take one's latest verdict back (undo).

    A rejection needs a reason. With If-Match the verdict counts only if nobody decided in the meantime.
    """
    view = reviewing.give_verdict(
        work, proposal_id, body.verdict, reason=body.reason, expected_version=version, actor=actor
    )
    propose_again_later(tasks, request, [view])
    response.headers["ETag"] = etag(view.version)
    return show_proposal(view, texts)
