"""Duplicates, merges, themes and what is similar while somebody writes, through the API."""

from __future__ import annotations

from matcher.jobs import Worker
from tests.api.conftest import ICE, ICE_AGAIN, LUNCH, World

OTHERS = (
    "Ingen buss kommer till byn på kvällarna.",
    "Mobilen har ingen täckning vid sjön.",
    "Biblioteket stänger för tidigt på lördagar.",
    "Lekplatsen saknar gungor för små barn.",
    "Soporna hämtas inte när det snöar.",
    "Belysningen i elljusspåret är trasig.",
)


def make_alike(world: World) -> tuple[dict, dict]:
    """Publish two needs that say the same, among others; search for duplicates."""
    one = world.make_entry(ICE, publish=True)
    other = world.make_entry(ICE_AGAIN, "neighbour", publish=True)
    for text in (LUNCH, *OTHERS):
        world.make_entry(text, publish=True)
    assert world.search_groups("duplicates")["counts"]["new"] >= 1
    return one, other


def pair_of(world: World, one: dict, other: dict) -> dict:
    listed = world.get("/duplicates", params={"entry_id": one["id"]}).json()["items"]
    wanted = {one["id"], other["id"]}
    return next(pair for pair in listed if {pair["left"]["id"], pair["right"]["id"]} == wanted)


def test_a_pair_is_found_merged_and_taken_back(world: World) -> None:
    one, other = make_alike(world)
    pair = pair_of(world, one, other)
    shown = world.get(f"/duplicates/{pair['id']}")
    assert shown.json() == pair
    path = f"/duplicates/{pair['id']}/decisions"
    body = {"answer": "merge", "face_id": other["id"], "reason": "Samma väg"}
    merged = world.post(path, json=body, headers={"If-Match": shown.headers["ETag"]})
    assert (merged.status_code, merged.json()["state"]) == (201, "merged")
    late = world.post(path, "neighbour", json=body, headers={"If-Match": shown.headers["ETag"]})
    assert late.status_code == 412
    group = world.get(f"/entries/{one['id']}/group").json()
    assert group["face"]["id"] == other["id"]
    undone = world.post(path, json={"answer": "undo"})
    assert undone.json()["state"] == "open"
    said = world.get(path).json()["items"]
    assert [each["kind"] for each in said] == ["merge", "undo"]


def test_several_pairs_are_answered_at_once(world: World) -> None:
    one, other = make_alike(world)
    pair = pair_of(world, one, other)
    body = {"pair_ids": [pair["id"], "nothing"], "answer": "related"}
    answers = world.post("/duplicates/decisions", json=body).json()["items"]
    assert [(each["state"], each["code"]) for each in answers] == [
        ("related", None),
        (None, "duplicate-not-found"),
    ]
    stale = {"pair_ids": body["pair_ids"][:1], "answer": "different", "versions": {body["pair_ids"][0]: 1}}
    answers = world.post("/duplicates/decisions", json=stale).json()["items"]
    assert [each["code"] for each in answers] == ["stale-version"]


def test_groups_are_listed_and_merged(world: World) -> None:
    ids = {world.make_entry(ICE, publish=True)["id"] for _ in range(3)}
    for text in OTHERS:
        world.make_entry(text, publish=True)
    world.search_groups("duplicates")
    group = world.get("/duplicates/groups").json()["items"][0]
    assert ids <= set(group["entry_ids"])
    answer = world.post(f"/duplicates/groups/{group['id']}/decisions", json={"answer": "merge"})
    assert {pair["state"] for pair in answer.json()["items"]} == {"merged"}


def test_whoever_writes_sees_what_is_similar_supports_it_or_says_how_it_differs(world: World) -> None:
    one, _ = make_alike(world)
    written = {"text": "Halkiga gångvägar vid äldreboendet", "kind": "need"}
    found = world.post("/similar", "partner", json=written).json()["items"]
    assert found[0]["part"].startswith("Halkiga gångvägar")
    assert found[0]["entry"]["text"][found[0]["start"] : found[0]["end"]] == found[0]["part"]
    supported = world.call("PUT", f"/entries/{one['id']}/support", "partner")
    assert (supported.json()["n_supporters"], supported.json()["is_supported"]) == (2, True)
    assert world.call("DELETE", f"/entries/{one['id']}/support", "partner").json()["n_supporters"] == 1
    own = world.make_entry(ICE_AGAIN, "partner", publish=True)
    body = {"other_id": one["id"], "answer": "different", "reason": "Det gäller en annan väg"}
    said = world.post(f"/entries/{own['id']}/differences", "partner", json=body)
    assert (said.status_code, said.json()["state"]) == (201, "different")


def test_merges_are_made_traced_and_undone_by_hand(world: World) -> None:
    ids = [world.make_entry(f"{ICE} {n}", publish=True)["id"] for n in range(3)]
    made = world.post("/merges", json={"entry_ids": ids[:2], "face_id": ids[1], "versions": {ids[0]: 0}})
    assert (made.status_code, made.json()["face"]["id"]) == (201, ids[1])
    late = world.post("/merges", json={"entry_ids": ids[1:], "versions": {ids[1]: 0}})
    assert late.status_code == 412
    world.post("/merges", json={"entry_ids": ids[1:]})
    assert world.post(f"/entries/{ids[2]}/face").json()["face"]["id"] == ids[2]
    trace = world.get(f"/entries/{ids[0]}/merges").json()["items"]
    assert [set(merge["entry_ids"]) for merge in trace] == [set(ids[:2]), set(ids[1:])]
    undone = world.post(f"/merges/{trace[0]['id']}/undo").json()["items"]
    assert {tuple(sorted(e["id"] for e in each["entries"])) for each in undone} == {
        (ids[0],),
        tuple(sorted(ids[1:])),
    }
    assert world.post(f"/merges/{trace[0]['id']}/undo").status_code == 409


