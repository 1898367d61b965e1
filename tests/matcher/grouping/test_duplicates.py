import numpy as np
import pytest

from matcher.grouping.duplicates import LEAST, DuplicateScale, group_near
from matcher.grouping.near import find_near_pairs
from matcher.grouping.standard import StandardRows
from matcher.grouping.usual import Usual
from tests.matcher.grouping.clouds import at_angles, cloud


def groups(vectors, threshold, **kwargs):
    return [
        set(g.members) for g in group_near(vectors, find_near_pairs(vectors, threshold=threshold), **kwargs)
    ]


def test_a_chain_is_no_group():
    vectors = at_angles(0, 25, 50)
    assert len(find_near_pairs(vectors, threshold=0.9)) == 2
    assert all(len(group) == 2 for group in groups(vectors, 0.9))


def test_a_long_chain_falls_into_groups_that_hold_together():
    vectors = at_angles(*range(0, 180, 5))
    found = group_near(vectors, find_near_pairs(vectors, threshold=0.98))
    assert found
    assert all(group.cohesion >= 0.95 for group in found)
    assert all(max(group.members) - min(group.members) <= 6 for group in found)


def test_finds_the_groups_that_are_there():
    vectors, labels = cloud([5, 4, 3, 1], spread=0.2)
    found = groups(vectors, 0.8)
    assert found == [set(np.flatnonzero(labels == label)) for label in range(3)]


def test_the_most_central_comes_first():
    vectors = at_angles(0, 10, 20)
    assert group_near(vectors, find_near_pairs(vectors, threshold=0.9))[0].members[0] == 1


def test_what_is_known_to_be_different_is_never_in_one_group():
    vectors = np.repeat(at_angles(0), 3, axis=0)
    for group in groups(vectors, 0.9, apart=[(1, 2)]):
        assert not {1, 2} <= group
    assert groups(vectors, 0.9, apart=[(0, 1)]) == [{0, 2}]


def test_what_is_known_to_be_the_same_is_in_one_group_whatever_the_cosine():
    vectors = at_angles(0, 80, 81)
    assert groups(vectors, 0.9, together=[(0, 1)]) == [{0, 1}]


def test_many_equal_entries_are_one_group_in_reasonable_time():
    vectors = np.repeat(at_angles(0), 20_000, axis=0)
    found = groups(vectors, 0.9)
    assert [len(group) for group in found] == [20_000]


def test_all_different_entries_have_no_group():
    assert groups(np.eye(50, dtype=np.float32), 0.5) == []


def test_usual_cosines_are_those_of_all_pairs():
    vectors, _ = cloud([20, 30], spread=0.8)
    values = (vectors @ vectors.T)[np.triu_indices(50, 1)]
    usual = Usual.of(vectors)
    assert usual.mean == pytest.approx(values.mean(), abs=1e-5)
    assert usual.spread == pytest.approx(values.std(), abs=1e-5)


@pytest.mark.parametrize("n", [0, 1, 9, 250, 1_000_000])
def test_a_threshold_makes_sense_before_anything_was_decided(n):
    scale = DuplicateScale().fit(np.empty(0), [], n=n)
    assert LEAST <= scale.threshold(0.01, n=n) <= scale.threshold(0.5, n=n) < 15


def test_decisions_move_the_threshold():
    before = DuplicateScale().fit(np.empty(0), [], n=250)
    standing_out = np.linspace(1.0, 6.0, 40)
    strict = DuplicateScale().fit(standing_out, [z > 5 for z in standing_out], n=250)
    loose = DuplicateScale().fit(standing_out, [z > 2 for z in standing_out], n=250)
    assert loose.threshold(0.25, n=250) < before.threshold(0.25, n=250) < strict.threshold(0.25, n=250)
    assert strict.n_decisions_ == 40


@pytest.mark.parametrize("n", [250, 20_000])
@pytest.mark.parametrize("falls", [False, True])
def test_as_many_are_likely_as_were_merged_however_they_stand_out(n, falls):
    standing_out = np.tile([6.0, 7.0, 8.0, 9.0, 10.0], 20)
    merged = [(z < 7.5) if falls else (z > 8.5) for z in standing_out]
    scale = DuplicateScale().fit(standing_out, merged, n=n)
    assert scale.predict(standing_out, n=n).mean() == pytest.approx(0.4, abs=0.05)


def test_no_decisions_make_a_pair_a_candidate_that_does_not_stand_out():
    always = DuplicateScale().fit(np.full(500, 0.5), [True] * 500, n=250)
    assert always.threshold(0.01, n=250) == LEAST


def test_probabilities_rise_with_standing_out_and_fall_with_the_number_of_entries():
    scale = DuplicateScale().fit(np.array([6.0, 1.0]), [False, True], n=250)
    values = scale.predict(np.linspace(-1, 9, 11), n=250)
    assert np.all(np.diff(values) > 0)
    assert scale.predict(np.array([4.0]), n=25_000)[0] < scale.predict(np.array([4.0]), n=250)[0]


def test_near_pairs_are_those_of_a_probability_and_more():
    vectors, _ = cloud([3] * 40, spread=0.9, seed=8)
    rows, scale = StandardRows.of(vectors), DuplicateScale().fit(np.empty(0), [], n=120)
    near = scale.near(rows, 0.2, max_pairs=1000)
    left, right = np.triu_indices(120, 1)
    values = scale.predict(rows.pairs(left, right), n=120)
    assert 0 < len(near) == int(np.sum(values >= 0.2))
    assert scale.predict(rows.standard(near.cosine), n=120).min() >= 0.2 - 1e-4
