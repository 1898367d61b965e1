"""From needs of several organisations to a case, its talks and papers; notices and thresholds."""

from __future__ import annotations

import io
import json
import re
import zipfile
from xml.etree import ElementTree

import pytest

from matcher.services import joint_needs, merging
from tests.api.conftest import ICE, ICE_OFFERING, LUNCH, World
from tests.api.pages.conftest import HTML, open_page, search_groups, send

NAME = "Halkfria gångvägar tillsammans"


def make_joint(world: World, n_needs: int = 2) -> tuple[str, dict, dict]:
    """Put needs of two municipalities together; return the joint need's id and the needs."""
    one = world.make_entry(ICE, publish=True, estimated_value="400000", currency="SEK")
    other = world.make_entry(f"{ICE} Även hos oss.", "neighbour", publish=True)
    third = world.make_entry(f"{ICE} Och vid skolan.", publish=True) if n_needs > 2 else None
    needs = [each["id"] for each in (one, other, third) if each]
    actor = world.people["officer"].actor
    with world.sessions.begin() as session:
        joint = joint_needs.create(session, needs, actor=actor)
    return joint.id, one, other


def version_of(html: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', html)
    assert found
    return found[1]


def test_a_joint_need_shows_who_needs_what_and_what_it_is_worth(ready: World) -> None:
    joint, one, other = make_joint(ready)
    html = open_page(ready.sign_in("officer"), f"/joint-needs/{joint}")
    assert one["id"] in html
    assert other["id"] in html
    assert "800\u00a0000\u00a0SEK" in html
    assert "Gräns för direktupphandling" in html
    assert "En upphandlare väljer förfarande" in html
    assert "Exempelstad" in open_page(ready.sign_in("neighbour"), "/joint-needs?state=accepted")


def test_nothing_is_said_of_offerings_and_rating_that_nobody_looked_for(ready: World) -> None:
    joint, _, _ = make_joint(ready)
    browser = ready.sign_in("officer")
    html = open_page(browser, f"/joint-needs/{joint}")
    assert "letas inga erbjudanden upp" in html
    assert "0 erbjudanden" not in html
    assert "kan behöva utvecklas" not in html
    listed = open_page(browser, "/joint-needs?state=accepted")
    assert joint in listed
    assert "Betyg" not in listed
    assert "0 erbjudanden" not in listed


def test_a_need_is_left_out_and_taken_in_again_and_a_late_answer_is_told(ready: World) -> None:
    joint, own, _ = make_joint(ready, 3)
    browser, path = ready.sign_in("officer"), f"/joint-needs/{joint}"
    version = version_of(open_page(browser, path))
    send(browser, path, {"then": "drop", "entry": own["id"], "version": version})
    assert ">utanför<" in open_page(browser, path)
    late = {"then": "take_in", "entry": own["id"], "version": version}
    assert "Någon annan har ändrat" in send(browser, path, late, status=412)
    version = version_of(open_page(browser, path))
    send(browser, path, {"then": "take_in", "entry": own["id"], "version": version})
    more = ready.make_entry(f"{ICE} Hela vintern.", "neighbour", publish=True)
    send(browser, path, {"then": "drop", "entry": own["id"]})
    member = re.search(
        r'name="entry" value="([^"]+)"><button class="small-button" name="then" value="drop"',
        open_page(browser, path),
    )
    assert member
    html = send(browser, path, {"then": "drop", "entry": member[1]}, status=409)
    assert "Lägg det gemensamma behovet åt sidan i stället." in html
    send(browser, path, {"then": "take_in", "entry": own["id"]})
    html = open_page(browser, path)
    assert "Kan också höra hit" in html
    assert more["id"] in html
    assert f'>Ta med<span class="unseen">: {ICE[:40]}' in html
    send(browser, path, {"then": "take_in", "entry": more["id"]})
    assert "Behovet är med. De som har det får veta det." in open_page(browser, path)
    assert "ingår redan i" in send(browser, path, {"then": "take_in", "entry": more["id"]}, status=409)
    send(browser, path, {"then": "reopen"})
    send(browser, path, {"then": "accept"})
    assert "Öppna ett ärende längst ned" in open_page(browser, path)
    send(browser, path, {"then": "reopen"})
    send(browser, path, {"then": "dismiss"})
    assert joint in open_page(browser, "/joint-needs?state=dismissed")


def test_a_title_that_was_typed_for_a_case_stays_if_somebody_was_quicker(ready: World) -> None:
    joint, own, _ = make_joint(ready, 3)
    first, second, path = ready.sign_in("officer"), ready.sign_in("coordinator"), f"/joint-needs/{joint}"
    version = version_of(open_page(second, path))
    send(first, path, {"then": "drop", "entry": own["id"], "version": version})
    late = {"then": "case", "title": "Isfritt <tillsammans>", "version": version}
    html = send(second, path, late, status=412)
    assert "Någon annan har ändrat" in html
    assert 'value="Isfritt &lt;tillsammans&gt;"' in html
    send(first, path, {"then": "reopen"})
    send(first, path, {"then": "dismiss"})
    html = send(second, path, late, status=412)
    assert ">Isfritt &lt;tillsammans&gt;</q>" in html
    html = send(second, path, {**late, "version": version_of(html)}, status=409)
    assert ">Isfritt &lt;tillsammans&gt;</q>" in html


def open_case(world: World) -> str:
    joint, _, _ = make_joint(world)
    return send(world.sign_in("officer"), f"/joint-needs/{joint}", {"then": "case", "title": NAME})


def test_a_case_is_led_from_need_to_effect_with_owner_next_step_and_stop_reason(ready: World) -> None:
    case = open_case(ready)
    browser = ready.sign_in("officer")
    facts = {"then": "facts", "title": NAME, "next_step": "Bjud in till RFI", "next_step_on": "2027-01-15"}
    send(browser, case, {**facts, "law": "LOU", "contract_kind": "works", "authority": "sub_central"})
    send(browser, case, {"then": "move", "state": "test"})
    html = open_page(browser, case)
    assert "15\u00a0jan.\u00a02027" in open_page(browser, "/cases")
    assert "Bjud in till RFI" in html
    assert 'aria-current="step"' in html
    html = send(browser, case, {"then": "move", "state": "stopped"}, status=422)
    assert "motivering" in html
    send(browser, case, {"then": "move", "state": "stopped", "reason": "Pengarna räckte inte"})
    assert "Pengarna räckte inte" in open_page(browser, case)
    send(ready.sign_in("coordinator"), case, {"then": "own"})
    assert "Coordinator" in open_page(browser, case)


def test_what_was_typed_into_any_part_of_a_case_stays_where_it_cannot_be_taken(ready: World) -> None:
    case = open_case(ready)
    first, second = ready.sign_in("officer"), ready.sign_in("coordinator")
    html = open_page(first, case)
    version = version_of(html)
    facts = {"then": "facts", "law": "LOU", "contract_kind": "works", "authority": "sub_central"}
    send(first, case, {**facts, "title": "Det ena", "version": version})
    stop = {"then": "move", "state": "stopped", "reason": "Budgeten räcker inte.", "version": version}
    html = send(second, case, stop, status=412)
    assert 'value="Budgeten räcker inte."' in html
    assert '<option value="stopped" selected>' in html
    owner = re.search(r'name="organisation" value="([^"]+)"', html)
    assert owner
    part = {
        "then": "part",
        "organisation": owner[1],
        "mandate": "Nämnden sade ja",
        "expected_value": "x",
    }
    html = send(second, case, {**part, "version": version_of(html)}, status=422)
    assert 'value="Nämnden sade ja"' in html
    assert 'value="x"' in html


def test_of_two_who_change_a_case_the_second_is_told_and_keeps_its_words(ready: World) -> None:
    case = open_case(ready)
    first, second = ready.sign_in("officer"), ready.sign_in("coordinator")
    version = version_of(open_page(first, case))
    facts = {"then": "facts", "law": "LOU", "contract_kind": "works", "authority": "sub_central"}
    send(first, case, {**facts, "title": "Det ena", "version": version})
    html = send(second, case, {**facts, "title": "Det andra", "version": version}, status=412)
    assert 'value="Det andra"' in html
    assert "Någon annan har ändrat ärendet" in html


def test_each_organisation_says_what_it_takes_part_with(ready: World) -> None:
    case = open_case(ready)
    neighbour = ready.sign_in("neighbour")
    own = ready.people["neighbour"].organisation_id
    part = {"then": "part", "organisation": own, "mandate": "Kommunstyrelsen", "expected_value": "1 250 000"}
    assert "hör ihop" in send(neighbour, case, part, status=422).lower()
    send(neighbour, case, {**part, "currency": "SEK"})
    html = open_page(ready.sign_in("officer"), case)
    assert "Kommunstyrelsen" in html
    assert "På eller över" in html
    send(ready.sign_in("officer"), case, {"then": "procedure", "procedure": "open"})
    assert "Öppet förfarande" in open_page(neighbour, case)


def test_talks_are_logged_and_what_the_others_were_not_told_stands_out(ready: World) -> None:
    case = open_case(ready)
    browser = ready.sign_in("officer")
    talk = {
        "held_on": "2026-01-15",
        "kind": "rfi",
        "subject": "Vad finns?",
        "participants": "Isfritt AB\nAnnan",
    }
    send(browser, f"{case}/dialogue", talk)
    html = open_page(browser, case)
    assert "1 samtal där de andra inte har fått veta allt" in html
    assert "Isfritt AB, Annan" in html
    wrong = {**talk, "held_on": "2999-01-01"}
    html = send(browser, f"{case}/dialogue", wrong, status=422)
    assert "Vad finns?" in html
    assert 'aria-invalid="true"' in html
    told = {**talk, "is_disclosed_to_all": "true"}
    assert 'id="disclosed-fault"' in send(browser, f"{case}/dialogue", told, status=422)


def test_a_case_is_taken_along_as_a_planning_release_and_as_a_document(ready: World) -> None:
    case = open_case(ready)
    browser = ready.sign_in("officer")
    release = json.loads(browser.client.get(f"{case}/release.json").content)
    assert release["releases"][0]["tag"] == ["planning"]
    word = browser.client.get(f"{case}/paper.docx")
    with zipfile.ZipFile(io.BytesIO(word.content)) as paper:
        assert NAME in paper.read("word/document.xml").decode("utf-8")
    assert "Ärenden" in open_page(ready.sign_in("administrator"), "/audit?area=case")


def test_a_case_is_opened_from_a_need_and_seen_from_it(ready: World) -> None:
    need = ready.make_entry(LUNCH, publish=True)
    browser = ready.sign_in("officer")
    case = send(browser, "/cases", {"title": "Kortare lunchkö", "need": need["id"]})
    assert "Kortare lunchkö" in open_page(browser, f"/entries/{need['id']}")
    send(browser, case, {"then": "remove", "entry": need["id"]})
    assert need["id"] not in open_page(browser, case)


@pytest.mark.parametrize("who", ["partner", "supplier"])
def test_cases_and_joint_needs_are_for_the_staff_of_those_who_take_part(ready: World, who: str) -> None:
    case = open_case(ready)
    browser = ready.sign_in(who)
    open_page(browser, case, status=403 if who == "partner" else 404)


def test_a_member_is_told_reads_it_and_can_follow_a_feed(ready: World) -> None:
    one = ready.make_entry(ICE, publish=True)
    other = ready.make_entry(f"{ICE} Igen.", "coordinator", publish=True)
    with ready.sessions.begin() as session:
        merging.merge(
            session, [one["id"], other["id"]], face_id=one["id"], actor=ready.people["officer"].actor
        )
    browser = ready.sign_in("coordinator")
    html = open_page(browser, "/notices")
    assert "1 olästa" in html
    send(browser, "/notices/mail", {"is_mailed": "true"})
    html = send(browser, "/notices/feed", {}, status=200)
    address = re.search(r'value="[^"]*(/feeds/[^"]+)"', html)
    assert address
    feed = ready.browser().get(address[1])
    root = ElementTree.fromstring(feed.content)
    assert len(root.findall("{http://www.w3.org/2005/Atom}entry")) == 1
    assert ready.browser().get("/feeds/none", headers=HTML).status_code == 404
    send(browser, "/notices/read", {})
    assert "0 olästa" in open_page(browser, "/notices")


def test_thresholds_are_read_by_all_and_kept_by_administrators(ready: World) -> None:
    row = {
        "law": "LOU",
        "rule": "advertising",
        "kind": "goods_services",
        "authority": "sub_central",
        "valid_from": "2026-01-01",
        "valid_to": "2027-12-31",
        "amount": "2 400 000",
        "currency": "SEK",
        "source": "Ett beslut 2026:1",
    }
    browser = ready.sign_in("administrator")
    html = send(browser, "/thresholds", {**row, "amount": "mycket", "source": ""}, status=422)
    assert 'value="mycket"' in html
    send(browser, "/thresholds", row)
    assert "2\u00a0400\u00a0000\u00a0SEK" in open_page(ready.sign_in("partner"), "/thresholds")
    assert send(browser, "/thresholds", row, status=409)
    html = open_page(browser, "/thresholds")
    takes_out = re.findall(r'action="(/thresholds/[^"]+/withdraw)"', html)
    send(browser, takes_out[0], {})
    assert "borttaget" in open_page(browser, "/thresholds")
    send(ready.sign_in("officer"), "/thresholds", row, status=403)


def test_an_officer_sees_who_else_needs_the_same_and_puts_it_together(ready: World) -> None:
    own = ready.make_entry(ICE, publish=True)
    other = ready.make_entry(f"{ICE} Även hos oss.", "neighbour", publish=True)
    browser, path = ready.sign_in("officer"), f"/entries/{own['id']}/joint-needs"
    assert f'href="{path}"' in open_page(browser, f"/entries/{own['id']}")
    html = open_page(browser, path)
    assert re.search(rf'name="need" value="{other["id"]}"', html)
    again = send(browser, path, {}, status=422)
    assert "Välj minst ett behov." in again
    here = send(browser, path, {"need": [other["id"]]})
    assert re.fullmatch(r"/joint-needs/[0-9a-f-]{36}", here)
    shown = open_page(browser, here)
    assert own["id"] in shown
    assert other["id"] in shown
    assert here in open_page(browser, path)


def test_joint_needs_are_looked_for_from_the_page(ready: World) -> None:
    ready.make_entry(ICE, publish=True, municipality="2581")
    ready.make_entry(ICE, "neighbour", publish=True, municipality="2482")
    ready.make_entry(ICE_OFFERING, "supplier", kind="offering", publish=True, regions=["SE33"])
    browser = ready.sign_in("officer")
    assert "gemensamma behov" in search_groups(ready, browser, "/joint-needs")
    assert re.search(r'href="/joint-needs/[0-9a-f-]{36}"', open_page(browser, "/joint-needs"))


def test_what_was_left_out_of_a_joint_need_counts_no_more(ready: World) -> None:
    ids = []
    for text, who in ((ICE, "officer"), (f"{ICE} Och vid skolan.", "officer"), (ICE, "neighbour")):
        place = "2581" if who == "officer" else "2482"
        worth = {"estimated_value": "400000", "currency": "SEK"}
        ids.append(ready.make_entry(text, who, publish=True, municipality=place, **worth)["id"])
    ready.make_entry(ICE_OFFERING, "supplier", kind="offering", publish=True, regions=["SE33"])
    browser = ready.sign_in("officer")
    search_groups(ready, browser, "/joint-needs")
    listed = open_page(browser, "/joint-needs")
    found = re.search(r'href="(/joint-needs/[0-9a-f-]{36})"', listed)
    assert found
    assert "3 behov och idéer" in listed
    assert "1\u00a0200\u00a0000\u00a0SEK" in listed
    html = open_page(browser, found[1])
    assert re.search(r"Passar för [^<]+", html)[0].count("Exempelstad") == 1  # type: ignore[index]
    send(browser, found[1], {"then": "drop", "entry": ids[0]})
    for path in (found[1], "/joint-needs"):
        html = open_page(browser, path)
        assert "2 behov och idéer" in html
        assert "800\u00a0000\u00a0SEK" in html
