import json

import pytest

from matcher.errors import InvalidInput, UnreadableFile
from matcher.intake import FIELDS, IGNORE, ColumnMapping, Options, sniff
from matcher.types import EntryKind, EntryStatus

NEED = Options(kind=EntryKind.NEED)


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        ("Nr;Rubrik;Beskrivning;Kommun", ["id", "title", "text", "organisation"]),
        ("ID;Title;Description;Organisation", ["id", "title", "text", "organisation"]),
        ("Tunnus;Otsikko;Kuvaus;Kunta", ["id", "title", "text", "organisation"]),
        ("Saksnummer;Tittel;Beskrivelse;Kommune", ["id", "title", "text", "organisation"]),
        ("Diarienr.;BEHOV;beskrivning av behovet *", [None, "title", "text"]),
        ("Löpnummer;Fritext;Uppskattat värde (tkr);CPV-kod", ["id", "text", "estimated_value", "cpv"]),
        (
            "Behov;Organisationsnummer;Kommunkod;Län",
            ["text", "organisation_number", "municipality", "regions"],
        ),
        ("text;Från och med;Till och med;Språk", ["text", "starts_on", "ends_on", "language"]),
    ],
)
def test_columns_are_known_by_their_names_in_nordic_languages_and_english(folder, header, fields):
    form = sniff(folder.write(f"{header}\n{';'.join('x' for _ in fields)}\n"), NEED)
    assert [column.field for column in form.columns] == fields


def test_of_two_columns_for_one_field_the_better_name_is_taken(folder):
    form = sniff(folder.write("Problem;Beskrivning;id\na;b;1\n"), NEED)
    assert form.mapping == {"Beskrivning": "text", "id": "id"}


def test_an_unknown_column_is_told_with_what_may_be_meant_and_left_out(folder):
    form = sniff(folder.write("id;text;Komun;Xyzzy\n1;Halt;Piteå;?\n"), NEED)
    near, far = form.warnings
    assert near.field == "Komun"
    assert 'Did you mean "kommun"?' in near.message
    assert "mapping" in near.remedy
    assert far.field == "Xyzzy"
    assert "Did you mean" not in far.message
    assert (near.row, far.row) == (1, 1)


def test_of_two_columns_with_one_name_the_first_is_taken_and_the_other_told(folder):
    content = "id;text;text\n1;Halt;Mörkt\n"
    form = sniff(folder.write(content), NEED)
    assert [column.field for column in form.columns] == ["id", "text", None]
    assert [warning.field for warning in form.warnings] == ["text"]
    assert folder.draft(content).text == "Halt"


def test_a_file_without_ids_is_told_and_rows_are_known_by_what_they_say(folder):
    content = "text;kommun\nDet är halt;Piteå\nMörkt;Piteå\nDet är halt;Luleå\n"
    assert [warning.field for warning in sniff(folder.write(content), NEED).warnings] == ["id"]
    ids = [draft.source_id for draft in folder.drafts(content)]
    assert len(set(ids)) == 3
    assert ids == [draft.source_id for draft in folder.drafts(content)]


def test_what_looks_like_data_in_a_header_is_not_repeated(folder):
    header = "id;text;anna@example.org;En lång mening som någon skrev i fel rad av filen när det var sent"
    form = sniff(folder.write(f"{header}\n1;Halt;x;y\n"), NEED)
    assert [warning.field for warning in form.warnings] == ["column 3", "column 4"]


@pytest.mark.parametrize(
    ("name", "header", "kind"),
    [
        ("behov.csv", "id;text", EntryKind.NEED),
        ("behov och idéer.csv", "id;text", None),
        ("idéer 2026.csv", "id;text", EntryKind.IDEA),
        ("suppliers.csv", "id;description", EntryKind.OFFERING),
        ("lista.csv", "id;Beskrivning av idén", EntryKind.IDEA),
    ],
)
def test_names_tell_the_kind_of_all_rows_with_a_warning(folder, name, header, kind):
    file = folder.write(f"{header}\n1;Halt\n", name)
    if kind is None:
        with pytest.raises(UnreadableFile):
            sniff(file)
        return
    form = sniff(file)
    assert form.kind is kind
    assert any(warning.field == "kind" and kind.value in warning.message for warning in form.warnings)


def test_rows_may_say_their_own_kind(folder):
    content = "id;typ;text\n1;Behov;Halt\n2;idé;Sanda\n3;Erbjudande;Vi sandar\n4;offering;We grit\n"
    assert [draft.kind for draft in folder.drafts(content, kind=None)] == [
        EntryKind.NEED,
        EntryKind.IDEA,
        EntryKind.OFFERING,
        EntryKind.OFFERING,
    ]
    fault = folder.fault("id;typ;text\n1;kanske;Halt\n", kind=None)
    assert fault.field == "typ"
    assert "behov" in fault.remedy


