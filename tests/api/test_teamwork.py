"""Work that people share, through the API: the queue, tasks, second readings and frozen lists."""

from __future__ import annotations

import csv
import hashlib
import io
import json

import pytest

from tests.api.conftest import ICE, ICE_AGAIN, ICE_OFFERING, LUNCH, World

DIRECTION = "need_to_offering"


def accept(world: World, proposal_id: str, by: str = "officer", **more: object) -> dict:
    body = {"verdict": "accept", **more}
    answer = world.post(f"/proposals/{proposal_id}/verdicts", by, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def waiting(world: World, by: str = "officer", **filters: object) -> list[str]:
    return [each["entry"]["id"] for each in world.get("/review", by, params=filters).json()["items"]]


def test_the_queue_lists_entries_with_their_likeliest_proposal(world: World) -> None:
    pair = world.make_pair()
    [item] = world.get("/review").json()["items"]
    assert item["entry"]["id"] == pair["query"]["id"]
    assert (item["best_proposal_id"], item["best_version"]) == (pair["id"], pair["version"])
    assert (item["best"]["id"], item["best_score"]) == (pair["target"]["id"], pair["score"])
    assert item["n_proposals"] == 1
    assert waiting(world, "neighbour") == []
    for none in ({"state": "accepted"}, {"words": "Biblioteket"}, {"municipality": "2581"}, {"min_score": 1}):
        assert waiting(world, **none) == [], none
    progress = world.get("/review/progress").json()
    assert progress == {"n_open": 1, "n_judged": 0, "n_own_today": 0}
    accept(world, pair["id"])
    assert waiting(world) == []
    assert waiting(world, state="accepted") == [pair["query"]["id"]]
    assert world.get("/review/progress").json() == {"n_open": 0, "n_judged": 1, "n_own_today": 1}
    assert world.get("/review/progress", params={"direction": "similar"}).json()["n_judged"] == 0


def test_the_queue_goes_on_where_its_page_ended(world: World) -> None:
    needs = [world.make_entry(text, publish=True)["id"] for text in (ICE, ICE_AGAIN)]
    world.make_entry(ICE_OFFERING, "supplier", kind="offering", publish=True)
    first = world.get("/review", params={"limit": 1}).json()
    second = world.get("/review", params={"limit": 1, "cursor": first["next_cursor"]}).json()
    found = [page["items"][0]["entry"]["id"] for page in (first, second)]
    assert sorted(found) == sorted(needs)
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    "wrong", [{"state": "stale"}, {"min_score": 2}, {"cursor": "x"}, {"direction": "up"}, {"place": "1"}]
)
def test_a_queue_that_cannot_be_asked_for_so_is_refused(world: World, wrong: dict[str, object]) -> None:
    answer = world.get("/review", params=wrong)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].endswith(next(iter(wrong)))


def test_the_queue_is_for_reviewers(world: World) -> None:
    for path in ("/review", "/review/progress", "/review/members", "/second-readings/waiting"):
        for by in ("partner", "administrator", "supplier"):
            assert world.get(path, by).status_code == 403, (path, by)
        assert world.get(path, None).status_code == 401


def test_a_need_is_given_to_a_colleague_who_is_told(world: World) -> None:
    need = world.make_pair()["query"]["id"]
    path = f"/entries/{need}/tasks/{DIRECTION}"
    before = world.get(path)
    assert before.json() == {"assignee_id": None, "assignee_name": None, "snoozed_until": None, "version": 0}
    members = world.get("/review/members").json()["items"]
    assert [each["name"] for each in members] == ["Coordinator", "Officer"]
    colleague = members[0]["id"]
    body, tag = {"member_id": colleague}, {"If-Match": before.headers["ETag"]}
    given = world.call("PUT", f"{path}/assignee", json=body, headers=tag)
    assert (given.status_code, given.json()["assignee_name"]) == (200, "Coordinator")
    assert waiting(world, "coordinator", assignee_id=colleague) == [need]
    assert waiting(world, assignee_id=world.people["officer"].id) == []
    told = world.get("/notices", "coordinator").json()["items"]
    assert ("assigned", need) in [(each["kind"], each["entry"]["id"]) for each in told]
    late = world.call("PUT", f"{path}/assignee", json={"member_id": None}, headers=tag)
    assert (late.status_code, late.json()["code"]) == (412, "stale-version")
    assert world.get(path).headers["ETag"] == given.headers["ETag"]
    nobody = world.call("PUT", f"{path}/assignee", json={"member_id": None})
    assert nobody.json()["assignee_id"] is None


