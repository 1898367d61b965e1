"""Duplicates, parts and what was learnt: seen side by side, changed by people, and taken back."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from api.differences import differences
from matcher.services import duplicates
from matcher.types import DuplicateAnswer
from models.repositories.duplicate_saving import DuplicateSaver, FoundPair
from tests.api.conftest import ICE, LUNCH, World
from tests.api.pages.conftest import counted, open_page, search_groups, send


@given(st.text(max_size=30), st.text(max_size=30))
def test_nothing_of_either_text_is_lost_when_differences_are_marked(left: str, right: str) -> None:
    left, right = (f"Det är halt vid skolan varje morgon {each}" for each in (left, right))

    def plain(html: Markup) -> str:
        return str(Markup(re.sub(r"</?(?:ins|del)>", "", str(html))).unescape())

    shown = differences(left, right)
    assert shown
    assert (plain(shown[0]), plain(shown[1])) == (left, right)


def test_only_what_differs_is_marked_and_case_is_no_difference() -> None:
    shown = differences("Halt vid Skolan <i>", "halt vid torget <i>")
    assert shown
    assert shown[0] == "Halt vid <del>Skolan</del> &lt;i&gt;"
    assert shown[1] == "halt vid <ins>torget</ins> &lt;i&gt;"


def test_texts_with_hardly_a_word_in_common_are_not_marked_all_over() -> None:
    assert (
        differences("Tolken kom inte till mötet.", "Vi bokade en tid men ingen dök upp, inte ens sen.")
        is None
    )
    assert differences("", "") is not None


def make_pair(world: World) -> tuple[str, dict, dict]:
    """Publish two needs that are alike and let somebody ask about them; return the pair's id and both."""
    one = world.make_entry(ICE, publish=True)
    other = world.make_entry(f"{ICE} Även i dag.", publish=True)
    actor = world.people["officer"].actor
    with world.sessions.begin() as session:
        asked = duplicates.say(session, one["id"], other["id"], DuplicateAnswer.UNSURE, actor=actor)
        undone = duplicates.decide(session, asked.id, DuplicateAnswer.UNDO, actor=actor)
    return undone.id, one, other


def version_of(html: str) -> str:
    found = re.search(r'id="pair".*?name="version" value="(\d+)"', html, re.DOTALL)
    assert found
    return found[1]


def test_a_pair_is_merged_with_a_face_and_the_merge_is_undone(ready: World) -> None:
    pair_id, one, other = make_pair(ready)
    browser = ready.sign_in("coordinator")
    html = open_page(browser, f"/duplicates/{pair_id}")
    assert "<ins>" in html or "<del>" in html
    assert "ingens stöd flyttas" in html
    data = {"answer": "merge", "face": other["id"], "version": version_of(html)}
    send(browser, f"/duplicates/{pair_id}", data)
    shown = open_page(browser, f"/entries/{one['id']}")
    assert "Visas för alla" in shown
    merge = re.search(r'action="(/merges/[^"]+/undo)"', shown)
    assert merge
    send(browser, merge[1], {"back": f"/entries/{one['id']}"})
    assert "Visas för alla" not in open_page(browser, f"/entries/{one['id']}")


def test_an_answer_is_undone_from_the_pair_that_comes_next(ready: World) -> None:
    pair_id, one, _ = make_pair(ready)
    third = ready.make_entry(LUNCH, publish=True)
    actor = ready.people["officer"].actor
    with ready.sessions.begin() as session:
        asked = duplicates.say(session, one["id"], third["id"], DuplicateAnswer.UNSURE, actor=actor)
        duplicates.decide(session, asked.id, DuplicateAnswer.UNDO, actor=actor)
    browser = ready.sign_in("coordinator")
    here = f"/duplicates/{pair_id}"
    send(browser, here, {"answer": "related"})
    html = open_page(browser, f"/duplicates/{asked.id}?answered={pair_id}")
    assert 'form="undo"' in html
    assert f'action="{here}" id="undo"' in html
    assert send(browser, here, {"answer": "undo"}) == here
    assert "Svaret är ångrat" in open_page(browser, here)


def test_an_answer_that_comes_too_late_is_told_and_what_was_typed_stays(ready: World) -> None:
    pair_id, _, other = make_pair(ready)
    first, second = ready.sign_in("officer"), ready.sign_in("coordinator")
    version = version_of(open_page(first, f"/duplicates/{pair_id}"))
    send(first, f"/duplicates/{pair_id}", {"answer": "different", "version": version})
    late = {"answer": "related", "reason": "Samma <väg>", "face": other["id"], "version": version}
    html = send(second, f"/duplicates/{pair_id}", late, status=412)
    assert "Någon annan har bedömt" in html
    assert "Olika saker" in html
    assert 'value="Samma &lt;väg&gt;"' in html
    assert f'value="{other["id"]}" checked' in html
    assert "Någon annan har bedömt" not in open_page(second, f"/duplicates/{pair_id}")
    assert pair_id in open_page(second, "/duplicates?state=different")
    send(second, f"/duplicates/{pair_id}", {**late, "version": version_of(html)})
    assert "Samma &lt;väg&gt;" in open_page(second, f"/duplicates/{pair_id}")


