"""What an organisation looks after and looks at, through the API: words, form, log, numbers, the map."""

from __future__ import annotations

from matcher.services import theme_search
from matcher.services.actor import SYSTEM
from tests.api.conftest import ICE, LUNCH, World
from tests.api.test_groups import OTHERS


def test_a_stop_word_changes_what_is_found_until_it_is_removed(world: World) -> None:
    world.make_entry(LUNCH, "neighbour", publish=True)

    def likeness() -> float:
        found = world.post("/search", json={"text": "lunchen granitblock", "limit": 1}).json()["items"]
        return found[0]["score"]

    before = likeness()
    made = world.post("/search-words", "administrator", json={"word": "Granitblock"})
    assert made.status_code == 201, made.text
    word = made.json()
    assert (word["word"], word["is_stop"], word["means"]) == ("granitblock", True, [])
    assert likeness() != before
    body = {"word": "käk", "means": ["lunchen", " lunchen", "skolmat"]}
    wider = world.post("/search-words", "administrator", json=body).json()
    assert (wider["is_stop"], wider["means"]) == (False, ["lunchen", "skolmat"])
    assert world.get("/search-words", "administrator").json()["items"] == [word, wider]
    assert world.get("/search-words", "neighbour").json()["items"] == []
    assert world.call("DELETE", f"/search-words/{word['id']}", "neighbour").status_code == 404
    assert world.call("DELETE", f"/search-words/{word['id']}", "administrator").status_code == 204
    assert likeness() == before
    gone = world.call("DELETE", f"/search-words/{word['id']}", "administrator")
    assert (gone.status_code, gone.json()["code"]) == (404, "search-word-not-found")


def test_a_word_is_one_word_and_stands_once(world: World) -> None:
    assert world.post("/search-words", "administrator", json={"word": "akut"}).status_code == 201
    twice = world.post("/search-words", "administrator", json={"word": "AKUT", "means": ["brådskande"]})
    assert (twice.status_code, twice.json()["code"]) == (409, "conflict")
    for wrong in ({"word": "två ord"}, {"word": "…"}, {"word": ""}, {"word": "ok", "means": ["a"] * 11}):
        assert world.post("/search-words", "administrator", json=wrong).status_code == 422, wrong
    for by in ("officer", "coordinator", "partner"):
        assert world.post("/search-words", by, json={"word": "akut"}).status_code == 403
        assert world.get("/search-words", by).status_code == 403


def test_what_came_in_is_listed_with_what_is_like_it_but_not_with_what_was_rejected(world: World) -> None:
    theirs = world.make_entry(f"{ICE} Hos oss med.", "neighbour", publish=True)
    idea = world.make_entry("Sensorer som säger när det är halt.", kind="idea")
    need = world.make_entry(ICE, publish=True)
    world.make_entry("Vi sandar.", kind="offering")
    items = world.get("/inbox").json()["items"]
    assert [each["entry"]["id"] for each in items] == [need["id"], idea["id"]]
    assert [each["entry"]["id"] for each in items[0]["similar"]] == [theirs["id"]]
    assert items[0]["theme"] is None
    assert items[1]["similar"] == []
    pairs = world.get("/proposals", params={"direction": "similar", "entry_id": need["id"]}).json()["items"]
    body = {"verdict": "reject", "reason": "Annan sak"}
    assert world.post(f"/proposals/{pairs[0]['id']}/verdicts", json=body).status_code == 201
    assert world.get("/inbox").json()["items"][0]["similar"] == []
    assert [each["entry"]["id"] for each in world.get("/inbox?kind=idea").json()["items"]] == [idea["id"]]
    assert [each["entry"]["id"] for each in world.get("/inbox?status=draft").json()["items"]] == [idea["id"]]
    first = world.get("/inbox", params={"limit": 1}).json()
    rest = world.get("/inbox", params={"limit": 1, "cursor": first["next_cursor"]}).json()
    assert [each["entry"]["id"] for each in rest["items"]] == [idea["id"]]
    assert world.get("/inbox?kind=offering").status_code == 422
    assert world.get("/inbox", "partner").status_code == 403
    assert [each["entry"]["id"] for each in world.get("/inbox", "neighbour").json()["items"]] == [
        theirs["id"]
    ]


def test_the_form_for_people_without_an_account_is_opened_and_closed(world: World) -> None:
    before = world.get("/public-form")
    assert (before.json()["is_open"], before.json()["version"]) == (False, 0)
    path = before.json()["path"]
    assert world.client.get(path).status_code == 404
    body = {"is_open": True, "note": "Vi läser allt. Skriv inga namn."}
    tag = {"If-Match": before.headers["ETag"]}
    assert world.call("PUT", "/public-form", json=body, headers=tag).status_code == 403
    assert world.call("PUT", "/public-form", "administrator", json=body).status_code == 428
    silent = world.call("PUT", "/public-form", "administrator", json={"is_open": True}, headers=tag)
    assert (silent.status_code, silent.json()["errors"][0]["field"]) == (422, "note")
    opened = world.call("PUT", "/public-form", "administrator", json=body, headers=tag)
    assert opened.status_code == 200, opened.text
    assert (opened.json()["is_open"], opened.json()["shows_published"]) == (True, False)
    page = world.client.get(path)
    assert page.status_code == 200 and "Skriv inga namn." in page.text
    late = world.call("PUT", "/public-form", "administrator", json={"is_open": False}, headers=tag)
    assert late.status_code == 412
    tag = {"If-Match": opened.headers["ETag"]}
    closed = world.call("PUT", "/public-form", "administrator", json={"is_open": False}, headers=tag)
    assert (closed.status_code, closed.json()["is_open"]) == (200, False)
    assert world.client.get(path).status_code == 404
    assert world.get("/public-form", "neighbour").json()["version"] == 0


