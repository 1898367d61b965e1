"""Themes: a map, a table that says the same, and what people change of them."""

from __future__ import annotations

import csv
import io
import re

import pytest

from matcher.services import organisations, themes
from matcher.services.actor import SYSTEM
from matcher.services.organisations import OrganisationDraft
from matcher.types import OrganisationKind
from models.records import ThemeMember
from tests.api.conftest import ICE, LUNCH, World
from tests.api.pages.conftest import counted, make_theme, open_page, send


def test_themes_are_shown_as_a_map_and_as_a_table_that_says_the_same(ready: World) -> None:
    texts = {"Halka": ICE, "Lunch": LUNCH, "Buss": "Bussen till byn går för sällan på kvällen."}
    for name, text in texts.items():
        make_theme(ready, name, [text])
    browser = ready.sign_in("officer")
    html = open_page(browser, "/themes")
    drawing, table = html.split("</figure>", 1)
    for name in texts:
        assert name in drawing.split('class="plot map')[1]
        assert name in table
    assert "Halka en" in open_page(browser, "/themes", lang="en")


def legend_of(html: str) -> list[tuple[str, str]]:
    """Return the marks of a map's legend with what they stand for."""
    legend = html.split('class="legend')[1].split("</ul>")[0]
    return re.findall(r'<text class="mark"[^>]*>([^<]+)</text></svg> ([^<]+?)</li>', legend)


def marks_of(html: str) -> list[tuple[str, str]]:
    """Return the names of a map's circles with the marks in them."""
    drawn = html.split('class="plot map')[1].split("</figure>")[0].split("</svg>\n  </div>")[0]
    return re.findall(r'aria-label="([^:"]+):.*?<text class="mark"[^>]*>([^<]+)</text>', drawn, re.DOTALL)


def test_the_map_is_coloured_by_whose_most_entries_are_and_says_so_without_colour(ready: World) -> None:
    make_theme(ready, "Halka", [ICE, f"{ICE} Två.", f"{ICE} Tre."])
    make_theme(ready, "Lunch", [LUNCH], "neighbour")
    make_theme(ready, "Buss", ["Bussen till byn går för sällan på kvällen."], kind="idea")
    html = open_page(ready.sign_in("officer"), "/themes")
    assert legend_of(html) == [("1", "Exempelstad (era)"), ("2", "Grannköping")]
    assert sorted(marks_of(html)) == [("Buss", "1"), ("Halka", "1"), ("Lunch", "2")]
    neighbour = ready.sign_in("neighbour")
    assert legend_of(open_page(neighbour, "/themes"))[1] == ("2", "Grannköping (era)")
    by_kind = open_page(neighbour, "/themes?colour=kind")
    assert legend_of(by_kind) == [("1", "mest behov"), ("3", "mest idéer")]
    assert sorted(marks_of(by_kind)) == [("Buss", "3"), ("Halka", "1"), ("Lunch", "1")]
    assert legend_of(open_page(neighbour, "/themes?colour=pink")) == legend_of(
        open_page(neighbour, "/themes")
    )


def test_beyond_a_dozen_organisations_the_rest_is_told_apart_no_more(ready: World) -> None:
    make_theme(ready, "Halka", [ICE])
    themes_by = [make_theme(ready, f"Tema{n}", [f"Ord{n} annat{n} tredje{n}"])[1][0] for n in range(13)]
    with ready.sessions.begin() as session:
        for number, entry_id in enumerate(themes_by):
            draft = OrganisationDraft(name=f"Kommun {number:02}", kind=OrganisationKind.MUNICIPALITY)
            member = session.get_one(ThemeMember, entry_id)
            member.organisation_id = organisations.create(session, draft, actor=SYSTEM).id
    html = open_page(ready.sign_in("officer"), "/themes")
    told = legend_of(html)
    assert [mark for mark, _ in told] == [*map(str, range(1, 13)), "–"]
    assert told[-1] == ("–", "andra organisationer")
    assert [mark for _, mark in marks_of(html)].count("–") == 2


def test_the_map_asks_the_database_as_often_for_three_themes_as_for_twelve(ready: World) -> None:
    browser = ready.sign_in("officer")
    counts = []
    for numbers in (range(3), range(3, 12)):
        for n in numbers:
            make_theme(ready, f"Tema {n}", [f"Ord{n} annat{n} tredje{n}"], ("officer", "neighbour")[n % 2])
        with counted(ready) as sent:
            html = open_page(browser, "/themes")
        counts.append(len(sent))
    assert len(marks_of(html)) == 12
    assert counts[0] == counts[1]


def test_what_the_map_shows_is_taken_along_as_csv(ready: World) -> None:
    make_theme(ready, "Halka", [ICE, f"{ICE} Två."])
    make_theme(ready, "Lunch", [LUNCH], "neighbour")
    theme, _ = make_theme(ready, "=Buss", ["Bussen till byn går för sällan på kvällen."], kind="idea")
    browser = ready.sign_in("partner")
    assert 'href="/themes/map.csv?words=l"' in open_page(browser, "/themes?words=l&zoom=2")

    def table(path: str) -> list[list[str]]:
        answer = browser.client.get(path, headers={"Accept-Language": "sv"})
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        return list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))

    head, *rows = table("/themes/map.csv")
    assert head[:8] == [
        "Tema",
        "Flest poster från",
        "Slag",
        "Hur nya",
        "Behov",
        "Idéer",
        "Era",
        "Senaste 90 dagarna",
    ]
    told = {row[0]: row[1:8] for row in rows}
    new = "minst hälften från de senaste 90 dagarna"
    assert told["Halka"] == ["Exempelstad", "mest behov", new, "2", "0", "2", "2"]
    assert told["Lunch"] == ["Grannköping", "mest behov", new, "1", "0", "0", "1"]
    assert told["'=Buss"][1] == "mest idéer"
    assert [row[0] for row in table("/themes/map.csv?words=lunch")[1:]] == ["Lunch"]
    assert len(table(f"/themes/{theme}/map.csv")) == 1
    assert browser.client.get("/themes/none/map.csv").status_code == 404


