import numpy as np
import pytest

from matcher.grouping.duplicates import DuplicateScale, group_near
from matcher.grouping.near import find_near_pairs
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


@pytest.mark.parametrize("vectors", [np.ones((1, 4)), np.empty((0, 4)), np.ones((9, 4))])
def test_a_threshold_makes_sense_where_there_is_little_to_learn_from(vectors):
    usual = Usual.of(vectors.astype(np.float32))
    scale = DuplicateScale().fit(np.empty(0), [], usual=usual)
    assert 0.2 <= scale.threshold(0.1, usual=usual) <= 0.98


def test_decisions_move_the_threshold():
    usual = Usual(n=250, mean=0.15, spread=0.13)
    before = DuplicateScale().fit(np.empty(0), [], usual=usual)
    cosines = np.linspace(0.3, 0.7, 40)
    strict = DuplicateScale().fit(cosines, [c > 0.6 for c in cosines], usual=usual)
    loose = DuplicateScale().fit(cosines, [c > 0.4 for c in cosines], usual=usual)
    at = [scale.threshold(0.25, usual=usual) for scale in (loose, before, strict)]
    assert at[0] < at[2]
    assert strict.n_decisions_ == 40


def test_probabilities_rise_with_the_cosine_and_fall_with_the_number_of_entries():
    few, many = Usual(250, 0.15, 0.13), Usual(25_000, 0.15, 0.13)
    scale = DuplicateScale().fit(np.array([0.9, 0.2]), [False, True], usual=few)
    values = scale.predict(np.linspace(0, 1, 11, dtype=np.float32), usual=few)
    assert np.all(np.diff(values) > 0)
    assert np.all(scale.predict(np.array([0.7], dtype=np.float32), usual=many) < values[7])
