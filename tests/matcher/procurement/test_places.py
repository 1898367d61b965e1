from collections import Counter

import pytest

from matcher.errors import InvalidInput
from matcher.procurement import (
    COUNTIES,
    MUNICIPALITIES,
    SAMPLE_MUNICIPALITIES,
    county_of,
    find_municipality,
    nuts_of,
    place_name,
    read_municipality,
    read_region,
)
from matcher.retrieval.facets import NUTS_OF_COUNTY

# Municipalities a county, Statistics Sweden.
N_IN_COUNTY = {
    "01": 26, "03": 8, "04": 9, "05": 13, "06": 13, "07": 8, "08": 12, "09": 1, "10": 5, "12": 33, "13": 6,
    "14": 49, "17": 16, "18": 12, "19": 10, "20": 15, "21": 10, "22": 7, "23": 8, "24": 15, "25": 14,
}  # fmt: skip


def test_all_290_municipalities_lie_in_the_21_counties():
    assert len(MUNICIPALITIES) == 290
    assert len(set(MUNICIPALITIES.values())) == 290
    assert Counter(code[:2] for code in MUNICIPALITIES) == N_IN_COUNTY
    assert set(COUNTIES) == set(N_IN_COUNTY)


def test_counties_are_the_regions_that_search_knows():
    assert {county.code: county.nuts for county in COUNTIES.values()} == NUTS_OF_COUNTY


@pytest.mark.parametrize(
    ("code", "name", "nuts"),
    [
        ("2482", "Skellefteå", "SE331"),
        ("2581", "Piteå", "SE332"),
        ("0180", "Stockholm", "SE110"),
        ("1490", "Borås", "SE232"),
    ],
)
def test_municipality_is_known_by_code_and_name(code, name, nuts):
    assert place_name(code) == name
    assert nuts_of(code) == nuts
    assert find_municipality(name) == find_municipality(f"{name}  Kommun") == code


def test_every_municipality_is_found_by_its_name_with_and_without_kommun():
    for code, name in MUNICIPALITIES.items():
        genitive = name if name.endswith("s") else f"{name}s"
        for written in (name, f"{name} kommun", f"{genitive} kommun", name.upper()):
            assert find_municipality(written) == code


@pytest.mark.parametrize(
    ("raw", "code"),
    [("2482", "2482"), ("114", "0114"), ("9903", "9903"), ("Lavaträsk", "9903"), ("Göteborgs Stad", "1480")],
)
def test_municipality_is_read(raw, code):
    assert read_municipality(raw) == code


@pytest.mark.parametrize("raw", ["", "2400", "12345", "Oulu", "²²²²", "9906"])
def test_unknown_municipality_is_refused(raw):
    with pytest.raises(InvalidInput) as caught:
        read_municipality(raw)
    assert caught.value.field == "municipality"


def test_sample_municipalities_belong_to_no_county():
    assert [county_of(code) for code in SAMPLE_MUNICIPALITIES] == [None] * 5


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("SE331", "SE331"), ("se33", "SE33"), ("SE", "SE"), ("2482", "2482"), ("Norrbottens län", "SE332"),
        ("Norrbotten", "SE332"), ("Uppsala län", "SE121"), ("Region Uppsala", "SE121"), ("Uppsala", "0380"),
        ("Hela landet", "SE"), ("GR", "EL"), ("FI1D7", "FI1D7"), ("FI20", "FI20"), ("DK041", "DK041"),
        ("NO07", "NO07"),
        ("DE212", "DE212"), ("Suomi", "FI"),
    ],
)  # fmt: skip
def test_region_is_read_by_code_and_name(raw, code):
    assert read_region(raw) == code


@pytest.mark.parametrize("raw", ["", "SE4", "SE999", "XX", "DK0A", "NOAB", "FI9", "Norra", "1A", "SE3311"])
def test_unknown_region_is_refused(raw):
    with pytest.raises(InvalidInput) as caught:
        read_region(raw)
    assert caught.value.field == "regions"
