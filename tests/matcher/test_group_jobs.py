from datetime import date, timedelta

import pytest

from matcher import group_jobs
from matcher.errors import Conflict, MailNotSent
from matcher.group_jobs import SEARCHES, GroupKeeper, run_search
from matcher.jobs import Worker
from matcher.services import duplicates, entries, runs, themes
from matcher.services.actor import SYSTEM
from matcher.services.duplicates import DuplicateFilters
from matcher.types import DuplicateAnswer, DuplicateState, EntryKind, RunKind, TimeWindow
from models.database import make_engine, make_sessions
from models.records import Run, utc_now

TODAY = date(2026, 3, 1)
TEXTS = ("Halkiga gångvägar vid äldreboendet", "Skolmaten är kall och köerna långa")


@pytest.fixture
def full(world):
    for text in TEXTS:
        for number in range(5):
            world.add(EntryKind.NEED, f"{text}, brev {number}")
    return world


def listed(world):
    with world.sessions() as session:
        return themes.list_themes(session, actor=SYSTEM).items


def run_of(world, run_id):
    with world.sessions() as session:
        return runs.get(session, run_id, actor=SYSTEM)


def kept(world):
    """Return all that searches keep."""
    tables = ("duplicate_pair", "theme", "theme_member", "theme_event", "joint_need", "notice")
    with world.engine.begin() as connection:
        return {each: connection.exec_driver_sql(f"SELECT * FROM {each}").fetchall() for each in tables}


def before_it_is_kept(monkeypatch, kind, then):
    """Do something once a search has found what it finds, before that is kept."""
    service = {
        RunKind.DUPLICATES: group_jobs.duplicate_search,
        RunKind.THEMES: group_jobs.theme_search,
        RunKind.JOINT_NEEDS: group_jobs.joint_need_search,
    }[kind]
    real = service.find

    def find(*given, **named):
        found = real(*given, **named)
        then()
        return found

    monkeypatch.setattr(service, "find", find)


def test_a_search_counts_what_came_out(full):
    live = full.live()
    found = {kind: run_search(live, kind, today=TODAY) for kind in SEARCHES}
    assert {(run.kind, run.state, run.done, run.total) for run in found.values()} == {
        (kind, "done", 100, 100) for kind in SEARCHES
    }
    counts = {kind: run.counts for kind, run in found.items()}
    pairs = counts[RunKind.DUPLICATES]
    assert (pairs["new"], pairs["groups"]) == (pairs["pairs"], 2)
    assert counts[RunKind.THEMES] == {
        "themes": len(listed(full)),
        "new": 2,
        "split": 0,
        "merged": 0,
        "ended": 0,
        "entries": 10,
        "outside": 0,
    }
    assert counts[RunKind.JOINT_NEEDS] == {"joint_needs": 0, "new": 0, "stale": 0}
    again = {kind: run_search(live, kind, today=TODAY).counts for kind in SEARCHES}
    assert again[RunKind.DUPLICATES]["new"] == again[RunKind.THEMES]["new"] == 0
    assert again[RunKind.THEMES]["themes"] == 2


def test_what_a_theme_came_to_is_counted(full):
    live = full.live()
    run_search(live, RunKind.THEMES)
    with full.sessions.begin() as session:
        for entry in entries.list_entries(session, actor=SYSTEM).items:
            if entry.text.startswith(TEXTS[0]):
                entries.withdraw(session, entry.id, expected_version=entry.version, actor=SYSTEM)
    counts = run_search(live, RunKind.THEMES).counts
    assert (counts["themes"], counts["new"], counts["ended"], counts["entries"]) == (1, 0, 1, 5)


@pytest.mark.parametrize("kind", SEARCHES)
def test_progress_grows_and_stands_on_the_run(full, kind, monkeypatch):
    monkeypatch.setattr(group_jobs, "TELL_RUN_EVERY_S", 0)
    told, stood = [], []

    def hear(stage, done, total):
        if stage == "searching":
            told.append((done, total))
            with full.sessions() as session:
                stood.append(runs.find_latest(session, kind).done)

    run_search(full.live(), kind, progress=hear)
    shares = [done for done, _ in told]
    assert shares == sorted(shares) == stood
    assert shares[0] == 0
    assert shares[-1] > 50
    assert {total for _, total in told} == {100}


