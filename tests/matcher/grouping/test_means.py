import numpy as np
import pytest

from matcher.grouping import means
from matcher.grouping.means import FEWEST, with_means
from matcher.grouping.near import find_near_pairs

N_DIMS = 48


def directions(n, seed):
    made = np.random.default_rng(seed).standard_normal((n, N_DIMS)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def market():
    """Forty needs, each told twice in words that share little, and five offerings that meet each."""
    centres = directions(40, 1)
    needs = np.repeat(centres, 2, axis=0) + 1.6 * directions(80, 2)
    offerings = np.repeat(centres, 5, axis=0) + 0.4 * directions(200, 3)
    return needs.astype(np.float32), offerings.astype(np.float32)


def share_of_right_neighbours(vectors):
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -1.0)
    return float(np.mean(cosines.argmax(axis=1) == np.arange(len(vectors)) ^ 1))


def test_needs_that_the_same_offerings_meet_come_nearer(market):
    needs, offerings = market
    alone = needs / np.linalg.norm(needs, axis=1, keepdims=True)
    assert share_of_right_neighbours(with_means(needs, offerings)) > share_of_right_neighbours(alone)


def test_few_offerings_leave_needs_as_they_are(market):
    needs, offerings = market
    made = with_means(needs, offerings[: FEWEST - 1])
    assert made == pytest.approx(needs / np.linalg.norm(needs, axis=1, keepdims=True), abs=1e-6)


def test_vectors_have_length_one_and_empty_texts_resemble_nothing(market):
    needs, offerings = market
    made = with_means(np.vstack([needs, np.zeros((2, N_DIMS), dtype=np.float32)]), offerings)
    assert np.linalg.norm(made[:-2], axis=1) == pytest.approx(1.0, abs=1e-5)
    assert not made[-2:].any()
    assert all(right < len(needs) for right in find_near_pairs(made, threshold=0.3).right)


def test_of_many_offerings_some_that_are_spread_over_all_are_taken(market, monkeypatch):
    needs, offerings = market
    monkeypatch.setattr(means, "MOST", 32)
    monkeypatch.setattr(means, "SEARCHED", 100)
    made = with_means(needs, offerings)
    assert made.shape == (len(needs), N_DIMS + 32)
    assert np.array_equal(made, with_means(needs, offerings))


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_needs_are_no_error(market, n):
    needs, offerings = market
    assert with_means(needs[:n], offerings).shape == (n, N_DIMS)


def test_equal_needs_and_offerings_are_no_error():
    same = np.ones((50, N_DIMS), dtype=np.float32)
    made = with_means(same, same)
    assert np.isfinite(made).all()
    assert made @ made.T == pytest.approx(1.0, abs=1e-5)
