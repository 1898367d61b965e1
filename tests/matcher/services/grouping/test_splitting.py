import pytest
from sqlalchemy import select

from matcher.errors import Conflict, InvalidInput, NotAllowed, SplitNotFound, StaleVersion
from matcher.services import entries, erasure, merging, splitting
from matcher.services.actor import SYSTEM
from matcher.services.splitting import SplitPartDraft
from matcher.types import EntryStatus
from models.records import Notice

PARTS = (
    SplitPartDraft(text="Det är halt på gångvägen."),
    SplitPartDraft(text="Bussen kommer inte.", title="Bussen"),
)


def split(world, entry_id, parts=PARTS, by="officer", version=None):
    with world.sessions.begin() as session:
        expected = world.version(entry_id) if version is None else version
        return splitting.split(session, entry_id, parts, expected_version=expected, actor=world.actors[by])


def undo(world, split_id, by="officer"):
    with world.sessions.begin() as session:
        return splitting.undo_split(session, split_id, actor=world.actors[by])


def views(world, *ids):
    with world.reading() as session:
        return entries.get_many(session, ids, actor=SYSTEM)


@pytest.fixture
def both(world):
    return world.register("Det är halt, och bussen kommer inte.", municipality="2581", tags=("väg",))


def test_an_entry_of_two_needs_becomes_two_entries(world, both):
    made = split(world, both)
    found = views(world, both, *made.part_ids)
    assert found[both].status is EntryStatus.WITHDRAWN
    parts = [found[each] for each in made.part_ids]
    assert {part.text for part in parts} == {part.text for part in PARTS}
    assert all(part.status is EntryStatus.PUBLISHED for part in parts)
    assert all((part.municipality, part.tags) == ("2581", ("väg",)) for part in parts)


def test_a_split_can_be_undone(world, both):
    made = split(world, both)
    assert undo(world, made.id).undone_at is not None
    found = views(world, both, *made.part_ids)
    assert found[both].status is EntryStatus.PUBLISHED
    assert all(found[each].status is EntryStatus.WITHDRAWN for each in made.part_ids)
    with pytest.raises(Conflict):
        undo(world, made.id)


def test_a_part_can_be_merged_and_parted_again(world, both):
    other = world.register("Halkigt här också")
    made = split(world, both)
    with world.sessions.begin() as session:
        merging.merge(session, [made.part_ids[0], other], actor=world.actors["coordinator"])
    again = split(world, made.part_ids[1])
    with world.reading() as session:
        found = splitting.list_splits(session, made.part_ids[1], actor=SYSTEM)
    assert [each.id for each in found] == [made.id, again.id]


def test_an_erased_part_is_left_alone_and_an_erased_original_does_not_come_back(world, both):
    made = split(world, both)
    with world.sessions.begin() as session:
        erasure.erase(session, made.part_ids[0], actor=SYSTEM)
    undo(world, made.id)
    assert views(world, made.part_ids[0])[made.part_ids[0]].status is EntryStatus.ERASED
    again = split(world, both)
    with world.sessions.begin() as session:
        erasure.erase(session, both, actor=SYSTEM)
    with pytest.raises(Conflict), world.sessions.begin() as session:
        splitting.undo_split(session, again.id, actor=SYSTEM)


def test_supporters_are_told_and_stay(world, both):
    resident = world.actors["resident"]
    with world.sessions.begin() as session:
        merging.support(session, both, actor=resident)
    split(world, both)
    with world.reading() as session:
        told = session.scalars(select(Notice).where(Notice.member_id == resident.member_id)).all()
    assert [notice.entry_id for notice in told] == [both]


def test_bad_parts_are_refused(world, both):
    for parts in (PARTS[:1], PARTS * 6, (PARTS[0], SplitPartDraft(text=" "))):
        with pytest.raises(InvalidInput):
            split(world, both, parts)
    assert views(world, both)[both].status is EntryStatus.PUBLISHED


def test_who_may_not_or_comes_late_is_told(world, both):
    with pytest.raises(NotAllowed):
        split(world, both, by="neighbour")
    with pytest.raises(StaleVersion):
        split(world, both, version=99)
    split(world, both)
    with pytest.raises(Conflict):
        split(world, both)
    with pytest.raises(SplitNotFound):
        undo(world, "nothing")
