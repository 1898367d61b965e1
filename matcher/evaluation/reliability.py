"""Whether probabilities mean what they say: reliability diagram, expected calibration error, slices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
N_BINS: Final = 10
N_RESAMPLES: Final = 500
SEED: Final = 20260101


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Pairs with like probabilities: how many, what was said of them, and how many fitted.

    ``low`` and ``high`` bound the share that fits (95 %, Wilson's interval).
    """

    starts: float
    ends: float
    n: int
    said: float
    fits: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """A reliability diagram with its expected calibration error and the error's 95 % bootstrap interval."""

    bins: tuple[Bin, ...]
    ece: float
    ece_low: float
    ece_high: float
    brier: float
    n: int

    def as_dict(self) -> dict[str, Any]:
        """Return the diagram as a JSON object."""
        return asdict(self)


def reliability(probabilities: FloatArray, fits: FloatArray, *, n_bins: int = N_BINS) -> Reliability:
    """Compare probabilities with what was right.

    Parameters
    ----------
    probabilities
        What was said, in [0, 1], ``(n_pairs,)``.
    fits
        What was right, in [0, 1], ``(n_pairs,)``.
    n_bins
        Bins of equal width.

    Raises
    ------
    ValueError
        If there are no pairs.
    """
    said, right = np.asarray(probabilities, dtype=np.float64), np.asarray(fits, dtype=np.float64)
    if not said.size:
        raise ValueError("a reliability diagram needs at least one pair")
    place = _bins(said, n_bins)
    low, high = _error_interval(said, right, n_bins)
    return Reliability(
        bins=tuple(_bin(said[place == i], right[place == i], i, n_bins) for i in np.unique(place)),
        ece=calibration_error(said, right, n_bins=n_bins),
        ece_low=low,
        ece_high=high,
        brier=float(np.mean((said - right) ** 2)),
        n=len(said),
    )


def calibration_error(probabilities: FloatArray, fits: FloatArray, *, n_bins: int = N_BINS) -> float:
    """Return the expected calibration error: mean distance of what was said and what was right, over bins.

    Bins of equal width, each weighted by its pairs (Naeini, Cooper and Hauskrecht, 2015).
    """
    said, right = np.asarray(probabilities, dtype=np.float64), np.asarray(fits, dtype=np.float64)
    return float(np.abs(np.bincount(_bins(said, n_bins), said - right)).sum() / len(said))


def by_slice(
    probabilities: FloatArray, fits: FloatArray, slices: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, Reliability]]:
    """Make a diagram for each value of each property.

    Parameters
    ----------
    probabilities, fits
        As for ``reliability``.
    slices
        For each property (language, kind, organisation, size of the supplier) its value for each pair.

    Returns
    -------
    Diagrams by property and value.
    """
    found: dict[str, dict[str, Reliability]] = {}
    for name, values in slices.items():
        array = np.asarray(values)
        found[name] = {
            str(value): reliability(probabilities[array == value], fits[array == value])
            for value in np.unique(array)
        }
    return found


def _bins(said: FloatArray, n_bins: int) -> NDArray[np.intp]:
    return np.minimum((said * n_bins).astype(np.intp), n_bins - 1)


def _bin(said: FloatArray, right: FloatArray, place: int, n_bins: int) -> Bin:
    low, high = _wilson(float(right.mean()), len(right))
    return Bin(
        starts=place / n_bins,
        ends=(place + 1) / n_bins,
        n=len(said),
        said=float(said.mean()),
        fits=float(right.mean()),
        low=low,
        high=high,
    )


def _wilson(share: float, n: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's 95 % interval of a share (Wilson, 1927)."""
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def _error_interval(said: FloatArray, right: FloatArray, n_bins: int) -> tuple[float, float]:
    rng = np.random.default_rng(SEED)
    draws = (rng.integers(0, len(said), len(said)) for _ in range(N_RESAMPLES))
    errors = [calibration_error(said[i], right[i], n_bins=n_bins) for i in draws]
    low, high = np.quantile(errors, [0.025, 0.975])
    return float(low), float(high)
