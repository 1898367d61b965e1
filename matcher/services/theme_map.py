"""A map of themes: near each other where their most central entries are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from matcher.services.actor import Actor
from matcher.types import text_digest
from models.repositories.organisations import OrganisationRepository
from models.repositories.theme_counts import ThemeCounts, theme_counts
from models.repositories.themes import ThemeRepository, ThemeView
from models.repositories.vectors import VectorRepository

__all__ = ["KindMix", "Owner", "Spot", "ThemeAge", "ThemeCounts", "ThemeMap", "theme_map"]

FloatArray = NDArray[np.float32]
N_SHOWN: Final = 60
N_OWNERS: Final = 12
"""As many organisations as colours can be told apart."""
NEW_DAYS: Final = 90
"""An entry is new for so many days."""


class KindMix(StrEnum):
    """What a theme is mostly made of."""

    NEEDS = "needs"
    MIXED = "mixed"
    IDEAS = "ideas"


class ThemeAge(StrEnum):
    """How large a share of a theme is new: half at least, a quarter, a tenth, or less."""

    NEW = "new"
    GROWING = "growing"
    STEADY = "steady"
    OLD = "old"


_AGES: Final = ((ThemeAge.NEW, 0.5), (ThemeAge.GROWING, 0.25), (ThemeAge.STEADY, 0.1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a theme lies, both from 0 to 1; only nearness tells something, no direction does.

    ``leading_id`` is the organisation that most of its entries are of, if they are anybody's.
    """

    theme: ThemeView
    counts: ThemeCounts
    x: float
    y: float
    leading_id: str | None

    @property
    def mix(self) -> KindMix:
        """Which kind most of its entries are of: two thirds are most."""
        needs, ideas = self.counts.needs, self.counts.ideas
        if needs >= 2 * ideas:
            return KindMix.NEEDS
        return KindMix.IDEAS if ideas >= 2 * needs else KindMix.MIXED

    @property
    def age(self) -> ThemeAge:
        """How large a share of its entries is new."""
        share = self.counts.recent / max(self.counts.needs + self.counts.ideas, 1)
        return next((age for age, least in _AGES if share >= least), ThemeAge.OLD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """An organisation with how many entries of the themes on a map are its; ``is_own``: the actor's."""

    id: str
    name: str
    n_entries: int
    is_own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeMap:
    """Themes on a plane, the largest first, and the organisations with most entries in them, as well."""

    spots: list[Spot]
    owners: list[Owner]
    names: Mapping[str, str]
    """Of every organisation that leads in a theme."""


def theme_map(
    session: Session,
    *,
    actor: Actor,
    encoder_digest: str,
    parent_id: str | None = None,
    now: datetime | None = None,
) -> ThemeMap:
    """Return where the largest themes, or the parts of one, lie on a plane, and whose they are.

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
    owned: Counter[str] = Counter()
    for each in counts.values():
        owned.update(each.owners)
    leading = {view.id: _leading(counts[view.id], owned) for view in shown}
    largest = sorted(owned, key=lambda owner: (-owned[owner], owner))[:N_OWNERS]
    names = OrganisationRepository(session).names({*largest, *filter(None, leading.values())})
    return ThemeMap(
        spots=[
            Spot(theme=view, counts=counts[view.id], x=x, y=y, leading_id=leading[view.id])
            for view, (x, y) in zip(shown, places, strict=True)
        ],
        owners=[
            Owner(id=each, name=names[each], n_entries=owned[each], is_own=each == actor.organisation_id)
            for each in largest
        ],
        names=names,
    )


def _leading(counts: ThemeCounts, owned: Counter[str]) -> str | None:
    """Return whose entries a theme holds most of; of two with as many, who has more altogether."""
    owners = counts.owners
    return min(owners, key=lambda each: (-owners[each], -owned[each], each), default=None)


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
