"""Imports and exports on pages, and the numbers of the overview with their pictures."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from api.charts import calibration_dots, columns, shares
from matcher.services.overview import calibration, wilson
from matcher.types import Direction, ProposalState
from models.records import Entry, Proposal, utc_now
from tests.api.conftest import ICE, ICE_OFFERING, World
from tests.api.pages.conftest import HTML, open_page, send

ROWS = "id,typ,rubrik,beskrivning,cpv\n1,behov,Is,Halt vid skolan,\n2,behov,,,\n3,konstigt,,Halt,12\n"


def upload(world: World, browser: object, rows: str | bytes, *, status: int = 200, **data: object) -> str:
    content = rows.encode() if isinstance(rows, str) else rows
    answer = browser.client.post(  # type: ignore[attr-defined]
        "/imports",
        data={"csrf_token": browser.token, "then": "try", **data},  # type: ignore[attr-defined]
        files={"file": ("rader.csv", content, "text/csv")},
        headers=HTML,
    )
    assert answer.status_code == status, answer.text[:600]
    return str(answer.headers.get("location", answer.text))


def test_a_trial_tells_every_fault_in_swedish_and_keeps_nothing(world: World) -> None:
    browser = world.sign_in("officer")
    html = upload(world, browser, ROWS)
    assert "Provkörning: inget är sparat" in html
    for said in ("Texten är tom.", "Det är ingen typ av post.", "Det är ingen CPV-kod."):
        assert said in html
    assert not world.get("/entries").json()["items"]


def test_good_rows_come_in_and_the_faults_can_be_taken_along(world: World) -> None:
    browser = world.sign_in("officer")
    address = upload(world, browser, ROWS, status=303, then="take")
    html = open_page(browser, address)
    assert "Filen är inläst." in html
    assert "De rätta raderna är sparade" in html
    answer = browser.client.get(f"{address}/faults.csv")
    rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert rows[0] == ["Rad", "Fält", "Vad som är fel", "Så rättas det"]
    assert len(rows) == 1 + html.count('<td class="number">')
    assert "rader.csv" in open_page(browser, "/imports")
    upload(world, browser, ROWS, status=303, then="take")
    assert len(world.get("/entries").json()["items"]) == 1


def test_odd_columns_are_chosen_and_kept_under_a_name(world: World) -> None:
    browser = world.sign_in("officer")
    rows = "nr;vad;var\n1;Bussen går sällan;2581\n"
    html = upload(world, browser, rows, status=422, then="look", kind="need")
    assert "ingen kolumn är känd" in html
    assert '<option value="municipality"' in html
    chosen = {"column": ["vad", "var"], "field": ["text", "municipality"], "kind": "need"}
    html = upload(world, browser, rows, then="try", **chosen)
    assert "Alla rader gick bra" in html
    upload(world, browser, rows, status=303, then="take", save_as="Bussfil", **chosen)
    assert world.get("/entries").json()["items"][0]["municipality"] == "2581"
    html = upload(world, browser, rows, then="look", kind="need", saved="Bussfil")
    assert "Så läses filen" in html


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "är tom"), (b"PK\x03\x04xxxx", "skadad eller skyddad"), (b"a,b\n1,2\n", "ingen rad namnger")],
)
def test_a_file_that_cannot_be_read_is_told_with_what_to_do(world: World, content: bytes, said: str) -> None:
    html = upload(world, world.sign_in("officer"), content, status=422)
    assert said in html
    assert "Något behöver rättas" in html


def test_exports_are_the_same_as_those_of_the_api(world: World) -> None:
    world.make_entry("=SUMMA(A1) är halt vid skolan")
    browser = world.sign_in("officer")
    mine = browser.client.get("/exports/entries?format=csv")
    assert mine.text == world.get("/exports/entries?format=csv").text
    assert "'=SUMMA" in mine.text
    assert "Händelselogg" not in open_page(browser, "/exports")
    assert "Händelselogg" in open_page(world.sign_in("administrator"), "/exports")


def test_the_overview_counts_and_its_tables_say_the_same_as_the_csv(ready: World) -> None:
    pair = ready.make_pair()
    browser = ready.sign_in("officer")
    send(browser, f"/proposals/{pair['id']}/verdict", {"verdict": "accept", "version": pair["version"]})
    html = open_page(browser, "/overview")
    assert "Leverantör" in html
    assert "100\u00a0%" in html
    judged = browser.client.get("/overview/by_supplier.csv").text.lstrip("\ufeff").splitlines()
    assert judged == ["Grupp,Godkända,Avvisade", "supplier,1,0"]
    weeks = list(csv.reader(io.StringIO(browser.client.get("/overview/weeks.csv").text.lstrip("\ufeff"))))
    assert len(weeks) == 13
    assert weeks[-1][1:] == ["1", "0", "1"]
    bins = list(csv.reader(io.StringIO(browser.client.get("/overview/calibration.csv").text)))
    assert bins[1][-1] == "1"
    for plot in ("places", "languages", "by_language", "waits"):
        assert browser.client.get(f"/overview/{plot}.csv").status_code == 200
    assert browser.client.get("/overview/nothing.csv", headers=HTML).status_code == 404


def waiting(world: World, ages: list[timedelta]) -> list[str]:
    """Publish needs for which something was proposed so long ago; return the proposals."""
    made = []
    for number, age in enumerate(ages):
        need = world.make_entry(f"{ICE} Plats {number}.", publish=True)
        offered = {"entry_id": need["id"], "direction": "need_to_offering"}
        if not number:
            world.make_entry(ICE_OFFERING, "supplier", kind="offering", publish=True)
        [proposal] = world.get("/proposals", params=offered).json()["items"]
        with world.sessions.begin() as session:
            session.get_one(Proposal, proposal["id"]).created_at = utc_now() - age
        made.append(proposal["id"])
    with world.sessions.begin() as session:
        for alike in session.scalars(select(Proposal).where(Proposal.direction == Direction.SIMILAR)):
            alike.state = ProposalState.STALE
    return made


def test_the_overview_tells_how_long_needs_waited_and_open_tasks_still_do(ready: World) -> None:
    ages = [
        timedelta(hours=2),
        timedelta(days=2),
        timedelta(days=100),
        timedelta(days=8),
        timedelta(days=400),
    ]
    quick, slow, old, _, away = waiting(ready, ages)
    browser = ready.sign_in("officer")
    for proposal_id in (quick, slow, old):
        ready.post(f"/proposals/{proposal_id}/verdicts", json={"verdict": "unsure"})
    put_away = ready.get(f"/proposals/{away}").json()["query"]["id"]
    path = f"/entries/{put_away}/tasks/need_to_offering"
    task = ready.get(path)
    done = ready.call("PUT", f"{path}/snooze", json={"days": 7}, headers={"If-Match": task.headers["ETag"]})
    assert done.status_code == 200, done.text
    text = browser.client.get("/overview/waits.csv", headers={"Accept-Language": "sv"}).text
    head, *bands = csv.reader(io.StringIO(text.lstrip("\ufeff")))
    assert head == ["Dagar från och med", "till (inte med)", "Bedömda behov", "Öppna uppgifter"]
    assert [row[2:] for row in bands] == [
        ["1", "0"],
        ["1", "0"],
        ["0", "0"],
        ["0", "1"],
        ["0", "0"],
        ["0", "0"],
        ["1", "0"],
    ]
    html = open_page(browser, "/overview")
    assert "behov; hälften bedömdes inom 2,0 dagar" in html
    assert "uppgifter; hälften har väntat mer än 8,0 dagar" in html
    assert re.search(r'13 veckor eller mer</th>.*?<td class="number">1</td>', html)
    assert 'href="/overview/waits.csv"' in html
    shown = ready.get("/overview").json()
    assert [each["answered"] for each in shown["waits"]] == [1, 1, 0, 0, 0, 0, 1]
    assert round(shown["median_open_seconds"] / 86400) == 8
    assert round(shown["median_answered_seconds"] / 86400) == 2
    neighbour = ready.get("/overview", "neighbour").json()
    assert sum(each["answered"] + each["open"] for each in neighbour["waits"]) == 0
    assert neighbour["median_open_seconds"] is None
    assert "Inget." in open_page(ready.sign_in("neighbour"), "/overview")


def test_the_overview_tells_what_was_accepted_by_size_of_the_supplier(ready: World) -> None:
    sizes = {"Stora Sand AB": "large", "Lilla Sand AB": "micro", "Sand AB": None}
    owners = {
        name: ready.post(
            "/organisations", "administrator", json={"name": name, "kind": "supplier", "size": size}
        ).json()["id"]
        for name, size in sizes.items()
    }
    browser, need = ready.sign_in("officer"), ready.make_entry(ICE, publish=True)
    for number, (name, owner) in enumerate(owners.items()):
        made = ready.make_entry(f"{ICE_OFFERING} {name}", "supplier", kind="offering", publish=True)
        with ready.sessions.begin() as session:
            session.execute(update(Entry).where(Entry.id == made["id"]).values(organisation_id=owner))
        proposals = ready.get("/proposals", params={"entry_id": need["id"]}).json()["items"]
        pair = next(each for each in proposals if each["target"]["id"] == made["id"])
        said = {"verdict": "accept" if number == 0 else "reject", "reason": "dyrt"}
        answer = ready.post(f"/proposals/{pair['id']}/verdicts", json=said)
        assert answer.status_code == 201, answer.text
    html = open_page(browser, "/overview")
    section = html.split('id="by_size"')[1].split("</section>")[0]
    shown = re.findall(r'<th scope="row">([^<]+)</th>.*?<rect[^>]*width="([^"]+)"', section, re.DOTALL)
    assert shown == [
        ("Mikro (färre än 10 personer)", "0.0"),
        ("Stor (250 personer eller fler)", "100.0"),
        ("Okänd", "0.0"),
    ]
    judged = browser.client.get("/overview/by_size.csv").text.lstrip("\ufeff").splitlines()
    assert judged == ["Grupp,Godkända,Avvisade", "micro,0,1", "large,1,0", "unknown,0,1"]
    judged = browser.client.get("/overview/by_supplier.csv").text.lstrip("\ufeff").splitlines()
    assert judged[1:] == ["supplier,1,2"]


def test_calibration_compares_what_was_said_with_what_was_accepted() -> None:
    bins = calibration([(0.1, False), (0.15, False), (0.65, True), (0.7, False), (1.0, True)])
    assert [(each.start, each.n, each.accepted) for each in bins] == [
        (0.0, 2, 0.0),
        (0.6, 2, 0.5),
        (0.8, 1, 1.0),
    ]
    assert all(each.lowest <= each.accepted <= each.highest for each in bins)
    assert calibration([]) == []


def test_wilsons_interval_is_that_of_the_tables() -> None:
    # Newcombe 1998, Statistics in Medicine 17:857, table I: 15 of 148.
    low, high = wilson(15, 148)
    assert (round(low, 4), round(high, 4)) == (0.0624, 0.1605)
    assert wilson(0, 10)[0] == 0.0
    assert wilson(10, 10)[1] == 1.0


def test_columns_fill_the_drawing_and_zero_stays_zero() -> None:
    bars = columns([0, 5, 10], width=300, height=80)
    assert [bar.height for bar in bars] == [0, 40, 80]
    assert bars[2].x + bars[2].width <= 300
    assert columns([]) == []
    assert shares([0, 0]) == [0.0, 0.0]
    assert shares([1, 4]) == [25.0, 100.0]
    assert calibration_dots([]) == []