@pytest.mark.parametrize("kind", SEARCHES)
def test_a_cancelled_search_changes_nothing_and_can_be_asked_for_again(full, kind, monkeypatch):
    live = full.live()
    before = kept(full)

    def cancel():
        with full.sessions.begin() as session:
            runs.cancel(session, runs.find_unfinished(session, kind).id, actor=SYSTEM)

    with monkeypatch.context() as patched:
        before_it_is_kept(patched, kind, cancel)
        run = run_search(live, kind)
    assert run.state == run_of(full, run.id).state == "cancelled"
    assert kept(full) == before
    again = run_search(live, kind)
    assert (again.state, again.id != run.id) == ("done", True)


def test_a_search_notices_on_its_way_that_it_was_cancelled(full, monkeypatch):
    monkeypatch.setattr(group_jobs, "TELL_RUN_EVERY_S", 0)
    shares = []

    def cancel(stage, done, total):
        shares.append(done)
        if len(shares) == 3:
            with full.sessions.begin() as session:
                runs.cancel(session, runs.find_unfinished(session, RunKind.THEMES).id, actor=SYSTEM)

    assert run_search(full.live(), RunKind.THEMES, progress=cancel).state == "cancelled"
    assert len(shares) == 3


@pytest.mark.parametrize("kind", SEARCHES)
def test_an_interrupted_search_changes_nothing_and_begins_anew_as_the_same_run(full, kind, monkeypatch):
    live = full.live()
    before = kept(full)

    def interrupt():
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        before_it_is_kept(patched, kind, interrupt)
        with pytest.raises(KeyboardInterrupt):
            run_search(live, kind)
    with full.sessions() as session:
        paused = runs.find_latest(session, kind)
    assert paused.state == "queued"
    assert kept(full) == before
    again = run_search(live, kind)
    assert (again.id, again.state) == (paused.id, "done")


def test_a_killed_search_is_taken_up_by_the_worker_once_it_was_silent_for_long(full, monkeypatch):
    with full.sessions.begin() as session:
        killed = runs.start(session, RunKind.THEMES, total=100)
    worker = Worker(full.live())
    assert worker.work_once() is None
    with pytest.raises(Conflict):
        run_search(full.live(), RunKind.THEMES)
    moment = utc_now() + timedelta(minutes=3)
    monkeypatch.setattr(runs, "utc_now", lambda: moment)
    done = worker.work_once()
    assert (done.id, done.state) == (killed.id, "done")
    assert len(listed(full)) == 2


def test_a_search_that_is_to_stop_is_paused(full):
    answers = iter([False, False, True])
    paused = run_search(full.live(), RunKind.THEMES, should_stop=lambda: next(answers))
    assert (paused.state, listed(full)) == ("queued", [])
    assert run_search(full.live(), RunKind.THEMES).id == paused.id


def test_a_search_that_fails_says_so_and_the_next_begins_anew(full, monkeypatch):
    def fail():
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        before_it_is_kept(patched, RunKind.THEMES, fail)
        with pytest.raises(ZeroDivisionError):
            run_search(full.live(), RunKind.THEMES)
    with full.sessions() as session:
        failed = runs.find_latest(session, RunKind.THEMES)
    assert (failed.state, failed.error) == ("failed", "ZeroDivisionError")
    assert run_search(full.live(), RunKind.THEMES).id != failed.id


def test_one_search_of_a_kind_is_under_way_at_a_time_and_another_kind_beside_it(full, monkeypatch):
    seen = []

    def begin_others():
        with pytest.raises(Conflict):
            run_search(full.live(), RunKind.THEMES)
        seen.append(run_search(full.live(), RunKind.DUPLICATES).state)

    before_it_is_kept(monkeypatch, RunKind.THEMES, begin_others)
    assert run_search(full.live(), RunKind.THEMES).state == "done"
    assert seen == ["done"]


