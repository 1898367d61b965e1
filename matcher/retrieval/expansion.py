"""Brings offerings nearer to what people say who need them, by topics of which both sides are known.

A firm writes "LED luminaires, IP66" and a resident "I dare not walk home". An offering that is like the
offerings of known topics is told by what was needed there, too: part of those needs' vectors is added to its
own, as Rocchio (1971) adds relevant documents to a query. Nothing is added to what is like none of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from matcher.errors import UnreadableFile

FloatArray = NDArray[np.float32]
BLOCK: Final = 1024
N_NEAREST: Final = 10
SHARPNESS: Final = 25.0
"""Inverse temperature of the weights of the nearest topics."""
SHARE: Final = 0.8
"""Length of what is added, beside an offering's own vector of length one."""
LIKE: Final = (0.3, 0.6)
"""Cosine with the nearest topic's offerings up to which nothing is added, and from which all of it is."""


@dataclass(frozen=True, slots=True)
class Expansion:
    """Known topics: the mean vectors of their offerings and of their needs.

    Attributes
    ----------
    encoder
        Digest of the encoder that made the vectors.
    offerings, needs
        Each of shape ``(n_topics, n_dims)``, rows of length one.
    """

    encoder: str
    offerings: FloatArray
    needs: FloatArray

    def __call__(self, vectors: FloatArray) -> FloatArray:
        """Expand vectors of offerings, ``(n, n_dims)``; rows of length one stay so, rows of zeros zero."""
        expanded = np.empty_like(vectors)
        for start in range(0, len(vectors), BLOCK):
            rows = slice(start, start + BLOCK)
            expanded[rows] = self._expanded(vectors[rows])
        return expanded

    def _expanded(self, vectors: FloatArray) -> FloatArray:
        similar = vectors @ self.offerings.T
        k = min(N_NEAREST, similar.shape[1])
        nearest = np.argpartition(-similar, k - 1, axis=1)[:, :k]
        cosines = np.take_along_axis(similar, nearest, axis=1)
        best = cosines.max(axis=1, keepdims=True)
        weights = np.exp(SHARPNESS * (cosines - best))
        weights *= (
            SHARE * np.clip((best - LIKE[0]) / (LIKE[1] - LIKE[0]), 0, 1) / weights.sum(1, keepdims=True)
        )
        total = vectors + np.einsum("nk,nkd->nd", weights, self.needs[nearest])
        return unit(total)


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
    except (OSError, EOFError, BadZipFile, KeyError, ValueError) as error:
        raise UnreadableFile(path, "holds no expansion", remedy="Install the program anew.") from error
    if offerings.ndim != 2 or offerings.shape != needs.shape or not len(offerings):
        raise UnreadableFile(path, "holds no expansion", remedy="Install the program anew.")
    return Expansion(encoder, unit(offerings), unit(needs))


def _rounded(rows: FloatArray) -> NDArray[np.int8]:
    largest = np.maximum(np.abs(rows).max(axis=1, keepdims=True), 1e-8)
    return np.asarray(np.rint(rows / largest * 127), dtype=np.int8)
