import pytest
from sqlalchemy import select

from matcher.errors import Conflict, DuplicateNotFound, InvalidInput, NotAllowed, StaleVersion
from matcher.services import duplicate_search, duplicates, entries, erasure, merging
from matcher.services.actor import SYSTEM
from matcher.services.duplicates import DuplicateFilters
from matcher.types import DuplicateAnswer, DuplicateState, EntryKind, NoticeKind
from models.records import DuplicateReason, Notice

ICE = "Halkiga gångvägar vid äldreboendet. Våra äldre vågar inte gå ut när det är is på vägen."
ICE_AGAIN = "Halkiga gångvägar vid äldreboendet. De äldre vågar inte gå ut när det är is på vägen."
ICE_MORE = "Halkiga gångvägar vid äldreboendet. Äldre vågar inte gå ut, när det är is på vägen!"
OTHERS = (
    "Barnen i skolan får vänta länge i kön till lunchen.",
    "Ingen buss kommer till byn på kvällarna.",
    "Mobilen har ingen täckning vid sjön.",
    "Biblioteket stänger för tidigt på lördagar.",
    "Lekplatsen saknar gungor för små barn.",
    "Soporna hämtas inte när det snöar.",
    "Belysningen i elljusspåret är trasig.",
    "Det luktar illa från reningsverket.",
)


def search(world, by="coordinator"):
    with world.sessions.begin() as session:
        return duplicate_search.refresh(session, world.encoder, actor=world.actors[by])


def pairs(world, by="coordinator", state=DuplicateState.OPEN, **filters):
    with world.reading() as session:
        chosen = DuplicateFilters(state=state, **filters)
        return duplicates.list_pairs(session, actor=world.actors[by], filters=chosen, limit=100).items


def decide(world, pair, kind, by="coordinator", **options):
    with world.sessions.begin() as session:
        return duplicates.decide(session, pair.id, kind, actor=world.actors[by], **options)


def between(world, one, other, state=None):
    for pair in pairs(world, by="neighbour", state=state) + pairs(world, state=state):
        if {pair.left.id, pair.right.id} == {one, other}:
            return pair
    return None


@pytest.fixture
def ice(world):
    for n, text in enumerate(OTHERS):
        world.register(text, "neighbour" if n % 2 else "officer")
    return [
        world.register(ICE, "officer"),
        world.register(ICE_AGAIN, "neighbour"),
        world.register(ICE_MORE, "officer", kind=EntryKind.IDEA),
    ]


def test_a_coordinator_is_asked_about_pairs_that_may_be_one(world, ice):
    assert len(search(world).new_ids) >= 3
    found = pairs(world)
    likeliest = [{pair.left.id, pair.right.id} for pair in found[:3]]
    assert all(pair <= set(ice) for pair in likeliest)
    assert found[0].probability >= found[-1].probability
    assert found[0].group_id is not None


def test_searching_again_changes_nothing(world, ice):
    search(world)
    before = pairs(world)
    again = search(world)
    assert (again.new_ids, again.n_updated, again.n_stale) == ((), 0, 0)
    assert pairs(world) == before


def test_what_is_not_the_same_is_never_asked_again(world, ice):
    search(world)
    pair = between(world, *ice[:2])
    view = decide(world, pair, DuplicateAnswer.DIFFERENT, reason="Två olika vägar")
    assert view.state is DuplicateState.DIFFERENT
    search(world)
    assert between(world, *ice[:2], state=DuplicateState.OPEN) is None
    assert between(world, *ice[:2]).state is DuplicateState.DIFFERENT


def test_what_is_not_the_same_holds_for_all_that_stand_together(world, ice):
    search(world)
    decide(world, between(world, ice[0], ice[2]), DuplicateAnswer.MERGE)
    decide(world, between(world, *ice[:2]), DuplicateAnswer.DIFFERENT)
    search(world)
    assert not any(set(ice) >= {pair.left.id, pair.right.id} for pair in pairs(world))


def test_merging_a_pair_lets_its_entries_stand_together(world, ice):
    search(world)
    pair = between(world, *ice[:2])
    view = decide(world, pair, DuplicateAnswer.MERGE, face_id=ice[1])
    assert view.state is DuplicateState.MERGED
    with world.reading() as session:
        assert merging.group_of(session, ice[0], actor=SYSTEM).face.id == ice[1]
    with pytest.raises(Conflict):
        decide(world, pair, DuplicateAnswer.DIFFERENT)


