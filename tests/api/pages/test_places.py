"""Places are named in the reader's language and lie where they should on the map."""

from __future__ import annotations

import pytest

from api.maps import HEIGHT, WIDTH, point
from api.texts import Texts
from matcher.procurement.distances import centres_of
from tests.api.conftest import ICE, ICE_OFFERING, World
from tests.api.pages.conftest import open_page


@pytest.mark.parametrize(
    ("code", "swedish", "english"),
    [
        ("2482", "Skellefteå", "Skellefteå"),
        ("SE33", "Övre Norrland", "Upper Norrland"),
        ("XX9", "XX9", "XX9"),
    ],
)
def test_places_are_named_in_the_readers_language(code: str, swedish: str, english: str) -> None:
    assert Texts("sv").place(code) == swedish
    assert Texts("en").place(code) == english


def test_places_lie_within_the_drawing_north_above_south_and_east_beside_west() -> None:
    codes = ("2584", "1280", "1480", "0180")
    kiruna, malmo, gothenburg, stockholm = (point(centres_of(code)[0]) for code in codes)
    assert kiruna[1] < stockholm[1] < malmo[1]
    assert gothenburg[0] < stockholm[0]
    for code in ("SE", "FI", "NO", "DK"):
        points = [point(centre) for centre in centres_of(code)]
        assert points
        assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)


def test_a_proposal_shows_places_on_a_map_in_words_and_as_a_distance(ready: World) -> None:
    need = ready.make_entry(ICE, publish=True, municipality="2581")
    ready.make_entry(ICE_OFFERING, "supplier", kind="offering", publish=True, regions=["2482"])
    found = ready.get("/proposals", params={"entry_id": need["id"]}).json()["items"]
    proposal = next(each for each in found if each["direction"] == "need_to_offering")
    html = open_page(ready.sign_in("officer"), f"/proposals/{proposal['id']}")
    places = html.split('class="places"')[1].split("</details>")[0]
    assert places.count("<circle") == 2
    assert "Piteå" in places
    assert "Skellefteå" in places
    assert "km</dd>" in places