def test_a_need_is_given_to_no_stranger(world: World) -> None:
    path = f"/entries/{world.make_pair()['query']['id']}/tasks/{DIRECTION}"
    for other in ("supplier", "neighbour", "partner"):
        body = {"member_id": world.people[other].id}
        answer = world.call("PUT", f"{path}/assignee", json=body)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "assignee"
    assert world.call("PUT", f"{path}/assignee", json={}).status_code == 422
    assert world.call("PUT", f"{path}/assignee", "partner", json={"member_id": None}).status_code == 403
    draft = world.make_entry(LUNCH)["id"]
    for way, body in (("assignee", {"member_id": None}), ("snooze", {"days": 1})):
        hidden = world.call("PUT", f"/entries/{draft}/tasks/{DIRECTION}/{way}", "neighbour", json=body)
        assert (hidden.status_code, hidden.json()["code"]) == (404, "entry-not-found")
    assert world.get(f"/entries/{draft}/tasks/{DIRECTION}", "neighbour").status_code == 404
    assert world.get(f"/entries/{draft}/tasks/sideways").status_code == 422


def test_a_need_that_is_put_away_leaves_ones_own_queue_and_comes_back(world: World) -> None:
    need = world.make_pair()["query"]["id"]
    path = f"/entries/{need}/tasks/{DIRECTION}/snooze"
    elsewhere = world.call("PUT", path, "neighbour", json={"days": 30})
    assert elsewhere.status_code == 200
    assert waiting(world) == [need]
    away = world.call("PUT", path, json={"days": 7})
    assert away.json()["snoozed_until"] is not None
    assert (waiting(world), waiting(world, is_put_away=True)) == ([], [need])
    late = world.call("PUT", path, json={"days": 0}, headers={"If-Match": '"0"'})
    assert late.status_code == 412
    back = world.call("PUT", path, json={"days": 0}, headers={"If-Match": away.headers["ETag"]})
    assert back.json()["snoozed_until"] is None
    assert waiting(world) == [need]
    for days in (-1, 367, None):
        assert world.call("PUT", path, json={"days": days}).status_code == 422


def test_one_decision_about_many_is_kept_for_all_or_none(world: World) -> None:
    for text in (ICE, ICE_AGAIN):
        world.make_entry(text, publish=True)
    world.make_entry(ICE_OFFERING, "supplier", kind="offering", publish=True)
    found = world.get("/proposals", params={"direction": DIRECTION}).json()["items"]
    versions = {each["id"]: each["version"] for each in found}
    assert len(versions) == 2
    body = {"proposal_ids": list(versions), "versions": versions, "verdict": "reject"}

    def states() -> set[str]:
        return {world.get(f"/proposals/{each}").json()["state"] for each in versions}

    assert world.post("/proposals/verdicts", json=body).status_code == 422
    body["reason"] = "Levererar inte hit"
    last = list(versions)[-1]
    late = world.post("/proposals/verdicts", json={**body, "versions": {last: versions[last] + 1}})
    assert late.status_code == 412
    lost = world.post("/proposals/verdicts", json={**body, "proposal_ids": [*versions, "nothing"]})
    assert (lost.status_code, lost.json()["code"]) == (404, "proposal-not-found")
    assert world.post("/proposals/verdicts", "neighbour", json=body).status_code == 404
    assert world.post("/proposals/verdicts", "administrator", json=body).status_code == 403
    assert states() == {"open"}
    key = {"Idempotency-Key": "bulk"}
    done = world.post("/proposals/verdicts", json=body, headers=key)
    assert done.status_code == 201, done.text
    assert [each["id"] for each in done.json()["items"]] == list(versions)
    assert states() == {"rejected"}
    again = world.post("/proposals/verdicts", json=body, headers=key)
    assert again.json() == done.json() and again.headers["Idempotency-Replayed"] == "true"
    for wrong in ({"verdict": "undo"}, {"proposal_ids": []}, {"versions": {last: "x"}}):
        assert world.post("/proposals/verdicts", json={**body, **wrong}).status_code == 422