def test_an_answer_can_be_taken_back_with_its_merge(world, ice):
    search(world)
    pair = between(world, *ice[:2])
    decide(world, pair, DuplicateAnswer.UNSURE)
    decide(world, pair, DuplicateAnswer.MERGE)
    assert decide(world, pair, DuplicateAnswer.UNDO).state is DuplicateState.UNSURE
    with world.reading() as session:
        assert len(merging.group_of(session, ice[0], actor=SYSTEM).entries) == 1
    assert decide(world, pair, DuplicateAnswer.UNDO).state is DuplicateState.OPEN
    with pytest.raises(Conflict):
        decide(world, pair, DuplicateAnswer.UNDO)


def test_a_merge_that_is_taken_back_after_another_search_opens_the_pair(world, ice):
    search(world)
    pair = between(world, *ice[:2])
    decide(world, pair, DuplicateAnswer.MERGE)
    search(world)
    assert decide(world, pair, DuplicateAnswer.UNDO).state is DuplicateState.OPEN
    search(world)
    assert between(world, *ice[:2]).state is DuplicateState.OPEN


def test_what_is_merged_while_a_search_goes_on_is_not_asked_about(world, ice):
    with world.sessions.begin() as session:
        loaded, decided = duplicate_search.load(session, world.encoder)
    found = duplicate_search.find(loaded, decided)
    with world.sessions.begin() as session:
        merging.merge(session, ice, actor=SYSTEM)
    with world.sessions.begin() as session:
        duplicate_search.save(session, found)
    assert not any({pair.left.id, pair.right.id} <= set(ice) for pair in pairs(world))


def test_undoing_the_merge_elsewhere_opens_the_pair(world, ice):
    search(world)
    decide(world, between(world, *ice[:2]), DuplicateAnswer.MERGE)
    with world.sessions.begin() as session:
        made = merging.trace(session, ice[0], actor=SYSTEM)[0]
        merging.undo(session, made.id, actor=world.actors["neighbour"])
    assert between(world, *ice[:2]).state is DuplicateState.OPEN


def test_pairs_that_come_together_through_others_are_asked_no_more(world, ice):
    search(world)
    decide(world, between(world, *ice[:2]), DuplicateAnswer.MERGE)
    decide(world, between(world, ice[1], ice[2]), DuplicateAnswer.MERGE, by="neighbour")
    assert between(world, ice[0], ice[2]).state is DuplicateState.MERGED


def test_a_whole_group_is_merged_at_once(world, ice):
    search(world)
    with world.reading() as session:
        groups = duplicates.list_groups(session, actor=world.actors["coordinator"]).items
    assert set(ice) <= set(groups[0].entry_ids)
    with world.sessions.begin() as session:
        views = duplicates.decide_group(
            session, groups[0].id, DuplicateAnswer.MERGE, face_id=ice[2], actor=world.actors["coordinator"]
        )
    assert {view.state for view in views} == {DuplicateState.MERGED}
    with world.reading() as session:
        assert merging.group_of(session, ice[0], actor=SYSTEM).face.id == ice[2]
    with pytest.raises(DuplicateNotFound), world.sessions.begin() as session:
        duplicates.decide_group(session, groups[0].id, DuplicateAnswer.MERGE, actor=SYSTEM)


def test_many_pairs_are_answered_at_once_and_one_that_fails_leaves_the_others(world, ice):
    search(world)
    first, second = between(world, *ice[:2]), between(world, ice[0], ice[2])
    with world.sessions.begin() as session:
        answers = duplicates.decide_many(
            session,
            [first.id, "nothing", second.id],
            DuplicateAnswer.RELATED,
            actor=world.actors["coordinator"],
        )
    assert [answer.state for answer in answers] == [DuplicateState.RELATED, None, DuplicateState.RELATED]
    assert isinstance(answers[1].error, DuplicateNotFound)
    for ids in ([], ["x"] * 501):
        with pytest.raises(InvalidInput), world.sessions.begin() as session:
            duplicates.decide_many(session, ids, DuplicateAnswer.RELATED, actor=SYSTEM)


