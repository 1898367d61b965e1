"""Work whose process was killed: told at once on this machine, after two minutes elsewhere."""

import os
import subprocess
import sys
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select

from matcher import jobs
from matcher.errors import Conflict
from matcher.jobs import Worker, run_match
from matcher.processes import this_process
from models.records import Run, utc_now
from tests.matcher.living import GENEROUS

ELSEWHERE = "another/machine/1 999999@1.00"
MATCHING = """
import sys
from matcher import jobs
from matcher.encoders import HashingEncoder
from matcher.live import LiveMatcher
from matcher.settings import Settings
from models.database import make_engine, make_sessions
from tests.matcher.living import GENEROUS

def wait(stage, done, total):
    if stage == "matching" and done >= 8:
        print(done, flush=True)
        sys.stdin.read()

jobs.BLOCK = 4
settings = Settings(encoder="hashing", data_dir=sys.argv[1])
sessions = make_sessions(make_engine(settings.effective_database_url))
jobs.run_match(LiveMatcher(sessions, settings, encoder=HashingEncoder(), recipe=GENEROUS), progress=wait)
"""


@pytest.fixture
def child(world, monkeypatch):
    """A process in the middle of a match of 50 queries."""
    monkeypatch.setattr(jobs, "BLOCK", 4)
    world.add_many(10)
    process = subprocess.Popen(
        [sys.executable, "-c", MATCHING, str(world.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline().strip() == "8"
    yield process
    process.kill()
    process.communicate()


def latest(world):
    with world.sessions() as session:
        return session.scalars(select(Run).order_by(Run.created_at.desc())).first()


def test_a_match_that_was_killed_is_carried_on_at_once(world, child):
    live = world.live(recipe=GENEROUS)
    with pytest.raises(Conflict, match="under way"):
        run_match(live)
    killed = latest(world)
    child.kill()
    child.wait()
    heard = []
    done = run_match(live, progress=lambda stage, n, total: heard.append((stage, n)))
    assert (done.id, done.state, done.done) == (killed.id, "done", 50)
    assert next(n for stage, n in heard if stage == "matching") == 10, "it begins where the other ended"
    assert done.counts["created"] == len(world.proposals()), "nothing is lost, nothing is there twice"


def test_the_worker_takes_up_what_was_killed_before_anybody_asked_how_it_ended(world, child):
    worker = Worker(world.live(recipe=GENEROUS))
    assert worker.work_once() is None
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it is a zombie now
    assert worker.work_once().state == "done"


def test_a_run_of_a_process_elsewhere_is_given_two_minutes(world):
    world.add_many(2)
    with world.sessions.begin() as session:
        session.add(Run(kind="match", state="running", owner=ELSEWHERE))
    with pytest.raises(Conflict):
        run_match(world.live())
    with world.sessions.begin() as session:
        session.scalars(select(Run)).one().updated_at = utc_now() - timedelta(minutes=3)
    assert run_match(world.live()).id == latest(world).id
    assert (latest(world).state, latest(world).owner) == ("done", this_process())


def test_who_was_taken_for_dead_stops_and_leaves_the_run_to_the_other(world, monkeypatch):
    monkeypatch.setattr(jobs, "BLOCK", 4)
    world.add_many(5)
    heard = []

    def take_over(stage, done, total):
        heard.append(stage)
        if heard.count("matching") == 1:
            with world.sessions.begin() as session:
                session.scalars(select(Run)).one().owner = ELSEWHERE

    with suppress(Conflict):
        run_match(world.live(), progress=take_over)
    assert heard.count("matching") == 1
    assert (latest(world).state, latest(world).error, latest(world).owner) == ("running", None, ELSEWHERE)
