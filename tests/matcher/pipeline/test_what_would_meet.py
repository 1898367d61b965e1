"""Needs and ideas are compared with each other by what would meet them, too."""

import zlib
from dataclasses import replace

import numpy as np
import pytest

from matcher.pipeline import Matcher, engine
from matcher.pipeline.nearest import nearest
from matcher.recipe import Recipe
from matcher.types import Direction, EntryKind
from tests.matcher.pipeline.world import GENEROUS, entry, need

N_THINGS = 40


class ThingEncoder:
    """An encoder for tests: needs of one thing lie loosely around it, offerings closely."""

    name, languages, role_matters, n_dims = "things", frozenset({"sv"}), False, 48
    digest = "things".ljust(64, "0")

    def encode(self, texts, *, role="passage", progress=None):
        rows = np.zeros((len(texts), self.n_dims), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            thing, kind = text.split()[:2]
            row[:] = self._direction(thing) + (0.4 if kind == "vara" else 1.6) * self._direction(text)
            row /= np.linalg.norm(row)
        return rows

    def _direction(self, text):
        made = np.random.default_rng(zlib.crc32(text.encode())).standard_normal(self.n_dims)
        return made / np.linalg.norm(made)


NEEDS = [need(2 * i + telling, f"sak{i} behov {telling}") for i in range(N_THINGS) for telling in (0, 1)]
IDEAS = [entry(EntryKind.IDEA, i, f"sak{i} idé") for i in range(N_THINGS)]
OFFERINGS = [
    entry(EntryKind.OFFERING, 5 * i + copy, f"sak{i} vara {copy}")
    for i in range(N_THINGS)
    for copy in range(5)
]
EVERYTHING = [*NEEDS, *IDEAS, *OFFERINGS]


def matcher(entries, recipe=GENEROUS):
    return Matcher(ThingEncoder(), recipe).fit(entries)


def share_of_right_first(made, queries, kind, direction):
    scores = made.score_matrix(queries, kind, direction=direction, recipe="dense")
    ids = made.ids(kind)
    own = [ids.index(each.id) if each.id in ids else None for each in queries]
    for row, place in zip(scores, own, strict=True):
        if place is not None:
            row[place] = -np.inf
    thing = {each.id: each.text.split()[0] for each in EVERYTHING}
    return np.mean(
        [thing[ids[row.argmax()]] == each.text.split()[0] for row, each in zip(scores, queries, strict=True)]
    )


@pytest.mark.parametrize(
    ("queries", "direction"), [(NEEDS, Direction.SIMILAR), (IDEAS, Direction.IDEA_TO_NEED)]
)
def test_what_the_same_offerings_meet_comes_nearer(queries, direction):
    alone = matcher([*NEEDS, *IDEAS])
    among_offerings = matcher(EVERYTHING)
    before = share_of_right_first(alone, queries, EntryKind.NEED, direction)
    after = share_of_right_first(among_offerings, queries, EntryKind.NEED, direction)
    assert after > before + 0.1


def test_offerings_are_found_for_needs_as_if_it_were_not_so(monkeypatch):
    with_profiles = matcher(EVERYTHING)
    monkeypatch.setattr(engine.Means, "of", lambda needs, offerings: None)
    without = matcher(EVERYTHING)
    for direction, queries, kind in (
        (Direction.NEED_TO_OFFERING, NEEDS, EntryKind.OFFERING),
        (Direction.SIMILAR, OFFERINGS, EntryKind.OFFERING),
        (Direction.NEED_TO_OFFERING, OFFERINGS, EntryKind.NEED),
    ):
        one, other = (m.score_matrix(queries, kind, direction=direction) for m in (with_profiles, without))
        assert one == pytest.approx(other, abs=1e-4)


def test_a_need_that_comes_later_is_compared_as_if_it_had_been_there():
    late = NEEDS[0]
    later = matcher([each for each in EVERYTHING if each is not late])
    asked = later.score_matrix([late], EntryKind.NEED, direction=Direction.SIMILAR)
    later.add(late)
    stored = later.score_matrix([late.id], EntryKind.NEED, direction=Direction.SIMILAR)
    assert stored[:, :-1] == pytest.approx(asked, abs=1e-4)
    assert later.explain(late, NEEDS[1]).value == pytest.approx(later.explain(NEEDS[1], late).value, abs=1e-4)


def test_every_way_to_score_gives_the_same():
    """All pairs, candidates in two steps, one pair, and pairs that are not stored."""
    exact, coarse = matcher(EVERYTHING), matcher(EVERYTHING, replace(GENEROUS, n_exact=10, n_candidates=60))
    scores = exact.score_matrix(NEEDS[:8], EntryKind.NEED, direction=Direction.SIMILAR)
    ids = exact.ids(EntryKind.NEED)
    for query, row in zip(NEEDS[:8], scores, strict=True):
        proposed = {
            each.target_id: each.score.value
            for each in exact.propose([query], Direction.SIMILAR, with_reasons=False)
        }
        again = {
            each.target_id: each.score.value
            for each in coarse.propose([query], Direction.SIMILAR, with_reasons=False)
        }
        assert again == pytest.approx(proposed, abs=1e-4)
        for target_id, value in proposed.items():
            assert value == pytest.approx(1 / (1 + np.exp(-row[ids.index(target_id)])), abs=1e-4)
            assert exact.explain(query, target_id).value == pytest.approx(value, abs=1e-4)


def test_the_nearest_of_a_need_are_those_that_the_same_would_meet():
    made = matcher(EVERYTHING, Recipe())
    found = nearest(made.engine, [NEEDS[0].id], (EntryKind.NEED, EntryKind.IDEA), k=5)
    scores = made.score_matrix([NEEDS[0]], EntryKind.NEED, direction=Direction.SIMILAR, recipe="dense")[0]
    scores[made.ids(EntryKind.NEED).index(NEEDS[0].id)] = -np.inf
    assert made.ids(EntryKind.NEED)[int(scores.argmax())] in [entry_id for entry_id, _ in found]
    assert found[0][0] in (NEEDS[1].id, IDEAS[0].id)
    assert all(likeness <= 1 for _, likeness in found)
    several = nearest(made.engine, [NEEDS[0].id, NEEDS[1].id], (EntryKind.NEED, EntryKind.IDEA), k=1)
    assert [entry_id for entry_id, _ in several] == [IDEAS[0].id]