def test_a_database_that_is_locked_for_a_while_does_not_end_a_search(full, monkeypatch):
    monkeypatch.setattr(group_jobs, "TELL_RUN_EVERY_S", 0)
    live = full.live()
    live.renew()
    live.sessions = make_sessions(make_engine(full.settings.effective_database_url, busy_timeout_s=0.01))
    other, calls = full.engine.connect(), []

    def lock(stage, done, total):
        calls.append(done)
        if len(calls) == 2:
            other.exec_driver_sql("SELECT 1")  # its transaction takes the write lock
        if len(calls) == 4:
            other.rollback()

    assert run_search(live, RunKind.THEMES, progress=lock).state == "done"
    assert len(calls) > 4
    other.close()
    live.sessions.kw["bind"].dispose()


def test_a_worker_searches_groups_after_a_match_and_lets_new_entries_join_between(full):
    now = 0.0
    worker = Worker(full.live(), clock=lambda: now)
    with full.sessions.begin() as session:
        runs.request(session, RunKind.MATCH, actor=SYSTEM)
    carried_out = [worker.work_once() for _ in range(4)]
    assert [(run.kind, run.state) for run in carried_out] == [
        (kind, "done") for kind in (RunKind.MATCH, *SEARCHES)
    ]
    before = {theme.id: theme.n_members for theme in listed(full)}
    assert sorted(before.values()) == [5, 5]
    worker.work_once()
    full.add(EntryKind.NEED, f"{TEXTS[0]}, brev 99")
    now = group_jobs.JOIN_EVERY_S + 1
    worker.work_once()
    assert sorted(theme.n_members for theme in listed(full)) == [5, 6]
    assert {theme.id for theme in listed(full)} == set(before)


def test_a_worker_is_waited_for_until_it_has_carried_a_run_out(full):
    worker = Worker(full.live(), every_s=60)
    worker.start()
    try:
        with full.sessions.begin() as session:
            asked = runs.request(session, RunKind.THEMES, actor=SYSTEM)
        worker.wait_for(asked.id, patience_s=60)
        assert run_of(full, asked.id).state == "done"
    finally:
        worker.stop()
    # Nobody carries this one out: it is not waited for longer than one has patience.
    worker.wait_for("another", patience_s=0.01)


def test_a_keeper_does_only_what_is_due(full, monkeypatch):
    done = []
    monkeypatch.setattr(group_jobs, "join_themes", lambda live: done.append("join"))
    monkeypatch.setattr(group_jobs, "tell_members", lambda live: done.append("tell"))
    monkeypatch.setattr(group_jobs, "send_notices", lambda sessions, settings: done.append("mail"))
    now = 0.0
    live = full.live()
    live.renew()
    keeper = GroupKeeper(live, clock=lambda: now)
    keeper.work_once()
    keeper.work_once()
    assert done == ["join", "tell", "mail"]
    now = group_jobs.MAIL_EVERY_S
    keeper.work_once()
    assert done[3:] == ["mail"]
    full.add(EntryKind.NEED, "Något nytt")
    live.renew()
    now = group_jobs.TELL_EVERY_S
    keeper.work_once()
    assert done[4:] == ["join", "tell", "mail"]


def answer(world, n):
    """Say of so many open pairs that they are different."""
    with world.sessions.begin() as session:
        page = duplicates.list_pairs(
            session, actor=SYSTEM, filters=DuplicateFilters(state=DuplicateState.OPEN), limit=n
        )
        assert len(page.items) == n
        duplicates.decide_many(
            session, [pair.id for pair in page.items], DuplicateAnswer.DIFFERENT, actor=SYSTEM
        )


def waiting(world):
    with world.sessions() as session:
        return [kind for kind in RunKind if runs.find_unfinished(session, kind) is not None]


