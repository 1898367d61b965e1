"""Organisations, members, invitations, holds, erasure and exports through the API."""

from __future__ import annotations

import csv
import io
import json

import pytest

from api.schemas.work import ExportTable
from matcher.services import exporting
from tests.api.conftest import ICE, World, form_token


def test_an_administrator_registers_an_organisation_once(world: World) -> None:
    body = {"name": "Nordby", "kind": "municipality", "organisation_number": "2120002643"}
    answer = world.post("/organisations", "administrator", json=body)
    assert answer.status_code == 201
    made = answer.json()
    assert made["organisation_number"] == "212000-2643"
    assert world.get(f"/organisations/{made['id']}", "supplier").json() == made
    assert world.post("/organisations", "administrator", json=body).status_code == 409


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"organisation_number": "2120002644"}, "organisation_number"),
        ({"municipality": "9999"}, "municipality"),
        ({"name": " "}, "name"),
        ({"kind": "shop"}, "kind"),
    ],
)
def test_what_is_wrong_with_an_organisation_is_named(
    world: World, change: dict[str, str], field: str
) -> None:
    body = {"name": "Nordby", "kind": "municipality", **change}
    answer = world.post("/organisations", "administrator", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


def test_an_administrator_changes_its_own_organisation_alone(world: World) -> None:
    own = world.people["administrator"].organisation_id
    tag = {"If-Match": world.get(f"/organisations/{own}").headers["etag"]}
    answer = world.call(
        "PATCH", f"/organisations/{own}", "administrator", json={"languages": ["sv", "fi"]}, headers=tag
    )
    assert answer.json()["languages"] == ["sv", "fi"]
    again = world.call("PATCH", f"/organisations/{own}", "administrator", json={"place": "X"}, headers=tag)
    assert again.status_code == 412
    other = world.people["neighbour"].organisation_id
    assert world.call(
        "PATCH", f"/organisations/{other}", "administrator", json={"place": "X"}, headers={"If-Match": '"1"'}
    ).status_code == 403  # fmt: skip
    kind = world.call(
        "PATCH", f"/organisations/{own}", "administrator", json={"kind": "region"},
        headers={"If-Match": world.get(f"/organisations/{own}").headers["etag"]},
    )  # fmt: skip
    assert kind.status_code == 403


def test_a_size_is_told_by_the_organisation_itself_or_where_nobody_acts_for_it(world: World) -> None:
    own = world.people["supplier"].organisation_id
    tag = {"If-Match": world.get(f"/organisations/{own}").headers["etag"]}
    answer = world.call("PATCH", f"/organisations/{own}", "supplier", json={"size": "micro"}, headers=tag)
    assert answer.json()["size"] == "micro"
    tag = {"If-Match": answer.headers["etag"]}
    refused = world.call(
        "PATCH", f"/organisations/{own}", "administrator", json={"size": "large"}, headers=tag
    )
    assert refused.status_code == 403
    wrong = world.call("PATCH", f"/organisations/{own}", "supplier", json={"size": "huge"}, headers=tag)
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "size")
    made = world.post("/organisations", "administrator", json={"name": "Sand AB", "kind": "supplier"}).json()
    assert made["size"] is None
    tag = {"If-Match": '"1"'}
    answer = world.call(
        "PATCH", f"/organisations/{made['id']}", "administrator", json={"size": "medium"}, headers=tag
    )
    assert answer.json()["size"] == "medium"
    exported = csv.DictReader(io.StringIO(world.get("/exports/organisations?format=csv").text))
    assert {row["name"]: row["size"] for row in exported} == {
        "Exempelstad": "",
        "Grannköping": "",
        "Isfritt AB": "micro",
        "Sand AB": "medium",
    }


def test_organisations_are_listed_by_kind(world: World) -> None:
    found = world.get("/organisations", params={"kind": "supplier"}).json()["items"]
    assert [each["name"] for each in found] == ["Isfritt AB"]


def test_somebody_who_is_invited_becomes_a_member(world: World) -> None:
    body = {"email": "Ny@exempel.example", "roles": ["officer"]}
    answer = world.post("/invitations", "administrator", json=body)
    address = answer.json()["address"]
    assert address.startswith("http://127.0.0.1:8000/invitation/")
    listed = world.get("/invitations", "administrator").json()["items"]
    assert [(each["email"], each["roles"]) for each in listed] == [("ny@exempel.example", ["officer"])]
    client = world.browser()
    form = {
        "name": "Ny",
        "password": "en lång mening som man minns",
        "csrf_token": form_token(client.get(address).text),
    }
    assert client.post(address, data=form).status_code == 303
    assert client.get("/api/v1/me").json()["roles"] == ["officer"]
    assert world.get("/invitations", "administrator").json()["items"] == []


def test_an_invitation_that_was_revoked_lets_nobody_in(world: World) -> None:
    body = {"email": "ny@exempel.example", "roles": ["officer"]}
    address = world.post("/invitations", "administrator", json=body).json()["address"]
    listed = world.get("/invitations", "administrator").json()["items"]
    path = f"/invitations/{listed[0]['id']}"
    assert world.call("DELETE", path, "neighbour").status_code == 404
    assert world.call("DELETE", path, "administrator").status_code == 204
    client = world.browser()
    form = {
        "name": "Ny",
        "password": "en lång mening som man minns",
        "csrf_token": form_token(client.get(address).text),
    }
    assert client.post(address, data=form).status_code == 422


def test_who_sells_cannot_be_made_to_judge(world: World) -> None:
    answer = world.post("/invitations", "supplier", json={"email": "x@y.example", "roles": ["officer"]})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "roles")


