from dataclasses import replace

import numpy as np
import pytest

from matcher.errors import EntryNotFound, InvalidInput
from matcher.recipe import Recipe
from matcher.retrieval import Filters
from matcher.types import Direction, EntryKind, EntryStatus, JudgedPair, ReasonKind
from tests.matcher.pipeline.world import GENEROUS, drawn, fitted, need, offering

NEED, OFFERING = EntryKind.NEED, EntryKind.OFFERING
DIRECTION = Direction.NEED_TO_OFFERING


@pytest.fixture(scope="module")
def entries():
    return [*drawn(NEED, 30, seed=1), *drawn(EntryKind.IDEA, 20, seed=2), *drawn(OFFERING, 60, seed=3)]


@pytest.fixture
def matcher(entries):
    return fitted(entries)


def values(matcher, queries):
    return matcher.score_matrix(queries, OFFERING, direction=DIRECTION)


def assert_served_as_the_matrix_says(matcher, queries):
    """Compare the proposals of all queries with the full matrix: order, values and reasons."""
    matrix, ids = values(matcher, queries), matcher.ids(OFFERING)
    for row, query in zip(matrix, queries, strict=True):
        proposals = matcher.propose([query], DIRECTION, k=5)
        best = np.argsort(-row, kind="stable")[:5]
        assert [p.target_id for p in proposals] == [ids[i] for i in best]
        shown = [p.score.value for p in proposals]
        assert shown == pytest.approx((1 / (1 + np.exp(-row[best]))).tolist(), abs=1e-4)
        for p in proposals:
            total = p.score.base + sum(reason.contribution for reason in p.score.reasons)
            assert 1 / (1 + np.exp(-total)) == pytest.approx(p.score.value, abs=1e-6)
            assert matcher.explain(query, p.target_id, direction=DIRECTION).value == pytest.approx(
                p.score.value, abs=1e-4
            )


def test_proposals_are_the_best_of_all_pairs_and_reasons_add_up(matcher, entries):
    assert_served_as_the_matrix_says(matcher, [e for e in entries if e.kind is NEED][:8])


def test_lists_stay_right_while_entries_come_and_go(matcher, entries):
    for i, new in enumerate(drawn(OFFERING, 20, seed=9)):
        matcher.add(replace(new, id=f"new-{i}", municipality="2482"))
        if i % 3 == 0:
            matcher.remove(f"{OFFERING.value}-{i}")
    matcher.update(replace(entries[-1], text="sandning gångväg halka"))
    asked = [replace(e, municipality="2581") for e in entries if e.kind is NEED][:5]
    assert_served_as_the_matrix_says(matcher, asked)


def test_withdrawn_offering_is_never_proposed(matcher, entries):
    need_id = "need-0"
    first = matcher.propose([need_id], DIRECTION)[0].target_id
    matcher.update(replace(next(e for e in entries if e.id == first), status=EntryStatus.WITHDRAWN))
    assert first not in {p.target_id for p in matcher.propose([need_id], DIRECTION)}
    assert first not in matcher


def test_same_list_with_and_without_reasons_in_any_block(matcher):
    ids = [f"need-{i}" for i in range(30)]
    whole = matcher.propose(ids, DIRECTION)
    bare = [
        p
        for batch in matcher.propose_batches(ids, DIRECTION, with_reasons=False, block=7)
        for p in batch.proposals
    ]
    assert [(p.query_id, p.target_id, p.rank) for p in whole] == [
        (p.query_id, p.target_id, p.rank) for p in bare
    ]
    assert [p.score.value for p in whole] == pytest.approx([p.score.value for p in bare], abs=1e-5)


def test_weak_evidence_gives_no_proposal(entries):
    strict = replace(GENEROUS, thresholds=tuple((direction, 0.999) for direction in Direction))
    assert fitted(entries, recipe=strict).propose(["need-0"], DIRECTION) == []


