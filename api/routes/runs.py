"""Full matches and searches for groups: ask for a match, see how a run stands, stop it."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.access import STAFF, GuardedRoute, allows
from api.dependencies import Acting, Assets, Reading, Work
from api.running import accept_run
from api.schemas.common import AnyPage, Id, Listing, listing
from api.schemas.work import RunShown
from matcher.services import runs
from matcher.types import RunKind

router = APIRouter(route_class=GuardedRoute, tags=["runs"])


@router.post("/runs", status_code=202)
@allows(STAFF)
def request_run(response: Response, assets: Assets, work: Work, actor: Acting) -> RunShown:
    """Ask for a full match; it is done in the background. One waits or runs at a time."""
    return accept_run(response, assets, work, RunKind.MATCH, actor=actor)


@router.get("/runs")
@allows(STAFF)
def list_runs(query: AnyPage, session: Reading, actor: Acting) -> Listing[RunShown]:
    """List the full matches and the searches for groups, newest first."""
    page = runs.list_runs(session, actor=actor, limit=query.limit, after=query.after)
    return listing(map(RunShown.model_validate, page.items), page.next_after)


@router.get("/runs/{run_id}")
@allows(STAFF)
def get_run(run_id: Id, session: Reading, actor: Acting) -> RunShown:
    """Tell how far a full match or a search is, and what came out."""
    return RunShown.model_validate(runs.get(session, run_id, actor=actor))


@router.post("/runs/{run_id}/cancel")
@allows(STAFF)
def cancel_run(run_id: Id, work: Work, actor: Acting) -> RunShown:
    """Stop a run that waits or is under way; what a match did so far stays, a search changes nothing."""
    return RunShown.model_validate(runs.cancel(work, run_id, actor=actor))
