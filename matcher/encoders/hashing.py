"""An encoder for tests: letters hashed to vectors, the same everywhere, with no weights to load."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Sequence

import numpy as np

from matcher.encoders.protocol import FloatArray, Progress, Role

LANGUAGES = frozenset({"da", "en", "fi", "nb", "nn", "sv"})


class HashingEncoder:
    """Signed hashing of character 3- to 5-grams within words: texts that share letters are similar.

    Parameters
    ----------
    n_dims
        Length of a vector.

    References
    ----------
    Weinberger et al., "Feature hashing for large scale multitask learning", ICML 2009.
    """

    name = "hashing"
    languages = LANGUAGES
    role_matters = False

    def __init__(self, n_dims: int = 256) -> None:
        if n_dims < 1:
            raise ValueError("n_dims must be at least 1")
        self.n_dims = n_dims

    @property
    def digest(self) -> str:
        """SHA-256 of the name and the length of a vector."""
        return hashlib.sha256(f"hashing-3-5-{self.n_dims}".encode()).hexdigest()

    def encode(
        self, texts: Sequence[str], *, role: Role = "passage", progress: Progress | None = None
    ) -> FloatArray:
        """Encode texts: shape ``(n_texts, n_dims)``, float32, rows of length 1; the role changes nothing."""
        vectors = np.zeros((len(texts), self.n_dims), dtype=np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            for gram in _grams(text):
                hashed = zlib.crc32(gram.encode())
                vector[(hashed >> 1) % self.n_dims] += 1.0 if hashed & 1 else -1.0
            norm = float(np.linalg.norm(vector))
            if norm == 0:  # no letters, or all of them cancelled
                vector[0] = norm = 1.0
            vector /= norm
            if progress is not None:
                progress(1)
        return vectors


def _grams(text: str) -> Iterator[str]:
    for word in text.lower().split():
        padded = f" {word} "
        for length in (3, 4, 5):
            for start in range(max(1, len(padded) - length + 1)):
                yield padded[start : start + length]
