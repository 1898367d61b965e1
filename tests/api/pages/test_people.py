"""Accounts, members, organisations, keys, the log, and people without an account."""

from __future__ import annotations

import re

import pytest

from api import flood
from api.flood import Limit
from matcher.errors import TooManyAttempts
from matcher.services import public_form
from tests.api.conftest import ICE, Browser, World
from tests.api.pages.conftest import open_page, send
from tests.api.test_sessions import PASSWORD, make_member_with_password


def test_an_administrator_invites_somebody_who_then_is_a_member(world: World) -> None:
    administrator = world.sign_in("administrator")
    html = send(
        administrator,
        "/members/invitations",
        {"email": "ny@exempel.example", "roles": ["officer"]},
        status=200,
    )
    link = re.search(r'value="[^"]*(/invitation/[^"]+)"', html)
    assert link
    assert "ny@exempel.example" in html
    newcomer = Browser(world.browser())
    page = open_page(newcomer, link[1])
    newcomer.token = page.split('name="csrf_token" value="')[1].split('"')[0]
    assert send(newcomer, link[1], {"name": "Ny Officer", "password": PASSWORD}) == "/"
    assert "Hej Ny Officer" in open_page(newcomer, "/")
    assert "Ny Officer" in open_page(administrator, "/members")


def test_the_last_administrator_stays_and_is_told_why(world: World) -> None:
    administrator = world.sign_in("administrator")
    own = world.people["administrator"].id
    html = send(administrator, f"/members/{own}/roles", {"roles": ["officer"]}, status=409)
    assert "skulle bli utan administratör" in html
    html = send(administrator, f"/members/{own}/end", {}, status=409)
    assert "skulle bli utan administratör" in html
    html = send(administrator, f"/members/{world.people['officer'].id}/roles", {}, status=422)
    assert "minst en roll" in html


def test_roles_are_changed_memberships_ended_and_passwords_renewed(world: World) -> None:
    administrator, member = world.sign_in("administrator"), world.people["officer"].id
    send(administrator, f"/members/{member}/roles", {"roles": ["coordinator", "officer"]})
    assert set(world.get("/me").json()["roles"]) == {"officer"}
    html = send(administrator, f"/members/{member}/reset", {}, status=200)
    assert "/reset/" in html
    send(administrator, f"/members/{member}/end", {})
    assert world.get("/me").status_code == 401
    log = open_page(administrator, "/audit?area=member")
    for said in ("Roller ändrade", "Lösenordslänk skapad", "Medlemskap avslutat"):
        assert said in log


def test_a_key_is_shown_once_works_and_can_be_revoked(world: World) -> None:
    officer = world.sign_in("officer")
    data = {"name": "Nattlig inläsning", "roles": ["officer"], "expires_on": ""}
    html = send(officer, "/account/keys", data, status=200)
    secret = re.search(r'value="(mk_[^"]+)"', html)
    assert secret
    assert secret[1] not in open_page(officer, "/account")
    headers = {"Authorization": f"Bearer {secret[1]}"}
    assert world.client.get("/api/v1/me", headers=headers).status_code == 200
    revoke = re.findall(r'action="(/account/keys/[^"]+/revoke)"', open_page(officer, "/account"))
    for address in revoke:
        send(officer, address, {})
    assert world.client.get("/api/v1/me", headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"name": "", "roles": ["officer"]}, "ett namn"),
        ({"name": "x", "roles": ["officer"], "expires_on": "2020-01-01"}, "redan ha gått ut"),
        ({"name": "x", "roles": ["officer"], "expires_on": "snart"}, "inget datum"),
    ],
)
def test_a_wrong_key_is_refused_with_what_is_wrong(world: World, data: dict[str, object], said: str) -> None:
    assert said in send(world.sign_in("officer"), "/account/keys", data, status=422)


def test_a_password_is_changed_only_with_the_present_one(world: World) -> None:
    make_member_with_password(world)
    browser = Browser(world.browser())
    page = open_page(browser, "/login")
    browser.token = page.split('name="csrf_token" value="')[1].split('"')[0]
    send(browser, "/login", {"email": "gun@exempel.example", "password": PASSWORD})
    browser.token = open_page(browser, "/").split('name="csrf_token" value="')[1].split('"')[0]
    new = "en helt annan lång mening"
    html = send(browser, "/account/password", {"old": "fel", "new": new}, status=422)
    assert "nuvarande lösenordet stämmer inte" in html
    html = send(browser, "/account/password", {"old": PASSWORD, "new": "kort"}, status=422)
    assert "minst 12 tecken" in html
    send(browser, "/account/password", {"old": PASSWORD, "new": new})
    assert "Lösenordet är bytt" in open_page(browser, "/account")


