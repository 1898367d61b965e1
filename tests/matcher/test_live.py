import threading

import pytest

from matcher.encoders import HashingEncoder
from matcher.errors import Busy, EntryNotFound
from matcher.recipe import Recipe
from matcher.retrieval import Filters
from matcher.services import entries
from matcher.services.actor import SYSTEM
from matcher.types import Direction, EntryKind, ProposalState
from models.database import make_reading_sessions
from tests.matcher.living import GENEROUS, draft

NEED, IDEA, OFFERING = EntryKind.NEED, EntryKind.IDEA, EntryKind.OFFERING
ICY = "halt på gångvägen till skolan, ingen sandar där"
SANDING = "sandning av gångvägar när det är halt, vid skolan också"
PHONE = "telefonväxeln svarar aldrig på eftermiddagen"


class CountingEncoder(HashingEncoder):
    """Remembers the texts that it was given."""

    def __init__(self):
        super().__init__()
        self.texts = []

    def encode(self, texts, *, role="passage", progress=None):
        self.texts += texts
        return super().encode(texts, role=role, progress=progress)


class WaitingEncoder(HashingEncoder):
    """Tells that it began, and goes on when it may."""

    def __init__(self):
        super().__init__()
        self.began, self.may_go_on = threading.Event(), threading.Event()

    def encode(self, texts, *, role="passage", progress=None):
        self.began.set()
        assert self.may_go_on.wait(20)
        return super().encode(texts, role=role, progress=progress)


def test_a_new_need_gets_its_proposals_without_a_full_run(world):
    live = world.live()
    offering = world.add(OFFERING, SANDING)
    world.add(OFFERING, PHONE)
    need = world.add(NEED, ICY)
    saved = world.propose(live, need)
    assert saved.created == 1
    assert world.proposals() == {(Direction.NEED_TO_OFFERING, need.id, offering.id)}


def test_a_new_offering_is_proposed_at_once_for_the_needs_that_were_there(world):
    live = world.live()
    need = world.add(NEED, ICY)
    world.propose(live, need)
    offering = world.add(OFFERING, SANDING)
    world.propose(live, offering)
    assert world.proposals() == {(Direction.NEED_TO_OFFERING, need.id, offering.id)}


def test_a_new_entry_and_its_proposals_are_kept_in_one_transaction(world):
    live = world.live()
    offering = world.add(OFFERING, SANDING)
    with world.sessions.begin() as session:
        need = entries.create(session, draft(NEED, ICY), actor=SYSTEM)
        live.propose_and_save(session, need.id)
    assert world.proposals() == {(Direction.NEED_TO_OFFERING, need.id, offering.id)}


def test_an_offering_that_says_something_else_now_is_no_longer_proposed(world):
    live = world.live()
    need, offering = world.add(NEED, ICY), world.add(OFFERING, SANDING)
    world.propose(live, need)
    world.propose(live, world.change(offering, PHONE))
    assert world.proposals() == set()
    assert world.proposals(state=ProposalState.STALE) == {(Direction.NEED_TO_OFFERING, need.id, offering.id)}


def test_a_changed_offering_stays_proposed_for_every_need_that_it_still_meets(world):
    live = world.live(recipe=Recipe(thresholds=tuple((direction, 0.0) for direction in Direction)))
    offering = world.add(OFFERING, SANDING)
    needs = [world.add(NEED, f"{ICY}, hus {number}") for number in range(14)]
    assert len(needs) > live.recipe.top_k
    for need in needs:
        world.propose(live, need)
    world.propose(live, world.change(offering, f"{SANDING}!"))
    meets = world.proposals(direction=Direction.NEED_TO_OFFERING)
    assert {query for _, query, _ in meets} == {need.id for need in needs}


def test_what_was_rolled_back_is_found_no_more_and_what_was_changed_is_as_before(world):
    live = world.live()
    kept = world.add(NEED, ICY)
    assert world.found(live, "halt gångvägen") == [kept.id]
    with pytest.raises(ZeroDivisionError), world.sessions.begin() as session:
        entries.create(session, draft(NEED, PHONE), actor=SYSTEM)
        changes = {"text": PHONE}
        entries.change(session, kept.id, changes, expected_version=kept.version, actor=SYSTEM)
        live.refresh(session)
        raise ZeroDivisionError
    assert world.found(live, "telefonväxeln svarar") == []
    assert world.found(live, "halt gångvägen") == [kept.id]


def test_an_entry_that_follows_a_rollback_is_not_missed(world):
    live = world.live()
    world.add(NEED, ICY)
    world.found(live, "halt")
    with pytest.raises(ZeroDivisionError), world.sessions.begin() as session:
        entries.create(session, draft(NEED, PHONE), actor=SYSTEM)
        live.refresh(session)
        raise ZeroDivisionError
    # It takes the number in the change sequence that the other one gave back.
    second = world.add(NEED, "gatlampan är trasig")
    assert world.found(live, "trasig gatlampa") == [second.id]


def test_a_withdrawn_entry_is_neither_found_nor_proposed(world):
    live = world.live()
    need, offering = world.add(NEED, ICY), world.add(OFFERING, SANDING)
    world.propose(live, need)
    gone = world.withdraw(offering)
    assert offering.id not in world.found(live, "sandning av gångvägar")
    assert world.propose(live, gone).created == 0
    assert world.proposals() == set()
    with pytest.raises(EntryNotFound):
        live.propose_for(gone.id)


