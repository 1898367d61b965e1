import pytest

from matcher.recipe import NEED_TO_OFFERING, Background
from matcher.scoring import base_shift, circumstance_reasons, pair_class, score_of, wording_reasons
from matcher.scoring.calibration import Calibration, log_odds, probabilities, probability
from matcher.types import Reason, ReasonKind

KNOWN = frozenset({"sv", "nb", "en"})


def test_score_adds_up_reasons_strongest_first_and_leaves_out_what_weighs_nothing():
    score = score_of(
        -1.0,
        [
            Reason(kind=ReasonKind.WORDING, contribution=0.5),
            Reason(kind=ReasonKind.REGION, contribution=-2.0),
            Reason(kind=ReasonKind.TIME, contribution=0.0),
        ],
    )
    assert [r.kind for r in score.reasons] == [ReasonKind.REGION, ReasonKind.WORDING]
    assert score.value == pytest.approx(probability(-2.5))


def test_wording_is_split_into_terms_and_the_rest():
    terms, rest = wording_reasons(2.0, {"larm": 0.2, "trygghet": 0.4}, share=0.5)
    assert terms.contribution == rest.contribution == 1.0
    assert [t["term"] for t in terms.detail["terms"]] == ["trygghet", "larm"]
    assert len(wording_reasons(-1.0, {"larm": 0.2}, share=0.5)) == 1
    assert len(wording_reasons(1.0, {}, share=0.0)) == 1


def test_circumstances_are_weighed():
    reasons = circumstance_reasons(
        weights=NEED_TO_OFFERING,
        cpv=0.4,
        cpv_code="90",
        region=-1.0,
        places=(),
        km=812.4,
        time=0.0,
        value=1.0,
    )
    found = {r.kind: r for r in reasons}
    assert found[ReasonKind.CPV].contribution == pytest.approx(0.4 * NEED_TO_OFFERING.cpv)
    assert found[ReasonKind.REGION].detail == {"places": [], "overlaps": False, "km": 812}
    assert found[ReasonKind.VALUE].contribution == NEED_TO_OFFERING.value


@pytest.mark.parametrize(
    ("query", "target", "name"),
    [
        ("sv", "sv", "known"), ("sv", "en", "cross"), ("nn", "nb", "known"), ("fi", "fi", "unknown"),
        ("sv", "fi", "cross_unknown"), ("und", "sv", "known"), ("und", "und", "known"),
    ],
)  # fmt: skip
def test_language_pairs_fall_into_classes(query, target, name):
    assert pair_class(query, target, known=KNOWN, usual="sv") == name


def test_match_is_rarer_among_more_targets():
    background = Background()
    assert base_shift(background.n_reference, background) == 0
    assert base_shift(10_000, background) < base_shift(1000, background) < 0 < base_shift(20, background)
    assert base_shift(0, background) == base_shift(3, background)


def test_log_odds_and_probability_undo_each_other():
    assert probability(log_odds(0.3)) == pytest.approx(0.3)
    assert probability(1e9) == pytest.approx(1) and probability(-1e9) == pytest.approx(0)
    assert probabilities([0.0, -1000.0]).tolist() == pytest.approx([0.5, 0.0])


def test_calibration_learns_base_and_slope():
    import numpy as np

    rng = np.random.default_rng(0)
    scores = rng.normal(0, 1, 4000)
    fits = rng.random(4000) < probabilities(-1 + 2 * scores)
    learned = Calibration(penalty=100.0).fit(scores, fits)
    assert (learned.base_, learned.slope_) == pytest.approx((-1, 2), abs=0.2)
    assert learned.predict_proba(np.array([0.5])) == pytest.approx([0.5], abs=0.05)
