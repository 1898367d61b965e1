import json
import logging
from dataclasses import replace

import numpy as np
import pytest

from matcher.encoders import HashingEncoder
from matcher.errors import EntryNotFound, ScorerInvalid, TooFewVerdicts
from matcher.pipeline import Matcher, learn, shipped, shipped_recipe
from matcher.pipeline.learning import collect, data_digest
from matcher.recipe import Recipe
from matcher.scoring import NAMES, StoredScorer, logits_of, save_scorer
from matcher.types import Direction, EntryKind, JudgedPair
from tests.matcher.pipeline.world import GENEROUS, drawn, fitted, need, offering

NEED, OFFERING = EntryKind.NEED, EntryKind.OFFERING
DIRECTION = Direction.NEED_TO_OFFERING


@pytest.fixture
def matcher():
    return fitted([*drawn(NEED, 60, seed=1), *drawn(OFFERING, 60, seed=2)])


def judge(matcher, rule, *, n=60, k=3):
    """Let a reviewer judge the first proposals of each need by a rule on the two texts."""
    proposals = matcher.propose([f"need-{i}" for i in range(n)], DIRECTION, k=k, with_reasons=False)
    return [
        JudgedPair(
            query_id=p.query_id,
            target_id=p.target_id,
            direction=DIRECTION,
            fits=float(rule(matcher.engine.entry(p.query_id).text, matcher.engine.entry(p.target_id).text)),
            rank=p.rank,
            score=p.score.value,
        )
        for p in proposals
    ]


def share_two_words(need, offered):
    return len(set(need.split()) & set(offered.split())) >= 3


@pytest.mark.parametrize("times", [1, 40], ids=["short", "long"])
def test_evidence_weighed_is_the_score_that_is_served(matcher, times):
    text = " ".join([drawn(NEED, 1, seed=1)[0].text] * times)
    matcher.update(need(0, text))
    ids = matcher.ids(OFFERING)
    features = matcher.evidence("need-0", ids, DIRECTION)
    assert features.shape == (60, len(NAMES))
    weights = matcher.recipe.weights_for(DIRECTION)
    served = matcher.score_matrix(["need-0"], OFFERING, direction=DIRECTION)[0]
    assert logits_of(weights, features, offset=matcher.engine.shift(OFFERING)) == pytest.approx(
        served, abs=1e-3
    )
    with pytest.raises(EntryNotFound):
        matcher.evidence("need-0", ["nobody"], DIRECTION)
    assert matcher.evidence("need-0", [], DIRECTION).shape == (0, len(NAMES))


def test_a_few_shared_letters_count_for_less_than_many():
    entries = [*drawn(NEED, 60, seed=1), *drawn(OFFERING, 60, seed=2)]
    weights = replace(Recipe().weights_for(DIRECTION), wording_in_full=0.0)

    def wording(in_full):
        changed = replace(weights, wording_in_full=in_full)
        matcher = fitted(entries, recipe=replace(GENEROUS, weights=((None, weights), (DIRECTION, changed))))
        return matcher.evidence("need-0", matcher.ids(OFFERING), DIRECTION)[:, NAMES.index("wording")]

    plain, tempered = wording(0.0), wording(2.0)
    assert tempered == pytest.approx(plain * np.clip(plain / 2, 0, 1), abs=1e-5)
    assert (plain > 2).any() and ((plain > 0) & (plain < 2)).any() and (plain < 0).any()


def test_letters_count_in_full_in_a_language_that_the_encoder_does_not_know():
    entries = [replace(e, language="is") for kind in (NEED, OFFERING) for e in drawn(kind, 40, seed=1)]
    weights = Recipe().weights_for(DIRECTION)

    def wording(in_full):
        changed = replace(weights, wording_in_full=in_full)
        matcher = fitted(entries, recipe=replace(GENEROUS, weights=((None, weights), (DIRECTION, changed))))
        return matcher.evidence("need-0", matcher.ids(OFFERING), DIRECTION)[:, NAMES.index("wording")]

    assert wording(4.0) == pytest.approx(wording(0.0))


def test_missing_evidence_is_missing(matcher):
    matcher.add(offering("far", "sandning gångväg", municipality="1480"))
    row = matcher.evidence(
        replace(drawn(NEED, 1, seed=1)[0], municipality="2482"), ["offering-far"], DIRECTION
    )[0]
    named = dict(zip(NAMES, row, strict=True))
    assert named["region"] < 0
    assert all(np.isnan(named[name]) for name in ("cpv", "time", "value", "verdicts"))


