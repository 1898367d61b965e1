"""The entries of one kind, ready to be searched; entries are added and removed without refitting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.retrieval.dense import DenseProduct
from matcher.retrieval.facets import Facets
from matcher.retrieval.growing import Choice, GrowingArray, GrowingSparse, Sparse
from matcher.retrieval.meaning import no_profiles
from matcher.retrieval.moments import Standard
from matcher.retrieval.neighbours import Neighbours
from matcher.retrieval.sketch import LexicalSketch, Sketched
from matcher.types import Entry, EntryKind

FloatArray = NDArray[np.float32]
Rows = NDArray[np.intp]
MIN_TAIL = 1000
TAIL_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Analysed:
    """Entries or texts in the form in which they are compared.

    Attributes
    ----------
    vectors
        Length-one vectors of the encoder, shape ``(n, n_dims)``.
    lexical
        Lexical rows, CSR of shape ``(n, n_features)``.
    sketched
        The same in the sketch, if there is one.
    languages
        Numbers of the languages, shape ``(n,)``.
    standards
        Against each kind of entry: what similarity is usual.
    profiles
        Of needs and ideas, what is compared beside the vectors where they are compared with each other; see
        ``matcher.retrieval.meaning``. ``None`` where there is nothing.
    """

    vectors: FloatArray
    lexical: Sparse
    sketched: Sketched | None
    languages: NDArray[np.int32]
    standards: Mapping[EntryKind, Standard]
    profiles: FloatArray | None = None

    def __len__(self) -> int:
        return len(self.vectors)

    def __getitem__(self, rows: Choice) -> Analysed:
        return Analysed(
            self.vectors[rows],
            self.lexical[rows],
            self.sketched[rows] if self.sketched else None,
            self.languages[rows],
            {kind: standard[rows] for kind, standard in self.standards.items()},
            None if self.profiles is None else self.profiles[rows],
        )


def concatenated(parts: Sequence[Analysed]) -> Analysed:
    """Put analysed entries one after the other."""
    from scipy.sparse import vstack

    if len(parts) == 1:
        return parts[0]
    sketched = [part.sketched for part in parts if part.sketched is not None]
    profiles = [part.profiles for part in parts if part.profiles is not None]
    if profiles and len(profiles) < len(parts):
        n_numbers = profiles[0].shape[1]
        profiles = [
            no_profiles(len(part), n_numbers) if part.profiles is None else part.profiles for part in parts
        ]
    return Analysed(
        np.concatenate([part.vectors for part in parts]),
        vstack([part.lexical for part in parts], format="csr"),
        Sketched(
            vstack([part.rare for part in sketched], format="csr"),
            np.concatenate([part.projected for part in sketched]),
        )
        if sketched
        else None,
        np.concatenate([part.languages for part in parts]),
        {
            kind: Standard.from_array(np.concatenate([part.standards[kind].as_array() for part in parts]))
            for kind in parts[0].standards
        },
        np.concatenate(profiles) if profiles else None,
    )


class EntryIndex:
    """Entries of one kind.

    Parameters
    ----------
    entries
        The entries, in any order.
    analysed
        What they were made into, row by row.
    sketch
        The sketch that ``analysed.sketched`` was made with, if any.
    """

    def __init__(self, entries: Sequence[Entry], analysed: Analysed, *, sketch: LexicalSketch | None) -> None:
        self.entries: list[Entry] = list(entries)
        self.row_of: dict[str, int] = {entry.id: row for row, entry in enumerate(entries)}
        self.facets = Facets()
        for entry in entries:
            self.facets.add(entry)
        self._vectors = GrowingArray(np.ascontiguousarray(analysed.vectors, dtype=np.float32))
        self._lexical = GrowingSparse(analysed.lexical)
        self._languages = GrowingArray(analysed.languages)
        self._standards = {
            kind: GrowingArray(standard.as_array()) for kind, standard in analysed.standards.items()
        }
        self._profiles = None if analysed.profiles is None else GrowingArray(analysed.profiles)
        self._alive = GrowingArray(np.ones(len(entries), dtype=bool))
        self._sketch = sketch
        self._product = DenseProduct()
        self._neighbours: Neighbours | None = None
        self._build_lists(analysed.sketched)

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def n_alive(self) -> int:
        """Number of entries that were not removed."""
        return len(self.row_of)

    @property
    def alive(self) -> NDArray[np.bool_]:
        """Which rows were not removed."""
        return self._alive.rows

    @property
    def vectors(self) -> FloatArray:
        """Vectors of all rows, shape ``(n, n_dims)``."""
        return self._vectors.rows

    @property
    def profiles(self) -> FloatArray | None:
        """What is compared beside the vectors, as in ``Analysed``."""
        return None if self._profiles is None else self._profiles.rows

    @property
    def languages(self) -> NDArray[np.int32]:
        """Language numbers of all rows."""
        return self._languages.rows

    @property
    def is_sketched(self) -> bool:
        """Whether it is so large that candidates are found by the sketch."""
        return self._sketch is not None

    @property
    def neighbours(self) -> Neighbours | None:
        """The nearest other row of each row; ``None`` in a large index, where they would cost too much."""
        if self._neighbours is None and not self.is_sketched:
            self._neighbours = Neighbours().fit(self.vectors, self.alive)
        return self._neighbours

    def standard(self, kind: EntryKind) -> Standard:
        """Return what similarity to entries of a kind is usual for each row."""
        return Standard.from_array(self._standards[kind].rows)

    def lexical(self, rows: Rows | None = None) -> Sparse:
        """Lexical rows, CSR."""
        return self._lexical.since() if rows is None else self._lexical.take(rows)

    def add(self, entry: Entry, analysed: Analysed) -> None:
        """Append one entry; an older one of the same id is removed."""
        self.remove(entry.id)
        self.row_of[entry.id] = len(self.entries)
        self.entries.append(entry)
        self.facets.add(entry)
        self._vectors.append(analysed.vectors)
        self._lexical.append(analysed.lexical)
        self._languages.append(analysed.languages)
        for kind, standard in analysed.standards.items():
            self._standards[kind].append(standard.as_array())
        if self._profiles is not None and analysed.profiles is not None:
            self._profiles.append(analysed.profiles)
        self._alive.append(np.ones(1, dtype=bool))
        if self._neighbours is not None:
            self._neighbours.add(self.vectors, self.alive)
        if self._projected is not None and analysed.sketched is not None:
            self._projected.append(analysed.sketched.projected)
            self._tail.append(analysed.sketched.rare)

    def remove(self, entry_id: str) -> bool:
        """Take an entry out; return whether it was there."""
        row = self.row_of.pop(entry_id, None)
        if row is None:
            return False
        self._alive.rows[row] = False
        if self._neighbours is not None:
            self._neighbours.remove(row, self.vectors, self.alive)
        return True

    def rows(self, rows: Rows) -> Analysed:
        """Return stored entries in the form in which they are compared."""
        sketched = None
        lexical = self.lexical(rows)
        if self._sketch is not None:
            sketched = self._sketch.transform(lexical)
        return Analysed(
            self.vectors[rows],
            lexical,
            sketched,
            self.languages[rows],
            {kind: Standard.from_array(array.rows[rows]) for kind, array in self._standards.items()},
            None if self._profiles is None else self._profiles.rows[rows],
        )

    def lexical_sketched(self, queries: Sketched) -> FloatArray:
        """Approximate lexical cosines of queries with all rows, shape ``(n_queries, n)``."""
        assert self._projected is not None
        if len(self._tail) > max(MIN_TAIL, TAIL_SHARE * len(self)):
            assert self._sketch is not None
            self._build_lists(self._sketch.transform(self.lexical()))
        similar = self._product(queries.projected, self._projected.rows)
        similar[:, : self._n_listed] += (queries.rare @ self._lists).toarray()
        if len(self._tail):
            similar[:, self._n_listed :] += (queries.rare @ self._tail.since().T).toarray()
        return similar

    def _build_lists(self, sketched: Sketched | None) -> None:
        """Make the inverted lists of all rows; those that are added later wait in a tail."""
        self._projected = GrowingArray(sketched.projected) if sketched else None
        if sketched:
            self._lists = sketched.rare.T.tocsr()
            self._n_listed = sketched.rare.shape[0]
            self._tail = GrowingSparse(sketched.rare[:0])