def test_an_organisation_keeps_an_administrator(world: World) -> None:
    member = world.people["administrator"].id
    answer = world.call("PUT", f"/members/{member}/roles", "administrator", json={"roles": ["officer"]})
    assert answer.status_code == 409
    assert world.call("DELETE", f"/members/{member}", "administrator").status_code == 409


def test_members_of_another_organisation_are_out_of_reach(world: World) -> None:
    member = world.people["neighbour"].id
    for method, path, body in (
        ("PUT", "/roles", {"roles": ["partner"]}),
        ("DELETE", "", None),
        ("POST", "/reset-link", None),
        ("POST", "/sign-out", None),
    ):
        answer = world.call(method, f"/members/{member}{path}", "administrator", json=body)
        assert answer.status_code == 404, path
    listed = world.get("/members", "administrator").json()["items"]
    assert member not in {each["id"] for each in listed}


def test_who_left_is_nobody(world: World) -> None:
    member = world.people["officer"].id
    assert world.call("DELETE", f"/members/{member}", "administrator").status_code == 204
    assert world.get("/me").status_code == 401


def test_a_reset_link_lets_a_member_choose_a_password(world: World) -> None:
    member = world.people["officer"].id
    address = world.post(f"/members/{member}/reset-link", "administrator").json()["address"]
    client = world.browser()
    token = form_token(client.get(address).text)
    short = client.post(address, data={"password": "kort", "csrf_token": token})
    assert short.status_code == 422
    form = {"password": "en lång mening som man minns", "csrf_token": token}
    assert client.post(address, data=form).status_code == 303
    assert client.get("/api/v1/me").json()["name"] == "Officer"


def test_what_is_under_a_hold_is_neither_erased_nor_restricted(world: World) -> None:
    entry = world.make_entry()
    path, tag = f"/entries/{entry['id']}", {"If-Match": '"1"'}
    reason = {"reason": "Överprövning"}
    assert world.call("PUT", f"{path}/hold", "administrator", json=reason).status_code == 204
    assert world.get(path).json()["is_held"] is True
    assert [each["reason"] for each in world.get("/holds", "administrator").json()["items"]] == [
        "Överprövning"
    ]
    assert world.get("/holds", "neighbour").json()["items"] == []
    assert world.call("DELETE", path, "administrator", headers=tag).json()["code"] == "legal-hold"
    assert world.post(f"{path}/restrict", "administrator", headers=tag).status_code == 409
    assert world.call("DELETE", f"{path}/hold", "administrator").status_code == 204
    assert world.call("DELETE", path, "administrator", headers=tag).status_code == 204


def test_what_is_erased_is_found_nowhere(world: World) -> None:
    proposal = world.make_pair()
    need = proposal["query"]
    tag = {"If-Match": world.get(f"/entries/{need['id']}").headers["etag"]}
    assert world.call("DELETE", f"/entries/{need['id']}", "administrator", headers=tag).status_code == 204
    assert world.get(f"/entries/{need['id']}").status_code == 404
    assert need["id"] not in world.post("/search", json={"text": ICE}).text
    shown = world.get(f"/entries/{need['id']}", "administrator").json()
    assert (shown["status"], shown["text"]) == ("erased", "")
    dump = "".join(
        world.get(f"/exports/{table.value}?format=jsonl", "administrator").text for table in ExportTable
    )
    assert "vågar inte" not in dump
    assert "entry.erased" in dump


def test_what_is_restricted_is_for_administrators_alone(world: World) -> None:
    entry = world.make_entry(ICE, publish=True)
    tag = {"If-Match": world.get(f"/entries/{entry['id']}").headers["etag"]}
    answer = world.post(f"/entries/{entry['id']}/restrict", "administrator", headers=tag)
    assert answer.json()["status"] == "restricted"
    assert world.get(f"/entries/{entry['id']}").status_code == 404
    assert world.get(f"/entries/{entry['id']}", "administrator").json()["text"] == entry["text"]
    assert entry["id"] not in world.post("/search", json={"text": ICE}).text


def test_every_table_can_be_exported(world: World) -> None:
    assert {each.value for each in ExportTable} == set(exporting.TABLES)
    world.make_pair()
    for table in ExportTable:
        as_csv = world.get(f"/exports/{table.value}", "administrator")
        assert as_csv.headers["content-type"] == "text/csv; charset=utf-8"
        assert f'filename="{table.value}.csv"' in as_csv.headers["content-disposition"]
        rows = list(csv.DictReader(io.StringIO(as_csv.content.decode("utf-8-sig"))))
        lines = world.get(f"/exports/{table.value}?format=jsonl", "administrator").text.splitlines()
        assert len(rows) == len(lines)
        if table is not ExportTable.VERDICTS:
            assert lines
            assert set(json.loads(lines[0])) == set(rows[0]) == set(exporting.COLUMNS[table.value])


def test_a_large_export_comes_whole(world: World) -> None:
    for number in range(30):
        world.make_entry(f"{number} " + ICE * 60)
    lines = world.get("/exports/entries?format=jsonl").text.splitlines()
    assert len({json.loads(line)["id"] for line in lines}) == 30


def test_the_audit_log_is_for_administrators(world: World) -> None:
    entry = world.make_entry()
    assert world.get("/exports/audit?format=jsonl").text == ""
    events = world.get("/exports/audit?format=jsonl", "administrator").text
    assert f'"thing_id":"{entry["id"]}"' in events
    assert "gångvägar" not in events
