from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from matcher.intake import Options, read_rows
from matcher.procurement import CodeBook
from matcher.types import EntryKind, EntryStatus, OrganisationSize, TimeWindow


@pytest.fixture(scope="module")
def codes():
    return CodeBook.load()


def one(folder, name, value, **options):
    return folder.draft(f"id;text;{name}\n1;Halt;{value}\n", **options)


def wrong(folder, name, value, **options):
    fault = folder.fault(f"id;text;{name}\n1;Halt;{value}\n", **options)
    assert (fault.row, fault.field) == (2, name)
    assert fault.remedy
    return fault


@pytest.mark.parametrize(
    ("raw", "value", "currency"),
    [
        ("1250000", "1250000", None),
        ("1 250 000 kr", "1250000", "SEK"),
        ("1\u00a0250\u00a0000:-", "1250000", "SEK"),
        ("1.250.000,50 kronor", "1250000.50", "SEK"),
        ("1,250,000.50", "1250000.50", None),
        ("1,5 mnkr", "1500000", "SEK"),
        ("1.5 MSEK", "1500000", "SEK"),
        ("1,250 mnkr", "1250000", "SEK"),
        ("1,250", "1250", None),
        ("ca 2 miljoner kronor", "2000000", "SEK"),
        ("300 tkr exkl. moms", "300000", "SEK"),
        ("€ 40 000", "40000", "EUR"),
        ("2 miljoonaa euroa", "2000000", "EUR"),
        ("SEK 12,50", "12.50", "SEK"),
        ("about 10k", "10000", None),
        ("€2.5m", "2500000", "EUR"),
        ("0", "0", None),
    ],
)
def test_amounts_are_read_as_people_write_them(folder, raw, value, currency):
    draft = one(folder, "Värde", raw)
    assert (draft.estimated_value, draft.currency) == (Decimal(value), currency)


@pytest.mark.parametrize(
    "raw", ["-5", "mycket", "1,2,3", "12 inkl. moms", "1e5", "NaN", "5 bananer", "1.2.3", "9" * 70, "10-20"]
)
def test_what_is_no_amount_is_told(folder, raw):
    assert "amount" in wrong(folder, "Värde", raw).message


def test_the_unit_in_a_columns_name_counts(folder):
    draft = one(folder, "Värde (tkr)", "250")
    assert (draft.estimated_value, draft.currency) == (Decimal(250_000), "SEK")
    assert one(folder, "Budget i mnkr", "2,5").estimated_value == Decimal(2_500_000)
    assert one(folder, "Värde (tkr)", "250 000 kr").estimated_value == Decimal(250_000)


def test_crowns_are_those_of_the_language_or_of_the_currency_told(folder):
    def currency(language, told=""):
        content = f"id;text;språk;värde;valuta\n1;Glatt;{language};100 kr;{told}\n"
        return folder.draft(content).currency

    assert [currency(each) for each in ("sv", "norsk", "da", "is", "en", "")] == [
        "SEK", "NOK", "DKK", "ISK", "SEK", "SEK",
    ]  # fmt: skip
    assert currency("sv", "NOK") == "NOK"


@pytest.mark.parametrize(
    ("raw", "first", "last"),
    [
        ("2026-03-01", (2026, 3, 1), (2026, 3, 1)),
        ("1.3.2026", (2026, 3, 1), (2026, 3, 1)),
        ("1/3/2026", (2026, 3, 1), (2026, 3, 1)),
        ("den 1 mars 2026", (2026, 3, 1), (2026, 3, 1)),
        ("1 maj 2026", (2026, 5, 1), (2026, 5, 1)),
        ("March 1st, 2026", (2026, 3, 1), (2026, 3, 1)),
        ("1. maaliskuuta 2026", (2026, 3, 1), (2026, 3, 1)),
        ("2026-03-01T23:30:00+02:00", (2026, 3, 1), (2026, 3, 1)),
        ("2026", (2026, 1, 1), (2026, 12, 31)),
        ("2026-02", (2026, 2, 1), (2026, 2, 28)),
        ("februari 2028", (2028, 2, 1), (2028, 2, 29)),
        ("Q3 2026", (2026, 7, 1), (2026, 9, 30)),
        ("kvartal 4 2026", (2026, 10, 1), (2026, 12, 31)),
    ],
)
def test_days_are_read_as_people_write_them(folder, raw, first, last):
    draft = folder.draft(f"id;text;Från;Till\n1;Halt;{raw};{raw}\n")
    assert draft.window == TimeWindow(starts_on=date(*first), ends_on=date(*last))


@pytest.mark.parametrize(
    "raw", ["03/25/2026", "26-03-01", "2026-02-30", "snart", "1850-01-01", "2026-13", "9999"]
)
def test_what_is_no_day_is_told(folder, raw):
    assert "no date" in wrong(folder, "Startdatum", raw).message


def test_a_window_that_ends_before_it_begins_is_told(folder):
    fault = folder.fault("id;text;från;till\n1;Halt;2026-05-01;2026-04-01\n")
    assert (fault.field, fault.message) == ("till", "It ends before it begins.")


def test_when_a_thing_came_is_a_moment_in_utc(folder):
    assert one(folder, "Inkom", "2026-03-01T10:00:00+02:00").created_at == datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert one(folder, "Inkom", "1 mars 2026").created_at == datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("sv", "sv"),
        ("sv-SE", "sv"),
        ("Svenska", "sv"),
        ("norsk", "nb"),
        ("no", "nb"),
        ("Finnish", "fi"),
        ("sme", "se"),
    ],
)
def test_languages_are_read_by_code_and_name(folder, raw, code):
    assert one(folder, "Språk", raw).language == code


