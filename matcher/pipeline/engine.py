"""What all of the pipeline stands on: the encoder, the recipe, and the entries as they are searched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from matcher.encoders import Encoder, VectorStore, encode_cached
from matcher.encoders.protocol import Role
from matcher.grouping.means import Means
from matcher.pipeline.shipped import expanded
from matcher.procurement import distance_km
from matcher.recipe import Recipe
from matcher.retrieval import (
    Analysed,
    Circumstances,
    Corpus,
    EntryIndex,
    Filters,
    Found,
    Known,
    PairWeights,
    Question,
    Remembered,
    alike,
    starts_from,
    target_kind,
)
from matcher.retrieval.meaning import no_profiles
from matcher.scoring import base_shift, coefficient_table
from matcher.types import DEMAND, Direction, Entry, EntryKind, EntryStatus, JudgedPair

FloatArray = NDArray[np.float32]


def _are_demand(entries: Sequence[Entry]) -> NDArray[np.bool_]:
    return np.array([entry.kind in DEMAND for entry in entries], dtype=bool)


class Engine:
    """Encodes, stores and searches; knows nothing of proposals and reasons.

    Parameters
    ----------
    encoder
        Gives the vectors.
    recipe
        How candidates are found, scored and chosen.

    Attributes
    ----------
    recipe
        The recipe, with the encoder's digest.
    corpus_
        The published entries, once fitted.
    """

    def __init__(self, encoder: Encoder, recipe: Recipe) -> None:
        self.encoder = encoder
        self.recipe = recipe.with_encoder(encoder.digest)
        self.circumstances = Circumstances(distance_km)
        self._tables: dict[tuple[Direction | None, EntryKind, bool, str, int], FloatArray] = {}
        self._judged: tuple[JudgedPair, ...] = ()
        self._remembered: dict[tuple[Direction, EntryKind], Remembered | None] = {}

    def fit(
        self,
        entries: Sequence[Entry],
        *,
        vectors: VectorStore | None = None,
        progress: Callable[[int], None] | None = None,
        after_chunk: Callable[[], None] | None = None,
        texts: Sequence[str] = (),
    ) -> None:
        """Take in entries, as ``Matcher.fit`` does."""
        stored = [entry for entry in entries if entry.status is EntryStatus.PUBLISHED]
        whole = [entry.whole_text for entry in stored]
        if vectors is None:
            encoded = self.encoder.encode(whole, progress=progress)
        else:
            encoded = encode_cached(self.encoder, whole, vectors, progress=progress, after_chunk=after_chunk)
        rows = expanded(stored, encoded, self.encoder.digest)
        is_demand = _are_demand(stored)
        self._means = Means.of(rows[is_demand], rows[~is_demand])
        profiles = self._profiles(stored, rows)
        self.corpus_ = Corpus(self.recipe).fit(stored, rows, profiles=profiles, texts=texts)
        self._tables = {}
        self._remembered.clear()

    def use(self, recipe: Recipe) -> None:
        """Score by another recipe's weights and thresholds from now on; what was fitted stays."""
        self.recipe = recipe.with_encoder(self.encoder.digest)
        self._tables = {}

    def index(self, kind: EntryKind) -> EntryIndex:
        """Return the stored entries of a kind."""
        return self.corpus_.indexes_[kind]

    def entry(self, query: str | Entry) -> Entry:
        """Return an entry by its id, or as it is given."""
        return self.corpus_.get(query) if isinstance(query, str) else query

    def encode(self, texts: Sequence[str], role: Role, vectors: VectorStore | None) -> FloatArray:
        """Encode texts, through the store if there is one."""
        if vectors is None:
            return self.encoder.encode(texts, role=role)
        return encode_cached(self.encoder, texts, vectors, role=role)

    def analyse(
        self, entries: Sequence[Entry], *, role: Role = "passage", vectors: VectorStore | None = None
    ) -> Analysed:
        """Encode entries and bring them into the form in which they are compared."""
        encoded = self.encode([entry.whole_text for entry in entries], role, vectors)
        rows = expanded(entries, encoded, self.encoder.digest)
        return self.corpus_.analyse(entries, rows, self._profiles(entries, rows))

    def analysed(self, entries: Sequence[Entry]) -> Analysed:
        """Analyse entries; what is stored of them is not encoded again."""
        new = [entry for entry in entries if self.corpus_.row_of(entry) is None]
        return self.corpus_.analysed(entries, self.analyse(new) if new else None)

    def _profiles(self, entries: Sequence[Entry], rows: FloatArray) -> FloatArray | None:
        """Tell what would meet needs and ideas, by the offerings of when it was fitted; ``None`` if few."""
        if self._means is None:
            return None
        profiles = no_profiles(len(entries), 1 + len(self._means.offerings))
        is_demand = _are_demand(entries)
        profiles[is_demand] = self._means.profiles(rows[is_demand])
        return profiles

    def question(
        self, direction: Direction | None, query: EntryKind, target: EntryKind, *, name: str | None = None
    ) -> Question:
        """Say how queries are compared with targets; ``name`` as in ``Recipe.name``."""
        weights, name = self.recipe.weights_for(direction), name or self.recipe.name
        languages = self.corpus_.languages
        is_reverse = direction is not None and not starts_from(direction, query)
        key = (direction, target, is_reverse, name, len(languages))
        if key not in self._tables:
            table = coefficient_table(
                languages,
                weights=weights,
                known=self.encoder.languages,
                usual=self.recipe.usual_language,
                name=name,
                is_reverse=is_reverse,
            )
            table[..., 0] += self.shift(target)
            self._tables[key] = table
        share = 1 - weights.target_share if is_reverse else weights.target_share
        return Question(
            query_kind=query if share else None,
            target_kind=target,
            weights=PairWeights(self._tables[key]),
            share=share,
            overall=self.corpus_.populations_[target].overall_,
            with_profiles=query in DEMAND and target in DEMAND,
        )

    def shift(self, target: EntryKind) -> float:
        """Log-odds that the number of targets of a kind adds to every pair."""
        return base_shift(self.corpus_.populations_[target].n_, self.recipe.background)

    def search(
        self,
        entries: Sequence[Entry],
        direction: Direction | None,
        target: EntryKind,
        *,
        filters: Filters | None,
        k: int,
        analysed: Analysed | None = None,
    ) -> list[Found]:
        """Find the best stored entries of a kind for queries of one kind, circumstances included."""
        index = self.index(target)
        analysed = analysed or self.analysed(entries)
        return self.corpus_.searchers_[target].best(
            analysed,
            self.question(direction, entries[0].kind, target),
            mask=index.facets.mask(filters) if filters else None,
            excluded=[index.row_of.get(entry.id) for entry in entries],
            bonuses=[
                self.bonus(entry, vector, direction, target)
                for entry, vector in zip(entries, analysed.vectors, strict=True)
            ],
            k=k,
        )

    def bonus(
        self, query: Entry, vector: FloatArray, direction: Direction | None, target: EntryKind
    ) -> FloatArray | None:
        """Log-odds that circumstances and verdicts on like pairs add for each row, None if nothing does."""
        index, weights = self.index(target), self.recipe.weights_for(direction)
        total = self.circumstances.bonus(query, index.facets, weights=weights)
        remembered = self.remembered(direction, query.kind)
        if remembered is None or not weights.verdicts:
            return total
        evidence = remembered.evidence(query.id, vector, index.vectors, index.row_of)
        if evidence is None:
            return total
        return np.float32(weights.verdicts) * evidence + (0 if total is None else total)

    def alike(self, entry: Entry, *, k: int) -> list[str]:
        """Ids of the stored entries of its kind that are so much like it that its verdicts count for them."""
        index, row = self.index(entry.kind), self.corpus_.row_of(entry)
        if row is None:
            return []
        usual = self.corpus_.populations_[entry.kind].overall_
        likeness = np.where(index.alive, alike(index.vectors @ index.vectors[row], usual), 0)
        likeness[row] = 0
        nearest = np.argsort(-likeness, kind="stable")[:k]
        return [index.entries[i].id for i in nearest if likeness[i] > 0]

    def remember(self, judged: Sequence[JudgedPair]) -> None:
        """Let these verdicts, in place of earlier ones, count as evidence for like pairs."""
        self._judged = tuple(judged)
        self._remembered.clear()

    def changed(self, entry_id: str) -> None:
        """Look at the verdicts on an entry anew: it was replaced or taken out."""
        if any(entry_id in (pair.query_id, pair.target_id) for pair in self._judged):
            self._remembered.clear()

    def remembered(self, direction: Direction | None, query: EntryKind) -> Remembered | None:
        """Return the verdicts that count for queries of a kind in a direction, if there are any."""
        if direction is None or not self._judged or not starts_from(direction, query):
            return None
        key = (direction, query)
        if key not in self._remembered:
            self._remembered[key] = self._remembering(direction, query)
        return self._remembered[key]

    def _remembering(self, direction: Direction, query: EntryKind) -> Remembered | None:
        """Collect verdicts on stored entries; those on similar entries count from both sides."""
        kind = target_kind(direction, query)
        pairs = [pair for pair in self._judged if pair.direction is direction]
        if direction is Direction.SIMILAR:
            pairs += [
                replace(pair, query_id=pair.target_id, target_id=pair.query_id) for pair in tuple(pairs)
            ]
        ours, theirs = self.index(query), self.index(kind)
        known = [
            Known(pair, ours.vectors[left], theirs.vectors[right])
            for pair in pairs
            if (left := ours.row_of.get(pair.query_id)) is not None
            and (right := theirs.row_of.get(pair.target_id)) is not None
        ]
        if not known:
            return None
        usual = self.corpus_.populations_
        return Remembered(known, queries=usual[query].overall_, targets=usual[kind].overall_)
