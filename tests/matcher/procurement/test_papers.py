import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from docx import Document

from matcher.procurement.documents import word_document
from matcher.procurement.ocds import planning_package
from matcher.procurement.papers import (
    AssessmentPaper,
    CasePaper,
    DialoguePaper,
    NeedPaper,
    OfferingPaper,
    Participant,
    Party,
    ValuePaper,
)

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
PAPER = CasePaper(
    id="c1",
    title="Isfria gångvägar",
    note="Två kommuner behöver samma sak.",
    state="procurement",
    stop_reason="",
    owner="Maria Exempel",
    next_step="Skriv underlag",
    next_step_on=date(2026, 4, 1),
    law="LOU",
    contract_kind="goods_services",
    procedure="neg-w-call",
    confirmed_by="Maria Exempel",
    confirmed_at=NOW,
    created_at=NOW,
    updated_at=NOW,
    parties=(
        Party(
            id="o1",
            name="Exempelstad",
            organisation_number="212000-0001",
            is_leading=True,
            mandate="Nämnden 2026-02-01",
        ),
        Party(
            id="o2",
            name="Grannköping",
            expected_volume="40 km",
            expected_value=Decimal(900_000),
            currency="SEK",
        ),
    ),
    needs=(
        NeedPaper(
            id="n1",
            title="Halka",
            text="Det är halt.",
            language="sv",
            party_id="o1",
            cpv=("90620000",),
            created_at=NOW,
        ),
        NeedPaper(
            id="n2",
            title="",
            text="Liukasta\x0b on.",
            language="fi",
            party_id="o2",
            cpv=("90620000",),
            created_at=NOW,
        ),
    ),
    offerings=(OfferingPaper(id="f1", title="Sand", supplier="Isfritt AB"),),
    dialogue=(
        DialoguePaper(
            number=1,
            held_on=date(2026, 2, 10),
            kind="rfi",
            subject="Frågor om sand",
            participants=(Participant(name="Isfritt AB", organisation_id="s1"), Participant(name="Sand AB")),
            disclosed="Svaren står på webbplatsen.",
            is_disclosed_to_all=True,
        ),
        DialoguePaper(
            number=2,
            held_on=date(2026, 2, 11),
            kind="meeting",
            subject="Rättelse",
            participants=(),
            disclosed="",
            is_disclosed_to_all=False,
            corrects=1,
        ),
    ),
    values=(
        ValuePaper(
            currency="SEK",
            low=Decimal(700_000),
            value=Decimal(1_800_000),
            high=Decimal(3_000_000),
            n_unknown=1,
        ),
    ),
    assessments=(
        AssessmentPaper(
            rule="advertising",
            standing="straddles",
            amount=Decimal(2_389_585),
            currency="SEK",
            source="Källa",
        ),
    ),
)
BARE = CasePaper(
    id="c2", title="Tomt", note="", state="stopped", stop_reason="Ingen vill", owner=None, next_step="",
    next_step_on=None, law="LOU", contract_kind="works", procedure=None, confirmed_by=None, confirmed_at=None,
    created_at=NOW, updated_at=NOW,
)  # fmt: skip


def release(paper=PAPER, **options):
    package = planning_package(paper, publisher="Exempelstad", now=NOW, **options)
    json.dumps(package)
    return package, package["releases"][0]


def words_of(data):
    document = Document(io.BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_a_case_is_a_planning_release():
    package, found = release(ocid_prefix="ocds-a1b2c3", uri="https://exempel.example/c1")
    assert (package["version"], package["publishedDate"]) == ("1.1", "2026-03-01T12:30:00Z")
    assert package["uri"] == "https://exempel.example/c1"
    assert (found["ocid"], found["tag"]) == ("ocds-a1b2c3-c1", ["planning"])
    assert found["buyer"] == {"id": "o1", "name": "Exempelstad"}


def test_the_release_tells_who_takes_part_in_which_role():
    _, found = release()
    roles = {party["name"]: party["roles"] for party in found["parties"]}
    assert roles == {
        "Exempelstad": ["buyer", "procuringEntity"],
        "Grannköping": ["buyer"],
        "Isfritt AB": ["interestedParty"],
        "Sand AB": ["interestedParty"],
    }
    ids = [party["id"] for party in found["parties"]]
    assert len(ids) == len(set(ids))


def test_a_purchasing_body_buys_for_others():
    body = replace(PAPER.parties[0], is_purchasing_body=True)
    _, found = release(replace(PAPER, parties=(body,)))
    assert found["parties"][0]["roles"] == ["wholesaleBuyer", "procuringEntity"]


def test_needs_value_dialogue_and_method_are_told():
    _, found = release()
    planning = found["planning"]
    assert planning["budget"]["amount"] == {"amount": 1_800_000.0, "currency": "SEK"}
    assert [document["documentType"] for document in planning["documents"]] == ["needsAssessment"] * 2
    assert [(each["type"], each["status"]) for each in planning["milestones"]] == [
        ("engagement", "met"),
        ("engagement", "met"),
        ("preProcurement", "scheduled"),
    ]
    tender = found["tender"]
    assert (tender["procurementMethod"], tender["status"]) == ("selective", "planning")
    assert [item["classification"]["id"] for item in tender["items"]] == ["90620000"]


def test_nothing_empty_is_written():
    _, found = release(BARE)
    assert found["planning"] == {}
    assert found["tender"] == {
        "id": "c2", "title": "Tomt", "status": "cancelled", "mainProcurementCategory": "works",
    }  # fmt: skip
    assert "buyer" not in found
    assert found["ocid"] == "case-c2"


@pytest.mark.parametrize(("language", "heading"), [("sv", "Dialog med marknaden"), ("en", "Market dialogue")])
def test_the_word_document_says_everything(language, heading):
    text = words_of(word_document(PAPER, language=language))
    for part in (
        heading,
        "Isfria gångvägar",
        "Maria Exempel",
        "Det är halt.",
        "Liukasta on.",
        "40 km",
        "Isfritt AB, Sand AB",
        "Svaren står på webbplatsen.",
        "neg-w-call",
        "212000-0001",
        "Nämnden 2026-02-01",
        "1\u00a0800\u00a0000 SEK",
    ):
        assert part in text, part


def test_an_empty_case_is_a_document_too():
    text = words_of(word_document(BARE))
    assert "Ingen vill" in text
    assert "Inga." in text


def test_the_document_names_no_author_and_its_language():
    with zipfile.ZipFile(io.BytesIO(word_document(PAPER))) as archive:
        properties = archive.read("docProps/core.xml").decode()
    assert "python-docx" not in properties
    assert "sv-SE" in properties
