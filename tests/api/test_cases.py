"""Joint needs, cases, thresholds and notices, through the API."""

from __future__ import annotations

import io
from xml.etree import ElementTree

from docx import Document

from tests.api.conftest import ICE, ICE_AGAIN, LUNCH, World
from tests.api.test_groups import OTHERS

WORTH = {"estimated_value": "400000", "currency": "SEK", "municipality": "2581"}


def make_shared(world: World) -> list[str]:
    """Publish a need that two municipalities share, among others."""
    ids = [
        world.make_entry(ICE, publish=True, **WORTH)["id"],
        world.make_entry(ICE_AGAIN, "neighbour", publish=True, municipality="2580")["id"],
    ]
    for text in (LUNCH, *OTHERS):
        world.make_entry(text, publish=True)
    return ids


def make_case(world: World) -> dict:
    ids = make_shared(world)
    answer = world.post("/cases", json={"title": "Isfria vägar", "need_ids": ids})
    assert answer.status_code == 201, answer.text
    return answer.json() | {"etag": answer.headers["ETag"]}


def test_a_joint_need_is_found_judged_and_becomes_a_case(world: World) -> None:
    ids = make_shared(world)
    assert world.search_groups("joint-needs")["counts"]["new"] >= 1
    listed = world.get("/joint-needs", params={"entry_id": ids[0]}).json()["items"]
    joint = listed[0]
    assert {member["entry_id"] for member in joint["members"]} >= set(ids)
    shown = world.get(f"/joint-needs/{joint['id']}")
    accepted = world.post(f"/joint-needs/{joint['id']}/accept", headers={"If-Match": shown.headers["ETag"]})
    assert accepted.json()["state"] == "accepted"
    late = world.post(
        f"/joint-needs/{joint['id']}/dismiss", "neighbour", headers={"If-Match": shown.headers["ETag"]}
    )
    assert late.status_code == 412
    worth = world.get(f"/joint-needs/{joint['id']}/worth").json()["items"][0]
    assert (worth["currency"], worth["n_known"]) == ("SEK", 1)
    assert {each["rule"] for each in worth["assessments"]} == {"advertising", "direct_award"}
    case = world.post(f"/joint-needs/{joint['id']}/case", json={"title": "Isfria vägar"})
    assert (case.status_code, case.json()["joint_need_id"]) == (201, joint["id"])
    assert world.get(f"/joint-needs/{joint['id']}").json()["case_id"] == case.json()["id"]
    assert world.post(f"/joint-needs/{joint['id']}/dismiss").status_code == 409


def test_needs_are_put_together_by_hand_dropped_and_taken_in_again(world: World) -> None:
    ids = make_shared(world)
    near = world.get(f"/entries/{ids[0]}/joint-candidates", params={"limit": 1}).json()["items"]
    assert near[0]["entry"]["id"] == ids[1]
    more = world.make_entry(f"{ICE} Igen.", "neighbour", publish=True)["id"]
    made = world.post("/joint-needs", json={"entry_ids": [*ids, more]})
    assert (made.status_code, made.json()["state"]) == (201, "accepted")
    path = f"/joint-needs/{made.json()['id']}/members/{more}"
    dropped = world.call("DELETE", path).json()
    assert [member["is_dropped"] for member in dropped["members"]] == [False, False, True]
    assert not any(member["is_dropped"] for member in world.call("PUT", path).json()["members"])
    another = world.make_entry(f"{ICE} Varje morgon.", "neighbour", publish=True)["id"]
    world.make_entry(LUNCH, "neighbour", publish=True)
    others = world.get(f"/joint-needs/{made.json()['id']}/candidates").json()["items"]
    assert others[0]["entry"]["id"] == another
    assert not {each["entry"]["id"] for each in others} & {*ids, more}
    taken = world.call("PUT", f"/joint-needs/{made.json()['id']}/members/{another}").json()
    assert [member["entry_id"] for member in taken["members"]][-1] == another
    assert world.call("PUT", f"/joint-needs/{made.json()['id']}/members/{another}").status_code == 409
    assert world.post(f"/joint-needs/{made.json()['id']}/dismiss").json()["state"] == "dismissed"
    assert world.post(f"/joint-needs/{made.json()['id']}/reopen").json()["state"] == "proposed"


