"""Brings needs and offerings nearer to each other by topics of which both sides are known.

A firm writes "LED luminaires, IP66" and a resident "I dare not walk home". An offering that is like the
offerings of known topics is told by what was needed there, too, and a need that is like known needs by what
met them: part of those vectors is added to its own, as Rocchio (1971) adds relevant documents to a query. It
brings together needs that share a remedy, too. Nothing is added to what is like none of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from matcher.errors import UnreadableFile
from matcher.retrieval.dense import DenseProduct
from matcher.retrieval.topk import top_k

FloatArray = NDArray[np.float32]
BLOCK: Final = 1024
N_NEAREST: Final = 5
SHARPNESS: Final = 25.0
"""Inverse temperature of the weights of the nearest topics."""


@dataclass(frozen=True, slots=True)
class Addition:
    """How much is added to a vector of length one.

    Attributes
    ----------
    share
        Length of what is added.
    like
        Cosine with the nearest known topic up to which nothing is added, and from which all of it is.
    """

    share: float
    like: tuple[float, float]


TO_OFFERINGS: Final = Addition(0.8, (0.3, 0.6))
TO_NEEDS: Final = Addition(0.4, (0.4, 0.65))
N_CODES: Final = 25
"""Nearest known topics whose codes are looked at."""
CODES_SHARPNESS: Final = 15.0
LIKE_CODES: Final = (0.3, 0.6)
"""As ``Addition.like``."""


@dataclass(frozen=True, slots=True)
class Expansion:
    """Known topics: the mean vectors of their offerings and of their needs, and what was bought.

    Attributes
    ----------
    encoder
        Digest of the encoder that made the vectors.
    offerings, needs
        Each of shape ``(n_topics, n_dims)``, rows of length one.
    codes
        CPV code of each topic, eight digits; empty if none is known.
    """

    encoder: str
    offerings: FloatArray
    needs: FloatArray
    codes: Sequence[str] = ()

    def expand_offerings(self, vectors: FloatArray) -> FloatArray:
        """Expand vectors of offerings, ``(n, n_dims)``; rows of length one stay so, rows of zeros zero."""
        return _expanded(vectors, self.offerings, self.needs, TO_OFFERINGS)

    def expand_needs(self, vectors: FloatArray) -> FloatArray:
        """Expand vectors of needs and ideas, likewise."""
        return _expanded(vectors, self.needs, self.offerings, TO_NEEDS)

    def codes_like(self, vectors: FloatArray) -> list[dict[str, float]]:
        """Return the codes of the topics most like each vector, with shares that sum to at most one."""
        if not self.codes:
            return [{} for _ in vectors]
        found = []
        for start in range(0, len(vectors), BLOCK):
            rows = vectors[start : start + BLOCK]
            cosines = np.maximum(rows @ self.offerings.T, rows @ self.needs.T)
            nearest = top_k(cosines, N_CODES)
            shares = _shares(np.take_along_axis(cosines, nearest, 1), LIKE_CODES, CODES_SHARPNESS)
            found += [self._summed(*pair) for pair in zip(nearest, shares, strict=True)]
        return found

    def _summed(self, nearest: NDArray[np.intp], shares: FloatArray) -> dict[str, float]:
        summed: dict[str, float] = {}
        for place, share in zip(nearest.tolist(), shares.tolist(), strict=True):
            if code := self.codes[place]:
                summed[code] = summed.get(code, 0.0) + share
        return summed


def _shares(cosines: FloatArray, like: tuple[float, float], sharpness: float = SHARPNESS) -> FloatArray:
    """Weigh the nearest, ``(n, k)``, best first: 0 in sum up to the first of ``like``, 1 from the second."""
    best = cosines[:, :1]
    weights = np.exp(sharpness * (cosines - best))
    lowest, full = like
    weights *= np.clip((best - lowest) / (full - lowest), 0, 1) / weights.sum(axis=1, keepdims=True)
    return np.asarray(weights, dtype=np.float32)


def _expanded(vectors: FloatArray, like: FloatArray, other: FloatArray, addition: Addition) -> FloatArray:
    expanded = np.empty_like(vectors)
    product = DenseProduct()
    for start in range(0, len(vectors), BLOCK):
        rows = vectors[start : start + BLOCK]
        # The product may be a coarse one: of more than are wanted, the nearest are told exactly.
        nearest = top_k(product(rows, like), 2 * N_NEAREST)
        cosines = np.einsum("nd,nkd->nk", rows, like[nearest])
        first = top_k(cosines, N_NEAREST)
        nearest, cosines = np.take_along_axis(nearest, first, 1), np.take_along_axis(cosines, first, 1)
        weights = addition.share * _shares(cosines, addition.like)
        expanded[start : start + BLOCK] = unit(rows + np.einsum("nk,nkd->nd", weights, other[nearest]))
    return expanded


def unit(rows: FloatArray) -> FloatArray:
    """Bring rows to length one; rows of zeros stay."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0), dtype=np.float32)


def save_expansion(expansion: Expansion, path: Path) -> None:
    """Write an expansion; directions are kept to a 127th of the largest value in a row."""
    np.savez(
        path,
        encoder=np.array(expansion.encoder),
        offerings=_rounded(expansion.offerings),
        needs=_rounded(expansion.needs),
        codes=np.array([code.encode() for code in expansion.codes], dtype="S8"),
    )


def load_expansion(path: Path) -> Expansion:
    """Read what ``save_expansion`` wrote.

    Raises
    ------
    UnreadableFile
        If it is not there, or is no such file.
    """
    try:
        with np.load(path, allow_pickle=False) as packed:
            offerings, needs = (packed[name].astype(np.float32) for name in ("offerings", "needs"))
            encoder = str(packed["encoder"])
            codes = tuple(code.decode() for code in packed["codes"].tolist())
    except (OSError, EOFError, BadZipFile, KeyError, ValueError) as error:
        raise UnreadableFile(path, "holds no expansion", remedy="Install the program anew.") from error
    is_whole = offerings.ndim == 2 and offerings.shape == needs.shape and len(codes) in {0, len(offerings)}
    if not is_whole or not len(offerings):
        raise UnreadableFile(path, "holds no expansion", remedy="Install the program anew.")
    return Expansion(encoder, unit(offerings), unit(needs), codes)


def _rounded(rows: FloatArray) -> NDArray[np.int8]:
    largest = np.maximum(np.abs(rows).max(axis=1, keepdims=True), 1e-8)
    return np.asarray(np.rint(rows / largest * 127), dtype=np.int8)
