"""Runs: long work that the database knows of, so that no two of a kind are under way at once.

Whoever carries a run out tells how far it is; one that was killed is taken up again, or begun anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from matcher.errors import Conflict
from matcher.processes import is_dead, this_process
from matcher.services.actor import STAFF, Actor
from matcher.types import RunKind
from models.records import Run, utc_now
from models.repositories.audit import AuditRepository
from models.repositories.pages import Page
from models.repositories.runs import RunRepository, RunView, run_view

__all__ = [
    "RunView",
    "advance",
    "cancel",
    "fail",
    "find_latest",
    "find_unfinished",
    "find_waiting",
    "finish",
    "get",
    "list_runs",
    "pause",
    "request",
    "start",
]

ALIVE_FOR: Final = timedelta(minutes=2)
"""A run of a process elsewhere that has not told its progress for so long was interrupted."""


def request(session: Session, kind: RunKind, *, actor: Actor) -> RunView:
    """Ask for a run; whoever carries runs out starts it.

    Raises
    ------
    NotAllowed
        If the actor is no staff.
    Conflict
        If one of the kind waits or is under way.
    """
    actor.require(STAFF, organisation_id=actor.organisation_id)
    runs = RunRepository(session)
    unfinished = runs.find_unfinished(kind)
    if unfinished is not None and not _is_abandoned(unfinished):
        raise Conflict("A run is waiting or under way.", remedy="Wait until it has finished.")
    if unfinished is not None and unfinished.state == "running":
        return run_view(unfinished)
    run = Run(kind=kind, state="queued", organisation_id=actor.organisation_id, member_id=actor.member_id)
    runs.add(run)
    AuditRepository(session).add("run.requested", run.id, by=actor, kind=kind)
    return run_view(run)


def start(
    session: Session, kind: RunKind, *, total: int, recipe_digest: str = "", run_id: str | None = None
) -> RunView:
    """Start a run, or carry on an interrupted one of the same recipe (see its ``cursor``).

    Parameters
    ----------
    session
        An open session.
    kind
        What is done.
    total
        How much there is to do.
    recipe_digest
        The recipe, where the work hangs on it; an interrupted run of another one is cancelled and begun anew.
    run_id
        The run that was asked for; left out, the one that waits or was interrupted, or else a new one.

    Raises
    ------
    JobNotFound
        If there is no such run.
    Conflict
        If it is under way elsewhere, or has ended.
    """
    runs, now = RunRepository(session), utc_now()
    run = runs.find_unfinished(kind) if run_id is None else runs.get(run_id)
    if run is not None and run.state == "running" and not _is_abandoned(run):
        remedy = "Wait until it has finished; one that was killed elsewhere is free after two minutes."
        raise Conflict("A run is under way.", remedy=remedy)
    if run is not None and run.state not in ("queued", "running"):
        raise Conflict(f"The run is {run.state}.", remedy="Ask for a new one.")
    if run is not None and run.recipe_digest not in ("", recipe_digest):
        run.state, run.finished_at = "cancelled", now
        run = None
    if run is None:
        run = runs.add(Run(kind=kind, state="running"))
    run.state, run.recipe_digest, run.total, run.updated_at = "running", recipe_digest, total, now
    run.owner = this_process()
    # What begins anew after an interruption began now: how long it takes is told by that.
    run.started_at = (run.started_at if run.cursor else None) or now
    session.flush()
    return run_view(run)


def advance(
    session: Session,
    run_id: str,
    *,
    done: int,
    cursor: Mapping[str, Any] | None = None,
    counts: Mapping[str, int] | None = None,
    total: int | None = None,
) -> RunView:
    """Tell how far a run is, in the transaction that keeps what it did so far.

    ``cursor`` tells where it carries on; without one it begins anew. ``total`` is given where there is more
    or less to do than was thought at the start.

    Raises
    ------
    JobNotFound
        If there is no such run.
    Conflict
        If it was cancelled, or another process took it for abandoned and up: this one is to stop.
    """
    run = _running(session, run_id)
    run.done, run.cursor, run.updated_at = done, dict(cursor or {}), utc_now()
    if counts is not None:
        run.counts = dict(counts)
    if total is not None:
        run.total = total
    session.flush()
    return run_view(run)


def finish(session: Session, run_id: str, *, counts: Mapping[str, int] | None = None) -> RunView:
    """Tell that a run is done.

    Raises
    ------
    JobNotFound, Conflict
        As for ``advance``.
    """
    run = _running(session, run_id)
    if counts is not None:
        run.counts = dict(counts)
    run.state, run.finished_at, run.done, run.cursor = "done", utc_now(), run.total, {}
    session.flush()
    return run_view(run)


def fail(session: Session, run_id: str, *, error: str) -> RunView:
    """Tell that a run failed; ``error`` is the code of the error, never a message with somebody's text."""
    run = _running(session, run_id)
    run.state, run.finished_at, run.error = "failed", utc_now(), error[:200]
    session.flush()
    return run_view(run)


