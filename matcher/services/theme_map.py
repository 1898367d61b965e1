"""A map of themes: near each other where their most central entries are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from matcher.services.actor import Actor
from matcher.types import text_digest
from models.repositories.theme_counts import ThemeCounts, theme_counts
from models.repositories.themes import ThemeRepository, ThemeView
from models.repositories.vectors import VectorRepository

__all__ = ["Spot", "ThemeCounts", "theme_map"]

FloatArray = NDArray[np.float32]
N_SHOWN: Final = 60
NEW_DAYS: Final = 90
"""An entry is new for so many days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a theme lies, both from 0 to 1; only nearness tells something, no direction does."""

    theme: ThemeView
    counts: ThemeCounts
    x: float
    y: float


def theme_map(
    session: Session,
    *,
    actor: Actor,
    encoder_digest: str,
    parent_id: str | None = None,
    now: datetime | None = None,
) -> list[Spot]:
    """Return where the largest themes, or the parts of one, lie on a plane.

    The plane is the one on which their most central entries lie widest apart (principal components).
    Themes whose example the actor does not see, or that is not encoded, are left out.
    """
    views = (
        ThemeRepository(session, actor)
        .list_views(parent_id=parent_id, everything=False, limit=N_SHOWN, after=None)
        .items
    )
    digests = {
        view.id: text_digest(view.example.as_entry().whole_text) for view in views if view.example is not None
    }
    vectors = VectorRepository(session).get_many(sorted(set(digests.values())), encoder_digest)
    shown = [view for view in views if digests.get(view.id) in vectors]
    places = _plane([vectors[digests[view.id]] for view in shown])
    since = (now or datetime.now(UTC)) - timedelta(days=NEW_DAYS)
    counts = theme_counts(session, (view.id for view in shown), viewer=actor, since=since)
    return [
        Spot(theme=view, counts=counts[view.id], x=x, y=y) for view, (x, y) in zip(shown, places, strict=True)
    ]


def _plane(vectors: Sequence[FloatArray]) -> list[tuple[float, float]]:
    """Project vectors on their two widest directions and stretch them to the unit square."""
    if not vectors:
        return []
    if len(vectors) < 3:
        return [((place + 1) / (len(vectors) + 1), 0.5) for place in range(len(vectors))]
    centred = np.stack(vectors) - np.mean(vectors, axis=0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    # The sign of a direction is the computer's whim; with a rule for it the map does not flip over.
    signs = np.sign(directions[:2][np.arange(2), np.argmax(np.abs(directions[:2]), axis=1)])
    flat = centred @ (directions[:2] * signs[:, None]).T
    ranks = flat.argsort(axis=0).argsort(axis=0) / (len(vectors) - 1)
    spread = (flat - flat.min(axis=0)) / np.maximum(np.ptp(flat, axis=0), 1e-9)
    # Half by place and half by rank: near ones stay near, and a crowd is pulled apart enough to be read.
    return [(float(x), float(y)) for x, y in (ranks + spread) / 2]
