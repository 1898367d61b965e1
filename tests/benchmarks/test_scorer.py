from dataclasses import replace

import numpy as np
import pytest

from benchmarks import scorer
from matcher.encoders import HashingEncoder
from matcher.pipeline import Matcher
from matcher.recipe import NEED_TO_OFFERING
from matcher.scoring import read_scorer
from models.encoder.training.topics import Topic

WORDS = "snö is halka sand plog väg gata skola mat lunch kök tolk ramp larm dörr park".split()


@pytest.fixture(scope="module")
def topics():
    rng = np.random.default_rng(3)
    made = []
    for i in range(30):
        own = rng.choice(WORDS, 6, replace=False)
        made.append(
            Topic(
                id=f"t-{i}",
                label="",
                area="",
                cpv="",
                needs=tuple(" ".join(rng.permutation(own)[:4]) for _ in range(2)),
                languages=("sv", "sv"),
                offerings=(f"Tjänst. {' '.join(own)} {i}", f"Vara. {' '.join(own[::-1])}"),
                confusable=f"Annat. {' '.join(own[:2])} helt annat {i}",
            )
        )
    return made


def test_worlds_hold_every_topic_once(topics, monkeypatch):
    monkeypatch.setattr(scorer, "WORLD", 10)
    found = scorer.worlds(topics)
    assert [len(world) for world in found] == [10, 10, 10]
    assert sorted(t.id for world in found for t in world) == sorted(t.id for t in topics)


def test_candidates_are_the_best_with_what_the_topic_says_fits(topics):
    matcher = Matcher(HashingEncoder(), scorer.with_weights(NEED_TO_OFFERING)).fit(scorer.entries_of(topics))
    found = scorer.candidates(matcher)
    assert found.features.shape[0] == len(found.fits) == 60 * scorer.N_CANDIDATES
    assert set(found.n_right) == {2}
    assert 0 < found.fits.sum() <= 120
    assert not np.any(found.confusable & (found.fits > 0))


def test_scorer_that_is_learnt_can_be_read_back_and_tells_how_it_was_made(topics, monkeypatch):
    monkeypatch.setattr(scorer, "SHARES", (0.3,))
    learned = scorer.train(HashingEncoder(), topics)
    assert read_scorer(learned.content()) == learned
    assert learned.encoder == HashingEncoder().digest
    assert learned.recipe["topics"] == 30
    assert learned.measures["learnt"]["log_loss"] < learned.measures["by hand"]["log_loss"]
    other = scorer.train(HashingEncoder(), topics)
    assert other.digest == learned.digest


def test_measures_of_a_perfect_order_are_perfect():
    found = scorer.Candidates(
        features=np.zeros((6, 1)),
        fits=np.array([1.0, 0, 0, 0, 1, 0]),
        owners=np.array([0, 0, 0, 1, 1, 1]),
        topics=("a",) * 3 + ("b",) * 3,
        confusable=np.array([False, True, False, True, False, False]),
        n_right=np.array([1, 1]),
        offset=np.zeros(6),
    )
    right = scorer.measures(np.where(found.fits > 0, 5.0, -5.0), found)
    wrong = scorer.measures(np.where(found.fits > 0, -5.0, 5.0), found)
    assert (right["ndcg10"], right["hard_negatives"]) == (1, 0)
    assert wrong["ndcg10"] < 1
    assert wrong["hard_negatives"] == 1
    half = scorer.measures(np.zeros(6), replace(found, n_right=np.array([2, 2])))
    assert half["ndcg10"] < 1
