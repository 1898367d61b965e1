"""Puts reasons to scores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from matcher.pipeline.engine import Engine
from matcher.retrieval import Found, term_shares
from matcher.scoring import Explainer, circumstance_reasons, probabilities, score_of, verdict_reason
from matcher.text import analyse, split_sentences
from matcher.types import Direction, Entry, Reason, ReasonKind, Score

FloatArray = NDArray[np.float32]


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
            encode=lambda texts: engine.encode(texts, "passage", None),
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
        rows = letters.transform([query.whole_text, target.whole_text])
        features = [np.intersect1d(letters.features_of(a), letters.features_of(b)) for a, b in pairs]
        return term_shares(rows[0], rows[1], features)
