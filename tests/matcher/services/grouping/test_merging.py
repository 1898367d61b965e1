import pytest
from sqlalchemy import select

from matcher.errors import Conflict, EntryNotFound, InvalidInput, MergeNotFound, NotAllowed, StaleVersion
from matcher.services import entries, erasure, merging
from matcher.services.actor import SYSTEM
from matcher.types import EntryKind, EntryStatus, NoticeKind
from models.database import translate_errors
from models.records import AuditEvent, Notice


def merge(world, *ids, by="coordinator", **options):
    with translate_errors(), world.sessions.begin() as session:
        return merging.merge(session, ids, actor=world.actors[by], **options)


def undo(world, merge_id, by="coordinator", **options):
    with translate_errors(), world.sessions.begin() as session:
        return merging.undo(session, merge_id, actor=world.actors[by], **options)


def group(world, entry_id, by="coordinator"):
    with world.reading() as session:
        return merging.group_of(session, entry_id, actor=world.actors[by])


def together(world, entry_id):
    return {entry.id for entry in group(world, entry_id).entries}


def merges(world, entry_id):
    with world.reading() as session:
        return merging.trace(session, entry_id, actor=SYSTEM)


def erase(world, entry_id):
    with world.sessions.begin() as session:
        erasure.erase(session, entry_id, actor=SYSTEM)


@pytest.fixture
def four(world):
    return [world.register(f"Halkigt på väg {n}", "neighbour" if n % 2 else "officer") for n in range(4)]


def test_one_entry_becomes_the_face_and_nothing_is_deleted(world, four):
    found = merge(world, *four[:3], face_id=four[1])
    assert found.face.id == four[1]
    assert found.entries[0].id == four[1]
    with world.reading() as session:
        views = entries.get_many(session, four, actor=SYSTEM)
    assert all(view.status is EntryStatus.PUBLISHED and view.text for view in views.values())
    assert together(world, four[3]) == {four[3]}


def test_without_a_choice_the_earliest_is_the_face(world, four):
    assert merge(world, four[2], four[0]).face.id == four[0]


def test_merging_a_merged_entry_joins_both_groups(world, four):
    merge(world, *four[:2])
    merge(world, *four[2:], face_id=four[3])
    found = merge(world, four[1], four[3], by="neighbour")
    assert {entry.id for entry in found.entries} == set(four)
    assert found.face.id == four[3]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0)])
def test_merges_can_be_undone_in_any_order(world, four, order):
    for pair in (four[:2], four[1:3], four[2:]):
        merge(world, *pair)
    made = merges(world, four[0])
    left = {0: {0, 1}, 1: {1, 2}, 2: {2, 3}}
    for number in order:
        undo(world, made[number].id)
        del left[number]
        for n, entry_id in enumerate(four):
            reached = {n}
            for _ in left:
                reached |= {m for pair in left.values() if pair & reached for m in pair}
            assert together(world, entry_id) == {four[m] for m in reached}


def test_the_trace_tells_every_merge_and_who_made_it(world, four):
    merge(world, *four[:2])
    merge(world, *four[1:3], by="neighbour")
    undo(world, merges(world, four[0])[0].id)
    trace = merges(world, four[2])
    assert [set(each.entry_ids) for each in trace] == [set(four[:2]), set(four[1:3])]
    assert [each.member_name for each in trace] == ["Coordinator", "Neighbour"]
    assert trace[0].undone_at is not None and trace[1].undone_at is None


def test_a_face_chosen_in_a_merge_goes_with_it(world, four):
    merge(world, *four[:2])
    merge(world, *four[1:3], face_id=four[2])
    assert group(world, four[0]).face.id == four[2]
    undo(world, merges(world, four[0])[1].id)
    assert group(world, four[0]).face.id == four[0]


def test_the_face_can_be_chosen_again(world, four):
    made = merge(world, *four[:3])
    with world.sessions.begin() as session:
        found = merging.choose_face(
            session, four[2], expected_version=made.version, actor=world.actors["coordinator"]
        )
    assert found.face.id == four[2]
    with pytest.raises(StaleVersion), world.sessions.begin() as session:
        merging.choose_face(
            session, four[1], expected_version=made.version, actor=world.actors["coordinator"]
        )
    with pytest.raises(Conflict), world.sessions.begin() as session:
        merging.choose_face(session, four[3], actor=world.actors["coordinator"])


def test_when_the_face_is_erased_another_one_can_be_chosen_and_undo_still_works(world, four):
    merge(world, *four[:3], face_id=four[1])
    erase(world, four[1])
    with world.sessions.begin() as session:
        assert merging.choose_face(session, four[2], actor=world.actors["coordinator"]).face.id == four[2]
    undo(world, merges(world, four[0])[0].id)
    assert together(world, four[0]) == {four[0]}
    assert together(world, four[2]) == {four[2]}


def test_undoing_a_further_merge_after_a_deletion_leaves_no_erased_face(world, four):
    merge(world, *four[:2], face_id=four[0])
    merge(world, *four[1:3])
    erase(world, four[0])
    undo(world, merges(world, four[1])[1].id)
    with world.reading() as session:
        assert merging.group_of(session, four[1], actor=SYSTEM).face.id == four[1]


def test_supporters_are_counted_once_and_stay_where_they_are(world, four):
    resident = world.actors["resident"]
    for entry_id in four[:2]:
        with world.sessions.begin() as session:
            merging.support(session, entry_id, actor=resident)
    before = [group(world, each).n_supporters for each in four[:2]]
    assert before == [2, 2]
    # The authors of both, and the resident once.
    assert merge(world, *four[:2]).n_supporters == 3
    undo(world, merges(world, four[0])[0].id)
    assert [group(world, each).n_supporters for each in four[:2]] == before


