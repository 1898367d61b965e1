import csv
import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from matcher.errors import InvalidInput
from matcher.services import accounts, entries, erasure, exporting, importing, reviewing
from matcher.services.actor import SYSTEM, Actor
from matcher.types import EntryKind, EntryStatus, IntakeRow, Role, TimeWindow, VerdictKind
from models.records import (
    AuditEvent,
    Entry,
    EntryVersion,
    ExportFile,
    Organisation,
    Proposal,
    Verdict,
)
from tests.matcher.living import draft


@pytest.fixture
def busy(town):
    """A town in which something of everything happened."""
    need = town.need(
        title="Halka; is",
        tags=("vinter", "väg"),
        cpv=("90620000", "90630000"),
        regions=("2581", "SE331"),
        estimated_value=Decimal("1250000.50"),
        currency="SEK",
        window=TimeWindow(starts_on=date(2026, 3, 1)),
    )
    town.do(entries.change, need.id, {"text": 'Rad "ett";\nrad två'}, expected_version=1, by="officer")
    pair = town.propose(need, town.offering())
    for person, kind in (("officer", VerdictKind.ACCEPT), ("coordinator", VerdictKind.REJECT)):
        town.do(reviewing.give_verdict, pair.id, kind, reason="för dyrt", by=person)
    town.do(reviewing.give_verdict, pair.id, VerdictKind.UNDO, by="officer")
    town.need("Utkast i Exempelstad.", status=EntryStatus.DRAFT)
    town.need("Utkast i Grannköping.", status=EntryStatus.DRAFT, by="neighbour")
    town.need("Öppet i Grannköping.", by="neighbour")
    town.offering("Utkast hos leverantören.", status=EntryStatus.DRAFT)
    return town


def rows(town, table, *, by=SYSTEM):
    return town.do(lambda session, actor: list(exporting.rows(session, table, actor=actor)), by=by)


def table_of(town, table, *, by=SYSTEM):
    text = town.do(lambda session, actor: "".join(exporting.csv_lines(session, table, actor=actor)), by=by)
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


def texts(town, by):
    return {row["text"] for row in rows(town, "entries", by=by)}


@pytest.mark.parametrize(
    ("table", "record"),
    [
        ("organisations", Organisation),
        ("entries", Entry),
        ("versions", EntryVersion),
        ("proposals", Proposal),
        ("verdicts", Verdict),
        ("audit", AuditEvent),
    ],
)
def test_everything_is_in_a_complete_export_in_both_forms(busy, table, record):
    kept = busy.rows(record)
    assert len(kept) > 0
    exported = rows(busy, table)
    assert len(exported) == len(table_of(busy, table)) == len(kept)
    if table != "versions":
        assert {row["id"] for row in exported} == {each.id for each in kept}
    lines = busy.do(lambda session, actor: list(exporting.json_lines(session, table, actor=actor)))
    assert [json.loads(line) for line in lines] == exported
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in lines)


def test_every_table_is_offered(busy):
    assert set(exporting.TABLES) == {"organisations", "entries", "versions", "proposals", "verdicts", "audit"}
    for table in exporting.TABLES:
        assert list(table_of(busy, table)[0]) == list(exporting.COLUMNS[table])


def test_verdicts_that_were_taken_back_are_in_the_export_with_reasons(busy):
    exported = rows(busy, "verdicts")
    assert [(row["number"], row["kind"], row["reason"]) for row in exported] == [
        (1, "accept", "för dyrt"),
        (2, "reject", "för dyrt"),
        (3, "undo", None),
    ]
    assert exported[1]["member_id"] == busy["coordinator"].member_id


def test_values_stay_exact_and_lists_whole(busy):
    (row,) = (each for each in rows(busy, "entries") if each["title"] == "Halka; is")
    assert (row["estimated_value"], row["starts_on"], row["ends_on"]) == ("1250000.50", "2026-03-01", None)
    assert (row["cpv"], row["tags"]) == (["90620000", "90630000"], ["vinter", "väg"])
    assert row["created_at"].endswith("+00:00")
    (cells,) = (each for each in table_of(busy, "entries") if each["title"] == "Halka; is")
    assert (cells["cpv"], cells["regions"], cells["tags"]) == (
        "90620000|90630000",
        "2581|SE331",
        "vinter|väg",
    )
    assert cells["text"] == row["text"]
    (reason,) = json.loads(table_of(busy, "proposals")[0]["reasons"])
    assert reason["kind"] == "shared_terms"


def test_originals_of_every_version_are_there(busy):
    originals = [row["original_text"] for row in rows(busy, "versions")]
    assert 'Rad "ett";\nrad två' in originals
    assert "Det är halt på gångvägen vid skolan." in originals


