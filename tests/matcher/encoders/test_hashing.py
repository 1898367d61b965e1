import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.encoders import HashingEncoder


@given(st.lists(st.text(max_size=30), max_size=5), st.integers(1, 64))
def test_every_text_gets_a_row_of_length_one(texts, n_dims):
    vectors = HashingEncoder(n_dims).encode(texts)
    assert vectors.shape == (len(texts), n_dims) and vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_vectors_are_the_same_on_every_machine():
    counts = np.array([-1.0, 2.0, 0.0, -1.0, -3.0, 1.0, 2.0, 2.0])
    vector = HashingEncoder(8).encode(["Bättre ljus"])[0]
    np.testing.assert_allclose(vector, counts / np.linalg.norm(counts), atol=1e-6)


def test_similar_texts_are_nearer_than_others():
    near, like, far = HashingEncoder().encode(
        ["belysning på gångvägen", "bättre belysning vid gångvägar", "kurs i matlagning"]
    )
    assert near @ like > 0.4 > 0.2 > near @ far


def test_digest_tells_lengths_apart():
    assert HashingEncoder(8).digest != HashingEncoder(16).digest
    assert HashingEncoder(8).digest == HashingEncoder(8).digest


def test_progress_adds_up():
    done = []
    HashingEncoder().encode(["a", "b", "c"], progress=done.append)
    assert sum(done) == 3


def test_a_vector_has_at_least_one_dimension():
    with pytest.raises(ValueError, match="n_dims"):
        HashingEncoder(0)
