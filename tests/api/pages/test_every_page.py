"""Every page: who reaches it, in both languages, with as many queries for ten entries as for fifty."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from api.pages import PAGES
from matcher.types import Role
from tests.api.conftest import Browser, World
from tests.api.pages.conftest import HTML, counted, open_page

FOR_EVERYBODY = [
    "/",
    "/entries",
    "/entries?kind=need&words=is&place=Exempel",
    "/search",
    "/new",
    "/new?kind=offering",
    "/imports",
    "/exports",
    "/account",
    "/organisation",
    "/organisations",
    "/register",
    "/register/preview",
    "/remarks",
]
FOR_REVIEWERS = [
    "/inbox",
    "/inbox?kind=idea&status=draft",
    "/second",
    "/review",
    "/review?work=mine",
    "/review?work=put_away",
    "/review?direction=similar&state=unsure&lowest=10&cpv=90&place=SE33",
]
FOR_STAFF = ["/overview", "/shortlists", "/runs", "/runs/table"]
FOR_ADMINISTRATORS = [
    "/members",
    "/requests",
    "/requests?state=rejected",
    "/words",
    "/retention",
    "/audit",
    "/audit?area=entry&first=2026-01-01",
    "/service",
]
FOR_STRANGERS = [
    "/login",
    "/reset",
    "/accessibility",
    "/docs",
    "/tell",
    "/tell/thanks",
    "/join",
    "/join/thanks",
]
REACHED = {
    "officer": [*FOR_EVERYBODY, *FOR_REVIEWERS, *FOR_STAFF],
    "coordinator": [*FOR_EVERYBODY, *FOR_REVIEWERS, *FOR_STAFF],
    "partner": FOR_EVERYBODY,
    "administrator": [*FOR_EVERYBODY, *FOR_STAFF, *FOR_ADMINISTRATORS],
}
EVERY = {*FOR_EVERYBODY, *FOR_REVIEWERS, *FOR_STAFF, *FOR_ADMINISTRATORS}


class Checker(HTMLParser):
    """Notes ids, headings, and controls without a label."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.controls: list[dict[str, str | None]] = []
        self.n_main_headings = 0
        self.inline: list[str] = []
        self._inside_label = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if values.get("id"):
            self.ids.append(str(values["id"]))
        self.inline += [name for name in values if name.startswith("on") or name == "style"]
        self.n_main_headings += tag == "h1"
        self._inside_label += tag == "label"
        if tag == "label" and values.get("for"):
            self.labelled.add(str(values["for"]))
        is_control = tag in ("input", "select", "textarea") and values.get("type") != "hidden"
        if is_control and not self._inside_label and not values.get("aria-label"):
            self.controls.append(values)

    def handle_endtag(self, tag: str) -> None:
        self._inside_label -= tag == "label"


def check_html(html: str) -> None:
    checker = Checker()
    checker.feed(html)
    assert checker.n_main_headings == 1
    assert len(checker.ids) == len(set(checker.ids)), sorted(checker.ids)
    assert not [c for c in checker.controls if c.get("id") not in checker.labelled]
    assert not checker.inline
    assert "<style" not in html
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)


@pytest.mark.parametrize("who", REACHED)
def test_a_role_reaches_its_pages_and_no_others(ready: World, who: str) -> None:
    browser = ready.sign_in(who)
    for path in REACHED[who]:
        html = open_page(browser, path)
        if path != "/runs/table":
            check_html(html)
    for path in EVERY - set(REACHED[who]):
        assert "Inte tillåtet" in open_page(browser, path, status=403)


def test_strangers_reach_what_is_public_and_are_asked_to_sign_in_for_the_rest(world: World) -> None:
    browser = Browser(world.browser())
    for path in FOR_STRANGERS:
        check_html(open_page(browser, path))
    for path in sorted(EVERY):
        answer = world.browser().get(path, headers=HTML)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login")


def test_pages_are_in_the_language_that_is_asked_for(ready: World) -> None:
    browser = ready.sign_in("administrator")
    for path in (*REACHED["administrator"], *FOR_STRANGERS[1:]):
        if path == "/runs/table":
            continue
        swedish, english = open_page(browser, path), open_page(browser, path, lang="en")
        assert '<html lang="sv"' in swedish
        assert '<html lang="en"' in english
        assert "Hoppa till innehållet" in swedish
        assert "Skip to content" in english


