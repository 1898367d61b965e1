from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from matcher.errors import Conflict, EntryNotFound, InvalidInput, JointNeedNotFound, NotAllowed, StaleVersion
from matcher.live import LiveMatcher
from matcher.procurement.thresholds import Rule, Standing
from matcher.services import entries, joint_candidates, joint_need_search, joint_needs, merging, notices
from matcher.services.actor import SYSTEM
from matcher.settings import Settings
from matcher.types import EntryKind, EntryStatus, JointNeedState, NoticeKind, TimeWindow
from models.records import Entry, Notice
from tests.matcher.services.grouping.world import TopicEncoder

TODAY = date(2025, 3, 1)


@pytest.fixture
def shared(world):
    """Two municipalities near each other need one thing, a third one far away, too."""
    world.encoder = TopicEncoder(spread=0.3)
    near = [
        world.register("Halka på gångvägar. Vi vill ha sand.", "officer", municipality="2581"),
        world.register("Halka vid torget varje vinter", "neighbour", municipality="2580"),
    ]
    far = world.register("Halka även här i söder", "stranger", municipality="1280")
    for n in range(12):
        world.register(f"Ämne{n} för sig", "officer", municipality="2581")
    return [*near, far]


def search(world, by="coordinator", today=TODAY):
    with world.sessions.begin() as session:
        return joint_need_search.refresh(session, world.encoder, today=today, actor=world.actors[by])


def listed(world, by="officer", **options):
    with world.reading() as session:
        return joint_needs.list_joint_needs(session, actor=world.actors[by], **options).items


def decide(world, function, *arguments, by="officer", **options):
    with world.sessions.begin() as session:
        return function(session, *arguments, actor=world.actors[by], **options)


def needs_of(view):
    return {member.entry_id for member in view.members}


def test_needs_of_two_municipalities_near_each_other_are_proposed(world, shared):
    assert search(world).n_new == 1
    (found,) = listed(world)
    assert needs_of(found) == set(shared[:2])
    assert (found.state, found.reach) == (JointNeedState.PROPOSED, "county")
    assert {member.organisation_name for member in found.members} == {"Exempelstad", "Grannköping"}


def test_a_need_that_tells_no_place_is_where_its_organisation_is(world):
    world.encoder = TopicEncoder(spread=0.3)
    own = world.register("Halka på gångvägar", "officer")
    theirs = world.register("Halka vid torget varje vinter", "neighbour")
    for n in range(12):
        world.register(f"Ämne{n} för sig", "officer")
    search(world)
    (found,) = listed(world)
    assert {own, theirs} <= needs_of(found)
    assert found.reach == "county"


def test_far_away_needs_come_in_where_an_offering_goes_to_all(world, shared):
    offering = world.register("Halka löser vi i hela landet", "supplier", kind=EntryKind.OFFERING)
    search(world)
    (found,) = listed(world)
    assert needs_of(found) == set(shared)
    assert found.reach == "delivered"
    assert [fit.entry.id for fit in found.offerings] == [offering]
    assert found.offerings[0].reaches_all
    assert all("nearby_supplier" in member.sacrifices for member in found.members)


def test_an_offering_for_one_region_does_not_bring_them_together(world, shared):
    world.register("Halka löser vi i norr", "supplier", kind=EntryKind.OFFERING, regions=("SE33",))
    search(world)
    (found,) = listed(world)
    assert needs_of(found) == set(shared[:2])


def test_searching_again_changes_nothing_and_keeps_ids(world, shared):
    search(world)
    before = listed(world)
    saved = search(world)
    assert (saved.n_new, saved.n_stale) == (0, 0)
    assert [view.id for view in listed(world)] == [view.id for view in before]


