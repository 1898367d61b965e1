import pytest

from matcher.errors import InvalidInput, UnreadableFile
from matcher.procurement import DIVISIONS, CodeBook, CpvTable, cpv_level, read_cpv

LIST = (
    "code\tsv\ten\n"
    "90000000\tAvlopp, avfall och miljö\tSewage, refuse and environment\n"
    "90600000-3\tRenhållning\t\n"
    "90620000\tSnöröjning\tSnow clearing\n"
)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "cpv.tsv"
    path.write_text(LIST, encoding="utf-8")
    return CpvTable.load(path)


@pytest.mark.parametrize("raw", ["90620000", "90620000-9", " 90620000-1 "])
def test_code_is_read_with_and_without_check_digit(raw):
    assert read_cpv(raw) == "90620000"


def test_leading_zero_that_a_spreadsheet_dropped_is_put_back():
    assert read_cpv("3000000") == "03000000"


@pytest.mark.parametrize(
    "raw", ["", "8062000", "906200000", "90620000-", "9062OOOO", "01000000", "99000000", "90-620000"]
)
def test_what_has_no_form_or_division_is_refused_with_a_remedy(raw):
    with pytest.raises(InvalidInput) as caught:
        read_cpv(raw)
    assert caught.value.field == "cpv"
    assert "90620000" in caught.value.remedy


def test_there_are_45_divisions():
    assert len(DIVISIONS) == 45


def test_code_that_is_not_in_the_list_is_named_with_the_nearest_above_it(table):
    with pytest.raises(InvalidInput, match="90621000") as caught:
        table.read("90621000")
    assert "90620000" in caught.value.remedy
    assert table.read("90620000-9") == "90620000"


def test_levels_that_are_missing_are_passed_over_on_the_way_up(table):
    assert list(table.ancestors("90621500")) == ["90620000", "90600000", "90000000"]
    assert list(table.ancestors("90000000")) == []
    assert table.nearest("45210000") is None


@pytest.mark.parametrize(
    ("code", "level"), [("90000000", 2), ("90600000", 3), ("90620000", 4), ("45233161", 8), ("30000000", 2)]
)
def test_level_is_the_number_of_digits_that_tell_something(code, level):
    assert cpv_level(code) == level


def test_label_falls_back_to_english_then_to_any(table):
    assert table.label("90620000", "sv") == "Snöröjning"
    assert table.label("90620000", "fi") == "Snow clearing"
    assert table.label("90600000", "en") == "Renhållning"
    assert table.label("11111111", "sv") is None


@pytest.mark.parametrize(
    "content", ["", "kod\tsv\n90620000\tx\n", "code\tsv\n", "code\tsv\nabc\tx\n", "code\tsv\n3000000\tx\n"]
)
def test_file_that_is_no_list_is_refused(tmp_path, content):
    path = tmp_path / "cpv.tsv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UnreadableFile) as caught:
        CpvTable.load(path)
    assert "MATCHER_CPV_FILE" in caught.value.remedy


def test_list_that_is_missing_or_no_text_is_refused(tmp_path):
    (tmp_path / "b.tsv").write_bytes(b"code\tsv\n\xff\xfe")
    for name in ("a.tsv", "b.tsv"):
        with pytest.raises(UnreadableFile):
            CodeBook.load(tmp_path / name)


def test_code_book_without_list_takes_any_code_of_a_division(table):
    assert CodeBook().cpv("90621000") == "90621000"
    with pytest.raises(InvalidInput):
        CodeBook(table).cpv("90621000")
