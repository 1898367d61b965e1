"""The vector cache: each text is encoded once, and an interrupted run keeps what was done."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import numpy as np

from matcher.encoders.protocol import Encoder, FloatArray, Progress, Role, VectorStore
from matcher.types import text_digest

CHUNK = 1024
"""Texts that are encoded, kept and reported at a time."""


def vector_key(encoder: Encoder, role: Role) -> str:
    """Return the key under which an encoder's vectors of this role are kept, 64 hexadecimal digits."""
    if role == "passage" or not encoder.role_matters:
        return encoder.digest
    return hashlib.sha256(f"{encoder.digest}:{role}".encode()).hexdigest()


def encode_cached(
    encoder: Encoder,
    texts: Sequence[str],
    store: VectorStore,
    *,
    role: Role = "passage",
    progress: Progress | None = None,
    after_chunk: Callable[[], None] | None = None,
    chunk: int = CHUNK,
) -> FloatArray:
    """Encode texts, taking from the store what is there and putting there what is not.

    Parameters
    ----------
    encoder, texts, role
        As in ``Encoder.encode``; equal texts are encoded once.
    store
        Where vectors are kept.
    progress
        Called with the number of texts done since the last call; the calls add up to ``len(texts)``.
    after_chunk
        Called when a chunk of new vectors was put into the store, for a commit that makes it last.
    chunk
        Distinct texts that are looked up and encoded at a time.

    Returns
    -------
    FloatArray
        Shape ``(n_texts, n_dims)``, in the order of ``texts``.
    """
    key = vector_key(encoder, role)
    rows: dict[str, list[int]] = {}
    for row, text in enumerate(texts):
        rows.setdefault(text_digest(text), []).append(row)
    vectors = np.empty((len(texts), encoder.n_dims), dtype=np.float32)
    for digests in _chunks(rows, chunk):
        found = dict(store.get_many(digests, key))
        missing = [digest for digest in digests if digest not in found]
        if missing:
            encoded = encoder.encode([texts[rows[digest][0]] for digest in missing], role=role)
            new = dict(zip(missing, encoded, strict=True))
            store.put_many(new, key)
            found.update(new)
            if after_chunk is not None:
                after_chunk()
        for digest in digests:
            vectors[rows[digest]] = found[digest]
        if progress is not None:
            progress(sum(len(rows[digest]) for digest in digests))
    return vectors


def _chunks(digests: dict[str, list[int]], size: int) -> Iterator[list[str]]:
    remaining = iter(digests)
    while taken := list(islice(remaining, size)):
        yield taken
