"""Runs that a request asks for: a job does the work, and the request waits for it no longer than a moment."""

from __future__ import annotations

from typing import Final

from fastapi import Request, Response
from sqlalchemy.orm import Session

from api import rendering
from api.resources import Resources
from api.schemas.work import RunShown
from matcher.errors import Conflict
from matcher.services import runs
from matcher.services.actor import Actor
from matcher.services.runs import RunView
from matcher.types import RunKind

PATIENCE_S: Final = 1.5
"""With few entries a search is done by then."""
_FOUND: Final = {
    RunKind.DUPLICATES: ("/duplicates", "duplicates.searched", "new"),
    RunKind.THEMES: ("/themes", "themes.searched", "themes"),
    RunKind.JOINING: ("/themes", "themes.joined", "joined"),
    RunKind.JOINT_NEEDS: ("/joint-needs", "joint.searched", "new"),
}
"""Page that shows what was found, what is said there, and what is counted in it."""


def request_run(assets: Resources, work: Session, kind: RunKind, *, actor: Actor) -> RunView:
    """Ask for a run, and return it as it stands when it is done or a moment is over.

    Raises
    ------
    Conflict
        If one of the kind waits or is under way.
    """
    asked = runs.request(work, kind, actor=actor)
    # Whoever carries it out sees it only then.
    work.commit()
    if assets.worker is not None:
        assets.worker.wait_for(asked.id, patience_s=PATIENCE_S)
    with assets.reading_sessions() as session:
        return runs.get(session, asked.id, actor=actor)


def accept_run(
    response: Response, assets: Resources, work: Session, kind: RunKind, *, actor: Actor
) -> RunShown:
    """Ask for a run, and answer a program with how it stands and where it is followed.

    Raises
    ------
    Conflict
        If one of the kind waits or is under way.
    """
    run = request_run(assets, work, kind, actor=actor)
    response.headers["Location"] = f"/api/v1/runs/{run.id}"
    return RunShown.model_validate(run)


def results_of(kind: RunKind) -> str | None:
    """Return the address of the page that shows what runs of a kind find, if they have one of their own."""
    return _FOUND[kind][0] if kind in _FOUND else None


def search_from_page(
    request: Request, assets: Resources, work: Session, kind: RunKind, *, actor: Actor
) -> Response:
    """Ask for a search; lead to what it found, or to where one sees how far it is."""
    try:
        run: RunView | None = request_run(assets, work, kind, actor=actor)
    except Conflict:
        run = runs.find_unfinished(work, kind)
        rendering.notify(request, "runs.under_way")
    else:
        if run is not None and run.state == "done":
            address, text, counted = _FOUND[kind]
            rendering.notify(request, text, count=run.counts[counted])
            return rendering.redirect(address)
    return rendering.redirect("/runs" if run is None else f"/runs/{run.id}")
