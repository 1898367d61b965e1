import numpy as np
import pytest

from matcher.encoders.hashing import HashingEncoder
from matcher.encoders.joined import JoinedEncoder


class Fixed:
    """An encoder that knows a few texts."""

    name, role_matters, languages = "fixed", False, frozenset({"sv", "en"})

    def __init__(self, vectors, digest="a" * 64):
        self.vectors, self.digest = vectors, digest
        self.n_dims = len(next(iter(vectors.values())))

    def encode(self, texts, *, role="passage", progress=None):
        if progress:
            progress(len(texts))
        return np.array([self.vectors[text] for text in texts], dtype=np.float32)


LEFT = Fixed({"a": [1, 0], "b": [0.6, 0.8], "c": [1, 0]})
RIGHT = Fixed({"a": [0, 1, 0], "b": [0, 1, 0], "c": [0, 0, 0]}, digest="b" * 64)


def test_cosine_is_the_weighted_mean_of_the_parts():
    vectors = JoinedEncoder([(LEFT, 3), (RIGHT, 1)], name="joint").encode(["a", "b"])
    assert vectors.shape == (2, 5)
    assert vectors[0] @ vectors[1] == pytest.approx(0.75 * 0.6 + 0.25 * 1)


def test_text_that_one_part_does_not_know_still_has_length_one():
    vectors = JoinedEncoder([(LEFT, 1), (RIGHT, 1)], name="joint").encode(["c"])
    assert np.linalg.norm(vectors[0]) == pytest.approx(1)


def test_digest_tells_parts_and_weights_apart():
    digests = {
        JoinedEncoder(parts, name="joint").digest
        for parts in ([(LEFT, 1), (RIGHT, 1)], [(LEFT, 2), (RIGHT, 1)], [(RIGHT, 1), (LEFT, 1)])
    }
    assert len(digests) == 3
    same = JoinedEncoder([(LEFT, 2), (RIGHT, 2)], name="other").digest
    assert same == JoinedEncoder([(LEFT, 1), (RIGHT, 1)], name="joint").digest


def test_progress_is_told_once_and_languages_are_those_all_know():
    done = []
    joined = JoinedEncoder([(LEFT, 1), (HashingEncoder(), 1)], name="joint")
    joined.encode(["a", "b"], progress=done.append)
    assert sum(done) == 2
    assert joined.languages == LEFT.languages & HashingEncoder().languages
    assert joined.n_dims == 2 + HashingEncoder().n_dims
