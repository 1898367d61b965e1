from dataclasses import replace

import pytest

from matcher.errors import EntryNotFound
from matcher.pipeline.why_not import Obstacle
from matcher.recipe import Recipe
from matcher.scoring import log_odds, probability
from matcher.types import Direction, EntryKind, ReasonKind
from tests.matcher.pipeline.world import GENEROUS, drawn, fitted, need, offering

DIRECTION = Direction.NEED_TO_OFFERING
NEED = need(0, "sandning gångväg halka snö", municipality="2482")
NEAR = offering("near", "sandning gångväg halka snö ramp", municipality="2482")
FAR = offering("far", "sandning gångväg halka snö trappa", municipality="1480")
OTHERS = drawn(EntryKind.OFFERING, 30, seed=4)


def test_proposed_pair_has_no_obstacle():
    found = fitted([NEED, NEAR, *OTHERS]).why_not("need-0", "offering-near")
    assert (found.obstacles, found.changes, found.short_by, found.rank) == ((), (), 0, 1)


def test_what_would_have_to_differ_is_what_would_lift_it():
    matcher = fitted([NEED, NEAR, FAR, *OTHERS])
    value = matcher.explain("need-0", "offering-far").value
    just_above = probability(log_odds(value) + 0.5)
    strict = replace(GENEROUS, thresholds=tuple((d, just_above) for d in Direction))
    matcher = fitted([NEED, NEAR, FAR, *OTHERS], recipe=strict)
    found = matcher.why_not("need-0", "offering-far")
    assert found.obstacles == (Obstacle.SCORE,)
    assert found.score.value == pytest.approx(value, abs=1e-4)
    assert found.short_by > 0
    changes = {change.kind: change for change in found.changes}
    assert changes[ReasonKind.REGION].is_enough
    assert [change.gain for change in found.changes] == sorted((c.gain for c in found.changes), reverse=True)
    moved = fitted([NEED, NEAR, replace(FAR, municipality="2482"), *OTHERS], recipe=strict)
    assert moved.why_not("need-0", "offering-far").short_by == 0


def test_meaning_that_would_be_near_enough_is_told():
    strict = replace(GENEROUS, thresholds=tuple((d, 0.5) for d in Direction))
    matcher = fitted([NEED, NEAR, *OTHERS], recipe=strict)
    found = matcher.why_not("need-0", "offering-3")
    meaning = next(change for change in found.changes if change.kind is ReasonKind.MEANING)
    assert meaning.is_enough
    assert meaning.gain == pytest.approx(found.short_by)
    assert meaning.detail["now"] < meaning.detail["needed"] <= 1


def test_place_too_far_down_is_told():
    many = [offering(f"m{i}", f"sandning gångväg halka snö {i}") for i in range(Recipe().top_k)]
    matcher = fitted([NEED, *many, *OTHERS])
    found = matcher.why_not("need-0", "offering-5")
    assert found.rank > found.top_k == Recipe().top_k
    assert found.obstacles == (Obstacle.RANK,)
    assert found.changes == ()


def test_organisation_that_fills_its_places_is_told():
    own = [
        offering(f"own{i}", f"sandning gångväg halka snö {word}", organisation_id="one")
        for i, word in enumerate(("ramp", "tolk", "larm", "park"))
    ]
    matcher = fitted([NEED, *own, *OTHERS])
    proposed = {p.target_id for p in matcher.propose(["need-0"], DIRECTION)}
    left_out = next(each.id for each in own if each.id not in proposed)
    assert matcher.why_not("need-0", left_out).obstacles == (Obstacle.ORGANISATION,)


def test_unknown_ids_are_told():
    with pytest.raises(EntryNotFound):
        fitted([NEED, *OTHERS]).why_not("need-0", "nobody")
