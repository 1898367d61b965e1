"""The evidence of a pair as numbers: names, units and order of the features that a scorer learns from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matcher.scoring.evidence import CLASSES
from matcher.types import ReasonKind

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One column of evidence. ``by_language``: it has a weight of its own for each class of language pair."""

    name: str
    unit: str
    reason: ReasonKind | None
    by_language: bool = False


FEATURES: Final = (
    Feature(name="language", unit="place in CLASSES", reason=None),
    Feature(
        name="meaning",
        unit="cosine of the encoder's vectors in standard deviations of what is usual for both texts",
        reason=ReasonKind.MEANING,
        by_language=True,
    ),
    Feature(
        name="wording",
        unit="cosine of character 3- to 5-grams (TF-IDF) in standard deviations, little of it for less",
        reason=ReasonKind.WORDING,
        by_language=True,
    ),
    Feature(
        name="neighbours",
        unit="meaning of the target most like this one, times how far they are alike; not for long queries",
        reason=ReasonKind.NEIGHBOURS,
    ),
    Feature(
        name="long_wording",
        unit="wording, where the query is long",
        reason=ReasonKind.WORDING,
    ),
    Feature(name="cpv", unit="0.4 division, 0.6 group, 0.8 class, 1 finer, else -0.3", reason=ReasonKind.CPV),
    Feature(name="region", unit="1 overlap, else 2 exp(-km / 100) - 1", reason=ReasonKind.REGION),
    Feature(name="time", unit="1 windows meet, -1 they do not", reason=ReasonKind.TIME),
    Feature(name="value", unit="1 - |log10 of the ratio|, at least -1", reason=ReasonKind.VALUE),
    Feature(name="verdicts", unit="mean verdict on like pairs, from -1 to 1", reason=ReasonKind.VERDICTS),
)
"""Evidence that is missing is ``nan`` and says nothing. More of a feature never speaks against a pair."""

NAMES: Final = tuple(feature.name for feature in FEATURES)
LANGUAGE: Final = NAMES.index("language")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the design: a base rate (no feature) or a feature, for one class of pairs or for all."""

    feature: str | None
    language: str | None


COLUMNS: Final = (
    *(Column(None, language) for language in CLASSES),
    *(Column(f.name, language) for f in FEATURES if f.by_language for language in CLASSES),
    *(Column(f.name, None) for f in FEATURES[1:] if not f.by_language),
)


def design(features: FloatArray) -> FloatArray:
    """Spread features over the columns that have a weight of their own.

    Parameters
    ----------
    features
        Shape ``(n_pairs, len(FEATURES))``.

    Returns
    -------
    Shape ``(n_pairs, len(COLUMNS))``; what is missing is 0 and so adds nothing to the log-odds.
    """
    known = np.nan_to_num(np.asarray(features, dtype=np.float64), nan=0.0)
    spread = [
        (known[:, NAMES.index(column.feature)] if column.feature else np.ones(len(known)))
        * (known[:, LANGUAGE] == CLASSES.index(column.language) if column.language else 1.0)
        for column in COLUMNS
    ]
    return np.stack(spread, axis=1)
