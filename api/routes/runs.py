"""Full matches: ask for one, see how it stands, stop it."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.access import STAFF, GuardedRoute, allows
from api.dependencies import Acting, Reading, Work
from api.schemas.common import AnyPage, Id, Listing, listing
from api.schemas.work import RunShown
from matcher.services import matching

router = APIRouter(route_class=GuardedRoute, tags=["runs"])


@router.post("/runs", status_code=202)
@allows(STAFF)
def request_run(response: Response, work: Work, actor: Acting) -> RunShown:
    """Ask for a full match; it is done in the background. One waits or runs at a time."""
    view = matching.request_run(work, actor=actor)
    response.headers["Location"] = f"/api/v1/runs/{view.id}"
    return RunShown.model_validate(view)


@router.get("/runs")
@allows(STAFF)
def list_runs(query: AnyPage, session: Reading, actor: Acting) -> Listing[RunShown]:
    """List the full matches, newest first."""
    page = matching.list_runs(session, actor=actor, limit=query.limit, after=query.after)
    return listing(map(RunShown.model_validate, page.items), page.next_after)


@router.get("/runs/{run_id}")
@allows(STAFF)
def get_run(run_id: Id, session: Reading, actor: Acting) -> RunShown:
    """Tell how far a full match is."""
    return RunShown.model_validate(matching.get_run(session, run_id, actor=actor))


@router.post("/runs/{run_id}/cancel")
@allows(STAFF)
def cancel_run(run_id: Id, work: Work, actor: Acting) -> RunShown:
    """Stop a full match that waits or is under way; what it did so far stays."""
    return RunShown.model_validate(matching.cancel_run(work, run_id, actor=actor))
