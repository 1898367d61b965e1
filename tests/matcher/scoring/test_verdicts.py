import pytest

from matcher.scoring import rank_corrections, standing, taken_together
from matcher.types import VerdictKind

ACCEPT, REJECT, UNSURE, UNDO = (
    VerdictKind.ACCEPT,
    VerdictKind.REJECT,
    VerdictKind.UNSURE,
    VerdictKind.UNDO,
)


def test_latest_verdict_of_each_member_stands_and_undo_takes_one_back():
    assert standing([("a", ACCEPT), ("b", REJECT), ("a", REJECT)]) == {"a": REJECT, "b": REJECT}
    assert standing([("a", ACCEPT), ("a", REJECT), ("a", UNDO)]) == {"a": ACCEPT}
    assert standing([("a", ACCEPT), ("a", UNDO), ("a", UNDO), ("b", UNDO)]) == {}


@pytest.mark.parametrize(
    ("kinds", "fits", "weight"),
    [
        ([ACCEPT], 1.0, 1.0),
        ([REJECT], 0.0, 1.0),
        ([UNSURE], 0.5, 0.5),
        ([ACCEPT, ACCEPT], 1.0, 1.0),
        ([ACCEPT, REJECT], 0.5, 0.5),
        ([ACCEPT, UNSURE], 5 / 6, 0.75),
    ],
)
def test_verdicts_are_taken_together(kinds, fits, weight):
    assert taken_together(kinds) == pytest.approx((fits, weight))


def test_disagreement_lowers_the_weight_the_more_the_evener_it_is():
    _, slight = taken_together([ACCEPT, ACCEPT, ACCEPT, REJECT])
    _, even = taken_together([ACCEPT, ACCEPT, REJECT, REJECT])
    assert even < slight < 1


def test_verdicts_on_seldom_judged_ranks_count_more():
    corrections = rank_corrections([1, 1, 5], {1: 0.9, 5: 0.1})
    assert corrections[2] > corrections[0] == corrections[1]
    assert corrections.mean() == pytest.approx(1)
    assert rank_corrections([], {}).size == 0
    assert rank_corrections([3, 4], {}).tolist() == [1, 1]
    assert max(rank_corrections([1, 9], {1: 1.0, 9: 1e-6})) <= 3
