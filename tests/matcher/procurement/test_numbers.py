import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.errors import InvalidInput
from matcher.procurement import CodeBook, read_currency, read_organisation_number


@pytest.mark.parametrize(
    "raw",
    [
        "212000-2643",
        "2120002643",
        "16212000-2643",
        " 212000 2643",
        "SE212000264301",
        "SE 2120002643 01",
        "２１２０００-２６４３",
    ],
)
def test_swedish_number_has_one_form_however_it_is_written(raw):
    assert read_organisation_number(raw) == "212000-2643"


@pytest.mark.parametrize(
    ("raw", "usual"),
    [
        ("FI01120389", "FI01120389"),
        ("fi 0112038-9", "FI01120389"),
        ("NO 923 609 016 MVA", "NO923609016"),
        ("DK13585628", "DK13585628"),
        ("GR094259216", "EL094259216"),
        ("EL094259216", "EL094259216"),
    ],
)
def test_foreign_number_keeps_its_country(raw, usual):
    assert read_organisation_number(raw) == usual


@pytest.mark.parametrize(
    "raw", ["212000-2644", "", "FI01120388", "NO923609017", "1234", "hej", "SE212000264401"]
)
def test_wrong_number_is_refused_and_not_repeated(raw):
    with pytest.raises(InvalidInput) as caught:
        read_organisation_number(raw)
    assert caught.value.field == "organisation_number"
    assert not raw or raw not in str(caught.value)


@pytest.mark.parametrize("raw", ["811218-9876", "SE811218987601"])
def test_number_of_a_person_is_refused(raw):
    with pytest.raises(InvalidInput, match="person"):
        read_organisation_number(raw)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(raw):
    book = CodeBook()
    for read in (book.organisation_number, book.municipality, book.region, book.cpv, book.currency):
        try:
            code = read(raw)
        except InvalidInput as error:
            assert error.remedy
        else:
            assert read(code) == code


def test_currency_is_three_letters_that_are_known():
    assert read_currency(" sek ") == "SEK"
    for raw in ("", "kr", "XXX", "SEKK"):
        with pytest.raises(InvalidInput):
            read_currency(raw)