def test_a_language_and_a_theme_that_were_chosen_stay(world: World) -> None:
    browser = world.sign_in("officer")
    answer = browser.client.get("/preferences?language=en&theme=dark&next=/entries")
    assert (answer.status_code, answer.headers["location"]) == (303, "/entries")
    html = open_page(browser, "/entries")
    assert '<html lang="en" data-theme="dark">' in html
    away = browser.client.get("/preferences?language=xx&theme=pink&next=https://evil.example")
    assert away.headers["location"] == "/"
    assert '<html lang="en" data-theme="dark">' in open_page(browser, "/entries")


def test_every_link_in_the_menu_leads_to_a_page(ready: World) -> None:
    for who in REACHED:
        browser = ready.sign_in(who)
        menu = open_page(browser, "/").split('id="menu"')[1].split("<main")[0]
        addresses = set(re.findall(r'<a href="(/[^"?]*)"', menu)) - {"/preferences"}
        assert len(addresses) > 6
        for address in addresses:
            open_page(browser, address)


def test_every_page_of_a_router_declares_who_may_open_it() -> None:
    for router in PAGES:
        for route in router.routes:
            access = route.endpoint.access  # type: ignore[attr-defined]
            assert access.is_public or access.roles <= set(Role)
            assert not route.include_in_schema  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", ["/nowhere", "/entries/none", "/review/none", "/imports/none", "/tell/none"])
def test_what_is_not_there_is_a_page_that_helps_on(world: World, path: str) -> None:
    browser = world.sign_in("officer")
    html = open_page(browser, path, status=404)
    check_html(html)
    assert "hittades inte" in html
    assert 'href="/"' in html


def test_a_field_that_cannot_be_read_is_told_in_the_readers_language(world: World) -> None:
    browser = world.sign_in("officer")
    sent = {"csrf_token": browser.token, "verdict": "maybe", "version": "x"}
    answer = browser.client.post("/proposals/x/verdict", data=sent, headers=HTML | {"Accept-Language": "sv"})
    assert answer.status_code == 422
    assert "Välj ett av alternativen." in answer.text
    assert "Skriv ett tal med siffror." in answer.text
    assert "Input should be" not in answer.text


QUERIED = [
    "/inbox",
    "/",
    "/entries",
    "/review",
    "/review/{need}",
    "/entries/{need}",
    "/register",
    "/overview",
    "/second",
    "/remarks",
    "/organisations",
    "/exports",
    "/entries/{need}/joint-needs",
]


def test_the_number_of_queries_does_not_grow_with_the_entries(ready: World) -> None:
    browser = ready.sign_in("officer")
    words = "halka is gångväg äldreboende vinter sand"
    need = ready.make_entry(f"Behov om {words}", publish=True)

    def grow(start: int, end: int) -> None:
        for number in range(start, end):
            ready.make_entry(f"Erbjudande {number} om {words}", "supplier", kind="offering", publish=True)
            ready.make_entry(f"Ett annat behov {number} om {words}", publish=True)

    def count(path: str) -> int:
        with counted(ready) as statements:
            open_page(browser, path.format(need=need["id"]))
        return len(statements)

    grow(0, 5)
    open_page(browser, f"/entries/{need['id']}/joint-needs")
    before = {path: count(path) for path in QUERIED}
    grow(5, 25)
    # What came meanwhile is taken into the search in memory by whoever asks first.
    open_page(browser, f"/entries/{need['id']}/joint-needs")
    assert {path: count(path) for path in QUERIED} == before
    assert max(before.values()) < 40


def test_the_number_of_queries_does_not_grow_with_members(world: World) -> None:
    browser = world.sign_in("administrator")
    with counted(world) as few:
        open_page(browser, "/members")
    for number in range(10):
        world.post(
            "/invitations", "administrator", json={"email": f"a{number}@b.example", "roles": ["officer"]}
        )
    with counted(world) as many:
        open_page(browser, "/members")
    assert len(many) == len(few)


def test_the_first_load_is_small_and_static_files_are_checked(world: World) -> None:
    browser = Browser(world.browser())
    html = open_page(browser, "/login")
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', html)
    assert len(addresses) == 3
    size = len(html.encode()) + sum(len(world.client.get(each).content) for each in addresses)
    assert size < 60_000
    assert html.count('integrity="sha384-') == 2
