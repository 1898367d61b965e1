import json

import pytest

from matcher.errors import UnreadableFile
from matcher.intake import ColumnMapping, Format, Limits, Options, Shape, read_rows, sniff
from matcher.types import EntryKind

NEED = Options(kind=EntryKind.NEED)
FIRST = {"id": 1, "rubrik": "Halka", "text": "Det är halt", "taggar": ["vinter", "väg"], "värde": 250000.0}


def lines(*records):
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in records)


def test_objects_one_a_line_are_drafts(folder):
    content = lines(FIRST, {"id": "2", "text": "Mörkt", "okänt": None})
    first, second = folder.drafts(content, "behov.jsonl")
    assert (first.source_id, first.title, first.text) == ("1", "Halka", "Det är halt")
    assert first.tags == ("vinter", "väg")
    assert first.estimated_value == 250_000
    assert second.text == "Mörkt"
    form = sniff(folder.write(content, "behov.jsonl"), NEED)
    assert (form.format, form.shape) == (Format.JSON_LINES, Shape.ROWS)
    assert [warning.field for warning in form.warnings] == ["okänt"]


def test_broken_lines_are_told_and_the_others_come_in(folder):
    content = (
        lines(FIRST) + '{"id": 2, "text": "Mörkt\n\n[1, 2]\n"text"\n' + lines({"id": 5, "text": "Kallt"})
    )
    rows = folder.rows(content, "behov.jsonl")
    assert [row.draft.source_id for row in rows if row.draft] == ["1", "5"]
    faults = [fault for row in rows for fault in row.faults]
    assert [(fault.row, fault.message) for fault in faults] == [
        (2, "This is no valid JSON."),
        (4, "This is no JSON object."),
        (5, "This is no JSON object."),
    ]
    assert all("one object a line" in fault.remedy for fault in faults)
    assert rows[-1].number == 6


def test_a_broken_first_line_costs_that_line_alone(folder):
    rows = folder.rows('{"id": 1, "text": Halt}\n' + lines({"id": 2, "text": "Mörkt"}), "behov.jsonl")
    assert [row.draft.source_id for row in rows if row.draft] == ["2"]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("name", ["", "behov", "releases"])
def test_a_list_of_objects_is_read_wherever_it_stands(folder, name, indent):
    rows = [FIRST, {"id": 2, "text": "Mörkt"}]
    content = json.dumps({name: rows} if name else rows, indent=indent)
    assert [draft.source_id for draft in folder.drafts(content, "behov.json")] == ["1", "2"]
    assert sniff(folder.write(content, "behov.json"), NEED).format is Format.JSON


def test_a_document_that_breaks_off_gives_what_stands_before(folder):
    content = json.dumps([{"id": n, "text": f"Rad {n}"} for n in range(50)], indent=1)
    rows = folder.rows(content[: len(content) // 2], "behov.json")
    assert 20 < sum(row.draft is not None for row in rows) < 30
    (fault,) = (fault for row in rows for fault in row.faults)
    assert "broken from here on" in fault.message
    assert rows[-1].faults == (fault,)


def test_each_object_may_have_fields_of_its_own(folder):
    content = lines(
        {"id": 1, "text": "Halt"}, {"description": "Dark", "ID": 2}, {"id": 3, "beskrivning": "Kallt"}
    )
    assert [draft.text for draft in folder.drafts(content, "behov.jsonl")] == ["Halt", "Dark", "Kallt"]


def test_fields_can_be_mapped(folder):
    mapping = ColumnMapping(columns={"fritext1": "text", "nyckel": "id"})
    draft = folder.draft(lines({"nyckel": 7, "fritext1": "Halt"}), "behov.jsonl", mapping=mapping)
    assert (draft.source_id, draft.text) == ("7", "Halt")


def test_an_object_in_place_of_a_text_is_told(folder):
    fault = folder.fault(lines({"id": 1, "text": {"sv": "Halt"}}), "behov.jsonl")
    assert (fault.row, fault.field) == (1, "text")
    assert "object" in fault.message


def test_zero_characters_and_lone_surrogates_are_told(folder):
    rows = folder.rows('{"id": 1, "text": "a\\u0000b"}\n{"id": 2, "text": "ok"}\n', "behov.jsonl")
    assert rows[0].faults[0].field == "text"
    assert rows[1].draft.text == "ok"


def test_ten_megabytes_in_one_field_cost_one_row(folder):
    content = lines({"id": 1, "text": "x" * 10_000_000}, {"id": 2, "text": "Mörkt"})
    rows = folder.rows(content, "behov.jsonl")
    assert "long" in rows[0].faults[0].message
    assert rows[1].draft.source_id == "2"


def test_a_line_longer_than_memory_should_hold_costs_one_row(folder):
    content = lines({"id": 1, "text": "ok"}, {"id": 2, "text": "y" * 16_100_000}, {"id": 3, "text": "ok"})
    rows = folder.rows(content, "behov.jsonl", limits=Limits(max_field_chars=50_000_000))
    assert [row.draft.source_id for row in rows if row.draft] == ["1", "3"]
    assert "longer than" in rows[1].faults[0].message


@pytest.mark.parametrize("content", ["[" * 200_000, '{"a":' * 100_000, "[" * 50_000 + "{}"])
def test_brackets_without_end_fill_no_memory(folder, content):
    with pytest.raises(UnreadableFile) as caught:
        folder.rows(content, "behov.json")
    assert caught.value.remedy


def test_an_object_that_is_nested_without_end_costs_what_follows_it(folder):
    content = f'[{{"id": 1, "text": "ok"}},\n {{"id": 2, "text": {"[" * 200_000}'
    first, second = folder.rows(content, "behov.json")
    assert first.draft.source_id == "1"
    assert "broken from here on" in second.faults[0].message
    content = lines({"id": 1, "text": "ok"}) + "[" * 200_000 + "\n" + lines({"id": 3, "text": "ok"})
    assert [row.draft is not None for row in folder.rows(content, "behov.jsonl")] == [True, False, True]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{}", "no field is known"),
        ("[]", "no list of records|no records|no valid"),
        ('{"a": [1, 2]}', "no records"),
        ("{not json at all", "no valid JSON|no records"),
        ('[{"id": 1, "beskriv": "Halt"}]', "no field is known to hold the text"),
    ],
)
def test_json_without_entries_is_refused(folder, content, why):
    with pytest.raises(UnreadableFile, match=why) as caught:
        list(read_rows(folder.write(content, "behov.json"), NEED))
    assert caught.value.remedy


def test_a_mark_at_the_beginning_is_no_part_of_the_first_object(folder):
    assert folder.draft("\ufeff" + lines(FIRST), "behov.jsonl").source_id == "1"
    assert folder.draft(lines(FIRST).encode("utf-16"), "behov.jsonl").text == "Det är halt"
