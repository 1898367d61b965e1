"""The matcher: what services, evaluation and the command line call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matcher.encoders import Encoder, VectorStore
from matcher.pipeline.coding import Coder
from matcher.pipeline.engine import Engine
from matcher.pipeline.evidence import evidence
from matcher.pipeline.proposing import Proposer
from matcher.pipeline.reasoning import Reasoner
from matcher.pipeline.shipped import shipped_recipe
from matcher.pipeline.why_not import WhyNot, why_not
from matcher.procurement import CpvRanking, CpvTable
from matcher.recipe import Recipe
from matcher.retrieval import Filters, direction_between, pair_logits, query_kind, target_kind
from matcher.scoring import StoredScorer, log_odds
from matcher.text import identify_language
from matcher.types import (
    Direction,
    Entry,
    EntryKind,
    EntryStatus,
    JudgedPair,
    Match,
    Proposal,
    Score,
)

FloatArray = NDArray[np.float32]
BLOCK = 256
DOUBT = 1.5
"""Log-odds that neighbours and verdicts, which are known from the query's side alone, may add."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Queries that were asked and what was proposed for them, best first; for some perhaps nothing."""

    query_ids: tuple[str, ...]
    proposals: tuple[Proposal, ...]


class Matcher:
    """Finds which entries belong together; whoever shares one between threads lets one in at a time.

    Parameters
    ----------
    encoder
        Gives the vectors.
    recipe
        How candidates are found, scored and chosen; left out, with the weights of the scorer that ships where
        it was learnt for this encoder, and by hand else.

    Attributes
    ----------
    engine
        Encodes, stores and searches.
    """

    def __init__(self, encoder: Encoder, recipe: Recipe | None = None) -> None:
        self.engine = Engine(encoder, recipe or shipped_recipe(encoder.digest))
        self._given = recipe
        self._coder: Coder | None = None
        self._reasoner = Reasoner(self.engine)
        self._proposer = Proposer(self.engine, self._reasoner)

    @property
    def recipe(self) -> Recipe:
        """The recipe, with the encoder's digest."""
        return self.engine.recipe

    @property
    def encoder(self) -> Encoder:
        """What gives the vectors."""
        return self.engine.encoder

    def fit(
        self,
        entries: Sequence[Entry],
        *,
        vectors: VectorStore | None = None,
        progress: Callable[[int], None] | None = None,
        after_chunk: Callable[[], None] | None = None,
        texts: Sequence[str] = (),
    ) -> Matcher:
        """Take in all entries and learn how rare letters are and what similarity is usual.

        Parameters
        ----------
        entries
            Only published ones are kept.
        vectors
            Where vectors are kept between runs.
        progress
            Called with the number of entries encoded since the last call.
        after_chunk
            Called when a chunk of new vectors was kept, for a commit.
        texts
            More texts to learn the rarity of letters from.
        """
        self.engine.fit(entries, vectors=vectors, progress=progress, after_chunk=after_chunk, texts=texts)
        return self

    def __len__(self) -> int:
        return sum(index.n_alive for index in self.engine.corpus_.indexes_.values())

    def __contains__(self, entry_id: object) -> bool:
        return isinstance(entry_id, str) and self.engine.corpus_.find(entry_id) is not None

    def ids(self, kind: EntryKind) -> list[str]:
        """Ids of the stored entries of a kind, in the order of the columns of ``score_matrix``."""
        index = self.engine.index(kind)
        return [index.entries[row].id for row in np.flatnonzero(index.alive)]

    def add(self, entry: Entry, *, vectors: VectorStore | None = None) -> None:
        """Take in or replace one entry without fitting again; one that is not published is taken out."""
        if entry.status is not EntryStatus.PUBLISHED:
            self.remove(entry.id)
        else:
            self.engine.corpus_.add(entry, self.engine.analyse([entry], vectors=vectors))
            self.engine.changed(entry.id)

    update = add

    def remove(self, entry_id: str) -> bool:
        """Take an entry out; return whether it was there."""
        self.engine.changed(entry_id)
        return self.engine.corpus_.remove(entry_id)

    def use_scorer(self, scorer: StoredScorer | None) -> None:
        """Score by a learned scorer's weights from now on; ``None``: by those of the start again.

        Raises
        ------
        ScorerInvalid
            If it was learnt with another encoder; nothing is changed.
        """
        if scorer is None:
            recipe = self._given or shipped_recipe(self.encoder.digest)
        else:
            scorer.check_encoder(self.encoder.digest)
            recipe = scorer.applied_to(self._given or Recipe())
        self.engine.use(recipe)
        self._proposer = Proposer(self.engine, self._reasoner)

    def evidence(
        self, query: str | Entry, targets: Sequence[str], direction: Direction
    ) -> NDArray[np.float64]:
        """Measure an entry against stored ones: what a scorer learns from and weighs.

        Returns
        -------
        Shape ``(n_targets, len(FEATURES))``, ``nan`` where something is not known; see
        ``matcher.scoring.features``.

        Raises
        ------
        EntryNotFound
            If a target is not stored.
        """
        return evidence(
            self.engine, self.engine.entry(query), [self.engine.corpus_.get(t) for t in targets], direction
        )

    def alike(self, entry_id: str, *, k: int = 20) -> list[str]:
        """Ids of the stored entries of the same kind for which verdicts on this one count, nearest first."""
        return self.engine.alike(self.engine.corpus_.get(entry_id), k=k)

    def remember(self, judged: Sequence[JudgedPair]) -> None:
        """Let these verdicts, in place of earlier ones, count as evidence for like pairs."""
        self.engine.remember(judged)

    def propose(
        self,
        queries: Sequence[str | Entry],
        direction: Direction,
        *,
        filters: Filters | None = None,
        k: int | None = None,
        with_reasons: bool = True,
    ) -> list[Proposal]:
        """Propose targets for each query, best first, none where the evidence is thin.

        Parameters
        ----------
        queries
            Ids of stored entries, or entries (drafts too).
        direction
            Which kind is proposed for which.
        filters
            What targets must be; applied before the best are chosen.
        k
            Proposals a query at most; by default the recipe's.
        with_reasons
            Whether scores carry their reasons; they are the same without.

        Raises
        ------
        EntryNotFound
            If an id is not stored.
        InvalidInput
            If a query is not of the kind that the direction asks from.
        """
        batches = self.propose_batches(queries, direction, filters=filters, k=k, with_reasons=with_reasons)
        return [proposal for batch in batches for proposal in batch.proposals]

    def propose_batches(
        self,
        queries: Sequence[str | Entry],
        direction: Direction,
        *,
        filters: Filters | None = None,
        k: int | None = None,
        with_reasons: bool = True,
        block: int = BLOCK,
    ) -> Iterator[Batch]:
        """Propose for a block of queries at a time, as ``propose`` does, for progress and for carrying on."""
        for start in range(0, len(queries), block):
            entries = [self.engine.entry(query) for query in queries[start : start + block]]
            proposals: dict[int, list[Proposal]] = {}
            for kind in EntryKind:
                own = [i for i, entry in enumerate(entries) if target_kind(direction, entry.kind) is kind]
                if own:
                    members = [entries[i] for i in own]
                    found = self._proposer.propose(
                        members,
                        direction,
                        filters=filters,
                        k=k or self.recipe.top_k,
                        with_reasons=with_reasons,
                    )
                    proposals.update(zip(own, found, strict=True))
            listed = [p for i in range(len(entries)) for p in proposals[i]]
            if with_reasons:
                by_id = {entry.id: entry for entry in entries}
                scores = self._reasoner.explained(
                    [(by_id[p.query_id], self.engine.entry(p.target_id), p.score) for p in listed]
                )
                listed = [replace(p, score=score) for p, score in zip(listed, scores, strict=True)]
            yield Batch(query_ids=tuple(entry.id for entry in entries), proposals=tuple(listed))

    def propose_for_target(
        self, target_id: str, direction: Direction, *, with_reasons: bool = True
    ) -> list[Proposal]:
        """Proposals in which a stored entry is the target, such as the needs that a new offering meets.

        The likeliest queries are found first and then asked as usual, so that ranks are those of their lists.
        """
        target = self.engine.corpus_.get(target_id)
        kind = query_kind(direction, target.kind)
        found = self.engine.search([target], direction, kind, filters=None, k=3 * self.recipe.top_k)[0]
        threshold = max(self.recipe.threshold(direction), 1e-6)
        likely = [
            self.engine.index(kind).entries[row]
            for row, logit in zip(found.rows, found.logits, strict=True)
            if logit >= log_odds(threshold) - DOUBT
        ]
        proposals = self.propose(likely, direction, with_reasons=with_reasons)
        return [proposal for proposal in proposals if proposal.target_id == target_id]

    def similar_to_text(
        self,
        text: str,
        *,
        kinds: Sequence[EntryKind] = tuple(EntryKind),
        language: str | None = None,
        filters: Filters | None = None,
        k: int | None = None,
        with_reasons: bool = True,
    ) -> list[Match]:
        """Search by text among entries of some kinds, best first; an empty text finds nothing."""
        if not text.strip():
            return []
        query = Entry(
            id="", kind=EntryKind.NEED, text=text, language=language or identify_language(text).code
        )
        analysed = self.engine.analyse([query], role="query")
        wanted = [kind for kind in kinds if not (filters and filters.kinds) or kind in filters.kinds]
        k = k or self.recipe.top_k
        found: list[tuple[Score, Entry]] = []
        for kind in wanted:
            best = self.engine.search([query], None, kind, filters=filters, k=k, analysed=analysed)[0]
            targets = [self.engine.index(kind).entries[row] for row in best.rows]
            found += zip(
                self._reasoner.scores(
                    query, targets, best, None, vector=analysed.vectors[0] if with_reasons else None
                ),
                targets,
                strict=True,
            )
        found.sort(key=lambda item: (-item[0].value, item[1].id))
        kept = [item for item in found if item[0].value >= self.recipe.search_threshold][:k]
        if with_reasons:
            scores = self._reasoner.explained([(query, target, score) for score, target in kept])
            kept = [(score, target) for score, (_, target) in zip(scores, kept, strict=True)]
        return [
            Match(entry_id=target.id, rank=rank, score=score) for rank, (score, target) in enumerate(kept, 1)
        ]

    def explain(
        self, query: str | Entry, target: str | Entry, *, direction: Direction | None = None
    ) -> Score:
        """Score one pair with its reasons, strongest first, proposed or not.

        ``direction`` is told from the kinds if it is not given.
        """
        ours, theirs = self.engine.entry(query), self.engine.entry(target)
        direction = direction or direction_between(ours.kind, theirs.kind)
        return self._reasoner.explained([(ours, theirs, self._reasoner.pair(ours, theirs, direction))])[0]

    def why_not(self, query: str | Entry, target_id: str, *, direction: Direction | None = None) -> WhyNot:
        """Say why a stored entry is not proposed for another, and what would have to differ.

        Raises
        ------
        EntryNotFound
            If an id is not stored.
        """
        ours, theirs = self.engine.entry(query), self.engine.corpus_.get(target_id)
        direction = direction or direction_between(ours.kind, theirs.kind)
        score = self.explain(ours, theirs, direction=direction)
        others = self.score_matrix([ours], theirs.kind, direction=direction)[0]
        ahead = int(np.sum(others > others[self.ids(theirs.kind).index(target_id)]))
        proposed = self.propose([ours], direction, with_reasons=False)
        return why_not(self.engine, ours, theirs, direction, score=score, ahead=ahead, proposed=proposed)

    def suggest_codes(
        self, query: str | Entry, *, table: CpvTable | None = None, language: str = "sv", k: int = 5
    ) -> CpvRanking:
        """Suggest CPV codes for an entry; see ``Coder``."""
        if self._coder is None or self._coder.table is not table:
            self._coder = Coder(self.engine, table)
        return self._coder.suggest([self.engine.entry(query)], language=language, k=k)[0]

    def score_matrix(
        self,
        queries: Sequence[str | Entry],
        target: EntryKind,
        *,
        direction: Direction | None,
        recipe: str | None = None,
    ) -> FloatArray:
        """Log-odds of all pairs, exactly those that are served; ask for blocks of queries.

        Parameters
        ----------
        queries
            Ids or entries of one kind.
        target
            Kind of the targets.
        direction
            ``None`` is a search by text.
        recipe
            ``fused``, ``lexical`` or ``dense``; by default the recipe's own.

        Returns
        -------
        Shape ``(n_queries, n_targets)`` with the targets as ``ids(target)`` names them.
        """
        entries = [self.engine.entry(query) for query in queries]
        index = self.engine.index(target)
        if not entries:
            return np.empty((0, index.n_alive), dtype=np.float32)
        analysed = (
            self.engine.analyse(entries, role="query") if direction is None else self.engine.analysed(entries)
        )
        question = self.engine.question(direction, entries[0].kind, target, name=recipe)
        scores = self.engine.corpus_.searchers_[target].matrix(analysed, question)
        for row, entry in enumerate(entries):
            extra = self.engine.bonus(entry, analysed.vectors[row], direction, target)
            if extra is not None:
                scores[row] += extra
        return scores[:, index.alive]

    def score_pairs(
        self, left: Sequence[Entry], right: Sequence[Entry], *, recipe: str | None = None
    ) -> FloatArray:
        """Log-odds that the entries at equal positions are alike, comparable between pairs, ``(n_pairs,)``.

        Similarities are read against those of all pairs of the left entries' kind, not of each entry's own:
        that ranks targets for one entry, but not pairs of different entries.
        """
        if not left:
            return np.empty(0, dtype=np.float32)
        question = self.engine.question(Direction.SIMILAR, left[0].kind, right[0].kind, name=recipe)
        overall = self.engine.corpus_.populations_[left[0].kind].overall_alike_
        parts = pair_logits(
            self.engine.analysed(left), self.engine.analysed(right), question, overall=overall
        )
        return parts.total
