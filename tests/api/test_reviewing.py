"""Proposals with their reasons, verdicts on them, and full matches."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import pytest

from matcher.jobs import Worker
from tests.api.conftest import ICE, ICE_AGAIN, ICE_OFFERING, LUNCH, World


def judge(world: World, proposal: dict, verdict: str, by: str = "officer", reason: str = "") -> dict:
    answer = world.post(
        f"/proposals/{proposal['id']}/verdicts", by, json={"verdict": verdict, "reason": reason}
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_reasons_add_up_to_the_score(world: World) -> None:
    proposal = world.make_pair()
    total = proposal["base"] + sum(each["contribution"] for each in proposal["reasons"])
    assert 1 / (1 + math.exp(-total)) == pytest.approx(proposal["score"], abs=1e-3)


def test_reasons_are_said_in_the_readers_language(world: World) -> None:
    proposal = world.make_pair()
    said = {
        language: [
            each["sentence"]
            for each in world.get(
                f"/proposals/{proposal['id']}", headers={"Accept-Language": language}
            ).json()["reasons"]
        ]
        for language in ("sv", "en")
    }
    assert all(said["sv"]) and all(said["en"])
    assert said["sv"] != said["en"]


def test_a_verdict_sets_the_state_and_an_undo_takes_it_back(world: World) -> None:
    proposal = world.make_pair()
    assert judge(world, proposal, "accept")["state"] == "accepted"
    assert judge(world, proposal, "unsure", "coordinator")["state"] == "unsure"
    assert judge(world, proposal, "undo", "coordinator")["state"] == "accepted"
    assert judge(world, proposal, "undo")["state"] == "open"
    history = world.get(f"/proposals/{proposal['id']}/verdicts").json()["items"]
    assert [each["kind"] for each in history] == ["accept", "unsure", "undo", "undo"]
    assert [each["member_name"] for each in history] == ["Officer", "Coordinator", "Coordinator", "Officer"]


def test_there_must_be_something_to_undo(world: World) -> None:
    proposal = world.make_pair()
    judge(world, proposal, "accept")
    answer = world.post(f"/proposals/{proposal['id']}/verdicts", "coordinator", json={"verdict": "undo"})
    assert answer.status_code == 409


def test_a_rejection_needs_a_reason(world: World) -> None:
    proposal = world.make_pair()
    path = f"/proposals/{proposal['id']}/verdicts"
    answer = world.post(path, json={"verdict": "reject", "reason": "  "})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "reason")
    assert judge(world, proposal, "reject", reason="Fel ort")["state"] == "rejected"
    assert world.get(path).json()["items"][0]["reason"] == "Fel ort"


def test_the_supplier_sees_what_concerns_it_and_decides_nothing(world: World) -> None:
    proposal = world.make_pair()
    assert world.get(f"/proposals/{proposal['id']}", "supplier").status_code == 200
    answer = world.post(f"/proposals/{proposal['id']}/verdicts", "supplier", json={"verdict": "accept"})
    assert answer.status_code == 403


def test_another_municipality_neither_sees_nor_decides(world: World) -> None:
    proposal = world.make_pair()
    for method, path, body in (
        ("GET", "", None),
        ("GET", "/verdicts", None),
        ("POST", "/verdicts", {"verdict": "accept"}),
    ):
        answer = world.call(method, f"/proposals/{proposal['id']}{path}", "neighbour", json=body)
        assert answer.status_code == 404


def test_a_verdict_on_what_changed_meanwhile_is_refused_if_the_version_is_stated(world: World) -> None:
    proposal = world.make_pair()
    path = f"/proposals/{proposal['id']}/verdicts"
    tag = {"If-Match": world.get(f"/proposals/{proposal['id']}").headers["etag"]}

    def send(by: str) -> int:
        return world.post(path, by, json={"verdict": "accept"}, headers=tag).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(send, ("officer", "coordinator"))) == [201, 412]
    assert len(world.get(path).json()["items"]) == 1


def test_proposals_are_filtered(world: World) -> None:
    proposal = world.make_pair()
    world.make_entry(ICE_AGAIN, publish=True)
    judge(world, proposal, "accept")

    def count(**params: object) -> int:
        return len(world.get("/proposals", params=params).json()["items"])

    assert count(state="accepted") == 1
    assert count(state="accepted", direction="similar") == 0
    assert count(direction="similar") > 0
    assert count(entry_id=proposal["target"]["id"], state="accepted") == 1
    assert count(organisation_id=world.people["neighbour"].organisation_id) == 0
    assert count(min_score=1.0) == 0
    assert count(min_score=0.0) == count()


def test_what_is_judged_outlives_a_change_of_the_need(world: World) -> None:
    proposal = world.make_pair()
    judge(world, proposal, "accept")
    need = world.get(f"/entries/{proposal['query']['id']}")
    world.call(
        "PATCH", f"/entries/{proposal['query']['id']}", json={"text": LUNCH},
        headers={"If-Match": need.headers["etag"]},
    )  # fmt: skip
    assert world.get(f"/proposals/{proposal['id']}").json()["state"] == "accepted"


def test_a_full_match_is_asked_for_carried_out_and_seen(world: World) -> None:
    need = world.make_entry(ICE, publish=True)
    world.make_entry(ICE_OFFERING, "supplier", kind="offering", publish=True)
    with world.resources.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM proposal")
    asked = world.post("/runs")
    assert (asked.status_code, asked.json()["state"]) == (202, "queued")
    assert world.post("/runs", "coordinator").status_code == 409
    Worker(world.resources.live).work_once()
    run = world.client.get(
        asked.headers["location"], headers={"Authorization": f"Bearer {world.people['officer'].key}"}
    ).json()
    assert run["state"] == "done"
    assert run["done"] == run["total"] > 0
    assert world.get(f"/entries/{need['id']}/proposals").json()["items"]


def test_a_run_that_waits_can_be_cancelled_once(world: World) -> None:
    run = world.post("/runs").json()
    assert world.post(f"/runs/{run['id']}/cancel").json()["state"] == "cancelled"
    assert world.post(f"/runs/{run['id']}/cancel").status_code == 409
    assert world.post("/runs").status_code == 202
