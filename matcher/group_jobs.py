"""Groups kept up to date beside the requests: searched anew, joined by what is new, and told.

Each search reads in one transaction, thinks in none and writes in another, so that nobody waits for it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from matcher.carrying_out import Progress, Stopped, carry_out, go_on, tell_nobody
from matcher.errors import Busy, Conflict, MailNotSent
from matcher.grouping.progress import Progress as Share
from matcher.live import LiveMatcher
from matcher.mailing import send_notices
from matcher.services import duplicate_search, duplicates, joint_need_search, notices, runs, theme_search
from matcher.services.actor import SYSTEM
from matcher.services.runs import RunView
from matcher.types import RunKind
from models.database import translate_errors

log = logging.getLogger("matcher.groups")

JOIN_EVERY_S: Final = 60.0
TELL_EVERY_S: Final = 24 * 3600.0
MAIL_EVERY_S: Final = 300.0
TELL_RUN_EVERY_S: Final = 1.0
LOOK_EVERY_S: Final = 5.0
SEARCH_AFTER: Final = 25
"""Answers about duplicates after which these are searched anew: what stands together is compared as one."""
_AFTER_ANSWERS: Final = (RunKind.DUPLICATES, RunKind.JOINT_NEEDS)
_SHARE_SEARCHING: Final = 0.1
"""Share of the time that such searches may take, where there is much to search."""
SEARCHES: Final = (RunKind.DUPLICATES, RunKind.THEMES, RunKind.JOINT_NEEDS)
"""In this order: joint needs rest on what was found before."""
PER_CENT: Final = 100
_TRIES: Final = 3
Keep = Callable[[Session], dict[str, int]]


def request_searches(live: LiveMatcher) -> None:
    """Ask for all groups to be searched anew; a search that waits or is under way is left as it is."""
    for kind in SEARCHES:
        with suppress(Conflict), translate_errors(), live.sessions.begin() as session:
            runs.request(session, kind, actor=SYSTEM)


def run_search(
    live: LiveMatcher,
    kind: RunKind,
    *,
    run_id: str | None = None,
    today: date | None = None,
    progress: Progress = tell_nobody,
    should_stop: Callable[[], bool] = go_on,
) -> RunView:
    """Search duplicates, themes or joint needs anew, or let new entries join themes.

    All of what was found is kept, or nothing.

    Parameters
    ----------
    live
        The search in memory; it is brought up to date first.
    kind
        What is searched.
    run_id
        The run that was asked for; left out, the one that waits or was interrupted, or else a new one.
    today
        The present day, left out: that of now.
    progress
        Told how far it is.
    should_stop
        Asked between steps; if it says yes the run is paused, and begins anew when it is taken up.

    Returns
    -------
    The run as it stands: ``done`` with what came out, ``queued`` if it was paused, ``cancelled`` if somebody
    cancelled it.

    Raises
    ------
    JobNotFound, Conflict
        If there is no such run, or one is under way elsewhere; or if somebody changes themes again and again.
    Busy, StorageFull
        If the database cannot be written; the run is paused.
    KeyboardInterrupt
        If it is interrupted; the run is paused.
    """
    with translate_errors(), live.sessions.begin() as session:
        run = runs.start(session, kind, total=PER_CENT, run_id=run_id)
    reporter = _Reporter(live, run.id, progress, should_stop)
    day = today or datetime.now(UTC).date()
    return carry_out(live, run.id, lambda: _search(live, kind, day, reporter))


def join_themes(live: LiveMatcher) -> int:
    """Let new entries join the themes that are there; return how many did."""
    with translate_errors():
        with live.reading() as session:
            given = theme_search.load(session, live.encoder, naming=False)
        joined = theme_search.place(given)
        if not joined.theme_of:
            return 0
        with live.sessions.begin() as session:
            return len(theme_search.save_joined(session, joined))


def tell_members(live: LiveMatcher, *, today: date | None = None) -> int:
    """Tell members which offerings end soon; return how many were told."""
    day = today or datetime.now(UTC).date()
    with translate_errors(), live.sessions.begin() as session:
        return notices.tell_expiring(session, today=day, days=live.settings.notice_days)


def search_after_answers(live: LiveMatcher, *, now: datetime | None = None) -> bool:
    """Ask for duplicates and joint needs to be searched anew if much was answered since; tell whether it was.

    Nothing is asked for before there was a search at all, nor so often that it takes a tenth of the time.
    """
    with translate_errors(), live.reading() as session:
        found = [runs.find_latest(session, kind, but_unbegun=True) for kind in _AFTER_ANSWERS]
        latest = [run for run in found if run is not None]
        spans = [(run.started_at, run.finished_at) for run in latest if run.started_at and run.finished_at]
        if found[0] is None or len(spans) < len(latest):
            return False
        took = sum((finished - started for started, finished in spans), timedelta())
        rests_until = max(finished for _, finished in spans) + took / _SHARE_SEARCHING
        if (now or datetime.now(UTC)) < rests_until:
            return False
        if duplicates.count_answers(session, since=spans[0][0]) < SEARCH_AFTER:
            return False
    for kind in _AFTER_ANSWERS:
        with suppress(Conflict), translate_errors(), live.sessions.begin() as session:
            runs.request(session, kind, actor=SYSTEM)
    return True


class GroupKeeper:
    """Does from time to time what keeps groups and members up to date.

    Parameters
    ----------
    live
        The search in memory that the service uses.
    clock
        Tells seconds, for tests.
    """

    def __init__(self, live: LiveMatcher, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._live, self._clock = live, clock
        self._joined_at_seq = -1
        self._join_due_at = self._tell_due_at = self._mail_due_at = self._look_due_at = clock()

    def work_once(self) -> None:
        """Do what is due; the search in memory must be up to date."""
        now = self._clock()
        if now >= self._join_due_at and self._live.seq != self._joined_at_seq:
            self._join_due_at, self._joined_at_seq = now + JOIN_EVERY_S, self._live.seq
            # Where somebody changes themes just now, what is new joins the next time.
            try:
                join_themes(self._live)
            except Conflict:
                self._joined_at_seq = -1
        if now >= self._tell_due_at:
            self._tell_due_at = now + TELL_EVERY_S
            tell_members(self._live)
        if now >= self._mail_due_at:
            self._mail_due_at = now + MAIL_EVERY_S
            self._mail()
        if now >= self._look_due_at:
            self._look_due_at = now + LOOK_EVERY_S
            search_after_answers(self._live)

    def _mail(self) -> None:
        try:
            send_notices(self._live.sessions, self._live.settings)
        except MailNotSent as error:
            log.warning("%s", error)


class _Reporter:
    """Tells how far a search is, keeps its run alive, and ends it where it was cancelled or is to stop."""

    def __init__(
        self, live: LiveMatcher, run_id: str, progress: Progress, should_stop: Callable[[], bool]
    ) -> None:
        self._live, self.run_id, self._progress, self._should_stop = live, run_id, progress, should_stop
        self._n_encoded, self._told_at = 0, 0.0

    def encoded(self, n: int) -> None:
        """Tell that texts were encoded before the search itself."""
        self._n_encoded += n
        self._progress("encoding", self._n_encoded, self._n_encoded)

    def begin(self) -> None:
        """Tell at once that the search begins, or begins again."""
        self._told_at = -TELL_RUN_EVERY_S
        self.reached()

    def reached(self, share: float = 0.0) -> None:
        """Tell which share is done."""
        if self._should_stop():
            raise Stopped
        done = round(share * (PER_CENT - 1))
        if time.monotonic() >= self._told_at + TELL_RUN_EVERY_S:
            # A database that is locked for a while is no reason to give up what was found so far.
            with suppress(Busy), translate_errors(), self._live.sessions.begin() as session:
                runs.advance(session, self.run_id, done=done)
            self._told_at = time.monotonic()
        self._progress("searching", done, PER_CENT)


def _search(live: LiveMatcher, kind: RunKind, today: date, reporter: _Reporter) -> RunView:
    """Search, and keep what was found; where somebody changed a theme meanwhile, begin again."""
    live.renew(progress=reporter.encoded, after_chunk=reporter.reached)
    for _ in range(_TRIES - 1):
        with suppress(Conflict):
            return _search_once(live, kind, today, reporter)
    return _search_once(live, kind, today, reporter)


def _search_once(live: LiveMatcher, kind: RunKind, today: date, reporter: _Reporter) -> RunView:
    reporter.begin()
    keep = _WAYS[kind](live, today, reporter.reached)
    with translate_errors(), live.sessions.begin() as session:
        # First of all: what was cancelled is not kept.
        runs.advance(session, reporter.run_id, done=PER_CENT - 1)
        return runs.finish(session, reporter.run_id, counts=keep(session))


def _search_duplicates(live: LiveMatcher, today: date, progress: Share) -> Keep:
    with translate_errors(), live.reading() as session:
        loaded, decided = duplicate_search.load(session, live.encoder)
    found = duplicate_search.find(loaded, decided, progress=progress)

    def keep(session: Session) -> dict[str, int]:
        saved = duplicate_search.save(session, found)
        return {
            "pairs": len(found.pairs),
            "groups": found.n_groups,
            "new": len(saved.new_ids),
            "updated": saved.n_updated,
            "stale": saved.n_stale,
            "learnt_from": found.n_learnt_from,
        }

    return keep


def _search_themes(live: LiveMatcher, today: date, progress: Share) -> Keep:
    with translate_errors(), live.reading() as session:
        given = theme_search.load(session, live.encoder)
    found = theme_search.find(given, progress=progress)

    def keep(session: Session) -> dict[str, int]:
        saved = theme_search.save(session, found, actor=SYSTEM)
        return {
            "themes": saved.n_themes,
            "new": saved.n_new,
            "split": saved.n_split,
            "merged": saved.n_merged,
            "ended": saved.n_ended,
            "entries": saved.n_entries,
            "outside": saved.n_outside,
        }

    return keep


def _join_new_entries(live: LiveMatcher, today: date, progress: Share) -> Keep:
    with translate_errors(), live.reading() as session:
        given = theme_search.load(session, live.encoder, naming=False)
    joined = theme_search.place(given, progress=progress)

    def keep(session: Session) -> dict[str, int]:
        return {"joined": len(theme_search.save_joined(session, joined))}

    return keep


def _search_joint_needs(live: LiveMatcher, today: date, progress: Share) -> Keep:
    with translate_errors(), live.reading() as session:
        given = joint_need_search.load(session, live.encoder, today=today)
    found = joint_need_search.find(given, progress=progress)

    def keep(session: Session) -> dict[str, int]:
        saved = joint_need_search.save(session, found, actor=SYSTEM)
        return {"joint_needs": saved.n_found, "new": saved.n_new, "stale": saved.n_stale}

    return keep


_WAYS: Final[dict[RunKind, Callable[[LiveMatcher, date, Share], Keep]]] = {
    RunKind.DUPLICATES: _search_duplicates,
    RunKind.THEMES: _search_themes,
    RunKind.JOINING: _join_new_entries,
    RunKind.JOINT_NEEDS: _search_joint_needs,
}
