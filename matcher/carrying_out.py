"""What carrying out any run has in common: telling how far it is, stopping, and what is kept of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from matcher.errors import Busy, Conflict, MatcherError, StorageFull
from matcher.live import LiveMatcher
from matcher.services import runs
from matcher.services.actor import SYSTEM
from matcher.services.runs import RunView
from models.database import translate_errors


class Progress(Protocol):
    """Is told how far a run is."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Take note; ``stage``: ``encoding`` (texts), ``matching`` (queries) or ``searching`` (per cent)."""
        ...


class Stopped(Exception):
    """A run was asked to stop; what it did so far is kept."""


def carry_out(live: LiveMatcher, run_id: str, work: Callable[[], RunView]) -> RunView:
    """Do the work of a run that was started, and note how it ended.

    Returns
    -------
    The run as it stands: ``done``, ``queued`` if it was paused, ``cancelled`` if somebody cancelled it.

    Raises
    ------
    Busy, StorageFull
        If the database cannot be written; the run is paused.
    KeyboardInterrupt
        If it is interrupted; the run is paused.
    """
    try:
        return work()
    except Stopped:
        return _pause(live, run_id)
    except (KeyboardInterrupt, Busy, StorageFull):
        with suppress(MatcherError):
            _pause(live, run_id)
        raise
    except Exception as error:
        run = _failed(live, run_id, error)
        if isinstance(error, Conflict) and run is not None and run.state == "cancelled":
            return run
        raise


def tell_nobody(stage: str, done: int, total: int) -> None:
    """Ignore progress."""


def go_on() -> bool:
    """Never stop."""
    return False


def code_of(error: Exception) -> str:
    """Return what an error is called where nobody's text may stand."""
    return error.code if isinstance(error, MatcherError) else type(error).__name__


def _pause(live: LiveMatcher, run_id: str) -> RunView:
    with translate_errors(), live.sessions.begin() as session:
        run = runs.get(session, run_id, actor=SYSTEM)
        return runs.pause(session, run_id) if run.state == "running" else run


def _failed(live: LiveMatcher, run_id: str, error: Exception) -> RunView | None:
    """Note that a run failed, unless it was cancelled; return it, if the database can be read."""
    with suppress(MatcherError), translate_errors(), live.sessions.begin() as session:
        run = runs.get(session, run_id, actor=SYSTEM)
        return runs.fail(session, run_id, error=code_of(error)) if run.state == "running" else run
    return None