def test_what_was_typed_about_a_pair_is_shown_even_if_others_merged_it(ready: World) -> None:
    pair_id, one, _ = make_pair(ready)
    first, second = ready.sign_in("officer"), ready.sign_in("coordinator")
    version = version_of(open_page(first, f"/duplicates/{pair_id}"))
    send(first, f"/duplicates/{pair_id}", {"answer": "merge", "face": one["id"], "version": version})
    late = {"answer": "different", "reason": "Olika vägar"}
    html = send(second, f"/duplicates/{pair_id}", {**late, "version": version}, status=412)
    assert "Det du skrev: <q" in html
    assert ">Olika vägar</q>" in html
    html = send(second, f"/duplicates/{pair_id}", late, status=409)
    assert "De två är sammanslagna. Ångra sammanslagningen först." in html
    html = send(second, f"/duplicates/{pair_id}", {"answer": "related", "reason": "x" * 2001}, status=422)
    assert "x" * 2001 in html


def test_what_could_not_be_done_for_several_pairs_stays_chosen_with_its_reason(ready: World) -> None:
    pair_id, one, other = make_pair(ready)
    third = ready.make_entry(LUNCH, publish=True)
    actor = ready.people["officer"].actor
    with ready.sessions.begin() as session:
        asked = duplicates.say(session, one["id"], third["id"], DuplicateAnswer.UNSURE, actor=actor)
        duplicates.decide(session, asked.id, DuplicateAnswer.UNDO, actor=actor)
    first, second = ready.sign_in("officer"), ready.sign_in("coordinator")
    sent = {"answer": "merge", "reason": "Samma sak", "chosen": [pair_id, asked.id], "back": "/duplicates"}
    send(first, f"/duplicates/{pair_id}", {"answer": "merge", "face": other["id"]})
    html = send(second, "/duplicates/bulk", sent, status=409)
    assert "Noterat för 1 par. 1 gick inte" in html
    assert "Samma sak" in html
    assert asked.id in open_page(second, "/duplicates?state=merged")
    html = send(second, "/duplicates/bulk", {**sent, "chosen": []}, status=422)
    assert "Samma sak" in html


def test_what_was_typed_about_a_group_that_others_answered_is_not_lost(ready: World) -> None:
    make_copies(ready, 3)
    first, second = ready.sign_in("officer"), ready.sign_in("coordinator")
    search_groups(ready, first, "/duplicates")
    html = open_page(second, "/duplicates/groups")
    address = re.search(r'action="(/duplicates/groups/[^"]+)"', html)
    assert address
    tall = {"answer": "merge", "face": "nobody", "reason": "Samma plats"}
    html = send(second, address[1], tall, status=422)
    assert 'value="Samma plats"' in html
    send(first, address[1], {"answer": "different", "reason": "Var för sig"})
    html = send(second, address[1], {"answer": "merge", "reason": "Samma plats"}, status=412)
    assert "Någon annan har bedömt" in html
    assert ">Samma plats</q>" in html


def test_looking_for_duplicates_finds_copies(ready: World) -> None:
    for _ in range(2):
        ready.make_entry(f"{ICE} Det är samma sak varje vinter.", publish=True)
    for number in range(12):
        ready.make_entry(f"Ord{number} annat{number} tredje{number} fjärde{number} femte", publish=True)
    browser = ready.sign_in("coordinator")
    assert "par som kan vara ett" in search_groups(ready, browser, "/duplicates")
    assert re.search(r'href="/duplicates/[0-9a-f-]{36}"', open_page(browser, "/duplicates"))