def test_needs_that_were_merged_are_proposed_together_though_their_face_is_no_buyers(world):
    world.encoder = TopicEncoder(spread=0.3)
    ours = world.register("Halka på gångvägar", "officer", municipality="2581")
    theirs = world.register("Torget fryser till", "neighbour", municipality="2580")
    face = world.register("Halka och frusna torg", "supplier", kind=EntryKind.IDEA)
    for n in range(12):
        world.register(f"Ämne{n} för sig", "officer", municipality="2581")
    with world.sessions.begin() as session:
        merging.merge(session, [ours, theirs, face], face_id=face, actor=SYSTEM)
    search(world)
    assert [needs_of(view) for view in listed(world)] == [{ours, theirs}]


def test_what_is_dismissed_is_not_proposed_again(world, shared):
    search(world)
    (found,) = listed(world)
    decide(world, joint_needs.dismiss, found.id)
    world.register("Halka ännu en gång", "neighbour", municipality="2580")
    assert search(world).n_found == 0
    assert [view.state for view in listed(world)] == [JointNeedState.DISMISSED]
    assert decide(world, joint_needs.reopen, found.id).state is JointNeedState.PROPOSED


def test_what_is_accepted_stays_as_it_is(world, shared):
    search(world)
    (found,) = listed(world)
    accepted = decide(world, joint_needs.accept, found.id, expected_version=found.version)
    search(world)
    (again,) = listed(world)
    assert (again.id, again.state, again.version) == (found.id, JointNeedState.ACCEPTED, accepted.version)


def test_what_is_accepted_is_not_proposed_again_though_many_needs_were_taken_in(world, shared):
    search(world)
    (found,) = listed(world)
    for n in range(5):
        other = world.register(f"Eget{n} helt och hållet", "stranger", municipality="1280")
        decide(world, joint_needs.take_in, found.id, other)
    decide(world, joint_needs.accept, found.id)
    assert search(world).n_found == 0
    assert [view.id for view in listed(world)] == [found.id]


def test_a_dropped_need_stays_dropped(world, shared):
    more = world.register("Halka hos oss också", "neighbour", municipality="2580")
    search(world)
    (found,) = listed(world)
    assert more in needs_of(found)
    view = decide(world, joint_needs.drop_member, found.id, more)
    assert {member.entry_id for member in view.members if member.is_dropped} == {more}
    search(world)
    (again,) = listed(world)
    assert {member.entry_id for member in again.members if member.is_dropped} == {more}
    restored = decide(world, joint_needs.take_in, found.id, more)
    assert not any(member.is_dropped for member in restored.members)


def test_a_need_that_was_taken_in_stays_in_and_its_officers_are_told(world, shared):
    search(world)
    (found,) = listed(world)
    more = world.register("Skolmaten är kall", "stranger", municipality="1280")
    officer = world.actors["stranger"]
    with world.reading() as session:
        assert notices.list_notices(session, actor=officer).items == []
    view = decide(world, joint_needs.take_in, found.id, more, expected_version=found.version)
    assert view.members[-1].entry_id == more
    with world.reading() as session:
        (told,) = notices.list_notices(session, actor=officer).items
    assert (told.notice.kind, told.path) == (NoticeKind.JOINT_NEED, f"/joint-needs/{found.id}")
    search(world)
    (again,) = listed(world)
    assert [member.entry_id for member in again.members][-1] == more
    with pytest.raises(Conflict, match="already"):
        decide(world, joint_needs.take_in, found.id, more)
    # Of those that it is now about, each may decide.
    assert decide(world, joint_needs.drop_member, found.id, more, by="stranger").id == found.id


def test_who_takes_a_need_of_their_own_in_is_not_told_of_it(world, shared):
    found = decide(world, joint_needs.create, shared[:2])
    own = world.register("Skolmaten är kall", "officer", municipality="2581")
    decide(world, joint_needs.take_in, found.id, own)
    with world.reading() as session:
        assert notices.list_notices(session, actor=world.actors["officer"]).items == []


