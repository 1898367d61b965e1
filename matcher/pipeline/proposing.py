"""Makes lists of proposals: what is found, scored, chosen and ranked for queries of one kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.pipeline.engine import Engine
from matcher.pipeline.reasoning import Reasoner
from matcher.retrieval import Analysed, Filters, Found, target_kind
from matcher.scoring import LONG, choose, probabilities
from matcher.types import Direction, Entry, EntryKind, Proposal, Score, needs_reader


class Proposer:
    """Proposes stored entries.

    Parameters
    ----------
    engine
        The engine that searches.
    reasoner
        Makes scores of what was found.
    """

    def __init__(self, engine: Engine, reasoner: Reasoner) -> None:
        self.engine, self.reasoner = engine, reasoner
        self._digest = engine.recipe.digest

    def propose(
        self,
        entries: Sequence[Entry],
        direction: Direction,
        *,
        filters: Filters | None,
        k: int,
        with_reasons: bool,
    ) -> list[list[Proposal]]:
        """Propose for queries of one kind; where one organisation fills a list, look further down.

        A text in a language that nothing here reads is matched with nothing: letters that happen to be alike
        would decide, and a person must read it.
        """
        limit = self.engine.recipe.max_per_organisation if direction is Direction.NEED_TO_OFFERING else None
        kind = target_kind(direction, entries[0].kind)
        analysed = self.engine.analysed(entries)
        results: list[list[Proposal]] = [[] for _ in entries]
        pending = [i for i, entry in enumerate(entries) if self._is_read(entry)]
        depth = k if limit is None else 3 * k
        while pending:
            found = self.engine.search(
                [entries[i] for i in pending],
                direction,
                kind,
                filters=filters,
                k=depth,
                analysed=_part(analysed, pending),
            )
            again = []
            for i, best in zip(pending, found, strict=True):
                chosen, ended = self._chosen(best, direction, kind, k=k, limit=limit)
                if not ended and len(best.rows) == depth:
                    again.append(i)
                    continue
                results[i] = self._ranked(
                    entries[i],
                    best[chosen],
                    direction,
                    kind,
                    vectors=analysed if with_reasons else None,
                    place=i,
                )
            pending, depth = again, 4 * depth
        return results

    def _chosen(
        self, best: Found, direction: Direction, kind: EntryKind, *, k: int, limit: int | None
    ) -> tuple[list[int], bool]:
        stored = self.engine.index(kind).entries
        places = np.flatnonzero(self._read(kind, best.rows))
        best = best[places]
        chosen, ended = choose(
            probabilities(best.logits),
            [stored[row].organisation_id for row in best.rows],
            threshold=self.engine.recipe.threshold(direction),
            k=k,
            max_per_organisation=limit,
            is_copy=None if limit is None else self._copies(best, kind),
        )
        return places[chosen].tolist(), ended

    def _is_read(self, entry: Entry) -> bool:
        return not needs_reader(entry.language, known=self.engine.encoder.languages)

    def _read(self, kind: EntryKind, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which stored entries are in a language that is read, or unknown."""
        known = self.engine.encoder.languages
        read = [
            not needs_reader(name.removesuffix(LONG), known=known) for name in self.engine.corpus_.languages
        ]
        return np.array(read, dtype=bool)[self.engine.index(kind).languages[rows]]

    def _copies(self, best: Found, kind: EntryKind) -> Callable[[int, int], bool]:
        vectors = self.engine.index(kind).vectors[best.rows]
        is_copy = vectors @ vectors.T >= self.engine.recipe.max_likeness
        return lambda a, b: bool(is_copy[a, b])

    def _ranked(
        self,
        query: Entry,
        found: Found,
        direction: Direction,
        kind: EntryKind,
        *,
        vectors: Analysed | None,
        place: int,
    ) -> list[Proposal]:
        stored = self.engine.index(kind).entries
        targets = [stored[row] for row in found.rows]
        vector = None if vectors is None else vectors.vectors[place]
        scores: list[Score] = self.reasoner.scores(query, targets, found, direction, vector=vector)
        return [
            Proposal(
                query_id=query.id,
                target_id=target.id,
                direction=direction,
                rank=rank,
                score=score,
                recipe_digest=self._digest,
            )
            for rank, (target, score) in enumerate(zip(targets, scores, strict=True), 1)
        ]


def _part(analysed: Analysed, places: Sequence[int]) -> Analysed:
    if len(places) == len(analysed):
        return analysed
    return analysed[np.asarray(places, dtype=np.intp)]
