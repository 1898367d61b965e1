from matcher.pipeline import around
from matcher.types import Direction, EntryKind
from tests.matcher.pipeline.world import drawn, fitted, need, offering

SANDING = offering("new", "sandning gångväg halka snö")


def test_needs_met_are_the_best_first_and_scored_as_proposals_are():
    matcher = fitted([*drawn(EntryKind.NEED, 30, seed=2), need("ice", "sandning gångväg halka")])
    found = around.needs_met(matcher, SANDING, k=5)
    assert (len(found), found[0].entry_id) == (5, "need-ice")
    assert [match.rank for match in found] == [1, 2, 3, 4, 5]
    values = [match.score.value for match in found]
    assert values == sorted(values, reverse=True)
    known = matcher.explain("need-ice", SANDING, direction=Direction.NEED_TO_OFFERING)
    assert found[0].score == known


def test_what_nobody_here_reads_meets_nothing():
    unread = need("unread", "sandning gångväg halka", language="lt")
    matcher = fitted([unread, need("ice", "sandning gångväg halka")])
    assert [match.entry_id for match in around.needs_met(matcher, SANDING, k=5)] == ["need-ice"]
    assert around.needs_met(matcher, offering("new", SANDING.text, language="lt"), k=5) == []
