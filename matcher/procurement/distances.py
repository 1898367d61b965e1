"""How far places are from each other: kilometres between the centres of municipalities and regions.

A municipality's centre is its most populous place. Sweden's counties are the municipalities in them; of the
Nordic neighbours the largest town of each NUTS-3 region stands for the region. Coordinates are those of
GeoNames (geonames.org, CC BY 4.0), rounded to a hundredth of a degree (about a kilometre).
"""

from __future__ import annotations

from functools import cache, lru_cache
from math import asin, cos, radians, sin, sqrt
from typing import Final, NamedTuple

from matcher.procurement.places import COUNTIES, read_table

_EARTH_KM: Final = 12_742.0
_CACHED: Final = 100_000


class Centre(NamedTuple):
    """Degrees north and east."""

    latitude: float
    longitude: float


def centres_of(code: str) -> tuple[Centre, ...]:
    """Return the centres of what lies in a place: a municipality's code, a county's, or a NUTS code.

    Empty for places that are not known, such as the sample's invented municipalities.
    """
    return _centres().get(code.strip().upper(), ())


@lru_cache(_CACHED)
def distance_km(one: str, other: str) -> float | None:
    """Return the kilometres between the nearest centres of two places; ``None`` if one is not known.

    Parameters
    ----------
    one, other
        Municipality codes (``2482``) or NUTS codes of any level (``SE331``, ``FI1D``, ``NO``).
    """
    pairs = [(a, b) for a in centres_of(one) for b in centres_of(other)]
    return min((great_circle_km(a, b) for a, b in pairs), default=None)


def great_circle_km(one: Centre, other: Centre) -> float:
    """Return the kilometres between two points on the earth taken as a ball (the haversine formula)."""
    north, east = radians(other.latitude - one.latitude), radians(other.longitude - one.longitude)
    narrowing = cos(radians(one.latitude)) * cos(radians(other.latitude))
    return _EARTH_KM * asin(sqrt(sin(north / 2) ** 2 + narrowing * sin(east / 2) ** 2))


@cache
def _centres() -> dict[str, tuple[Centre, ...]]:
    found: dict[str, list[Centre]] = {}
    for code, _, latitude, longitude in read_table("municipalities.tsv"):
        nuts = COUNTIES[code[:2]].nuts
        for place in (code, *(nuts[:end] for end in range(2, len(nuts) + 1))):
            found.setdefault(place, []).append(Centre(float(latitude), float(longitude)))
    for nuts, _, latitude, longitude in read_table("neighbours.tsv"):
        for end in range(2, len(nuts) + 1):
            found.setdefault(nuts[:end], []).append(Centre(float(latitude), float(longitude)))
    return {place: tuple(centres) for place, centres in found.items()}
