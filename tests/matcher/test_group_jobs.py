from datetime import date, timedelta

import pytest

from matcher import group_jobs
from matcher.errors import Conflict, MailNotSent
from matcher.group_jobs import GroupKeeper, refresh_groups, refresh_themes
from matcher.jobs import Worker
from matcher.services import matching, themes
from matcher.services.actor import SYSTEM
from matcher.types import EntryKind, TimeWindow

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


def test_all_groups_are_searched_anew(full):
    live = full.live()
    live.renew()
    found = refresh_groups(live, today=TODAY)
    assert found.themes.n_themes == len(listed(full)) == 2
    assert len(found.duplicates.new_ids) > 0
    assert found.joint_needs.n_found == 0


def test_a_worker_searches_groups_after_a_match_and_lets_new_entries_join_between(full):
    now = 0.0
    worker = Worker(full.live(), clock=lambda: now)
    with full.sessions.begin() as session:
        matching.request_run(session, actor=SYSTEM)
    assert worker.work_once().state == "done"
    before = {theme.id: theme.n_members for theme in listed(full)}
    assert sorted(before.values()) == [5, 5]
    worker.work_once()
    full.add(EntryKind.NEED, f"{TEXTS[0]}, brev 99")
    now = group_jobs.JOIN_EVERY_S + 1
    worker.work_once()
    assert sorted(theme.n_members for theme in listed(full)) == [5, 6]
    assert {theme.id for theme in listed(full)} == set(before)


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
    refresh_themes(live)
    real, calls = group_jobs.theme_search.find, []

    def find(given):
        if len(calls) < 2:
            with full.sessions.begin() as session:
                theme = themes.list_themes(session, actor=SYSTEM).items[0]
                themes.rename(session, theme.id, name_sv=f"Namn {len(calls)}", actor=SYSTEM)
        calls.append(given)
        return real(given)

    monkeypatch.setattr(group_jobs.theme_search, "find", find)
    refresh_themes(live)
    assert len(calls) == 3
    assert "Namn 1" in {theme.name_sv for theme in listed(full)}

    def always(given):
        with full.sessions.begin() as session:
            theme = themes.list_themes(session, actor=SYSTEM).items[0]
            themes.rename(session, theme.id, name_en=f"Name {world_counter()}", actor=SYSTEM)
        return real(given)

    numbers = iter(range(100))

    def world_counter():
        return next(numbers)

    monkeypatch.setattr(group_jobs.theme_search, "find", always)
    with pytest.raises(Conflict):
        refresh_themes(live)
