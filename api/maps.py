"""Where a need lies and what an offering serves, as dots on the outlines of the Nordic countries.

``static/nordic.svg`` holds the outlines: simplified from Natural Earth's 1:50 million countries (public
domain), drawn with equal degrees of latitude and with longitudes narrowed as at 63 degrees north.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from matcher.procurement.distances import Centre, centres_of, distance_km
from matcher.services.entries import EntryView

WIDTH: Final = 282
HEIGHT: Final = 378
MOST_DOTS: Final = 80
"""More places than these are told in words: a country full of dots says no more than its name."""
_WEST: Final = 4.0
_NORTH: Final = 71.6
_SCALE: Final = 22.0
_NARROWING: Final = math.cos(math.radians(63.0))

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacesMap:
    """Places of a need (rings) and of an offering (dots), and the kilometres between the nearest two."""

    asked: tuple[str, ...]
    offered: tuple[str, ...]
    rings: list[Point]
    dots: list[Point]
    distance_km: float | None


def places_map(query: EntryView, target: EntryView) -> PlacesMap | None:
    """Return where two entries are; None if nothing is known of one of them."""
    asked, offered = places_of(query), places_of(target)
    if not asked or not offered:
        return None
    distances = [km for one in asked for other in offered if (km := distance_km(one, other)) is not None]
    return PlacesMap(
        asked=asked,
        offered=offered,
        rings=_points(asked),
        dots=_points(offered),
        distance_km=min(distances, default=None),
    )


def places_of(entry: EntryView) -> tuple[str, ...]:
    """Return the regions that an entry names, else its municipality."""
    return entry.regions or ((entry.municipality,) if entry.municipality else ())


def point(centre: Centre) -> Point:
    """Return where a place lies in the drawing."""
    x = (centre.longitude - _WEST) * _NARROWING * _SCALE
    return round(x, 1), round((_NORTH - centre.latitude) * _SCALE, 1)


def _points(codes: Iterable[str]) -> list[Point]:
    centres = {centre for code in codes for centre in centres_of(code)}
    if len(centres) > MOST_DOTS:
        return []
    placed = (point(centre) for centre in sorted(centres))
    return [(x, y) for x, y in placed if 0 <= x <= WIDTH and 0 <= y <= HEIGHT]
