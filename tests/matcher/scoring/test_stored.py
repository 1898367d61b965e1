import hashlib
import json
from dataclasses import replace

import pytest

from matcher.errors import ScorerInvalid
from matcher.recipe import NEED_TO_OFFERING, Recipe
from matcher.scoring import StoredScorer, load_scorer, read_scorer, save_scorer
from matcher.types import Direction

DIRECTION = Direction.NEED_TO_OFFERING


def scorer(**changes):
    weights = replace(NEED_TO_OFFERING, neighbour=0.7)
    return StoredScorer(
        **{"encoder": "abc", "weights": {DIRECTION: weights}, "thresholds": {DIRECTION: 0.4}, **changes}
    )


def test_file_gives_back_what_was_written(tmp_path):
    path = tmp_path / "scorer.json"
    save_scorer(scorer(measures={"n": 3}), path)
    assert load_scorer(path) == scorer(measures={"n": 3})


def test_recipe_takes_weights_and_threshold_and_names_the_scorer():
    recipe = scorer().applied_to(Recipe())
    assert recipe.weights_for(DIRECTION).neighbour == 0.7
    assert recipe.threshold(DIRECTION) == 0.4
    assert recipe.weights_for(Direction.SIMILAR) == Recipe().weights_for(Direction.SIMILAR)
    assert recipe.scorer == scorer().digest
    assert recipe.digest != Recipe().digest


def test_digest_is_of_what_decides_scores():
    assert scorer(measures={"a": 1}).digest == scorer(recipe={"b": 2}).digest == scorer().digest
    assert scorer(thresholds={DIRECTION: 0.41}).digest != scorer().digest
    assert scorer(encoder="other").digest != scorer().digest


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.update(format="other"), "no scorer"),
        (lambda c: c.update(version=2), "version 2"),
        (lambda c: c.pop("weights"), "missing"),
        (lambda c: c["weights"].update(sideways={}), "missing"),
        (lambda c: c["weights"]["need_to_offering"].pop("region"), "changed"),
        (lambda c: c["weights"]["need_to_offering"].update(cpv="much"), "missing"),
        (lambda c: c["weights"]["need_to_offering"].update(cpv=float("nan")), "missing"),
        (lambda c: c["weights"]["need_to_offering"].update(target_share=7), "missing"),
        (lambda c: c["weights"]["need_to_offering"]["known"].update(base=None), "missing"),
        (lambda c: c["thresholds"].update(need_to_offering=1.5), "missing"),
        (lambda c: c["weights"]["need_to_offering"].update(cpv=0.1), "changed"),
        (lambda c: c.pop("digest"), "changed"),
    ],
)
def test_broken_or_foreign_content_is_refused(change, message):
    content = json.loads(json.dumps(scorer().content()))
    change(content)
    with pytest.raises(ScorerInvalid, match=message):
        read_scorer(content)


def test_file_from_before_a_weight_was_known_is_read_as_without_it():
    content = json.loads(json.dumps(scorer().content()))
    for weights in content["weights"].values():
        weights.pop("long_wording")
    told = {name: value for name, value in content.items() if name not in ("recipe", "measures", "digest")}
    canonical = json.dumps(told, sort_keys=True, separators=(",", ":"))
    content["digest"] = hashlib.sha256(canonical.encode()).hexdigest()
    assert read_scorer(content).weights[DIRECTION].long_wording == 0.0


@pytest.mark.parametrize("text", ["", "{", "[1]", "null", '"a"'])
def test_broken_file_is_refused(tmp_path, text):
    path = tmp_path / "scorer.json"
    path.write_text(text)
    with pytest.raises(ScorerInvalid):
        load_scorer(path)


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(ScorerInvalid, match=r"nothing\.json"):
        load_scorer(tmp_path / "nothing.json")


def test_scorer_of_another_encoder_is_refused():
    scorer().check_encoder("abc")
    with pytest.raises(ScorerInvalid, match="another encoder"):
        scorer().check_encoder("xyz")
