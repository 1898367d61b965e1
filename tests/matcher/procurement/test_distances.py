import pytest

from matcher.procurement import COUNTIES, MUNICIPALITIES, distance_km
from matcher.procurement.distances import centres_of


def test_every_municipality_and_county_has_a_centre_in_sweden():
    for code in (*MUNICIPALITIES, *(county.nuts for county in COUNTIES.values())):
        assert centres_of(code), code
        for centre in centres_of(code):
            assert 55 < centre.latitude < 69
            assert 10.5 < centre.longitude < 24.5


@pytest.mark.parametrize(
    ("one", "other", "km"),
    [
        ("2482", "2581", 68),  # Skellefteå - Piteå
        ("0180", "1480", 398),  # Stockholm - Göteborg
        ("1280", "DK011", 27),  # Malmö - København
        ("2583", "FI1D7", 103),  # Haparanda - Rovaniemi
        ("0180", "NO081", 418),  # Stockholm - Oslo
    ],
)
def test_distances_are_those_of_a_map(one, other, km):
    assert distance_km(one, other) == pytest.approx(km, rel=0.06, abs=3)
    assert distance_km(other, one) == distance_km(one, other)


def test_a_place_is_no_way_from_what_it_lies_in():
    assert distance_km("2482", "SE331") == 0
    assert distance_km("2482", "SE") == 0
    assert distance_km("2482", "SE332") == pytest.approx(68, abs=5)


@pytest.mark.parametrize("code", ["9901", "XX", "", "DE300"])
def test_unknown_places_have_no_distance(code):
    assert distance_km(code, "2482") is None
