import threading
from datetime import timedelta

import pytest

from matcher import jobs
from matcher.errors import Busy, Conflict
from matcher.group_jobs import SEARCHES
from matcher.jobs import Worker, keep_retention, run_match
from matcher.services import entries, runs
from matcher.services.actor import SYSTEM
from matcher.types import Direction, EntryKind, EntryStatus, RunKind
from models.database import make_engine, make_sessions
from models.records import utc_now
from tests.matcher.living import GENEROUS, draft

NEED, OFFERING = EntryKind.NEED, EntryKind.OFFERING


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(jobs, "BLOCK", 4)


class Heard:
    """Remembers progress, and does something at the n-th call of a stage."""

    def __init__(self, at=-1, then=None, stage="matching"):
        self.calls, self.at, self.then, self.stage = [], at, then, stage

    def __call__(self, stage, done, total):
        self.calls.append((stage, done, total))
        if sum(1 for each in self.calls if each[0] == self.stage) == self.at:
            self.then()


def interrupt():
    raise KeyboardInterrupt


def run_of(world, run_id):
    with world.sessions() as session:
        return runs.get(session, run_id, actor=SYSTEM)


def latest(world):
    with world.sessions() as session:
        return runs.find_latest(session, RunKind.MATCH)


def test_a_full_match_proposes_in_every_direction_and_counts_what_came_out(world):
    world.add_many(10)
    heard = Heard()
    run = run_match(world.live(recipe=GENEROUS), progress=heard)
    assert run.state == "done"
    # Needs and ideas are asked for something else and for their like, offerings for their like.
    assert run.done == run.total == 50
    made = world.proposals()
    assert {direction for direction, _, _ in made} == set(Direction)
    assert run.counts["created"] == len(made)
    asked = {query for direction, query, _ in made if direction is Direction.NEED_TO_OFFERING}
    assert run.counts["without_match"] == 10 - len(asked)
    assert heard.calls[0] == ("encoding", 30, 30)
    assert heard.calls[-1] == ("matching", 50, 50)


def test_a_second_match_changes_nothing(world):
    world.add_many(6)
    live = world.live(recipe=GENEROUS)
    first = run_match(live)
    second = run_match(live)
    assert second.id != first.id
    assert second.counts["unchanged"] == first.counts["created"]
    assert {second.counts[name] for name in ("created", "updated", "stale")} == {0}


@pytest.mark.parametrize("at", [1, 3, 7])
def test_an_interrupted_match_keeps_what_it_did_and_the_next_carries_on(world, at):
    world.add_many(10)
    live = world.live(recipe=GENEROUS)
    with pytest.raises(KeyboardInterrupt):
        run_match(live, progress=Heard(at, interrupt))
    paused = latest(world)
    assert (paused.state, paused.error) == ("queued", None)
    assert 0 < paused.done < paused.total
    assert paused.counts["created"] == len(world.proposals())
    heard = Heard()
    done = run_match(world.live(recipe=GENEROUS), progress=heard)
    assert (done.id, done.state, done.done) == (paused.id, "done", 50)
    assert next(done for stage, done, _ in heard.calls if stage == "matching") > paused.done
    carried_on = world.proposals()
    again = run_match(live)
    assert again.counts["unchanged"] == len(carried_on) == done.counts["created"]
    assert again.counts["created"] == again.counts["stale"] == 0


def test_a_match_that_is_asked_to_stop_pauses_between_two_blocks(world):
    world.add_many(5)
    live, answers = world.live(), iter([False, False, False, True])
    paused = run_match(live, should_stop=lambda: next(answers))
    assert paused.state == "queued"
    assert run_match(live).id == paused.id


def test_an_interruption_while_texts_are_encoded_keeps_the_run_and_the_vectors(world):
    world.add_many(5)
    with pytest.raises(KeyboardInterrupt):
        run_match(world.live(), progress=Heard(1, interrupt, stage="encoding"))
    paused = latest(world)
    assert (paused.state, paused.done) == ("queued", 0)
    assert run_match(world.live()).id == paused.id


def test_a_match_that_fails_says_so_and_the_next_begins_anew(world):
    world.add_many(5)

    def fail():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_match(world.live(), progress=Heard(2, fail))
    failed = latest(world)
    assert (failed.state, failed.error) == ("failed", "ZeroDivisionError")
    assert run_match(world.live()).id != failed.id


def test_a_cancelled_match_stops(world):
    world.add_many(5)

    def cancel():
        with world.sessions.begin() as session:
            runs.cancel(session, latest(world).id, actor=SYSTEM)

    assert run_match(world.live(), progress=Heard(2, cancel)).state == "cancelled"
    assert latest(world).done < 25


def test_two_matches_are_never_under_way_at_once(world):
    world.add_many(5)
    refused = []

    def begin_another():
        with pytest.raises(Conflict) as caught:
            run_match(world.live())
        refused.append(caught.value)

    assert run_match(world.live(), progress=Heard(2, begin_another)).state == "done"
    assert len(refused) == 1


def test_a_locked_database_pauses_the_match_and_nothing_is_lost(world):
    world.add_many(5)
    live = world.live()
    live.sessions = make_sessions(make_engine(world.settings.effective_database_url, busy_timeout_s=0.01))
    other = world.engine.connect()

    def lock():
        other.exec_driver_sql("SELECT 1")  # its transaction takes the write lock

    with pytest.raises(Busy):
        run_match(live, progress=Heard(2, lock))
    other.close()
    live.sessions.kw["bind"].dispose()
    with world.sessions.begin() as session:
        stopped = runs.find_latest(session, RunKind.MATCH)
        assert stopped.state == "running"  # it could not even say that it paused
        assert runs.find_waiting(session) is None
    assert stopped.counts["created"] == len(world.proposals())