def pause(session: Session, run_id: str) -> RunView:
    """Tell that a run was interrupted; the next ``start`` carries it on at once."""
    run = _running(session, run_id)
    run.state = "queued"
    session.flush()
    return run_view(run)


def cancel(session: Session, run_id: str, *, actor: Actor) -> RunView:
    """Stop a run that waits or is under way; what it kept so far stays.

    Raises
    ------
    NotAllowed, JobNotFound, Conflict
        If the actor is no staff, there is no such run, or it has ended.
    """
    actor.require(STAFF, organisation_id=actor.organisation_id)
    run = RunRepository(session).get(run_id)
    if run.state not in ("queued", "running"):
        raise Conflict(f"The run is {run.state}.")
    run.state, run.finished_at = "cancelled", utc_now()
    AuditRepository(session).add("run.cancelled", run_id, by=actor)
    session.flush()
    return run_view(run)


def get(session: Session, run_id: str, *, actor: Actor) -> RunView:
    """Return a run.

    Raises
    ------
    JobNotFound
        If there is none.
    """
    return run_view(RunRepository(session).get(run_id))


def list_runs(
    session: Session, *, actor: Actor, limit: int = 50, after: Sequence[Any] | None = None
) -> Page[RunView]:
    """Return a page of runs, newest first."""
    return RunRepository(session).list_views(limit=limit, after=after)


def find_latest(session: Session, kind: RunKind, *, but_unbegun: bool = False) -> RunView | None:
    """Return the run of a kind that was asked for last, if there is one.

    With ``but_unbegun`` those do not count that were cancelled before they began.
    """
    run = RunRepository(session).find_latest(kind, but_unbegun=but_unbegun)
    return None if run is None else run_view(run)


def find_unfinished(session: Session, kind: RunKind) -> RunView | None:
    """Return the run of a kind that waits or is under way, if there is one."""
    run = RunRepository(session).find_unfinished(kind)
    return None if run is None else run_view(run)


def find_waiting(session: Session) -> RunView | None:
    """Return the run that has waited longest to be carried out or taken up again, if there is one."""
    unfinished = RunRepository(session).list_unfinished()
    return next((run_view(run) for run in unfinished if run.state == "queued" or _is_abandoned(run)), None)


def _running(session: Session, run_id: str) -> Run:
    run = RunRepository(session).get(run_id)
    if run.state != "running":
        raise Conflict(f"The run is {run.state}.", remedy="Ask for a new one.")
    if run.owner != this_process():
        raise Conflict("The run was taken up elsewhere.", remedy="Wait until it has finished.")
    return run


def _is_abandoned(run: Run) -> bool:
    if run.state != "running":
        return False
    return is_dead(run.owner or "") or run.updated_at < utc_now() - ALIVE_FOR