def test_a_language_that_is_none_is_told(folder):
    assert "not known" in wrong(folder, "Språk", "klingon på svenska").message


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        ("Publicerad", EntryStatus.PUBLISHED),
        ("utkast", EntryStatus.DRAFT),
        ("withdrawn", EntryStatus.WITHDRAWN),
    ],
)
def test_a_status_is_read_by_its_word(folder, raw, status):
    assert one(folder, "Status", raw).status is status


def test_no_row_says_of_itself_that_it_is_erased(folder):
    assert "no status" in wrong(folder, "Status", "erased").message


def test_codes_come_in_their_usual_form(folder, codes):
    content = (
        "id;text;cpv;kommunkod;orgnr;län\n"
        "1;Halt;90620000-9 Snöröjning, 45233141-9;2482;2120002643;SE331, 2581\n"
        "2;Mörkt;90620000;;212000-2643;\n"
    )
    first, second = folder.drafts(content, codes=codes)
    assert first.cpv == ("90620000", "45233141")
    assert first.municipality == "2482"
    assert first.organisation == "212000-2643"
    assert first.regions == ("SE331", "2581")
    assert (second.cpv, second.municipality, second.organisation) == (("90620000",), None, "212000-2643")


def test_a_municipalitys_name_tells_its_code(folder, codes):
    draft = one(folder, "Kommun", "Skellefteå kommun", codes=codes)
    assert (draft.organisation, draft.municipality) == ("Skellefteå kommun", "2482")


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("CPV-kod", "99999999"),
        ("CPV-kod", "snöröjning"),
        ("Orgnr", "212000-2644"),
        ("Orgnr", "19811218-9876"),
        ("Kommunkod", "9999"),
        ("Kommunkod", "24"),
        ("Region", "SE999"),
        ("Valuta", "kronblom"),
    ],
)
def test_a_wrong_code_is_told_with_a_remedy_and_not_repeated(folder, codes, name, raw):
    fault = wrong(folder, name, raw, codes=codes)
    assert len(fault.remedy) > 10


@pytest.mark.parametrize(
    ("name", "raw"), [("cpv", "123"), ("kommunkod", "24x"), ("orgnr", "x"), ("region", "?")]
)
def test_without_a_code_book_the_form_of_codes_is_checked(folder, name, raw):
    assert "This is no" in wrong(folder, name, raw).message


def test_everything_that_is_wrong_with_a_row_is_told_at_once(folder):
    row = folder.rows("id;text;värde;startdatum;språk\n1;;mycket;snart;svenska språket är fint\n")[0]
    assert row.draft is None
    assert {fault.field for fault in row.faults} == {"text", "värde", "startdatum", "språk"}


def test_a_report_repeats_nothing_that_somebody_wrote(folder):
    secret = "Anna Andersson 811218-9876"
    content = "id;text;värde;startdatum;språk;cpv;kommunkod;orgnr;status;typ\n" + ";".join(
        ["1", *[secret] * 9]
    )
    told = " ".join(
        fault.message + fault.remedy + fault.field for row in folder.rows(content) for fault in row.faults
    )
    assert told
    assert "Anna" not in told
    assert "811218" not in told


def test_a_title_alone_is_a_short_text(folder):
    draft = folder.draft("id;rubrik;text\n1;Halka vid skolan;\n")
    assert (draft.title, draft.text) == ("", "Halka vid skolan")


def test_tags_are_separated_by_any_usual_sign_and_each_kept_once(folder):
    assert folder.draft('id,text,taggar\n1,Halt,"vinter; väg|skola, vinter"\n').tags == (
        "vinter",
        "väg",
        "skola",
    )


def test_the_language_of_a_whole_file_can_be_told(folder):
    from matcher.intake import ColumnMapping

    mapping = ColumnMapping(defaults={"language": "fi", "cpv": "90620000"})
    draft = folder.draft("id;text\n1;Liukasta\n", mapping=mapping)
    assert (draft.language, draft.cpv) == ("fi", ("90620000",))


def test_values_of_one_row_do_not_leak_into_the_next(folder):
    first, second = folder.drafts("id;text;värde\n1;Halt;100 kr\n2;Mörkt;\n")
    assert (first.estimated_value, second.estimated_value) == (Decimal(100), None)


def test_a_wrong_default_is_told_for_each_row(folder):
    from matcher.intake import ColumnMapping

    file = folder.write("id;text\n1;Halt\n2;Mörkt\n")
    options = Options(kind=EntryKind.NEED, mapping=ColumnMapping(defaults={"currency": "kronblom"}))
    assert [row.faults[0].field for row in read_rows(file, options)] == ["currency", "currency"]


@pytest.mark.parametrize(
    ("raw", "size"),
    [
        ("Mikroföretag", OrganisationSize.MICRO),
        ("litet företag", OrganisationSize.SMALL),
        ("medium-sized", OrganisationSize.MEDIUM),
        ("suuri", OrganisationSize.LARGE),
        ("", None),
    ],
)
def test_the_size_of_a_supplier_is_read_beside_its_entry(folder, raw, size):
    (row,) = folder.rows(f"id;text;Leverantörens storlek\n1;Halt;{raw}\n", kind=EntryKind.NEED)
    assert (row.organisation_size, row.draft.text) == (size, "Halt")


@pytest.mark.parametrize("raw", ["små och medelstora", "40 anställda"])
def test_what_is_no_one_size_is_told(folder, raw):
    assert "no size" in wrong(folder, "Company size", raw).message
