"""What came in last, with what is like it."""

from __future__ import annotations

import re

from tests.api.conftest import ICE, LUNCH, World
from tests.api.pages.conftest import counted, make_theme, open_page


def test_what_came_in_is_shown_with_what_is_like_it_its_theme_and_its_codes(ready: World) -> None:
    theme, _ = make_theme(ready, "Halka", [ICE])
    draft = ready.make_entry(LUNCH)
    like = ready.make_entry(f"{ICE} Samma här.", "neighbour", publish=True)
    coded = ready.make_entry("Vi behöver sandning av gångvägar.", publish=True, cpv=["90620000"])
    browser = ready.sign_in("coordinator")
    html = open_page(browser, "/inbox")
    first, second, third = html.split('class="list panel"')[1].split("<h2")[1:4]
    assert coded["id"] in first
    assert "90620000" in first
    assert f"/entries/{draft['id']}/codes" in second
    assert "när posten har publicerats" in second
    assert f"/themes/{theme}" in third
    assert third.count(f"/entries/{like['id']}") == 1
    assert "Inget sådant har kommit in" in open_page(browser, "/inbox?kind=idea")
    assert draft["id"] not in open_page(browser, "/inbox?status=published")


def listed(html: str) -> int:
    """Return how many entries a page lists."""
    return html.split('class="list panel"')[1].count("<h2")


def test_needs_and_ideas_came_in_together_and_what_is_chosen_stays_in_the_address(ready: World) -> None:
    for number in range(21):
        kind = "idea" if number % 2 else "need"
        ready.make_entry(f"Ord{number} annat{number} tredje{number}", kind=kind)
    browser = ready.sign_in("officer")
    html = open_page(browser, "/inbox")
    assert listed(html) == 20
    assert "Idé</span>" in html
    assert "Behov</span>" in html
    following = re.search(r'rel="next" href="([^"]+)"', html)
    assert following
    assert listed(open_page(browser, following[1].replace("&amp;", "&"))) == 1
    ideas = open_page(browser, "/inbox?kind=idea&status=draft")
    assert listed(ideas) == 10
    assert "Behov</span>" not in ideas
    assert '<option value="idea" selected>' in ideas
    for number in range(21):
        ready.make_entry(f"Ord{number} till{number}", kind="idea")
    following = re.search(r'rel="next" href="([^"]+)"', open_page(browser, "/inbox?kind=idea&status=draft"))
    assert following
    assert following[1].startswith("/inbox?kind=idea&amp;status=draft&amp;after=")


def test_what_came_in_is_looked_up_with_as_many_queries_for_two_as_for_twenty(ready: World) -> None:
    make_theme(ready, "Halka", [ICE, f"{ICE} Två."])
    browser = ready.sign_in("officer")
    with counted(ready) as few:
        open_page(browser, "/inbox")
    for number in range(9):
        make_theme(ready, f"Halka {number}", [f"{ICE} Nummer {number}.", f"{ICE} Åter {number}."])
    with counted(ready) as many:
        html = open_page(browser, "/inbox")
    assert listed(html) == 20
    assert html.count("/themes/") >= 20
    assert html.count('class="score"') == 60
    assert len(many) == len(few)
