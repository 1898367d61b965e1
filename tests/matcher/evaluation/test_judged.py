import numpy as np
import pytest

from matcher.evaluation.judged import JudgedLists, choice_measures, order_measures
from matcher.evaluation.measures import ratio_interval

LISTS = JudgedLists(
    queries=("a", "a", "a", "b", "b", "c"), fits=np.array([True, False, False, False, True, False])
)


def test_an_order_is_measured_over_entries_of_which_something_fits():
    found = order_measures(LISTS, np.array([3.0, 2.0, 1.0, 3.0, 2.0, 9.0]))
    assert {name: each.n for name, each in found.items()} == {"ndcg10": 2, "mrr": 2}
    assert found["mrr"].value == pytest.approx((1 + 1 / 2) / 2)
    assert found["ndcg10"].value == pytest.approx((1 + 1 / np.log2(3)) / 2)
    assert found["mrr"].low <= found["mrr"].value <= found["mrr"].high


def test_what_an_order_does_not_know_stands_at_the_end():
    found = order_measures(LISTS, np.array([-np.inf, 2.0, 1.0, -np.inf, 2.0, 9.0]))
    assert found["mrr"].value == pytest.approx((1 / 3 + 1) / 2)


def test_precision_is_of_what_is_proposed_and_recall_of_what_fits():
    found = choice_measures(LISTS, np.array([True, True, False, True, False, False]))
    assert (found["precision"].value, found["precision"].n) == (pytest.approx(1 / 3), 3)
    assert (found["recall"].value, found["recall"].n) == (pytest.approx(1 / 2), 2)


def test_nothing_proposed_or_nothing_that_fits_has_no_such_figure():
    assert set(choice_measures(LISTS, np.zeros(6, dtype=bool))) == {"recall"}
    nothing = LISTS.of(~LISTS.fits)
    assert choice_measures(nothing, np.zeros(4, dtype=bool)) == {}
    assert order_measures(nothing, np.ones(4)) == {}
    assert order_measures(LISTS.of(np.zeros(6, dtype=bool)), np.ones(0)) == {}


def test_a_ratio_of_nothing_is_refused():
    with pytest.raises(ValueError, match="whole"):
        ratio_interval(np.zeros(2), np.zeros(2))


def test_the_interval_of_a_ratio_holds_it_and_narrows_with_entries():
    few, many = (ratio_interval(np.tile([1.0, 0.0], n), np.ones(2 * n)) for n in (10, 200))
    assert few.low < few.value == 0.5 < few.high
    assert many.high - many.low < (few.high - few.low) / 2
