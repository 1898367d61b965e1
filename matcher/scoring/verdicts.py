"""What verdicts say of a pair, taken together, and how much each pair counts in learning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matcher.types import VerdictKind

FloatArray = NDArray[np.float64]

UNSURE_WEIGHT: Final = 0.5
"""An unsure verdict counts half, and half of that each way."""
_FITS: Final = {VerdictKind.ACCEPT: 1.0, VerdictKind.REJECT: 0.0, VerdictKind.UNSURE: 0.5}
_MAX_CORRECTION: Final = 3.0


def standing(verdicts: Sequence[tuple[str | None, VerdictKind]]) -> dict[str | None, VerdictKind]:
    """Return each member's verdict that stands, from all in their order; ``UNDO`` takes back its latest."""
    by_member: dict[str | None, list[VerdictKind]] = {}
    for member, kind in verdicts:
        own = by_member.setdefault(member, [])
        if kind is not VerdictKind.UNDO:
            own.append(kind)
        elif own:
            own.pop()
    return {member: own[-1] for member, own in by_member.items() if own}


def taken_together(kinds: Sequence[VerdictKind]) -> tuple[float, float]:
    """Return how far a pair fits by several people's verdicts, in [0, 1], and how much it counts.

    One clear verdict counts 1. Unsure ones count half; people who contradict each other count down to half of
    what they would if they agreed, since they show that the pair is hard to judge.
    """
    weights = [UNSURE_WEIGHT if kind is VerdictKind.UNSURE else 1.0 for kind in kinds]
    total = sum(weights)
    fits = sum(weight * _FITS[kind] for weight, kind in zip(weights, kinds, strict=True)) / total
    clear = [_FITS[kind] for kind in kinds if kind is not VerdictKind.UNSURE]
    agreed = sum(clear) / len(clear) if clear else 1.0
    disagreement = 4 * agreed * (1 - agreed)
    return fits, total / len(kinds) * (1 - 0.5 * disagreement)


def rank_corrections(ranks: Sequence[int], judged: Mapping[int, float]) -> FloatArray:
    """Weigh verdicts by how seldom proposals of their rank are judged (inverse propensity).

    People judge the first proposals of a list more often than later ones; without this the scorer would
    learn about first places alone. Weights are held between a third and three and their mean to 1 (Joachims,
    Swaminathan and Schnabel, 2017).

    Parameters
    ----------
    ranks
        Place of each judged pair in its list, from 1.
    judged
        Share of the proposals at each rank that was judged.
    """
    if not len(ranks):
        return np.empty(0)
    usual = max(float(np.mean(list(judged.values()))) if judged else 1.0, 1e-9)
    raw = np.array([usual / max(judged.get(rank, usual), 1e-9) for rank in ranks])
    held = np.clip(raw, 1 / _MAX_CORRECTION, _MAX_CORRECTION)
    return np.asarray(held / held.mean(), dtype=np.float64)
