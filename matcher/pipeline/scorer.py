"""Puts reasons to scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from matcher.pipeline.engine import Engine
from matcher.retrieval import Found, agreement, term_shares
from matcher.scoring import Explainer, circumstance_reasons, probabilities, score_of
from matcher.text import analyse, split_sentences
from matcher.types import Direction, Entry, Reason, ReasonKind, Score


class Scorer:
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
        with_reasons: bool,
    ) -> list[Score]:
        """Make scores with what they are made of, without the details to show; or scores alone."""
        parts = found.parts
        if not with_reasons:
            values, bases = probabilities(found.logits).tolist(), parts.base.tolist()
            return [Score(value=v, base=b) for v, b in zip(values, bases, strict=True)]
        weights = self.engine.recipe.weights_for(direction)
        return [
            score_of(
                float(parts.base[i]),
                [
                    Reason(kind=ReasonKind.MEANING, contribution=float(parts.dense[i])),
                    Reason(kind=ReasonKind.WORDING, contribution=float(parts.lexical[i])),
                    Reason(kind=ReasonKind.NEIGHBOURS, contribution=float(parts.support[i])),
                    *circumstance_reasons(weights=weights, **asdict(agreement(query, target))),
                ],
            )
            for i, target in enumerate(targets)
        ]

    def explained(self, scored: Sequence[tuple[Entry, Entry, Score]]) -> list[Score]:
        """Return the scores of queries and targets with the sentences and terms that they rest on."""
        return self._explainer.explain(scored)

    def _term_shares(
        self, query: Entry, target: Entry, pairs: Sequence[tuple[str, str]]
    ) -> tuple[list[float], float]:
        letters = self.engine.corpus_.letters_
        rows = letters.transform([query.whole_text, target.whole_text])
        features = [np.intersect1d(letters.features_of(a), letters.features_of(b)) for a, b in pairs]
        return term_shares(rows[0], rows[1], features)
