"""Partners that ask for an account through the API, and who answers them."""

from __future__ import annotations

import pytest

from api import flood
from api.flood import Limit
from matcher.services.accounts import asking
from matcher.settings import Settings
from tests.api.conftest import Person, World, form_token, served

PASSWORD = "en lång mening som man minns"
BODY = {
    "organisation_number": "556036-0793",
    "name": "Sand & Salt AB",
    "kind": "supplier",
    "contact": "Siv Sandberg",
    "email": "siv@sand.example",
    "about": "Vi sandar gångvägar.",
}


@pytest.fixture(autouse=True)
def no_flood_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flood, "ASKING", Limit(99, seconds=600))


def ask(world: World, **fields: object) -> None:
    answer = world.post("/partner-requests", None, json=BODY | fields)
    assert (answer.status_code, answer.content) == (204, b"")


def listed(world: World, by: str = "administrator", **params: str) -> list[dict]:
    items: list[dict] = world.get("/partner-requests", by, params=params).json()["items"]
    return items


def test_a_request_is_approved_and_its_person_signs_in_as_a_partner(world: World) -> None:
    ask(world, size="small")
    assert "Sand" not in world.get("/organisations").text
    (request,) = listed(world, state="open")
    assert (request["state"], request["existing"], request["may_approve"]) == ("open", None, True)
    assert request["namesakes"] == []
    assert request["contact"] == "Siv Sandberg"
    answer = world.post(f"/partner-requests/{request['id']}/approve", "administrator", json={})
    offered = answer.json()
    assert (answer.status_code, offered["is_invitation"]) == (201, False)
    made = world.get(f"/organisations/{offered['organisation_id']}").json()
    assert (made["name"], made["size"]) == ("Sand & Salt AB", "small")
    client = world.browser()
    token = form_token(client.get(offered["address"]).text)
    client.post(offered["address"], data={"password": PASSWORD, "csrf_token": token})
    me = client.get("/api/v1/me").json()
    assert (me["name"], me["roles"], me["organisation"]) == ("Siv Sandberg", ["partner"], "Sand & Salt AB")
    assert client.get("/api/v1/partner-requests").status_code == 403
    shown = world.get(f"/partner-requests/{request['id']}", "administrator").json()
    assert (shown["state"], shown["decided_by"]) == ("approved", "Administrator")


def test_a_link_that_was_lost_is_made_anew(world: World) -> None:
    ask(world)
    path = f"/partner-requests/{listed(world)[0]['id']}"
    assert world.post(f"{path}/link", "administrator").status_code == 409
    first = world.post(f"{path}/approve", "administrator", json={}).json()["address"]
    second = world.post(f"{path}/link", "administrator").json()["address"]
    client = world.browser()
    for address, status in ((first, 422), (second, 303)):
        token = form_token(client.get(address).text)
        answer = client.post(address, data={"password": PASSWORD, "csrf_token": token})
        assert answer.status_code == status
    assert world.post(f"{path}/link", "administrator").status_code == 409


def test_the_answer_is_the_same_whether_the_organisation_and_the_person_are_known_or_not(
    world: World,
) -> None:
    body = {"name": "Sand AB", "kind": "supplier", "organisation_number": BODY["organisation_number"]}
    own = world.post("/organisations", "administrator", json=body).json()["id"]
    answers = [
        world.post("/partner-requests", None, json=BODY | fields)
        for fields in ({}, {"organisation_number": "NO923609016"}, {"email": "supplier@exempel.example"})
    ]
    assert len({(each.status_code, each.content, str(sorted(each.headers.items()))) for each in answers}) == 1
    found = {each["organisation_number"]: each["existing"] for each in listed(world)}
    assert found["NO923609016"] is None
    assert found["556036-0793"] == {"id": own, "name": "Sand AB", "kind": "supplier"}


