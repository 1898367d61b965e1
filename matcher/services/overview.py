"""The overview: numbers that help to decide, each of them about what the actor may see."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Final

from sqlalchemy.orm import Session

from matcher.services.actor import STAFF, Actor
from matcher.types import EntryKind
from models.repositories.overview import Judged, OverviewRepository
from models.repositories.theme_counts import ThemeCounts, theme_counts
from models.repositories.themes import ThemeRepository, ThemeView
from models.repositories.waits import WaitRepository

__all__ = ["Bin", "Judged", "Numbers", "Wait", "Waits", "Week", "numbers"]

N_WEEKS: Final = 12
N_PLACES: Final = 15
N_LANGUAGES: Final = 10
N_THEMES: Final = 15
_WAIT_DAYS: Final = (0, 1, 3, 7, 14, 28, 91)
"""Days with which the bands of waiting begin; the last one has no end."""
_WAITS_OF: Final = timedelta(days=365)
_EDGES: Final = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_Z: Final = 1.96


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """What came within seven days from a day on."""

    starts_at: datetime
    needs: int
    ideas: int
    offerings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Proposals whose probability lies between two figures: what was said, and what people accepted.

    ``lowest`` and ``highest`` are the ends of Wilson's interval (95 %) of the accepted share.
    """

    start: float
    end: float
    n: int
    said: float
    accepted: float
    lowest: float
    highest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """How many waited so many days: from ``from_days`` on and less than ``until_days``, if that has an end.

    ``answered`` are needs whose first verdict came within a year, ``open`` tasks of the queue that wait on.
    """

    from_days: int
    until_days: int | None
    answered: int
    open: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How long needs waited for their first verdict, and how long open tasks have waited."""

    bands: list[Wait]
    n_answered: int
    n_open: int
    median_answered: timedelta | None
    median_open: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """Everything that the overview shows."""

    n_open: int
    judged_this_week: int
    judged_last_week: int
    needs_without: int
    needs_total: int
    median_wait: timedelta | None
    waits: Waits
    weeks: list[Week]
    places: list[tuple[str, int]]
    themes: list[tuple[ThemeView, ThemeCounts]]
    languages: list[tuple[str, int]]
    bins: list[Bin]
    by_language: list[Judged]
    by_supplier: list[Judged]
    by_size: list[Judged]


def numbers(session: Session, *, actor: Actor, now: datetime) -> Numbers:
    """Count everything; ``now`` ends the last of twelve weeks.

    Raises
    ------
    NotAllowed
        If the actor is no staff.
    """
    actor.require(STAFF, organisation_id=actor.organisation_id)
    found = OverviewRepository(session, actor)
    this_week = found.count_judged_since(now - timedelta(days=7))
    without, total = found.needs_without_offering()
    judged = found.judged_offerings()
    return Numbers(
        n_open=found.count_open(),
        judged_this_week=this_week,
        judged_last_week=found.count_judged_since(now - timedelta(days=14)) - this_week,
        needs_without=without,
        needs_total=total,
        median_wait=_median_wait(found.waits()),
        waits=_waits(WaitRepository(session, actor), now),
        weeks=_weeks(found, now),
        places=found.count_by_place(EntryKind.NEED, limit=N_PLACES),
        themes=_themes(session, actor, now - timedelta(days=7)),
        languages=found.count_by_language(limit=N_LANGUAGES),
        bins=calibration(found.scores_judged()),
        by_language=judged.by_language,
        by_supplier=judged.by_supplier,
        by_size=judged.by_size,
    )


def calibration(judged: Sequence[tuple[float, bool]]) -> list[Bin]:
    """Compare probabilities with what people accepted, in fifths; empty fifths are left out."""
    bins = []
    for start, end in pairwise(_EDGES):
        inside = [(p, yes) for p, yes in judged if start <= p < end or (end == 1.0 and p == 1.0)]
        if inside:
            accepted, n = sum(yes for _, yes in inside), len(inside)
            low, high = wilson(accepted, n)
            said = sum(p for p, _ in inside) / n
            bins.append(
                Bin(
                    start=start,
                    end=end,
                    n=n,
                    said=said,
                    accepted=accepted / n,
                    lowest=low,
                    highest=high,
                )
            )
    return bins


def wilson(successes: int, n: int) -> tuple[float, float]:
    """Return Wilson's score interval (95 %) of a share (Wilson 1927, JASA 22:209)."""
    share, z2 = successes / n, _Z * _Z
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(centre - half, 0.0), min(centre + half, 1.0)


def _weeks(found: OverviewRepository, now: datetime) -> list[Week]:
    edges = [now - timedelta(days=7 * back) for back in range(N_WEEKS, -1, -1)]
    counts = found.count_between(edges)
    return [
        Week(
            starts_at=start,
            needs=counts[EntryKind.NEED][place],
            ideas=counts[EntryKind.IDEA][place],
            offerings=counts[EntryKind.OFFERING][place],
        )
        for place, start in enumerate(edges[:-1])
    ]


def _themes(session: Session, actor: Actor, since: datetime) -> list[tuple[ThemeView, ThemeCounts]]:
    """Return the largest themes with what they are made of; new is what came since a time."""
    shown = ThemeRepository(session, actor).list_views(
        parent_id=None, everything=False, limit=N_THEMES, after=None
    )
    counts = theme_counts(session, (each.id for each in shown.items), viewer=actor, since=since)
    return [(each, counts[each.id]) for each in shown.items]


def _waits(found: WaitRepository, now: datetime) -> Waits:
    answered = [end - start for start, end in found.answered_needs(since=now - _WAITS_OF)]
    still = [now - start for start in found.open_tasks(now=now)]
    n_answered, n_still = _count_in_bands(answered), _count_in_bands(still)
    bands = [
        Wait(from_days=start, until_days=end, answered=n_answered[band], open=n_still[band])
        for band, (start, end) in enumerate(zip(_WAIT_DAYS, (*_WAIT_DAYS[1:], None), strict=True))
    ]
    return Waits(
        bands=bands,
        n_answered=len(answered),
        n_open=len(still),
        median_answered=_median(answered),
        median_open=_median(still),
    )


def _count_in_bands(waits: Iterable[timedelta]) -> Counter[int]:
    """Count waits by their band; one that a clock set back made negative is none at all."""
    return Counter(bisect_right(_WAIT_DAYS, max(wait.days, 0)) - 1 for wait in waits)


def _median_wait(waits: Sequence[tuple[datetime, datetime]]) -> timedelta | None:
    return _median([judged - made for made, judged in waits])


def _median(waits: Sequence[timedelta]) -> timedelta | None:
    return timedelta(seconds=median(wait.total_seconds() for wait in waits)) if waits else None
