from datetime import date

import numpy as np
import pytest

from matcher.retrieval import Filters
from matcher.retrieval.facets import Facets, cpv_stem, place_path, places_of
from matcher.types import Entry, EntryKind, EntryStatus, TimeWindow


def entry(**fields):
    return Entry(**{"id": "x", "kind": EntryKind.OFFERING, "text": "text", **fields})


def facets(*entries):
    made = Facets()
    for each in entries:
        made.add(each)
    return made


@pytest.mark.parametrize(
    ("code", "path"), [("2482", "SE331/2482"), ("SE332", "SE332"), ("9901", "9901"), (" se33 ", "SE33")]
)
def test_place_begins_with_what_it_lies_in(code, path):
    assert place_path(code) == path


@pytest.mark.parametrize(
    ("code", "stem"),
    [("90620000-9", "9062"), ("90000000", "90"), ("30000000", "30"), ("03110000-5", "0311")],
)
def test_cpv_stem_leaves_out_check_digit_and_zeros(code, stem):
    assert cpv_stem(code) == stem


def test_entry_serves_its_regions_and_its_municipality_once():
    assert places_of(entry(municipality="2482", regions=("2482", "SE332"))) == ("SE331/2482", "SE332")


def test_place_filter_finds_what_lies_within_and_what_holds_it():
    rows = facets(
        entry(municipality="2482"),
        entry(regions=("SE331",)),
        entry(regions=("SE",)),
        entry(municipality="2581"),
        entry(),
    )
    assert rows.mask(Filters(places=("2482",))).tolist() == [True, True, True, False, False]
    assert rows.mask(Filters(places=("SE33",))).tolist() == [True, True, True, True, False]


def test_cpv_filter_takes_a_code_or_its_beginning():
    rows = facets(entry(cpv=("90620000-9",)), entry(cpv=("90911000", "45000000")), entry())
    assert rows.mask(Filters(cpv=("90000000",))).tolist() == [True, True, False]
    assert rows.mask(Filters(cpv=("9062", "45"))).tolist() == [True, True, False]


def test_window_filter_counts_open_ends_as_meeting_everything():
    rows = facets(
        entry(window=TimeWindow(starts_on=date(2026, 1, 1), ends_on=date(2026, 3, 1))),
        entry(window=TimeWindow(starts_on=date(2027, 1, 1))),
        entry(),
    )
    asked = Filters(window=TimeWindow(starts_on=date(2026, 2, 1), ends_on=date(2026, 12, 31)))
    assert rows.mask(asked).tolist() == [True, False, True]
    assert rows.has_window().tolist() == [True, True, False]


def test_filters_narrow_each_other_and_values_widen():
    rows = facets(
        entry(language="sv", organisation_id="a"),
        entry(language="fi", organisation_id="a"),
        entry(language="fi", organisation_id="b", status=EntryStatus.WITHDRAWN),
    )
    asked = Filters(languages=("fi", "sv"), organisations=("a",), statuses=(EntryStatus.PUBLISHED,))
    assert np.flatnonzero(rows.mask(asked)).tolist() == [0, 1]
