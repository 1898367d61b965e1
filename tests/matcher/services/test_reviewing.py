import pytest

from matcher.errors import Conflict, EntryNotFound, InvalidInput, NotAllowed, ProposalNotFound, StaleVersion
from matcher.services import entries, matching, review_queue, reviewing
from matcher.services.actor import SYSTEM, Actor
from matcher.services.reviewing import ProposalFilters
from matcher.types import Direction, EntryStatus, ProposalState, Role, VerdictKind
from models.records import Proposal, Verdict, VerdictReason
from tests.matcher.services.conftest import proposal as proposed

ACCEPT, REJECT, UNSURE, UNDO = VerdictKind.ACCEPT, VerdictKind.REJECT, VerdictKind.UNSURE, VerdictKind.UNDO


@pytest.fixture
def pair(town):
    return town.propose(town.need(), town.offering())


def judge(town, proposal, kind, *, by="officer", reason="därför", **options):
    return town.do(reviewing.give_verdict, proposal.id, kind, reason=reason, by=by, **options)


def run(town, *made, asked=()):
    """Save what a run proposes."""
    with town.sessions.begin() as session:
        return matching.save_proposals(session, made, asked=asked)


@pytest.mark.parametrize(
    ("given", "state"),
    [
        ([], ProposalState.OPEN),
        ([("officer", ACCEPT)], ProposalState.ACCEPTED),
        ([("officer", ACCEPT), ("coordinator", REJECT)], ProposalState.REJECTED),
        ([("officer", ACCEPT), ("coordinator", REJECT), ("coordinator", UNDO)], ProposalState.ACCEPTED),
        ([("officer", ACCEPT), ("coordinator", REJECT), ("officer", UNDO)], ProposalState.REJECTED),
        ([("officer", UNSURE), ("officer", ACCEPT), ("officer", UNDO)], ProposalState.UNSURE),
        (
            [("officer", UNSURE), ("officer", ACCEPT), ("officer", UNDO), ("officer", UNDO)],
            ProposalState.OPEN,
        ),
        ([("officer", REJECT), ("officer", UNDO), ("officer", ACCEPT)], ProposalState.ACCEPTED),
        ([("officer", ACCEPT), ("officer", UNDO), ("coordinator", UNSURE)], ProposalState.UNSURE),
    ],
)
def test_the_state_is_the_latest_verdict_that_was_not_taken_back(town, pair, given, state):
    for person, kind in given:
        judge(town, pair, kind, by=person)
    assert town.do(reviewing.get_proposal, pair.id, by="officer").state is state
    kept = town.do(reviewing.list_verdicts, pair.id, by="officer")
    assert [(each.member_id, each.kind) for each in kept] == [
        (town[person].member_id, kind) for person, kind in given
    ]
    assert [row.number for row in sorted(town.rows(Verdict), key=lambda row: row.number)] == list(
        range(1, len(given) + 1)
    )


def test_nobody_takes_back_what_another_decided(town, pair):
    judge(town, pair, ACCEPT, by="officer")
    with pytest.raises(Conflict, match="no decision of yours"):
        judge(town, pair, UNDO, by="coordinator")
    judge(town, pair, UNDO, by="officer")
    with pytest.raises(Conflict):
        judge(town, pair, UNDO, by="officer")
    assert len(town.rows(Verdict)) == 2


@pytest.mark.parametrize("reason", ["", "  \n "])
def test_a_rejection_needs_a_reason(town, pair, reason):
    with pytest.raises(InvalidInput) as caught:
        judge(town, pair, REJECT, reason=reason)
    assert caught.value.field == "reason"
    assert town.rows(Verdict) == []
    for kind in (ACCEPT, UNSURE, UNDO):
        judge(town, pair, kind, reason=reason)
    assert town.rows(VerdictReason) == []


def test_a_reason_is_kept_with_its_verdict_and_not_too_long(town, pair):
    judge(town, pair, REJECT, reason="  fel ort \n")
    assert [each.reason for each in town.do(reviewing.list_verdicts, pair.id)] == ["fel ort"]
    with pytest.raises(InvalidInput, match="longer than"):
        judge(town, pair, REJECT, reason="x" * 2001)


def test_every_verdict_is_in_the_log_without_its_reason(town, pair):
    judge(town, pair, REJECT, reason="Anna vill inte")
    (event,) = town.audit(pair.id)
    assert (event.action, event.member_id) == ("proposal.judged", town["officer"].member_id)
    assert event.detail == {"kind": "reject", "state": "rejected"}


@pytest.mark.parametrize(
    ("person", "may"),
    [
        ("officer", True),
        ("coordinator", True),
        ("administrator", False),
        ("partner", False),
        ("supplier", False),
    ],
)
def test_officers_and_coordinators_of_the_needs_organisation_judge(town, pair, person, may):
    view = town.do(reviewing.get_proposal, pair.id, by=person)
    assert town.do(reviewing.may_judge, view, by=person) is may
    if may:
        assert judge(town, pair, ACCEPT, by=person).state is ProposalState.ACCEPTED
        return
    with pytest.raises(NotAllowed):
        judge(town, pair, ACCEPT, by=person)
    assert town.rows(Verdict) == []


