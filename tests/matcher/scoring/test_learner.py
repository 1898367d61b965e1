from dataclasses import replace

import numpy as np
import pytest

from matcher.errors import TooFewVerdicts
from matcher.recipe import NEED_TO_OFFERING
from matcher.scoring import NAMES, PairScorer, logits_of, probabilities
from matcher.scoring.features import COLUMNS, design
from matcher.scoring.learner import vector_of, weights_of


def drawn(n, *, seed=0, **columns):
    """Draw evidence; what is not named is missing."""
    rng = np.random.default_rng(seed)
    features = np.full((n, len(NAMES)), np.nan)
    features[:, NAMES.index("language")] = 0
    for name in ("meaning", "wording"):
        features[:, NAMES.index(name)] = rng.normal(1.5, 1.2, n)
    for name, values in columns.items():
        features[:, NAMES.index(name)] = values
    return features


def judged(features, weights, *, seed=1):
    """Let a reviewer judge who follows these weights."""
    p = probabilities(logits_of(weights, features))
    return (np.random.default_rng(seed).random(len(p)) < p).astype(float)


TRUE = replace(
    NEED_TO_OFFERING, known=replace(NEED_TO_OFFERING.known, lexical=1.0, dense=0.4, base=-2.0, slope=1.5)
)


def test_weights_go_to_a_vector_and_back():
    back = weights_of(vector_of(NEED_TO_OFFERING), NEED_TO_OFFERING)
    assert vector_of(back) == pytest.approx(vector_of(NEED_TO_OFFERING), abs=1e-3)
    assert back.target_share == NEED_TO_OFFERING.target_share


def test_learns_what_a_reviewer_goes_by():
    features = drawn(2000)
    scorer = PairScorer(NEED_TO_OFFERING, strength=1.0).fit(features, judged(features, TRUE))
    fresh = drawn(2000, seed=5)
    wanted = probabilities(logits_of(TRUE, fresh))
    found = scorer.predict_proba(fresh)[:, 1]
    assert np.abs(found - wanted).mean() < 0.03
    assert (
        np.abs(found - wanted).mean()
        < np.abs(probabilities(logits_of(NEED_TO_OFFERING, fresh)) - wanted).mean()
    )
    assert logits_of(scorer.weights_, fresh) == pytest.approx(scorer.decision_function(fresh), abs=1e-2)


def test_few_verdicts_leave_the_start_nearly_as_it_is():
    features = drawn(2, meaning=[2.0, 1.9], wording=[0.1, 0.0])
    scorer = PairScorer(NEED_TO_OFFERING).fit(features, np.array([1.0, 0.0]))
    assert scorer.coef_[4:] == pytest.approx(vector_of(NEED_TO_OFFERING)[4:], abs=0.1)


def test_class_without_verdicts_keeps_its_weights():
    features = drawn(500)
    learned = PairScorer(NEED_TO_OFFERING).fit(features, judged(features, TRUE)).weights_
    assert vector_of(replace(learned, known=NEED_TO_OFFERING.known))[:12] == pytest.approx(
        vector_of(NEED_TO_OFFERING)[:12], abs=1e-3
    )


@pytest.mark.parametrize("seed", range(5))
def test_more_evidence_never_speaks_against_a_pair(seed):
    rng = np.random.default_rng(seed)
    features = drawn(60, seed=seed, cpv=rng.choice([0.4, 1.0, np.nan], 60), language=rng.integers(0, 4, 60))
    fits = rng.integers(0, 2, 60).astype(float)
    fits[:2] = 0, 1
    scorer = PairScorer(NEED_TO_OFFERING, strength=0.1).fit(features, fits)
    for name in NAMES[1:]:
        more = features.copy()
        more[:, NAMES.index(name)] = np.nan_to_num(more[:, NAMES.index(name)]) + 1
        assert np.all(scorer.decision_function(more) >= scorer.decision_function(features) - 1e-9)


def test_missing_and_constant_evidence_teach_nothing_and_break_nothing():
    features = drawn(200, region=1.0)
    fits = judged(features, TRUE)
    with_region = PairScorer(NEED_TO_OFFERING).fit(features, fits).weights_
    features[:, NAMES.index("region")] = np.nan
    without = PairScorer(NEED_TO_OFFERING).fit(features, fits).weights_
    assert without.region == NEED_TO_OFFERING.region
    assert np.isfinite(vector_of(with_region)).all()


@pytest.mark.parametrize("fits", [[1.0, 1.0, 1.0], [0.0, 0.0, 0.0], []])
def test_verdicts_all_alike_are_refused(fits):
    with pytest.raises(TooFewVerdicts):
        PairScorer(NEED_TO_OFFERING).fit(drawn(len(fits)), np.array(fits))


def test_weights_of_verdicts_count():
    features = drawn(400)
    fits = judged(features, TRUE)
    twice = PairScorer(NEED_TO_OFFERING).fit(
        np.concatenate([features, features]), np.concatenate([fits, fits])
    )
    heavy = PairScorer(NEED_TO_OFFERING).fit(features, fits, np.full(400, 2.0))
    assert heavy.coef_ == pytest.approx(twice.coef_, abs=1e-3)
    unsure = PairScorer(NEED_TO_OFFERING).fit(
        np.concatenate([features, features[:1]]), np.append(fits, 0.5), np.append(np.ones(400), 1e-9)
    )
    alone = PairScorer(NEED_TO_OFFERING).fit(features, fits)
    assert unsure.coef_ == pytest.approx(alone.coef_, abs=1e-3)


def test_design_has_a_column_a_class_and_no_missing_numbers():
    features = drawn(4, language=[0, 1, 2, 3])
    columns = design(features)
    assert columns.shape == (4, len(COLUMNS))
    assert np.isfinite(columns).all()
    assert columns[:, :4].tolist() == np.eye(4).tolist()


def test_scikit_learn_can_clone_it():
    from sklearn.base import clone

    scorer = PairScorer(NEED_TO_OFFERING, strength=3.0)
    assert clone(scorer).get_params() == scorer.get_params()
    assert clone(scorer).set_params(strength=1.0).strength == 1.0
