import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from matcher.retrieval.lexical import LexicalVectorizer, products, row_products, term_shares

TEXTS = [
    "Snöröjning av gång- och cykelvägar",
    "Gatubelysning som släcks vid midnatt",
    "Snöröjaren kommer för sent till gångvägen",
    "",
]


def test_cosines_are_those_of_the_usual_vectorizer():
    ours = LexicalVectorizer().fit_transform(TEXTS)
    usual = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True).fit_transform(TEXTS)
    assert np.allclose(products(ours, ours), (usual @ usual.T).toarray(), atol=1e-5)


def test_compounds_and_inflections_share_letters():
    rows = LexicalVectorizer().fit_transform(TEXTS)
    similar = products(rows, rows)
    assert similar[0, 2] > 2 * similar[0, 1]
    assert similar[3].tolist() == [0, 0, 0, 0]
    assert row_products(rows, rows)[:3] == pytest.approx([1, 1, 1], abs=1e-5)


def test_only_the_most_frequent_grams_are_kept():
    vectorizer = LexicalVectorizer(max_features=20)
    rows = vectorizer.fit_transform(TEXTS)
    assert rows.shape == (4, 20)
    assert np.allclose(vectorizer.transform(TEXTS).toarray(), rows.toarray())


def test_shares_of_terms_add_up_to_what_they_carry_together():
    vectorizer = LexicalVectorizer()
    rows = vectorizer.fit_transform(TEXTS)
    features = [
        np.intersect1d(vectorizer.features_of("snöröjning"), vectorizer.features_of("snöröjaren")),
        np.intersect1d(vectorizer.features_of("gång-"), vectorizer.features_of("gångvägen")),
    ]
    each, together = term_shares(rows[0], rows[2], features)
    assert 0 < each[1] < each[0] < together <= 1
    assert term_shares(rows[0], rows[3], features) == ([0.0, 0.0], 0.0)


def test_no_text_at_all_gives_no_rows():
    assert LexicalVectorizer().fit_transform([]).shape[0] == 0
