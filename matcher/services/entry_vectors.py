"""Published entries with their vectors: what is grouped, whichever service groups it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from matcher.encoders import Encoder, encode_cached
from matcher.types import Entry, EntryKind
from models.repositories.entry_loading import EntryLoader
from models.repositories.vectors import VectorRepository

FloatArray = NDArray[np.float32]


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


def load_vectors(
    session: Session,
    encoder: Encoder,
    *,
    kinds: Collection[EntryKind] = tuple(EntryKind),
    progress: Callable[[int], None] | None = None,
) -> EntryVectors:
    """Return the published entries of some kinds with their vectors; what is not encoded yet is, and kept.

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
    vectors = encode_cached(
        encoder, [entry.whole_text for entry in entries], VectorRepository(session), progress=progress
    )
    return EntryVectors(tuple(entries), vectors, encoder.digest)
