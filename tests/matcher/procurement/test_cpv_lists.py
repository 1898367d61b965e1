import pytest

from matcher.errors import UnreadableFile
from matcher.procurement import CpvTable

GENERICODE = """<?xml version="1.0" encoding="UTF-8"?>
<gc:CodeList xmlns:gc="http://docs.oasis-open.org/codelist/ns/genericode/1.0/">
  <ColumnSet><Column Id="code"/><Column Id="Name"/><Column Id="swe_label"/></ColumnSet>
  <SimpleCodeList>
    <Row>
      <Value ColumnRef="code"><SimpleValue>90620000</SimpleValue></Value>
      <Value ColumnRef="Name"><SimpleValue>Snow-clearing services</SimpleValue></Value>
      <Value ColumnRef="swe_label"><SimpleValue>Snöröjning</SimpleValue></Value>
      <Value ColumnRef="fin_label"><SimpleValue>Lumenraivauspalvelut</SimpleValue></Value>
    </Row>
    <Row>
      <Value ColumnRef="code"><SimpleValue>90000000-7</SimpleValue></Value>
      <Value ColumnRef="eng_label"><SimpleValue>Sewage and refuse</SimpleValue></Value>
    </Row>
    <Row><Value ColumnRef="code"><SimpleValue>no code</SimpleValue></Value></Row>
  </SimpleCodeList>
</gc:CodeList>
"""


def spreadsheet(path, rows):
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "About"
    book.active.append(["Common Procurement Vocabulary"])
    sheet = book.create_sheet("CPV codes")
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


@pytest.mark.parametrize("name", ["cpv.gc", "cpv.xml"])
def test_genericode_gives_codes_and_labels_by_language(tmp_path, name):
    path = tmp_path / name
    path.write_text(GENERICODE, encoding="utf-8")
    table = CpvTable.load(path)
    assert sorted(table) == ["90000000", "90620000"]
    assert table.label("90620000", "sv") == "Snöröjning"
    assert table.label("90620000", "fi") == "Lumenraivauspalvelut"
    assert table.label("90620000", "en") == "Snow-clearing services"
    assert table.label("90000000", "sv") == "Sewage and refuse"


def test_spreadsheet_gives_the_same_whatever_stands_before_and_after(tmp_path):
    rows = [
        ["CODE", "BG", "SV", "EN"],
        ["03000000-1", "x", "Jordbruk", "Agriculture"],
        ["", "", "", ""],
        ["end"],
    ]
    table = CpvTable.load(spreadsheet(tmp_path / "cpv.xlsx", rows))
    assert sorted(table) == ["03000000"]
    assert table.label("03000000", "sv") == "Jordbruk"
    assert table.label("03000000", "bg") == "x"


@pytest.mark.parametrize(
    "content",
    [
        "<CodeList>",
        "<CodeList></CodeList>",
        '<!DOCTYPE x [<!ENTITY a "b">]><CodeList/>',
        "<a>" * 40 + "</a>" * 40,
        GENERICODE.replace("90620000", "none").replace("90000000-7", "none"),
    ],
)
def test_genericode_that_is_broken_dangerous_or_empty_is_refused(tmp_path, content):
    path = tmp_path / "cpv.gc"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UnreadableFile) as caught:
        CpvTable.load(path)
    assert "MATCHER_CPV_FILE" in caught.value.remedy


def test_spreadsheet_without_codes_is_refused(tmp_path):
    with pytest.raises(UnreadableFile, match="code"):
        CpvTable.load(spreadsheet(tmp_path / "a.xlsx", [["kod", "sv"], ["03000000", "Jordbruk"]]))
    (tmp_path / "b.xlsx").write_bytes(b"no spreadsheet")
    with pytest.raises(UnreadableFile, match="spreadsheet"):
        CpvTable.load(tmp_path / "b.xlsx")
