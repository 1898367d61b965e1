import errno
import json
import sqlite3

import pytest

from matcher.cli.console import ProgressBar
from matcher.services import entries, importing, organisations
from matcher.services.actor import SYSTEM, Actor
from matcher.services.organisations import OrganisationDraft
from matcher.types import EntryKind, OrganisationKind
from models import database

CSV = "id;Rubrik;Beskrivning;Kommun\n1;Halka;Det är halt på gångvägen.;\n2;Växel;Ingen svarar i telefonen.;\n"


def all_entries(sessions):
    with sessions() as session:
        return entries.list_entries(session, actor=SYSTEM, limit=5000).items


def make_organisation(sessions, name="Granälvens kommun"):
    with sessions.begin() as session:
        draft = OrganisationDraft(name=name, kind=OrganisationKind.MUNICIPALITY)
        return organisations.create(session, draft, actor=SYSTEM)


def test_a_swedish_spreadsheet_comes_in(cli, sessions):
    file = cli.write("behov.csv", CSV.encode("cp1252"))
    result = cli("import", file, "--kind", "need", "--source", "medborgarförslag")
    assert "2 rows read; 2 were new" in result.stdout
    assert "matcher match" in result.stdout
    found = {entry.source_id: entry for entry in all_entries(sessions)}
    assert found["1"].text == "Det är halt på gångvägen."
    assert {entry.source for entry in found.values()} == {"medborgarförslag"}
    assert {entry.kind for entry in found.values()} == {EntryKind.NEED}


def test_the_same_file_again_changes_nothing_and_a_changed_row_becomes_a_version(cli, sessions):
    file = cli.write("behov.csv", CSV)
    cli("import", file, "--kind", "need")
    assert cli.json("import", file, "--kind", "need")["unchanged"] == 2
    cli.write("behov.csv", CSV.replace("halt", "isigt"))
    report = cli.json("import", file, "--kind", "need")
    assert (report["created"], report["updated"], report["unchanged"]) == (0, 1, 1)
    changed = next(entry for entry in all_entries(sessions) if entry.source_id == "1")
    with sessions() as session:
        versions = entries.list_versions(session, changed.id, actor=SYSTEM)
    assert [version.number for version in versions] == [1, 2]


def test_wrong_rows_are_told_and_right_ones_come_in(cli, sessions):
    file = cli.write("behov.csv", "id;Beskrivning;CPV\n1;Halt på vägen;90620000\n2;Mörkt där;kod\n3;;\n")
    result = cli("import", file, "--kind", "need", code=3)
    assert "2 are wrong" in result.stdout
    assert "CPV" in result.stdout
    assert [entry.source_id for entry in all_entries(sessions)] == ["1"]


def test_the_report_as_json_names_row_field_and_remedy(cli):
    file = cli.write("behov.csv", "id;Beskrivning;CPV\n1;Halt på vägen;kod\n")
    report = cli.json("import", file, "--kind", "need", code=3)
    assert (report["read"], report["failed"], report["n_faults"]) == (1, 1, 1)
    fault = report["faults"][0]
    assert (fault["row"], fault["field"]) == (2, "CPV")
    assert fault["message"]
    assert fault["remedy"]


def test_only_the_first_of_many_faults_are_shown_and_all_are_in_the_json(cli):
    rows = "".join(f"{number};Halt;kod\n" for number in range(60))
    file = cli.write("behov.csv", "id;Beskrivning;CPV\n" + rows)
    assert "and 40 more" in cli("import", file, "--kind", "need", "--dry-run", code=3).stdout
    assert len(cli.json("import", file, "--kind", "need", code=3)["faults"]) == 60


def test_ragged_rows_are_faults_of_their_rows(cli, sessions):
    file = cli.write("behov.csv", "id;Beskrivning\n1;Halt på vägen\n2;Mörkt;för;mycket\n3;Ensamt hemma\n")
    result = cli("import", file, "--kind", "need", code=3)
    assert "1 are wrong" in result.stdout
    assert sorted(entry.source_id for entry in all_entries(sessions)) == ["1", "3"]


def test_a_dry_run_tells_which_column_is_what_and_keeps_nothing(cli, sessions):
    file = cli.write("behov.csv", CSV)
    result = cli("import", file, "--kind", "need", "--dry-run")
    assert "2 would be new" in result.stdout
    assert "Rubrik" in result.stdout
    assert all_entries(sessions) == []
    assert cli.json("import", file, "--kind", "need", "--dry-run")["dry_run"] is True


