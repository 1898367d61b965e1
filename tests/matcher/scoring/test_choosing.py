import numpy as np
import pytest

from matcher.scoring import balanced_threshold, choose, likeliest, most_teaching, threshold_for_precision


def test_choice_ends_at_the_threshold():
    assert choose([0.9, 0.5, 0.2], ["a", "b", "c"], threshold=0.4, k=10) == ([0, 1], True)
    assert choose([0.9, 0.5], ["a", "b"], threshold=0.4, k=10) == ([0, 1], False)
    assert choose([0.9, 0.8, 0.7], [None] * 3, threshold=0.4, k=2) == ([0, 1], True)


def test_one_organisation_is_limited_and_nobody_is_not():
    owners = ["a", "a", None, None, None, "b"]
    chosen, _ = choose([0.9] * 6, owners, threshold=0.1, k=10, max_per_organisation=1)
    assert chosen == [0, 2, 3, 4, 5]


def test_copies_of_the_same_organisation_stand_once():
    owners = ["a", "a", "b", None, None]
    chosen, _ = choose([0.9] * 5, owners, threshold=0.1, k=10, is_copy=lambda one, other: True)
    assert chosen == [0, 2, 3]


def test_uncertain_pairs_unlike_each_other_teach_most():
    features = np.array([[0.0, np.nan], [0.01, np.nan], [3.0, np.nan], [5.0, np.nan]])
    assert most_teaching([0.5, 0.5, 0.45, 0.99], features, k=2) == [0, 2]
    assert sorted(most_teaching([0.5, 0.5, 0.45, 0.99], features, k=9)) == [0, 1, 2, 3]
    assert most_teaching([], np.empty((0, 2)), k=3) == []
    assert most_teaching([0.2, 0.5], np.ones((2, 1)), k=2) == [1, 0]
    assert likeliest([0.2, 0.9, 0.9], k=2) == [1, 2]


def test_threshold_reaches_the_precision_that_is_asked_for():
    p = np.linspace(0, 1, 201)
    fits = (p > 0.5).astype(float)
    threshold = threshold_for_precision(p, fits, weight=np.ones(201), precision=0.8)
    assert fits[p >= threshold].mean() >= 0.8
    assert threshold < 0.5
    assert threshold_for_precision(p, 0 * fits, weight=np.ones(201), precision=0.8) is None
    assert threshold_for_precision(p[-5:], fits[-5:], weight=np.ones(5), precision=0.8) is None


def test_threshold_keeps_quiet_and_finds_in_balance():
    unmet = np.array([0.1, 0.2, 0.3])
    met = [(np.array([0.6, 0.5]), np.array([0.0, 1.0])), (np.array([0.4]), np.array([1.0]))]
    threshold = balanced_threshold(unmet, met, silent=2 / 3, found=0.85)
    assert 0.3 < threshold <= 0.4
    nothing = balanced_threshold(unmet, [(np.array([0.9]), np.array([0.0]))], silent=2 / 3, found=0.85)
    assert 0 < nothing < 1


@pytest.mark.parametrize("threshold", [0.0, 0.5])
def test_choice_of_nothing_is_nothing(threshold):
    assert choose([], [], threshold=threshold, k=3) == ([], False)