def test_decisions_teach_the_threshold(world, ice):
    with world.sessions.begin() as session:
        loaded, decided = duplicate_search.load(session, world.encoder)
    before = duplicate_search.find(loaded, decided)
    asked = [(pair.left_id, pair.right_id) for pair in before.pairs]
    strict = duplicate_search.Decided(
        apart=(), together=(), answers=tuple((one, other, False) for one, other in asked)
    )
    after = duplicate_search.find(loaded, strict)
    assert after.n_learnt_from == len(asked) > 0
    chances = {(pair.left_id, pair.right_id): pair.probability for pair in before.pairs}
    assert all(pair.probability < chances[pair.left_id, pair.right_id] for pair in after.pairs)
    assert len(after.pairs) <= len(before.pairs)


def test_entries_that_stand_together_are_asked_about_as_one_by_their_face(world, ice):
    search(world)
    decide(world, between(world, *ice[:2]), DuplicateAnswer.MERGE, face_id=ice[1])
    search(world)
    about_ice = [{pair.left.id, pair.right.id} for pair in pairs(world, by="neighbour") + pairs(world)]
    assert {ice[1], ice[2]} in about_ice
    assert not any(ice[0] in pair for pair in about_ice)


def test_entries_that_stand_together_stand_for_themselves_where_their_face_was_withdrawn(world, ice):
    search(world)
    decide(world, between(world, *ice[:2]), DuplicateAnswer.MERGE, face_id=ice[1])
    with world.sessions.begin() as session:
        entries.withdraw(session, ice[1], expected_version=world.version(ice[1]), actor=SYSTEM)
    search(world)
    assert {ice[0], ice[2]} in [{pair.left.id, pair.right.id} for pair in pairs(world)]


def test_entries_that_stand_together_are_still_one_where_their_face_was_withdrawn(world, ice):
    more = world.register(ICE_MORE.replace("äldreboendet", "servicehuset"), "neighbour")
    fourth = world.register(ICE_MORE.replace("vägen", "vägarna"), "neighbour")
    with world.sessions.begin() as session:
        merging.merge(session, [*ice, more], face_id=ice[1], actor=SYSTEM)
        entries.withdraw(session, ice[1], expected_version=world.version(ice[1]), actor=SYSTEM)
        duplicates.say(session, more, fourth, DuplicateAnswer.DIFFERENT, actor=SYSTEM)
    search(world)
    about_ice = [{pair.left.id, pair.right.id} for pair in pairs(world) + pairs(world, by="neighbour")]
    assert not any(pair <= {*ice, more, fourth} for pair in about_ice)


def test_a_search_is_no_reason_to_refuse_an_answer_that_somebody_is_giving(world, ice):
    search(world)
    seen = between(world, *ice[:2])
    decide(world, between(world, ice[0], ice[2]), DuplicateAnswer.MERGE)
    search(world)
    given = decide(world, seen, DuplicateAnswer.MERGE, expected_version=seen.version)
    assert given.state is DuplicateState.MERGED


def test_answers_are_learnt_from_with_the_next_search(world, ice):
    search(world)
    decide(world, between(world, *ice[:2]), DuplicateAnswer.MERGE)
    decide(world, between(world, ice[0], ice[2]), DuplicateAnswer.UNSURE)
    with world.sessions.begin() as session:
        _, decided = duplicate_search.load(session, world.encoder)
    assert decided.answers == ((*sorted(ice[:2]), True),)


def test_what_was_answered_about_entries_that_are_gone_teaches_nothing(world, ice):
    with world.sessions.begin() as session:
        loaded, decided = duplicate_search.load(session, world.encoder)
    gone = duplicate_search.Decided(apart=(), together=(), answers=((ice[0], "gone", False),))
    assert duplicate_search.find(loaded, gone) == duplicate_search.find(loaded, decided)


def test_offerings_are_paired_within_one_supplier(world):
    own = [
        world.register(f"Vi sandar gångvägar åt kommuner, dag {n}.", "supplier", kind=EntryKind.OFFERING)
        for n in (1, 2)
    ]
    world.register("Vi sandar gångvägar åt kommuner, dag 3.", "officer", kind=EntryKind.OFFERING)
    search(world)
    found = pairs(world, by="supplier")
    assert [{pair.left.id, pair.right.id} for pair in found] == [set(own)]
    assert decide(world, found[0], DuplicateAnswer.MERGE, by="supplier").state is DuplicateState.MERGED