def test_what_another_process_added_is_found_by_the_next_search(world):
    ours, theirs = world.live(), world.live()
    world.add(NEED, ICY)
    assert world.found(ours, "telefonväxeln") == []
    need = world.add(NEED, PHONE)
    world.propose(theirs, need)
    assert world.found(ours, "telefonväxeln") == [need.id]


def test_renewing_takes_in_what_changed_without_a_search(world):
    live = world.live()
    live.renew()
    added = [world.add(NEED, ICY), world.add(NEED, PHONE)]
    live.renew()
    assert live.ids(NEED) == sorted(entry.id for entry in added)
    world.withdraw(added[0])
    live.renew()
    assert live.ids(NEED) == [added[1].id]


def test_an_entry_is_proposed_in_every_direction_that_fits_its_kind(world):
    live = world.live(recipe=GENEROUS)
    idea, other = world.add(IDEA, SANDING), world.add(NEED, f"{ICY} alls")
    need, offering = world.add(NEED, ICY), world.add(OFFERING, SANDING)
    live.renew()
    found = {(each.direction, each.query_id, each.target_id) for each in live.propose_for(need.id)}
    assert found == {
        (Direction.NEED_TO_OFFERING, need.id, offering.id),
        (Direction.SIMILAR, need.id, other.id),
        (Direction.IDEA_TO_NEED, idea.id, need.id),
    }
    alike = live.propose_for(need.id, directions=[Direction.SIMILAR])
    assert [each.target_id for each in alike] == [other.id]


def test_proposals_for_one_entry_are_those_of_a_full_list_with_the_same_scores(world):
    live = world.live(recipe=GENEROUS)
    world.add_many(8)
    live.renew()
    n_compared = 0
    for offering_id in live.ids(OFFERING):
        for proposal in live.propose_for(offering_id, directions=[Direction.NEED_TO_OFFERING]):
            batch = live.propose_block([proposal.query_id], Direction.NEED_TO_OFFERING)
            same = next(each for each in batch.proposals if each.target_id == offering_id)
            assert same.score.value == pytest.approx(proposal.score.value)
            assert same.rank == proposal.rank
            assert proposal.score.reasons
            n_compared += 1
    assert n_compared > 5


def test_an_empty_database_is_ready_and_finds_nothing(world):
    live = world.live()
    assert not live.ready
    assert world.found(live, "halka") == []
    assert live.ready


def test_a_search_can_be_narrowed_to_a_kind(world):
    live = world.live()
    world.add(NEED, ICY)
    offering = world.add(OFFERING, SANDING)
    with world.sessions.begin() as session:
        found = live.similar_to_text(session, "sandning halt", filters=Filters(kinds=(OFFERING,)))
    assert [match.entry_id for match in found] == [offering.id]


def test_entries_that_were_encoded_before_are_not_encoded_again(world):
    world.add_many(4)
    first, second = CountingEncoder(), CountingEncoder()
    world.live(first).renew()
    world.live(second).renew()
    assert len(first.texts) == 12
    assert second.texts == []


def test_reading_sessions_can_search_and_vectors_are_kept_all_the_same(world):
    world.add(NEED, ICY)
    live, reading = world.live(), make_reading_sessions(world.engine)
    with reading() as session:
        assert live.similar_to_text(session, "halt")
    need = world.add(NEED, PHONE)
    with reading() as session:
        assert [match.entry_id for match in live.similar_to_text(session, "telefonväxeln")] == [need.id]
    other = CountingEncoder()
    world.live(other).renew()
    assert other.texts == []


def test_nobody_waits_for_the_database_while_entries_are_encoded(world):
    world.add(NEED, ICY)
    encoder = WaitingEncoder()
    live = world.live(encoder)
    loading = threading.Thread(target=live.renew)
    loading.start()
    assert encoder.began.wait(20)
    try:
        added = world.add(NEED, PHONE)
        with world.sessions() as session:
            entries.get(session, added.id, actor=SYSTEM)
            with pytest.raises(Busy, match="still being loaded"):
                live.refresh(session)
        with pytest.raises(Busy, match="still being loaded"):
            live.propose_for(added.id)
    finally:
        encoder.may_go_on.set()
        loading.join(20)
    assert world.found(live, "telefonväxeln") == [added.id]


def test_many_threads_share_one_search(world):
    live = world.live()
    world.add_many(5)
    failures = []

    def work(number):
        try:
            entry = world.add(NEED, f"{ICY} {number}")
            with world.sessions.begin() as session:
                session.connection()
                live.propose_and_save(session, entry.id)
        except Exception as error:
            failures.append(error)

    live.renew()
    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert len(live.ids(NEED)) == 11


def test_the_setting_default_is_the_encoder_that_comes_with_the_program(world):
    from matcher.encoders import load_encoder
    from matcher.live import LiveMatcher

    settings = world.settings.model_copy(update={"encoder": "default"})
    live = LiveMatcher(world.sessions, settings)
    assert live.encoder_digest == live.recipe.encoder == load_encoder(settings).digest
