import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from matcher.grouping.near import find_near_pairs
from matcher.grouping.standard import StandardRows
from tests.matcher.grouping.clouds import cloud


def all_pairs(n):
    return np.triu_indices(n, 1)


def with_hub(seed=0):
    """Twenty needs that are told twice each, and ten texts that are a little like everything."""
    vectors, labels = cloud([2] * 20, spread=1.2, seed=seed)
    general = vectors.mean(axis=0) + 0.02 * np.random.default_rng(seed).standard_normal((10, 64))
    rows = np.concatenate([vectors, general]).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True), np.concatenate([labels, np.arange(100, 110)])


def test_what_is_a_little_like_everything_does_not_hide_what_belongs_together():
    vectors, labels = with_hub()
    left, right = all_pairs(len(vectors))
    of_needs = labels[left] < 100
    left, right = left[of_needs], right[of_needs]
    same = labels[left] == labels[right]
    cosines = np.einsum("ij,ij->i", vectors[left], vectors[right])
    by_cosine = average_precision_score(same, cosines)
    standing_out = average_precision_score(same, StandardRows.of(vectors).pairs(left, right))
    assert standing_out > 2 * by_cosine


def test_pairs_are_told_in_standard_deviations_above_what_is_usual():
    vectors, _ = cloud([1] * 3000, n_dims=32, seed=4)
    standard = StandardRows.of(vectors)
    values = standard.pairs(*all_pairs(3000))
    assert values.mean() == pytest.approx(0, abs=0.01)
    assert values.std() == pytest.approx(1, abs=0.02)


def test_products_of_rows_are_in_units():
    vectors, _ = cloud([3] * 30, seed=1)
    standard = StandardRows.of(vectors)
    left, right = all_pairs(len(vectors))
    products = np.einsum("ij,ij->i", standard.rows[left], standard.rows[right])
    assert standard.pairs(left, right) == pytest.approx(products / standard.unit, abs=1e-5)
    assert np.linalg.norm(standard.rows, axis=1).max() == pytest.approx(1)
    assert standard.product(2.0) == pytest.approx(2 * standard.unit)
    assert standard.product(1e9) == 1.0
    assert standard.product(-1e9) > 0


def test_what_says_nothing_resembles_nothing_and_changes_nothing():
    vectors, _ = cloud([2] * 10, seed=2)
    with_nothing = np.concatenate([vectors, np.zeros((5, 64), dtype=np.float32)])
    standard = StandardRows.of(with_nothing)
    assert not standard.rows[20:].any()
    left, right = all_pairs(20)
    assert standard.pairs(left, right) == pytest.approx(StandardRows.of(vectors).pairs(left, right), abs=1e-4)


@pytest.mark.parametrize("vectors", [np.empty((0, 4)), np.zeros((3, 4)), np.ones((1, 4)), np.ones((9, 4))])
def test_sets_that_are_none_give_rows_all_the_same(vectors):
    standard = StandardRows.of(vectors.astype(np.float32))
    assert standard.rows.shape == vectors.shape
    assert np.isfinite(standard.rows).all()
    assert np.isfinite(standard.unit)


def test_near_pairs_of_such_rows_are_those_of_a_full_comparison():
    vectors, _ = cloud([3] * 150, spread=0.9, n_dims=200, seed=6)
    standard = StandardRows.of(vectors)
    left, right = all_pairs(len(vectors))
    standing_out = standard.pairs(left, right)
    for least in (1.5, 3.0, 6.0):
        found = find_near_pairs(standard.rows, threshold=standard.product(least), as_they_are=True)
        clear = np.abs(standing_out - least) > 1e-3
        expected = set(
            zip(left[clear & (standing_out > least)], right[clear & (standing_out > least)], strict=True)
        )
        others = set(zip(left[~clear], right[~clear], strict=True))
        assert {(int(a), int(b)) for a, b in zip(found.left, found.right, strict=True)} - others == expected
