from datetime import timedelta

import pytest

from matcher.errors import Conflict, JobNotFound, NotAllowed
from matcher.services import runs
from matcher.types import RunKind
from models.records import utc_now


def call(town, service, *arguments, **named):
    with town.sessions.begin() as session:
        return service(session, *arguments, **named)


def start(town, *, recipe="r", total=10, **options):
    return call(town, runs.start, RunKind.MATCH, recipe_digest=recipe, total=total, **options)


def later(monkeypatch, **time):
    moment = utc_now() + timedelta(**time)
    monkeypatch.setattr(runs, "utc_now", lambda: moment)


def test_a_run_goes_from_asked_for_to_done(town):
    asked = town.do(runs.request, RunKind.MATCH, by="coordinator")
    assert (asked.state, call(town, runs.find_waiting).id) == ("queued", asked.id)
    started = start(town)
    assert (started.id, started.state, started.total) == (asked.id, "running", 10)
    assert call(town, runs.find_waiting) is None
    moved = call(town, runs.advance, asked.id, done=4, cursor={"at": 4}, counts={"created": 2}, total=12)
    assert (moved.done, moved.cursor, moved.counts, moved.total) == (4, {"at": 4}, {"created": 2}, 12)
    done = call(town, runs.finish, asked.id)
    assert (done.state, done.done, done.cursor, done.counts) == ("done", 12, {}, {"created": 2})
    assert done.finished_at >= done.started_at
    assert call(town, runs.find_latest, RunKind.MATCH).id == asked.id
    assert [event.action for event in town.audit(asked.id)] == ["run.requested"]


def test_only_staff_ask_for_runs_and_stop_them(town):
    run = town.do(runs.request, RunKind.MATCH, by="officer")
    for person in ("partner", "supplier"):
        with pytest.raises(NotAllowed):
            town.do(runs.request, RunKind.MATCH, by=person)
        with pytest.raises(NotAllowed):
            town.do(runs.cancel, run.id, by=person)


def test_one_run_at_a_time(town):
    town.do(runs.request, RunKind.MATCH, by="officer")
    with pytest.raises(Conflict):
        town.do(runs.request, RunKind.MATCH, by="officer")
    start(town)
    for attempt in (lambda: town.do(runs.request, RunKind.MATCH, by="officer"), lambda: start(town)):
        with pytest.raises(Conflict):
            attempt()


def test_an_interrupted_run_carries_on_where_it_was(town, monkeypatch):
    run = start(town)
    call(town, runs.advance, run.id, done=5, cursor={"at": 5})
    with pytest.raises(Conflict, match="under way"):
        start(town)
    call(town, runs.pause, run.id)
    again = start(town)
    assert (again.id, again.done, again.cursor) == (run.id, 5, {"at": 5})
    assert again.started_at == run.started_at
    # Killed, it could not tell: after two minutes of silence it counts as interrupted.
    later(monkeypatch, minutes=3)
    assert call(town, runs.find_waiting).id == run.id
    assert town.do(runs.request, RunKind.MATCH, by="officer").id == run.id
    assert start(town).cursor == {"at": 5}


def test_an_interrupted_run_of_another_recipe_is_begun_anew(town):
    run = start(town, recipe="old")
    call(town, runs.advance, run.id, done=5, cursor={"at": 5})
    call(town, runs.pause, run.id)
    anew = start(town, recipe="new")
    assert anew.id != run.id
    assert (anew.done, anew.cursor) == (0, {})
    assert town.do(runs.get, run.id).state == "cancelled"


def test_a_cancelled_run_is_told_to_stop(town):
    run = start(town)
    town.do(runs.cancel, run.id, by="coordinator")
    for work in (
        lambda: call(town, runs.advance, run.id, done=1, cursor={}),
        lambda: call(town, runs.finish, run.id),
        lambda: call(town, runs.pause, run.id),
        lambda: town.do(runs.cancel, run.id),
        lambda: start(town, run_id=run.id),
    ):
        with pytest.raises(Conflict, match="cancelled"):
            work()
    assert town.do(runs.get, run.id).done == 0


def test_a_run_that_failed_says_why(town):
    run = start(town)
    failed = call(town, runs.fail, run.id, error="encoder-unavailable")
    assert (failed.state, failed.error) == ("failed", "encoder-unavailable")
    assert call(town, runs.find_waiting) is None
    for work in (runs.advance, runs.finish):
        with pytest.raises(JobNotFound):
            call(town, work, "none", **({"done": 1, "cursor": {}} if work is runs.advance else {}))


def test_runs_are_listed_newest_first(town):
    ids = []
    for _ in range(3):
        ids.append(start(town).id)
        call(town, runs.finish, ids[-1])
    first = town.do(runs.list_runs, limit=2)
    rest = town.do(runs.list_runs, limit=2, after=first.next_after)
    assert [run.id for run in (*first.items, *rest.items)] == ids[::-1]
    assert rest.next_after is None


def test_one_run_of_each_kind_at_a_time_and_the_one_that_waited_longest_comes_first(town):
    asked = [town.do(runs.request, kind, by="officer") for kind in (RunKind.THEMES, RunKind.MATCH)]
    assert [run.kind for run in asked] == [RunKind.THEMES, RunKind.MATCH]
    assert call(town, runs.find_waiting).id == asked[0].id
    with pytest.raises(Conflict):
        town.do(runs.request, RunKind.THEMES, by="officer")
    assert call(town, runs.start, RunKind.THEMES, total=100).id == asked[0].id
    assert call(town, runs.find_waiting).id == asked[1].id
    assert call(town, runs.find_unfinished, RunKind.THEMES).state == "running"
    assert call(town, runs.find_unfinished, RunKind.DUPLICATES) is None
