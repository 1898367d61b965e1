"""The floor: what letter counts reach, fitted and run beside every recipe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from matcher.evaluation.datasets import LabelledSet
from matcher.evaluation.tasks import Fitted, Scores
from matcher.procurement import CpvTable
from matcher.types import Direction, Entry

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import TfidfVectorizer


class Floor:
    """Cosine of character 3- to 5-gram TF-IDF, scikit-learn's vectorizer on title, space and text."""

    def _vectorizer(self, texts: Sequence[str]) -> TfidfVectorizer:
        from sklearn.feature_extraction.text import TfidfVectorizer

        return TfidfVectorizer(
            analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, max_features=400_000
        ).fit(texts)

    def fit(
        self,
        targets: Sequence[Entry],
        *,
        direction: Direction | None,
        texts: Sequence[str],
        beside: Sequence[Entry] = (),
    ) -> Fitted:
        """Fit on ``texts`` and take in the targets; direction and what stands beside change no letters."""
        vectorizer = self._vectorizer(texts)
        stored = vectorizer.transform(_plain(targets)).T.tocsr()

        def score(queries: Sequence[Entry]) -> Scores:
            product = vectorizer.transform(_plain(queries)) @ stored
            return np.asarray(product.toarray(), dtype=np.float64)

        return score

    def score_pairs(self, left: Sequence[Entry], right: Sequence[Entry]) -> Scores:
        """Cosine of each pair, fitted on both sides together."""
        texts = [*_plain(left), *_plain(right)]
        rows = self._vectorizer(texts).transform(texts)
        product = rows[: len(left)].multiply(rows[len(left) :])
        return np.asarray(product.sum(axis=1), dtype=np.float64).ravel()

    def found(self, labelled: LabelledSet) -> None:
        """Letters alone propose nothing: they have no threshold."""

    def coder(self, table: CpvTable) -> None:
        """Letters alone learn nothing."""

    def themes(self, entries: Sequence[Entry]) -> None:
        """Letters alone group nothing."""


def _plain(entries: Sequence[Entry]) -> list[str]:
    return [f"{entry.title} {entry.text}".strip() for entry in entries]