def test_a_second_reader_is_shown_nothing_of_the_first(world: World) -> None:
    pair = world.make_pair()
    assert world.get("/second-readings/waiting", "coordinator").json()["items"] == []
    accept(world, pair["id"], reason="Hemligt skäl")
    answer = world.get("/second-readings/waiting", "coordinator")
    [shown] = answer.json()["items"]
    assert shown["id"] == pair["id"]
    assert set(pair) - set(shown) == {"state"}
    assert "accept" not in answer.text and "Hemligt" not in answer.text
    for by in ("officer", "neighbour"):
        assert world.get("/second-readings/waiting", by).json()["items"] == []
        assert world.get("/second-readings", by).json()["n_waiting"] == 0
    assert world.get("/second-readings", "coordinator").json()["n_waiting"] == 1


def test_readers_that_differ_are_told_until_it_is_settled(world: World) -> None:
    pair = world.make_pair()
    nothing = world.get("/second-readings").json()
    assert nothing["agreement"] == {"n": 0, "n_equal": 0, "share": None, "kappa": None}
    accept(world, pair["id"])
    body = {"verdict": "reject", "reason": "Levererar inte hit"}
    assert world.post(f"/proposals/{pair['id']}/verdicts", "coordinator", json=body).status_code == 201
    found = world.get("/second-readings").json()
    assert found["agreement"] == {"n": 1, "n_equal": 0, "share": 0.0, "kappa": 0.0}
    [difference] = found["differences"]
    assert difference["proposal"]["id"] == pair["id"]
    assert (difference["first"]["kind"], difference["second"]["kind"]) == ("accept", "reject")
    assert difference["second"]["member_name"] == "Coordinator"
    assert world.get("/second-readings", "neighbour").json()["differences"] == []
    assert world.get("/second-readings", "partner").status_code == 403
    accept(world, pair["id"])
    assert world.get("/second-readings").json()["differences"] == []


def test_what_waits_for_a_second_reading_comes_in_pages(world: World) -> None:
    for text in (ICE, ICE_AGAIN):
        world.make_entry(text, publish=True)
    world.make_entry(ICE_OFFERING, "supplier", kind="offering", publish=True)
    found = world.get("/proposals", params={"direction": DIRECTION}).json()["items"]
    for each in found:
        accept(world, each["id"])
    first = world.get("/second-readings/waiting", "coordinator", params={"limit": 1}).json()
    rest = world.get(
        "/second-readings/waiting", "coordinator", params={"limit": 1, "cursor": first["next_cursor"]}
    ).json()
    assert [page["items"][0]["id"] for page in (first, rest)] == [each["id"] for each in found]
    assert rest["next_cursor"] is None
    assert world.get("/second-readings/waiting", params={"cursor": "WzFd"}).status_code == 422