def test_duplicates_and_joint_needs_are_searched_anew_after_so_many_answers(full, monkeypatch):
    monkeypatch.setattr(group_jobs, "SEARCH_AFTER", 3)
    live = full.live()
    later = utc_now() + timedelta(hours=1)
    assert not group_jobs.search_after_answers(live, now=later)
    run_search(live, RunKind.DUPLICATES, today=TODAY)
    answer(full, 2)
    assert not group_jobs.search_after_answers(live, now=later)
    answer(full, 1)
    assert group_jobs.search_after_answers(live, now=later)
    assert set(waiting(full)) == {RunKind.DUPLICATES, RunKind.JOINT_NEEDS}
    # While they wait, nothing more is asked for.
    assert not group_jobs.search_after_answers(live, now=later)
    for kind in waiting(full):
        run_search(live, kind, today=TODAY)
    assert not group_jobs.search_after_answers(live, now=later)


def test_a_search_that_was_cancelled_before_it_began_stops_no_later_ones(full, monkeypatch):
    monkeypatch.setattr(group_jobs, "SEARCH_AFTER", 1)
    live = full.live()
    run_search(live, RunKind.DUPLICATES, today=TODAY)
    with full.sessions.begin() as session:
        runs.cancel(session, runs.request(session, RunKind.DUPLICATES, actor=SYSTEM).id, actor=SYSTEM)
    answer(full, 1)
    assert group_jobs.search_after_answers(live, now=utc_now() + timedelta(hours=1))


def test_a_long_search_rests_nine_times_as_long_whatever_is_answered(full, monkeypatch):
    monkeypatch.setattr(group_jobs, "SEARCH_AFTER", 1)
    live = full.live()
    run = run_search(live, RunKind.DUPLICATES, today=TODAY)
    answer(full, 1)
    took = run.finished_at - run.started_at
    assert not group_jobs.search_after_answers(live, now=run.finished_at + 8 * took)
    assert group_jobs.search_after_answers(live, now=run.finished_at + 10 * took)


def test_a_search_that_was_interrupted_for_days_does_not_rest_for_weeks(full, monkeypatch):
    monkeypatch.setattr(group_jobs, "SEARCH_AFTER", 1)
    live = full.live()
    with full.sessions.begin() as session:
        run = runs.start(session, RunKind.DUPLICATES, total=100)
        runs.pause(session, run.id)
        session.get_one(Run, run.id).started_at = utc_now() - timedelta(days=2)
    assert run_search(live, RunKind.DUPLICATES, run_id=run.id, today=TODAY).id == run.id
    answer(full, 1)
    assert group_jobs.search_after_answers(live, now=utc_now() + timedelta(hours=1))


def test_searches_for_joint_needs_are_part_of_the_time_that_is_taken(full, monkeypatch):
    monkeypatch.setattr(group_jobs, "SEARCH_AFTER", 1)
    live = full.live()
    run_search(live, RunKind.DUPLICATES, today=TODAY)
    joint = run_search(live, RunKind.JOINT_NEEDS, today=TODAY)
    answer(full, 1)
    ended_at = joint.started_at + timedelta(minutes=1)
    with full.sessions.begin() as session:
        session.get_one(Run, joint.id).finished_at = ended_at
    assert not group_jobs.search_after_answers(live, now=ended_at + timedelta(minutes=9))
    assert group_jobs.search_after_answers(live, now=ended_at + timedelta(minutes=11))


def test_a_mail_server_that_is_down_stops_nothing(full, monkeypatch):
    def fail(sessions, settings):
        raise MailNotSent("The mail server did not take the mail.")

    monkeypatch.setattr(group_jobs, "send_notices", fail)
    live = full.live()
    live.renew()
    GroupKeeper(live).work_once()


def test_members_are_told_what_ends_soon(world):
    world.add(EntryKind.OFFERING, "Vi sandar", window=TimeWindow(ends_on=TODAY + timedelta(days=30)))
    # Nobody is known to have registered it, and no organisation: there is nobody to tell.
    assert group_jobs.tell_members(world.live(), today=TODAY) == 0


