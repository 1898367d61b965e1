"""Letters: character n-gram TF-IDF, exact cosines, and moments of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from matcher.retrieval.growing import Sparse

FloatArray = NDArray[np.float32]
Features = NDArray[np.intp]
_WORDS_KEPT = 50_000


class LexicalVectorizer:
    """Texts as rows of character 3- to 5-gram weights (sublinear TF-IDF of length one).

    The same rows as scikit-learn's ``TfidfVectorizer(analyzer="char_wb")``: n-grams within words, so that
    inflected and compound words of the Nordic languages, and misspelt ones, share most of what they are
    made of. As n-grams do not cross words, each distinct word is taken apart once, and texts are counts of
    words times n-grams of words: several times faster.

    Parameters
    ----------
    max_features
        Most frequent n-grams that are kept.

    Attributes
    ----------
    grams_
        The fitted counter of n-grams.
    weights_
        The fitted weighting.
    """

    def __init__(self, *, max_features: int = 400_000) -> None:
        self.max_features = max_features

    def fit_transform(self, texts: Sequence[str]) -> Sparse:
        """Learn how rare n-grams are and return the texts' rows, shape ``(n_texts, n_features)``."""
        from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

        # The weighting cannot be fitted on nothing, but a service begins without any entry.
        words, counts = _word_counts(texts or [""])
        # A set without a single letter has no n-grams; it matches nothing rather than failing.
        self.grams_ = CountVectorizer(analyzer="char_wb", ngram_range=(3, 5), dtype=np.float32)
        grams = counts @ self.grams_.fit_transform([*words, "-"])[: len(words)]
        if grams.shape[1] > self.max_features:
            grams = self._most_frequent(grams)
        self.weights_ = TfidfTransformer(sublinear_tf=True).fit(grams)
        # Reasons ask for the same words again and again.
        self._features = lru_cache(_WORDS_KEPT)(self._find_features)
        return self.weights_.transform(grams).tocsr()[: len(texts)]

    def transform(self, texts: Sequence[str]) -> Sparse:
        """Return the texts' rows, CSR float32 of shape ``(n_texts, n_features)``."""
        words, counts = _word_counts(texts)
        grams = counts @ self.grams_.transform([*words, "-"])[: len(words)]
        return self.weights_.transform(grams).tocsr()

    def features_of(self, word: str) -> Features:
        """Positions of the n-grams of one word, ascending; not to be changed."""
        return self._features(word)

    def _find_features(self, word: str) -> Features:
        return np.unique(self.grams_.transform([word]).indices).astype(np.intp)

    def _most_frequent(self, grams: Sparse) -> Sparse:
        """Keep the most frequent n-grams, in the counter too."""
        totals = np.asarray(grams.sum(axis=0)).ravel()
        kept = np.sort(np.argsort(-totals, kind="stable")[: self.max_features])
        names = self.grams_.get_feature_names_out()[kept]
        self.grams_.vocabulary_ = {name: place for place, name in enumerate(names)}
        return grams[:, kept]


def _word_counts(texts: Sequence[str]) -> tuple[list[str], Sparse]:
    """Distinct words, and how often each text has them, CSR of shape ``(n_texts, n_words)``."""
    from scipy.sparse import csr_matrix

    numbers: dict[str, int] = {}
    places: list[int] = []
    ends = [0]
    for text in texts:
        places.extend(numbers.setdefault(word, len(numbers)) for word in text.lower().split())
        ends.append(len(places))
    ones = np.ones(len(places), dtype=np.float32)
    shape = (len(texts), len(numbers))
    counts = csr_matrix((ones, np.asarray(places, dtype=np.int32), np.asarray(ends)), shape=shape)
    counts.sum_duplicates()
    return list(numbers), counts


def products(queries: Sparse, targets: Sparse) -> FloatArray:
    """Exact cosines of sparse rows, dense of shape ``(n_queries, n_targets)``."""
    return np.asarray((queries @ targets.T).toarray(), dtype=np.float32)


def row_products(left: Sparse, right: Sparse) -> FloatArray:
    """Exact cosines of the rows at equal positions, shape ``(n_rows,)``."""
    return np.asarray(left.multiply(right).sum(axis=1), dtype=np.float32).ravel()


def term_shares(
    query: Sparse, target: Sparse, features: Sequence[NDArray[np.intp]]
) -> tuple[list[float], float]:
    """Share of two rows' cosine that groups of n-grams carry.

    Parameters
    ----------
    query, target
        Lexical rows, CSR of shape ``(1, n_features)``.
    features
        For each term its n-grams.

    Returns
    -------
    The share of each term, and of all of them together (terms may share n-grams), in [0, 1].
    """
    common = query.multiply(target).tocoo()
    total = float(common.data.sum())
    if total <= 0:
        return [0.0] * len(features), 0.0
    carried = dict(zip(common.col.tolist(), (common.data / total).tolist(), strict=True))
    shares = [float(sum(carried.get(f, 0.0) for f in term.tolist())) for term in features]
    union = {f for term in features for f in term.tolist()}
    return shares, min(1.0, float(sum(carried.get(f, 0.0) for f in union)))
