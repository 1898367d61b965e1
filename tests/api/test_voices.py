"""What suppliers say, through the API: interest in needs, objections, a text that is tried out."""

from __future__ import annotations

import pytest

from tests.api.conftest import ICE, ICE_OFFERING, LUNCH, World


def test_a_supplier_is_interested_and_only_the_buyer_learns_who(world: World) -> None:
    pair = world.make_pair()
    path = f"/entries/{pair['query']['id']}/interest"
    said = world.call("PUT", path, "supplier", json={"note": " Vi kan visa hur vi gör. "})
    assert said.status_code == 200, said.text
    assert (said.json()["count"], said.json()["is_own"]) == (1, True)
    [known] = world.get(path).json()["known"]
    assert (known["organisation"], known["note"]) == ("Isfritt AB", "Vi kan visa hur vi gör.")
    assert world.get(path, "neighbour").json() == {"count": 1, "is_own": False, "known": []}
    assert world.get(path, "partner").json()["known"] == []
    assert "interest" in {each["kind"] for each in world.get("/notices").json()["items"]}
    again = world.call("PUT", path, "supplier", json={})
    assert (again.json()["count"], again.json()["known"][0]["note"]) == (1, "")
    for _ in range(2):
        withdrawn = world.call("DELETE", path, "supplier")
        assert withdrawn.json() == {"count": 0, "is_own": False, "known": []}


def test_interest_is_in_other_peoples_published_needs(world: World) -> None:
    pair = world.make_pair()
    own = world.call("PUT", f"/entries/{pair['query']['id']}/interest", json={})
    assert (own.status_code, own.json()["code"]) == (403, "not-allowed")
    offering = world.call("PUT", f"/entries/{pair['target']['id']}/interest", json={})
    assert (offering.status_code, offering.json()["code"]) == (409, "conflict")
    draft = f"/entries/{world.make_entry(LUNCH)['id']}/interest"
    for method in ("GET", "PUT", "DELETE"):
        body = {"json": {}} if method == "PUT" else {}
        assert world.call(method, draft, "supplier", **body).status_code == 404
    path = f"/entries/{pair['query']['id']}/interest"
    assert world.call("PUT", path, "supplier", json={"note": "x" * 2001}).status_code == 422
    assert world.call("PUT", path, None, json={}).status_code == 401


def test_an_objection_is_made_read_and_answered(world: World) -> None:
    pair = world.make_pair()
    path = f"/entries/{pair['query']['id']}/remarks"
    body = {"text": "Vi sandar bara i Norrbotten.", "proposal_id": pair["id"]}
    made = world.post(path, "supplier", json=body, headers={"Idempotency-Key": "objection"})
    assert made.status_code == 201, made.text
    again = world.post(path, "supplier", json=body, headers={"Idempotency-Key": "objection"})
    assert again.json() == made.json()
    address = made.headers["Location"].removeprefix("/api/v1")
    got = world.get(address)
    assert got.json() == made.json()
    assert (got.json()["from_organisation"], got.json()["proposal_id"]) == ("Isfritt AB", pair["id"])
    answer, tag = {"text": "Tack, vi rättar det."}, {"If-Match": got.headers["ETag"]}
    assert world.call("PUT", f"{address}/answer", json=answer).status_code == 428
    answered = world.call("PUT", f"{address}/answer", json=answer, headers=tag)
    assert (answered.status_code, answered.json()["answer"]) == (200, answer["text"])
    late = world.call("PUT", f"{address}/answer", "coordinator", json={"text": "Nej"}, headers=tag)
    assert late.status_code == 412
    seen = world.get(address, "supplier").json()
    assert (seen["answer"], seen["answered_at"] is not None) == (answer["text"], True)
    assert "answered" in {each["kind"] for each in world.get("/notices", "supplier").json()["items"]}


def test_objections_are_between_the_two_that_they_concern(world: World) -> None:
    pair = world.make_pair()
    path = f"/entries/{pair['query']['id']}/remarks"
    made = world.post(path, "supplier", json={"text": "Fel ort."}).json()
    address, tag = f"/remarks/{made['id']}", {"If-Match": '"1"'}
    for by in ("neighbour", "partner"):
        assert world.get(address, by).status_code == 404
        assert world.get("/remarks", by).json()["items"] == []
    for by, status in (("neighbour", 404), ("partner", 403), ("administrator", 403), ("supplier", 403)):
        answer = world.call("PUT", f"{address}/answer", by, json={"text": "Nej"}, headers=tag)
        assert answer.status_code == status, by
    assert world.get(address, "administrator").status_code == 200
    hidden = world.make_entry(LUNCH)["id"]
    assert world.post(f"/entries/{hidden}/remarks", "supplier", json={"text": "Fel"}).status_code == 404