def test_who_has_the_number_already_is_joined_only_if_that_is_said(world: World) -> None:
    body = {"name": "Sand AB", "kind": "supplier", "organisation_number": BODY["organisation_number"]}
    own = world.post("/organisations", "administrator", json=body).json()["id"]
    ask(world)
    path = f"/partner-requests/{listed(world)[0]['id']}/approve"
    refused = world.post(path, "administrator", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert world.post(path, "administrator", json={"joins": True}).json()["organisation_id"] == own


def test_who_has_an_account_gets_an_invitation(world: World) -> None:
    ask(world, email="officer@exempel.example")
    path = f"/partner-requests/{listed(world)[0]['id']}/approve"
    offered = world.post(path, "administrator", json={}).json()
    assert offered["is_invitation"]
    assert "/invitation/" in offered["address"]


def test_a_rejection_keeps_its_reason(world: World) -> None:
    ask(world)
    path = f"/partner-requests/{listed(world)[0]['id']}"
    assert world.post(f"{path}/reject", "administrator", json={"reason": " "}).status_code == 422
    answer = world.post(f"{path}/reject", "administrator", json={"reason": "Fel nummer"})
    assert answer.status_code == 204
    assert world.post(f"{path}/reject", "administrator", json={"reason": "Igen"}).status_code == 409
    assert world.get(path, "administrator").json()["reason"] == "Fel nummer"
    events = world.get("/audit", "administrator", params={"area": "partner_request"}).json()["items"]
    assert [each["action"] for each in events] == ["partner_request.rejected"]


def test_requests_are_for_administrators_of_public_buyers(world: World) -> None:
    ask(world)
    (request,) = listed(world, "neighbour")
    assert listed(world, "supplier") == []
    path = f"/partner-requests/{request['id']}"
    assert world.get(path, "supplier").status_code == 404
    assert world.post(f"{path}/approve", "supplier", json={}).status_code == 404
    assert world.get(path, "officer").status_code == 403
    assert world.get("/partner-requests/none", "administrator").json()["code"] == "partner-request-not-found"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"organisation_number": "556036-0794"}, "organisation_number"),
        ({"kind": "municipality"}, "kind"),
        ({"email": "siv"}, "email"),
        ({"about": ""}, "about"),
        ({"role": "administrator"}, "role"),
    ],
)
def test_what_is_wrong_is_named(world: World, change: dict[str, str], field: str) -> None:
    answer = world.post("/partner-requests", None, json=BODY | change)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert listed(world) == []


def test_what_is_sent_again_is_one_request(world: World) -> None:
    for headers in ({}, {}, {"Idempotency-Key": "a"}):
        assert world.post("/partner-requests", None, json=BODY, headers=headers).status_code == 204
    (request,) = listed(world)
    reason = {"reason": "Nej"}
    world.post(f"/partner-requests/{request['id']}/reject", "administrator", json=reason)
    for key in ("b", "b"):
        world.post("/partner-requests", None, json=BODY, headers={"Idempotency-Key": key})
    assert len(listed(world)) == 2


def test_a_flood_is_held_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "MOST_AN_HOUR", 1)
    ask(world)
    more = BODY | {"organisation_number": "NO923609016"}
    assert world.post("/partner-requests", None, json=more).status_code == 429
    monkeypatch.setattr(asking, "MOST_AN_HOUR", 99)
    monkeypatch.setattr(flood, "ASKING", Limit(1, seconds=600))
    ask(world)
    answer = world.post("/partner-requests", None, json=BODY)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "300")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_site_does_not_ask_through_a_visitors_browser(world: World, headers: dict[str, str]) -> None:
    answer = world.post("/partner-requests", None, json=BODY, headers=headers)
    assert answer.status_code == 403
    assert listed(world) == []


def test_who_is_signed_in_at_a_browser_needs_the_token_of_its_page_here_too(world: World) -> None:
    browser = world.sign_in("officer")
    assert browser.client.post("/api/v1/partner-requests", json=BODY).status_code == 403
    assert browser.post("/api/v1/partner-requests", json=BODY).status_code == 204


def test_who_runs_the_service_may_want_no_requests(
    peopled: tuple[object, dict[str, Person]], settings: Settings
) -> None:
    closed = settings.model_copy(update={"partner_requests": "closed"})
    with served(peopled, closed, has_worker=False) as world:  # type: ignore[arg-type]
        assert world.post("/partner-requests", None, json=BODY).status_code == 404
        assert listed(world) == []
