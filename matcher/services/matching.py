"""Matching: what the engine reads and what it proposes is kept; runs that can be interrupted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from matcher.errors import Conflict
from matcher.services.actor import STAFF, Actor
from matcher.types import Direction, Entry, Proposal
from models.records import Run, utc_now
from models.repositories.audit import AuditRepository
from models.repositories.entry_loading import Changes, EntryLoader
from models.repositories.pages import Page
from models.repositories.proposal_saving import ProposalSaver, SavedProposals
from models.repositories.runs import RunRepository, RunView, run_view
from models.repositories.vectors import VectorRepository

__all__ = [
    "Changes",
    "RunView",
    "SavedProposals",
    "advance_run",
    "all_changes_since",
    "cancel_run",
    "changed_since",
    "current_seq",
    "fail_run",
    "finish_run",
    "get_run",
    "latest_run",
    "list_runs",
    "load_all",
    "load_entries",
    "pause_run",
    "published_entries",
    "queries_proposing",
    "request_run",
    "save_proposals",
    "save_proposals_around",
    "start_run",
    "vectors",
    "waiting_run",
]

MATCH: Final = "match"
ALIVE_FOR: Final = timedelta(minutes=2)
"""A run that has not told its progress for so long was interrupted."""


def load_entries(session: Session, *, batch: int = 1000) -> Iterator[list[Entry]]:
    """Yield all published entries as the engine sees them, in the order of their ids."""
    return EntryLoader(session).iterate(batch=batch)


def changed_since(session: Session, seq: int, *, limit: int = 5000) -> Changes:
    """Return what changed after a number of the change sequence; ask again until it is complete."""
    return EntryLoader(session).changed_since(seq, limit=limit)


def all_changes_since(session: Session, seq: int) -> Changes:
    """Return everything that changed after a number of the change sequence."""
    changes = changed_since(session, seq)
    while not changes.is_complete:
        more = changed_since(session, changes.seq)
        changes = replace(
            more, entries=changes.entries + more.entries, removed=changes.removed + more.removed
        )
    return changes


def current_seq(session: Session) -> int:
    """Return the number of the latest change of any entry."""
    return EntryLoader(session).current_seq()


def load_all(session: Session) -> tuple[int, list[Entry]]:
    """Return the number of the latest change, and all published entries."""
    # The number first: what changes in between is then only read twice.
    seq = current_seq(session)
    return seq, [entry for batch in load_entries(session) for entry in batch]


def published_entries(session: Session, entry_ids: Collection[str]) -> list[Entry]:
    """Return those of some entries that are published, as the engine sees them."""
    return EntryLoader(session).published(entry_ids)


def vectors(session: Session) -> VectorRepository:
    """Return the vector cache."""
    return VectorRepository(session)


def save_proposals(
    session: Session,
    proposals: Iterable[Proposal],
    *,
    asked: Collection[tuple[str, Direction]] = (),
    run_id: str | None = None,
) -> SavedProposals:
    """Keep what the engine proposes.

    Parameters
    ----------
    session
        An open session.
    proposals
        What is proposed; pairs with an entry that is not published (any more) are left out.
    asked
        Query ids and directions that were asked anew, those without any proposal too: what they no longer
        propose becomes stale unless somebody judged it.
    run_id
        The run that made them.
    """
    return ProposalSaver(session).save(proposals, asked=asked, run_id=run_id)


def queries_proposing(session: Session, entry_id: str) -> dict[Direction, list[str]]:
    """Return the entries for which an entry is proposed at present, by direction."""
    return ProposalSaver(session).queries_of(entry_id)


def save_proposals_around(
    session: Session, entry_id: str, proposals: Sequence[Proposal], *, directions: Iterable[Direction]
) -> SavedProposals:
    """Keep what is proposed for one entry and what it is proposed for, in place of what was.

    Parameters
    ----------
    session
        An open session.
    entry_id
        The entry, query or target of every proposal.
    proposals
        Everything that is proposed for it, and it for others.
    directions
        In which it was asked what to propose for it.
    """
    saver = ProposalSaver(session)
    saved = saver.save(proposals, asked=[(entry_id, each) for each in directions], run_id=None)
    kept = {(each.query_id, each.direction) for each in proposals if each.target_id == entry_id}
    n_retired = saver.retire_target(entry_id, kept=kept)
    return replace(saved, stale=saved.stale + n_retired)


def request_run(session: Session, *, actor: Actor) -> RunView:
    """Ask for a full match; whoever carries jobs out starts it.

    Raises
    ------
    NotAllowed
        If the actor is no staff.
    Conflict
        If one waits or runs.
    """
    actor.require(STAFF, organisation_id=actor.organisation_id)
    runs = RunRepository(session)
    unfinished = runs.find_unfinished(MATCH)
    if unfinished is not None and not _is_abandoned(unfinished):
        raise Conflict("A run is waiting or under way.", remedy="Wait until it has finished.")
    if unfinished is not None and unfinished.state == "running":
        return run_view(unfinished)
    run = Run(kind=MATCH, state="queued", organisation_id=actor.organisation_id, member_id=actor.member_id)
    runs.add(run)
    AuditRepository(session).add("run.requested", run.id, by=actor)
    return run_view(run)


def start_run(session: Session, *, recipe_digest: str, total: int, run_id: str | None = None) -> RunView:
    """Start a full match, or carry on an interrupted one of the same recipe (see its ``cursor``).

    Parameters
    ----------
    session
        An open session.
    recipe_digest
        The recipe; an interrupted run of another one is cancelled and begun anew.
    total
        How much there is to do.
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
    run = runs.find_unfinished(MATCH) if run_id is None else runs.get(run_id)
    if run is not None and run.state == "running" and not _is_abandoned(run):
        remedy = "Wait until it has finished; one that was killed can be carried on after two minutes."
        raise Conflict("A run is under way.", remedy=remedy)
    if run is not None and run.state not in ("queued", "running"):
        raise Conflict(f"The run is {run.state}.", remedy="Ask for a new one.")
    if run is not None and run.recipe_digest not in ("", recipe_digest):
        run.state, run.finished_at = "cancelled", now
        run = None
    if run is None:
        run = runs.add(Run(kind=MATCH, state="running"))
    run.state, run.recipe_digest, run.total, run.updated_at = "running", recipe_digest, total, now
    run.started_at = run.started_at or now
    session.flush()
    return run_view(run)


