from datetime import date
from decimal import Decimal
from itertools import product

import numpy as np
import pytest

from matcher.procurement import distance_km
from matcher.recipe import NEED_TO_OFFERING
from matcher.retrieval import Circumstances
from matcher.retrieval.circumstances import CPV_APART
from matcher.retrieval.facets import Facets
from matcher.types import Entry, EntryKind, TimeWindow

CIRCUMSTANCES = Circumstances(distance_km)


def entry(**fields):
    return Entry(**{"id": "x", "kind": EntryKind.OFFERING, "text": "text", **fields})


ENTRIES = [
    entry(),
    entry(municipality="2482", cpv=("90620000-9",)),
    entry(municipality="9902", regions=("SE331",), cpv=("90911000",)),
    entry(regions=("FI1D7", "SE33"), window=TimeWindow(ends_on=date(2026, 5, 1))),
    entry(municipality="9901", estimated_value=Decimal(50_000), currency="SEK"),
    entry(
        municipality="1480", estimated_value=Decimal(900_000), currency="SEK", cpv=("45000000", "90600000")
    ),
    entry(municipality="2581", window=TimeWindow(starts_on=date(2027, 1, 1))),
    entry(estimated_value=Decimal(900_000), currency="EUR"),
    entry(estimated_value=Decimal(0), currency="SEK"),
]


def test_rows_and_pairs_agree():
    rows = Facets()
    for each in ENTRIES:
        rows.add(each)
    weights = NEED_TO_OFFERING
    for query in ENTRIES:
        bonus = CIRCUMSTANCES.bonus(query, rows, weights=weights)
        expected = [
            weights.cpv * a.cpv + weights.region * a.region + weights.time * a.time + weights.value * a.value
            for a in (CIRCUMSTANCES.agreement(query, target) for target in ENTRIES)
        ]
        found = np.zeros(len(ENTRIES)) if bonus is None else bonus
        assert found == pytest.approx(expected, abs=1e-5), query


def test_what_is_not_known_says_nothing():
    for query, target in product(ENTRIES, [entry()]):
        agreement = CIRCUMSTANCES.agreement(query, target)
        assert (agreement.cpv, agreement.region, agreement.time, agreement.value) == (0, 0, 0, 0)
    assert CIRCUMSTANCES.bonus(entry(), Facets(), weights=NEED_TO_OFFERING) is None


@pytest.mark.parametrize(
    ("ours", "theirs", "digits", "at_least"),
    [("90620000", "90620000-9", 4, 0.8), ("90620000", "90630000", 3, 0.6), ("90620000", "90911000", 2, 0.4)],
)
def test_codes_agree_by_the_digits_they_share(ours, theirs, digits, at_least):
    agreement = CIRCUMSTANCES.agreement(entry(cpv=(ours,)), entry(cpv=("45000000", theirs)))
    assert (len(agreement.cpv_code), agreement.cpv) == (digits, at_least)


def test_codes_of_different_divisions_speak_against():
    agreement = CIRCUMSTANCES.agreement(entry(cpv=("90620000",)), entry(cpv=("45000000",)))
    assert (agreement.cpv, agreement.cpv_code) == (CPV_APART, "")


def test_nearness_falls_with_the_distance():
    skelleftea = entry(municipality="2482")
    near, far = (CIRCUMSTANCES.agreement(skelleftea, entry(municipality=m)) for m in ("2581", "1480"))
    served = CIRCUMSTANCES.agreement(skelleftea, entry(municipality="1480", regions=("SE33",)))
    assert -1 <= far.region < -0.9 < near.region < served.region == 1
    assert near.km == pytest.approx(68, abs=5)
    assert served.places == ("SE331/2482",)
    assert served.km is None


def test_without_distances_other_places_are_elsewhere():
    agreement = Circumstances().agreement(entry(municipality="2482"), entry(municipality="2581"))
    assert (agreement.region, agreement.km) == (-1, None)


def test_values_are_compared_in_one_currency_alone():
    million = entry(estimated_value=Decimal(1_000_000), currency="SEK")
    for value, expected in ((1_000_000, 1), (10_000_000, 0), (100_000_000, -1), (10**11, -1)):
        other = entry(estimated_value=Decimal(value), currency="SEK")
        assert CIRCUMSTANCES.agreement(million, other).value == pytest.approx(expected)
    euros = entry(estimated_value=Decimal(1_000_000), currency="EUR")
    assert CIRCUMSTANCES.agreement(million, euros).value == 0
