"""Matching runs: ask for one, watch it, stop it."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response

from api import cursor, rendering
from api.access import STAFF, GuardedRoute, allows
from api.dependencies import Acting, ReaderTexts, Reading, Work
from api.pages.forms import with_query
from matcher.errors import Conflict
from matcher.services import matching

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

_PER_PAGE: Final = 20


@router.get("/runs")
@allows(STAFF)
def show_runs(request: Request, session: Reading, actor: Acting, after: str = "") -> Response:
    """List the runs, the latest first."""
    position = cursor.decode(after) if after else None
    page = matching.list_runs(session, actor=actor, limit=_PER_PAGE, after=position)
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
    page = matching.list_runs(session, actor=actor, limit=_PER_PAGE)
    return rendering.part(request, "parts/runs.html", {"runs": page.items})


@router.post("/runs")
@allows(STAFF)
def request_run(request: Request, work: Work, actor: Acting) -> Response:
    """Ask for a run; if one waits already, that is told."""
    try:
        matching.request_run(work, actor=actor)
    except Conflict:
        rendering.notify(request, "runs.under_way")
    else:
        rendering.notify(request, "runs.requested")
    return rendering.redirect("/runs")


@router.post("/runs/{run_id}/cancel")
@allows(STAFF)
def cancel_run(request: Request, run_id: str, texts: ReaderTexts, work: Work, actor: Acting) -> Response:
    """Stop a run; what it did so far stays."""
    try:
        matching.cancel_run(work, run_id, actor=actor)
    except Conflict:
        rendering.notify(request, "runs.ended_already")
    else:
        rendering.notify(request, "runs.cancelled")
    return rendering.redirect("/runs")