def advance_run(
    session: Session,
    run_id: str,
    *,
    done: int,
    cursor: Mapping[str, Any],
    counts: Mapping[str, int] | None = None,
    total: int | None = None,
) -> RunView:
    """Tell how far a run is, in the transaction that keeps what it did so far.

    ``total`` is given where there is more or less to do than was thought at the start.

    Raises
    ------
    JobNotFound
        If there is no such run.
    Conflict
        If it was cancelled: the run is to stop.
    """
    run = _running(session, run_id)
    run.done, run.cursor, run.updated_at = done, dict(cursor), utc_now()
    if counts is not None:
        run.counts = dict(counts)
    if total is not None:
        run.total = total
    session.flush()
    return run_view(run)


def finish_run(session: Session, run_id: str, *, counts: Mapping[str, int] | None = None) -> RunView:
    """Tell that a run is done.

    Raises
    ------
    JobNotFound, Conflict
        As for ``advance_run``.
    """
    run = _running(session, run_id)
    if counts is not None:
        run.counts = dict(counts)
    run.state, run.finished_at, run.done, run.cursor = "done", utc_now(), run.total, {}
    session.flush()
    return run_view(run)


def fail_run(session: Session, run_id: str, *, error: str) -> RunView:
    """Tell that a run failed; ``error`` is the code of the error, never a message with somebody's text."""
    run = RunRepository(session).get(run_id)
    run.state, run.finished_at, run.error = "failed", utc_now(), error[:200]
    session.flush()
    return run_view(run)


def pause_run(session: Session, run_id: str) -> RunView:
    """Tell that a run was interrupted; the next ``start_run`` carries it on at once."""
    run = _running(session, run_id)
    run.state = "queued"
    session.flush()
    return run_view(run)


def cancel_run(session: Session, run_id: str, *, actor: Actor) -> RunView:
    """Stop a run that waits or is under way; what it did so far stays.

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


def get_run(session: Session, run_id: str, *, actor: Actor) -> RunView:
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


def latest_run(session: Session) -> RunView | None:
    """Return the full match that was asked for last, if there is one."""
    run = RunRepository(session).find_latest(MATCH)
    return None if run is None else run_view(run)


def waiting_run(session: Session) -> RunView | None:
    """Return the full match that waits to be carried out or was left unfinished, if there is one."""
    run = RunRepository(session).find_unfinished(MATCH)
    waits = run is not None and (run.state == "queued" or _is_abandoned(run))
    return run_view(run) if run is not None and waits else None


def _running(session: Session, run_id: str) -> Run:
    run = RunRepository(session).get(run_id)
    if run.state != "running":
        raise Conflict(f"The run is {run.state}.", remedy="Ask for a new one.")
    return run


def _is_abandoned(run: Run) -> bool:
    return run.state == "running" and run.updated_at < utc_now() - ALIVE_FOR
