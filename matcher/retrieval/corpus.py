"""All entries that can be found, by kind, with what was learnt from them when they were first taken in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.errors import EntryNotFound
from matcher.recipe import Recipe
from matcher.retrieval.growing import Sparse
from matcher.retrieval.index import Analysed, EntryIndex, concatenated
from matcher.retrieval.lexical import LexicalVectorizer
from matcher.retrieval.moments import Population, Standard
from matcher.retrieval.searcher import HybridSearcher
from matcher.retrieval.sketch import LexicalSketch
from matcher.types import DEMAND, Entry, EntryKind

FloatArray = NDArray[np.float32]
BLOCK = 4096


class Corpus:
    """Entries of all kinds. Rarity of letters and usual similarities are frozen when it is fitted.

    Parameters
    ----------
    recipe
        Sizes, background and seed.

    Attributes
    ----------
    indexes_, searchers_, populations_
        By kind.
    letters_
        The lexical vectorizer.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe

    def fit(
        self,
        entries: Sequence[Entry],
        vectors: FloatArray,
        *,
        profiles: FloatArray | None = None,
        texts: Sequence[str] = (),
    ) -> Corpus:
        """Take in entries.

        Parameters
        ----------
        entries
            Of all kinds.
        vectors
            Theirs, ``(n_entries, n_dims)``.
        profiles
            What needs and ideas are compared by beside them, ``(n_entries, 1 + n_taken)``; see
            ``matcher.retrieval.meaning``. Those of offerings are not looked at.
        texts
            Further texts from which the rarity of letters is learnt.
        """
        self._numbers: dict[str, int] = {}
        self.letters_ = LexicalVectorizer()
        whole = [entry.whole_text for entry in entries]
        lexical = self.letters_.fit_transform([*whole, *texts])[: len(whole)]
        rows = {
            kind: np.asarray([i for i, e in enumerate(entries) if e.kind is kind], dtype=np.intp)
            for kind in EntryKind
        }
        large = max(map(len, rows.values())) > self.recipe.n_exact
        self._sketch = LexicalSketch(seed=self.recipe.seed).fit(lexical) if large else None
        self.populations_ = {
            kind: Population(self.recipe.background, seed=self.recipe.seed).fit(
                [entries[i].id for i in own],
                vectors[own],
                lexical=lexical[own],
                sketch=self._sketch,
                profiles=profiles[own] if profiles is not None and kind in DEMAND else None,
            )
            for kind, own in rows.items()
        }
        self.indexes_, self.searchers_ = {}, {}
        for kind, own in rows.items():
            members = [entries[i] for i in own]
            known = profiles[own] if profiles is not None and kind in DEMAND else None
            analysed = self._analysed(members, vectors[own], lexical[own], known)
            self.indexes_[kind] = EntryIndex(members, analysed, sketch=self._sketch)
            self.searchers_[kind] = HybridSearcher(
                self.indexes_[kind], n_exact=self.recipe.n_exact, n_candidates=self.recipe.n_candidates
            )
        return self

    indexes_: dict[EntryKind, EntryIndex]
    searchers_: dict[EntryKind, HybridSearcher]

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages met so far, those of long texts with a plus; a number is a place here."""
        return tuple(self._numbers)

    def find(self, entry_id: str) -> Entry | None:
        """Return the stored entry of an id, if it is stored."""
        for index in self.indexes_.values():
            row = index.row_of.get(entry_id)
            if row is not None:
                return index.entries[row]
        return None

    def get(self, entry_id: str) -> Entry:
        """Return the stored entry of an id.

        Raises
        ------
        EntryNotFound
            If it is not stored: unknown, or not published.
        """
        entry = self.find(entry_id)
        if entry is None:
            raise EntryNotFound(entry_id)
        return entry

    def row_of(self, entry: Entry) -> int | None:
        """Row at which exactly this entry is stored."""
        index = self.indexes_[entry.kind]
        row = index.row_of.get(entry.id)
        return row if row is not None and index.entries[row] == entry else None

    def analyse(
        self, entries: Sequence[Entry], vectors: FloatArray, profiles: FloatArray | None = None
    ) -> Analysed:
        """Bring entries, with their vectors and profiles, into the form in which they are compared."""
        lexical = self.letters_.transform([entry.whole_text for entry in entries])
        return self._analysed(entries, vectors, lexical, profiles)

    def analysed(self, entries: Sequence[Entry], unknown: Analysed | None) -> Analysed:
        """Put together what is stored of entries with the analysed ones that are not, in their order."""
        places = [(entry.kind, self.row_of(entry)) for entry in entries]
        parts: list[Analysed] = []
        order = np.empty(len(entries), dtype=np.intp)
        n = 0
        for kind, index in self.indexes_.items():
            positions = [i for i, (k, row) in enumerate(places) if k is kind and row is not None]
            if positions:
                rows = np.asarray([places[i][1] for i in positions], dtype=np.intp)
                parts.append(index.rows(rows))
                order[positions] = np.arange(n, n + len(positions))
                n += len(positions)
        others = [i for i, (_, row) in enumerate(places) if row is None]
        if others and unknown is not None:
            parts.append(unknown)
            order[others] = np.arange(n, n + len(others))
        joined = concatenated(parts)
        return joined if np.array_equal(order, np.arange(len(order))) else joined[order]

    def add(self, entry: Entry, analysed: Analysed) -> None:
        """Take in or replace one entry."""
        self.remove(entry.id)
        self.indexes_[entry.kind].add(entry, analysed)

    def remove(self, entry_id: str) -> bool:
        """Take an entry out; return whether it was there."""
        return any([index.remove(entry_id) for index in self.indexes_.values()])

    def _number(self, entry: Entry) -> int:
        """Return the number of an entry's language; long texts count as a language of their own."""
        is_long = len(entry.whole_text) >= self.recipe.long_chars
        return self._numbers.setdefault(f"{entry.language}{'+' if is_long else ''}", len(self._numbers))

    def _analysed(
        self, entries: Sequence[Entry], vectors: FloatArray, lexical: Sparse, profiles: FloatArray | None
    ) -> Analysed:
        """Standards are worked out in blocks: each needs the products with a sample."""
        numbers = np.asarray([self._number(entry) for entry in entries], dtype=np.int32)
        is_demand = np.asarray([entry.kind in DEMAND for entry in entries], dtype=bool)
        blocks = []
        for start in range(0, max(len(entries), 1), BLOCK):
            part = slice(start, start + BLOCK)
            known = None if profiles is None else profiles[part]
            blocks.append(self._block(vectors[part], lexical[part], numbers[part], is_demand[part], known))
        return concatenated(blocks)

    def _block(
        self,
        vectors: FloatArray,
        lexical: Sparse,
        numbers: NDArray[np.int32],
        is_demand: NDArray[np.bool_],
        profiles: FloatArray | None,
    ) -> Analysed:
        sketched = self._sketch.transform(lexical) if self._sketch else None
        standards: dict[EntryKind, Standard] = {}
        for kind, population in self.populations_.items():
            plain = population.standard(vectors, lexical, sketched=sketched)
            if profiles is not None and kind in DEMAND and is_demand.any():
                alike = population.standard(vectors, lexical, sketched=sketched, profiles=profiles)
                plain = Standard.from_array(np.where(is_demand[:, None], alike.as_array(), plain.as_array()))
            standards[kind] = plain
        return Analysed(vectors, lexical, sketched, numbers, standards, profiles)
