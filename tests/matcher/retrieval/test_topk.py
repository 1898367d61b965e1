import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.retrieval.topk import top_k


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 70), st.integers(1, 700))
def test_largest_come_first_and_equal_ones_by_position(seed, k, n):
    scores = np.random.default_rng(seed).integers(0, 30, (3, n)).astype(np.float32)
    found = top_k(scores, k)
    assert found.shape == (3, min(k, n))
    for row, places in zip(scores, found, strict=True):
        expected = np.sort(row)[::-1][: len(places)]
        assert row[places].tolist() == expected.tolist()
        assert len(set(places.tolist())) == len(places)


@pytest.mark.parametrize("n", [5, 500])
def test_ties_inside_the_list_are_in_the_order_of_positions(n):
    scores = np.zeros((1, n), dtype=np.float32)
    scores[0, [3, 1]] = 2
    assert top_k(scores, 2)[0].tolist() == [1, 3]