def test_whoever_writes_can_say_how_an_entry_differs(world, ice):
    mine = world.register(ICE, "resident")
    with world.sessions.begin() as session:
        view = duplicates.say(
            session,
            mine,
            ice[0],
            DuplicateAnswer.DIFFERENT,
            reason="Det gäller en annan by",
            actor=world.actors["resident"],
        )
    assert view.state is DuplicateState.DIFFERENT
    search(world)
    assert between(world, mine, ice[0], state=DuplicateState.OPEN) is None
    with world.reading() as session:
        said = duplicates.list_decisions(session, view.id, actor=world.actors["resident"])
    assert [each.reason for each in said] == ["Det gäller en annan by"]
    with pytest.raises(NotAllowed), world.sessions.begin() as session:
        duplicates.say(session, mine, ice[0], DuplicateAnswer.MERGE, actor=world.actors["resident"])
    with pytest.raises(InvalidInput), world.sessions.begin() as session:
        duplicates.say(session, mine, mine, DuplicateAnswer.RELATED, actor=world.actors["resident"])


def test_authors_of_entries_that_are_very_likely_one_are_told_once(world, ice, monkeypatch):
    monkeypatch.setattr(duplicate_search, "TELLING", 0.0)
    search(world)
    search(world)
    with world.reading() as session:
        told = session.scalars(select(Notice).where(Notice.kind == NoticeKind.SIMILAR)).all()
    keys = [(notice.member_id, notice.key) for notice in told]
    assert len(keys) == len(set(keys)) > 0
    authors = {world.actors[name].member_id for name in ("officer", "neighbour")}
    assert {notice.member_id for notice in told} <= authors


def test_of_two_who_decide_at_once_the_second_is_told(world, ice):
    search(world)
    pair = between(world, *ice[:2])
    decide(world, pair, DuplicateAnswer.UNSURE, expected_version=pair.version)
    with pytest.raises(StaleVersion):
        decide(world, pair, DuplicateAnswer.MERGE, by="neighbour", expected_version=pair.version)


def test_others_see_and_decide_nothing(world, ice):
    search(world)
    assert pairs(world, by="stranger") == []
    pair = between(world, *ice[:2])
    with pytest.raises(DuplicateNotFound):
        decide(world, pair, DuplicateAnswer.MERGE, by="stranger")
    with pytest.raises(NotAllowed):
        decide(world, pair, DuplicateAnswer.MERGE, by="partner")
    with pytest.raises(NotAllowed):
        search(world, by="resident")


def test_a_withdrawn_entry_is_asked_about_no_more(world, ice):
    search(world)
    with world.sessions.begin() as session:
        version = entries.get(session, ice[0], actor=SYSTEM).version
        entries.withdraw(session, ice[0], expected_version=version, actor=SYSTEM)
    assert not any(ice[0] in (pair.left.id, pair.right.id) for pair in pairs(world))
    assert search(world).n_stale >= 2


def test_what_was_said_about_an_erased_entry_goes_and_that_it_was_said_stays(world, ice):
    search(world)
    pair = between(world, *ice[:2])
    decide(world, pair, DuplicateAnswer.DIFFERENT, reason="Fru Berg bor på en annan väg")
    with world.sessions.begin() as session:
        erasure.erase(session, ice[0], actor=SYSTEM)
    with world.reading() as session:
        assert session.scalars(select(DuplicateReason)).all() == []
        said = duplicates.list_decisions(session, pair.id, actor=SYSTEM)
    assert [(each.kind, each.reason) for each in said] == [(DuplicateAnswer.DIFFERENT, "")]
    assert search(world).new_ids == ()


def test_identical_entries_are_one_group(world):
    ids = [world.register("Samma ord här.", "officer") for _ in range(30)]
    search(world)
    with world.reading() as session:
        groups = duplicates.list_groups(session, actor=world.actors["coordinator"]).items
    assert set(groups[0].entry_ids) == set(ids)
    with world.sessions.begin() as session:
        duplicates.decide_group(
            session, groups[0].id, DuplicateAnswer.MERGE, actor=world.actors["coordinator"]
        )
    with world.reading() as session:
        assert len(merging.group_of(session, ids[7], actor=SYSTEM).entries) == 30
    assert pairs(world) == []


@pytest.mark.parametrize("n", [0, 1])
def test_nothing_to_compare_is_no_error(world, n):
    for _ in range(n):
        world.register("Ensam")
    assert search(world).new_ids == ()
