"""Long work: the full match, which carries on wherever it was interrupted, and keeping to the retention plan.

A run is known to the database, so that no two of a kind are under way at once, whichever process carries
them out.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session, sessionmaker

from matcher.carrying_out import Progress, Stopped, carry_out, code_of, go_on, tell_nobody
from matcher.group_jobs import GroupKeeper, request_searches, run_search
from matcher.live import LiveMatcher
from matcher.pipeline import Batch
from matcher.services import entries, erasure, matching, runs
from matcher.services.actor import SYSTEM
from matcher.services.runs import RunView
from matcher.settings import Settings
from matcher.types import Direction, EntryKind, RunKind
from models.database import translate_errors

log = logging.getLogger("matcher.jobs")

BLOCK: Final = 128
"""Queries that are asked, saved and reported at a time; a search waits no longer than for one block."""
MAX_LATE: Final = 1000
"""Entries that changed during a run and are caught up with one by one; if there are more it begins anew."""
RETENTION_EVERY_S: Final = 24 * 3600.0
_REMEMBERED: Final = 100


@dataclass(frozen=True, slots=True)
class Part:
    """One direction for the entries of one kind."""

    direction: Direction
    kind: EntryKind

    @property
    def name(self) -> str:
        """How the run's cursor calls it."""
        return f"{self.direction}/{self.kind}"


PARTS: Final = (
    Part(Direction.NEED_TO_OFFERING, EntryKind.NEED),
    Part(Direction.IDEA_TO_NEED, EntryKind.IDEA),
    *(Part(Direction.SIMILAR, kind) for kind in EntryKind),
)


def run_match(
    live: LiveMatcher,
    *,
    run_id: str | None = None,
    progress: Progress = tell_nobody,
    should_stop: Callable[[], bool] = go_on,
) -> RunView:
    """Propose for every entry in every direction, or carry on where a run was interrupted.

    Parameters
    ----------
    live
        The search in memory; it is brought up to date first.
    run_id
        The run that was asked for; left out, the one that waits or was interrupted, or else a new one.
    progress
        Told how far it is.
    should_stop
        Asked between blocks; if it says yes the run is paused.

    Returns
    -------
    The run as it stands: ``done``, ``queued`` if it was paused, ``cancelled`` if somebody cancelled it.

    Raises
    ------
    JobNotFound, Conflict
        If there is no such run, or one is under way elsewhere.
    Busy, StorageFull
        If the database cannot be written; the run is paused.
    KeyboardInterrupt
        If it is interrupted; the run is paused.
    """
    run, n_entries = _start(live, run_id)
    return carry_out(live, run.id, _Work(live, run, n_entries, progress, should_stop).finish_all)


def keep_retention(sessions: sessionmaker[Session], settings: Settings) -> int:
    """Erase what was withdrawn longer ago than the settings allow; return how many entries that was."""
    if settings.retention_days <= 0:
        return 0
    with translate_errors(), sessions() as session:
        n_erased = erasure.run_retention(session, days=settings.retention_days, checkpoint=session.commit)
        session.commit()
    return n_erased


