"""Writing on a page: nothing is lost, nothing is doubled, nothing that was typed becomes markup."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from markupsafe import escape

from matcher.services import notices
from tests.api.conftest import ICE, ICE_AGAIN, ICE_OFFERING, Browser, World, form_token
from tests.api.pages.conftest import HTML, open_page, send

EVIL = "<script>alert(1)</script>'; DROP TABLE entry; -- {{ 7*7 }}"
ARABIC = "نحتاج إلى ممر آمن للمشاة في الشتاء قرب المدرسة"
EMOJI = "🧊❄️ Halka på gångvägen 👵🏽"


def write(browser: Browser, text: str = ICE, *, status: int = 303, **more: object) -> str:
    nonce = re.search(r'name="nonce" value="([^"]+)"', open_page(browser, "/new"))
    assert nonce
    data = {"kind": "need", "text": text, "nonce": nonce[1], "then": "save", **more}
    return send(browser, "/new", data, status=status)


def test_a_draft_is_saved_and_published_and_then_proposed_for(ready: World) -> None:
    ready.make_entry(ICE_OFFERING, "supplier", kind="offering", publish=True)
    browser = ready.sign_in("officer")
    address = write(browser, title="Halka vid boendet", regions="Piteå; SE33", tags="is, äldre")
    html = open_page(browser, address)
    assert "Utkast" in html
    assert "Piteå" in html
    version = re.search(r'name="version" value="(\d+)"', html)
    assert version
    send(browser, f"{address}/publish", {"version": version[1]})
    html = open_page(browser, address)
    assert "Publicerat och matchat." in html
    assert "Isfritt AB" in html


def test_the_form_shows_what_is_similar_before_anything_is_saved(ready: World) -> None:
    ready.make_entry(ICE, "neighbour", publish=True)
    browser = ready.sign_in("officer")
    html = write(browser, ICE, status=200, then="look")
    assert "1 liknande" in html
    assert ICE[:40] in html
    part = send(browser, "/entries/similar", {"kind": "need", "text": ICE}, status=200)
    assert "1 liknande" in part
    assert "<html" not in part
    assert ready.get("/entries").json()["items"][0]["organisation"] == "Grannköping"
    assert "några ord till" in send(browser, "/entries/similar", {"text": "is"}, status=200)


def test_whoever_writes_sees_the_part_that_is_alike_and_can_stand_behind_it(ready: World) -> None:
    other = ready.make_entry(f"Något helt annat först. {ICE}", "neighbour", publish=True)
    browser = ready.sign_in("officer")
    part = send(browser, "/entries/similar", {"kind": "need", "text": ICE}, status=200)
    quote = re.search(r"<mark>([^<]+)</mark>", part)
    assert quote
    assert quote[1] in ICE
    action = re.search(r'formaction="([^"]+)"', part)
    assert action
    assert action[1] == f"/entries/{other['id']}/support"
    assert send(browser, action[1], {"stands": "true", "text": ICE}) == f"/entries/{other['id']}"
    assert action[1] not in send(browser, "/entries/similar", {"kind": "need", "text": ICE}, status=200)


def test_whoever_writes_says_how_the_own_entry_differs_and_is_not_asked_again(ready: World) -> None:
    other = ready.make_entry(ICE, "neighbour", publish=True)
    browser = ready.sign_in("officer")
    said = {"differs_from": [other["id"], "other"], "differs": ["Här gäller det skolan", " "]}
    typed = send(browser, "/entries/similar", {"kind": "need", "text": ICE, **said}, status=200)
    assert 'value="Här gäller det skolan"' in typed
    made = write(browser, f"{ICE} Vid skolan.", then="publish", **said)
    assert made.startswith("/entries/")
    shown = open_page(browser, "/duplicates?state=different")
    pair = re.search(r'href="(/duplicates/[^"?]+)" data-open', shown)
    assert pair
    assert "Här gäller det skolan" in open_page(browser, pair[1])


def test_a_double_click_makes_one_entry(world: World) -> None:
    browser = world.sign_in("officer")
    data = {"kind": "need", "text": ICE, "nonce": "abc123", "then": "save"}
    assert send(browser, "/new", data) == send(browser, "/new", data)
    assert len(world.get("/entries").json()["items"]) == 1


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("text", "   ", "tom"),
        ("cpv", "12", "CPV-kod"),
        ("regions", "Mordor", "område"),
        ("municipality", "12", "rätt sätt"),
        ("starts_on", "i morgon", "datum"),
        ("estimated_value", "mycket", "tal"),
        ("currency", "kr", "rätt sätt"),
        ("title", "x" * 501, "längre än 500"),
    ],
)
def test_a_wrong_field_is_named_and_everything_typed_stays(
    world: World, field: str, value: str, said: str
) -> None:
    browser = world.sign_in("officer")
    html = write(browser, **{"status": 422, "tags": "kvar", field: value})  # type: ignore[arg-type]
    assert said in html
    assert f'href="#{field}"' in html
    assert 'aria-invalid="true"' in html
    assert 'value="kvar"' in html
    assert not world.get("/entries").json()["items"]


@pytest.mark.parametrize("text", [EVIL, ARABIC, EMOJI, "ord " * 5000, "Å" * 100_000])
def test_any_text_is_kept_and_shown_as_text(ready: World, text: str) -> None:
    browser = ready.sign_in("officer")
    html = open_page(browser, write(browser, text, title=text[:200], then="publish"))
    everything = html + open_page(browser, "/entries") + open_page(browser, "/review")
    assert "<script>alert" not in everything
    assert 'dir="auto"' in html
    assert str(escape(text[:8].split("\ufe0f")[0])) in html
    if text is EVIL:
        assert "{{ 7*7 }}" in html


def test_of_two_tabs_the_second_is_told_and_keeps_what_it_wrote(ready: World) -> None:
    entry = ready.make_entry(ICE, publish=True)
    first, second = ready.sign_in("officer"), ready.sign_in("coordinator")
    path = f"/entries/{entry['id']}/edit"
    data = {"kind": "need", "title": "", "version": entry["version"], "then": "save"}
    send(first, path, {**data, "text": f"{ICE} Den första."})
    html = send(second, path, {**data, "text": f"{ICE} Den andra."}, status=412)
    assert "Den första." in html
    assert "Den andra." in html
    assert "Någon annan har ändrat" in html
    version = re.search(r'name="version" value="(\d+)"', html)
    assert version
    send(second, path, {**data, "text": f"{ICE} Den andra.", "version": version[1]})
    assert ready.get(f"/entries/{entry['id']}").json()["text"].endswith("Den andra.")


def test_an_edit_changes_only_what_was_changed_and_keeps_the_original_unmasked(ready: World) -> None:
    text = "Ring mig på 070-174 06 05 om halkan på gångvägen vid skolan."
    entry = ready.make_entry(text, publish=True, cpv=["90620000"], estimated_value="1250.50", currency="SEK")
    browser = ready.sign_in("officer")
    path = f"/entries/{entry['id']}/edit"
    html = open_page(browser, path)
    assert "070-174 06 05" in html
    data = {
        "title": "Halka",
        "text": text,
        "cpv": "90620000",
        "estimated_value": "1250.50",
        "currency": "SEK",
        "language": "sv",
        "version": entry["version"],
        "then": "save",
    }
    send(browser, path, data)
    versions = ready.get(f"/entries/{entry['id']}/versions").json()["items"]
    assert [each["original_text"] for each in versions] == [text, text]
    shown = open_page(browser, f"/entries/{entry['id']}")
    assert "070-174" not in shown.split("Versioner")[0]
    events = open_page(ready.sign_in("administrator"), f"/audit?thing={entry['id']}")
    assert "fields: title" in events


def test_a_partner_does_not_see_originals_and_its_edit_does_not_replace_them(ready: World) -> None:
    text = "Hör av er till anna@exempel.example om sandning av gångvägar."
    entry = ready.make_entry(text, "partner", kind="offering", publish=True)
    browser = ready.sign_in("partner")
    path = f"/entries/{entry['id']}/edit"
    html = open_page(browser, path)
    assert "anna@exempel.example" not in html
    shown = entry["text"]
    send(browser, path, {"title": "Sandning", "text": shown, "version": entry["version"], "then": "save"})
    versions = ready.get(f"/entries/{entry['id']}/versions").json()["items"]
    assert versions[-1]["original_text"] == text


def test_a_partner_sees_the_versions_of_its_own_offering_masked_and_nobody_elses(ready: World) -> None:
    text = "Hör av er till anna@exempel.example om sandning av gångvägar."
    entry = ready.make_entry(text, "partner", kind="offering", publish=True)
    other = ready.make_entry(ICE_OFFERING, "supplier", kind="offering", publish=True)
    browser = ready.sign_in("partner")
    changed = "Vi sandar gångvägar och cykelvägar före klockan sju."
    edit = f"/entries/{entry['id']}/edit"
    send(browser, edit, {"text": changed, "version": entry["version"], "then": "save"})
    html = open_page(browser, f"/entries/{entry['id']}").split("Versioner (2)")[1]
    assert "om sandning av gångvägar" in html
    assert changed in html
    assert "anna@exempel.example" not in html
    assert "Versioner" not in open_page(browser, f"/entries/{other['id']}")


def test_a_partner_is_reminded_on_its_start_page_of_what_ends_soon(ready: World) -> None:
    today = datetime.now(UTC).date()
    days = {"snart": 20, "sedan": 200, "förbi": -2}
    for word, until in days.items():
        ends_on = (today + timedelta(days=until)).isoformat()
        offered = {"kind": "offering", "publish": True, "ends_on": ends_on}
        ready.make_entry(f"Vi sandar gångvägar, {word}.", "partner", **offered)
    browser = ready.sign_in("partner")
    assert "olästa aviseringar" not in open_page(browser, "/")
    with ready.sessions.begin() as session:
        assert notices.tell_expiring(session, today=today, days=30) == 1
    html = open_page(browser, "/")
    assert html.count("går snart ut") == html.count("har gått ut") == 1
    assert html.count("Ändra hur länge det gäller") == 2
    assert "olästa aviseringar" in html


def test_what_is_typed_reads_from_the_right_where_its_script_does(ready: World) -> None:
    browser = ready.sign_in("officer")
    html = write(browser, "", status=422, title=ARABIC)
    field = re.search(r'<input id="title"[^>]*>', html)
    assert field
    assert 'dir="auto"' in field[0]
    assert ARABIC in field[0]


def test_a_form_of_another_site_is_refused_and_not_kept(world: World) -> None:
    browser = world.sign_in("officer")
    headers = HTML | {"Origin": "https://evil.example"}
    data = {"csrf_token": browser.token, "kind": "need", "text": ICE, "then": "save"}
    answer = browser.client.post("/new", data=data, headers=headers)
    assert answer.status_code == 403
    assert ICE not in answer.text
    stranger = world.browser().post("/new", data=data, headers=headers)
    assert stranger.status_code == 401
    assert ICE not in stranger.text


def test_what_was_typed_before_the_session_ended_comes_back_after_signing_in(world: World) -> None:
    from tests.api.test_sessions import PASSWORD, make_member_with_password

    make_member_with_password(world)
    client = world.browser()
    answer = client.post(
        "/new", data={"kind": "need", "text": ICE, "nonce": "n1", "then": "save"}, headers=HTML
    )
    assert answer.status_code == 401
    assert "Det du skrev är kvar" in answer.text
    kept = [value.replace("&#39;", "'") for value in re.findall(r'name="kept" value="([^"]*)"', answer.text)]
    form = {
        "csrf_token": form_token(answer.text),
        "email": "gun@exempel.example",
        "kept": kept,
        "kept_action": "/new",
    }
    wrong = client.post("/login", data={**form, "password": "fel lösenord här"}, headers=HTML)
    assert (wrong.status_code, ICE in wrong.text) == (401, True)
    back = client.post("/login", data={**form, "password": PASSWORD}, headers=HTML)
    assert ICE in back.text
    assert 'action="/new"' in back.text
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', back.text))
    sent = client.post("/new", data={**fields, "text": ICE}, headers=HTML)
    assert sent.status_code == 303
    assert ICE in client.get(sent.headers["location"], headers=HTML).text


def test_a_page_from_before_one_signed_in_anew_can_still_be_sent(world: World) -> None:
    browser = world.sign_in("officer")
    data = {"csrf_token": "an old one", "kind": "need", "text": ICE, "nonce": "n2", "then": "save"}
    answer = browser.client.post("/new", data=data, headers=HTML)
    assert answer.status_code == 200
    assert "sidan hann bli för gammal" in answer.text.lower()
    assert not world.get("/entries").json()["items"]
    data["csrf_token"] = form_token(answer.text.split("<main")[1])
    assert browser.client.post("/new", data=data, headers=HTML).status_code == 303


def test_a_kept_form_never_leads_to_another_site(world: World) -> None:
    from tests.api.test_sessions import PASSWORD, make_member_with_password

    make_member_with_password(world)
    client = world.browser()
    form = {
        "csrf_token": form_token(client.get("/login").text),
        "email": "gun@exempel.example",
        "password": PASSWORD,
        "kept": ["text=x"],
        "kept_action": "//evil.example/steal",
    }
    assert "evil.example" not in client.post("/login", data=form, headers=HTML).text


def test_an_offering_that_meets_no_need_says_so_in_words_for_who_offers(ready: World) -> None:
    offering = ready.make_entry(ICE_OFFERING, "supplier", kind="offering", publish=True)
    html = open_page(ready.sign_in("supplier"), f"/entries/{offering['id']}")
    assert "Erbjudandet möter inget publicerat behov just nu" in html
    assert "vänta på fler erbjudanden" not in html


def test_a_supplier_tells_its_capacity_and_contacts_in_it_are_masked(ready: World) -> None:
    browser = ready.sign_in("supplier")
    form = {
        "kind": "offering",
        "text": ICE_OFFERING,
        "capacity": "Tolv bilar, inom två timmar. Ring 070-174 06 05.",
        "then": "save",
    }
    address = send(browser, "/new", form)
    html = open_page(browser, address)
    assert "Tolv bilar, inom två timmar." in html
    assert "070-174" not in html.split("<h1")[1]
    entry = ready.get(f"/entries/{address.rsplit('/', 1)[1]}", "supplier").json()
    assert entry["capacity"].startswith("Tolv bilar")
    changed = {**form, "capacity": "Tjugo bilar", "version": entry["version"]}
    send(browser, f"{address}/edit", changed)
    assert "Tjugo bilar" in open_page(browser, address)


def test_codes_that_like_entries_have_are_suggested_and_chosen_by_a_person(ready: World) -> None:
    for number in range(3):
        ready.make_entry(f"{ICE} {number}", publish=True, cpv=["90620000-9"])
    browser = ready.sign_in("officer")
    need = ready.make_entry(ICE_AGAIN, publish=True)
    page = f"/entries/{need['id']}"
    assert f"{page}/codes" in open_page(browser, page)
    assert "906" in open_page(browser, f"{page}/codes")
    send(browser, f"{page}/codes", {"version": need["version"], "code": ["90620000-9"]})
    assert "90620000" in open_page(browser, page)
    send(browser, f"{page}/codes", {"version": need["version"], "code": ["90630000-2"]})
    assert "ändrat" in open_page(browser, page)
