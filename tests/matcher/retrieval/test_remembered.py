import numpy as np
import pytest

from matcher.retrieval import Known, Remembered
from matcher.retrieval.moments import Standard
from matcher.types import Direction, JudgedPair

USUAL = Standard.from_array(np.array([[0.0, 0.2, 0.0, 0.1]], dtype=np.float32))
AXES = np.eye(4, dtype=np.float32)


def known(query, target, fits, *, weight=1.0):
    """Judge a pair whose sides lie along these axes."""
    pair = JudgedPair(
        query_id=f"q{query}",
        target_id=f"t{target}",
        direction=Direction.NEED_TO_OFFERING,
        fits=fits,
        weight=weight,
    )
    return Known(pair, AXES[query], AXES[target])


def remembered(*pairs):
    return Remembered(pairs, queries=USUAL, targets=USUAL)


ROWS = {f"t{i}": i for i in range(4)}


def test_verdicts_count_for_pairs_alike_on_both_sides():
    evidence = remembered(known(0, 1, 1.0)).evidence("other", AXES[0], AXES, ROWS)
    assert evidence == pytest.approx([0, 1 / 1.5, 0, 0])
    assert remembered(known(0, 1, 1.0)).evidence("other", AXES[2], AXES, ROWS) is None


def test_a_pairs_own_verdict_says_nothing_of_it():
    evidence = remembered(known(0, 1, 1.0), known(0, 2, 0.0)).evidence("q0", AXES[0], AXES, ROWS)
    assert evidence == pytest.approx([0, 0, 0, 0])


def test_more_verdicts_weigh_more_and_contradictions_cancel():
    def at_first(*pairs):
        return remembered(*pairs).evidence("other", AXES[0], AXES[1:2], {})[0]

    accepted, rejected = known(0, 1, 1.0), known(0, 1, 0.0)
    assert at_first(accepted) < at_first(accepted, accepted) < 1
    assert at_first(accepted, rejected) == pytest.approx(0)
    assert at_first(known(0, 1, 0.5)) == 0
    assert 0 < at_first(known(0, 1, 1.0, weight=0.5)) < at_first(accepted)


def test_counts_are_those_of_like_pairs_but_the_pair_itself():
    found = remembered(known(0, 1, 1.0), known(0, 1, 0.0), known(0, 1, 0.0), known(2, 3, 1.0))
    assert found.counts("other", AXES[0], target_id="t9", target=AXES[1]) == (1, 2)
    assert found.counts("q0", AXES[0], target_id="t1", target=AXES[1]) == (0, 0)
