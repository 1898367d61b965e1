import numpy as np
import pytest

from benchmarks.learning import BATCH, UNSUPERVISED, World, curve, halves
from matcher.scoring import NAMES


@pytest.fixture(scope="module")
def world():
    """Needs whose right offering is told by meaning alone; wording says nothing."""
    rng = np.random.default_rng(1)
    n_needs, n_offerings = 60, 40
    gains = np.zeros((n_needs, n_offerings))
    gains[np.arange(n_needs), rng.integers(0, n_offerings, n_needs)] = 2.0
    features = np.full((n_needs, n_offerings, len(NAMES)), np.nan)
    features[..., NAMES.index("language")] = 0
    features[..., NAMES.index("meaning")] = rng.normal(0, 1, gains.shape) + 2.5 * (gains > 0)
    features[..., NAMES.index("wording")] = rng.normal(0, 1.5, gains.shape)
    groups = tuple(f"g{i // 3}" for i in range(n_needs))
    return World(features, gains, groups, 0.0)


def test_tellings_of_one_need_are_judged_or_measured_on(world):
    judged, held_out = halves(world.groups, np.random.default_rng(0))
    assert sorted([*judged, *held_out]) == list(range(60))
    assert not {world.groups[i] for i in judged} & {world.groups[i] for i in held_out}


@pytest.mark.parametrize("is_gated", [True, False])
@pytest.mark.parametrize("order", ["likely", "teaching"])
def test_verdicts_teach_what_evidence_is_worth(world, order, is_gated):
    points = curve(
        world, UNSUPERVISED, order=order, is_gated=is_gated, n_verdicts=5 * BATCH, noise=0.0, seed=2
    )
    assert len(points) == 6
    assert points[-1][0] > 1.1 * points[0][0]


def test_what_verdicts_at_random_teach_does_not_serve(world):
    gated, always = (
        curve(world, UNSUPERVISED, order="likely", is_gated=each, n_verdicts=3 * BATCH, noise=0.5, seed=3)
        for each in (True, False)
    )
    assert gated == [gated[0]] * 4
    assert always[-1] != always[0]