def test_a_search_begins_again_where_somebody_changed_a_theme_meanwhile(full, monkeypatch):
    live = full.live()
    live.renew()
    run_search(live, RunKind.THEMES)
    real, calls = group_jobs.theme_search.find, []

    def find(given, **named):
        if len(calls) < 2:
            with full.sessions.begin() as session:
                theme = themes.list_themes(session, actor=SYSTEM).items[0]
                themes.rename(session, theme.id, name_sv=f"Namn {len(calls)}", actor=SYSTEM)
        calls.append(given)
        return real(given, **named)

    monkeypatch.setattr(group_jobs.theme_search, "find", find)
    assert run_search(live, RunKind.THEMES).state == "done"
    assert len(calls) == 3
    assert "Namn 1" in {theme.name_sv for theme in listed(full)}

    def always(given, **named):
        with full.sessions.begin() as session:
            theme = themes.list_themes(session, actor=SYSTEM).items[0]
            themes.rename(session, theme.id, name_en=f"Name {world_counter()}", actor=SYSTEM)
        return real(given, **named)

    numbers = iter(range(100))

    def world_counter():
        return next(numbers)

    monkeypatch.setattr(group_jobs.theme_search, "find", always)
    with pytest.raises(Conflict):
        run_search(live, RunKind.THEMES)
    with full.sessions() as session:
        failed = runs.find_latest(session, RunKind.THEMES)
    assert (failed.state, failed.error) == ("failed", "conflict")


def test_new_entries_join_as_a_run_that_counts_them(full):
    live = full.live()
    assert run_search(live, RunKind.JOINING).counts == {"joined": 0}
    run_search(live, RunKind.THEMES)
    before = {theme.id for theme in listed(full)}
    full.add(EntryKind.NEED, f"{TEXTS[0]}, brev 99")
    run = run_search(live, RunKind.JOINING)
    assert (run.state, run.counts) == ("done", {"joined": 1})
    assert {theme.id: theme.n_members for theme in listed(full)}.keys() == before
    assert sorted(theme.n_members for theme in listed(full)) == [5, 6]


def test_what_happens_while_new_entries_are_placed_is_not_lost(full, monkeypatch):
    live = full.live()
    run_search(live, RunKind.THEMES)
    new = [full.add(EntryKind.NEED, f"{TEXTS[0]}, brev {number}") for number in (98, 99)]
    real, calls = group_jobs.theme_search.place, []

    def place(given, **named):
        placed = real(given, **named)
        calls.append(placed)
        if len(calls) == 1:
            with full.sessions.begin() as session:
                theme = themes.list_themes(session, actor=SYSTEM).items[0]
                themes.rename(session, theme.id, name_sv="Isfritt", actor=SYSTEM)
        if len(calls) == 2:
            with full.sessions.begin() as session:
                entries.withdraw(session, new[0].id, expected_version=1, actor=SYSTEM)
        return placed

    monkeypatch.setattr(group_jobs.theme_search, "place", place)
    run = run_search(live, RunKind.JOINING)
    assert (run.state, run.counts, len(calls)) == ("done", {"joined": 1}, 2)
    assert "Isfritt" in {theme.name_sv for theme in listed(full)}
    with full.sessions() as session:
        inside = themes.of_entries(session, [each.id for each in new], actor=SYSTEM)
    assert set(inside) == {new[1].id}


def test_a_keeper_lets_entries_join_later_where_a_theme_was_changed_just_then(full, monkeypatch):
    live = full.live()
    run_search(live, RunKind.THEMES)
    full.add(EntryKind.NEED, f"{TEXTS[0]}, brev 99")
    live.renew()
    now = 0.0
    keeper = GroupKeeper(live, clock=lambda: now)
    real, calls = group_jobs.theme_search.save_joined, []

    def save(session, joined):
        calls.append(joined)
        if len(calls) == 1:
            raise Conflict("Themes were changed in the meantime.")
        return real(session, joined)

    monkeypatch.setattr(group_jobs.theme_search, "save_joined", save)
    keeper.work_once()
    keeper.work_once()
    assert (len(calls), sorted(theme.n_members for theme in listed(full))) == (1, [5, 5])
    now = group_jobs.JOIN_EVERY_S
    keeper.work_once()
    assert (len(calls), sorted(theme.n_members for theme in listed(full))) == (2, [5, 6])
