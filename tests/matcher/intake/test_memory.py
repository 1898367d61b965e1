import tracemalloc
from itertools import islice

import pytest

from matcher.intake import Options, read_rows
from matcher.types import EntryKind

N_ROWS = 200_000
MIB = 1 << 20
OPTIONS = Options(kind=EntryKind.NEED)


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    path = tmp_path_factory.mktemp("large") / "behov.csv"
    text = "Det är halt på gångvägen vid skolan när snön töar och fryser igen, säger de som går där"
    with path.open("w", encoding="utf-8") as stream:
        stream.write("id;text\n")
        stream.writelines(f"{number};{text} {number}\n" for number in range(N_ROWS))
    assert path.stat().st_size > 18 * MIB
    return path


def peak_of(work):
    tracemalloc.start()
    try:
        done = work()
        return done, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_rows_of_a_large_file_are_let_go_one_by_one(large):
    rows = read_rows(large, OPTIONS)
    next(rows)
    n_read, peak = peak_of(lambda: sum(row.draft is not None for row in islice(rows, 10_000)))
    assert n_read == 10_000
    assert peak < 2 * MIB
    rows.close()


def test_the_first_row_of_a_large_file_comes_without_reading_the_rest(large):
    rows = read_rows(large, OPTIONS)
    first, peak = peak_of(lambda: next(rows))
    assert first.number == 2
    assert peak < 10 * MIB
    rows.close()