def test_new_offering_finds_the_needs_in_whose_lists_it_stands(matcher):
    matcher.add(offering("new", "sandning gångväg halka snö trappa ramp"))
    found = matcher.propose_for_target("offering-new", DIRECTION)
    assert found
    for proposal in found:
        own = matcher.propose([proposal.query_id], DIRECTION)
        assert (proposal.target_id, proposal.rank) in {(p.target_id, p.rank) for p in own}


def test_one_organisation_does_not_fill_a_list():
    offerings = [
        offering(f"big{i}", f"sandning gångväg halka {word}", organisation_id="big")
        for i, word in enumerate(("park", "tolk", "ramp", "larm", "växel"))
    ]
    others = [offering(f"o{i}", "halka sandning vid badhus", organisation_id=f"small-{i}") for i in range(3)]
    matcher = fitted([need(0, "sandning gångväg halka"), *offerings, *others, *drawn(OFFERING, 20, seed=4)])
    found = [p.target_id for p in matcher.propose(["need-0"], DIRECTION)]
    assert sum(each in {o.id for o in offerings} for each in found) == Recipe().max_per_organisation
    assert {o.id for o in others} <= set(found)


def test_copies_of_one_supplier_stand_once_and_of_others_each():
    text = "sandning gångväg halka snö"
    copies = [offering(f"copy-{i}", text, organisation_id="same") for i in range(3)]
    others = [offering(f"other-{i}", text, organisation_id=f"firm-{i}") for i in range(2)]
    matcher = fitted([need(0, "sandning gångväg"), *copies, *others, *drawn(OFFERING, 20, seed=4)])
    found = [p.target_id for p in matcher.propose(["need-0"], DIRECTION)]
    assert sum(each.startswith("offering-copy") for each in found) == 1
    assert sum(each.startswith("offering-other") for each in found) == 2


def test_filters_are_applied_before_the_best_are_chosen(matcher, entries):
    far = replace(entries[-1], id="far", regions=("FI1D7",))
    matcher.add(far)
    found = matcher.propose(["need-0"], DIRECTION, filters=Filters(places=("FI1D7",)))
    assert [p.target_id for p in found] == ["far"]


def test_verdicts_change_the_next_proposals_at_once():
    twin = "sandning av gångväg vid skolan när det är halka och snö"
    world = [
        need("a", twin),
        need("b", twin + " igen"),
        offering("right", "sandning och snöröjning av gångvägar"),
        offering("wrong", "sandning av trappor, gångväg och ramp"),
        *drawn(OFFERING, 40, seed=5),
        *drawn(NEED, 40, seed=6),
    ]
    matcher = fitted(world)

    def scores():
        return {p.target_id: p for p in matcher.propose(["need-b"], DIRECTION)}

    before = scores()
    pair = JudgedPair(query_id="need-a", target_id="offering-wrong", direction=DIRECTION, fits=0.0)
    matcher.remember([pair, replace(pair, target_id="offering-right", fits=1.0)])
    after = scores()
    assert after["offering-wrong"].score.value < before["offering-wrong"].score.value
    assert after["offering-right"].score.value > before["offering-right"].score.value
    reason = next(r for r in after["offering-wrong"].score.reasons if r.kind is ReasonKind.VERDICTS)
    assert reason.contribution < 0
    assert reason.detail == {"accepted": 0, "rejected": 1}
    assert_served_as_the_matrix_says(matcher, [world[1]])
    matcher.remove("need-a")
    assert scores()["offering-wrong"].score.value == pytest.approx(before["offering-wrong"].score.value)


def test_verdicts_on_similar_entries_count_from_both_sides():
    text = "sandning av gångväg vid skolan"
    matcher = fitted([*(need(i, text) for i in "abc"), *drawn(NEED, 40, seed=6)])
    judged = JudgedPair(query_id="need-a", target_id="need-b", direction=Direction.SIMILAR, fits=0.0)
    before = matcher.explain("need-c", "need-b").value, matcher.explain("need-b", "need-c").value
    matcher.remember([judged])
    assert matcher.explain("need-c", "need-b").value < before[0]
    assert matcher.explain("need-b", "need-c").value < before[1]


