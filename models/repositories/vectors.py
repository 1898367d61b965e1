"""The vector cache in the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.records import Vector, table_of

FloatArray = NDArray[np.float32]
CHUNK = 2000
_DTYPES = {"float32": "<f4", "float16": "<f2"}


class VectorRepository:
    """Vectors by the digest of the text and of the encoder.

    Parameters
    ----------
    session
        An open session; what is put in lasts once it is committed.
    dtype
        How new vectors are kept: ``float32`` as they are, ``float16`` in half the space, rounded to three
        decimals.
    """

    def __init__(self, session: Session, *, dtype: Literal["float32", "float16"] = "float32") -> None:
        self._session = session
        self._dtype = dtype

    def get_many(self, digests: Sequence[str], encoder_digest: str) -> dict[str, FloatArray]:
        """Return the vectors that are there, by text digest; each of shape ``(n_dims,)``."""
        found: dict[str, FloatArray] = {}
        columns = (Vector.text_digest, Vector.dtype, Vector.data)
        for start in range(0, len(digests), CHUNK):
            query = select(*columns).where(
                Vector.encoder_digest == encoder_digest,
                Vector.text_digest.in_(digests[start : start + CHUNK]),
            )
            for digest, dtype, data in self._session.execute(query):
                found[digest] = np.frombuffer(data, dtype=_DTYPES[dtype]).astype(np.float32, copy=False)
        return found

    def put_many(self, vectors: Mapping[str, FloatArray], encoder_digest: str) -> None:
        """Keep vectors by text digest; one that is there already stays."""
        stored = _DTYPES[self._dtype]
        rows = [
            {
                "encoder_digest": encoder_digest,
                "text_digest": digest,
                "dtype": self._dtype,
                "data": np.ascontiguousarray(vector, dtype=stored).tobytes(),
            }
            for digest, vector in vectors.items()
        ]
        if rows:
            connection = self._session.connection()
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            connection.execute(dialect.insert(table_of(Vector)).on_conflict_do_nothing(), rows)

    def remove(self, digests: Iterable[str]) -> None:
        """Remove the vectors of texts, whichever encoder made them."""
        wanted = list(digests)
        for start in range(0, len(wanted), CHUNK):
            chunk = wanted[start : start + CHUNK]
            self._session.execute(delete(Vector).where(Vector.text_digest.in_(chunk)))
