"""Filters, and which rows have which property, so that a filter is applied before the best are chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import log10, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.types import Entry, EntryKind, EntryStatus, TimeWindow

Rows = NDArray[np.intp]
Mask = NDArray[np.bool_]

# Statistics Sweden's county codes (the first two digits of a municipality code) and the NUTS-3 regions.
NUTS_OF_COUNTY = {
    "01": "SE110", "03": "SE121", "04": "SE122", "05": "SE123", "06": "SE211", "07": "SE212", "08": "SE213",
    "09": "SE214", "10": "SE221", "12": "SE224", "13": "SE231", "14": "SE232", "17": "SE311", "18": "SE124",
    "19": "SE125", "20": "SE312", "21": "SE313", "22": "SE321", "23": "SE322", "24": "SE331", "25": "SE332",
}  # fmt: skip
FIRST_DAY, LAST_DAY = 0, 2**31 - 1
MEMO = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a match must be; an empty field asks for nothing, several values in one field mean any of them.

    ``places`` are municipality codes or NUTS codes: an entry passes if what it serves or lies in overlaps.
    ``cpv`` are codes or their beginnings. ``window`` keeps entries whose own window meets it. ``statuses``
    can only narrow: what is not published is never matched.
    """

    kinds: tuple[EntryKind, ...] = ()
    organisations: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    cpv: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    statuses: tuple[EntryStatus, ...] = ()
    window: TimeWindow | None = None


def place_path(code: str) -> str:
    """Write a municipality or NUTS code so that what lies within begins with what it lies in.

    ``2482`` becomes ``SE331/2482``; NUTS codes stay as they are.
    """
    code = code.strip().upper()
    county = NUTS_OF_COUNTY.get(code[:2]) if len(code) == 4 and code.isdigit() else None
    return f"{county}/{code}" if county else code


def places_of(entry: Entry) -> tuple[str, ...]:
    """Paths of where an entry lies and what it serves."""
    codes = (*entry.regions, *((entry.municipality,) if entry.municipality else ()))
    return tuple(dict.fromkeys(place_path(code) for code in codes if code.strip()))


def is_located(path: str) -> bool:
    """Whether it is known in which country a place lies, so that it can be told apart from other places."""
    return path[:2].isalpha()


def code_of(path: str) -> str:
    """Undo ``place_path``: the municipality or NUTS code."""
    return path.rpartition("/")[2]


def log_value(entry: Entry) -> float:
    """Decimal logarithm of an entry's value in its currency; ``nan`` if it has none."""
    value = entry.estimated_value
    return log10(value) if value is not None and value > 0 else nan


def cpv_stem(code: str) -> str:
    """Significant digits of a CPV code: without check digit and trailing zeros, at least the division."""
    digits = code.strip().split("-")[0]
    return digits[:2] + digits[2:].rstrip("0")


class Facets:
    """Rows by property. Rows are only ever added; who is gone is masked elsewhere."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], list[int]] = {}
        self._places: dict[str, None] = {}
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._values: list[float] = []
        self._memo: dict[object, NDArray[Any]] = {}

    def __len__(self) -> int:
        return len(self._starts)

    def add(self, entry: Entry) -> None:
        """Take in the properties of the next row."""
        row = len(self._starts)
        self._memo.clear()
        for key in _keys(entry):
            self._rows.setdefault(key, []).append(row)
        window = entry.window
        self._starts.append(window.starts_on.toordinal() if window.starts_on else FIRST_DAY)
        self._ends.append(window.ends_on.toordinal() if window.ends_on else LAST_DAY)
        self._places.update(dict.fromkeys(filter(is_located, places_of(entry))))
        self._values.append(log_value(entry))

    def once(self, key: object, make: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        """Return what ``make`` gave for the key before, as long as no row was added since."""
        if key not in self._memo:
            if len(self._memo) >= MEMO:
                self._memo.clear()
            self._memo[key] = make()
        return self._memo[key]

    @property
    def places(self) -> tuple[str, ...]:
        """Paths of the distinct places that rows lie in or serve and whose country is known."""
        return tuple(self._places)

    def located(self) -> tuple[Rows, Rows]:
        """Rows and the numbers of their places in ``places``, a pair for each place of each row."""

        def pairs() -> NDArray[np.intp]:
            found = [(row, n) for n, path in enumerate(self._places) for row in self._rows["place", path]]
            return np.asarray(found, dtype=np.intp).reshape(-1, 2)

        both = self.once("located", pairs)
        return both[:, 0], both[:, 1]

    @property
    def values(self) -> NDArray[np.float64]:
        """Decimal logarithms of the rows' values, ``nan`` where there is none, shape ``(n_rows,)``."""
        return np.asarray(self._values, dtype=np.float64)

    def rows(self, facet: str, value: str) -> Rows:
        """Rows whose property has the value, ascending."""
        return np.asarray(self._rows.get((facet, value), ()), dtype=np.intp)

    def rows_in_place(self, path: str) -> Rows:
        """Rows that lie in the place, or serve a place that holds it."""
        around = [path[:end] for end in range(2, len(path))]
        parts = [self.rows("within", path), *(self.rows("place", larger) for larger in around)]
        return np.unique(np.concatenate(parts))

    def meets(self, window: TimeWindow) -> Mask:
        """Which rows have a window that shares a day with the given one; an open end meets everything."""
        first = window.starts_on.toordinal() if window.starts_on else FIRST_DAY
        last = window.ends_on.toordinal() if window.ends_on else LAST_DAY
        return (np.asarray(self._starts) <= last) & (np.asarray(self._ends) >= first)

    def has_window(self) -> Mask:
        """Which rows have a window with at least one end."""
        return (np.asarray(self._starts) > FIRST_DAY) | (np.asarray(self._ends) < LAST_DAY)

    def mask(self, filters: Filters) -> Mask:
        """Which rows pass, shape ``(n_rows,)``."""
        passing = np.ones(len(self), dtype=bool)
        for facet, values in (
            ("kind", filters.kinds),
            ("organisation", filters.organisations),
            ("language", filters.languages),
            ("status", filters.statuses),
            ("cpv", tuple(map(cpv_stem, filters.cpv))),
        ):
            if values:
                passing &= self._any(self.rows(facet, value) for value in values)
        if filters.places:
            passing &= self._any(self.rows_in_place(place_path(code)) for code in filters.places)
        if filters.window is not None:
            passing &= self.meets(filters.window)
        return passing

    def _any(self, found: Iterable[Rows]) -> Mask:
        passing = np.zeros(len(self), dtype=bool)
        for rows in found:
            passing[rows] = True
        return passing


def _keys(entry: Entry) -> set[tuple[str, str]]:
    keys = {("kind", str(entry.kind)), ("status", str(entry.status)), ("language", entry.language)}
    if entry.organisation_id:
        keys.add(("organisation", entry.organisation_id))
    if entry.currency:
        keys.add(("currency", entry.currency))
    if entry.cpv:
        keys.add(("coded", ""))
    for code in entry.cpv:
        stem = cpv_stem(code)
        keys.update(("cpv", stem[:end]) for end in range(2, len(stem) + 1))
    paths = places_of(entry)
    if any(map(is_located, paths)):
        keys.add(("located", ""))
    for path in paths:
        keys.add(("place", path))
        keys.update(("within", path[:end]) for end in range(2, len(path) + 1))
    return keys