def test_hardly_likely_pairs_are_shown_when_they_are_asked_for(ready: World) -> None:
    ids = sorted(ready.make_entry(text, publish=True)["id"] for text in (ICE, f"{ICE} Igen.", LUNCH))
    chances = {(ids[0], ids[1]): 0.4, (ids[1], ids[2]): 0.3, (ids[0], ids[2]): 0.02}
    with ready.sessions.begin() as session:
        found = [
            FoundPair(left_id=left, right_id=right, cosine=0.5, probability=chance)
            for (left, right), chance in chances.items()
        ]
        DuplicateSaver(session).save(found, encoder_digest="0" * 64)
    browser = ready.sign_in("coordinator")
    shown, others = open_page(browser, "/duplicates"), open_page(browser, "/duplicates?unlikely=true")
    assert len(re.findall(r"data-open", shown)) == 2
    assert "Visa de mindre troliga paren (1)" in shown
    (unlikely,) = re.findall(r'href="(/duplicates/[0-9a-f-]{36})" data-open', others)
    assert 'name="back" value="/duplicates?unlikely=true"' in others
    assert 'href="/duplicates?unlikely=true" data-key="q"' in open_page(browser, unlikely)
    # From a likely pair the next is a likely one again, and home counts those.
    likeliest, second = re.findall(r'href="(/duplicates/[0-9a-f-]{36})" data-open', shown)
    assert f'rel="next" href="{second}"' in open_page(browser, likeliest)
    assert f'rel="next" href="{likeliest}"' in open_page(browser, second)
    assert re.search(r'href="/duplicates"><strong>2</strong>', open_page(browser, "/"))


def make_copies(world: World, n: int) -> list[str]:
    ids = [world.make_entry(f"{ICE} Det är samma sak varje vinter.", publish=True)["id"] for _ in range(n)]
    for number in range(12):
        world.make_entry(f"Ord{number} annat{number} tredje{number} fjärde{number} femte", publish=True)
    return ids


def test_a_whole_group_is_merged_with_a_chosen_face(ready: World) -> None:
    ids = make_copies(ready, 3)
    browser = ready.sign_in("coordinator")
    search_groups(ready, browser, "/duplicates")
    shown = open_page(browser, "/duplicates/groups")
    group = re.search(r'action="(/duplicates/groups/[^"]+)"', shown)
    assert group
    assert all(f'name="face" value="{each}"' in shown for each in ids)
    assert shown.count("Det är samma sak varje vinter.") == len(ids)
    send(browser, group[1], {"answer": "merge", "face": ids[2]})
    assert "Hopslagna." in open_page(browser, "/duplicates/groups")
    assert "Visas för alla" in open_page(browser, f"/entries/{ids[0]}")
    assert "Någon annan har bedömt" in send(browser, group[1], {"answer": "different"}, status=412)


def test_several_pairs_get_one_answer_and_what_fails_is_counted(ready: World) -> None:
    make_copies(ready, 3)
    browser = ready.sign_in("coordinator")
    search_groups(ready, browser, "/duplicates")
    chosen = re.findall(r'name="chosen" value="([^"]+)"', open_page(browser, "/duplicates"))[:2]
    assert len(chosen) == 2
    several = {"answer": "related", "chosen": [*chosen, "nobody"]}
    assert "Noterat för 2 par. 1 gick inte" in send(browser, "/duplicates/bulk", several, status=409)
    related = open_page(browser, "/duplicates?state=related")
    assert all(each.partition(":")[0] in related for each in chosen)
    assert "Välj 1 till 500" in send(browser, "/duplicates/bulk", {"answer": "related"}, status=422)


@pytest.mark.parametrize("version", ["9" * 5000, "-1", "x", "²"])
def test_an_answer_that_rests_on_no_version_there_is_overwrites_nothing(ready: World, version: str) -> None:
    pair_id, *_ = make_pair(ready)
    browser = ready.sign_in("officer")
    sent = {"answer": "related", "reason": "Samma väg", "chosen": f"{pair_id}:{version}"}
    assert "Samma väg" in send(browser, "/duplicates/bulk", sent, status=409)
    assert pair_id not in open_page(browser, "/duplicates?state=related")


@pytest.mark.parametrize("back", ["http://[", "/duplicates?cursor=garbage", "//evil.example?state=zzz"])
def test_what_was_typed_stays_wherever_the_form_says_that_it_came_from(ready: World, back: str) -> None:
    sent = {"answer": "related", "reason": "Samma väg", "chosen": "nobody", "back": back}
    assert "Samma väg" in send(ready.sign_in("officer"), "/duplicates/bulk", sent, status=409)


def test_an_answer_for_several_pairs_overwrites_none_that_somebody_gave_meanwhile(ready: World) -> None:
    make_copies(ready, 3)
    first, second = ready.sign_in("officer"), ready.sign_in("coordinator")
    search_groups(ready, first, "/duplicates")
    seen = re.findall(r'name="chosen" value="([^"]+)"', open_page(second, "/duplicates?state=open"))
    taken = seen[0].partition(":")[0]
    send(first, f"/duplicates/{taken}", {"answer": "different"})
    late = {"answer": "related", "reason": "Samma <väg>", "chosen": seen, "back": "/duplicates?state=related"}
    html = send(second, "/duplicates/bulk", late, status=409)
    assert f"Noterat för {len(seen) - 1} par. 1 gick inte" in html
    assert 'value="Samma &lt;väg&gt;"' in html
    assert '?state=related" aria-current="true"' in html
    assert taken in open_page(second, "/duplicates?state=different")


