"""Who may call what: every route declares it, and everybody else is refused before anything is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRouter, iter_route_contexts
from fastapi.testclient import TestClient

from api.access import Access, GuardedRoute, access_of
from matcher.services import accounts
from matcher.types import Role
from tests.api.conftest import BASE_URL, ICE, World

OFFICER, COORDINATOR, PARTNER, ADMINISTRATOR = (
    Role.OFFICER,
    Role.COORDINATOR,
    Role.PARTNER,
    Role.ADMINISTRATOR,
)
EVERYBODY = {OFFICER, COORDINATOR, PARTNER, ADMINISTRATOR}
STAFF = {OFFICER, COORDINATOR, ADMINISTRATOR}
REVIEWERS = {OFFICER, COORDINATOR}
NOBODY_SIGNED_IN: set[Role] = set()

EXPECTED = {
    "GET /health": NOBODY_SIGNED_IN,
    "GET /ready": NOBODY_SIGNED_IN,
    "GET /notices/feed/{secret}": NOBODY_SIGNED_IN,
    "POST /partner-requests": NOBODY_SIGNED_IN,
    "GET /partner-requests": {ADMINISTRATOR},
    "GET /partner-requests/{request_id}": {ADMINISTRATOR},
    "POST /partner-requests/{request_id}/approve": {ADMINISTRATOR},
    "POST /partner-requests/{request_id}/reject": {ADMINISTRATOR},
    "POST /partner-requests/{request_id}/link": {ADMINISTRATOR},
    "POST /entries": EVERYBODY,
    "GET /entries": EVERYBODY,
    "GET /entries/{entry_id}": EVERYBODY,
    "PATCH /entries/{entry_id}": EVERYBODY,
    "POST /entries/{entry_id}/publish": EVERYBODY,
    "POST /entries/{entry_id}/withdraw": EVERYBODY,
    "GET /entries/{entry_id}/versions": STAFF,
    "DELETE /entries/{entry_id}": {ADMINISTRATOR},
    "POST /entries/{entry_id}/restrict": {ADMINISTRATOR},
    "PUT /entries/{entry_id}/hold": {ADMINISTRATOR},
    "DELETE /entries/{entry_id}/hold": {ADMINISTRATOR},
    "GET /holds": {ADMINISTRATOR},
    "POST /search": EVERYBODY,
    "GET /entries/{entry_id}/similar": EVERYBODY,
    "GET /entries/{entry_id}/proposals": EVERYBODY,
    "GET /proposals": EVERYBODY,
    "GET /proposals/{proposal_id}": EVERYBODY,
    "GET /proposals/{proposal_id}/verdicts": EVERYBODY,
    "POST /proposals/{proposal_id}/verdicts": REVIEWERS,
    "POST /runs": STAFF,
    "GET /runs": STAFF,
    "GET /runs/{run_id}": STAFF,
    "POST /runs/{run_id}/cancel": STAFF,
    "POST /imports": EVERYBODY,
    "POST /imports/look": EVERYBODY,
    "GET /imports": EVERYBODY,
    "GET /imports/{import_id}": EVERYBODY,
    "GET /imports/{import_id}/faults": EVERYBODY,
    "GET /mappings": EVERYBODY,
    "GET /mappings/{name}": EVERYBODY,
    "PUT /mappings/{name}": STAFF,
    "DELETE /mappings/{name}": STAFF,
    "GET /exports/{table}": EVERYBODY,
    "POST /organisations": {ADMINISTRATOR},
    "GET /organisations": EVERYBODY,
    "GET /organisations/{organisation_id}": EVERYBODY,
    "PATCH /organisations/{organisation_id}": {ADMINISTRATOR, PARTNER},
    "GET /members": {ADMINISTRATOR},
    "PUT /members/{member_id}/roles": {ADMINISTRATOR},
    "DELETE /members/{member_id}": {ADMINISTRATOR},
    "POST /members/{member_id}/reset-link": {ADMINISTRATOR},
    "POST /members/{member_id}/sign-out": EVERYBODY,
    "POST /invitations": {ADMINISTRATOR},
    "GET /invitations": {ADMINISTRATOR},
    "DELETE /invitations/{invitation_id}": {ADMINISTRATOR},
    "GET /me": EVERYBODY,
    "PUT /me/organisation": EVERYBODY,
    "POST /api-keys": EVERYBODY,
    "GET /api-keys": EVERYBODY,
    "DELETE /api-keys/{key_id}": EVERYBODY,
}
"""Roles that may call each operation of the core; what is added later declares its own."""


class Operation(NamedTuple):
    """A method of a route, and what it declares."""

    method: str
    path: str
    access: Access
    endpoint: object

    @property
    def address(self) -> str:
        return re.sub(r"\{[^}]+\}", "x", self.path)


def operations(app: FastAPI) -> Iterator[Operation]:
    for route in iter_route_contexts(app.routes):
        for method in sorted(getattr(route, "methods", None) or ()):
            if method not in ("HEAD", "OPTIONS") and getattr(route, "endpoint", None) is not None:
                yield Operation(method, route.path, access_of(route.endpoint), route.endpoint)


def guarded(app: FastAPI) -> list[Operation]:
    return [each for each in operations(app) if each.path != app.openapi_url]


def test_every_route_declares_who_may_call_it(world: World) -> None:
    silent = [
        f"{each.method} {each.path}"
        for each in guarded(world.app)
        if not each.access.is_public and not each.access.roles
    ]
    assert silent == []


def test_roles_are_those_that_were_decided(world: World) -> None:
    declared = {
        f"{each.method} {each.path.removeprefix('/api/v1')}": set(each.access.roles)
        for each in guarded(world.app)
        if each.path.startswith("/api/")
    }
    assert {name: declared.get(name) for name in EXPECTED} == EXPECTED
    public = {
        f"{each.method} {each.path}"
        for each in guarded(world.app)
        if each.access.is_public and each.path.startswith("/api/")
    }
    assert public == {name.replace(" ", " /api/v1", 1) for name in EXPECTED if not EXPECTED[name]}


def test_a_stranger_is_refused_everywhere_but_where_it_is_public(world: World) -> None:
    admitted = []
    for each in guarded(world.app):
        answer = world.client.request(each.method, each.address)
        if not each.access.is_public and answer.status_code != 401:
            admitted.append((each.method, each.path, answer.status_code))
        if answer.status_code == 401 and each.path.startswith("/api/"):
            assert answer.headers["www-authenticate"] == "Bearer"
            assert answer.headers["content-type"] == "application/problem+json"
    assert admitted == []


@pytest.mark.parametrize("role", list(Role))
def test_each_wrong_role_is_refused(world: World, role: Role) -> None:
    key = world.people[role.value].key
    admitted = []
    for each in guarded(world.app):
        if each.access.is_public or role in each.access.roles:
            continue
        answer = world.client.request(each.method, each.address, headers={"Authorization": f"Bearer {key}"})
        if answer.status_code != 403:
            admitted.append((each.method, each.path, answer.status_code))
    assert admitted == []


def test_a_route_that_declares_nothing_lets_nobody_in(world: World) -> None:
    router = APIRouter(route_class=GuardedRoute)

    @router.get("/forgotten")
    def forgotten() -> str:
        return "secret"

    world.app.include_router(router)
    for name in world.people:
        answer = world.client.get("/forgotten", headers={"Authorization": f"Bearer {world.people[name].key}"})
        assert answer.status_code == 403


def test_a_stranger_is_refused_before_the_body_is_read(world: World) -> None:
    answer = world.post("/entries", None, content=b"{not json")
    assert answer.status_code == 401
    answer = world.post("/runs", "partner", content=b"x" * 100)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer mk_x_y", "Basic dXNlcjpwYXNz", "mk_1", "Bearer \u00e5"]
)
def test_a_wrong_key_is_nobody(world: World, header: str) -> None:
    answer = world.get("/me", None, headers={"Authorization": header.encode("latin-1")})
    assert answer.status_code == 401


def test_a_key_acts_with_its_own_roles_alone(world: World) -> None:
    with world.sessions.begin() as session:
        actor = world.people["neighbour"].actor
        key = accounts.make_key(session, name="Only reads", roles={Role.OFFICER}, actor=actor)
    headers = {"Authorization": f"Bearer {key.secret}"}
    assert world.client.get("/api/v1/me", headers=headers).json()["roles"] == ["officer"]
    assert world.client.get("/api/v1/members", headers=headers).status_code == 403


def test_a_revoked_key_is_worthless(world: World) -> None:
    made = world.post("/api-keys", json={"name": "Nightly", "roles": ["officer"]}).json()
    headers = {"Authorization": f"Bearer {made['secret']}"}
    assert world.client.get("/api/v1/me", headers=headers).status_code == 200
    listed = world.get("/api-keys").json()["items"]
    used = next(each for each in listed if each["id"] == made["key"]["id"])
    assert used["last_used_at"] is not None
    assert world.call("DELETE", f"/api-keys/{made['key']['id']}").status_code == 204
    assert world.client.get("/api/v1/me", headers=headers).status_code == 401


def test_a_key_cannot_be_given_roles_that_its_owner_lacks(world: World) -> None:
    answer = world.post("/api-keys", json={"name": "More", "roles": ["administrator"]})
    assert answer.status_code == 403


def test_a_member_sees_and_revokes_no_keys_of_others(world: World) -> None:
    made = world.post("/api-keys", json={"name": "Mine", "roles": ["officer"]}).json()["key"]
    assert made["id"] not in {each["id"] for each in world.get("/api-keys", "partner").json()["items"]}
    for other in ("partner", "neighbour"):
        assert world.call("DELETE", f"/api-keys/{made['id']}", other).status_code == 404
    assert made["id"] in {each["id"] for each in world.get("/api-keys", "administrator").json()["items"]}


def test_an_organisations_draft_is_seen_by_no_other_in_any_way(world: World) -> None:
    secret = f"{ICE} Hemligt utkast."
    draft = world.make_entry(secret)
    world.make_entry(ICE, "neighbour", publish=True)
    world.make_entry("Vi sandar halkiga gångvägar med is.", "supplier", kind="offering", publish=True)
    for other in ("neighbour", "supplier"):
        for path in ("", "/versions", "/similar", "/proposals"):
            if path == "/versions" and other == "supplier":
                continue  # tested there by role
            answer = world.get(f"/entries/{draft['id']}{path}", other)
            assert answer.status_code in (403, 404), path
        assert world.call("PATCH", f"/entries/{draft['id']}", other, json={"title": "x"},
                          headers={"If-Match": '"1"'}).status_code == 404  # fmt: skip
        for path in ("/entries", "/proposals", "/entries?words=Hemligt", "/entries?status=draft"):
            assert draft["id"] not in world.get(path, other).text
        assert draft["id"] not in world.post("/search", other, json={"text": secret}).text
        for table in ("entries", "versions", "proposals", "verdicts", "audit"):
            for form in ("csv", "jsonl"):
                export = world.get(f"/exports/{table}?format={form}", other)
                assert draft["id"] not in export.text and "Hemligt" not in export.text


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example"])
def test_another_host_name_is_refused(world: World, host: str) -> None:
    assert world.client.get("/api/v1/health", headers={"Host": host}).status_code == 400


def test_the_service_answers_under_its_public_address(world: World) -> None:
    with TestClient(world.app, base_url=BASE_URL.replace("127.0.0.1", "localhost")) as client:
        assert client.get("/api/v1/health").status_code == 200
