"""Groups kept up to date beside the requests: searched anew after a match, joined by what is new, and told.

Each search reads in one transaction, thinks in none and writes in another, so that nobody waits for it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from matcher.errors import Conflict, MailNotSent
from matcher.live import LiveMatcher
from matcher.mailing import send_notices
from matcher.services import duplicate_search, joint_need_search, notices, theme_search
from matcher.services.actor import SYSTEM, Actor
from matcher.services.duplicate_search import FoundDuplicates, SavedPairs
from matcher.services.joint_need_search import SavedJointNeeds
from matcher.services.theme_search import SavedThemes
from models.database import translate_errors

log = logging.getLogger("matcher.groups")

JOIN_EVERY_S: Final = 60.0
TELL_EVERY_S: Final = 24 * 3600.0
MAIL_EVERY_S: Final = 300.0
_TRIES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """What searching all groups anew led to."""

    duplicates: SavedPairs
    themes: SavedThemes
    joint_needs: SavedJointNeeds


def refresh_groups(live: LiveMatcher, *, actor: Actor = SYSTEM, today: date | None = None) -> Refreshed:
    """Search duplicates, themes and joint needs anew; the search in memory must be up to date."""
    _, pairs = refresh_duplicates(live)
    return Refreshed(
        duplicates=pairs,
        themes=refresh_themes(live, actor=actor),
        joint_needs=refresh_joint_needs(live, actor=actor, today=today),
    )


def refresh_duplicates(live: LiveMatcher) -> tuple[FoundDuplicates, SavedPairs]:
    """Search duplicates anew."""
    with translate_errors(), live.reading() as session:
        loaded, decided = duplicate_search.load(session, live.encoder)
    found = duplicate_search.find(loaded, decided)
    with translate_errors(), live.sessions.begin() as session:
        return found, duplicate_search.save(session, found)


def refresh_themes(live: LiveMatcher, *, actor: Actor = SYSTEM) -> SavedThemes:
    """Find themes anew; where somebody changed one meanwhile, begin again.

    Raises
    ------
    Conflict
        If somebody changes themes again and again.
    """
    for _ in range(_TRIES - 1):
        try:
            return _themes_once(live, actor)
        except Conflict:
            continue
    return _themes_once(live, actor)


def refresh_joint_needs(
    live: LiveMatcher, *, actor: Actor = SYSTEM, today: date | None = None
) -> SavedJointNeeds:
    """Search joint needs anew."""
    with translate_errors(), live.reading() as session:
        given = joint_need_search.load(session, live.encoder, today=today or datetime.now(UTC).date())
    found = joint_need_search.find(given)
    with translate_errors(), live.sessions.begin() as session:
        return joint_need_search.save(session, found, actor=actor)


def join_themes(live: LiveMatcher) -> int:
    """Let new entries join the themes that are there; return how many did."""
    with translate_errors(), live.sessions.begin() as session:
        return len(theme_search.join_new(session, live.encoder))


def tell_members(live: LiveMatcher, *, today: date | None = None) -> int:
    """Tell members which offerings end soon; return how many were told."""
    day = today or datetime.now(UTC).date()
    with translate_errors(), live.sessions.begin() as session:
        return notices.tell_expiring(session, today=day, days=live.settings.notice_days)


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
        self._join_due_at = self._tell_due_at = self._mail_due_at = clock()

    def work_once(self) -> None:
        """Do what is due; the search in memory must be up to date."""
        now = self._clock()
        if now >= self._join_due_at and self._live.seq != self._joined_at_seq:
            self._join_due_at, self._joined_at_seq = now + JOIN_EVERY_S, self._live.seq
            join_themes(self._live)
        if now >= self._tell_due_at:
            self._tell_due_at = now + TELL_EVERY_S
            tell_members(self._live)
        if now >= self._mail_due_at:
            self._mail_due_at = now + MAIL_EVERY_S
            self._mail()

    def _mail(self) -> None:
        try:
            send_notices(self._live.sessions, self._live.settings)
        except MailNotSent as error:
            log.warning("%s", error)


def _themes_once(live: LiveMatcher, actor: Actor) -> SavedThemes:
    with translate_errors(), live.reading() as session:
        given = theme_search.load(session, live.encoder)
    found = theme_search.find(given)
    with translate_errors(), live.sessions.begin() as session:
        return theme_search.save(session, found, actor=actor)
