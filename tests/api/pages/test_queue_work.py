"""Work on the queue: assigning, putting away, freezing lists, second readings; what suppliers say."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from sqlalchemy import select

from matcher.errors import Conflict
from matcher.services import erasure
from matcher.services.actor import SYSTEM
from models.records import Shortlist
from tests.api.conftest import ICE, ICE_OFFERING, Browser, World
from tests.api.pages.conftest import counted, open_page, send
from tests.api.pages.test_reviewing import version_of

TASK = {"direction": "need_to_offering", "back": "/review"}


def test_a_need_that_is_put_away_leaves_the_queue_and_comes_back(ready: World) -> None:
    need = ready.make_pair()["query"]["id"]
    officer = ready.sign_in("officer")
    onwards = send(
        officer,
        f"/review/{need}/task",
        {**TASK, "then": "snooze", "days": 7, "onwards": "/review?direction=similar"},
    )
    assert onwards == "/review?direction=similar"
    assert "kommer tillbaka i kön om 7 dagar" in open_page(officer, "/review")
    assert f"/review/{need}" not in open_page(officer, "/review")
    assert f"/review/{need}" in open_page(officer, "/review?work=put_away")
    assert "Undanlagt till" in open_page(officer, f"/review/{need}")
    send(officer, f"/review/{need}/task", {**TASK, "then": "wake"})
    assert f"/review/{need}" in open_page(officer, "/review")
    send(officer, f"/review/{need}/task", {**TASK, "then": "snooze", "days": 4000})
    assert "högst ett år" in open_page(officer, "/review")


def test_a_colleague_is_given_a_need_is_told_and_finds_it(ready: World) -> None:
    need = ready.make_pair()["query"]["id"]
    officer, coordinator = ready.sign_in("officer"), ready.sign_in("coordinator")
    assert f"/review/{need}" not in open_page(coordinator, "/review?work=mine")
    who = {**TASK, "then": "assign", "assignee": ready.people["coordinator"].id}
    send(officer, f"/review/{need}/task", who)
    assert "Coordinator granskar det här" in open_page(officer, "/review")
    assert f"/review/{need}" in open_page(coordinator, "/review?work=mine")
    assert "Du ska granska" in open_page(coordinator, "/notices")
    assert re.search(r'<option value="[^"]+" selected>Coordinator', open_page(officer, f"/review/{need}"))
    send(officer, f"/review/{need}/task", {**who, "assignee": ready.people["supplier"].id})
    assert "ingen handläggare eller samordnare hos er" in open_page(officer, "/review")
    send(officer, f"/review/{need}/task", {**who, "assignee": ""})
    assert f"/review/{need}" not in open_page(coordinator, "/review?work=mine")


def test_what_one_organisation_puts_away_stays_with_the_others(ready: World) -> None:
    need = ready.make_pair()["query"]["id"]
    neighbour = ready.sign_in("neighbour")
    send(neighbour, f"/review/{need}/task", {**TASK, "then": "snooze", "days": 7})
    assert f"/review/{need}" in open_page(ready.sign_in("officer"), "/review")


def test_a_frozen_list_keeps_all_that_is_needed_and_never_changes(ready: World) -> None:
    pair = ready.make_pair()
    need, officer = pair["query"]["id"], ready.sign_in("officer")
    freeze = {"direction": "need_to_offering", "back": f"/review/{need}"}
    assert send(officer, f"/review/{need}/freeze", {**freeze, "which": "accepted"}) == f"/review/{need}"
    refused = open_page(officer, "/review")
    assert "Godkänn ett förslag först, eller frys alla." in refused
    # What was not done does not look like what was.
    assert 'class="note doubt row spread"' in refused
    send(officer, f"/proposals/{pair['id']}/verdict", {"verdict": "accept", "version": pair["version"]})
    address = send(officer, f"/review/{need}/freeze", {**freeze, "which": "accepted"})
    html = open_page(officer, address)
    assert 'class="note good row spread"' in html
    assert "Isfritt AB" in html
    assert "oförändrad" in html
    kept = json.loads(open_page(officer, f"{address}.json"))
    content = kept["content"]
    assert kept["is_unchanged"]
    assert content["recipe"]["digest"] == pair["recipe_digest"]
    assert content["encoder"] == ready.resources.live.encoder.digest
    assert content["frozen_by"]["member"] == ready.people["officer"].id
    assert content["data"]["n_published"] == 2
    row = content["proposals"][0]
    assert (row["state"], row["verdicts"][0]["kind"]) == ("accepted", "accept")
    assert row["base"] + sum(reason["contribution"] for reason in row["reasons"])
    assert pair["target"]["text"] not in json.dumps(content, ensure_ascii=False)
    assert kept["texts"][pair["target"]["id"]]["text"] == pair["target"]["text"]
    send(officer, "/review/undo", {})
    again = json.loads(open_page(officer, f"{address}.json"))
    assert again == kept
    assert address in open_page(officer, "/shortlists")
    assert address in open_page(officer, f"/review/{need}")
    open_page(ready.sign_in("neighbour"), address, status=404)
    with ready.sessions() as session:
        record = session.scalars(select(Shortlist)).one()
        record.digest = "0" * 64
        with pytest.raises(Conflict, match="never changed"):
            session.flush()


def rows_of(browser: Browser, path: str, *, lang: str = "sv") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(open_page(browser, path, lang=lang).removeprefix("\ufeff"))))


def test_a_frozen_list_comes_as_a_table_in_the_readers_words(ready: World) -> None:
    pair = ready.make_pair()
    ready.make_entry(f"{ICE_OFFERING} Även i dag.", "supplier", kind="offering", title="Sand", publish=True)
    need, officer = pair["query"]["id"], ready.sign_in("officer")
    verdict = {"verdict": "reject", "reason": "Levererar inte hit", "version": pair["version"]}
    send(officer, f"/proposals/{pair['id']}/verdict", verdict)
    address = send(
        officer, f"/review/{need}/freeze", {"direction": "need_to_offering", "back": "/", "which": "all"}
    )
    assert f'href="{address}.csv" download>Hämta som tabell (CSV)<' in open_page(officer, address)
    rows = rows_of(officer, f"{address}.csv")
    assert [row["Plats"] for row in rows] == ["1", "2"]
    judged = next(row for row in rows if row["Bedömning"] == "Avvisat")
    other = next(row for row in rows if row["Bedömning"] == "Att granska")
    assert (judged["Förslag"], judged["Bedömningens skäl"]) == (pair["target"]["text"], "Levererar inte hit")
    assert (other["Förslag"], other["Bedömningens skäl"]) == ("Sand", "")
    assert judged["Recept"] == pair["recipe_digest"]
    assert "Nära i innebörd" in judged["Varför det föreslogs"].split("|")
    english = rows_of(officer, f"{address}.csv", lang="en")
    assert {row["Verdict"] for row in english} == {"Rejected", "To review"}
    open_page(ready.sign_in("neighbour"), f"{address}.csv", status=404)
    open_page(ready.sign_in("partner"), f"{address}.csv", status=403)


def test_of_an_entry_that_is_erased_a_frozen_list_keeps_no_words(ready: World) -> None:
    pair = ready.make_pair()
    need, officer = pair["query"]["id"], ready.sign_in("officer")
    address = send(
        officer, f"/review/{need}/freeze", {"direction": "need_to_offering", "back": "/", "which": "all"}
    )
    withdrawn = ready.post(
        f"/entries/{pair['target']['id']}/withdraw", "supplier", headers={"If-Match": '"1"'}
    )
    assert withdrawn.status_code == 200, withdrawn.text
    with ready.sessions.begin() as session:
        erasure.erase(session, pair["target"]["id"], actor=SYSTEM)
    kept = json.loads(open_page(officer, f"{address}.json"))
    assert kept["is_unchanged"]
    assert list(kept["texts"]) == [need]
    assert "Borttagen" in open_page(officer, address)
    [row] = rows_of(officer, f"{address}.csv")
    assert (row["Förslag"], row["Organisation"]) == ("Borttagen", "Isfritt AB")


def test_a_second_reader_sees_nothing_of_the_first_and_differences_are_settled(ready: World) -> None:
    pair = ready.make_pair()
    officer, coordinator = ready.sign_in("officer"), ready.sign_in("coordinator")
    assert "Inget väntar på en andra läsning" in open_page(coordinator, "/second")
    path = f"/proposals/{pair['id']}/verdict"
    send(officer, path, {"verdict": "accept", "version": pair["version"]})
    assert "Inget väntar på en andra läsning" in open_page(officer, "/second")
    html = open_page(coordinator, "/second")
    main = html.split("<main")[1]
    assert f'id="p-{pair["id"]}"' in main
    assert "Godkänd" not in main
    assert "Officer" not in main
    data = {"version": version_of(ready, pair["id"]), "back": "/second", "then": "/second"}
    send(coordinator, path, {**data, "verdict": "reject", "reason": "Levererar inte hit"})
    html = open_page(officer, "/second")
    assert "Olika bedömda (1)" in html
    assert "0 %" in html.replace("\u00a0", " ")
    send(officer, path, {"verdict": "accept", "version": version_of(ready, pair["id"])})
    assert "Olika bedömda (0)" in open_page(officer, "/second")


def test_a_supplier_says_that_it_is_interested_and_only_the_buyer_learns_who(ready: World) -> None:
    pair = ready.make_pair()
    need, supplier = pair["query"]["id"], ready.sign_in("supplier")
    page = f"/entries/{need}"
    assert "Anmäl intresse" in open_page(supplier, page)
    assert f"{page}#interest" in open_page(supplier, f"/proposals/{pair['id']}")
    assert "#interest" not in open_page(ready.sign_in("officer"), f"/proposals/{pair['id']}")
    send(supplier, f"{page}/interest", {"note": "Vi kan visa hur <b>vi</b> gör."})
    assert "Ta tillbaka intresset" in open_page(supplier, page)
    officer, neighbour = ready.sign_in("officer"), ready.sign_in("neighbour")
    html = open_page(officer, page)
    assert "Vi kan visa hur &lt;b&gt;vi&lt;/b&gt; gör." in html
    assert "Någon är intresserad" in open_page(officer, "/notices")
    html = open_page(neighbour, page)
    assert "Inget förslag rör er organisation" in html
    assert "Intresserade: 1" in html
    assert "Vi kan visa" not in html
    send(supplier, f"{page}/interest", {"is_interested": "false"})
    assert "Intresserade: 0" in open_page(officer, page)
    send(officer, f"{page}/interest", {}, status=403)
    send(supplier, f"/entries/{pair['target']['id']}/interest", {})
    assert "publicerade behov och idéer" in open_page(supplier, page)


def test_a_supplier_says_that_a_match_is_wrong_and_an_officer_answers(ready: World) -> None:
    pair = ready.make_pair()
    supplier, officer = ready.sign_in("supplier"), ready.sign_in("officer")
    assert "Det här stämmer inte" in open_page(supplier, f"/proposals/{pair['id']}")
    path = f"/entries/{pair['query']['id']}/remark"
    send(supplier, path, {"remark": " ", "back": "/"})
    assert "Där står inget" in open_page(supplier, "/")
    sent = {"remark": "Vi sandar bara i Norrbotten.", "proposal": pair["id"], "back": "/"}
    assert send(supplier, path, sent) == "/remarks"
    assert "invändningar att svara på" in open_page(officer, "/")
    assert 'href="/remarks"' in open_page(officer, "/review")
    html = open_page(officer, "/remarks")
    assert '<a href="/review" aria-current="page">' in html
    assert "Vi sandar bara i Norrbotten." in html
    found = re.search(r"/remarks/([\w-]+)/answer", html)
    assert found
    answer = {"version": 1, "answer": "Tack, vi rättar det."}
    send(officer, f"/remarks/{found[1]}/answer", answer)
    assert "Tack, vi rättar det." in open_page(supplier, "/remarks")
    assert "Svar på din invändning" in open_page(supplier, "/notices")
    html = send(officer, f"/remarks/{found[1]}/answer", answer, status=412)
    assert "ändrat" in html
    assert "Ditt svar skickades inte" not in html
    late = {"version": 1, "answer": "Det här hann inte fram."}
    html = send(officer, f"/remarks/{found[1]}/answer", late, status=412)
    assert "Ditt svar skickades inte" in html
    assert "Det här hann inte fram." in html
    assert "Det här hann inte fram." not in open_page(officer, "/remarks")
    neighbour = ready.sign_in("neighbour")
    assert "Norrbotten" not in open_page(neighbour, "/remarks")
    send(neighbour, f"/remarks/{found[1]}/answer", answer, status=404)


def link(entry: dict) -> str:
    return f'<a href="/entries/{entry["id"]}" lang="sv">{entry["title"]}</a>'


def test_an_objection_names_the_need_and_the_offering_that_it_is_about(ready: World) -> None:
    need = ready.make_entry(ICE, title="Halka vid äldreboendet", publish=True)
    offering = ready.make_entry(
        ICE_OFFERING, "supplier", kind="offering", title="Sandning & plogning", publish=True
    )
    path = f"/entries/{need['id']}/remarks"
    [proposal] = [
        each
        for each in ready.get("/proposals", params={"entry_id": need["id"]}).json()["items"]
        if each["direction"] == "need_to_offering"
    ]
    ready.post(path, "supplier", json={"text": "Vi sandar inte där.", "proposal_id": proposal["id"]})
    supplier, officer = ready.sign_in("supplier"), ready.sign_in("officer")
    for browser in (supplier, officer):
        html = open_page(browser, "/remarks")
        assert link(need) in html
        assert f"Erbjudande: {link(offering)}".replace("&", "&amp;") in html
        assert f'href="/proposals/{proposal["id"]}"' in html
    assert "Offering: <a" in open_page(officer, "/remarks", lang="en")
    tag = {"If-Match": ready.get(f"/entries/{offering['id']}", "supplier").headers["ETag"]}
    withdrawn = ready.post(f"/entries/{offering['id']}/withdraw", "supplier", headers=tag)
    assert withdrawn.status_code == 200, withdrawn.text
    html = open_page(officer, "/remarks")
    assert "Sandning" not in html
    assert "Erbjudandet visas inte längre." in html
    assert link(need) in html
    assert f"/proposals/{proposal['id']}" not in html


def test_the_objections_take_the_same_number_of_queries_however_many_there_are(ready: World) -> None:
    need = ready.make_entry(ICE, publish=True)["id"]
    officer, sent = ready.sign_in("officer"), []
    for n in range(3):
        ready.make_entry(f"{ICE_OFFERING} Nummer {n}.", "supplier", kind="offering", publish=True)
        for proposal in ready.get("/proposals", "supplier", params={"entry_id": need}).json()["items"]:
            body = {"text": "Vi sandar inte där.", "proposal_id": proposal["id"]}
            assert ready.post(f"/entries/{need}/remarks", "supplier", json=body).status_code == 201
        with counted(ready) as statements:
            html = open_page(officer, "/remarks")
        sent.append((len(statements), html.count("Erbjudande: <a")))
    assert sent[0][1] < sent[2][1]
    assert sent[0][0] == sent[2][0]


def test_a_supplier_tries_a_text_and_tells_of_a_need_that_does_not_fit_it(ready: World) -> None:
    need = ready.make_pair()["query"]["id"]
    supplier = ready.sign_in("supplier")
    html = send(supplier, "/register/preview", {"text": ICE_OFFERING}, status=200)
    path = f"/entries/{need}/remark"
    assert f'action="{path}"' in html
    assert 'name="proposal"' not in html
    send(supplier, path, {"remark": "Vi sandar inte gårdar.", "back": "/register/preview"})
    html = open_page(supplier, "/remarks")
    assert "Vi sandar inte gårdar." in html
    assert "Gäller inget visst erbjudande." in html
