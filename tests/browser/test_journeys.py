"""What each role comes for, done in a real browser against the served application."""

from __future__ import annotations

import json
import re
import threading

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import PASSWORD, VisitorMaker
from tests.browser.test_accessible import violations

pytestmark = pytest.mark.xdist_group("browser")

ICE = "Det är halt på gångvägen till äldreboendet varje morgon, och ingen har sandat före klockan nio."


def test_an_officer_reviews_by_keyboard_alone(visitors: VisitorMaker) -> None:
    officer = visitors("officer")
    page = officer.page
    officer.go("/review")
    n_judged, n_total = map(int, re.findall(r"(\d+) av (\d+) bedömda", officer.text())[0])
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_url("**/review/*")
    first = page.url.split("?")[0]
    expect(page.locator(".candidate.is-current")).to_have_count(1)
    page.keyboard.press("a")
    expect(page.locator("[role=status]")).to_contain_text("Godkänt")
    officer.go("/review")
    assert f"{n_judged + 1} av {n_total} bedömda, " in officer.text()
    page.keyboard.press("z")
    page.wait_for_url(f"{first}*")
    expect(page.locator("[role=status]")).to_contain_text("ångrat")
    page.keyboard.press("r")
    page.keyboard.type("Levererar inte hit")
    page.keyboard.press("Enter")
    expect(page.locator("[role=status]")).to_contain_text("Avvisat")
    expect(page.locator("[role=status]")).to_be_in_viewport()
    expect(page.locator("[role=status] button")).to_be_visible()
    place = page.evaluate("document.activeElement.id")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_have_attribute("open", "")
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).not_to_have_attribute("open", "")
    assert page.evaluate("document.activeElement.id") == place
    page.keyboard.press("?")
    page.uncheck("#keys-on")
    page.locator("h1, h2").first.click()
    page.keyboard.press("z")
    expect(page.locator("[role=status]")).to_contain_text("Avvisat")


def test_filters_of_the_review_stay_in_the_address(visitors: VisitorMaker) -> None:
    officer = visitors("officer")
    officer.go("/review")
    officer.page.select_option("#direction", "similar")
    officer.page.fill("#lowest", "6")
    officer.page.click("form.filters button.first")
    officer.page.wait_for_url("**direction=similar*lowest=6*")
    officer.page.reload()
    assert officer.page.input_value("#direction") == "similar"
    officer.page.click("tr[data-row] a[data-open] >> nth=0")
    officer.page.wait_for_url("**/review/*direction=similar*lowest=6*")


def test_a_coordinator_writes_a_need_sees_similar_ones_and_publishes(visitors: VisitorMaker) -> None:
    coordinator = visitors("coordinator")
    page = coordinator.page
    coordinator.go("/new")
    page.fill("#text", "Farsan tar måndagens tabletter på söndagen och hemtjänsten kör fyra mil för en burk.")
    expect(page.locator("#similar")).to_contain_text("liknande")
    expect(page.locator("#similar a").first).to_be_visible()
    page.fill("#title", "🧊 Dosetten")
    page.click("button[value=publish]")
    expect(page.locator("[role=status]")).to_contain_text("Publicerat")
    expect(page.locator("h1")).to_contain_text("Dosetten")


def test_a_partner_tries_a_text_and_registers_an_offering(visitors: VisitorMaker) -> None:
    partner = visitors("partner")
    page = partner.page
    partner.go("/register")
    page.click("text=Pröva en text")
    page.fill("#text", "Vi levererar läkemedelsrobotar och dosetter till hemtjänsten. Ring 070-174 06 05.")
    page.fill("#regions", "Granälven, Älvhamn")
    page.click("main form button.first")
    expect(page.locator("#understood")).to_be_visible()
    assert "svenska" in partner.text()
    understood = partner.text("section[aria-labelledby=understood]")
    assert "070-174" not in understood
    partner.go("/new?kind=offering")
    page.fill("#text", "Läkemedelsrobot med påminnelse som larmar hemtjänsten om tabletterna inte tas.")
    page.click("details.panel > summary")
    page.fill("#regions", "Mordor")
    page.click("button[value=publish]")
    expect(page.locator("#faults")).to_be_focused()
    assert "område" in partner.text("#faults")
    page.fill("#regions", "Granälven")
    page.click("button[value=publish]")
    expect(page.locator("[role=status]")).to_contain_text("Publicerat")
    partner.go("/register")
    assert "Läkemedelsrobot" in partner.text()


