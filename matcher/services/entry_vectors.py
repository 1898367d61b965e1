"""Published entries with their vectors: what is grouped, whichever service groups it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from matcher.encoders import Encoder, VectorStore, encode_cached
from matcher.grouping.means import with_means
from matcher.grouping.vectors import IntArray
from matcher.pipeline.shipped import expanded
from matcher.types import Entry, EntryKind
from models.database import READS_ONLY
from models.repositories.entry_loading import EntryLoader
from models.repositories.vectors import VectorRepository

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _KeepsNothing:
    """A vector store that is only read."""

    store: VectorStore

    def get_many(self, digests: Sequence[str], encoder_digest: str) -> Mapping[str, FloatArray]:
        """Return the vectors that are there."""
        return self.store.get_many(digests, encoder_digest)

    def put_many(self, vectors: Mapping[str, FloatArray], encoder_digest: str) -> None:
        """Keep nothing."""


@dataclass(frozen=True, slots=True)
class EntryVectors:
    """Entries in the order of their ids, their vectors ``(n, n_dims)``, and the encoder's digest."""

    entries: tuple[Entry, ...]
    vectors: FloatArray
    encoder_digest: str

    @property
    def ids(self) -> list[str]:
        """Ids of the entries, in the order of the rows."""
        return [entry.id for entry in self.entries]

    def of(self, chosen: Collection[Any]) -> EntryVectors:
        """Return those of some kinds, or with some ids."""
        places = [i for i, entry in enumerate(self.entries) if entry.kind in chosen or entry.id in chosen]
        return EntryVectors(tuple(self.entries[i] for i in places), self.vectors[places], self.encoder_digest)

    def expanded(self) -> EntryVectors:
        """Return the same entries with vectors expanded by what is known of their like."""
        return replace(self, vectors=expanded(self.entries, self.vectors, self.encoder_digest))

    def beside(self, offerings: EntryVectors) -> EntryVectors:
        """Return the same entries with vectors that tell what would meet them, too."""
        return replace(self, vectors=with_means(self.vectors, offerings.vectors))

    def answered(self, answers: Iterable[tuple[str, str, bool]]) -> tuple[IntArray, IntArray, list[bool]]:
        """Return the places of each answered pair of these entries, and whether it was merged."""
        row_of = {entry_id: row for row, entry_id in enumerate(self.ids)}
        known = [(row_of[a], row_of[b], merged) for a, b, merged in answers if a in row_of and b in row_of]
        left, right = (np.array([pair[side] for pair in known], dtype=np.int64) for side in (0, 1))
        return left, right, [merged for _, _, merged in known]


def load_vectors(
    session: Session,
    encoder: Encoder,
    *,
    kinds: Collection[EntryKind] = tuple(EntryKind),
    progress: Callable[[int], None] | None = None,
) -> EntryVectors:
    """Return the published entries of some kinds with their vectors; what is not encoded yet is.

    It is kept, too, unless the session only reads: a reader must not hold up those who write.

    Parameters
    ----------
    session
        An open session.
    encoder
        Gives the vectors that are not kept yet.
    kinds
        Which entries.
    progress
        Called with the number of texts encoded since the last call.
    """
    entries = [
        entry for batch in EntryLoader(session).iterate(batch=1000) for entry in batch if entry.kind in kinds
    ]
    store = VectorRepository(session)
    vectors = encode_cached(
        encoder,
        [entry.whole_text for entry in entries],
        _KeepsNothing(store) if session.info.get(READS_ONLY) else store,
        progress=progress,
    )
    return EntryVectors(tuple(entries), vectors, encoder.digest)