class Worker:
    """A thread that carries out runs, keeps search and groups fresh, and obeys the retention plan.

    Parameters
    ----------
    live
        The search in memory that the service uses.
    every_s
        Seconds between two looks for work.
    clock
        Tells seconds, for tests.
    """

    def __init__(
        self, live: LiveMatcher, *, every_s: float = 2.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._live, self._every_s, self._clock = live, every_s, clock
        self._stopping, self._waking = threading.Event(), threading.Event()
        self._retention_due_at = clock()
        self._keeper = GroupKeeper(live, clock=clock)
        self._told = ""
        self._turn, self._ended = threading.Condition(), deque[str](maxlen=_REMEMBERED)
        self._thread = threading.Thread(target=self._loop, name="worker", daemon=True)

    def start(self) -> None:
        """Begin to look for work."""
        self._thread.start()

    def wake(self) -> None:
        """Look for work at once."""
        self._waking.set()

    def stop(self, *, patience_s: float = 30.0) -> None:
        """Pause what is under way, and end."""
        self._stopping.set()
        self._waking.set()
        if self._thread.is_alive():
            self._thread.join(patience_s)

    def wait_for(self, run_id: str, *, patience_s: float) -> None:
        """Wait until this worker has carried a run out, or for so many seconds."""
        self.wake()
        with self._turn:
            self._turn.wait_for(lambda: run_id in self._ended, patience_s)

    def work_once(self) -> RunView | None:
        """Do what is to be done; return the run that was carried out, if one waited."""
        if self._clock() >= self._retention_due_at:
            self._retention_due_at = self._clock() + RETENTION_EVERY_S
            keep_retention(self._live.sessions, self._live.settings)
        _ = self._live.encoder
        self._live.renew()
        with translate_errors(), self._live.reading() as session:
            waiting = runs.find_waiting(session)
        if waiting is None:
            if self._live.is_of_before:
                self._change_encoder()
            self._keeper.work_once()
            return None
        try:
            return self._carry_out(waiting)
        finally:
            with self._turn:
                self._ended.append(waiting.id)
                self._turn.notify_all()

    def _carry_out(self, waiting: RunView) -> RunView:
        stop = self._stopping.is_set
        if waiting.kind is not RunKind.MATCH:
            return run_search(self._live, waiting.kind, run_id=waiting.id, should_stop=stop)
        run = run_match(self._live, run_id=waiting.id, should_stop=stop)
        if run.state == "done":
            request_searches(self._live)
        return run

    def _change_encoder(self) -> None:
        """Make the vectors of the encoder that is wanted, while the one of before serves."""

        def check_stop() -> None:
            if self._stopping.is_set():
                raise Stopped

        with suppress(Stopped):
            self._live.renew(fit=True, after_chunk=check_stop)

    def _loop(self) -> None:
        while not self._stopping.is_set():
            is_idle = True
            try:
                is_idle = self.work_once() is None
                self._told = ""
            except Exception as error:  # whatever it was, the next run is to be carried out all the same
                if self._told != code_of(error):
                    self._told = code_of(error)
                    log.warning("Work failed and is tried again: %s.", self._told)
            if is_idle:
                self._waking.wait(self._every_s)
                self._waking.clear()


class _Work:
    """One run on its way: where it stands, and what came out."""

    def __init__(
        self,
        live: LiveMatcher,
        run: RunView,
        n_entries: int,
        progress: Progress,
        should_stop: Callable[[], bool],
    ) -> None:
        self.live, self.run_id, self.n_entries = live, run.id, n_entries
        self.progress, self.should_stop = progress, should_stop
        self.cursor: Mapping[str, Any] = run.cursor
        self.counts = Counter({name: int(count) for name, count in run.counts.items()})
        self.done, self.total, self.seq = run.done, run.total, 0

    def finish_all(self) -> RunView:
        """Ask whatever has not been asked, and say that the run is done."""
        self._bring_up_to_date()
        self._begin_anew_if_much_changed()
        self._ask_all()
        while self._begin_anew_if_much_changed():
            self._ask_all()
        self._catch_up()
        with translate_errors(), self.live.sessions.begin() as session:
            return runs.finish(session, self.run_id, counts=self.counts)

    def _bring_up_to_date(self) -> None:
        n_encoded = 0

        def count(n: int) -> None:
            nonlocal n_encoded
            n_encoded += n
            self.progress("encoding", n_encoded, max(n_encoded, self.n_entries))

        def tell_that_it_lives() -> None:
            self._check_stop()
            with translate_errors(), self.live.sessions.begin() as session:
                self._tell(session, self.counts)

        self.live.renew(fit=True, progress=count, after_chunk=tell_that_it_lives)
        self.seq = int(self.cursor.get("seq", self.live.seq))

    def _begin_anew_if_much_changed(self) -> bool:
        if len(self._changed()) <= MAX_LATE:
            return False
        self.live.renew()
        self.cursor, self.seq = {}, self.live.seq
        return True

    def _ask_all(self) -> None:
        queries = {part: self.live.ids(part.kind) for part in PARTS}
        self.total = sum(map(len, queries.values()))
        for part, block, done in _blocks(queries, self.cursor):
            self._check_stop()
            self.done = done
            batch = self.live.propose_block(block, part.direction)
            self.cursor = {"part": part.name, "after": block[-1], "seq": self.seq}
            self._save(part, batch)
            self.progress("matching", self.done, self.total)

    def _save(self, part: Part, batch: Batch) -> None:
        asked = [(query_id, part.direction) for query_id in batch.query_ids]
        with translate_errors(), self.live.sessions.begin() as session:
            saved = matching.save_proposals(session, batch.proposals, asked=asked, run_id=self.run_id)
            counts = self._counted(saved)
            if part.direction is Direction.NEED_TO_OFFERING:
                answered = {proposal.query_id for proposal in batch.proposals}
                counts["without_match"] += len(set(batch.query_ids) - answered)
            self._tell(session, counts)
        self.counts = counts

    def _catch_up(self) -> None:
        """Propose for what changed while the run was under way."""
        for entry_id in self._changed():
            self._check_stop()
            with translate_errors(), self.live.sessions.begin() as session:
                counts = self._counted(self.live.propose_and_save(session, entry_id))
                self._tell(session, counts)
            self.counts = counts

    def _counted(self, saved: matching.SavedProposals) -> Counter[str]:
        counts = Counter(self.counts)
        for name in ("created", "updated", "unchanged", "stale"):
            counts[name] += getattr(saved, name)
        return counts

    def _tell(self, session: Session, counts: Mapping[str, int]) -> None:
        runs.advance(
            session, self.run_id, done=self.done, cursor=self.cursor, counts=counts, total=self.total
        )

    def _changed(self) -> list[str]:
        with translate_errors(), self.live.reading() as session:
            changes = matching.changed_since(session, self.seq, limit=MAX_LATE + 1)
        return [entry.id for entry in changes.entries]

    def _check_stop(self) -> None:
        if self.should_stop():
            raise Stopped


def _start(live: LiveMatcher, run_id: str | None) -> tuple[RunView, int]:
    """Return the run, and how many entries there are."""
    digest = live.next_recipe.digest
    with translate_errors(), live.sessions.begin() as session:
        counted = entries.count_by_kind(session, actor=SYSTEM)
        total = sum(counted[part.kind] for part in PARTS)
        run = runs.start(session, RunKind.MATCH, recipe_digest=digest, total=total, run_id=run_id)
    return run, sum(counted.values())


def _blocks(
    queries: Mapping[Part, list[str]], cursor: Mapping[str, Any]
) -> Iterator[tuple[Part, list[str], int]]:
    """Yield what is still to be asked, and how many queries are done after each block."""
    reached, done = cursor.get("part"), 0
    is_passed = reached is None
    for part, ids in queries.items():
        start = 0
        if not is_passed:
            is_passed = part.name == reached
            after = str(cursor.get("after", ""))
            start = sum(each <= after for each in ids) if is_passed else len(ids)
        for first in range(start, len(ids), BLOCK):
            block = ids[first : first + BLOCK]
            yield part, block, done + first + len(block)
        done += len(ids)