def test_an_administrator_opens_the_form_and_a_resident_writes_without_javascript(
    visitors: VisitorMaker,
) -> None:
    administrator = visitors("administrator")
    administrator.go("/organisation")
    administrator.page.check("input[name=is_open]")
    administrator.page.fill("#note", "Kommunens samordnare läser det du skriver.")
    administrator.page.click("form[action='/organisation/form'] button.first")
    expect(administrator.page.locator("[role=status]")).to_contain_text("Formuläret är sparat")
    resident = visitors(java_script_enabled=False, width=320)
    resident.go("/tell")
    resident.page.click("text=Granälvens kommun")
    assert "Kommunens samordnare läser" in resident.text()
    resident.page.fill("#text", ICE)
    resident.page.click("button[value=send]")
    assert "Tack, det har kommit fram" in resident.text("h1")
    administrator.go("/entries?status=draft&whose=own")
    assert ICE[:40] in administrator.text()
    administrator.go("/audit?area=public_form")
    assert "Inkommet utan konto" in administrator.text()


def test_essential_flows_work_without_javascript(visitors: VisitorMaker) -> None:
    officer = visitors("officer", java_script_enabled=False)
    page = officer.page
    officer.go("/review?direction=idea_to_need")
    page.click("tr[data-row] a[data-open] >> nth=0")
    page.click("button[value=unsure] >> nth=0")
    assert "Markerat som osäkert" in officer.text()
    officer.go("/new")
    page.fill("#text", "Farsan tar måndagens tabletter på söndagen och hemtjänsten kör fyra mil.")
    page.click("button[value=look]")
    assert "liknande" in officer.text("#similar")
    page.click("button[value=save]")
    assert "Utkastet är sparat" in officer.text()
    officer.go("/imports")
    rows = "id,typ,beskrivning\n1,behov,Halt vid skolan\n2,konstigt,Halt vid torget\n"
    page.set_input_files("#file", {"name": "rader.csv", "mimeType": "text/csv", "buffer": rows.encode()})
    page.click("button[value=try]")
    assert "inget är sparat" in officer.text("#answer")
    assert "Det är ingen typ av post" in officer.text("#answer")


def test_a_file_is_looked_at_tried_and_taken_in_with_its_columns_chosen(visitors: VisitorMaker) -> None:
    officer = visitors("officer")
    page = officer.page
    officer.go("/imports")
    rows = "nr;vad;var\n1;Bussen går för sällan till byn;9901\n2;;9901\n".encode("cp1252")
    page.set_input_files("#file", {"name": "busstider.csv", "mimeType": "text/csv", "buffer": rows})
    page.select_option("#kind", "need")
    page.click("button[value=look]")
    expect(page.locator("#answer")).to_contain_text("Kolumner")
    page.select_option("tr:has-text('vad') select", "text")
    page.select_option("tr:has-text('var') select", "municipality")
    page.click("button[value=try]")
    expect(page.locator("#answer")).to_contain_text("Provkörning")
    page.click("button[value=take]")
    page.wait_for_url("**/imports/*")
    assert "Texten är tom" in officer.text() or "Att rätta (1)" in officer.text()
    officer.go("/entries?words=Bussen går för sällan")
    assert "Granälven" in officer.text()


def test_what_was_typed_when_the_session_ended_is_sent_after_signing_in(visitors: VisitorMaker) -> None:
    coordinator = visitors("coordinator")
    page = coordinator.page
    coordinator.go("/new")
    page.fill("#text", ICE)
    coordinator.context.clear_cookies()
    page.click("button[value=save]")
    assert "Det du skrev är kvar" in coordinator.text()
    page.fill("#email", "coordinator@exempel.example")
    page.fill("#password", PASSWORD)
    page.click("form[action='/login'] button")
    assert ICE in coordinator.text()
    page.click("main form button.first")
    page.wait_for_url("**/entries/*")
    assert ICE in coordinator.text()


def test_the_menu_opens_and_closes_by_keyboard_on_a_small_screen(visitors: VisitorMaker) -> None:
    officer = visitors("officer", width=360)
    page = officer.page
    officer.go("/")
    expect(page.locator("#menu")).to_be_hidden()
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.locator(".menu-button").press("Enter")
    expect(page.locator("#menu")).to_be_visible()
    page.locator("#menu a").first.focus()
    page.keyboard.press("Escape")
    expect(page.locator("#menu")).to_be_hidden()
    expect(page.locator(".menu-button")).to_be_focused()