def test_supporting_twice_is_supporting_once_and_can_be_taken_back(world, four):
    resident = world.actors["resident"]
    for _ in range(2):
        with world.sessions.begin() as session:
            found = merging.support(session, four[0], actor=resident)
    assert (found.n_supporters, found.is_supported) == (2, True)
    for _ in range(2):
        with world.sessions.begin() as session:
            found = merging.withdraw_support(session, four[0], actor=resident)
    assert (found.n_supporters, found.is_supported) == (1, False)


def test_only_what_is_published_is_supported_and_only_by_members(world):
    draft = world.register("Utkast", status=EntryStatus.DRAFT)
    with pytest.raises(Conflict), world.sessions.begin() as session:
        merging.support(session, draft, actor=world.actors["officer"])
    with pytest.raises(EntryNotFound), world.sessions.begin() as session:
        merging.support(session, draft, actor=world.actors["resident"])
    with pytest.raises(NotAllowed), world.sessions.begin() as session:
        merging.support(session, draft, actor=SYSTEM)


def test_supporters_are_told(world, four):
    resident = world.actors["resident"]
    with world.sessions.begin() as session:
        merging.support(session, four[0], actor=resident)
    merge(world, *four[:2], face_id=four[1])
    undo(world, merges(world, four[0])[0].id)
    with world.reading() as session:
        told = session.scalars(
            select(Notice).where(Notice.member_id == resident.member_id).order_by(Notice.created_at)
        ).all()
    assert [notice.kind for notice in told] == [NoticeKind.MERGED, NoticeKind.UNMERGED]
    assert told[0].detail == {"face": four[1]}
    assert told[0].entry_id == four[0]


def test_everything_is_noted(world, four):
    merge(world, *four[:2])
    undo(world, merges(world, four[0])[0].id)
    with world.reading() as session:
        actions = session.scalars(select(AuditEvent.action).where(AuditEvent.action.like("merge.%"))).all()
    assert actions == ["merge.made", "merge.undone"]


def test_of_two_who_merge_at_once_the_second_is_told(world, four):
    merge(world, *four[:2], expected_versions={four[0]: 0, four[1]: 0})
    with pytest.raises(StaleVersion):
        merge(world, *four[1:3], by="neighbour", expected_versions={four[1]: 0, four[2]: 0})
    with pytest.raises(Conflict):
        merge(world, *four[:2], by="neighbour")
    assert together(world, four[0]) == set(four[:2])


def test_of_two_who_undo_at_once_the_second_is_told(world, four):
    merge(world, *four[:2])
    made = merges(world, four[0])[0]
    undo(world, made.id, expected_version=made.version)
    with pytest.raises(Conflict):
        undo(world, made.id, by="neighbour")


def test_two_transactions_at_once_lose_nothing(world, four):
    merge(world, *four[:2])
    made = merges(world, four[0])[0]
    with world.reading() as first:
        stale = merging.group_of(first, four[0], actor=SYSTEM)
    undo(world, made.id)
    with pytest.raises(StaleVersion):
        merge(world, *four[:2], expected_versions={four[0]: stale.version})


@pytest.mark.parametrize("by", ["partner", "stranger", "supplier"])
def test_who_has_no_part_in_it_may_not_merge(world, four, by):
    with pytest.raises(NotAllowed):
        merge(world, *four[:2], by=by)


def test_who_has_no_part_in_it_may_not_undo(world, four):
    merge(world, *four[:2])
    with pytest.raises(NotAllowed):
        undo(world, merges(world, four[0])[0].id, by="stranger")
    with pytest.raises(MergeNotFound):
        undo(world, "nothing")


def test_offerings_of_one_supplier_can_be_merged_by_it_but_not_those_of_two(world):
    own = [world.register(f"Vi sandar {n}", "supplier", kind=EntryKind.OFFERING) for n in range(2)]
    need = world.register("Det är halt")
    assert merge(world, *own, by="supplier").face.id == own[0]
    with pytest.raises(InvalidInput) as refused:
        merge(world, own[0], need)
    assert refused.value.field == "entries"
    municipal = world.register("Vi sandar också", "officer", kind=EntryKind.OFFERING)
    with pytest.raises(InvalidInput):
        merge(world, own[0], municipal)


def test_bad_input_is_refused_by_field(world, four):
    for ids, field in (([four[0]], "entries"), ([four[0], four[0]], "entries")):
        with pytest.raises(InvalidInput) as refused:
            merge(world, *ids)
        assert refused.value.field == field
    with pytest.raises(InvalidInput) as refused:
        merge(world, *four[:2], face_id=four[3])
    assert refused.value.field == "face"
    with pytest.raises(EntryNotFound):
        merge(world, four[0], "nothing")


def test_what_is_erased_is_not_merged(world, four):
    erase(world, four[0])
    with pytest.raises(Conflict), world.sessions.begin() as session:
        merging.merge(session, four[:2], actor=SYSTEM)


def test_drafts_of_others_are_counted_but_not_shown(world, four):
    hidden = world.register("Utkast", "officer", status=EntryStatus.DRAFT)
    merge(world, four[0], hidden)
    found = group(world, four[0], by="neighbour")
    assert [entry.id for entry in found.entries] == [four[0]]
    assert found.n_hidden == 1