def test_a_proposal_between_others_is_seen_by_neither_staff_nor_suppliers_of_third_parties(town, pair):
    for service in (reviewing.get_proposal, reviewing.list_verdicts):
        with pytest.raises(ProposalNotFound):
            town.do(service, pair.id, by="neighbour")
    with pytest.raises(ProposalNotFound):
        judge(town, pair, ACCEPT, by="neighbour")
    assert town.do(reviewing.list_proposals, by="neighbour").items == []
    with pytest.raises(ProposalNotFound):
        town.do(reviewing.get_proposal, pair.id, by=Actor("x", None, frozenset()))


def test_similar_entries_are_judged_by_either_side(town):
    ours, theirs = town.need(), town.need("Halt på gångvägen hos oss med.", by="neighbour")
    alike = town.propose(ours, theirs, direction=Direction.SIMILAR)
    for person in ("officer", "neighbour"):
        judge(town, alike, ACCEPT, by=person)
    assert len(town.rows(Verdict)) == 2


def test_what_belongs_to_nobody_is_judged_by_any_public_buyer(town):
    notice = town.need("Snöröjning upphandlas.", by=SYSTEM)
    pair = town.propose(notice, town.offering())
    judge(town, pair, ACCEPT, by="neighbour")
    judge(town, pair, ACCEPT, by="officer")
    with pytest.raises(NotAllowed):
        judge(town, pair, ACCEPT, by="supplier")
    seller = Actor(town["supplier"].member_id, town["supplier"].organisation_id, frozenset({Role.OFFICER}))
    with pytest.raises(NotAllowed):
        judge(town, pair, ACCEPT, by=seller)


def test_nobody_judges_what_it_has_not_seen_in_its_present_form(town, pair):
    judge(town, pair, ACCEPT, by="coordinator", expected_version=pair.version)
    with pytest.raises(StaleVersion) as caught:
        judge(town, pair, REJECT, expected_version=pair.version)
    assert (caught.value.expected, caught.value.actual) == (1, 2)
    again = judge(town, pair, ACCEPT, by="officer", expected_version=2)
    assert again.version == 3


def test_what_is_no_longer_proposed_becomes_stale_but_what_was_judged_stays(town):
    need = town.need()
    kept, judged, dropped = (town.offering(f"Vi sandar, nummer {number}.") for number in range(3))
    pairs = [town.propose(need, target) for target in (kept, judged, dropped)]
    judge(town, pairs[1], ACCEPT)
    saved = run(town, proposed(need, kept), asked=[(need.id, Direction.NEED_TO_OFFERING)])
    assert (saved.created, saved.updated, saved.unchanged, saved.stale) == (0, 0, 1, 2)
    states = {row.target_id: (row.state, row.is_current) for row in town.rows(Proposal)}
    assert states == {
        kept.id: (ProposalState.OPEN, True),
        judged.id: (ProposalState.ACCEPTED, False),
        dropped.id: (ProposalState.STALE, False),
    }
    listed = town.do(reviewing.list_proposals, by="officer").items
    assert {each.target.id for each in listed} == {kept.id, judged.id}
    stale = town.do(
        reviewing.list_proposals, by="officer", filters=ProposalFilters(state=ProposalState.STALE)
    )
    assert [each.target.id for each in stale.items] == [dropped.id]


def test_a_verdict_that_is_taken_back_leaves_stale_what_is_no_longer_proposed(town, pair):
    judge(town, pair, ACCEPT)
    run(town, asked=[(pair.query.id, Direction.NEED_TO_OFFERING)])
    assert judge(town, pair, UNDO).state is ProposalState.STALE


def test_what_is_proposed_again_is_open_again_and_a_verdict_stands(town, pair):
    asked = [(pair.query.id, Direction.NEED_TO_OFFERING)]
    run(town, asked=asked)
    again = proposed(pair.query, pair.target, value=0.9)
    assert run(town, again, asked=asked).updated == 1
    view = town.do(reviewing.get_proposal, pair.id)
    assert (view.state, view.score.value) == (ProposalState.OPEN, 0.9)
    judge(town, pair, REJECT)
    assert run(town, again, asked=asked).unchanged == 1
    run(town, asked=asked)
    run(town, proposed(pair.query, pair.target, value=0.7), asked=asked)
    assert town.do(reviewing.get_proposal, pair.id).state is ProposalState.REJECTED


