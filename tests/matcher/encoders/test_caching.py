import numpy as np
import pytest

from matcher.encoders import HashingEncoder, encode_cached, vector_key
from matcher.types import text_digest


class Store:
    """A vector store in memory that counts what it is asked."""

    def __init__(self):
        self.kept = {}

    def get_many(self, digests, encoder_digest):
        return {d: self.kept[d, encoder_digest] for d in digests if (d, encoder_digest) in self.kept}

    def put_many(self, vectors, encoder_digest):
        for digest, vector in vectors.items():
            self.kept[digest, encoder_digest] = vector


class Counting(HashingEncoder):
    """An encoder that remembers what it encoded and may be interrupted."""

    def __init__(self, *, role_matters=False, fails_after=None):
        super().__init__(32)
        self.role_matters = role_matters
        self.fails_after = fails_after
        self.seen = []

    def encode(self, texts, *, role="passage", progress=None):
        if self.fails_after is not None and len(self.seen) >= self.fails_after:
            raise KeyboardInterrupt
        self.seen += texts
        return super().encode([f"{role} {text}" if self.role_matters else text for text in texts])


def test_vectors_come_in_order_and_equal_texts_are_encoded_once():
    encoder, store = Counting(), Store()
    texts = ["a b", "c d", "a b", "e f", "c d"]
    vectors = encode_cached(encoder, texts, store, chunk=2)
    np.testing.assert_array_equal(vectors, HashingEncoder(32).encode(texts))
    assert sorted(encoder.seen) == ["a b", "c d", "e f"]


def test_what_is_kept_is_not_encoded_again():
    encoder, store = Counting(), Store()
    encode_cached(encoder, ["ett", "två"], store)
    vectors = encode_cached(encoder, ["två", "tre", "ett"], store)
    assert encoder.seen == ["ett", "två", "tre"]
    np.testing.assert_array_equal(vectors, HashingEncoder(32).encode(["två", "tre", "ett"]))
    assert set(store.kept) == {(text_digest(text), encoder.digest) for text in ("ett", "två", "tre")}


def test_an_interrupted_run_keeps_its_chunks_and_carries_on():
    texts, store, commits = [f"text {i}" for i in range(10)], Store(), []
    with pytest.raises(KeyboardInterrupt):
        encode_cached(Counting(fails_after=6), texts, store, chunk=3, after_chunk=lambda: commits.append(1))
    assert len(store.kept) == 6 and len(commits) == 2
    second = Counting()
    encode_cached(second, texts, store, chunk=3)
    assert second.seen == texts[6:]


def test_progress_counts_every_text_once():
    done = []
    encode_cached(Counting(), ["a", "b", "a", "c"], Store(), chunk=2, progress=done.append)
    assert sum(done) == 4 and len(done) == 2


def test_queries_and_passages_are_kept_apart_only_where_the_role_matters():
    same, other = Counting(), Counting(role_matters=True)
    assert vector_key(same, "query") == vector_key(same, "passage") == same.digest
    assert vector_key(other, "passage") == other.digest != vector_key(other, "query")
    store = Store()
    as_query = encode_cached(other, ["ljus"], store, role="query")
    as_passage = encode_cached(other, ["ljus"], store, role="passage")
    assert len(store.kept) == 2 and not np.array_equal(as_query, as_passage)


def test_no_texts_give_no_rows():
    assert encode_cached(Counting(), [], Store()).shape == (0, 32)