def test_nobody_exports_the_drafts_of_others(busy):
    ours, theirs, sellers = "Utkast i Exempelstad.", "Utkast i Grannköping.", "Utkast hos leverantören."
    for person in ("officer", "coordinator", "partner", "administrator"):
        assert {ours, theirs, sellers} & texts(busy, person) == {ours}
        assert "Öppet i Grannköping." in texts(busy, person)
    assert {ours, theirs, sellers} & texts(busy, "neighbour") == {theirs}
    assert {ours, theirs, sellers} & texts(busy, "supplier") == {sellers}
    for person in ("officer", "administrator", "neighbour", "supplier"):
        for table in exporting.TABLES:
            told = repr(rows(busy, table, by=person))
            own = {"officer": ours, "administrator": ours, "neighbour": theirs, "supplier": sellers}[person]
            assert not any(each in told for each in {ours, theirs, sellers} - {own}), (person, table)


def test_somebody_without_a_role_exports_nothing_of_anybody(busy):
    nobody = Actor("x", None, frozenset())
    for table in ("entries", "versions", "proposals", "verdicts", "audit"):
        assert rows(busy, table, by=nobody) == []


def test_originals_are_for_the_organisations_own_staff(busy):
    own = {entry.id for entry in busy.rows(Entry) if entry.organisation_id == busy["officer"].organisation_id}
    for person in ("officer", "coordinator", "administrator"):
        assert {row["entry_id"] for row in rows(busy, "versions", by=person)} == own
    for person in ("partner", "supplier"):
        assert rows(busy, "versions", by=person) == []
    assert own.isdisjoint(row["entry_id"] for row in rows(busy, "versions", by="neighbour"))


def test_the_log_is_for_administrators_and_of_their_organisation(busy):
    exported = rows(busy, "audit", by="administrator")
    assert {row["organisation_id"] for row in exported} == {busy["administrator"].organisation_id}
    judged = [event.id for event in busy.audit() if event.action == "proposal.judged"]
    assert set(judged) <= {row["id"] for row in exported}
    for person in ("officer", "supplier", "partner"):
        assert rows(busy, "audit", by=person) == []


def test_proposals_and_verdicts_are_for_those_whom_they_concern(busy):
    for person, seen in (("officer", 1), ("supplier", 1), ("neighbour", 0)):
        assert len(rows(busy, "proposals", by=person)) == seen
        assert len(rows(busy, "verdicts", by=person)) == 3 * seen


def test_restricted_entries_are_exported_for_administrators_alone(town):
    entry = town.need("Känsligt.")
    town.do(erasure.restrict, entry.id, by="administrator")
    assert "Känsligt." in texts(town, "administrator")
    assert "Känsligt." not in texts(town, "officer")
    assert rows(town, "versions", by="officer") == []


@pytest.mark.parametrize(
    "text", ["=1+1", "+46 är landsnumret", "-1", "@SUM(A1)", "  =cmd", "\t=1", "\xa0=1", "＝1+1"]
)
def test_no_spreadsheet_takes_a_text_for_a_formula(town, text):
    names = dict.fromkeys(("source", "source_id", "title", "text"), text)
    with town.sessions.begin() as session:
        words = {"kind": "need", "status": "published", "language": "sv"}
        session.add(Entry(source_key="k", draft_digest="", changed_seq=1, **words, **names))
    (row,) = table_of(town, "entries")
    for name in ("title", "text", "source", "source_id"):
        assert row[name] == f"'{text}"
    assert rows(town, "entries")[0]["text"] == text


def test_numbers_below_zero_stay_numbers(town):
    pair = town.propose(town.need(), town.offering(), value=-1.5)
    assert table_of(town, "proposals")[0]["score"] == str(pair.score.value)


def test_a_table_that_there_is_not_is_told_at_once(town):
    for service in (exporting.rows, exporting.csv_lines, exporting.json_lines):
        with pytest.raises(InvalidInput, match="no such table") as caught:
            town.do(service, "members")
        assert "entries" in caught.value.remedy


def test_many_rows_are_exported_in_one_order_without_a_gap(town):
    drafts = [draft(EntryKind.NEED, f"Rad {number}.", tags=(f"t{number}",)) for number in range(1100)]
    lines = [IntakeRow(number=number, draft=each) for number, each in enumerate(drafts)]
    town.do(importing.import_rows, lines, file_name="b.csv", file_digest="d")
    exported = rows(town, "entries")
    assert [row["id"] for row in exported] == sorted(entry.id for entry in town.rows(Entry))
    assert all(row["tags"] == [f"t{row['text'].split()[1].rstrip('.')}"] for row in exported)
    assert exported == rows(town, "entries")


def test_a_file_that_was_written_is_remembered(town, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    town.do(exporting.register_file, Path("entries.csv"), by="officer")
    (file,) = town.rows(ExportFile)
    assert file.path == str((tmp_path / "entries.csv").resolve())
    assert town.audit(file.id)[0].action == "export.written"


def test_secrets_are_in_no_export(busy):
    secret = busy.do(accounts.invite, email="ny@example.org", roles=[Role.OFFICER], by="administrator")
    key = busy.do(accounts.make_key, name="k", roles=[Role.OFFICER], by="officer").secret
    told = repr([rows(busy, table) for table in exporting.TABLES])
    assert secret not in told
    assert key not in told
    assert "ny@example.org" not in told
    assert "officer@example.org" not in told