def test_an_officer_puts_away_assigns_and_freezes_by_keyboard(visitors: VisitorMaker) -> None:
    officer = visitors("officer")
    page = officer.page
    officer.go("/review")
    address = page.get_attribute("tr[data-row] a[data-open] >> nth=1", "href") or ""
    officer.go(address)
    page.keyboard.press("i")
    expect(page.locator("#assignee")).to_be_focused()
    page.select_option("#assignee", label="Sample coordinator")
    page.click("#task button[value=assign]")
    expect(page.locator("[role=status]")).to_contain_text("Sample coordinator granskar det här")
    page.select_option("#which", "all")
    page.click("form[action$='/freeze'] button")
    page.wait_for_url("**/shortlists/*")
    assert "oförändrad" in officer.text()
    with page.expect_download() as waiting:
        page.click("a[download][href$='.csv']")
    table = waiting.value.path().read_text(encoding="utf-8-sig").splitlines()
    with page.expect_download() as waiting:
        page.click("a[download][href$='.json']")
    kept = json.loads(waiting.value.path().read_text(encoding="utf-8"))
    assert kept["content"]["recipe"]["digest"] in table[1]
    officer.go(address)
    page.keyboard.press("s")
    expect(page.locator("[role=status]")).to_contain_text("kommer tillbaka i kön om 7 dagar")
    coordinator = visitors("coordinator")
    coordinator.go("/notices")
    assert "Du ska granska" in coordinator.text()


def test_a_colleague_reads_a_second_time_without_seeing_the_first_verdict(visitors: VisitorMaker) -> None:
    officer = visitors("officer")
    officer.go("/review")
    officer.page.click("tr[data-row] a[data-open] >> nth=2")
    officer.page.wait_for_url("**/review/*")
    officer.page.keyboard.press("a")
    expect(officer.page.locator("[role=status]")).to_contain_text("Godkänt")
    coordinator = visitors("coordinator")
    page = coordinator.page
    coordinator.go("/second")
    expect(page.locator(".candidate")).to_have_count(1)
    assert "Godkänd" not in coordinator.text(".candidate")
    page.keyboard.press("r")
    page.keyboard.type("Löser ett annat problem")
    page.keyboard.press("Enter")
    expect(page.locator("[role=status]")).to_contain_text("Avvisat")
    coordinator.go("/second")
    assert "Olika bedömda (" in coordinator.text()


def test_a_partner_objects_and_says_that_it_is_interested(visitors: VisitorMaker) -> None:
    partner = visitors("partner")
    page = partner.page
    partner.go("/")
    page.click("section[aria-labelledby=met] a >> nth=0")
    page.wait_for_url("**/proposals/*")
    page.click("text=Det här stämmer inte")
    page.fill("textarea[name=remark]", "Vi spårar skidor, inte gångvägar.")
    page.click("form[action$='/remark'] button")
    page.wait_for_url("**/remarks")
    assert "Vi spårar skidor" in partner.text()
    partner.go("/entries?kind=need")
    page.click("main ul.list h2 a >> nth=0")
    page.fill("#interest-note", "Vi kan visa upp hos er.")
    page.dblclick("form[action$='/interest'] button")
    expect(page.locator("[role=status]")).to_contain_text("Intresset är anmält")
    expect(page.locator("#interest")).to_have_text("Intresserade: 1")


def test_a_reason_typed_about_a_pair_stays_when_somebody_answered_first(visitors: VisitorMaker) -> None:
    officer, coordinator = visitors("officer"), visitors("coordinator")
    for visitor in (officer, coordinator):
        visitor.go("/duplicates")
        visitor.page.click("main tr [data-open] >> nth=0")
    page = officer.page
    page.fill("#reason", "Den ena gäller <nattbelysning>")
    coordinator.page.click("button[value=unsure]")
    coordinator.page.wait_for_load_state()
    page.click("button[value=related]")
    expect(page.locator("[role=status], [role=alert]").first).to_contain_text("Någon annan har bedömt")
    expect(page.locator("#reason")).to_have_value("Den ena gäller <nattbelysning>")
    assert not violations(officer)
    page.click("button[value=related]")
    expect(page.locator("[role=status]")).to_be_visible()


def test_the_map_of_themes_is_searched_coloured_and_enlarged(visitors: VisitorMaker) -> None:
    coordinator = visitors("coordinator")
    page = coordinator.page
    coordinator.go("/themes")
    small = page.locator("svg.map").bounding_box()
    page.select_option("#colour", "kind")
    page.click("form[action='/themes'] button")
    page.wait_for_url("**colour=kind*")
    page.click("text=Närmare")
    page.wait_for_url("**zoom=1.5*")
    large = page.locator("svg.map").bounding_box()
    assert small and large and large["width"] > 1.3 * small["width"]
    page.locator("svg.map a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/themes/*")


