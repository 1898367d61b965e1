"""Circumstances that speak for or against a pair beside its words: CPV codes, places, time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.recipe import FusionWeights
from matcher.retrieval.facets import Facets, cpv_stem, is_located, places_of
from matcher.types import Entry

FloatArray = NDArray[np.float32]

CPV_VALUE = {2: 0.4, 3: 0.6, 4: 0.8, 5: 1.0}
"""How much a shared division, group, class and category (and finer) tell."""
FINEST = max(CPV_VALUE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How circumstances agree: ``cpv`` in [0, 1]; ``region`` and ``time`` 1, 0 (not known) or -1."""

    cpv: float = 0.0
    cpv_code: str = ""
    region: float = 0.0
    places: tuple[str, ...] = ()
    time: float = 0.0


def agreement(query: Entry, target: Entry) -> Agreement:
    """Compare two entries."""
    shared = max(
        (_shared(cpv_stem(a), cpv_stem(b)) for a in query.cpv for b in target.cpv),
        key=len,
        default="",
    )
    ours, theirs = places_of(query), places_of(target)
    places = tuple(max(a, b, key=len) for a in ours for b in theirs if a.startswith(b) or b.startswith(a))
    return Agreement(
        cpv=CPV_VALUE.get(min(len(shared), FINEST), 0.0),
        cpv_code=shared if len(shared) >= min(CPV_VALUE) else "",
        region=1.0
        if places
        else -1.0
        if any(map(is_located, ours)) and any(map(is_located, theirs))
        else 0.0,
        places=tuple(dict.fromkeys(places)),
        time=_time(query, target),
    )


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


def bonus(query: Entry, facets: Facets, *, weights: FusionWeights) -> FloatArray | None:
    """Log-odds that circumstances add for each row, shape ``(n_rows,)``; ``None`` if nothing is known."""
    total = np.zeros(len(facets), dtype=np.float32)
    places = places_of(query)
    if query.cpv and weights.cpv:
        total += weights.cpv * _cpv_rows(query, facets)
    if places and weights.region:
        total += weights.region * _region_rows(places, facets)
    if _has_window(query) and weights.time:
        windows = np.where(facets.meets(query.window), 1.0, -1.0)
        total += weights.time * np.where(facets.has_window(), windows, 0.0).astype(np.float32)
    return total if query.cpv or places or _has_window(query) else None


def _cpv_rows(query: Entry, facets: Facets) -> FloatArray:
    value = np.zeros(len(facets), dtype=np.float32)
    for stem in {cpv_stem(code) for code in query.cpv}:
        for level in range(min(CPV_VALUE), min(len(stem), FINEST) + 1):
            rows = facets.rows("cpv", stem[:level])
            value[rows] = np.maximum(value[rows], CPV_VALUE[level])
    return value


def _region_rows(places: tuple[str, ...], facets: Facets) -> FloatArray:
    value = np.zeros(len(facets), dtype=np.float32)
    if any(map(is_located, places)):
        value[facets.rows("located", "")] = -1.0
    for path in places:
        value[facets.rows_in_place(path)] = 1.0
    return value
