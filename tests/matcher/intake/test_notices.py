import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from matcher.intake import Options, Shape, read_rows, sniff
from matcher.procurement import CodeBook
from matcher.types import EntryKind, TimeWindow

REAL = Path(__file__).parents[4] / "shared" / "data" / "ted" / "notices.jsonl"
NOTICE = {
    "id": "1-2026",
    "ojs_no": "2026/S 001-000001",
    "country": "SE",
    "lang": "SV",
    "date": "20260105",
    "doc_type": "Contract award notice",
    "nature": "Services",
    "buyer": "Granälvens kommun",
    "cpv_main": "90620000",
    "cpv_all": ["90620000", "90630000"],
    "title": "Vinterväghållning",
    "description": "Snöröjning och sandning av gångvägar.",
    "lots": [
        {"lot_no": "1", "title": "Norra delen", "description": "Snöröjning norr om älven.", "cpv": []},
        {"lot_no": "2", "title": "Södra delen", "description": "Sandning söder om älven.", "cpv": []},
    ],
    "awards": [
        {"lot_no": "1", "title": "Norra delen", "winners": ["Isfritt AB"]},
        {"lot_no": "2", "title": "Södra delen", "winners": ["Isfritt AB", "Sand & Son"]},
    ],
}
RELEASE = {
    "ocid": "ocds-1",
    "id": "r1",
    "date": "2026-01-05T10:00:00Z",
    "tag": ["planning"],
    "language": "sv",
    "buyer": {"name": "Granälvens kommun"},
    "planning": {
        "rationale": "Många äldre faller.",
        "budget": {"amount": {"amount": 1200000.5, "currency": "SEK"}},
    },
    "tender": {
        "title": "Halkbekämpning",
        "description": "Sandning av gångvägar.",
        "items": [
            {
                "description": "Sand",
                "classification": {"scheme": "CPV", "id": "90630000"},
                "additionalClassifications": [
                    {"scheme": "CPV", "id": "14211000"},
                    {"scheme": "UNSPSC", "id": "x"},
                ],
                "deliveryAddresses": [{"region": "SE331"}, {"region": "Nowhere"}],
            }
        ],
        "contractPeriod": {"startDate": "2026-03-01T00:00:00Z", "endDate": "2027-02-28T00:00:00Z"},
    },
    "awards": [
        {
            "id": "a1",
            "title": "Sandning",
            "suppliers": [{"name": "Sand & Son"}],
            "value": {"amount": 9, "currency": "EUR"},
        },
        {"id": "a2", "status": "cancelled", "suppliers": [{"name": "Isfritt AB"}]},
    ],
}


def as_lines(*records):
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in records)


def codes():
    return CodeBook.load()


def test_a_notice_is_a_published_need_and_its_winners_have_a_track_record(folder):
    need, both, one = folder.drafts(as_lines(NOTICE), "notices.jsonl", kind=None, codes=codes())
    assert (need.kind, need.source, need.source_id) == (EntryKind.NEED, "ted", "1-2026")
    assert (need.title, need.organisation, need.language) == ("Vinterväghållning", "Granälvens kommun", "sv")
    assert need.text.split("\n\n") == [
        "Snöröjning och sandning av gångvägar.",
        "Norra delen",
        "Snöröjning norr om älven.",
        "Södra delen",
        "Sandning söder om älven.",
    ]
    assert (need.cpv, need.regions) == (("90620000", "90630000"), ("SE",))
    assert need.created_at == datetime(2026, 1, 5, tzinfo=UTC)
    assert [(each.kind, each.organisation) for each in (both, one)] == [
        (EntryKind.OFFERING, "Isfritt AB"),
        (EntryKind.OFFERING, "Sand & Son"),
    ]
    assert "track-record" in both.tags
    assert "Snöröjning norr om älven." in both.text
    assert "Sandning söder om älven." in both.text
    assert "norr" not in one.text
    assert len({need.source_id, both.source_id, one.source_id}) == 3


def test_awards_can_be_left_out(folder):
    assert folder.draft(as_lines(NOTICE), "notices.jsonl", kind=None, awards=False).kind is EntryKind.NEED


def test_the_form_of_notices_is_found_out(folder):
    form = sniff(folder.write(as_lines(NOTICE), "x.jsonl"))
    assert (form.shape, form.source) == (Shape.TED, "ted")
    assert sniff(folder.write(as_lines(RELEASE), "x.jsonl")).shape is Shape.OCDS


def test_a_notice_is_known_again_whatever_changed_in_it(folder):
    def ids(**change):
        rows = folder.drafts(as_lines({**NOTICE, **change}), "notices.jsonl", kind=None)
        return [draft.source_id for draft in rows]

    assert ids() == ids(title="Halkbekämpning", description="Något annat")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": None, "ojs_no": ""}, "id"),
        ({"title": "", "description": None, "lots": []}, "title"),
        ({"cpv_main": "99999999"}, "cpv"),
        ({"cpv_all": ["90620000", "snö"]}, "cpv"),
    ],
)
def test_what_is_wrong_with_a_notice_is_told_and_the_next_comes_in(folder, change, field):
    content = as_lines({**NOTICE, **change}, {**NOTICE, "id": "2-2026", "awards": []})
    rows = folder.rows(content, "notices.jsonl", kind=None, codes=codes())
    assert {fault.field for fault in rows[0].faults} == {field}
    assert all(fault.row == 1 and fault.remedy for fault in rows[0].faults)
    assert rows[-1].draft.source_id == "2-2026"


