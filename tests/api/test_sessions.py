"""Sessions of people: signed, limited in time, revocable, and safe from other sites."""

from __future__ import annotations

import time

import pytest

from api import signing_in
from matcher.services import accounts
from matcher.services.actor import SYSTEM
from matcher.types import Role
from tests.api.conftest import ICE, World, form_token

PASSWORD = "en lång mening som man minns"
NEED = {"kind": "need", "text": ICE}


def test_somebody_who_is_signed_in_may_do_what_its_roles_allow(world: World) -> None:
    browser = world.sign_in("officer")
    me = browser.client.get("/api/v1/me").json()
    assert (me["roles"], me["organisation"]) == (["officer"], "Exempelstad")
    assert browser.post("/api/v1/entries", json=NEED).status_code == 201
    assert browser.client.get("/api/v1/members").status_code == 403


def test_a_write_without_the_pages_token_is_refused(world: World) -> None:
    browser = world.sign_in("officer")
    assert browser.client.post("/api/v1/entries", json=NEED).status_code == 403
    wrong = browser.client.post("/api/v1/entries", json=NEED, headers={"X-CSRF-Token": "x"})
    assert wrong.status_code == 403
    stolen = world.sign_in("coordinator").token
    other = browser.client.post("/api/v1/entries", json=NEED, headers={"X-CSRF-Token": stolen})
    assert other.status_code == 403
    assert browser.client.get("/api/v1/entries").json()["items"] == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_write_from_another_site_is_refused_even_with_the_token(
    world: World, headers: dict[str, str]
) -> None:
    browser = world.sign_in("officer")
    assert browser.post("/api/v1/entries", json=NEED, headers=headers).status_code == 403


def test_a_write_from_our_own_pages_is_taken(world: World) -> None:
    browser = world.sign_in("officer")
    headers = {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"}
    assert browser.post("/api/v1/entries", json=NEED, headers=headers).status_code == 201


def test_a_changed_cookie_is_nobody(world: World) -> None:
    browser = world.sign_in("officer")
    cookie = browser.client.cookies["matcher"]
    browser.client.cookies.set("matcher", "x" + cookie[1:], domain="127.0.0.1")
    answer = world.browser().get("/api/v1/me", headers={"Cookie": f"matcher=x{cookie[1:]}"})
    assert answer.status_code == 401


def test_a_session_ends_after_the_hours_that_are_set(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = world.sign_in("officer")
    later = time.time() + world.settings.session_hours * 3600 + 1
    monkeypatch.setattr(signing_in, "time", _Clock(later))
    assert browser.client.get("/api/v1/me").status_code == 401


def test_signing_out_everywhere_ends_every_session(world: World) -> None:
    first, second = world.sign_in("officer"), world.sign_in("officer")
    member = world.people["officer"].id
    assert world.post(f"/members/{member}/sign-out", "partner").status_code == 403
    assert first.post(f"/api/v1/members/{member}/sign-out").status_code == 204
    assert first.client.get("/api/v1/me").status_code == 401
    assert second.client.get("/api/v1/me").status_code == 401


def test_who_loses_a_role_loses_it_at_once(world: World) -> None:
    browser = world.sign_in("officer")
    member = world.people["officer"].id
    answer = world.call("PUT", f"/members/{member}/roles", "administrator", json={"roles": ["partner"]})
    assert answer.json()["roles"] == ["partner"]
    assert browser.client.get("/api/v1/me").json()["roles"] == ["partner"]
    assert world.get("/me").status_code == 401  # its key had been made for the other role


def test_a_one_time_link_works_once(world: World) -> None:
    with world.sessions.begin() as session:
        token = accounts.make_sign_in_link(session, world.people["officer"].id, settings=world.settings)
    for expected in (303, 401):
        client = world.browser()
        page = client.get(f"/link/{token}")
        answer = client.post(f"/link/{token}", data={"csrf_token": form_token(page.text)})
        assert answer.status_code == expected


def test_looking_at_a_link_does_not_use_it_up(world: World) -> None:
    with world.sessions.begin() as session:
        token = accounts.make_sign_in_link(session, world.people["officer"].id, settings=world.settings)
    for _ in range(3):
        assert world.browser().get(f"/link/{token}").status_code == 200


def test_tries_to_guess_a_password_are_stopped(world: World) -> None:
    make_member_with_password(world)
    client = world.browser()
    token = form_token(client.get("/login").text)

    def try_in(password: str) -> int:
        form = {"email": "gun@exempel.example", "password": password, "csrf_token": token}
        return client.post("/login", data=form).status_code

    assert [try_in(f"fel lösenord {number}") for number in range(10)] == [401] * 10
    assert try_in(PASSWORD) == 429
    assert client.get("/api/v1/me").status_code == 401


def test_the_right_password_signs_in_and_starts_a_new_form_token(world: World) -> None:
    make_member_with_password(world)
    client = world.browser()
    before = form_token(client.get("/login").text)
    form = {"email": "GUN@exempel.example ", "password": PASSWORD, "csrf_token": before}
    answer = client.post("/login?next=x", data={**form, "next": "https://evil.example"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert client.get("/api/v1/me").json()["name"] == "Gun"
    assert form_token(client.get("/docs").text) != before


def test_a_member_of_two_organisations_chooses_for_which_it_acts(world: World) -> None:
    other = world.people["neighbour"].organisation_id
    address = world.post(
        "/invitations", "neighbour", json={"email": "gun@exempel.example", "roles": ["officer"]}
    )
    make_member_with_password(world)
    client = world.browser()
    path = address.json()["address"].removeprefix("http://127.0.0.1:8000")
    token = form_token(client.get(path).text)
    form = {"name": "Gun", "password": PASSWORD, "csrf_token": token}
    assert client.post(path, data=form).status_code == 303
    token = form_token(client.get("/docs").text)
    assert client.get("/api/v1/me").json()["organisation"] == "Exempelstad"

    def choose(organisation_id: str) -> int:
        body = {"organisation_id": organisation_id}
        return client.put("/api/v1/me/organisation", json=body, headers={"X-CSRF-Token": token}).status_code

    assert choose(other) == 204
    me = client.get("/api/v1/me").json()
    assert (me["organisation"], me["roles"]) == ("Grannköping", ["officer"])
    assert {each["name"] for each in me["organisations"]} == {"Exempelstad", "Grannköping"}
    assert choose(world.people["supplier"].organisation_id) == 404
    by_key = world.call("PUT", "/me/organisation", "neighbour", json={"organisation_id": other})
    assert by_key.status_code == 403


def make_member_with_password(world: World) -> None:
    with world.sessions.begin() as session:
        accounts.create_member(
            session,
            email="gun@exempel.example",
            name="Gun",
            organisation_id=world.people["officer"].organisation_id,
            roles={Role.COORDINATOR},
            password=PASSWORD,
            actor=SYSTEM,
        )


class _Clock:
    """Stands for the module ``time`` at another moment."""

    def __init__(self, now: float) -> None:
        self._now = now

    def time(self) -> float:
        return self._now
