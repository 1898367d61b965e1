"""Searches for groups, asked for by programs: a job does them, and they are followed where it tells."""

from __future__ import annotations

import pytest

from matcher.jobs import Worker
from tests.api.conftest import World

SEARCHES = {"duplicates": "duplicates", "themes": "themes", "joint-needs": "joint_needs"}


@pytest.mark.parametrize("name", SEARCHES)
def test_a_search_is_asked_for_carried_out_and_seen(world: World, name: str) -> None:
    world.make_alike()
    asked = world.post(f"/{name}/search")
    run = asked.json()
    assert (asked.status_code, run["state"], run["kind"]) == (202, "queued", SEARCHES[name])
    assert asked.headers["location"] == f"/api/v1/runs/{run['id']}"
    assert world.get(f"/{name}").json()["items"] == []
    again = world.post(f"/{name}/search", "coordinator")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    Worker(world.resources.live).work_once()
    done = world.get(f"/runs/{run['id']}").json()
    assert (done["state"], done["done"], done["total"]) == ("done", 100, 100)
    found = world.get(f"/{name}").json()["items"]
    # The officer sees those pairs that concern its own organisation.
    assert done["counts"]["new"] >= len(found) > 0
    assert world.post(f"/{name}/search").status_code == 202


def test_searches_of_other_kinds_are_asked_for_side_by_side(world: World) -> None:
    assert [world.post(f"/{name}/search").status_code for name in SEARCHES] == [202, 202, 202]
    assert world.post("/runs").status_code == 202
    listed = world.get("/runs").json()["items"]
    assert [run["kind"] for run in listed] == ["match", *reversed(SEARCHES.values())]


@pytest.mark.parametrize("name", SEARCHES)
def test_with_few_entries_the_answer_tells_at_once_what_was_found(worked: World, name: str) -> None:
    worked.make_alike()
    answer = worked.post(f"/{name}/search")
    assert (answer.status_code, answer.json()["state"]) == (202, "done")
    assert answer.json()["counts"]["new"] >= len(worked.get(f"/{name}").json()["items"]) > 0


def test_a_search_that_was_cancelled_changes_nothing(world: World) -> None:
    world.make_alike()
    run = world.post("/themes/search").json()
    assert world.post(f"/runs/{run['id']}/cancel").json()["state"] == "cancelled"
    assert Worker(world.resources.live).work_once() is None
    assert world.get("/themes").json()["items"] == []
    assert world.search_groups("themes")["counts"]["themes"] == 2


def test_a_search_that_is_sent_again_with_its_key_is_asked_for_once(world: World) -> None:
    headers = {"Idempotency-Key": "one"}
    first = world.post("/themes/search", headers=headers)
    second = world.post("/themes/search", headers=headers)
    assert (second.status_code, second.json()) == (202, first.json())
    assert second.headers["location"] == first.headers["location"]
    assert len(world.get("/runs").json()["items"]) == 1


def test_searches_are_for_staff(world: World) -> None:
    for name in SEARCHES:
        assert world.post(f"/{name}/search", "partner").status_code == 403
