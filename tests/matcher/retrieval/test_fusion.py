import numpy as np
import pytest

from matcher.retrieval.fusion import Similarities, Support, fused_block, standardised


def columns(*values):
    return np.array(values, dtype=np.float32)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5])
def test_block_and_pairs_give_the_same(share):
    rng = np.random.default_rng(5)
    cosines = rng.random((70, 9)).astype(np.float32)
    own = rng.random(70).astype(np.float32), 0.5 + rng.random(70).astype(np.float32)
    other = rng.random(9).astype(np.float32), 0.5 + rng.random(9).astype(np.float32)
    weight, base = rng.random(9).astype(np.float32), rng.random(9).astype(np.float32)
    pairs = [
        weight[j]
        * standardised(
            cosines[i : i + 1, j],
            (own[0][i : i + 1], own[1][i : i + 1]),
            (other[0][j : j + 1], other[1][j : j + 1]),
            share=share,
        )[0]
        + base[j]
        for i in range(70)
        for j in range(9)
    ]
    part = Similarities(cosines.copy(), weight, own, other)
    assert fused_block([part], base=base, share=share, support=None).ravel() == pytest.approx(pairs, abs=1e-4)


def test_half_a_share_is_symmetric_and_none_is_one_sided():
    similar = columns(0.6)
    ours, theirs = (columns(0.1), columns(0.2)), (columns(0.3), columns(0.4))
    there = standardised(similar, ours, theirs, share=0.5)
    assert there == pytest.approx(standardised(similar, theirs, ours, share=0.5))
    assert standardised(similar, ours, theirs, share=0) == pytest.approx(
        standardised(similar, ours, None, share=0)
    )


def test_target_that_is_near_to_everything_is_held_back():
    similar = columns(0.6, 0.6)
    own = columns(0.2, 0.2), columns(0.1, 0.1)
    found = standardised(similar, own, (columns(0.2, 0.5), columns(0.1, 0.1)), share=0.3)
    assert found[1] < found[0]


def test_support_adds_a_share_of_the_nearest_ones_meaning_alone():
    dense = Similarities(columns([1, 3]), columns(2, 2), (columns(1), columns(1)), None)
    lexical = Similarities(columns([5, 5]), columns(1, 1), (columns(0), columns(1)), None)
    support = Support(np.array([1, 1]), columns(0.5, 0))
    found = fused_block([dense, lexical], base=columns(0, 0), share=0, support=support)
    assert found.tolist() == [[0 + 0.5 * 4 + 5, 4 + 5]]
