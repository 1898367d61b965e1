import numpy as np
import pytest

from matcher.errors import TooFewVerdicts
from matcher.scoring import compare, cross_fitted
from matcher.scoring.comparison import folds

RNG = np.random.default_rng(3)
FITS = RNG.integers(0, 2, 200).astype(float)
GROUPS = [f"q{i // 4}" for i in range(200)]
GOOD = np.where(FITS > 0, 1.0, -1.0) + RNG.normal(0, 0.5, 200)
NOISE = RNG.normal(0, 1, 200)
ONES = np.ones(200)


def test_better_scorer_is_told_with_an_interval_above_nothing():
    found = compare(GOOD, NOISE, FITS, weight=ONES, groups=GROUPS)
    assert found.low > 0
    assert found.low <= found.gain <= found.high
    assert found.gain == pytest.approx(found.loss_before - found.loss)
    assert found.order > 0
    assert found.is_better
    assert not compare(NOISE, GOOD, FITS, weight=ONES, groups=GROUPS).is_better


def test_equal_scorers_are_not_better():
    found = compare(GOOD, GOOD, FITS, weight=ONES, groups=GROUPS)
    assert (found.gain, found.order) == (0, 0)
    assert not found.is_better


def test_surer_scorer_that_orders_worse_is_not_promoted():
    sure_of_nothing = np.full(200, 5.0)
    ordered = GOOD - 8
    found = compare(np.zeros(200), np.where(FITS > 0, -7.0, -8.0), FITS, weight=ONES, groups=GROUPS)
    assert found.low > 0
    assert not found.is_better
    assert compare(ordered, sure_of_nothing, FITS, weight=ONES, groups=GROUPS).order > 0


def test_figures_without_any_order_are_written_as_nothing():
    found = compare(GOOD[::4], NOISE[::4], FITS[::4], weight=ONES[::4], groups=GROUPS[::4])
    assert found.as_dict()["order"] is None


def test_few_needs_are_refused():
    with pytest.raises(TooFewVerdicts, match="needed"):
        compare(GOOD[:8], NOISE[:8], FITS[:8], weight=ONES[:8], groups=GROUPS[:8])


def test_verdicts_of_one_need_are_learnt_from_or_measured_on():
    seen = np.zeros(200, dtype=int)
    for learn, measure in folds(GROUPS, 5, seed=1):
        assert not {g for g, m in zip(GROUPS, learn, strict=True) if m} & {
            g for g, m in zip(GROUPS, measure, strict=True) if m
        }
        assert np.all(learn ^ measure)
        seen += measure
    assert np.all(seen == 1)


def test_cross_fitted_log_odds_are_those_of_the_scorer_that_did_not_see_the_pair():
    def fit(chosen):
        unseen = {g for g, c in zip(GROUPS, chosen, strict=True) if not c}
        return lambda others: np.array([float(g in unseen) for g, o in zip(GROUPS, others, strict=True) if o])

    assert np.all(cross_fitted(fit, GROUPS) == 1)