def test_the_source_is_the_files_name_unless_told(folder):
    content = "id;text\n1;Halt\n"
    assert folder.draft(content, "behov 2026.csv").source == "behov 2026"
    assert folder.draft(content, source="medborgarförslag").source == "medborgarförslag"
    assert folder.draft("id;källa;text\n1;e-tjänst;Halt\n").source == "e-tjänst"


def test_a_mapping_goes_before_names_and_fills_what_is_missing(folder):
    content = "A;B;Rubrik;Hemligt\n7;Det är halt;Halka;x\n"
    mapping = ColumnMapping(
        columns={"A": "id", "b": "text", "Hemligt": IGNORE},
        defaults={"language": "svenska", "organisation": "Piteå kommun", "status": "utkast"},
    )
    draft = folder.draft(content, mapping=mapping)
    assert (draft.source_id, draft.title, draft.text) == ("7", "Halka", "Det är halt")
    assert (draft.language, draft.organisation, draft.status) == ("sv", "Piteå kommun", EntryStatus.DRAFT)
    warnings = sniff(folder.write(content), Options(kind=EntryKind.NEED, mapping=mapping)).warnings
    assert warnings == ()


def test_several_columns_can_fill_the_text(folder):
    mapping = ColumnMapping(columns={"Problem": "text", "Nytta": "text"})
    content = "id;Problem;Nytta\n1;Det är halt;Färre faller\n2;;Bara nytta\n"
    first, second = folder.drafts(content, mapping=mapping)
    assert first.text == "Det är halt\n\nFärre faller"
    assert second.text == "Bara nytta"


def test_a_mapping_that_names_a_column_in_vain_is_told(folder):
    mapping = ColumnMapping(columns={"Fritekst 2": "text", "text": "text"})
    warnings = sniff(
        folder.write("id;text\n1;Halt\n"), Options(kind=EntryKind.NEED, mapping=mapping)
    ).warnings
    assert [warning.field for warning in warnings] == ["Fritekst 2"]
    assert "no such column" in warnings[0].message


def test_a_mapping_tells_delimiter_and_encoding(folder):
    content = "id~text\n1~Det är halt; mörkt\n".encode("cp865")
    mapping = ColumnMapping(delimiter="~", encoding="cp865")
    assert folder.draft(content, mapping=mapping).text == "Det är halt; mörkt"


def test_a_saved_mapping_reads_the_same_again(folder, tmp_path):
    mapping = ColumnMapping(
        columns={"Fält Å": "text"},
        defaults={"kind": "behov"},
        sheet="Blad2",
        delimiter="\t",
        encoding="cp1252",
    )
    mapping.save(tmp_path / "mapping.json")
    assert ColumnMapping.load(tmp_path / "mapping.json") == mapping
    assert json.loads((tmp_path / "mapping.json").read_text("utf-8"))["columns"] == {"Fält Å": "text"}
    folder.write("\ufeff" + (tmp_path / "mapping.json").read_text("utf-8"), "notepad.json")
    assert ColumnMapping.load(tmp_path / "notepad.json") == mapping


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ([], "no mapping"),
        ({"column": {}}, "no mapping"),
        ({"columns": []}, "columns is no object"),
        ({"columns": {"A": 1}}, "columns is no object"),
        ({"columns": {"A": "texx"}}, "'texx' is not known"),
        ({"defaults": {"text": "x"}}, "'text' can have no default"),
        ({"sheet": 2}, "sheet is no text"),
        ({"delimiter": ";;"}, "not one character"),
        ({"delimiter": '"'}, "not one character"),
        ({"encoding": "zlib"}, "encoding is not known"),
    ],
)
def test_a_wrong_mapping_is_told_with_a_remedy(raw, words):
    with pytest.raises(InvalidInput, match=words) as caught:
        ColumnMapping.from_json(raw)
    assert caught.value.field == "mapping"
    assert caught.value.remedy


@pytest.mark.parametrize("content", [None, b"", b"{", b"\xff\xfe\x00", b"[" * 100_000])
def test_a_mapping_file_that_is_missing_or_broken_is_told(tmp_path, content):
    path = tmp_path / "mapping.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=r"mapping\.json"):
        ColumnMapping.load(path)


def test_a_mapping_that_cannot_be_saved_is_told(tmp_path):
    with pytest.raises(UnreadableFile, match="cannot be written"):
        ColumnMapping(columns={"A": "text"}).save(tmp_path / "none" / "mapping.json")


def test_every_field_of_a_mapping_can_be_filled_by_a_column(folder):
    for field in FIELDS:
        mapping = ColumnMapping(columns={"Our column": field})
        form = sniff(folder.write("text;Our column\nHalt;1\n"), Options(kind=EntryKind.NEED, mapping=mapping))
        assert form.mapping["Our column"] == field
