import datetime as dt
import io
import zipfile
from decimal import Decimal

import pytest
from openpyxl import Workbook
from openpyxl.styles import Font

from matcher.errors import FileTooLarge, UnreadableFile
from matcher.intake import ColumnMapping, Format, Limits, Options, read_rows, sniff
from matcher.types import EntryKind, TimeWindow

NEED = Options(kind=EntryKind.NEED)
HEADER = ["id", "Rubrik", "Beskrivning", "Värde (tkr)", "Startdatum", "Slutdatum", "CPV"]


def packed(*rows, change=None):
    book = Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    if change is not None:
        change(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def xlsx(folder, *rows, change=None, **options):
    return folder.drafts(packed(*rows, change=change), "behov.xlsx", **options)


def test_numbers_days_and_texts_come_in_as_they_are_meant(folder):
    start, end = dt.datetime(2026, 3, 1), dt.date(2026, 12, 31)
    first, second = xlsx(
        folder,
        HEADER,
        [1, "Halka", "Det är halt", 250, start, end, 90620000],
        ["2", None, "Rad ett\nrad två", 12.5, "mars 2026", None, None],
    )
    assert first.source_id == "1"
    assert first.estimated_value == Decimal(250_000)
    assert first.window == TimeWindow(starts_on=start.date(), ends_on=end)
    assert first.cpv == ("90620000",)
    assert second.text == "Rad ett\nrad två"
    assert second.estimated_value == Decimal(12_500)
    assert second.window == TimeWindow(starts_on=dt.date(2026, 3, 1))


def test_the_rows_have_the_numbers_that_the_program_shows(folder):
    rows = folder.rows(
        packed(["Behov 2026"], [], ["id", "text"], [1, "Halt"], [None, None], [2, None]), "behov.xlsx"
    )
    assert [row.number for row in rows] == [4, 6]
    assert rows[1].faults[0].row == 6


def test_a_title_over_merged_cells_and_formats_do_no_harm(folder):
    def change(book):
        sheet = book.active
        sheet.merge_cells("A1:C1")
        sheet.merge_cells("B3:B4")
        sheet["B3"].font = Font(bold=True)
        sheet["Z500"].font = Font(bold=True)

    rows = [
        ["Behov från skolan", None, None],
        ["id", "Rubrik", "text"],
        [1, "Halka", "Halt"],
        [2, None, "Mörkt"],
    ]
    assert [draft.title for draft in xlsx(folder, *rows, change=change)] == ["Halka", ""]


def test_what_a_formula_shows_is_read_and_none_is_run(folder):
    def change(book):
        book.active["B2"] = '="Det är " & "halt"'

    row = folder.rows(packed(["id", "text"], [1, "x"], [2, "Mörkt"], change=change), "behov.xlsx")
    assert [each.draft.source_id for each in row if each.draft] == ["2"]


def test_the_first_sheet_that_is_not_empty_is_read_or_the_one_that_is_told(folder):
    def change(book):
        book.create_sheet("Tom", 0)
        other = book.create_sheet("Blad2")
        other.append(["id", "text"])
        other.append([9, "Från andra bladet"])

    content = packed(["id", "text"], [1, "Halt"], change=change)
    assert folder.draft(content, "behov.xlsx").text == "Halt"
    mapping = ColumnMapping(sheet="Blad2")
    assert folder.draft(content, "behov.xlsx", mapping=mapping).text == "Från andra bladet"
    form = sniff(folder.write(content, "behov.xlsx"), NEED)
    assert (form.format, form.sheet) == (Format.SPREADSHEET, "Sheet")
    with pytest.raises(UnreadableFile, match="no sheet of that name") as caught:
        folder.rows(content, "behov.xlsx", mapping=ColumnMapping(sheet="Blad3"))
    assert "mapping" in caught.value.remedy


def test_a_spreadsheet_is_known_by_its_content_not_its_name(folder):
    assert folder.draft(packed(["id", "text"], [1, "Halt"]), "behov.csv").text == "Halt"


def test_truth_values_are_words_and_errors_are_empty_cells(folder):
    def change(book):
        book.active["B3"] = "#DIV/0!"

    content = packed(["id", "text", "taggar"], [1, "Halt", True], [2, "x", None], change=change)
    first, second = folder.rows(content, "behov.xlsx")
    assert first.draft.tags == ("true",)
    assert [(fault.row, fault.field) for fault in second.faults] == [(3, "text")]


def refused(folder, content, limits=None):
    options = Options(kind=EntryKind.NEED, limits=limits or Limits())
    with pytest.raises(UnreadableFile) as caught:
        list(read_rows(folder.write(content, "behov.xlsx"), options))
    assert caught.value.remedy
    return caught.value


def repacked(content, name, data):
    """The same workbook with one part replaced or added."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.infolist():
            if part.filename != name:
                new.writestr(part.filename, old.read(part))
        new.writestr(name, data)
    return stream.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
START = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
END = b"</sheetData></worksheet>"


def test_a_bomb_is_refused_before_it_goes_off(folder):
    bomb = repacked(packed(["id", "text"]), SHEET, START + b" " * 30_000_000 + END)
    assert len(bomb) < 100_000
    error = refused(folder, bomb, Limits(max_unpacked_bytes=20_000_000))
    assert isinstance(error, FileTooLarge)
    assert "unpacks to more than 20 MB" in error.why


def test_a_bomb_that_lies_about_its_size_is_refused(folder):
    bomb = bytearray(repacked(packed(["id", "text"]), SHEET, START + b" " * 30_000_000 + END))
    size = len(START + b" " * 30_000_000 + END).to_bytes(4, "little")
    while (at := bomb.find(size)) >= 0:
        bomb[at : at + 4] = (1000).to_bytes(4, "little")
    refused(folder, bytes(bomb), Limits(max_unpacked_bytes=20_000_000))


def test_a_sheet_that_spans_the_whole_grid_is_refused(folder):
    cell = b'<row r="1048576"><c r="XFD1048576" t="n"><v>1</v></c></row>'
    error = refused(folder, repacked(packed(["id", "text"]), SHEET, START + cell + END))
    assert "spans more than" in error.why


def test_one_long_text_that_every_cell_shares_is_refused(folder):
    strings = (
        b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>' + b"x" * 100_000
    )
    rows = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(1, 2001))
    content = repacked(packed(["id", "text"]), SHEET, START + rows + END)
    content = repacked(content, "xl/sharedStrings.xml", strings + b"</t></si></sst>")
    error = refused(folder, content, Limits(max_unpacked_bytes=10_000_000))
    assert "too much text" in error.why


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"PK\x03\x04 and then nothing", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 1000, "damaged or protected"),
    ],
)
def test_a_broken_workbook_is_refused(folder, content, why):
    assert why in refused(folder, content).why


def test_half_a_workbook_is_refused(folder):
    whole = packed(["id", "text"], *([number, "Det är halt"] for number in range(200)))
    assert "damaged" in refused(folder, whole[: len(whole) // 2]).why


def test_a_packed_file_that_is_no_workbook_is_refused(folder):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("behov.csv", "id;text\n1;Halt\n")
    error = refused(folder, stream.getvalue())
    assert "no spreadsheet" in error.why
    assert "Unpack" in error.remedy


def test_an_empty_workbook_is_refused(folder):
    assert "empty" in refused(folder, packed()).why


def test_a_sheet_without_known_columns_is_refused(folder):
    assert "names the columns" in refused(folder, packed(["a1", "b2", "c3"], [1, 2, 3])).why


def test_progress_ends_with_every_byte(folder):
    file = folder.write(packed(["id", "text"], *([n, "Halt"] for n in range(1, 451))), "behov.xlsx")
    seen = []
    list(read_rows(file, NEED, progress=lambda rows, n_bytes: seen.append((rows, n_bytes))))
    assert seen[-1] == (450, file.stat().st_size)
    assert seen == sorted(seen)
