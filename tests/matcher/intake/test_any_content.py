"""Whatever a file holds: a good table comes back whole, and nothing else than an error of ours is raised."""

import csv
import io
import json
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.errors import InvalidInput, UnreadableFile
from matcher.intake import Options, read_rows
from matcher.intake.amounts import read_amount
from matcher.intake.dates import read_moment, read_period
from matcher.intake.delimited import Records
from matcher.types import EntryKind

OFTEN = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
LETTERS = st.characters(codec="utf-8", exclude_characters="\x00\r\x85\u2028\u2029\x1c\x1d\x1e\x0b\x0c\x1f")
CELLS = st.text(LETTERS, max_size=20)
TABLES = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=8)
)


@OFTEN
@given(TABLES, st.sampled_from(";,\t|"))
def test_a_table_that_was_written_right_is_read_back_whole(table, delimiter):
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(table)
    lines = stream.getvalue().splitlines(keepends=True)
    assert [list(record.cells) for record in Records(lines, delimiter)] == table


@OFTEN
@given(st.lists(st.text(LETTERS, min_size=1, max_size=40).filter(str.strip), min_size=1, max_size=6))
def test_texts_come_through_json_lines_unchanged(tmp_path, texts):
    path = tmp_path / "behov.jsonl"
    path.write_text("".join(json.dumps({"id": n, "text": text}) + "\n" for n, text in enumerate(texts)))
    rows = list(read_rows(path, Options(kind=EntryKind.NEED)))
    assert [row.draft.text for row in rows] == [text.strip() for text in texts]


MARKS = [b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"PK\x03\x04", b"\xe5\xe4\xf6", b"<html>", b"sep=;\n"]
SIGNS = [b'"', b";", b"\n", b"\r", b"{", b"}", b"[", b'"text":', b"id;text\n", b"1;Halt\n", b"1 2 3"]
PIECES = st.lists(st.sampled_from([*MARKS, *SIGNS]) | st.binary(max_size=12), max_size=25)


@OFTEN
@given(PIECES, st.sampled_from(["behov.csv", "behov.xlsx", "behov.json"]))
def test_any_bytes_are_rows_or_faults_or_a_clear_refusal(tmp_path, pieces, name):
    path = tmp_path / name
    path.write_bytes(b"".join(pieces))
    try:
        rows = list(read_rows(path, Options(kind=EntryKind.NEED)))
    except UnreadableFile as error:
        assert error.why
        assert error.remedy
        return
    for row in rows:
        assert (row.draft is None) == bool(row.faults)
        assert all(fault.message and fault.remedy for fault in row.faults)


@OFTEN
@given(st.text(st.sampled_from("0123456789 .,kmrsnEUR€-+xX:/'tQ"), max_size=15))
@pytest.mark.parametrize("reader", [read_amount, read_period, read_moment])
def test_any_cell_is_a_value_or_told_with_a_remedy(reader, raw):
    try:
        reader(raw)
    except InvalidInput as error:
        assert error.remedy
        assert raw.strip() == "" or len(raw) < 4 or raw not in str(error)


@OFTEN
@given(st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False))
def test_amounts_are_the_same_in_swedish_and_english_forms(amount):
    english, swedish = f"{amount:,.2f}", f"{amount:,.2f}".replace(",", " ").replace(".", ",")
    assert read_amount(english).value == read_amount(swedish).value == amount
    assert read_amount(f"{swedish} kr").currency == "kr"


@OFTEN
@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2199, 12, 31)))
def test_a_day_is_the_same_in_every_form(day):
    forms = [day.isoformat(), f"{day.day}.{day.month}.{day.year}", f"{day.day}/{day.month}/{day.year}"]
    assert {read_period(form) for form in forms} == {(day, day)}
