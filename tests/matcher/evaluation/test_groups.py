import numpy as np
import pytest
from sklearn.metrics import average_precision_score, v_measure_score

from matcher.evaluation.groups import OUTSIDE, bcubed_f1, main_groups, pair_average_precision, v_measure


def plans(*names):
    return [frozenset(name) for name in names]


def test_pair_average_precision_is_that_of_scikit_learn():
    rng = np.random.default_rng(1)
    left, right = np.triu_indices(40, 1)
    same = rng.random(len(left)) < 0.1
    scores = np.round(rng.random(len(left)) + 0.3 * same, 2)
    found = pair_average_precision(left, right, scores, same)
    assert found.value == pytest.approx(average_precision_score(same, scores))
    assert found.low < found.value < found.high
    assert found.n == 40


def test_pair_average_precision_needs_a_pair():
    with pytest.raises(ValueError, match="at least one"):
        pair_average_precision(np.array([0]), np.array([1]), np.array([0.5]), np.array([False]))


def test_v_measure_is_that_of_scikit_learn():
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 5, 200)
    found = np.where(rng.random(200) < 0.6, truth, rng.integers(0, 7, 200))
    measured = v_measure([str(t) for t in truth], found.tolist())
    assert measured.value == pytest.approx(v_measure_score(truth, found))
    assert measured.low <= measured.value <= measured.high


def test_entries_outside_count_as_groups_of_their_own():
    assert v_measure("aabb", [-1, -1, 1, 1]).value < v_measure("aabb", [0, 0, 1, 1]).value == 1.0
    assert v_measure("aabb", [-1, -1, 1, 1]).value == v_measure("aabb", [5, 6, 1, 1]).value


def test_bcubed_of_the_right_groups_is_one():
    assert bcubed_f1(plans("a", "a", "b", "b"), [0, 0, 1, 1]).value == 1.0


def test_bcubed_falls_for_too_large_and_for_too_small_groups():
    truth = plans("a", "a", "b", "b")
    assert bcubed_f1(truth, [0, 0, 0, 0]).value == pytest.approx(2 * 0.5 / 1.5)
    assert bcubed_f1(truth, [-1, -1, -1, -1]).value == pytest.approx(2 * 0.5 / 1.5)


def test_bcubed_takes_entries_in_several_groups():
    assert bcubed_f1(plans("a", "ab", "b"), [0, 0, 0]).value == pytest.approx(2 * (7 / 9) / (16 / 9))


def test_main_groups_are_the_largest():
    assert main_groups(plans("ab", "b", "")) == ["b", "b", "alone 2"]


def noisy_groups(seed, n=300, n_groups=60):
    """Small groups as people made them, and as something found them that is wrong in four of ten cases."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, n_groups, n)
    found = np.where(rng.random(n) < 0.4, rng.integers(0, n_groups, n), truth // 2)
    return truth.tolist(), np.where(rng.random(n) < 0.2, OUTSIDE, found).tolist()


@pytest.mark.parametrize("measure", [v_measure, lambda truth, found: bcubed_f1(as_sets(truth), found)])
def test_intervals_hold_what_other_samples_give_and_are_no_wider_than_they_vary(measure):
    seen = [measure(*noisy_groups(seed)) for seed in range(30)]
    values = np.array([each.value for each in seen])
    assert all(each.low < each.value < each.high for each in seen)
    assert np.mean([each.low <= values.mean() <= each.high for each in seen]) > 0.8
    widths = np.array([each.high - each.low for each in seen])
    assert 0.6 < widths.mean() / (3.92 * values.std()) < 1.6


@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_entries_tell_nothing_about_how_far_a_measure_may_be_off(n):
    measured = v_measure(["a"] * n, [0] * n)
    assert (measured.value, measured.low, measured.high) == (1.0, 0.0, 1.0)


def as_sets(truth):
    return [frozenset({str(group)}) for group in truth]