def test_a_need_that_was_left_out_and_taken_in_again_stays_in_though_it_is_found_no_more(world, shared):
    more = world.register("Halka hos oss också", "neighbour", municipality="2580")
    search(world)
    (found,) = listed(world)
    decide(world, joint_needs.drop_member, found.id, more)
    decide(world, joint_needs.take_in, found.id, more)
    with world.sessions.begin() as session:
        session.get_one(Entry, more).text = "Skolmaten är kall"
    search(world)
    (again,) = [view for view in listed(world) if view.id == found.id]
    assert more in needs_of(again)


@pytest.mark.parametrize(
    ("by", "more"),
    [
        ("supplier", {}),
        ("supplier", {"kind": EntryKind.OFFERING}),
        ("officer", {"status": EntryStatus.DRAFT}),
    ],
)
def test_only_published_needs_of_buyers_are_taken_in(world, shared, by, more):
    search(world)
    (found,) = listed(world)
    other = world.register("Något annat", by, **more)
    with pytest.raises(InvalidInput):
        decide(world, joint_needs.take_in, found.id, other)
    with pytest.raises(EntryNotFound):
        decide(world, joint_needs.take_in, found.id, "nothing")


def test_what_may_belong_is_what_is_most_like_all_and_was_not_left_out(world, shared, tmp_path):
    world.encoder = TopicEncoder(spread=0.3)
    live = LiveMatcher(world.sessions, Settings(_env_file=None, data_dir=tmp_path), encoder=world.encoder)
    search(world)
    (found,) = listed(world)
    near = [world.register(f"Halka som kom senare {n}", "officer", municipality="2581") for n in range(2)]
    world.register("Halka hos leverantören", "supplier")
    for n in range(10):
        world.register(f"Ämne{n} för sig", "neighbour")

    def shown(limit=3):
        with world.reading() as session:
            actor = world.actors["officer"]
            return [
                each.entry.id
                for each in joint_candidates.may_belong(session, live, found.id, limit=limit, actor=actor)
            ]

    assert set(shown()) == {*near, shared[2]} - {member.entry_id for member in found.members}
    decide(world, joint_needs.take_in, found.id, near[0])
    decide(world, joint_needs.drop_member, found.id, near[0])
    assert near[1] in shown()
    members = {member.entry_id for member in found.members}
    assert len(shown(1)) == 1
    assert not set(shown(20)) & {*members, near[0]}


def test_needs_of_two_organisations_must_remain(world, shared):
    search(world)
    (found,) = listed(world)
    with pytest.raises(Conflict):
        decide(world, joint_needs.drop_member, found.id, shared[0])
    with pytest.raises(InvalidInput):
        decide(world, joint_needs.drop_member, found.id, "nothing")
    with pytest.raises(Conflict):
        decide(world, joint_needs.take_in, found.id, shared[0])


def test_what_is_needed_no_more_becomes_stale_and_comes_back(world, shared):
    search(world)
    with world.sessions.begin() as session:
        version = entries.get(session, shared[1], actor=SYSTEM).version
        entries.withdraw(session, shared[1], expected_version=version, actor=SYSTEM)
    assert search(world).n_stale == 1
    assert listed(world) == []
    with world.sessions.begin() as session:
        version = entries.get(session, shared[1], actor=SYSTEM).version
        entries.publish(session, shared[1], expected_version=version, actor=SYSTEM)
    search(world)
    assert [needs_of(view) for view in listed(world)] == [set(shared[:2])]


def test_windows_and_sacrifices_are_told(world):
    world.encoder = TopicEncoder(spread=0.3)
    early = TimeWindow(starts_on=date(2025, 4, 1), ends_on=date(2025, 12, 31))
    late = TimeWindow(starts_on=date(2025, 6, 1), ends_on=date(2026, 6, 30))
    world.register("Halka ett", "officer", municipality="2581", window=early)
    world.register("Halka två", "neighbour", municipality="2580", window=late)
    for n in range(10):
        world.register(f"Ämne{n} för sig", "officer")
    search(world)
    (found,) = listed(world)
    assert found.window == TimeWindow(starts_on=date(2025, 6, 1), ends_on=date(2025, 12, 31))
    told = {member.organisation_name: member.sacrifices for member in found.members}
    assert told == {"Exempelstad": ("wait",), "Grannköping": ("hurry",)}
    far = world.register("Annat", "stranger", municipality="1280", window=early)
    taken = decide(world, joint_needs.take_in, found.id, far)
    assert taken.members[-1].sacrifices == ("wait",)
    by_hand = decide(world, joint_needs.create, [member.entry_id for member in found.members])
    assert {m.organisation_name: m.sacrifices for m in by_hand.members} == told


