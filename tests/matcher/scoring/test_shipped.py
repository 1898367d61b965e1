import pytest

from matcher.encoders import load_encoder
from matcher.pipeline.shipped import shipped_scorers
from matcher.recipe import Recipe
from matcher.scoring import load_scorer, shipped_folder
from matcher.settings import Settings
from matcher.types import Direction


@pytest.mark.parametrize("path", sorted(shipped_folder().glob("*.json")), ids=lambda path: path.stem)
def test_scorer_that_ships_can_be_read_and_did_better_than_fixed_weights(path):
    scorer = load_scorer(path)
    assert scorer.measures["learnt"]["log_loss"] < scorer.measures["by hand"]["log_loss"]
    assert scorer.measures["learnt"]["ece_of_first_10"] <= 0.03
    assert 0 < scorer.thresholds[Direction.NEED_TO_OFFERING] < 0.5


@pytest.mark.encoder
@pytest.mark.parametrize("path", sorted(shipped_folder().glob("*.json")), ids=lambda path: path.stem)
def test_scorer_that_ships_is_of_the_encoder_that_ships(path, tmp_path):
    digest = load_encoder(Settings(encoder=path.stem, cache_dir=tmp_path)).digest
    assert load_scorer(path).encoder == digest, (
        f"run: python -m benchmarks.scorer --encoder {path.stem} --write"
    )
    assert shipped_scorers()[digest].applied_to(Recipe()).scorer