@pytest.mark.parametrize(
    "change",
    [
        {"lots": None, "awards": None},
        {"lots": [None, 3], "awards": ["x", {"winners": None}, {"winners": [None, 1]}]},
        {"cpv_all": None, "date": "igår", "country": "ZZ", "lang": None, "buyer": None},
        {"title": "x" * 3000},
    ],
)
def test_a_notice_with_odd_parts_is_read_as_far_as_it_goes(folder, change):
    drafts = folder.drafts(as_lines({**NOTICE, **change}), "notices.jsonl", kind=None, codes=codes())
    assert drafts[0].kind is EntryKind.NEED
    assert len(drafts[0].title) <= 1000


def test_a_release_is_a_need_and_its_suppliers_have_a_track_record(folder):
    need, offering = folder.drafts(as_lines(RELEASE), "ocds.jsonl", kind=None, codes=codes())
    assert (need.kind, need.source, need.source_id) == (EntryKind.NEED, "ocds", "ocds-1")
    assert (need.title, need.organisation, need.language) == ("Halkbekämpning", "Granälvens kommun", "sv")
    assert need.text.split("\n\n") == ["Sandning av gångvägar.", "Många äldre faller."]
    assert (need.cpv, need.regions) == (("90630000", "14211000"), ("SE331",))
    assert need.window == TimeWindow(starts_on=date(2026, 3, 1), ends_on=date(2027, 2, 28))
    assert (need.estimated_value, need.currency) == (Decimal("1200000.5"), "SEK")
    assert (offering.kind, offering.organisation, offering.title) == (
        EntryKind.OFFERING,
        "Sand & Son",
        "Sandning",
    )
    assert (offering.estimated_value, offering.currency) == (Decimal(9), "EUR")
    assert offering.cpv == need.cpv


def later(**change):
    return {**RELEASE, "id": "r2", "date": "2026-02-05T10:00:00Z", "awards": [], **change}


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(
            {"uri": "https://example.org", "releases": [RELEASE, later(tender={"title": "Nyare"})]}, indent=1
        ),
        json.dumps({"releases": [later(tender={"title": "Nyare"}), RELEASE]}),
        as_lines(RELEASE, later(tender={"title": "Nyare"})),
        as_lines(later(tender={"title": "Nyare"}), RELEASE),
    ],
)
def test_of_the_releases_of_one_process_the_newest_counts(folder, content):
    drafts = folder.drafts(content, "package.json", kind=None, awards=False)
    assert [(draft.source_id, draft.text.split("\n")[0]) for draft in drafts] == [
        ("ocds-1", "Många äldre faller.")
    ]
    assert drafts[0].title == "Nyare"


def test_a_record_package_gives_what_was_compiled(folder):
    compiled = later(tender={"title": "Sammanställt", "description": "Allt"})
    content = json.dumps(
        {"records": [{"ocid": "ocds-1", "compiledRelease": compiled, "releases": [RELEASE]}]}
    )
    assert folder.draft(content, "records.json", kind=None).title == "Sammanställt"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ocid": ""}, "ocid"),
        ({"tender": None, "planning": None, "awards": []}, "tender"),
        ({"tender": {"title": "A", "classification": {"scheme": "CPV", "id": "1"}}}, "cpv"),
    ],
)
def test_what_is_wrong_with_a_release_is_told(folder, change, field):
    rows = folder.rows(as_lines({**RELEASE, **change}), "ocds.jsonl", kind=None)
    faults = [fault for row in rows for fault in row.faults]
    assert {fault.field for fault in faults} == {field}
    assert all(fault.remedy for fault in faults)


def test_zero_characters_are_left_out_of_notices_and_releases(folder):
    notice = {**NOTICE, "id": "1\x00-2026", "description": "Snö\x00röjning", "awards": []}
    draft = folder.draft(as_lines(notice), "notices.jsonl", kind=None)
    assert draft.source_id == "1-2026"
    assert draft.text.startswith("Snöröjning")
    release = {**RELEASE, "tender": {"title": "Halk\x00bekämpning"}, "awards": []}
    assert folder.draft(as_lines(release), "ocds.jsonl", kind=None).title == "Halkbekämpning"


def test_a_small_sample_of_the_real_form_reads_without_a_fault(folder):
    notice = {
        **NOTICE,
        "ref_notices": ["2019/S 166-405809"],
        "cpv_main_en": "Snow-clearing services",
        "cpv_main_sv": "Snöröjning",
        "lots": [{"lot_no": None, "title": None, "description": NOTICE["description"], "cpv": []}],
        "awards": [{"lot_no": None, "title": "Vinterväghållning", "winners": ["Isfritt AB"]}],
    }
    need, offering = folder.drafts(as_lines(notice), "notices.jsonl", kind=None, codes=codes())
    assert need.text == NOTICE["description"]
    assert offering.text == NOTICE["description"]


@pytest.mark.skipif(not REAL.exists(), reason="the real notices are not on this machine")
def test_every_real_notice_comes_in():
    rows = list(read_rows(REAL, Options(codes=codes())))
    assert [fault for row in rows for fault in row.faults] == []
    needs = [row.draft for row in rows if row.draft.kind is EntryKind.NEED]
    assert len(needs) == REAL.read_bytes().count(b"\n")
    assert len({draft.source_id for draft in needs}) == len(needs)
    assert len({row.draft.source_id for row in rows}) == len(rows)
    assert all(draft.text and draft.cpv and draft.organisation for draft in needs)