def test_an_organisation_is_changed_and_of_two_who_do_the_second_is_told(world: World) -> None:
    first, second = world.sign_in("administrator"), world.sign_in("administrator")
    html = open_page(first, "/organisation")
    version = re.search(r'action="/organisation">.*?name="version" value="(\d+)"', html, re.DOTALL)
    assert version
    data = {
        "name": "Exempelstads kommun",
        "municipality": "Piteå",
        "languages": "sv, fi",
        "version": version[1],
    }
    send(first, "/organisation", data)
    assert "Exempelstads kommun" in open_page(first, "/")
    html = send(second, "/organisation", {**data, "name": "Något annat"}, status=412)
    assert "Något annat" in html
    assert "Någon annan har ändrat" in html
    html = send(second, "/organisation", {**data, "municipality": "Mordor"}, status=422)
    assert "ingen svensk kommun" in html


def test_an_organisation_number_is_checked_when_one_is_registered(world: World) -> None:
    administrator = world.sign_in("administrator")
    data = {"name": "Ny Leverantör AB", "kind": "supplier", "organisation_number": "556036-0794"}
    html = send(administrator, "/organisations", data, status=422)
    assert "sista siffran stämmer inte" in html
    data["organisation_number"] = "556036-0793"
    send(administrator, "/organisations", data)
    assert "556036-0793" in open_page(administrator, "/organisations")
    assert "redan registrerat" in send(administrator, "/organisations", data, status=409)


def test_a_supplier_tells_its_size_by_the_definition_on_the_page(world: World) -> None:
    supplier = world.sign_in("supplier")
    for path in ("/register", "/organisation"):
        html = open_page(supplier, path)
        assert "2003/361/EG" in html
        assert '<option value="" selected>' not in html
    send(supplier, "/register/size", {"size": "small"})
    assert '<option value="small" selected>Liten (färre än 50 personer)' in open_page(supplier, "/register")
    html = open_page(supplier, "/organisation")
    assert '<option value="small" selected>' in html
    version = re.search(r'action="/organisation">.*?name="version" value="(\d+)"', html, re.DOTALL)
    assert version
    send(supplier, "/organisation", {"name": "Isfritt AB", "size": "medium", "version": version[1]})
    assert "Medium (fewer than 250 persons)" in open_page(
        world.sign_in("officer"), "/organisations", lang="en"
    )
    html = send(supplier, "/register/size", {"size": "huge"}, status=422)
    assert "Det finns ingen sådan storlek" in html


def test_a_buyer_is_not_asked_for_its_size(world: World) -> None:
    administrator = world.sign_in("administrator")
    assert "2003/361/EG" not in open_page(administrator, "/organisation")
    assert "2003/361/EG" not in open_page(administrator, "/register")


def test_an_administrator_tells_the_size_of_suppliers_that_nobody_acts_for(world: World) -> None:
    administrator = world.sign_in("administrator")
    assert 'action="/organisations/size"' not in open_page(administrator, "/organisations")
    made = {"name": "Sand AB", "kind": "supplier", "size": "micro"}
    send(administrator, "/organisations", made)
    html = open_page(administrator, "/organisations")
    assert "<td>Mikro (färre än 10 personer)</td>" in html
    chosen = re.findall(r'<option value="([^"]+)">(Sand AB|Isfritt AB)</option>', html)
    assert [name for _, name in chosen] == ["Sand AB"]
    send(administrator, "/organisations/size", {"organisation": chosen[0][0], "size": "large"})
    assert "<td>Stor (250 personer eller fler)</td>" in open_page(administrator, "/organisations")
    other = world.people["supplier"].organisation_id
    send(administrator, "/organisations/size", {"organisation": other, "size": "large"}, status=403)
    assert 'action="/organisations/size"' not in open_page(world.sign_in("supplier"), "/organisations")


def open_form(world: World, *, shows_published: bool = False) -> str:
    """Open the form of Exempelstad; return its address."""
    administrator = world.sign_in("administrator")
    data = {"is_open": "true", "note": "Vi läser allt.", "version": 0}
    if shows_published:
        data["shows_published"] = "true"
    send(administrator, "/organisation/form", data)
    return f"/tell/{world.people['officer'].organisation_id}"


def visitor(world: World, address: str) -> tuple[Browser, dict[str, str]]:
    browser = Browser(world.browser())
    html = open_page(browser, address)
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html))
    browser.token = fields["csrf_token"]
    return browser, {"nonce": fields["nonce"], "kind": "need", "then": "send"}


