"""The overview: numbers that help to decide, each of them about what the actor may see."""

from __future__ import annotations

import math
from collections.abc import Sequence
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

__all__ = ["Bin", "Judged", "Numbers", "Week", "numbers"]

N_WEEKS: Final = 12
N_PLACES: Final = 15
N_LANGUAGES: Final = 10
N_THEMES: Final = 15
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
class Numbers:
    """Everything that the overview shows."""

    n_open: int
    judged_this_week: int
    judged_last_week: int
    needs_without: int
    needs_total: int
    median_wait: timedelta | None
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


def _median_wait(waits: Sequence[tuple[datetime, datetime]]) -> timedelta | None:
    seconds = [(judged - made).total_seconds() for made, judged in waits]
    return timedelta(seconds=median(seconds)) if seconds else None
