"""Drawings of numbers, as places in an SVG; the words and the table beside them are the template's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matcher.services.overview import Bin


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar with its value."""

    x: float
    y: float
    width: float
    height: float
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A dot with the ends of its interval, and how many it stands for."""

    x: float
    y: float
    top: float
    bottom: float
    radius: float
    n: int


def columns(values: Sequence[float], *, width: float = 600, height: float = 80) -> list[Bar]:
    """Place a column for each value side by side; the highest fills the height.

    Parameters
    ----------
    values
        Not negative, in the order from left to right.
    width, height
        Size of the drawing.
    """
    highest = max([*values, 1])
    step = width / max(len(values), 1)
    return [
        Bar(
            x=round(place * step + step * 0.15, 2),
            y=round(height - height * value / highest, 2),
            width=round(step * 0.7, 2),
            height=round(height * value / highest, 2),
            value=value,
        )
        for place, value in enumerate(values)
    ]


def shares(values: Sequence[float]) -> list[float]:
    """Return each value as per cent of the highest, the width of a bar that lies in a table."""
    highest = max([*values, 0])
    return [round(100 * value / highest, 2) if highest else 0.0 for value in values]


def calibration_dots(bins: Sequence[Bin], *, size: float = 260) -> list[Dot]:
    """Place what was said (from left to right) against what was accepted (upwards) in a square."""
    most = max((each.n for each in bins), default=1)
    return [
        Dot(
            x=round(size * each.said, 2),
            y=round(size * (1 - each.accepted), 2),
            top=round(size * (1 - each.highest), 2),
            bottom=round(size * (1 - each.lowest), 2),
            radius=round(4 + 6 * (each.n / most) ** 0.5, 2),
            n=each.n,
        )
        for each in bins
    ]