def test_a_slow_answer_a_double_click_and_the_back_button_make_one_entry(visitors: VisitorMaker) -> None:
    coordinator = visitors("coordinator")
    page = coordinator.page
    coordinator.go("/new")
    title = "Bänkar längs älven <script>alert(1)</script> ' OR 1=1 --"
    page.fill("#title", title)
    page.fill("#text", "نحتاج إلى مقاعد على طول النهر. " + "Vi behöver bänkar längs älven. " * 1000)

    def wait(route: Route) -> None:
        threading.Event().wait(1.0)
        route.continue_()

    page.route("**/new", wait)
    page.dblclick("button[value=save]")
    page.wait_for_url("**/entries/*")
    assert page.inner_text("#sent") == ""
    page.unroute("**/new")
    assert "Bänkar längs älven ' OR 1=1" in coordinator.text("h1")
    page.go_back()
    page.wait_for_url("**/edit")
    assert "Det här är redan sparat" in coordinator.text()
    assert "Vi behöver bänkar" in page.input_value("#text")
    coordinator.go("/entries?words=Bänkar längs älven&whose=own")
    assert page.locator("main ul.list h2").filter(has_text="Bänkar längs älven").count() == 1


def test_many_are_rejected_only_with_a_reason_and_stay_chosen_until_then(visitors: VisitorMaker) -> None:
    officer = visitors("officer")
    page = officer.page
    officer.go("/review?direction=similar")
    page.check("input[name=chosen] >> nth=0")
    page.click("form[action='/review/bulk'] summary")
    page.click("form[action='/review/bulk'] button[value=reject]")
    assert page.evaluate("document.activeElement.id") == "bulk-reason"
    assert page.is_checked("input[name=chosen] >> nth=0")
    page.click("form[action='/review/bulk'] button[value=unsure]")
    expect(page.locator("main [role=status].note")).to_be_visible()


def test_a_firm_asks_for_an_account_and_gets_one(visitors: VisitorMaker) -> None:
    stranger, administrator = visitors(java_script_enabled=False), visitors("administrator")
    stranger.go("/login")
    stranger.page.click("main a[href='/join']")
    told = {
        "organisation_number": "5567037485",
        "name": "Nordisk Sandning AB",
        "about": "Vi sandar och plogar.",
        "contact": "Nora Nordin",
        "email": "nora@sandning.example",
    }
    for name, value in told.items():
        stranger.page.fill(f"#{name}", value)
    stranger.page.fill("#organisation_number", "5567037486")
    stranger.page.click("main form button.first")
    assert "sista siffran stämmer inte" in stranger.text("#organisation_number-fault")
    assert stranger.page.input_value("#about") == told["about"]
    stranger.page.fill("#organisation_number", told["organisation_number"])
    stranger.page.dblclick("main form button.first")
    stranger.page.wait_for_url("**/join/thanks")
    administrator.page.click("a[href='/requests'] >> nth=0")
    request = administrator.page.locator("article.panel").filter(has_text=told["name"])
    expect(request).to_have_count(1)
    assert "556703-7485" in request.inner_text()
    request.locator("button.first").click()
    link = administrator.page.input_value("#address")
    assert not violations(administrator)
    stranger.page.goto(link)
    stranger.page.fill("#password", PASSWORD)
    stranger.page.click("main button[type=submit]")
    assert "Hej Nora Nordin" in stranger.text("h1")


def test_the_foot_of_a_short_page_stands_together_at_its_end(visitors: VisitorMaker) -> None:
    for width in (320, 1280):
        officer = visitors("officer", width=width, color_scheme="dark")
        officer.go("/there-is-no-such-page")
        assert officer.text("h1") == "Sidan finns inte"
        foot = officer.page.locator(".foot").bounding_box()
        assert foot
        assert foot["height"] < 140
        assert foot["y"] + foot["height"] == pytest.approx(900, abs=2)


def test_whoever_waits_long_is_told_that_it_was_sent(visitors: VisitorMaker) -> None:
    coordinator = visitors("coordinator", width=320, color_scheme="dark")
    page = coordinator.page
    coordinator.go("/new")
    page.fill("#text", "Trottoaren vid skolan är för smal, och barnen går i vägbanan.")

    def hold(route: Route) -> None:
        threading.Event().wait(2.5)
        route.abort("aborted")  # as if somebody pressed the browser's button to stop

    page.route("**/new", hold)
    page.click("button[value=save]", no_wait_after=True)
    expect(page.locator("#sent")).to_contain_text("Det är skickat, men svaret dröjer.")
    assert not violations(coordinator)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert "Trottoaren" in page.input_value("#text")


def test_a_page_that_renews_itself_leads_to_the_sign_in_when_the_session_ends(visitors: VisitorMaker) -> None:
    coordinator = visitors("coordinator")
    page = coordinator.page
    coordinator.go("/runs")
    page.click("form[action='/runs'] button")
    expect(page.locator("[data-refresh] form").first).to_be_visible()
    coordinator.context.clear_cookies()
    page.wait_for_url("**/login?next=*")
    assert page.locator("h1").count() == 1