def test_an_entry_of_two_needs_is_parted_and_comes_back(ready: World) -> None:
    entry = ready.make_entry(f"{ICE} {LUNCH}", publish=True)
    browser = ready.sign_in("officer")
    address = f"/entries/{entry['id']}/split"
    assert address in open_page(browser, f"/entries/{entry['id']}")
    version = re.search(r'name="version" value="(\d+)"', open_page(browser, address))
    assert version
    parts = {"title": ["Halka", "", ""], "text": [ICE, LUNCH, ""], "version": version[1]}
    send(browser, address, parts)
    shown = open_page(browser, address)
    assert "Delarna är egna poster nu." in shown
    undo = re.search(r'action="(/splits/[^"]+/undo)"', shown)
    assert undo
    assert send(browser, undo[1], {}) == f"/entries/{entry['id']}"
    assert "Uppdelningen är ångrad." in open_page(browser, f"/entries/{entry['id']}")


def test_a_part_that_is_missing_is_told_and_what_was_written_stays(ready: World) -> None:
    entry = ready.make_entry(f"{ICE} {LUNCH}", publish=True)
    browser = ready.sign_in("officer")
    address = f"/entries/{entry['id']}/split"
    version = re.search(r'name="version" value="(\d+)"', open_page(browser, address))
    assert version
    data = {"text": ["Bara en del"], "title": [""], "version": version[1]}
    answer = send(browser, address, data, status=422)
    assert "Bara en del" in answer
    assert "Dela posten i 2 till 10." in answer


def test_somebody_stands_behind_an_entry_once_and_can_stop(ready: World) -> None:
    entry = ready.make_entry(LUNCH, "neighbour", publish=True)
    browser = ready.sign_in("officer")
    before = open_page(browser, f"/entries/{entry['id']}")
    assert "Står bakom: 1" in before
    for _ in range(2):
        send(browser, f"/entries/{entry['id']}/support", {"stands": "true"})
    assert "Står bakom: 2" in open_page(browser, f"/entries/{entry['id']}")
    send(browser, f"/entries/{entry['id']}/support", {"stands": "false"})
    assert "Står bakom: 1" in open_page(browser, f"/entries/{entry['id']}")


def test_learning_from_too_few_verdicts_is_told_and_going_back_too(ready: World) -> None:
    browser = ready.sign_in("administrator")
    send(browser, "/scorers", {})
    assert "För få bedömningar" in open_page(browser, "/scorers")
    send(browser, "/scorers/back", {})
    assert "Ingen inlärd poängsättare" in open_page(browser, "/scorers")


def tile(html: str, address: str) -> tuple[int, str] | None:
    """Return the number and the words of the start page's tile that leads to an address."""
    found = re.search(rf'<a href="{address}"><strong>(\d+)</strong><span>([^<]+)<', html)
    return (int(found[1]), found[2]) if found else None


def test_the_start_page_tells_how_many_duplicates_and_joint_needs_wait(ready: World) -> None:
    coordinator, supplier = ready.sign_in("coordinator"), ready.sign_in("supplier")
    with counted(ready) as before:
        html = open_page(coordinator, "/")
    assert tile(html, "/duplicates") == (0, "dubbletter väntar; sök nya här")
    assert tile(html, "/joint-needs") == (0, "gemensamma behov är föreslagna; sök nya här")
    ready.make_alike()
    for name in ("duplicates", "joint-needs"):
        ready.search_groups(name)
    n_pairs = len(ready.get("/duplicates", params={"state": "open", "limit": 100}).json()["items"])
    n_joint = len(ready.get("/joint-needs", params={"state": "proposed"}).json()["items"])
    assert n_pairs > 1
    assert n_joint > 0
    with counted(ready) as after:
        html = open_page(coordinator, "/", lang="en")
    assert tile(html, "/duplicates") == (n_pairs, "possible duplicates to answer")
    assert tile(html, "/joint-needs") == (n_joint, "proposed joint needs")
    assert len([each for each in after if "duplicate_pair" in each or "joint_need" in each]) == 2
    assert len([each for each in before if "duplicate_pair" in each or "joint_need" in each]) == 2
    pair = ready.get("/duplicates", params={"limit": 1}).json()["items"][0]
    send(coordinator, f"/duplicates/{pair['id']}", {"answer": "related"})
    assert tile(open_page(coordinator, "/"), "/duplicates") == (
        n_pairs - 1,
        "möjliga dubbletter att svara på",
    )
    assert tile(open_page(supplier, "/"), "/duplicates") is None
