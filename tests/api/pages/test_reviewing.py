"""The review: the queue, one need with its candidates, decisions, undoing, and others who decide too."""

from __future__ import annotations

import re

import pytest

from tests.api.conftest import ICE, ICE_OFFERING, LUNCH, World
from tests.api.pages.conftest import open_page, send


def version_of(world: World, proposal_id: str) -> int:
    return int(world.get(f"/proposals/{proposal_id}").json()["version"])


def state_of(world: World, proposal_id: str) -> str:
    return str(world.get(f"/proposals/{proposal_id}").json()["state"])


def test_the_queue_shows_needs_with_their_best_offering_and_how_far_one_is(ready: World) -> None:
    pair = ready.make_pair()
    html = open_page(ready.sign_in("officer"), "/review")
    assert "0 av 1 bedömda, 0 av dig i dag" in html
    assert f"/review/{pair['query']['id']}" in html
    assert "Isfritt AB" in html


def test_the_bench_shows_the_need_the_candidate_its_reasons_and_marks_the_passages(ready: World) -> None:
    pair = ready.make_pair()
    html = open_page(ready.sign_in("officer"), f"/review/{pair['query']['id']}")
    assert "<mark>" in html.split('id="asked-text"')[1].split("</section>")[0]
    candidate = html.split(f'id="p-{pair["id"]}"')[1].split("</article>")[0]
    assert "<mark>" in candidate
    assert "Utgångsläge" in candidate
    assert "Sammantaget" in candidate
    assert len(re.findall(r'<td class="number running">', candidate)) == len(pair["reasons"]) + 2


def test_accepting_goes_on_counts_and_can_be_undone(ready: World) -> None:
    pair = ready.make_pair()
    browser = ready.sign_in("officer")
    data = {"verdict": "accept", "version": pair["version"], "back": "/review", "then": "/review?state=open"}
    assert send(browser, f"/proposals/{pair['id']}/verdict", data) == "/review?state=open"
    html = open_page(browser, "/review")
    assert "Godkänt" in html
    assert "1 av 1 bedömda, 1 av dig i dag" in html
    assert "Isfritt AB" in open_page(browser, f"/entries/{pair['query']['id']}").split('id="chain"')[1]
    assert send(browser, "/review/undo", {}) == f"/review#p-{pair['id']}"
    assert state_of(ready, pair["id"]) == "open"
    assert "0 av 1 bedömda" in open_page(browser, "/review")
    send(browser, "/review/undo", {})
    assert "Det finns inget beslut att ångra" in open_page(browser, "/review")


def test_decisions_are_undone_one_by_one_the_latest_first(ready: World) -> None:
    pair = ready.make_pair()
    lunch = ready.make_entry(LUNCH, publish=True)
    food = "Vi kortar kön till lunchen i skolan så att barnen hinner äta klart."
    ready.make_entry(food, "supplier", kind="offering", publish=True)
    found = ready.get("/proposals", params={"entry_id": lunch["id"]}).json()["items"]
    second = next(each for each in found if each["direction"] == "need_to_offering")
    browser = ready.sign_in("officer")
    for each in (pair, second):
        data = {"verdict": "accept", "version": version_of(ready, each["id"]), "back": "/review?lowest=1"}
        send(browser, f"/proposals/{each['id']}/verdict", data)
        assert 'form="undo"' in open_page(browser, "/review")
    assert 'form="undo"' not in open_page(browser, "/review")
    assert send(browser, "/review/undo", {}) == f"/review?lowest=1#p-{second['id']}"
    assert [state_of(ready, each["id"]) for each in (pair, second)] == ["accepted", "open"]
    send(browser, "/review/undo", {})
    assert state_of(ready, pair["id"]) == "open"
    here = f"/review/{pair['query']['id']}"
    assert send(browser, "/review/undo", {"back": here}) == here


def test_as_many_decisions_are_kept_for_undoing_as_fit_into_a_cookie(ready: World) -> None:
    pair = ready.make_pair()
    browser = ready.sign_in("officer")
    back = "/review?words=" + "w" * 190
    for number in range(20):
        kind = ("unsure", "accept")[number % 2]
        data = {"verdict": kind, "version": version_of(ready, pair["id"]), "back": back}
        send(browser, f"/proposals/{pair['id']}/verdict", data)
        open_page(browser, "/review")
    assert all(len(cookie.value or "") < 3000 for cookie in browser.client.cookies.jar)
    send(browser, "/review/undo", {})
    assert "Beslutet är ångrat" in open_page(browser, "/review")