def test_a_case_is_kept_from_the_need_to_its_papers(world: World) -> None:
    case = make_case(world)
    path = f"/cases/{case['id']}"
    changed = world.call(
        "PATCH", path, json={"next_step": "Skriv underlag"}, headers={"If-Match": case["etag"]}
    )
    assert (changed.status_code, changed.json()["next_step"]) == (200, "Skriv underlag")
    assert world.call("PATCH", path, json={"note": "x"}).status_code == 428
    part = {"mandate": "Nämnden", "expected_value": "900000", "currency": "SEK"}
    own = world.people["neighbour"].organisation_id
    assert world.call("PUT", f"{path}/organisations/{own}", "neighbour", json=part).status_code == 200
    worth = world.get(f"{path}/worth").json()["items"][0]
    assert worth["value"] == "1300000"
    talk = {"held_on": "2026-02-10", "kind": "rfi", "subject": "Sand", "participants": ["Isfritt AB"]}
    logged = world.post(f"{path}/dialogue", json=talk)
    assert (logged.status_code, logged.json()["number"]) == (201, 1)
    assert world.get(f"{path}/dialogue").json()["items"] == [logged.json()]
    confirmed = world.call("PUT", f"{path}/procedure", json={"procedure": "open"}).json()
    assert (confirmed["procedure"], len(confirmed["assessments"])) == ("open", 2)
    assert world.post(f"{path}/state", json={"state": "procurement"}).json()["state"] == "procurement"
    assert world.post(f"{path}/state", json={"state": "stopped"}).status_code == 422
    steps = world.get(f"{path}/steps").json()["items"]
    assert [step["state"] for step in steps] == ["need", "procurement"]
    release = world.get(f"{path}/ocds").json()["releases"][0]
    assert release["tag"] == ["planning"]
    word = world.get(f"{path}/word", params={"language": "en"})
    assert "attachment" in word.headers["content-disposition"]
    headings = [paragraph.text for paragraph in Document(io.BytesIO(word.content)).paragraphs]
    assert "Market dialogue" in headings


def test_entries_come_into_a_case_and_go(world: World) -> None:
    case = make_case(world)
    offering = world.make_entry("Vi sandar gångvägar.", "supplier", kind="offering", publish=True)
    path = f"/cases/{case['id']}/entries"
    added = world.post(path, json={"offering_ids": [offering["id"]]}).json()
    assert [each["id"] for each in added["offerings"]] == [offering["id"]]
    assert world.call("DELETE", f"{path}/{offering['id']}").json()["offerings"] == []
    listed = world.get("/cases", params={"state": "need"}).json()["items"]
    assert [each["id"] for each in listed] == [case["id"]]
    assert world.get(f"/cases/{case['id']}", "supplier").status_code == 404
    assert world.get(f"/cases/{case['id']}", "partner").status_code == 403


def test_thresholds_are_read_by_all_and_kept_by_administrators(world: World) -> None:
    rows = world.get("/thresholds", "partner").json()["items"]
    assert {"EUR", "SEK"} == {row["currency"] for row in rows}
    row = {
        "law": "LOU",
        "rule": "advertising",
        "kind": "goods_services",
        "authority": "sub_central",
        "valid_from": "2026-01-01",
        "amount": "2400000",
        "currency": "SEK",
        "source": "Tillkännagivande",
    }
    assert world.post("/thresholds", json=row).status_code == 403
    made = world.post("/thresholds", "administrator", json=row)
    assert made.status_code == 201, made.text
    assert world.post("/thresholds", "administrator", json=row).status_code == 409
    gone = world.call("DELETE", f"/thresholds/{made.json()['id']}", "administrator").json()
    assert gone["withdrawn_at"] is not None
    every = world.get("/thresholds", params={"withdrawn_too": True}).json()["items"]
    assert made.json()["id"] in {each["id"] for each in every}


def test_a_member_is_told_in_the_list_and_in_its_feed(world: World) -> None:
    ids = make_shared(world)
    world.call("PUT", f"/entries/{ids[0]}/support", "partner")
    world.post("/merges", json={"entry_ids": ids})
    told = world.get("/notices", "partner", headers={"Accept-Language": "en"}).json()["items"]
    assert [notice["kind"] for notice in told] == ["merged"]
    assert told[0]["heading"].startswith("Merged with others")
    feed = world.post("/notices/feed", "partner")
    path = feed.json()["path"].removeprefix("/api/v1")
    read = world.get(path, None)
    assert read.headers["content-type"].startswith("application/atom+xml")
    assert len(ElementTree.fromstring(read.content).findall("{http://www.w3.org/2005/Atom}entry")) == 1
    assert world.get(f"{path}x", None).status_code == 404
    assert world.call("PUT", "/notices/choices", "partner", json={"is_mailed": True}).json() == {
        "is_mailed": True,
        "has_feed": True,
    }
    assert world.get("/notices/choices", "partner").json()["is_mailed"] is True
    assert world.post(f"/notices/{told[0]['id']}/read", "partner").json() == {"n_unread": 0}
    assert world.post("/notices/read", "partner").json() == {"n_unread": 0}
    assert world.get("/notices", "partner", params={"unread_only": True}).json()["items"] == []
