"""Circumstances that speak for or against a pair beside its words: CPV codes, places, time, value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, isnan

import numpy as np
from numpy.typing import NDArray

from matcher.recipe import FusionWeights
from matcher.retrieval.facets import Facets, code_of, cpv_stem, is_located, log_value, places_of
from matcher.types import Entry

FloatArray = NDArray[np.float32]
Distance = Callable[[str, str], float | None]
"""Kilometres between two places by their municipality or NUTS codes; ``None`` if one is not known."""

CPV_VALUE = {2: 0.4, 3: 0.6, 4: 0.8, 5: 1.0}
"""How much a shared division, group, class and category (and finer) tell."""
CPV_APART = -0.3
"""How much it tells against a pair that both are coded and share no division."""
FINEST = max(CPV_VALUE)
REACH_KM = 100.0
"""Distance over which nearness falls to 1/e: nothing speaks for or against at some 70 km."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How circumstances agree, each in [-1, 1]; what is not known says nothing: 0."""

    cpv: float = 0.0
    cpv_code: str = ""
    region: float = 0.0
    places: tuple[str, ...] = ()
    km: float | None = None
    time: float = 0.0
    value: float = 0.0


class Circumstances:
    """Compares circumstances, of a pair or of an entry and all rows at once, with the same result.

    Parameters
    ----------
    distance
        Kilometres between places; left out, places that do not overlap are simply elsewhere.
    """

    def __init__(self, distance: Distance | None = None) -> None:
        self.distance = distance

    def agreement(self, query: Entry, target: Entry) -> Agreement:
        """Compare two entries."""
        shared = max(
            (_shared(cpv_stem(a), cpv_stem(b)) for a in query.cpv for b in target.cpv), key=len, default=""
        )
        ours, theirs = places_of(query), places_of(target)
        places = tuple(max(a, b, key=len) for a in ours for b in theirs if _overlap(a, b))
        away = [km for a in ours for b in theirs if (km := self._km(a, b)) is not None]
        return Agreement(
            cpv=CPV_VALUE.get(min(len(shared), FINEST), CPV_APART) if query.cpv and target.cpv else 0.0,
            cpv_code=shared if len(shared) >= min(CPV_VALUE) else "",
            region=max((self._nearness(a, b) for a in ours for b in theirs), default=0.0)
            if places or (any(map(is_located, ours)) and any(map(is_located, theirs)))
            else 0.0,
            places=tuple(dict.fromkeys(places)),
            km=None if places else min(away, default=None),
            time=_time(query, target),
            value=_value(query, target),
        )

    def bonus(self, query: Entry, facets: Facets, *, weights: FusionWeights) -> FloatArray | None:
        """Log-odds that circumstances add for each row, ``(n_rows,)``; ``None`` if nothing is known."""
        places = places_of(query)
        parts = []
        if query.cpv and weights.cpv:
            parts.append(weights.cpv * _cpv_rows(query, facets))
        if places and weights.region:
            rows = facets.once(("region", places), lambda: self._region_rows(places, facets))
            parts.append(weights.region * rows)
        if _has_window(query) and weights.time:
            windows = np.where(facets.meets(query.window), 1.0, -1.0)
            parts.append(weights.time * np.where(facets.has_window(), windows, 0.0))
        if query.currency and not isnan(log_value(query)) and weights.value:
            parts.append(weights.value * _value_rows(query, facets))
        return np.sum(parts, axis=0).astype(np.float32) if parts else None

    def _region_rows(self, places: tuple[str, ...], facets: Facets) -> FloatArray:
        value = np.zeros(len(facets), dtype=np.float32)
        located = [path for path in places if is_located(path)]
        if located:
            value[facets.rows("located", "")] = -1.0
        if located and self.distance and facets.places:
            nearness = [max(self._nearness(path, other) for path in located) for other in facets.places]
            rows, numbers = facets.located()
            np.maximum.at(value, rows, np.asarray(nearness, dtype=np.float32)[numbers])
        for path in places:
            value[facets.rows_in_place(path)] = 1.0
        return value

    def _nearness(self, one: str, other: str) -> float:
        if _overlap(one, other):
            return 1.0
        km = self._km(one, other)
        return -1.0 if km is None else 2 * exp(-km / REACH_KM) - 1

    def _km(self, one: str, other: str) -> float | None:
        if self.distance is None or not (is_located(one) and is_located(other)):
            return None
        return self.distance(code_of(one), code_of(other))


def _overlap(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _shared(one: str, other: str) -> str:
    """Return the digits with which both begin."""
    same = [a == b for a, b in zip(one, other, strict=False)]
    return one[: same.index(False) if False in same else len(same)]


def _has_window(entry: Entry) -> bool:
    return entry.window.starts_on is not None or entry.window.ends_on is not None


def _time(query: Entry, target: Entry) -> float:
    if not (_has_window(query) and _has_window(target)):
        return 0.0
    return 1.0 if query.window.overlaps(target.window) else -1.0


def _value(query: Entry, target: Entry) -> float:
    """Return 1 for equal values, 0 for a factor of ten, -1 for a hundred; 0 where they cannot be compared."""
    apart = abs(log_value(query) - log_value(target))
    return 0.0 if isnan(apart) or query.currency != target.currency else max(-1.0, 1.0 - apart)


def _value_rows(query: Entry, facets: Facets) -> FloatArray:
    value = np.zeros(len(facets), dtype=np.float32)
    rows = facets.rows("currency", query.currency or "")
    apart = np.abs(facets.values[rows] - log_value(query))
    value[rows] = np.where(np.isnan(apart), 0.0, np.maximum(-1.0, 1.0 - apart))
    return value


def _cpv_rows(query: Entry, facets: Facets) -> FloatArray:
    value = np.zeros(len(facets), dtype=np.float32)
    value[facets.rows("coded", "")] = CPV_APART
    for stem in {cpv_stem(code) for code in query.cpv}:
        for level in range(min(CPV_VALUE), min(len(stem), FINEST) + 1):
            rows = facets.rows("cpv", stem[:level])
            value[rows] = np.maximum(value[rows], CPV_VALUE[level])
    return value
