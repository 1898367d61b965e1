"""Becoming a partner: the page to ask on, the same for everybody, and the page where it is answered."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from api import flood
from api.flood import Limit
from matcher.services.accounts import asking
from matcher.settings import Settings
from tests.api.conftest import Browser, Person, World, served
from tests.api.pages.conftest import counted, open_page, send
from tests.api.pages.test_every_page import check_html

PASSWORD = "en lång mening som man minns"
TOLD = {
    "organisation_number": "556036-0793",
    "name": "Sand & Salt AB",
    "kind": "supplier",
    "size": "",
    "contact": "Siv Sandberg",
    "email": "siv@sand.example",
    "about": "Vi sandar gångvägar.",
    "website": "",
}


@pytest.fixture(autouse=True)
def no_flood_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flood, "ASKING", Limit(99, seconds=600))


def visitor(world: World) -> tuple[Browser, dict[str, object]]:
    """Return a browser with the form in it, and what is filled in."""
    browser = Browser(world.browser())
    fields = hidden(open_page(browser, "/join"))
    browser.token = fields.pop("csrf_token")
    return browser, {**TOLD, **fields}


def hidden(html: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html))


def ask(world: World, **fields: object) -> None:
    browser, told = visitor(world)
    assert send(browser, "/join", {**told, **fields}) == "/join/thanks"


def requested(html: str) -> list[str]:
    """Return the ids of the requests on a page."""
    return re.findall(r'aria-labelledby="request-([^"]+)"', html)


def test_a_firm_asks_is_approved_and_signs_in(world: World) -> None:
    ask(world, size="small")
    administrator = world.sign_in("administrator")
    assert "ansökningar att svara på" in open_page(administrator, "/")
    assert "Sand" not in open_page(administrator, "/organisations")
    html = open_page(administrator, "/requests")
    check_html(html)
    for said in ("Sand &amp; Salt AB", "556036-0793", "Siv Sandberg", "Liten (färre än 50", "Vi sandar"):
        assert said in html
    (request,) = requested(html)
    html = send(administrator, f"/requests/{request}/approve", {}, status=200)
    check_html(html)
    assert "Godkänd: Sand &amp; Salt AB" in html
    link = re.search(r'readonly value="[^"]*(/reset/[^"]+)"', html)
    assert link
    assert "ansökningar att svara på" not in open_page(administrator, "/")
    assert "Sand &amp; Salt AB" in open_page(administrator, "/organisations")
    newcomer = Browser(world.browser())
    newcomer.token = hidden(open_page(newcomer, link[1]))["csrf_token"]
    assert send(newcomer, link[1], {"password": PASSWORD}) == "/"
    assert "Hej Siv Sandberg" in open_page(newcomer, "/")
    open_page(newcomer, "/register")
    open_page(newcomer, "/requests", status=403)
    log = open_page(administrator, "/audit?area=partner_request")
    assert "Ansökan godkänd" in log
    assert "Siv Sandberg" not in log


def test_the_page_is_found_from_where_people_come_in(world: World) -> None:
    for html in (
        open_page(Browser(world.browser()), "/login"),
        open_page(world.sign_in("officer"), "/"),
        open_page(Browser(world.browser()), "/tell"),
    ):
        assert 'href="/join"' in html


def test_a_stranger_learns_nothing_of_who_is_registered(world: World) -> None:
    administrator = world.sign_in("administrator")
    known = {"name": "Sand AB", "kind": "supplier", "organisation_number": TOLD["organisation_number"]}
    send(administrator, "/organisations", known)
    ask(world, organisation_number="FI20774740")  # administrators are told of the first of a day alone
    answers = set()
    for fields in ({}, {"organisation_number": "NO923609016"}, {"email": "officer@exempel.example"}):
        browser, told = visitor(world)
        with counted(world) as statements:
            address = send(browser, "/join", {**told, **fields})
        answers.add((address, open_page(browser, address), len(statements)))
    assert len(answers) == 1
    assert "Vi skriver till den e-postadress" in next(iter(answers))[1]


def test_the_approver_sees_that_the_organisation_is_there_and_adds_the_person(world: World) -> None:
    administrator = world.sign_in("administrator")
    known = {"name": "Sand AB", "kind": "supplier", "organisation_number": TOLD["organisation_number"]}
    send(administrator, "/organisations", known)
    ask(world)
    html = open_page(administrator, "/requests")
    assert "Numret är redan registrerat: <strong>Sand AB</strong>" in html
    (request,) = requested(html)
    html = send(administrator, f"/requests/{request}/approve", {}, status=409)
    assert "redan registrerat" in html
    assert "/reset/" in send(administrator, f"/requests/{request}/approve", {"joins": "true"}, status=200)


def test_the_approver_is_told_of_organisations_with_the_same_name(world: World) -> None:
    ask(world, name="EXEMPLETS  kommun")
    administrator = world.sign_in("administrator")
    assert "Samma namn" not in open_page(administrator, "/requests")
    send(administrator, "/organisations", {"name": "Exemplets kommun", "kind": "municipality"})
    html = open_page(administrator, "/requests")
    assert "<strong>Exemplets kommun</strong> (Kommun)" in html
    check_html(html)
    (request,) = requested(html)
    send(administrator, f"/requests/{request}/reject", {"reason": "Är inte kommunen"})
    assert "Samma namn" not in open_page(administrator, "/requests?state=all")


def test_the_link_to_write_to_somebody_adds_no_readers_of_its_own(world: World) -> None:
    ask(world, email="siv?cc=boss&body=hej@sand.example")
    html = open_page(world.sign_in("administrator"), "/requests")
    assert re.findall(r'href="mailto:([^"]*)"', html) == ["siv%3Fcc%3Dboss%26body%3Dhej@sand.example"]


def test_an_organisation_with_an_administrator_of_its_own_finds_the_request_itself(world: World) -> None:
    supplier = world.people["supplier"].organisation_id
    with world.sessions.begin() as session:
        from models.records import Organisation

        session.get(Organisation, supplier).organisation_number = TOLD["organisation_number"]  # type: ignore[union-attr]
    ask(world)
    ask(world, organisation_number="NO923609016")
    buyer, own = world.sign_in("administrator"), world.sign_in("supplier")
    html = open_page(buyer, "/requests")
    assert "avgör organisationens egna administratörer" in html
    assert len(requested(html)) == 2
    (request,) = requested(open_page(own, "/requests"))
    assert f'action="/requests/{request}/approve"' not in html
    html = send(buyer, f"/requests/{request}/approve", {"joins": "true"}, status=403)
    assert "organisationens egna administratörer" in html
    assert "/reset/" in send(own, f"/requests/{request}/approve", {"joins": "true"}, status=200)


def test_who_has_an_account_is_invited_and_the_approver_is_told(world: World) -> None:
    ask(world, email="officer@exempel.example")
    administrator = world.sign_in("administrator")
    (request,) = requested(open_page(administrator, "/requests"))
    html = send(administrator, f"/requests/{request}/approve", {}, status=200)
    assert "/invitation/" in html
    assert "har redan ett konto" in html


def test_a_rejection_needs_a_reason_which_is_kept(world: World) -> None:
    ask(world)
    administrator, second = world.sign_in("administrator"), world.sign_in("neighbour")
    (request,) = requested(open_page(administrator, "/requests"))
    html = send(administrator, f"/requests/{request}/reject", {"reason": " "}, status=422)
    assert "Skriv varför ansökan avslås." in html
    html = send(administrator, f"/requests/{request}/reject", {"reason": "x" * 2001}, status=422)
    assert "x" * 2001 in html
    assert send(administrator, f"/requests/{request}/reject", {"reason": "Fel nummer"}) == "/requests"
    assert "Ansökan är avslagen" in open_page(administrator, "/requests")
    assert "Fel nummer" in open_page(second, "/requests?state=rejected")
    html = send(second, f"/requests/{request}/reject", {"reason": "Samma här"}, status=409)
    assert "Samma här" in html
    assert "inte öppen längre" in send(second, f"/requests/{request}/approve", {}, status=409)


def test_a_lost_link_is_replaced(world: World) -> None:
    ask(world)
    administrator = world.sign_in("administrator")
    (request,) = requested(open_page(administrator, "/requests"))
    assert "inte godkänd" in send(administrator, f"/requests/{request}/link", {}, status=409)
    first = send(administrator, f"/requests/{request}/approve", {}, status=200)
    assert f'action="/requests/{request}/link"' in open_page(administrator, "/requests?state=approved")
    second = send(administrator, f"/requests/{request}/link", {}, status=200)
    links = [re.findall(r"/reset/[\w-]+", html)[0] for html in (first, second)]
    assert links[0] != links[1]


def test_double_clicks_and_repeats_are_one_request(world: World) -> None:
    browser, told = visitor(world)
    for _ in range(2):
        assert send(browser, "/join", told) == "/join/thanks"
    ask(world)
    assert len(requested(open_page(world.sign_in("administrator"), "/requests"))) == 1


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"organisation_number": "556036-0794"}, "organisation_number", "sista siffran stämmer inte"),
        ({"organisation_number": "811218-9876"}, "organisation_number", "ett personnummer"),
        ({"organisation_number": ""}, "organisation_number", "Fyll i"),
        ({"name": ""}, "name", "Fyll i"),
        ({"contact": ""}, "contact", "Fyll i"),
        ({"email": "siv"}, "email", ""),
        ({"about": "x" * 2001}, "about", "2000"),
        ({"kind": "municipality"}, "kind", "Företag, föreningar och lärosäten"),
        ({"kind": "shop"}, "kind", "Välj ett av alternativen"),
        ({"size": "huge"}, "size", "Välj ett av alternativen"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_typed_is_lost(
    world: World, fields: dict[str, str], field: str, said: str
) -> None:
    browser, told = visitor(world)
    html = send(browser, "/join", {**told, **fields}, status=422)
    check_html(html)
    assert f'href="#{field}"' in html
    assert said in html
    for name, value in {**told, **fields}.items():
        if name not in ("kind", "size") and value:
            assert str(value).replace("&", "&amp;") in html, name
    assert not requested(open_page(world.sign_in("administrator"), "/requests"))


def test_what_was_typed_stays_where_the_page_has_become_too_old(world: World) -> None:
    browser, told = visitor(world)
    browser.client.cookies.clear()
    html = send(browser, "/join", told, status=200)
    assert "Det du skrev är kvar" in html
    assert "Vi sandar gångvägar." in html
    kept = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html))
    assert kept["contact"] == "Siv Sandberg"
    browser.token = kept.pop("csrf_token")
    assert send(browser, "/join", {**kept, "name": TOLD["name"]}) == "/join/thanks"


def test_another_site_sends_nothing_through_a_visitors_browser(world: World) -> None:
    browser, told = visitor(world)
    headers = {"Accept": "text/html", "Origin": "https://evil.example"}
    data = {"csrf_token": browser.token, **told}
    answer = browser.client.post("/join", data=data, headers=headers)
    assert answer.status_code == 403
    assert "Siv Sandberg" not in answer.text


def test_a_program_that_fills_in_the_hidden_field_leaves_nothing_behind(world: World) -> None:
    ask(world, website="http://spam")
    assert not requested(open_page(world.sign_in("administrator"), "/requests"))


def test_a_flood_is_held_back_and_what_was_typed_stays(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flood, "ASKING", Limit(1, seconds=600))
    ask(world)
    browser, told = visitor(world)
    html = send(browser, "/join", told, status=429)
    assert "väldigt ofta" in html
    assert "Vi sandar gångvägar." in html
    monkeypatch.setattr(flood, "ASKING", Limit(99, seconds=600))
    monkeypatch.setattr(asking, "MOST_AN_HOUR", 1)
    browser, told = visitor(world)
    html = send(browser, "/join", {**told, "organisation_number": "NO923609016"}, status=429)
    assert "inom en timme" in html


def test_the_page_says_how_long_what_is_told_is_kept(world: World, kept_for_a_month: World) -> None:
    assert "dagar efter svaret" not in open_page(Browser(world.browser()), "/join")
    told = open_page(Browser(kept_for_a_month.browser()), "/join")
    assert "30 dagar efter svaret, eller efter ansökan om ingen svarar" in told


@pytest.fixture
def kept_for_a_month(peopled: tuple[object, dict[str, Person]], settings: Settings) -> Iterator[World]:
    kept = settings.model_copy(update={"retention_days": 30})
    with served(peopled, kept, has_worker=False) as world:  # type: ignore[arg-type]
        yield world


def test_where_nobody_may_ask_there_is_no_page_and_no_link(
    peopled: tuple[object, dict[str, Person]], settings: Settings
) -> None:
    closed = settings.model_copy(update={"partner_requests": "closed"})
    with served(peopled, closed, has_worker=False) as world:  # type: ignore[arg-type]
        stranger = Browser(world.browser())
        login = open_page(stranger, "/login")
        assert "/join" not in login
        for path in ("/join", "/join/thanks"):
            open_page(stranger, path, status=404)
        stranger.token = hidden(login)["csrf_token"]
        assert "hittades inte" in send(stranger, "/join", {**TOLD}, status=404)
        assert "är stängd" in open_page(world.sign_in("administrator"), "/requests")


def test_requests_are_shown_page_by_page_with_as_many_queries(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.pages.partner_requests._PER_PAGE", 2)
    administrator = world.sign_in("administrator")
    ask(world)
    with counted(world) as few:
        open_page(administrator, "/requests")
    for number in ("NO923609016", "FI20774740"):
        ask(world, organisation_number=number)
    with counted(world) as many:
        html = open_page(administrator, "/requests")
    assert len(many) == len(few)
    following = re.search(r'rel="next" href="([^"]+)"', html)
    assert following
    more = open_page(administrator, following[1].replace("&amp;", "&"))
    assert len({*requested(html), *requested(more)}) == 3