def test_a_rejection_asks_for_a_reason_and_keeps_it_in_the_history(ready: World) -> None:
    pair = ready.make_pair()
    browser = ready.sign_in("officer")
    path = f"/proposals/{pair['id']}/verdict"
    back = send(browser, path, {"verdict": "reject", "version": pair["version"], "back": "/review"})
    assert back == f"/review#p-{pair['id']}"
    html = open_page(browser, "/review")
    assert "Skriv en kort motivering" in html
    assert 'class="note doubt' in html
    assert state_of(ready, pair["id"]) == "open"
    send(
        browser,
        path,
        {"verdict": "reject", "version": pair["version"], "reason": "Levererar <b>inte</b> hit"},
    )
    html = open_page(browser, f"/proposals/{pair['id']}")
    assert "Levererar &lt;b&gt;inte&lt;/b&gt; hit" in html
    assert "Officer" in html
    assert pair["recipe_digest"][:16] in html


def test_a_double_click_is_one_decision_and_another_decision_meanwhile_is_told(ready: World) -> None:
    pair = ready.make_pair()
    officer, coordinator = ready.sign_in("officer"), ready.sign_in("coordinator")
    path, data = f"/proposals/{pair['id']}/verdict", {"verdict": "accept", "version": pair["version"]}
    send(officer, path, data)
    send(officer, path, data)
    assert "Godkänt." in open_page(officer, "/review")
    assert len(ready.get(f"/proposals/{pair['id']}/verdicts").json()["items"]) == 1
    send(coordinator, path, {**data, "verdict": "reject", "reason": "Nej"})
    assert "Någon annan har bedömt förslaget under tiden" in open_page(coordinator, "/review")
    assert state_of(ready, pair["id"]) == "accepted"


def test_many_are_decided_at_once_or_none(ready: World) -> None:
    first = ready.make_pair()
    lunch = ready.make_entry(LUNCH, publish=True)
    food = "Vi kortar kön till lunchen i skolan så att barnen hinner äta klart."
    ready.make_entry(food, "supplier", kind="offering", publish=True)
    found = ready.get("/proposals", params={"entry_id": lunch["id"]}).json()["items"]
    second = next(each for each in found if each["direction"] == "need_to_offering")
    browser = ready.sign_in("officer")
    stale = {"chosen": [f"{first['id']}:1", f"{second['id']}:99"], "verdict": "accept"}
    send(browser, "/review/bulk", stale)
    assert "Inget är ändrat" in open_page(browser, "/review")
    assert state_of(ready, first["id"]) == "open"
    chosen = [f"{each['id']}:{version_of(ready, each['id'])}" for each in (first, second)]
    send(browser, "/review/bulk", {"chosen": chosen, "verdict": "reject"})
    assert "Skriv en kort motivering" in open_page(browser, "/review")
    send(browser, "/review/bulk", {"chosen": chosen, "verdict": "reject", "reason": "Fel storlek"})
    assert {state_of(ready, each["id"]) for each in (first, second)} == {"rejected"}
    send(browser, "/review/undo", {})
    assert {state_of(ready, each["id"]) for each in (first, second)} == {"open"}
    send(browser, "/review/bulk", {"verdict": "accept"})
    assert "Välj minst ett förslag" in open_page(browser, "/review")


def test_filters_stay_in_the_addresses_of_next_and_previous(ready: World) -> None:
    need = ready.make_entry(ICE, publish=True, municipality="2581")
    other = ready.make_entry(f"{ICE} Även här.", publish=True, municipality="2482")
    ready.make_entry(ICE_OFFERING, "supplier", kind="offering", publish=True)
    browser = ready.sign_in("officer")
    html = open_page(browser, "/review?place=2581")
    assert need["id"] in html
    assert other["id"] not in html
    html = open_page(browser, f"/review/{need['id']}?lowest=1")
    assert f"/review/{other['id']}?lowest=1" in html.replace("direction=need_to_offering&amp;", "")
    assert "procentsats" in open_page(browser, "/review?lowest=hög")
    assert "område" in open_page(browser, "/review?place=Mordor")


@pytest.mark.parametrize("who", ["neighbour", "supplier"])
def test_what_belongs_to_another_organisation_is_not_decided(ready: World, who: str) -> None:
    pair = ready.make_pair()
    browser = ready.sign_in(who)
    assert pair["query"]["id"] not in (open_page(browser, "/review") if who == "neighbour" else "")
    send(
        browser,
        f"/proposals/{pair['id']}/verdict",
        {"verdict": "accept", "version": 1},
        status=404 if who == "neighbour" else 403,
    )


def test_an_empty_queue_says_so(ready: World) -> None:
    browser = ready.sign_in("officer")
    assert "Inget väntar på granskning" in open_page(browser, "/review")
    assert "Inget i kön passar urvalet" in open_page(browser, "/review?words=zzz")


def test_an_entry_without_candidates_says_that_this_is_an_answer_too(ready: World) -> None:
    need = ready.make_entry(LUNCH, publish=True)
    assert "Det är också ett svar" in open_page(ready.sign_in("officer"), f"/review/{need['id']}")
