"""Several encoders as one: their vectors side by side, so that a cosine is the weighted mean of theirs.

A transformer and a table of sub-words err differently; read together they rank better than either (measured
by ``python -m benchmarks.scorer``), for the price of longer vectors: the table costs next to no time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from matcher.encoders.protocol import Encoder, FloatArray, Progress, Role


class JoinedEncoder:
    """Puts the vectors of several encoders side by side, each weighted.

    Parameters
    ----------
    parts
        Encoders with the weight of their cosine, the slowest first: progress is told as it goes on.
    name
        What people call it.
    """

    def __init__(self, parts: Sequence[tuple[Encoder, float]], *, name: str) -> None:
        self.name = name
        self.encoders = tuple(encoder for encoder, _ in parts)
        total = sum(weight for _, weight in parts)
        self.weights = tuple(weight / total for _, weight in parts)

    @property
    def digest(self) -> str:
        """SHA-256 of the parts' digests and weights."""
        told = [f"{e.digest}:{w:.6f}" for e, w in zip(self.encoders, self.weights, strict=True)]
        return hashlib.sha256("\n".join(told).encode()).hexdigest()

    @property
    def n_dims(self) -> int:
        """Length of a vector."""
        return sum(encoder.n_dims for encoder in self.encoders)

    @property
    def languages(self) -> frozenset[str]:
        """Languages that every part knows."""
        return frozenset.intersection(*(encoder.languages for encoder in self.encoders))

    @property
    def role_matters(self) -> bool:
        """Whether a part encodes a query otherwise than a passage."""
        return any(encoder.role_matters for encoder in self.encoders)

    def encode(
        self, texts: Sequence[str], *, role: Role = "passage", progress: Progress | None = None
    ) -> FloatArray:
        """Encode texts: shape ``(n_texts, n_dims)``, float32, rows of length 1."""
        blocks = [
            np.float32(np.sqrt(weight)) * encoder.encode(texts, role=role, progress=None if i else progress)
            for i, (encoder, weight) in enumerate(zip(self.encoders, self.weights, strict=True))
        ]
        joined = np.concatenate(blocks, axis=1)
        # A part that knows no piece of a text gives zeros; what the others know still has length one.
        norms = np.linalg.norm(joined, axis=1, keepdims=True)
        return np.asarray(joined / np.maximum(norms, 1e-12), dtype=np.float32)
