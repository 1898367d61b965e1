"""Searches for groups, asked for from their pages: what is soon done is shown at once, else how far it is."""

from __future__ import annotations

import re

import pytest

from matcher.jobs import Worker
from matcher.services import runs
from matcher.types import RunKind
from tests.api.conftest import World
from tests.api.pages.conftest import open_page, send
from tests.api.pages.test_every_page import check_html

PAGES = {"/duplicates": "nya par att titta på", "/themes": "teman", "/joint-needs": "nya gemensamma behov"}


@pytest.mark.parametrize("path", PAGES)
def test_a_search_leads_to_its_run_which_shows_how_far_it_is(ready: World, path: str) -> None:
    ready.make_alike()
    browser = ready.sign_in("coordinator")
    address = send(browser, f"{path}/search", {})
    html = open_page(browser, address)
    check_html(html)
    assert "Väntar" in html
    # Shown anew by a script; without one, by a link.
    assert f'data-refresh="{address}/part"' in html
    assert "data-ended" not in html
    assert re.search(f'href="{address}">Titta igen<', html)
    run_id = address.removeprefix("/runs/")
    with ready.sessions.begin() as session:
        run = runs.get(session, run_id, actor=ready.people["officer"].actor)
        runs.start(session, run.kind, total=100, run_id=run_id)
        runs.advance(session, run_id, done=37)
    part = open_page(browser, f"{address}/part")
    assert 'value="37"' in part
    assert "37\u00a0%" in part
    with ready.sessions.begin() as session:
        runs.pause(session, run_id)
    Worker(ready.resources.live).work_once()
    html = open_page(browser, address)
    check_html(html)
    assert "data-ended" in html
    assert "Titta igen" not in html
    assert f'href="{path}"' in html


def test_who_asks_while_a_search_is_under_way_is_led_to_it(ready: World) -> None:
    first, second = ready.sign_in("coordinator"), ready.sign_in("officer")
    address = send(first, "/themes/search", {})
    assert send(second, "/themes/search", {}) == address
    assert "väntar eller pågår redan" in open_page(second, address)
    assert send(second, "/duplicates/search", {}) != address


@pytest.mark.parametrize("path", PAGES)
def test_what_is_soon_done_is_shown_at_once(worked: World, path: str) -> None:
    worked.make_alike()
    browser = worked.sign_in("coordinator")
    assert send(browser, f"{path}/search", {}) == path
    assert re.search(rf"Klart: [1-9]\d* {PAGES[path]}", open_page(browser, path))


def test_a_search_is_stopped_and_changes_nothing(ready: World) -> None:
    ready.make_alike()
    browser = ready.sign_in("officer")
    address = send(browser, "/themes/search", {})
    html = open_page(browser, address)
    assert f'action="{address}/cancel"' in html
    send(browser, f"{address}/cancel", {})
    assert "Inget ändrades" in open_page(browser, "/runs")
    assert "Stoppad" in open_page(browser, address)
    assert Worker(ready.resources.live).work_once() is None
    send(browser, f"{address}/cancel", {})
    assert "hade redan avslutats" in open_page(browser, "/runs")


def test_the_list_of_runs_tells_what_each_is_and_came_to(ready: World) -> None:
    ready.make_alike()
    browser = ready.sign_in("officer")
    address = send(browser, "/themes/search", {})
    send(browser, "/runs", {})
    Worker(ready.resources.live).work_once()
    html = open_page(browser, "/runs")
    assert f'href="{address}"' in html
    assert "Sökning efter teman" in html
    assert "Ny matchning av allt" in html
    assert "teman 2" in html
    match = Worker(ready.resources.live).work_once()
    assert match is not None
    assert match.kind is RunKind.MATCH
    assert "utan bra träff" in open_page(browser, f"/runs/{match.id}")


def test_a_failed_search_says_why(ready: World) -> None:
    browser = ready.sign_in("officer")
    address = send(browser, "/themes/search", {})
    run_id = address.removeprefix("/runs/")
    with ready.sessions.begin() as session:
        runs.start(session, RunKind.THEMES, total=100, run_id=run_id)
        runs.fail(session, run_id, error="encoder-unavailable")
    html = open_page(browser, address)
    assert "Misslyckad" in html
    assert 'class="button first" href="/themes"' not in html


def test_runs_are_for_staff_and_must_be_there(ready: World) -> None:
    officer, partner = ready.sign_in("officer"), ready.sign_in("partner")
    address = send(officer, "/themes/search", {})
    for path in (address, f"{address}/part"):
        open_page(partner, path, status=403)
        open_page(officer, path.replace(address, "/runs/none"), status=404)