def test_the_sum_is_told_against_the_thresholds_with_what_is_not_known(world):
    world.encoder = TopicEncoder(spread=0.3)
    worth = {"estimated_value": Decimal(400_000), "currency": "SEK"}
    world.register("Halka ett", "officer", municipality="2581", **worth)
    world.register("Halka två", "neighbour", municipality="2580", **worth)
    world.register("Halka tre", "neighbour", municipality="2580")
    for n in range(10):
        world.register(f"Ämne{n} för sig", "officer")
    search(world)
    (found,) = listed(world)
    with world.reading() as session:
        (told,) = joint_needs.assessed(session, found, today=TODAY)
        (later,) = joint_needs.assessed(session, found, today=date(2026, 3, 1))
    assert (told.n_known, told.n_unknown, told.value) == (2, 1, Decimal(1_200_000))
    assert told.low < told.value < told.high
    standing = {each.rule: each.standing for each in told.assessments}
    assert standing == {Rule.ADVERTISING: Standing.BELOW, Rule.DIRECT_AWARD: Standing.AT_OR_ABOVE}
    assert {each.rule: each.standing for each in later.assessments}[Rule.ADVERTISING] is Standing.UNKNOWN
    assert told.hints
    assert all("direct_award" in m.sacrifices for m in found.members if m.entry.estimated_value)


def test_what_only_one_of_them_asks_for_is_pointed_at(world):
    world.encoder = TopicEncoder(spread=0.3)
    world.register("Halka på alla gångvägar i stan. Fiolen ska stämmas.", "officer", municipality="2581")
    world.register("Halka på alla gångvägar i byn. Halka hela vintern.", "neighbour", municipality="2580")
    for n in range(10):
        world.register(f"Ämne{n} för sig", "officer")
    search(world)
    (found,) = listed(world)
    own = next(member for member in found.members if member.organisation_name == "Exempelstad")
    start, end = own.own_wish
    assert own.entry.as_entry().whole_text[start:end] == "Fiolen ska stämmas."
    assert "own_wishes" in own.sacrifices


def test_needs_can_be_put_together_by_hand(world, shared):
    view = decide(world, joint_needs.create, [shared[0], shared[2]])
    assert (view.state, needs_of(view)) == (JointNeedState.ACCEPTED, {shared[0], shared[2]})
    assert listed(world, by="stranger")[0].id == view.id
    with world.reading() as session:
        (told,) = notices.list_notices(session, actor=world.actors["stranger"]).items
        assert told.path == f"/joint-needs/{view.id}"
        assert notices.list_notices(session, actor=world.actors["officer"]).items == []
    offering = world.register("Halka", "supplier", kind=EntryKind.OFFERING)
    draft = world.register("Halka", "neighbour", status=EntryStatus.DRAFT)
    own = world.register("Halka igen", "officer")
    for ids in ([shared[0]], [shared[0], own], [shared[0], offering]):
        with pytest.raises(InvalidInput):
            decide(world, joint_needs.create, ids)
    with pytest.raises(EntryNotFound):
        decide(world, joint_needs.create, [shared[0], draft])
    with pytest.raises(NotAllowed):
        decide(world, joint_needs.create, shared[1:])


def test_the_same_needs_are_put_together_once_unless_that_was_dismissed(world, shared):
    first = decide(world, joint_needs.create, shared[:2])
    with pytest.raises(Conflict, match="already"):
        decide(world, joint_needs.create, list(reversed(shared[:2])))
    assert decide(world, joint_needs.create, shared).id != first.id
    decide(world, joint_needs.dismiss, first.id)
    assert decide(world, joint_needs.create, shared[:2]).state is JointNeedState.ACCEPTED


