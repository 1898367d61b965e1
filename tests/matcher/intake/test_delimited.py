import codecs
import random

import pytest

from matcher.errors import FileTooLarge, UnreadableFile
from matcher.intake import Format, Limits, Options, Shape, digest_file, read_rows, sniff
from matcher.types import EntryKind

NEED = Options(kind=EntryKind.NEED)
TEXT = "Gångvägen är hal när snön töar, säger Åsa"
TABLE = f"id;Rubrik;Beskrivning;Kommun\n1;Halka;{TEXT};Piteå\n2;;Växeln svarar inte.;\n"


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "cp850", "mac-roman", "utf-32"],
)
def test_letters_survive_every_usual_encoding(folder, encoding):
    first, second = folder.drafts(TABLE.encode(encoding))
    assert (first.source_id, first.title, first.text, first.organisation) == ("1", "Halka", TEXT, "Piteå")
    assert second.text == "Växeln svarar inte."


def test_utf_16_with_its_mark_in_either_order(folder):
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        assert folder.drafts(mark + TABLE.encode(encoding))[0].text == TEXT


def test_letters_far_down_in_a_file_tell_its_encoding(folder):
    plain = "".join(f"{number};Ljuset ar trasigt vid huset\n" for number in range(40_000))
    content = ("id;text\n" + plain + "last;Gångvägen är hal\n").encode("cp1252")
    assert folder.drafts(content)[-1].text == "Gångvägen är hal"


def test_a_letter_that_the_look_at_the_file_cuts_does_not_spoil_the_encoding(folder):
    for shift in range(3):
        filler = "x" * ((1 << 20) - 20 - shift)
        content = f"id;text\n1;{filler}åäö åäö\n"
        rows = folder.rows(content, limits=Limits(max_field_chars=2_000_000))
        assert rows[0].draft.text.endswith("åäö åäö")


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_every_usual_delimiter_is_found(folder, delimiter):
    content = f"id;title;text\n1;Halka;{TEXT.replace(',', ' -')}\n".replace(";", delimiter)
    form = sniff(folder.write(content), NEED)
    assert (form.format, form.shape, form.delimiter) == (Format.CSV, Shape.ROWS, delimiter)
    assert folder.draft(content).title == "Halka"


def test_commas_in_texts_do_not_hide_the_semicolon(folder):
    content = "id;text\n1;is, snö, halka, regn\n2;mörkt, kallt, sent, långt\n"
    assert [draft.text for draft in folder.drafts(content)] == [
        "is, snö, halka, regn",
        "mörkt, kallt, sent, långt",
    ]


def test_the_hint_for_spreadsheet_programs_is_obeyed_and_left_out(folder):
    assert folder.draft("sep=|\nid|text\n1|Halt; mycket halt\n").text == "Halt; mycket halt"


def test_a_file_of_one_column_is_a_table_too(folder):
    drafts = folder.drafts("text\nDet är halt, mörkt; och kallt\nVäxeln svarar inte\n")
    assert [draft.text for draft in drafts] == ["Det är halt, mörkt; och kallt", "Växeln svarar inte"]


def test_quoted_cells_hold_line_breaks_delimiters_and_quotation_marks(folder):
    content = 'id;text\r\n1;"Rad ett;\r\nrad ""två"";\r\n\r\nrad tre"\r\n2;Nästa\r\n'
    first, second = folder.rows(content)
    assert first.draft.text == 'Rad ett;\r\nrad "två";\r\n\r\nrad tre'
    assert (first.number, second.number) == (2, 3)
    assert second.draft.text == "Nästa"


def test_line_ends_of_every_system_are_line_ends(folder):
    for end in ("\n", "\r\n", "\r"):
        assert len(folder.drafts("id;text\n1;Halt\n2;Mörkt\n".replace("\n", end))) == 2


def test_the_last_line_needs_no_end(folder):
    assert len(folder.drafts("id;text\n1;Halt\n2;Mörkt")) == 2


def test_rows_without_content_are_passed_over_and_keep_the_numbers_right(folder):
    rows = folder.rows("id;text\n1;Halt\n;;\n\n   ;\n2;Mörkt\n")
    assert [row.number for row in rows if row.draft] == [2, 6]


def test_a_ragged_row_is_told_and_the_others_come_in(folder):
    rows = folder.rows("id;title;text\n1;Halka;Det är halt\n2;Bara två\n3;Hål;Fullt; av hål\n4;Ok;Bra\n")
    assert [row.draft.source_id for row in rows if row.draft] == ["1", "4"]
    short, long = (fault for row in rows for fault in row.faults)
    assert (short.row, short.message) == (3, "The row has 2 cells, the header has 3.")
    assert (long.row, long.message) == (4, "The row has 4 cells, the header has 3.")
    assert "quotation marks" in long.remedy


def test_empty_cells_at_the_end_of_a_row_are_no_fault(folder):
    assert folder.draft("id;text\n1;Halt;;;\n").text == "Halt"


def test_a_quotation_mark_that_is_never_closed_costs_one_row(folder):
    lines = "".join(f"{number};Rad nummer {number}\n" for number in range(3, 1003))
    rows = folder.rows(f'id;text\n1;Halt\n2;"Öppnas och stängs aldrig\n{lines}')
    assert sum(row.draft is not None for row in rows) == 1001
    (fault,) = (fault for row in rows for fault in row.faults)
    assert fault.row == 3
    assert "quotation mark" in fault.message