def test_the_log_is_read_by_administrators_a_page_at_a_time(world: World) -> None:
    need = world.make_entry(ICE, publish=True)
    world.make_entry(LUNCH, "neighbour")
    found = world.get("/audit", "administrator", params={"area": "entry"}).json()["items"]
    assert {each["thing_id"] for each in found} == {need["id"]}
    assert {each["member_name"] for each in found} == {"Officer"}
    assert found == sorted(found, key=lambda each: -each["id"])
    ids, cursor = [], {}
    while True:
        page = world.get("/audit", "administrator", params={"limit": 1, "area": "entry", **cursor}).json()
        ids += [each["id"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert ids == [each["id"] for each in found]
    for none in ({"since": "2100-01-01T00:00:00Z"}, {"until": "2000-01-01T00:00:00Z"}, {"member_id": "x"}):
        assert world.get("/audit", "administrator", params=none).json()["items"] == [], none
    for wrong in ({"area": "nothing"}, {"since": "2026-01-01T00:00:00"}, {"areas": "entry"}):
        assert world.get("/audit", "administrator", params=wrong).status_code == 422, wrong
    assert world.get("/audit", "officer").status_code == 403


def test_what_is_withdrawn_tells_when_it_will_be_erased(world: World) -> None:
    need = world.make_entry(ICE, publish=True)
    assert world.get("/withdrawn", "administrator").json()["items"] == []
    world.post(f"/entries/{need['id']}/withdraw", headers={"If-Match": f'"{need["version"]}"'})
    other = world.make_entry(LUNCH, publish=True)
    world.post(f"/entries/{other['id']}/withdraw", headers={"If-Match": f'"{other["version"]}"'})
    first = world.get("/withdrawn", "administrator", params={"limit": 1}).json()
    rest = {"limit": 1, "cursor": first["next_cursor"]}
    last = world.get("/withdrawn", "administrator", params=rest).json()
    assert (last["items"][0]["entry"]["id"], last["next_cursor"]) == (other["id"], None)
    [found] = first["items"]
    assert found["entry"]["id"] == need["id"]
    assert found["withdrawn_at"] is not None
    is_kept_for_ever = not world.settings.retention_days
    assert (found["erased_after"] is None) == is_kept_for_ever
    assert world.get("/withdrawn", "neighbour").json()["items"] == []
    assert world.get("/withdrawn", "officer").status_code == 403


def test_the_overview_counts_what_the_caller_may_see(world: World) -> None:
    pair = world.make_pair()
    world.make_entry(LUNCH, publish=True)
    found = world.get("/overview").json()
    assert (found["n_open"], found["needs_total"], found["needs_without"]) == (1, 2, 1)
    assert (found["judged_this_week"], found["median_wait_seconds"]) == (0, None)
    assert (found["weeks"][-1]["needs"], found["weeks"][-1]["offerings"]) == (2, 1)
    assert len(found["weeks"]) == 12
    assert found["languages"] == [{"code": "sv", "n": 3}]
    world.post(f"/proposals/{pair['id']}/verdicts", json={"verdict": "accept"})
    judged = world.get("/overview", "administrator").json()
    assert (judged["n_open"], judged["judged_this_week"]) == (0, 1)
    assert judged["by_supplier"] == [{"group": "supplier", "accepted": 1, "rejected": 0}]
    [fifth] = judged["calibration"]
    said = world.get(f"/proposals/{pair['id']}").json()["score"]
    assert (fifth["n"], fifth["said"], fifth["accepted"]) == (1, said, 1.0)
    assert fifth["start"] <= said <= fifth["end"]
    assert world.get("/overview", "neighbour").json()["judged_this_week"] == 0
    assert world.get("/overview", "partner").status_code == 403


def test_themes_lie_on_a_map_and_an_entry_tells_its_theme(world: World) -> None:
    ids = [world.make_entry(f"{text} {n}", publish=True)["id"] for text in (ICE, LUNCH) for n in range(6)]
    for text in OTHERS:
        world.make_entry(text, publish=True)
    assert world.get(f"/entries/{ids[0]}/theme").json() == {"theme": None}
    find_themes(world)
    themes = {each["id"]: each for each in world.get("/themes").json()["items"]}
    shown = world.get("/themes/map", "partner").json()
    spots = shown["items"]
    own = world.people["officer"].organisation_id
    n_members = sum(each["n_members"] for each in themes.values())
    assert shown["organisations"] == [{"id": own, "name": "Exempelstad", "n_entries": n_members}]
    assert {spot["theme"]["id"] for spot in spots} == set(themes)
    assert all(0 <= spot[axis] <= 1 for spot in spots for axis in ("x", "y"))
    for spot in spots:
        assert spot["theme"] == themes[spot["theme"]["id"]]
        assert spot["counts"]["needs"] == spot["counts"]["own"] == spot["theme"]["n_members"]
        assert (spot["leading_id"], spot["leading"]) == (own, "Exempelstad")
        assert (spot["mix"], spot["age"]) == ("needs", "new")
    assert world.get("/themes/map", params={"parent_id": "nothing"}).json()["items"] == []
    theme = world.get(f"/entries/{ids[0]}/theme", "supplier").json()["theme"]
    members = world.get(f"/themes/{theme['id']}/entries").json()["items"]
    assert ids[0] in {each["entry"]["id"] for each in members}
    assert world.get("/entries/nothing/theme").status_code == 404
    assert world.get("/themes/map", params={"parent_id": "x" * 65}).status_code == 422


def find_themes(world: World) -> None:
    with world.sessions.begin() as session:
        found = theme_search.find(theme_search.load(session, world.resources.live.encoder))
        theme_search.save(session, found, actor=SYSTEM)