def test_offering_like_it_supports_an_offering():
    matcher = fitted(
        [
            need(0, "sandning gångväg halka snö"),
            offering("a", "sandning gångväg halka snö"),
            offering("b", "sandning gångväg halka trappa"),
            *drawn(OFFERING, 40, seed=8),
        ]
    )
    reasons = matcher.explain("need-0", "offering-b").reasons
    assert next(r.contribution for r in reasons if r.kind is ReasonKind.NEIGHBOURS) > 0
    matcher.remove("offering-a")
    reasons = matcher.explain("need-0", "offering-b").reasons
    assert all(r.kind is not ReasonKind.NEIGHBOURS or r.contribution < 0.2 for r in reasons)


def test_unknown_and_wrong_kinds_are_told(matcher):
    with pytest.raises(EntryNotFound, match="nobody"):
        matcher.propose(["nobody"], DIRECTION)
    with pytest.raises(InvalidInput, match="need_to_offering"):
        matcher.propose(["idea-0"], DIRECTION)


def test_search_by_text_finds_every_kind_and_nothing_for_nothing(matcher):
    found = matcher.similar_to_text("sandning gångväg halka", language="sv")
    assert found
    assert [m.rank for m in found] == list(range(1, len(found) + 1))
    assert matcher.similar_to_text("  ") == []
    only = matcher.similar_to_text("sandning gångväg halka", kinds=[OFFERING], with_reasons=False)
    assert {m.entry_id.split("-")[0] for m in only} == {"offering"}


def test_a_text_in_a_language_that_nothing_reads_is_matched_with_nothing():
    texts = ["sandning av gångväg", "sandning gångväg halka", "gångväg sandning snö"]
    foreign = [offering(7, texts[0], language="sma"), offering(8, texts[1], language="de")]
    matcher = fitted([need(1, texts[0]), need(2, texts[1], language="se"), offering(1, texts[2]), *foreign])
    assert [p.target_id for p in matcher.propose(["need-1"], DIRECTION)] == ["offering-1"]
    assert matcher.propose(["need-2"], DIRECTION) == []
    unsure = fitted([need(1, texts[0], language="und"), offering(1, texts[2], language="und")])
    assert unsure.propose(["need-1"], DIRECTION)


def test_what_the_encoder_knows_besides_is_matched():
    matcher = fitted(
        [need(1, "sandning gångväg", language="de"), offering(1, "sandning gångväg", language="de")]
    )
    matcher.encoder.languages = frozenset({"de"})
    assert matcher.propose(["need-1"], DIRECTION)


def test_words_of_a_document_count_more_than_those_of_a_few_lines_from_both_sides():
    short, long = (
        drawn(NEED, 1, seed=1)[0],
        need("long", " ".join(drawn(NEED, 1, seed=1)[0].text.split() * 40)),
    )
    entries = [short, long, *drawn(OFFERING, 40, seed=3)]
    weights = replace(Recipe().weights_for(DIRECTION), target_share=0.5, neighbour=0.0)

    def scores(more, *, back=False):
        changed = replace(weights, long_wording=more)
        matcher = fitted(entries, recipe=replace(GENEROUS, weights=((None, weights), (DIRECTION, changed))))
        if back:
            rows = matcher.score_matrix(matcher.ids(OFFERING), NEED, direction=DIRECTION)
            return dict(zip(matcher.ids(NEED), rows.T, strict=True))
        return dict(zip((short.id, long.id), values(matcher, [short, long]), strict=True))

    plain, weighed, back = scores(0.0), scores(2.0), scores(2.0, back=True)
    assert weighed[short.id] == pytest.approx(plain[short.id], abs=1e-4)
    alike = np.argmax(plain[long.id])
    assert weighed[long.id][alike] > plain[long.id][alike] + 1
    for one in (short.id, long.id):
        # The base rate differs with the number of targets, for all pairs alike.
        assert np.ptp(back[one] - weighed[one]) == pytest.approx(0, abs=1e-3)