def test_a_dry_run_needs_no_lock(cli):
    file = cli.write("behov.csv", CSV)
    other = sqlite3.connect(cli.folder / "data" / "matcher.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    cli("import", file, "--kind", "need", "--dry-run")
    other.close()


def test_rows_belong_to_the_organisation_that_is_named(cli, sessions):
    owner = make_organisation(sessions)
    file = cli.write("behov.csv", CSV)
    cli("import", file, "--kind", "need", "--organisation", "granälvens kommun")
    assert {entry.organisation_id for entry in all_entries(sessions)} == {owner.id}


def test_an_organisation_that_nobody_knows_is_told_with_the_remedy(cli):
    file = cli.write("behov.csv", CSV)
    result = cli("import", file, "--kind", "need", "--organisation", "Atlantis", code=1)
    assert "no organisation Atlantis" in result.stderr
    assert "organisation add" in result.stderr


def test_organisations_that_rows_name_are_registered_if_that_is_wanted(cli, sessions):
    file = cli.write("behov.csv", "id;Beskrivning;Kommun\n1;Halt på vägen;Älvhamns kommun\n")
    cli("import", file, "--kind", "need")
    assert cli.json("organisation", "list") == []
    cli("import", file, "--kind", "need", "--source", "other", "--create-organisations")
    assert [each["name"] for each in cli.json("organisation", "list")] == ["Älvhamns kommun"]


def test_an_odd_file_comes_in_with_a_mapping_file(cli, sessions):
    file = cli.write("odd.csv", "A;B\n1;Halt på vägen\n")
    mapping = cli.write("odd.json", json.dumps({"columns": {"A": "id", "B": "text"}}))
    cli("import", file, "--kind", "need", "--mapping", mapping)
    assert all_entries(sessions)[0].text == "Halt på vägen"


def test_an_odd_file_comes_in_with_a_mapping_that_its_organisation_keeps(cli, sessions):
    owner = make_organisation(sessions)
    with sessions.begin() as session:
        actor = Actor(organisation_id=owner.id, is_system=True)
        importing.save_mapping(session, "Vårt system", {"A": "id", "B": "text"}, actor=actor)
    file = cli.write("odd.csv", "A;B\n1;Halt på vägen\n")
    cli("import", file, "--kind", "need", "--mapping", "Vårt system", "--organisation", owner.id)
    assert len(all_entries(sessions)) == 1


def test_a_mapping_that_is_not_kept_is_told(cli):
    result = cli("import", cli.write("odd.csv", CSV), "--kind", "need", "--mapping", "Vårt", code=1)
    assert "No mapping named Vårt" in result.stderr


def test_a_mapping_of_unknown_fields_names_those_that_are_known(cli):
    mapping = cli.write("odd.json", json.dumps({"columns": {"A": "colour"}}))
    result = cli("import", cli.write("odd.csv", CSV), "--kind", "need", "--mapping", mapping, code=1)
    assert "colour" in result.stderr
    assert "cpv" in result.stderr


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "does not exist"),
        (b"", "empty"),
        (b"\x00\x01\x02\xff" * 300, "no text file"),
        (b"Kolumn;Annan\n1;2\n", "text"),
        (b"PK\x03\x04 this is no spreadsheet", "damaged or protected"),
        (b'{"id": 1, "text"', "no records"),
    ],
    ids=["missing", "empty", "binary", "no text column", "broken xlsx", "broken json"],
)
def test_a_file_that_cannot_be_read_is_told_with_a_remedy(cli, sessions, content, words):
    file = cli.folder / "file.csv"
    if content is not None:
        file.write_bytes(content)
    result = cli("import", file, "--kind", "need", code=1)
    assert "file.csv" in result.stderr
    assert words in result.stderr
    assert len(result.stderr.strip().splitlines()) >= 2, "an error and its remedy"
    assert all_entries(sessions) == []


def test_a_file_whose_rows_may_be_anything_asks_for_the_kind(cli):
    result = cli("import", cli.write("rows.csv", "id;Text\n1;Halt på vägen\n"), code=1)
    assert "needs, ideas or offerings" in result.stderr


def test_a_locked_database_is_told_and_nothing_is_half_written(cli, sessions):
    file = cli.write("behov.csv", CSV)
    other = sqlite3.connect(cli.folder / "data" / "matcher.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    result = cli("import", file, "--kind", "need", code=1)
    assert "Busy" in result.stderr
    assert "Wait until it has finished" in result.stderr
    other.close()
    assert all_entries(sessions) == []
    cli("import", file, "--kind", "need")
    assert len(all_entries(sessions)) == 2


def test_an_interrupted_import_keeps_what_was_done_and_carries_on(cli, sessions, monkeypatch):
    rows = "".join(f"{number};Det är halt på väg {number}\n" for number in range(1200))
    file = cli.write("behov.csv", "id;Beskrivning\n" + rows)
    moves = iter(range(100))

    def interrupt_the_fourth(bar, done, total=None, *, text=None):
        if next(moves) == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(ProgressBar, "set", interrupt_the_fourth)
        result = cli("import", file, "--kind", "need", code=130)
    assert "500 rows of behov.csv are kept" in result.stderr
    assert "carries on" in result.stderr
    assert len(all_entries(sessions)) == 500
    report = cli.json("import", file, "--kind", "need")
    assert (report["read"], report["created"], report["failed"]) == (1200, 1200, 0)
    assert len(all_entries(sessions)) == 1200


def test_a_full_disk_is_told_and_the_next_try_carries_on(cli, sessions, monkeypatch):
    rows = "".join(f"{number};Det är halt på väg {number}. {'Halka! ' * 20}\n" for number in range(3000))
    file = cli.write("behov.csv", "id;Beskrivning\n" + rows)
    with monkeypatch.context() as patched:
        patched.setattr(database, "_PRAGMAS", (*database._PRAGMAS, "PRAGMA max_page_count=700"))
        result = cli("import", file, "--kind", "need", code=1)
    assert "Storage full" in result.stderr
    assert "Free some space" in result.stderr
    kept = len(all_entries(sessions))
    assert kept % 500 == 0
    assert 0 < kept < 3000
    assert cli.json("import", file, "--kind", "need")["created"] == 3000


def test_a_full_disk_elsewhere_is_told_too(cli, monkeypatch):
    def full(*arguments, **named):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("matcher.intake.read_rows", full)
    result = cli("import", cli.write("behov.csv", CSV), "--kind", "need", code=1)
    assert "No space left on device" in result.stderr


def test_no_text_of_a_resident_is_in_what_is_printed(cli):
    file = cli.write("behov.csv", "id;Beskrivning;CPV\n1;Hemligheten om Karin;kod\n")
    result = cli("import", file, "--kind", "need", code=3)
    assert "Hemligheten" not in result.output
