import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.errors import InvalidInput
from matcher.grouping import near
from matcher.grouping.near import find_near_pairs
from tests.matcher.grouping.clouds import at_angles, cloud


def by_hand(vectors, threshold):
    values = vectors @ vectors.T
    left, right = np.nonzero(np.triu(values >= threshold, 1))
    return {(int(a), int(b)) for a, b in zip(left, right, strict=True)}


def as_set(found):
    return set(zip(found.left.tolist(), found.right.tolist(), strict=True))


@pytest.mark.parametrize("threshold", [0.3, 0.7, 0.9, 0.97])
@pytest.mark.parametrize("spread", [0.2, 0.6])
def test_finds_exactly_the_pairs_that_a_full_comparison_finds(threshold, spread):
    vectors, _ = cloud([30] * 20, spread=spread, n_dims=384, seed=3)
    found = find_near_pairs(vectors, threshold=threshold)
    assert as_set(found) == by_hand(vectors, threshold)
    assert found.threshold == threshold


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 60), st.floats(0.2, 0.99))
def test_is_exact_whatever_the_vectors(seed, n, threshold):
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((n, 40)).astype(np.float32) @ np.diag(0.8 ** np.arange(40)).astype(
        np.float32
    )
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    values = vectors @ vectors.T
    found = as_set(find_near_pairs(vectors, threshold=threshold))
    clear = {(a, b) for a in range(n) for b in range(a + 1, n) if abs(values[a, b] - threshold) > 1e-5}
    assert found & clear == by_hand(vectors, threshold) & clear


def test_blocks_meet_at_their_borders(monkeypatch):
    monkeypatch.setattr(near, "_ROWS", 16)
    monkeypatch.setattr(near, "_COLUMNS", 80)
    vectors, _ = cloud([7] * 30, n_dims=100, seed=5)
    assert as_set(find_near_pairs(vectors, threshold=0.8)) == by_hand(vectors, 0.8)


def test_equal_rows_are_joined_to_the_first_alone():
    vectors = np.repeat(at_angles(0, 90), [500, 3], axis=0)
    found = find_near_pairs(vectors, threshold=0.9)
    assert len(found) == 499 + 2
    assert set(found.left.tolist()) == {0, 500}
    assert np.all(found.cosine == 1.0)


def test_keeps_the_closest_where_there_are_too_many_and_says_so():
    vectors, _ = cloud([200], spread=0.4, seed=2)
    everything = find_near_pairs(vectors, threshold=0.5)
    some = find_near_pairs(vectors, threshold=0.5, max_pairs=100)
    assert len(some) == 100
    assert some.threshold > everything.threshold
    assert np.allclose(some.cosine, everything.cosine[:100])


def test_rows_of_zeros_resemble_nothing():
    vectors = np.zeros((4, 8), dtype=np.float32)
    vectors[0, 0] = 1.0
    assert len(find_near_pairs(vectors, threshold=0.1)) == 0


@pytest.mark.parametrize("n", [0, 1])
def test_nothing_to_compare_gives_nothing(n):
    assert len(find_near_pairs(np.ones((n, 8), dtype=np.float32), threshold=0.9)) == 0


@pytest.mark.parametrize("threshold", [0.0, -1.0, 0.01, 1.5, float("nan")])
def test_refuses_a_threshold_that_is_none(threshold):
    with pytest.raises(InvalidInput, match="threshold"):
        find_near_pairs(np.ones((2, 8), dtype=np.float32), threshold=threshold)


def test_tells_its_progress():
    vectors, _ = cloud([50, 50])
    done = []
    find_near_pairs(vectors, threshold=0.9, progress=done.append)
    assert sum(done) == 100