def test_a_list_is_frozen_listed_and_exported_unchanged(world: World) -> None:
    pair = world.make_pair()
    need = pair["query"]["id"]
    path = f"/entries/{need}/shortlists"
    empty = world.post(path, json={"accepted_only": True})
    assert (empty.status_code, empty.json()["errors"][0]["field"]) == (422, "list")
    accept(world, pair["id"])
    made = world.post(path, json={}, headers={"Idempotency-Key": "freeze-1"})
    assert (made.status_code, made.json()["n_proposals"]) == (201, 1)
    again = world.post(path, json={}, headers={"Idempotency-Key": "freeze-1"})
    assert again.json() == made.json()
    every = world.post(path, "coordinator", json={"accepted_only": False}).json()
    listed = world.get("/shortlists", "administrator", params={"entry_id": need, "limit": 1}).json()
    assert listed["items"] == [every]
    cursor = {"limit": 1, "cursor": listed["next_cursor"]}
    assert world.get("/shortlists", params=cursor).json() == {"items": [made.json()], "next_cursor": None}
    assert world.get("/shortlists", params={"entry_id": pair["target"]["id"]}).json()["items"] == []
    address = made.headers["Location"].removeprefix("/api/v1")
    kept = world.get(address).json()
    canonical = json.dumps(kept["content"], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    assert kept["digest"] == hashlib.sha256(canonical.encode()).hexdigest() == made.json()["digest"]
    assert kept["is_unchanged"]
    assert kept["content"]["proposals"][0]["verdicts"][0]["kind"] == "accept"
    assert kept["texts"][pair["target"]["id"]]["text"] == pair["target"]["text"]
    world.post(f"/proposals/{pair['id']}/verdicts", json={"verdict": "undo"})
    assert world.get(address).json() == kept


def test_a_frozen_list_is_a_table_that_stays_as_it_was(world: World) -> None:
    pair = world.make_pair()
    first = {"verdict": "reject", "reason": "=Levererar inte hit"}
    assert world.post(f"/proposals/{pair['id']}/verdicts", json=first).status_code == 201
    path = f"/entries/{pair['query']['id']}/shortlists"
    made = world.post(path, json={"accepted_only": False}).json()
    answer = world.get(f"/shortlists/{made['id']}.csv", "administrator")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert f'filename="shortlist-{made["id"][:8]}.csv"' in answer.headers["content-disposition"]
    assert answer.content.startswith("\ufeffrank,offering,organisation,probability,verdict,reason".encode())
    [row] = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    kept = world.get(f"/shortlists/{made['id']}").json()["content"]
    assert (row["rank"], row["offering"], row["organisation"]) == ("1", pair["target"]["text"], "Isfritt AB")
    assert float(row["probability"]) == kept["proposals"][0]["probability"]
    assert (row["verdict"], row["reason"]) == ("rejected", "'=Levererar inte hit")
    assert json.loads(row["reasons"]) == kept["proposals"][0]["reasons"]
    digests = (kept["recipe"]["digest"], kept["scorer"]["digest"], kept["encoder"], kept["frozen_at"])
    assert (row["recipe"], row["scorer"], row["encoder"], row["frozen_at"]) == digests
    for later in ({"verdict": "undo"}, {"verdict": "reject", "reason": "Ett annat skäl"}):
        assert world.post(f"/proposals/{pair['id']}/verdicts", json=later).status_code == 201
    assert world.get(f"/shortlists/{made['id']}.csv").content == answer.content
    assert world.get(f"/shortlists/{made['id']}.csv", "partner").status_code == 403
    assert world.get(f"/shortlists/{made['id']}.csv", "neighbour").status_code == 404


def test_frozen_lists_are_for_the_staff_of_their_organisation(world: World) -> None:
    pair = world.make_pair()
    path = f"/entries/{pair['query']['id']}/shortlists"
    made = world.post(path, json={"accepted_only": False}).json()
    for by in ("partner", "administrator", "supplier"):
        assert world.post(path, by, json={}).status_code == 403
    assert world.get(f"/shortlists/{made['id']}", "partner").status_code == 403
    hidden = world.get(f"/shortlists/{made['id']}", "neighbour")
    assert (hidden.status_code, hidden.json()["code"]) == (404, "shortlist-not-found")
    assert world.get("/shortlists", "neighbour").json()["items"] == []
    assert world.post("/entries/nothing/shortlists", json={}).status_code == 404
    assert world.post(path, json={"direction": "up"}).status_code == 422
    assert world.post(path, json={"which": "all"}).status_code == 422
