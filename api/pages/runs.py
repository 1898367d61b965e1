"""Full matches and searches for groups: ask for one, watch it, stop it."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response

from api import cursor, rendering
from api.access import STAFF, GuardedRoute, allows
from api.dependencies import Acting, Reading, Work
from api.pages.forms import with_query
from api.running import results_of
from matcher.errors import Conflict
from matcher.services import runs
from matcher.types import RunKind

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

_PER_PAGE: Final = 20


@router.get("/runs")
@allows(STAFF)
def show_runs(request: Request, session: Reading, actor: Acting, after: str = "") -> Response:
    """List the runs, the latest first."""
    position = cursor.decode(after) if after else None
    page = runs.list_runs(session, actor=actor, limit=_PER_PAGE, after=position)
    context = {
        "runs": page.items,
        "is_first_page": not after,
        "more": page.next_after and with_query("/runs", {"after": cursor.encode(page.next_after)}),
    }
    return rendering.page(request, "runs.html", context)


@router.get("/runs/table")
@allows(STAFF)
def show_table(request: Request, session: Reading, actor: Acting) -> Response:
    """Return the list alone, to be shown anew while a run is under way."""
    page = runs.list_runs(session, actor=actor, limit=_PER_PAGE)
    return rendering.part(request, "parts/runs.html", {"runs": page.items})


@router.post("/runs")
@allows(STAFF)
def request_run(request: Request, work: Work, actor: Acting) -> Response:
    """Ask for a full match; if one waits already, that is told."""
    try:
        runs.request(work, RunKind.MATCH, actor=actor)
    except Conflict:
        rendering.notify(request, "runs.under_way")
    else:
        rendering.notify(request, "runs.requested")
    return rendering.redirect("/runs")


@router.get("/runs/{run_id}")
@allows(STAFF)
def show_run(request: Request, run_id: str, session: Reading, actor: Acting) -> Response:
    """Show how far a run is, and what came out."""
    run = runs.get(session, run_id, actor=actor)
    return rendering.page(request, "run.html", {"run": run, "results": results_of(run.kind)})


@router.get("/runs/{run_id}/part")
@allows(STAFF)
def show_part(request: Request, run_id: str, session: Reading, actor: Acting) -> Response:
    """Return how far a run is alone, to be shown anew while it is under way."""
    run = runs.get(session, run_id, actor=actor)
    return rendering.part(request, "parts/run.html", {"run": run, "results": results_of(run.kind)})


@router.post("/runs/{run_id}/cancel")
@allows(STAFF)
def cancel_run(request: Request, run_id: str, work: Work, actor: Acting) -> Response:
    """Stop a run; what a match did so far stays, a search changes nothing."""
    try:
        run = runs.cancel(work, run_id, actor=actor)
    except Conflict:
        rendering.notify(request, "runs.ended_already")
    else:
        rendering.notify(request, "runs.cancelled" if run.kind is RunKind.MATCH else "runs.search_cancelled")
    return rendering.redirect("/runs")