def test_a_quotation_mark_that_is_not_doubled_costs_one_row(folder):
    rows = folder.rows('id;text\n1;"Han sa "hej" igår"\n2;Mörkt\n')
    assert [row.draft.source_id for row in rows if row.draft] == ["2"]
    assert rows[0].faults[0].row == 2


def test_ten_megabytes_in_one_cell_cost_one_row(folder):
    for cell in ("x" * 10_000_000, '"' + "rad på rad\n" * 1_000_000 + '"'):
        rows = folder.rows(f"id;text\n1;Halt\n2;{cell}\n3;Mörkt\n")
        assert [row.draft.source_id for row in rows if row.draft] == ["1", "3"]
        (fault,) = (fault for row in rows for fault in row.faults)
        assert (fault.row, fault.field) == (3, "text")
        assert "long" in fault.message
        assert len(fault.message + fault.remedy) < 300


def test_a_line_longer_than_memory_should_hold_costs_one_row(folder):
    rows = folder.rows(f"id;text\n1;Halt\n2;{'y' * 17_000_000}\n3;Mörkt\n")
    assert [row.draft.source_id for row in rows if row.draft] == ["1", "3"]


def test_zero_bytes_are_told_and_the_other_rows_come_in(folder):
    rows = folder.rows(b"id;text\n1;Halt\n2;M\x00rkt\n3;Kallt h\xc3\xa4r ute\n")
    assert [row.draft.source_id for row in rows if row.draft] == ["1", "3"]
    (fault,) = (fault for row in rows for fault in row.faults)
    assert (fault.row, fault.field) == (3, "text")
    assert "no text" in fault.message


def test_a_byte_that_is_no_text_costs_one_row(folder):
    good = "".join(f"{number};Det är halt på gångvägen\n" for number in range(2, 60))
    rows = folder.rows(b"id;text\n" + b"1;tr\xe4\n" + good.encode())
    assert [fault.row for row in rows for fault in row.faults] == [2]
    assert sum(row.draft is not None for row in rows) == 58


def test_a_header_below_a_title_is_found(folder):
    content = "Behov från förvaltningarna 2026\n\nid;Rubrik;Beskrivning\n1;Halka;Det är halt\n"
    assert sniff(folder.write(content), NEED).header_row == 3
    (row,) = folder.rows(content)
    assert (row.number, row.draft.title) == (4, "Halka")


def refused(folder, content, name="behov.csv", options=NEED):
    with pytest.raises(UnreadableFile) as caught:
        list(read_rows(folder.write(content, name), options))
    assert caught.value.field == "file"
    assert name in str(caught.value)
    assert caught.value.remedy
    return caught.value


def test_a_file_without_a_header_is_refused(folder):
    error = refused(folder, "1;Det är halt på gångvägen\n2;Växeln svarar inte\n")
    assert "no row names the columns" in error.why
    assert "row of names" in error.remedy


def test_a_file_in_which_no_column_is_the_text_is_refused_with_a_guess(folder):
    error = refused(folder, "id;Beskrivnign;Kommun\n1;Det är halt;Piteå\n")
    assert "hold the text" in error.why
    assert 'Did you mean "beskrivning" in column 2?' in error.remedy


def test_nobody_guesses_what_kind_the_rows_are_of(folder):
    error = refused(folder, "id;text\n1;Det är halt\n", "lista.csv", Options())
    assert "needs, ideas or offerings" in error.why


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"%PDF-1.7 ...", "a PDF file"),
        (b"\x89PNG\r\n", "a picture"),
        (b"\x1f\x8b\x08", "compressed"),
        (b"SQLite format 3\x00", "a database"),
        (b"<!DOCTYPE html><html><table>", "a web page"),
        (random.Random(7).randbytes(5000), "no text file"),
    ],
)
def test_what_is_no_table_is_refused(folder, content, why):
    assert why in refused(folder, content).why


def test_a_missing_file_and_a_folder_are_told(tmp_path):
    for path, why in ((tmp_path / "none.csv", "does not exist"), (tmp_path, "is a folder")):
        for look in (sniff, lambda path: list(read_rows(path)), digest_file):
            with pytest.raises(UnreadableFile) as caught:
                look(path)
            assert caught.value.remedy
        with pytest.raises(UnreadableFile, match=why):
            sniff(path)


def test_a_file_that_is_too_large_is_told_before_it_is_read(folder):
    options = Options(kind=EntryKind.NEED, limits=Limits(max_file_bytes=1000))
    with pytest.raises(FileTooLarge, match="larger than"):
        sniff(folder.write(TABLE * 100), options)


def test_people_are_told_the_name_that_they_know(folder):
    with pytest.raises(UnreadableFile, match=r"våra behov\.csv"):
        sniff(folder.write("", "upload-17"), Options(name="våra behov.csv"))


def test_the_digest_is_that_of_the_bytes(folder):
    import hashlib

    assert digest_file(folder.write(TABLE)) == hashlib.sha256(TABLE.encode()).hexdigest()


def test_progress_ends_with_every_byte(folder):
    content = "id;text\n" + "".join(f"{number};Det är halt\n" for number in range(1000))
    file, seen = folder.write(content), []
    assert (
        len(list(read_rows(file, NEED, progress=lambda rows, n_bytes: seen.append((rows, n_bytes))))) == 1000
    )
    assert seen == sorted(seen)
    assert len(seen) > 3
    assert seen[-1] == (1000, file.stat().st_size)


def test_reading_twice_gives_the_same(folder):
    assert folder.rows(TABLE) == folder.rows(TABLE)