def test_what_changes_while_a_match_is_under_way_is_caught_up_with(world):
    world.add_many(6)
    added = []

    def add():
        added.append(world.add(NEED, "sandning gångväg halka snö trappa"))
        world.add(OFFERING, "sandning av gångväg och trappa mot halka och snö")

    run_match(world.live(recipe=GENEROUS), progress=Heard(9, add))
    assert any(added[0].id in (query, target) for _, query, target in world.proposals())


def test_a_match_begins_anew_where_much_changed_meanwhile(world, monkeypatch):
    monkeypatch.setattr(jobs, "MAX_LATE", 3)
    world.add_many(4)
    run = run_match(world.live(), progress=Heard(5, lambda: world.add_many(4, seed=8)))
    assert (run.state, run.done, run.total) == ("done", 40, 40)


def test_a_run_of_another_recipe_is_not_carried_on(world):
    world.add_many(5)
    with pytest.raises(KeyboardInterrupt):
        run_match(world.live(), progress=Heard(2, interrupt))
    first = latest(world)
    assert run_match(world.live(recipe=GENEROUS)).id != first.id
    assert run_of(world, first.id).state == "cancelled"


def test_an_empty_database_is_matched_at_once(world):
    run = run_match(world.live())
    assert (run.state, run.total) == ("done", 0)


def test_the_worker_carries_out_what_was_asked_for(world):
    world.add_many(4)
    worker = Worker(world.live())
    assert worker.work_once() is None
    with world.sessions.begin() as session:
        asked = runs.request(session, RunKind.MATCH, actor=SYSTEM)
    done = worker.work_once()
    assert (done.id, done.state) == (asked.id, "done")
    # What was matched anew is grouped anew.
    assert [worker.work_once().kind for _ in SEARCHES] == list(SEARCHES)
    assert worker.work_once() is None


def test_the_worker_keeps_the_search_fresh(world):
    live = world.live()
    worker = Worker(live)
    worker.work_once()
    need = world.add(NEED, "halt på gångvägen")
    worker.work_once()
    assert live.ids(NEED) == [need.id]


def test_the_worker_looks_for_work_in_a_thread_until_it_is_stopped(world, monkeypatch):
    world.add_many(3)
    finished = threading.Event()

    def carried_out(*arguments, **named):
        run = run_match(*arguments, **named)
        finished.set()
        return run

    monkeypatch.setattr(jobs, "run_match", carried_out)
    worker = Worker(world.live(), every_s=60)
    worker.start()
    try:
        with world.sessions.begin() as session:
            asked = runs.request(session, RunKind.MATCH, actor=SYSTEM)
        worker.wake()
        assert finished.wait(60)
    finally:
        worker.stop()
    assert run_of(world, asked.id).state == "done"


def test_a_worker_that_is_stopped_pauses_its_run(world, monkeypatch):
    world.add_many(5)
    worker = Worker(world.live())
    with world.sessions.begin() as session:
        asked = runs.request(session, RunKind.MATCH, actor=SYSTEM)
    blocks = iter(range(100))
    propose = worker._live.propose_block

    def propose_and_stop(*arguments):
        if next(blocks) == 2:
            worker.stop()
        return propose(*arguments)

    monkeypatch.setattr(worker._live, "propose_block", propose_and_stop)
    assert worker.work_once().state == "queued"
    assert 0 < run_of(world, asked.id).done < 25


def test_the_worker_survives_what_goes_wrong(world, monkeypatch, caplog):
    failed_twice = threading.Event()
    worker = Worker(world.live(), every_s=0)

    def fail():
        if failed_twice.is_set() or fail.calls:
            failed_twice.set()
        fail.calls += 1
        raise Busy("locked")

    fail.calls = 0
    monkeypatch.setattr(worker, "work_once", fail)
    worker.start()
    assert failed_twice.wait(20)
    worker.stop()
    assert [record.getMessage() for record in caplog.records] == ["Work failed and is tried again: busy."]


def test_retention_erases_what_was_withdrawn_long_ago(world, monkeypatch):
    old = world.withdraw(world.add(NEED, "halt på gångvägen"))
    kept = world.add(NEED, "telefonen svarar aldrig")
    settings = world.settings.model_copy(update={"retention_days": 30})
    assert keep_retention(world.sessions, settings) == 0
    assert keep_retention(world.sessions, world.settings) == 0
    monkeypatch.setattr("matcher.services.erasure.utc_now", lambda: utc_now() + timedelta(days=31))
    assert keep_retention(world.sessions, settings) == 1
    with world.sessions() as session:
        found = entries.get_many(session, [old.id, kept.id], actor=SYSTEM)
    assert found[old.id].status is EntryStatus.ERASED
    assert (found[old.id].text, found[kept.id].text) == ("", "telefonen svarar aldrig")


def test_the_worker_obeys_the_retention_plan_once_a_day(world, monkeypatch):
    now, calls = 0.0, []
    monkeypatch.setattr(jobs, "keep_retention", lambda sessions, settings: calls.append(now))
    worker = Worker(world.live(), clock=lambda: now)
    for now in (0.0, 10.0, 90_000.0, 90_010.0):  # noqa: B007 -- the clock reads it
        worker.work_once()
    assert calls == [0.0, 90_000.0]


def test_an_import_that_was_not_there_at_the_start_is_matched_by_the_next_run(world):
    world.add_many(4)
    live = world.live(recipe=GENEROUS)
    run_match(live)
    with world.sessions.begin() as session:
        need = entries.create(session, draft(NEED, "sandning gångväg halka snö trappa"), actor=SYSTEM)
    run_match(live)
    assert any(need.id in (query, target) for _, query, target in world.proposals())
