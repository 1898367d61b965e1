import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from matcher.grouping.neighbours import nearest
from matcher.grouping.themes import ThemePlacer, ThemeRecipe, find_themes
from tests.matcher.grouping.clouds import at_angles, cloud


def members(nodes):
    return sorted(member for node in nodes for member in node.members)


def test_nearest_are_those_of_a_full_comparison():
    vectors, _ = cloud([40] * 10, spread=1.0, seed=1)
    values = vectors @ vectors.T
    np.fill_diagonal(values, -2)
    found = nearest(vectors, k=7)
    assert found.rows.shape == (400, 7)
    assert np.allclose(found.cosines, -np.sort(-values, axis=1)[:, :7], atol=1e-5)


@pytest.mark.parametrize(("n", "k"), [(0, 3), (1, 3), (2, 3)])
def test_nearest_of_few_are_fewer(n, k):
    assert nearest(np.eye(max(n, 1), 4, dtype=np.float32)[:n], k=k).rows.shape == (n, max(n - 1, 0))


def test_finds_the_themes_that_are_there_and_leaves_the_rest_outside():
    vectors, labels = cloud([40, 30, 20, 10], spread=0.6, seed=2)
    noise = np.random.default_rng(9).standard_normal((6, 64)).astype(np.float32)
    themes = find_themes(np.concatenate([vectors, noise]))
    assert adjusted_rand_score(labels, themes.labels()[:100]) > 0.95
    assert set(themes.outside) == set(range(100, 106))
    assert themes.outside_share == pytest.approx(6 / 106)


def test_the_same_seed_gives_the_same_themes_and_another_nearly_so():
    vectors, _ = cloud([60] * 8, spread=1.2, seed=3)
    one, two = find_themes(vectors), find_themes(vectors)
    other = find_themes(vectors, ThemeRecipe(seed=1))
    assert one == two
    assert adjusted_rand_score(one.labels(), other.labels()) > 0.9


def test_a_large_theme_is_parted_within_itself():
    rng = np.random.default_rng(4)
    centres = rng.standard_normal((3, 1, 64))
    within = rng.standard_normal((3, 4, 64)) * 0.35
    points = (centres + within)[:, :, None] + 0.8 * rng.standard_normal((3, 4, 30, 64))
    vectors = points.reshape(-1, 64).astype(np.float32)
    themes = find_themes(vectors)
    assert len(themes.nodes) == 3
    for node in themes.nodes:
        assert len(node.parts) >= 2
        assert set(members(node.parts)) <= set(node.members)
        assert all(part.level == 1 for part in node.parts)
    assert len(set(themes.labels(1))) > len(set(themes.labels(0)))


def test_no_entry_is_in_two_themes():
    vectors, _ = cloud([80, 50, 30], spread=1.5, seed=5)
    themes = find_themes(vectors)
    everything = members(themes.nodes) + list(themes.outside)
    assert sorted(everything) == list(range(160))


def test_equal_entries_are_one_theme():
    themes = find_themes(np.repeat(at_angles(30), 500, axis=0))
    assert [len(node.members) for node in themes.nodes] == [500]
    assert not themes.outside


def test_one_text_that_several_sent_is_a_theme_beside_others():
    vectors, _ = cloud([30, 30], spread=0.6, seed=6)
    lonely = np.repeat(np.random.default_rng(8).standard_normal((1, 64)), 4, axis=0).astype(np.float32)
    themes = find_themes(np.concatenate([vectors, lonely]))
    assert [60, 61, 62, 63] in [sorted(node.members) for node in themes.nodes]


def test_entries_that_have_nothing_in_common_are_in_no_theme():
    assert not find_themes(np.eye(60, dtype=np.float32)).nodes


@pytest.mark.parametrize("n", [0, 1, 2])
def test_too_few_entries_are_no_theme(n):
    themes = find_themes(np.ones((n, 8), dtype=np.float32))
    assert not themes.nodes
    assert len(themes.outside) == n


def test_empty_texts_are_in_no_theme():
    vectors, _ = cloud([20, 20], spread=0.5)
    vectors = np.concatenate([vectors, np.zeros((5, 64), dtype=np.float32)])
    themes = find_themes(vectors)
    assert set(range(40, 45)) <= set(themes.outside)


def test_new_entries_join_the_theme_of_their_nearest():
    vectors, labels = cloud([60, 60, 60], spread=0.6, seed=7)
    is_new = np.arange(180) % 6 == 0
    placed = ThemePlacer().fit(vectors[~is_new], labels[~is_new]).predict(vectors[is_new])
    assert np.mean(placed == labels[is_new]) > 0.95


def test_a_new_entry_that_fits_nowhere_stays_outside():
    vectors, labels = cloud([60, 60], spread=0.6)
    stranger = np.random.default_rng(1).standard_normal((1, 64)).astype(np.float32)
    assert ThemePlacer().fit(vectors, labels).predict(stranger).tolist() == [-1]
    assert ThemePlacer().fit(vectors[:0], labels[:0]).predict(stranger).tolist() == [-1]
