import numpy as np
import pytest

from matcher.evaluation.reliability import by_slice, calibration_error, reliability

RNG = np.random.default_rng(4)
SAID = RNG.random(4000)
RIGHT = (RNG.random(4000) < SAID).astype(float)


def test_probabilities_that_mean_what_they_say_have_next_to_no_error():
    found = reliability(SAID, RIGHT)
    assert found.ece < 0.03
    assert found.ece_low <= found.ece <= found.ece_high
    assert found.n == sum(each.n for each in found.bins) == 4000
    for each in found.bins:
        assert each.starts <= each.said <= each.ends
        assert each.low <= each.fits <= each.high
    assert sum(each.low <= each.said <= each.high for each in found.bins) >= 8


def test_overconfidence_is_an_error_of_its_size():
    assert calibration_error(np.full(100, 0.9), np.tile([1.0, 0.0], 50)) == pytest.approx(0.4)
    assert calibration_error(np.array([1.0, 0.0]), np.array([1.0, 0.0])) == 0


def test_brier_score_is_the_mean_squared_error():
    assert reliability(np.array([0.8, 0.2]), np.array([1.0, 0.0])).brier == pytest.approx(0.04)


def test_slices_have_diagrams_of_their_own():
    languages = ["sv" if i % 2 else "fi" for i in range(4000)]
    found = by_slice(SAID, RIGHT, {"language": languages})
    assert set(found["language"]) == {"sv", "fi"}
    assert sum(each.n for each in found["language"].values()) == 4000
    assert found["language"]["sv"] == reliability(SAID[1::2], RIGHT[1::2])


def test_nothing_has_no_diagram():
    with pytest.raises(ValueError, match="at least one"):
        reliability(np.empty(0), np.empty(0))