def test_an_entry_is_parted_and_comes_back(world: World) -> None:
    made = world.post("/entries", json={"kind": "need", "text": f"{ICE} {LUNCH}", "publish": True})
    entry_id, tag = made.json()["entry"]["id"], made.headers["ETag"]
    path, body = f"/entries/{entry_id}/splits", {"parts": [{"text": ICE}, {"text": LUNCH}]}
    assert world.post(path, json=body).status_code == 428
    split = world.post(path, json=body, headers={"If-Match": tag})
    assert (split.status_code, len(split.json()["part_ids"])) == (201, 2)
    assert world.get(f"/entries/{entry_id}").json()["status"] == "withdrawn"
    assert world.get(path).json()["items"][0]["id"] == split.json()["id"]
    undone = world.post(f"/splits/{split.json()['id']}/undo")
    assert undone.json()["undone_at"] is not None
    assert world.get(f"/entries/{entry_id}").json()["status"] == "published"


def make_themes(world: World) -> dict[str, list[str]]:
    """Publish needs about two things, in nearly the same words, and find themes."""
    ids: dict[str, list[str]] = {}
    for text in (ICE, LUNCH):
        for n in range(5):
            entry = world.make_entry(f"{text} Nummer {n}.", "neighbour" if n % 2 else "officer", publish=True)
            ids.setdefault(text, []).append(entry["id"])
    assert world.search_groups("themes")["counts"]["themes"] == 2
    return ids


def test_themes_are_found_named_and_cared_for(world: World) -> None:
    ids = make_themes(world)
    themes = world.get("/themes").json()["items"]
    assert {theme["n_members"] for theme in themes} == {5}
    theme_id = themes[0]["id"]
    entries = world.get(f"/themes/{theme_id}/entries").json()["items"]
    assert {each["entry"]["id"] for each in entries} in [set(own) for own in ids.values()]
    shown = world.get(f"/themes/{theme_id}")
    named = world.call(
        "PATCH",
        f"/themes/{theme_id}",
        "coordinator",
        json={"name_sv": "Isfritt"},
        headers={"If-Match": shown.headers["ETag"]},
    )
    assert (named.status_code, named.json()["is_named"]) == (200, True)
    world.search_groups("themes")
    assert world.get(f"/themes/{theme_id}").json()["name_sv"] == "Isfritt"
    kinds = [event["kind"] for event in world.get(f"/themes/{theme_id}/events").json()["items"]]
    assert kinds == ["named", "birth"]
    latest = world.get("/themes/events", params={"limit": 1})
    assert latest.json()["items"][0]["theme_id"] == theme_id
    assert latest.json()["items"][0]["name_sv"] == "Isfritt"
    growth = world.get(f"/themes/{theme_id}/growth").json()["items"]
    assert growth[-1]["n_total"] == 5
    assert world.get("/themes/outside").json() == {"n_outside": 0, "n_entries": 10, "share": 0.0}


def test_themes_are_merged_parted_filled_and_joined(world: World) -> None:
    ids = make_themes(world)
    one, other = (theme["id"] for theme in world.get("/themes").json()["items"])
    members = [each["entry"]["id"] for each in world.get(f"/themes/{one}/entries").json()["items"]]
    body = {"entry_ids": members[:2], "name_sv": "Eget"}
    parted = world.post(f"/themes/{one}/split", "coordinator", json=body)
    assert (parted.status_code, parted.json()["n_members"]) == (201, 2)
    assert world.call("DELETE", f"/entries/{members[0]}/pin", "coordinator").status_code == 204
    placed = world.post(f"/themes/{other}/entries", "coordinator", json={"entry_ids": [members[0]]})
    assert placed.json()["n_members"] == 6
    merged = world.post(f"/themes/{parted.json()['id']}/merge", "coordinator", json={"into_id": one})
    assert merged.json()["n_members"] == 4
    gone = world.get(f"/themes/{parted.json()['id']}").json()
    assert (gone["state"], gone["merged_into_id"]) == ("merged", one)
    new = world.make_entry(f"{ICE} Nummer 99.", publish=True)
    asked = world.post("/themes/join")
    assert (asked.status_code, asked.json()["kind"], asked.json()["state"]) == (202, "joining", "queued")
    assert world.post("/themes/join").status_code == 409
    Worker(world.resources.live).work_once()
    done = world.get(f"/runs/{asked.json()['id']}").json()
    assert (done["state"], done["counts"]) == ("done", {"joined": 1})
    assert world.get(f"/entries/{new['id']}/theme").json()["theme"] is not None
    assert ids


def test_who_may_not_is_told(world: World) -> None:
    make_themes(world)
    theme_id = world.get("/themes").json()["items"][0]["id"]
    named = world.call(
        "PATCH", f"/themes/{theme_id}", "supplier", json={"name_sv": "Nej"}, headers={"If-Match": '"1"'}
    )
    assert named.status_code == 403
    assert world.post("/themes/search", "partner").status_code == 403
    assert world.post("/themes/join", "partner").status_code == 403
    assert world.get("/themes/nothing").json()["code"] == "theme-not-found"
    assert world.get("/duplicates/nothing").json()["code"] == "duplicate-not-found"
    assert world.post("/merges/nothing/undo").json()["code"] == "merge-not-found"