def test_other_directions_and_queries_are_left_alone(town):
    need, other = town.need(), town.need("Mörkt på gångvägen.")
    offering = town.offering()
    town.propose(need, offering)
    town.propose(need, other, direction=Direction.SIMILAR)
    town.propose(other, offering)
    run(town, asked=[(need.id, Direction.NEED_TO_OFFERING)])
    current = {(row.query_id, row.direction) for row in town.rows(Proposal) if row.is_current}
    assert current == {(need.id, Direction.SIMILAR), (other.id, Direction.NEED_TO_OFFERING)}


def test_a_withdrawn_entry_leaves_its_open_proposals_stale(town, pair):
    other = town.propose(town.need("Mörkt."), pair.target)
    judge(town, other, ACCEPT)
    town.do(entries.withdraw, pair.target.id, expected_version=pair.target.version, by="supplier")
    states = {row.id: row.state for row in town.rows(Proposal)}
    assert states == {pair.id: ProposalState.STALE, other.id: ProposalState.ACCEPTED}
    # Staff of the need no longer see the pair: the offering is its supplier's alone.
    assert town.do(reviewing.list_proposals, by="officer").items == []


def test_drafts_of_others_are_never_proposed_to_anybody(town):
    draft = town.offering(status=EntryStatus.DRAFT)
    need = town.need()
    assert run(town, proposed(need, draft)).created == 0
    assert town.rows(Proposal) == []


def test_the_best_come_first_and_pages_skip_and_repeat_nothing(town):
    need = town.need()
    values = [0.9, 0.5, 0.5, 0.7, 0.5, 0.1, 0.3]
    run(town, *(proposed(need, town.offering(f"Nummer {at}."), value=each) for at, each in enumerate(values)))
    found, after = [], None
    while True:
        page = town.do(reviewing.list_proposals, by="officer", limit=2, after=after)
        found += page.items
        if (after := page.next_after) is None:
            break
    assert [each.score.value for each in found] == sorted(values, reverse=True)
    assert len({each.id for each in found}) == len(values)
    with pytest.raises(InvalidInput, match="cursor"):
        town.do(reviewing.list_proposals, by="officer", after=["x", 1, 2])


def test_proposals_can_be_narrowed(town, pair):
    theirs = town.propose(town.need("Mörkt.", by="neighbour"), pair.target, value=0.3)

    def found(**filters):
        page = town.do(reviewing.list_proposals, filters=ProposalFilters(**filters))
        return {each.id for each in page.items}

    judge(town, pair, ACCEPT)
    assert found() == {pair.id, theirs.id}
    assert found(state=ProposalState.ACCEPTED) == {pair.id}
    assert found(min_score=0.5) == {pair.id}
    assert found(organisation_id=town.organisations["Grannköping"]) == {theirs.id}
    assert found(organisation_id=town.organisations["Isfritt AB"]) == {pair.id, theirs.id}
    assert found(entry_id=pair.target.id) == {pair.id, theirs.id}
    assert found(query_id=pair.query.id) == {pair.id}
    assert found(direction=Direction.SIMILAR) == set()


def test_proposals_of_an_entry_are_those_that_the_viewer_sees(town, pair):
    theirs = town.propose(town.need("Mörkt.", by="neighbour"), pair.target)
    assert {each.id for each in town.do(reviewing.proposals_of, pair.target.id, by="officer")} == {pair.id}
    found = town.do(reviewing.proposals_of, pair.target.id, by="supplier")
    assert {each.id for each in found} == {pair.id, theirs.id}
    with pytest.raises(EntryNotFound):
        town.do(reviewing.proposals_of, "none", by="officer")


def test_states_are_counted_as_the_viewer_sees_them(town, pair):
    town.propose(town.need("Mörkt."), pair.target)
    judge(town, pair, ACCEPT)
    counts = town.do(reviewing.count_by_state, by="officer")
    assert counts == {**dict.fromkeys(ProposalState, 0), ProposalState.OPEN: 1, ProposalState.ACCEPTED: 1}
    assert sum(town.do(reviewing.count_by_state, by="neighbour").values()) == 0


def test_the_queue_holds_what_waits_and_what_was_judged_leaves_it(town, pair):
    second = town.propose(town.need("Mörkt."), pair.target, value=0.9)
    queue = town.do(review_queue.list_queue, by="officer").items
    assert [item.entry.id for item in queue] == [second.query.id, pair.query.id]
    judge(town, second, REJECT)
    assert [item.entry.id for item in town.do(review_queue.list_queue, by="officer").items] == [pair.query.id]
    assert town.do(review_queue.list_queue, by="neighbour").items == []
    with pytest.raises(NotAllowed):
        town.do(review_queue.list_queue, by="supplier")


def test_reasons_come_back_as_the_engine_gave_them(town, pair):
    (reason,) = pair.score.reasons
    assert (reason.kind.value, reason.contribution, reason.detail) == (
        "shared_terms",
        1.0,
        {"terms": ["halt"]},
    )
    assert (pair.score.value, pair.score.base, pair.recipe_digest) == (0.8, 0.1, "recipe")
