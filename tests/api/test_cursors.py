"""Every long list can be walked through: each item once, whatever is added meanwhile."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api import cursor as cursors
from matcher.services import accounts
from matcher.services.actor import SYSTEM
from matcher.types import Role
from tests.api.conftest import ICE, World


def walk(world: World, path: str, by: str = "officer", *, limit: int = 3, **params: object) -> list[dict]:
    seen: list[dict] = []
    cursor = None
    for _ in range(200):
        asked = {"limit": limit, **params, **({"cursor": cursor} if cursor else {})}
        page = world.get(path, by, params=asked).json()
        assert len(page["items"]) <= limit
        seen += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return seen
    raise AssertionError("the list has no end")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(1, 15))
def test_a_walk_sees_every_entry_once_at_any_page_size(world: World, limit: int) -> None:
    if not world.get("/entries").json()["items"]:
        for number in range(11):
            world.make_entry(f"{ICE} {number}")
    ids = [each["id"] for each in walk(world, "/entries", limit=limit)]
    assert len(ids) == len(set(ids)) == 11


def test_what_is_added_meanwhile_moves_nothing(world: World) -> None:
    before = {world.make_entry(f"{ICE} {number}")["id"] for number in range(7)}
    first = world.get("/entries", params={"limit": 3}).json()
    world.make_entry("Nytt behov av något helt annat")
    rest = walk(world, "/entries", limit=3, cursor=first["next_cursor"])
    ids = [each["id"] for each in first["items"] + rest]
    assert len(ids) == len(set(ids)) == 7
    assert set(ids) == before


def test_newest_entries_come_first(world: World) -> None:
    made = [world.make_entry(f"{ICE} {number}")["id"] for number in range(5)]
    assert [each["id"] for each in walk(world, "/entries", limit=2)] == made[::-1]


def test_proposals_are_walked_best_first(world: World) -> None:
    for number in range(4):
        world.make_entry(f"{ICE} Område {number}.", publish=True)
        world.make_entry(
            f"Vi håller gångvägar fria från is. {number}", "supplier", kind="offering", publish=True
        )
    found = walk(world, "/proposals", limit=2)
    scores = [each["score"] for each in found]
    assert len(found) > 4
    assert scores == sorted(scores, reverse=True)
    assert len({each["id"] for each in found}) == len(found)
    everything = world.get("/proposals", params={"limit": 200}).json()["items"]
    assert [each["id"] for each in found] == [each["id"] for each in everything]


def test_members_and_organisations_are_walked_by_name(world: World) -> None:
    with world.sessions.begin() as session:
        for number in range(5):
            accounts.create_member(
                session,
                email=f"m{number}@exempel.example",
                name=f"M {number}",
                organisation_id=world.people["officer"].organisation_id,
                roles={Role.PARTNER},
                actor=SYSTEM,
            )
    emails = [each["email"] for each in walk(world, "/members", "administrator", limit=2)]
    assert emails == sorted(emails)
    assert len(emails) == 9
    names = [each["name"] for each in walk(world, "/organisations", limit=1)]
    assert names == ["Exempelstad", "Grannköping", "Isfritt AB"]


def test_imports_runs_and_faults_are_walked(world: World) -> None:
    for number in range(4):
        rows = "id;typ;text\n" + "".join(f"{row};önskan;Halt {row}\n" for row in range(5))
        files = {"file": (f"{number}.csv", rows.encode())}
        report = world.post("/imports", files=files, data={"source": str(number)}).json()
    assert len({each["id"] for each in walk(world, "/imports")}) == 4
    faults = walk(world, f"/imports/{report['id']}/faults", limit=2)
    assert [each["row"] for each in faults] == [2, 3, 4, 5, 6]
    for _ in range(4):
        run = world.post("/runs").json()
        world.post(f"/runs/{run['id']}/cancel")
    assert len({each["id"] for each in walk(world, "/runs")}) == 4


@pytest.mark.parametrize(
    "position",
    [["2026-01-01T00:00:00", "a"], ["0001-01-01T00:00:00+23:00", "a"], ["2026-01-01", "a"], [2**70], ["a"]],
)
@pytest.mark.parametrize("path", ["/partner-requests", "/inbox", "/audit", "/entries", "/proposals"])
def test_a_position_that_no_list_gave_is_refused(world: World, path: str, position: list[object]) -> None:
    by = "administrator" if path in ("/partner-requests", "/audit") else "officer"
    answer = world.get(path, by, params={"cursor": cursors.encode(position)})
    assert answer.status_code == 422