def test_what_happened_to_themes_is_told_also_of_one_that_is_listed_no_more(ready: World) -> None:
    ice, lunch = (make_theme(ready, name, [text])[0] for name, text in (("Halka", ICE), ("Lunch", LUNCH)))
    browser = ready.sign_in("officer")
    assert "Vad som hänt med teman" not in open_page(browser, "/themes")
    with ready.sessions.begin() as session:
        themes.merge(session, lunch, ice, actor=SYSTEM)
    told = open_page(browser, "/themes").partition("Vad som hänt med teman på sistone")[2]
    assert f'<strong>Slogs ihop</strong> · <a href="/themes/{lunch}">Lunch</a>' in told


def test_the_map_is_searched_coloured_and_drawn_larger_by_its_address(ready: World) -> None:
    texts = {"Halka": ICE, "Lunch": LUNCH, "Buss": "Bussen till byn går för sällan på kvällen."}
    for name, text in texts.items():
        make_theme(ready, name, [text])
    officer, neighbour = ready.sign_in("officer"), ready.sign_in("neighbour")
    html = open_page(officer, "/themes?words=lunch&colour=kind&zoom=2")
    assert "Träffar: 1" in html
    assert html.count('class="faded"') == 2
    assert "mest behov" in html
    assert "zoom-2" in html
    assert "/themes?colour=kind&amp;words=lunch&amp;zoom=3" in html
    assert "minst hälften från" in open_page(neighbour, "/themes?colour=time")
    assert "zoom-1 " in open_page(officer, "/themes?zoom=9999").replace('"', " ")


def test_the_overview_counts_needs_by_theme_and_says_the_same_as_csv(ready: World) -> None:
    make_theme(ready, "Halka", [ICE, f"{ICE} Två."])
    browser = ready.sign_in("officer")
    html = open_page(browser, "/overview").split('id="themes"')[1].split("</section>")[0]
    assert "Halka" in html
    rows = browser.client.get("/overview/themes.csv").text.splitlines()
    assert rows[1] == "Halka,2,0,2"
    assert '<td class="number">2</td>' in html


def test_a_theme_is_named_parted_and_put_into_another(ready: World) -> None:
    ice, entries = make_theme(ready, "Halka", [ICE, f"{ICE} Två.", f"{ICE} Tre."])
    lunch, _ = make_theme(ready, "Lunch", [LUNCH])
    browser = ready.sign_in("coordinator")
    send(browser, f"/themes/{ice}", {"then": "rename", "name_sv": "Vinterväg", "name_en": "Winter"})
    assert "Vinterväg" in open_page(browser, "/themes")
    made = send(browser, f"/themes/{ice}", {"then": "split", "entries": entries[:1], "name_sv": "Skolväg"})
    assert "Skolväg" in open_page(browser, made)
    html = send(browser, f"/themes/{ice}", {"then": "rename", "name_sv": "  "}, status=422)
    assert 'aria-invalid="true"' in html
    send(browser, f"/themes/{lunch}", {"then": "merge", "into": ice})
    assert "gått upp i ett annat" in open_page(browser, f"/themes/{lunch}")
    with ready.sessions() as session:
        assert themes.get(session, lunch, actor=SYSTEM).merged_into_id == ice


def test_of_two_who_change_a_theme_the_second_is_told_and_keeps_what_it_wrote(ready: World) -> None:
    theme, entries = make_theme(ready, "Halka", [ICE, f"{ICE} Två."])
    browser = ready.sign_in("coordinator")
    found = re.search(r'name="version" value="(\d+)"', open_page(browser, f"/themes/{theme}"))
    assert found
    fields = {"then": "rename", "version": found[1]}
    send(browser, f"/themes/{theme}", {**fields, "name_sv": "Vinterväg"})
    late = {**fields, "name_sv": "Isiga vägar", "entries": entries[:1]}
    html = send(browser, f"/themes/{theme}", late, status=412)
    assert "Någon annan har ändrat temat" in html
    assert 'value="Isiga vägar"' in html
    assert f'value="{entries[0]}" checked' in html
    assert "<h1>Vinterväg</h1>" in html
    again = re.search(r'name="version" value="(\d+)"', html)
    assert again
    send(browser, f"/themes/{theme}", {**late, "version": again[1]})
    assert "<h1>Isiga vägar</h1>" in open_page(browser, f"/themes/{theme}")


def test_how_a_theme_grew_is_taken_along_as_csv(ready: World) -> None:
    theme, _ = make_theme(ready, "Halka", [ICE, f"{ICE} Två."])
    browser = ready.sign_in("partner")
    assert f'href="/themes/{theme}/growth.csv"' in open_page(browser, f"/themes/{theme}")
    answer = browser.client.get(f"/themes/{theme}/growth.csv", headers={"Accept-Language": "sv"})
    head, *rows = answer.text.lstrip("\ufeff").splitlines()
    assert head == "Månad,Nya,Sammanlagt"
    assert len(rows) == 1
    assert rows[0].endswith(",2,2")


@pytest.mark.parametrize("who", ["partner", "administrator"])
def test_who_does_not_review_sees_themes_but_does_not_change_them(ready: World, who: str) -> None:
    theme, _ = make_theme(ready, "Halka", [ICE])
    browser = ready.sign_in(who)
    assert "Ändra temat" not in open_page(browser, f"/themes/{theme}")
    send(browser, f"/themes/{theme}", {"then": "rename", "name_sv": "X"}, status=403)