def test_needs_that_no_day_suits_are_put_together_without_one(world, shared):
    early = TimeWindow(starts_on=date(2025, 4, 1), ends_on=date(2025, 5, 31))
    late = TimeWindow(starts_on=date(2026, 1, 1), ends_on=date(2026, 6, 30))
    ids = [world.register("Sand", "officer", window=early), world.register("Grus", "neighbour", window=late)]
    assert decide(world, joint_needs.create, ids).window == TimeWindow()


def test_suppliers_entries_are_no_joint_need(world, shared):
    world.register("Halka stör våra leveranser", "supplier", municipality="2581")
    search(world)
    (found,) = listed(world)
    assert needs_of(found) == set(shared[:2])


def test_officers_are_told_about_what_is_new(world, shared, monkeypatch):
    monkeypatch.setattr(joint_need_search, "TELLING", 0.0)
    search(world)
    search(world)
    with world.reading() as session:
        told = session.scalars(select(Notice).where(Notice.kind == NoticeKind.JOINT_NEED)).all()
    assert {notice.member_id for notice in told} == {
        world.actors[n].member_id for n in ("officer", "neighbour")
    }
    assert len(told) == 2


def test_others_see_nothing_and_decide_nothing(world, shared):
    search(world)
    (found,) = listed(world)
    assert listed(world, by="stranger") == []
    with pytest.raises(JointNeedNotFound):
        decide(world, joint_needs.accept, found.id, by="stranger")
    with pytest.raises(NotAllowed):
        decide(world, joint_needs.accept, found.id, by="partner")
    with pytest.raises(NotAllowed):
        search(world, by="partner")


def test_of_two_who_decide_at_once_the_second_is_told(world, shared):
    search(world)
    (found,) = listed(world)
    decide(world, joint_needs.accept, found.id, expected_version=found.version)
    with pytest.raises(StaleVersion):
        decide(world, joint_needs.dismiss, found.id, expected_version=found.version, by="neighbour")
    with pytest.raises(Conflict):
        decide(world, joint_needs.accept, found.id)


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_needs_are_no_error(world, n):
    for _ in range(n):
        world.register("Ensam", municipality="2581")
    assert search(world).n_found == 0


def test_an_officer_sees_whose_needs_are_most_like_an_own_one(world, shared, tmp_path):
    live = LiveMatcher(world.sessions, Settings(_env_file=None, data_dir=tmp_path), encoder=world.encoder)
    own = world.register("Halka igen hos oss", "officer")
    supplier = world.register("Halka hos leverantören", "supplier")
    officer = world.actors["officer"]
    with world.reading() as session:
        found = joint_candidates.candidates(session, live, shared[0], actor=officer)
        assert len(joint_candidates.candidates(session, live, shared[0], limit=1, actor=officer)) == 1
    assert {each.entry.id for each in found} == set(shared[1:])
    assert found[0].likeness >= found[1].likeness
    assert own not in {each.entry.id for each in found} and supplier not in {each.entry.id for each in found}
    offering = world.register("Halka", "supplier", kind=EntryKind.OFFERING)
    with pytest.raises(InvalidInput), world.reading() as session:
        joint_candidates.candidates(session, live, offering, actor=officer)
    with pytest.raises(EntryNotFound), world.reading() as session:
        joint_candidates.candidates(session, live, "nothing", actor=officer)


def test_what_was_put_together_by_hand_outlasts_a_search_though_its_decision_was_taken_back(world, shared):
    own = world.register("Skolmaten är kall", "officer", municipality="2581")
    view = decide(world, joint_needs.create, [own, shared[2]])
    decide(world, joint_needs.reopen, view.id)
    search(world)
    again = next(each for each in listed(world) if each.id == view.id)
    assert (again.state, needs_of(again)) == (JointNeedState.PROPOSED, {own, shared[2]})