def test_somebody_without_an_account_writes_and_staff_read_it_first(ready: World) -> None:
    address = open_form(ready)
    browser, data = visitor(ready, address)
    assert "Vi läser allt." in open_page(browser, address)
    thanks = send(browser, address, {**data, "text": f"{ICE} Ring 070-174 06 05."})
    assert send(browser, address, {**data, "text": f"{ICE} Ring 070-174 06 05."}) == thanks
    receipt = thanks.partition("receipt=")[2]
    assert receipt in open_page(browser, thanks)
    (entry,) = ready.get("/entries").json()["items"]
    assert (entry["id"], entry["status"], entry["source"]) == (receipt, "draft", public_form.SOURCE)
    assert "070-174" not in entry["text"]
    assert not ready.get("/entries", "neighbour").json()["items"]


def test_a_closed_form_is_not_there_and_an_open_one_says_what_happens(world: World) -> None:
    address = f"/tell/{world.people['officer'].organisation_id}"
    stranger = Browser(world.browser())
    open_page(stranger, address, status=404)
    administrator = world.sign_in("administrator")
    html = send(administrator, "/organisation/form", {"is_open": "true", "note": " "}, status=422)
    assert "vad som händer med det man skriver" in html
    open_form(world)
    assert "Exempelstad" in open_page(stranger, "/tell")


def test_published_needs_are_shown_to_strangers_only_where_the_organisation_says_so(ready: World) -> None:
    ready.make_entry(ICE, publish=True)
    ready.make_entry(f"{ICE} Hos oss.", "neighbour", publish=True)
    address = open_form(ready)
    browser, data = visitor(ready, address)
    assert ICE[:30] not in send(browser, f"{address}/similar", {**data, "text": ICE}, status=200)
    administrator = ready.sign_in("administrator")
    form = {"is_open": "true", "shows_published": "true", "note": "Vi läser.", "version": 1}
    send(administrator, "/organisation/form", form)
    shown = send(browser, f"{address}/similar", {**data, "text": ICE}, status=200)
    assert ICE[:30] in shown
    assert "Hos oss" not in shown


def test_a_program_that_fills_in_the_hidden_field_leaves_nothing_behind(ready: World) -> None:
    address = open_form(ready)
    browser, data = visitor(ready, address)
    assert send(browser, address, {**data, "text": ICE, "website": "http://spam"}) == "/tell/thanks"
    assert not ready.get("/entries").json()["items"]


def test_a_flood_is_held_back_and_what_was_typed_stays(ready: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flood, "SENDING", Limit(2, seconds=600))
    address = open_form(ready)
    for number in range(3):
        browser, data = visitor(ready, address)
        status = 303 if number < 2 else 429
        answer = send(browser, address, {**data, "text": f"{ICE} {number}"}, status=status)
    assert "väldigt ofta" in answer
    assert f"{ICE} 2" in answer
    monkeypatch.setattr(flood, "SENDING", Limit(99, seconds=600))
    monkeypatch.setattr(public_form, "MOST_AN_HOUR", 2)
    browser, data = visitor(ready, address)
    assert "inom en timme" in send(browser, address, {**data, "text": ICE}, status=429)


def test_a_limit_lets_go_when_the_while_is_over() -> None:
    now = [0.0]
    limit = Limit(2, seconds=10, clock=lambda: now[0])
    limit.check("a")
    limit.check("a")
    limit.check("b")
    with pytest.raises(TooManyAttempts):
        limit.check("a")
    now[0] = 10.5
    limit.check("a")


@pytest.mark.parametrize("text", ["", "   ", "x" * 20_001])
def test_a_text_that_cannot_be_taken_is_told(ready: World, text: str) -> None:
    address = open_form(ready)
    browser, data = visitor(ready, address)
    assert 'aria-invalid="true"' in send(browser, address, {**data, "text": text}, status=422)


def test_the_log_is_filtered_by_area_member_thing_and_day(world: World) -> None:
    entry = world.make_entry(ICE, publish=True)
    world.make_entry(ICE, "coordinator")
    browser = world.sign_in("administrator")
    officer = world.people["officer"].id
    assert "Post skapad" in open_page(browser, f"/audit?area=entry&member={officer}")
    only = open_page(browser, f"/audit?thing={entry['id']}")
    assert only.count('<th scope="row">') == 1
    assert "Inget i loggen passar" in open_page(browser, "/audit?last=2020-01-01")
    assert "inget datum" in open_page(browser, "/audit?first=i+går")
