"""What an encoder is, and what its cache needs of a store."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
Role = Literal["query", "passage"]
Progress = Callable[[int], None]
"""Called with the number of texts that were done since the last call."""


class Encoder(Protocol):
    """Texts to vectors in one space; safe to use from several threads."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def digest(self) -> str:
        """SHA-256, in hexadecimal, of everything that decides the vectors: files, prompts, pooling."""
        ...

    @property
    def n_dims(self) -> int:
        """Length of a vector."""
        ...

    @property
    def languages(self) -> frozenset[str]:
        """ISO 639-1 codes of the languages that it knows."""
        ...

    @property
    def role_matters(self) -> bool:
        """Whether a text is encoded differently as a query and as a passage."""
        ...

    def encode(
        self, texts: Sequence[str], *, role: Role = "passage", progress: Progress | None = None
    ) -> FloatArray:
        """Encode texts.

        Returns
        -------
        FloatArray
            Shape ``(n_texts, n_dims)``, rows of length 1; a text of which the encoder knows no piece (an
            empty one) may be a row of zeros, never NaN.
        """
        ...


class VectorStore(Protocol):
    """Where vectors are kept, by the digest of the text and the key of the encoder."""

    def get_many(self, digests: Sequence[str], encoder_digest: str) -> Mapping[str, FloatArray]:
        """Return the vectors that are there, by text digest; each of shape ``(n_dims,)``."""
        ...

    def put_many(self, vectors: Mapping[str, FloatArray], encoder_digest: str) -> None:
        """Keep vectors by text digest; one that is there already stays."""
        ...