def test_an_objection_says_something_about_a_match_of_that_need(world: World) -> None:
    pair = world.make_pair()
    path = f"/entries/{pair['query']['id']}/remarks"
    for wrong in ({}, {"text": "  "}, {"text": "x" * 2001}, {"text": "Fel", "remark": "Fel"}):
        assert world.post(path, "supplier", json=wrong).status_code == 422, wrong
    unknown = world.post(path, "supplier", json={"text": "Fel", "proposal_id": "nothing"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "proposal-not-found")
    other = world.make_entry(LUNCH, publish=True)["id"]
    misplaced = {"text": "Fel", "proposal_id": pair["id"]}
    assert world.post(f"/entries/{other}/remarks", "supplier", json=misplaced).status_code == 404
    assert world.get("/remarks").json()["items"] == []


def test_open_objections_come_first_a_page_at_a_time(world: World) -> None:
    path = f"/entries/{world.make_pair()['query']['id']}/remarks"
    ids = [world.post(path, "supplier", json={"text": f"Fel {n}"}).json()["id"] for n in range(4)]
    for remark_id in (ids[3], ids[1]):
        tag = {"If-Match": '"1"'}
        answered = world.call("PUT", f"/remarks/{remark_id}/answer", json={"text": "Nej"}, headers=tag)
        assert answered.status_code == 200
    found, cursor = [], {}
    while True:
        page = world.get("/remarks", params={"limit": 1, **cursor}).json()
        found += [each["id"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert found == [ids[2], ids[0], ids[3], ids[1]]
    assert world.get("/remarks", params={"cursor": "WzFd"}).status_code == 422


def test_an_offering_is_tried_out_and_nothing_is_kept(world: World) -> None:
    need = world.make_entry(ICE, publish=True)
    before = world.get("/entries", "supplier").json()
    body = {"title": "Sandning", "text": f"{ICE_OFFERING} Ring Anna på 070-123 45 67."}
    shown = world.post("/entries/preview", "supplier", json=body)
    assert shown.status_code == 200, shown.text
    found = shown.json()
    assert "070-123" not in found["text"] and found["text"].startswith(ICE_OFFERING)
    assert (found["title"], found["language"], found["needs_reader"]) == ("Sandning", "sv", False)
    [met] = found["needs"]
    assert (met["entry"]["id"], met["is_enough"]) == (need["id"], True)
    assert met["reasons"]
    assert world.get("/entries", "supplier").json() == before
    other = world.post("/entries/preview", "supplier", json={"text": "Kaffe och bullar."}).json()
    assert not any(each["is_enough"] for each in other["needs"])
    wrong_codes = ({**body, "regions": ["SE999"]}, {**body, "cpv": ["1"]})
    for wrong in ({}, {"text": "…"}, {"text": "x" * 20_001}, {**body, "publish": True}, *wrong_codes):
        assert world.post("/entries/preview", "supplier", json=wrong).status_code == 422, wrong
    assert world.post("/entries/preview", None, json=body).status_code == 401


def test_an_offering_that_is_tried_out_scores_as_the_same_one_that_is_published(world: World) -> None:
    need = world.make_entry(ICE, municipality="2581", publish=True)
    offering = {"title": "Sandning", "text": ICE_OFFERING, "cpv": ["90620000"]}
    near, far = ({**offering, "regions": [region]} for region in ("SE332", "SE110"))
    [met] = world.post("/entries/preview", "supplier", json=near).json()["needs"]
    [met_far] = world.post("/entries/preview", "supplier", json=far).json()["needs"]
    assert met_far["score"] < met["score"]
    world.post("/entries", "supplier", json={**near, "kind": "offering", "publish": True})
    [proposal] = world.get(f"/entries/{need['id']}/proposals").json()["items"]
    [met] = world.post("/entries/preview", "supplier", json=near).json()["needs"]
    assert proposal["score"] == pytest.approx(met["score"], abs=1e-6)