def test_reviewers_rule_is_learnt_and_serves(matcher):
    judged = judge(matcher, share_two_words)
    learned = learn(matcher, judged)
    lesson = next(each for each in learned.lessons if each.direction is DIRECTION)
    assert lesson.comparison.n_queries == 60
    assert lesson.is_better and learned.is_better
    assert learned.scorer.weights[DIRECTION] == lesson.weights
    before = matcher.recipe.digest
    matcher.use_scorer(learned.scorer)
    assert matcher.recipe.scorer == learned.scorer.digest
    served = matcher.propose(["need-0"], DIRECTION)
    assert {p.recipe_digest for p in served} == {matcher.recipe.digest} != {before}
    for p in served:
        total = p.score.base + sum(reason.contribution for reason in p.score.reasons)
        assert 1 / (1 + np.exp(-total)) == pytest.approx(p.score.value)
    matcher.use_scorer(None)
    assert matcher.recipe.digest == before


def test_scorer_that_is_no_better_keeps_the_weights_that_serve(matcher):
    judged = judge(matcher, share_two_words)
    serving = learn(matcher, judged).scorer
    matcher.use_scorer(serving)
    learned = learn(matcher, judged)
    assert not learned.is_better
    assert learned.scorer.weights[DIRECTION] == serving.weights[DIRECTION]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda judged: [], "no verdict"),
        (lambda judged: judged[:1], "1 verdicts; 20"),
        (lambda judged: [replace(p, fits=1.0) for p in judged], "does not fit"),
        (lambda judged: [replace(p, fits=0.0) for p in judged], "says that a proposal fits"),
        (lambda judged: [replace(p, fits=0.5, weight=0.5) for p in judged], "unsure"),
        (lambda judged: [replace(p, query_id="gone") for p in judged], "no verdict"),
        (lambda judged: [replace(p, fits=float(i % 2)) for i, p in enumerate(judged[:6] * 5)], "entries"),
    ],
)
def test_verdicts_that_teach_nothing_are_told(matcher, change, message):
    with pytest.raises(TooFewVerdicts, match=message):
        learn(matcher, change(judge(matcher, share_two_words)))


def test_pairs_are_weighed_and_those_of_entries_that_went_left_out(matcher):
    judged = judge(matcher, share_two_words, n=10)
    matcher.remove("need-0")
    data = collect(matcher, judged, DIRECTION, weigh=lambda pairs: np.array([p.rank for p in pairs], float))
    assert "need-0" not in data.queries
    assert data.weight.tolist() == [float(pair.rank) for pair in data.pairs]
    assert len(collect(matcher, judged, Direction.SIMILAR)) == 0


def test_data_digest_is_of_the_verdicts_in_any_order(matcher):
    judged = judge(matcher, share_two_words, n=5)
    assert data_digest(judged) == data_digest(judged[::-1])
    assert data_digest(judged) != data_digest([*judged[1:], replace(judged[0], fits=0.5)])


def test_scorer_of_another_encoder_is_refused_and_nothing_changes(matcher):
    before = matcher.recipe
    foreign = StoredScorer(encoder="other", weights={}, thresholds={})
    with pytest.raises(ScorerInvalid):
        matcher.use_scorer(foreign)
    assert matcher.recipe == before


def test_shipped_scorer_serves_its_encoder_and_a_broken_one_only_warns(tmp_path, monkeypatch, caplog):
    digest = HashingEncoder().digest
    weights = replace(Recipe().weights_for(DIRECTION), neighbour=0.9)
    good = StoredScorer(encoder=digest, weights={DIRECTION: weights}, thresholds={DIRECTION: 0.33})
    save_scorer(good, tmp_path / "good.json")
    broken = json.loads((tmp_path / "good.json").read_text())
    broken["thresholds"]["need_to_offering"] = 0.1
    (tmp_path / "broken.json").write_text(json.dumps(broken))
    monkeypatch.setattr(shipped, "shipped_folder", lambda: tmp_path)
    shipped.shipped_scorers.cache_clear()
    try:
        with caplog.at_level(logging.WARNING, logger="matcher.scoring"):
            assert Matcher(HashingEncoder()).recipe.threshold(DIRECTION) == 0.33
        assert "broken.json" in caplog.text
        assert shipped_recipe("unknown") == Recipe()
        assert Matcher(HashingEncoder(), GENEROUS).recipe.scorer == ""
    finally:
        shipped.shipped_scorers.cache_clear()
