"""From which probability on a pair is proposed, chosen on judged pairs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
STEPS = 200


def threshold_for_precision(
    probabilities: FloatArray, fits: FloatArray, *, weight: FloatArray, precision: float
) -> float | None:
    """Return the lowest threshold from which on at least this share of the proposals fits.

    Parameters
    ----------
    probabilities, fits, weight
        Held-out pairs, each ``(n_pairs,)``.
    precision
        Wanted share, in (0, 1].

    Returns
    -------
    The threshold; ``None`` if no threshold with at least ten pairs above it reaches the precision.
    """
    order = np.argsort(-probabilities, kind="stable")
    total = np.cumsum(weight[order])
    reached = np.cumsum((weight * fits)[order]) / np.maximum(total, 1e-9)
    enough = np.flatnonzero((reached >= precision) & (total >= 10))
    return float(probabilities[order[enough[-1]]]) if len(enough) else None


def balanced_threshold(
    unmet: FloatArray, met: Sequence[tuple[FloatArray, FloatArray]], *, silent: float, found: float
) -> float:
    """Return the threshold that comes nearest to two wishes at once.

    Needs that nothing fits shall get no proposal, at least ``silent`` of them; and at least ``found`` of the
    others shall get a right one. Where both cannot be had, each falls short by the same share.

    Parameters
    ----------
    unmet
        Best probability of each need that nothing fits.
    met
        For each other need the probabilities of its list, and whether they fit.
    silent, found
        Wanted shares.
    """
    best_right = np.array([max(p[y > 0.5], default=0.0) for p, y in met])
    candidates = np.linspace(0.01, 0.9, STEPS)
    quiet = np.array([np.mean(unmet < t) for t in candidates]) / silent
    right = np.array([np.mean(best_right >= t) for t in candidates]) / found
    return float(candidates[int(np.argmax(np.minimum(quiet, right)))])
