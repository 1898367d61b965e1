import numpy as np

from matcher.grouping.curation import KnownTheme, settle
from matcher.grouping.lineage import LineageKind
from matcher.grouping.themes import ThemeNode, Themes, find_themes
from tests.matcher.grouping.clouds import cloud


def ids(n):
    return [f"e{i}" for i in range(n)]


def named(*numbers):
    return frozenset(f"e{i}" for i in numbers)


def world(sizes=(20, 20, 20), *, seed=0):
    vectors, labels = cloud(sizes, spread=0.5, seed=seed)
    return vectors, labels, find_themes(vectors)


def where(settled):
    """The theme's id, or its position, of each entry."""
    return {e: theme.id or i for i, theme in enumerate(settled.themes) for e in theme.members}


def test_a_first_run_gives_new_themes():
    vectors, _, themes = world()
    settled = settle(themes, ids(60), vectors, known=[], pins={})
    assert [theme.id for theme in settled.themes] == [None] * 3
    assert [event.kind for event in settled.events] == [LineageKind.BIRTH] * 3


def test_the_same_again_keeps_every_id():
    vectors, labels, themes = world()
    known = [KnownTheme(id=f"t{k}", level=0, members=named(*np.flatnonzero(labels == k))) for k in range(3)]
    settled = settle(themes, ids(60), vectors, known=known, pins={})
    assert {theme.id for theme in settled.themes} == {"t0", "t1", "t2"}
    assert not settled.events


def test_a_pinned_entry_stays_where_a_person_put_it():
    vectors, labels, themes = world()
    known = [KnownTheme(id=f"t{k}", level=0, members=named(*np.flatnonzero(labels == k))) for k in range(3)]
    settled = settle(themes, ids(60), vectors, known=known, pins={"e0": "t2"})
    assert where(settled)["e0"] == "t2"
    assert where(settled)["e1"] == "t0"


def test_what_a_person_parted_stays_parted_and_new_entries_go_with_their_nearest():
    vectors, _ = cloud([20, 20], spread=0.3, seed=1)
    vectors = np.concatenate(
        [vectors[:20] * 0.5 + vectors[20:] * 0.6, vectors[20:] * 0.5 + vectors[:20] * 0.6]
    )
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    together = Themes((ThemeNode(tuple(range(40)), 0),), (), 40)
    # Entries 16-19 and 36-39 are new since the person parted them.
    known = [
        KnownTheme(id="one", level=0, members=named(*range(16)), is_kept=True),
        KnownTheme(id="two", level=0, members=named(*range(20, 36)), is_kept=True),
    ]
    pins = {f"e{i}": "two" for i in range(20, 36)}
    settled = settle(together, ids(40), vectors, known=known, pins=pins)
    places = where(settled)
    assert {places[f"e{i}"] for i in range(16)} == {"one"}
    assert {places[f"e{i}"] for i in range(20, 36)} == {"two"}
    assert sum(places[f"e{i}"] == "two" for i in range(36, 40)) >= 3


def test_what_a_person_merged_comes_back_when_it_falls_apart():
    vectors, _, themes = world((20, 20))
    known = [KnownTheme(id="all", level=0, members=named(*range(40)), is_kept=True, has_taken_in=True)]
    settled = settle(themes, ids(40), vectors, known=known, pins={})
    assert set(where(settled).values()) == {"all"}
    assert len(settled.themes) == 1


def test_a_named_theme_outlives_a_run_that_does_not_find_it():
    vectors, _, themes = world((20, 20))
    known = [
        KnownTheme(id="old", level=0, members=named(0, 1, 20, 21), is_kept=True),
        KnownTheme(id="a", level=0, members=named(*range(2, 20))),
        KnownTheme(id="b", level=0, members=named(*range(22, 40))),
    ]
    settled = settle(themes, ids(40), vectors, known=known, pins={})
    assert {e for e, theme in where(settled).items() if theme == "old"} == named(0, 1, 20, 21)
    assert not settled.events


def test_a_theme_that_nobody_cared_for_may_go():
    vectors, _, themes = world((20, 20))
    known = [KnownTheme(id="gone", level=0, members=named(100, 101))]
    settled = settle(themes, ids(40), vectors, known=known, pins={})
    assert "gone" not in {theme.id for theme in settled.themes}
    assert LineageKind.DEATH in [event.kind for event in settled.events]


def test_parts_keep_their_ids_and_parents():
    parts = (ThemeNode((0, 1, 2), 1), ThemeNode((3, 4, 5), 1))
    themes = Themes((ThemeNode(tuple(range(7)), 0, parts),), (7,), 8)
    known = [
        KnownTheme(id="whole", level=0, members=named(*range(7))),
        KnownTheme(id="left", level=1, parent_id="whole", members=named(0, 1, 2)),
    ]
    settled = settle(themes, ids(8), np.eye(8, dtype=np.float32), known=known, pins={})
    assert [(theme.id, theme.level) for theme in settled.themes] == [("whole", 0), ("left", 1), (None, 1)]
    assert [theme.parent for theme in settled.themes] == [None, 0, 0]
    assert settled.themes[0].members == ["e6"]


def test_pins_of_entries_or_themes_that_are_gone_are_passed_over():
    vectors, _, themes = world((20, 20))
    settled = settle(themes, ids(40), vectors, known=[], pins={"e0": "nowhere", "gone": "nowhere"})
    assert len(where(settled)) == 40
