"""What administrators look after: erasure, legal holds, and the words of searches."""

from __future__ import annotations

import re

from tests.api.conftest import ICE, LUNCH, World
from tests.api.pages.conftest import open_page, send


def withdrawn(world: World) -> dict:
    entry = world.make_entry(ICE, publish=True)
    answer = world.post(f"/entries/{entry['id']}/withdraw", headers={"If-Match": '"1"'})
    assert answer.status_code == 200
    return dict(answer.json())


def test_what_is_withdrawn_is_kept_or_erased_by_an_administrator(ready: World) -> None:
    entry, browser = withdrawn(ready), ready.sign_in("administrator")
    path = f"/retention/{entry['id']}"
    html = open_page(browser, "/retention")
    assert "Inget raderas av sig självt" in html
    assert path in html
    send(browser, path, {"then": "hold", "reason": ""})
    assert "2000" in open_page(browser, "/retention")
    send(browser, path, {"then": "hold", "reason": "Överprövning i mål 1234-26"})
    html = open_page(browser, "/retention")
    assert "Överprövning i mål 1234-26" in html
    assert "Radera nu" not in html
    send(browser, path, {"then": "erase", "version": entry["version"]})
    assert ready.get(f"/entries/{entry['id']}", "administrator").json()["status"] == "withdrawn"
    send(browser, path, {"then": "lift"})
    send(browser, path, {"then": "erase", "version": 99})
    assert "ändrat" in open_page(browser, "/retention")
    send(browser, path, {"then": "erase", "version": entry["version"]})
    assert "Posten är raderad" in open_page(browser, "/retention")
    assert ready.get(f"/entries/{entry['id']}", "administrator").json()["text"] == ""
    neighbour = ready.sign_in("neighbour")
    send(neighbour, path, {"then": "erase"}, status=404)


def test_words_of_an_organisation_change_its_own_searches_alone(ready: World) -> None:
    ready.make_entry(LUNCH, publish=True)
    browser = ready.sign_in("administrator")

    def finds(who: str, text: str) -> bool:
        return bool(ready.post("/search", who, json={"text": text}).json()["items"])

    assert not finds("officer", "bespisning")
    send(browser, "/words", {"word": "Bespisning", "means": "lunchen, skolan, kön, barnen vänta länge"})
    assert "finner också lunchen" in open_page(browser, "/words")
    assert finds("officer", "bespisning")
    assert not finds("neighbour", "bespisning")
    send(browser, "/words", {"word": "bespisning"})
    assert "finns redan i listan" in open_page(browser, "/words")
    send(browser, "/words", {"word": "två ord"})
    assert "inte ett ord" in open_page(browser, "/words")
    send(browser, "/words", {"word": "snälla"})
    html = open_page(browser, "/words")
    assert "utelämnas" in html
    for word_id in re.findall(r"/words/([\w-]+)/remove", html):
        send(ready.sign_in("neighbour"), f"/words/{word_id}/remove", {})
        send(browser, f"/words/{word_id}/remove", {})
    assert not finds("officer", "bespisning")
    assert "Inga egna ord" in open_page(browser, "/words")
