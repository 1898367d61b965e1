import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from matcher.evaluation.measures import (
    mean_interval,
    ndcg,
    ranks,
    reciprocal_rank,
    spearman,
    statistic_interval,
)


def test_reciprocal_rank_takes_the_first_right_one():
    scores = np.array([0.1, 0.9, 0.5, 0.7])
    assert reciprocal_rank(scores, [0, 2]) == pytest.approx(1 / 3)


def test_a_constant_ranker_gains_nothing_from_its_ties():
    scores = np.zeros(101)
    assert ranks(scores, [0, 100]).tolist() == [50, 50]


@given(st.integers(0, 1000))
def test_ndcg_agrees_with_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    scores = rng.permutation(30).astype(float)
    gains = rng.choice([0.0, 1.0, 2.0], size=30)
    gains[0] = 2.0
    right = np.flatnonzero(gains)
    ours = ndcg(scores, right.tolist(), gains[right].tolist(), k=10)
    assert ours == pytest.approx(ndcg_score([gains], [scores], k=10))


def test_spearman_is_of_ranks_and_zero_for_a_constant():
    human = np.array([1.0, 2.0, 3.0, 4.0])
    assert spearman(np.exp(human), human) == pytest.approx(1.0)
    assert spearman(-human, human) == pytest.approx(-1.0)
    assert spearman(np.ones(4), human) == 0.0


def test_intervals_hold_the_value_narrow_with_n_and_repeat():
    rng = np.random.default_rng(1)
    few, many = (mean_interval(rng.uniform(size=n)) for n in (20, 2000))
    assert few.low < few.value < few.high
    assert many.high - many.low < (few.high - few.low) / 4
    values = rng.uniform(size=50)
    assert mean_interval(values) == mean_interval(values)
    pairs = statistic_interval(spearman, values, values + rng.normal(size=50) / 10)
    assert pairs.low < pairs.value < pairs.high <= 1


def test_a_mean_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        mean_interval([])
