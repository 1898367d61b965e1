"""Puts reasons to scores."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from matcher.pipeline.engine import Engine
from matcher.retrieval import Found, pair_logits, term_shares
from matcher.retrieval.growing import Sparse
from matcher.scoring import Explainer, circumstance_reasons, probabilities, score_of, verdict_reason
from matcher.text import analyse, split_sentences
from matcher.types import Direction, Entry, Reason, ReasonKind, Score

FloatArray = NDArray[np.float32]


MAX_SENTENCES = 20_000
"""Sentences whose vectors are kept: some 50 MB."""


class SentenceVectors:
    """Encodes sentences, each once while it is remembered: the same offerings come up for many needs.

    Parameters
    ----------
    encode
        Gives the vectors of distinct texts, shape ``(n_texts, n_dims)``.
    most
        Sentences that are remembered; when there are more, all are forgotten but those just asked for.
    """

    def __init__(self, encode: Callable[[Sequence[str]], FloatArray], *, most: int = MAX_SENTENCES) -> None:
        self._encode, self._most = encode, most
        self._known: dict[str, FloatArray] = {}

    def __call__(self, texts: Sequence[str]) -> FloatArray:
        """Return the vectors of texts, shape ``(n_texts, n_dims)``."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        found = dict(zip(missing, self._encode(missing), strict=True)) if missing else {}
        vectors = np.stack([found[text] if text in found else self._known[text] for text in texts])
        if len(self._known) + len(found) > self._most:
            self._known = dict(zip(texts, vectors, strict=True))
        else:
            self._known |= found
        return vectors


class Reasoner:
    """Makes scores of what a search found, and looks up what their reasons show.

    Parameters
    ----------
    engine
        The fitted engine that searched.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._explainer = Explainer(
            encode=SentenceVectors(lambda texts: engine.encode(texts, "passage", None)),
            split=split_sentences,
            analyse=analyse,
            shares=self._term_shares,
        )

    def scores(
        self,
        query: Entry,
        targets: Sequence[Entry],
        found: Found,
        direction: Direction | None,
        *,
        vector: FloatArray | None = None,
    ) -> list[Score]:
        """Make scores, without the details to show.

        With the query's ``vector`` they carry what they are made of; without it they are the same numbers.
        """
        if vector is None:
            values, bases = probabilities(found.logits).tolist(), found.parts.base.tolist()
            return [Score(value=v, base=b) for v, b in zip(values, bases, strict=True)]
        return [
            score_of(
                float(found.parts.base[i]),
                [
                    Reason(kind=ReasonKind.MEANING, contribution=float(found.parts.dense[i])),
                    Reason(kind=ReasonKind.WORDING, contribution=float(found.parts.lexical[i])),
                    Reason(kind=ReasonKind.NEIGHBOURS, contribution=float(found.parts.support[i])),
                    *self._beside_the_words(query, target, direction, vector),
                ],
            )
            for i, target in enumerate(targets)
        ]

    def pair(self, query: Entry, target: Entry, direction: Direction) -> Score:
        """Score one pair, stored or not, with what the score is made of."""
        question = self.engine.question(direction, query.kind, target.kind)
        analysed, row = self.engine.analysed([query]), self.engine.corpus_.row_of(target)
        if row is None:
            parts = pair_logits(analysed, self.engine.analysed([target]), question)
        else:
            searcher = self.engine.corpus_.searchers_[target.kind]
            parts = searcher.parts_of(analysed, question, np.array([[row]], dtype=np.intp))[0]
        found = Found(np.zeros(1, dtype=np.intp), parts.total, parts)
        return self.scores(query, [target], found, direction, vector=analysed.vectors[0])[0]

    def explained(self, scored: Sequence[tuple[Entry, Entry, Score]]) -> list[Score]:
        """Return the scores of queries and targets with the sentences and terms that they rest on."""
        return self._explainer.explain(scored)

    def _beside_the_words(
        self, query: Entry, target: Entry, direction: Direction | None, vector: FloatArray
    ) -> Iterator[Reason]:
        weights = self.engine.recipe.weights_for(direction)
        agreement = self.engine.circumstances.agreement(query, target)
        yield from circumstance_reasons(weights=weights, **asdict(agreement))
        remembered = self.engine.remembered(direction, query.kind)
        row = self.engine.corpus_.row_of(target)
        if remembered is None or row is None:
            return
        theirs = self.engine.index(target.kind).vectors[row]
        evidence = remembered.evidence(query.id, vector, theirs[None, :], {target.id: 0})
        if evidence is not None:
            accepted, rejected = remembered.counts(query.id, vector, target_id=target.id, target=theirs)
            yield verdict_reason(weights.verdicts * float(evidence[0]), accepted=accepted, rejected=rejected)

    def _term_shares(
        self, query: Entry, target: Entry, pairs: Sequence[tuple[str, str]]
    ) -> tuple[list[float], float]:
        letters = self.engine.corpus_.letters_
        features = [np.intersect1d(letters.features_of(a), letters.features_of(b)) for a, b in pairs]
        return term_shares(self._letters_of(query), self._letters_of(target), features)

    def _letters_of(self, entry: Entry) -> Sparse:
        """Return an entry's lexical row, from the index if it is stored."""
        row = self.engine.corpus_.row_of(entry)
        if row is None:
            return self.engine.corpus_.letters_.transform([entry.whole_text])
        return self.engine.index(entry.kind).lexical(np.array([row], dtype=np.intp))
