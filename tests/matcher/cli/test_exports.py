import csv
import json

import pytest

from matcher.services import entries, erasure, exporting
from matcher.services.actor import SYSTEM
from matcher.types import EntryDraft, EntryKind


def add(sessions, text, number="1"):
    with sessions.begin() as session:
        draft = EntryDraft(source="test", source_id=number, kind=EntryKind.NEED, text=text, language="sv")
        return entries.create(session, draft, actor=SYSTEM)


def test_everything_is_written_as_csv_and_json_lines(cli, sessions):
    add(sessions, "Halt på gångvägen")
    listed = {row["file"]: row["rows"] for row in cli.json("export", "out")}
    folder = cli.folder / "out"
    assert {path.name for path in folder.iterdir()} == {
        f"{table}.{ending}" for table in exporting.TABLES for ending in ("csv", "jsonl")
    }
    with (folder / "entries.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["text"] for row in csv.DictReader(file)] == ["Halt på gångvägen"]
    lines = (folder / "entries.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["text"] for line in lines] == ["Halt på gångvägen"]
    assert {rows for name, rows in listed.items() if "entries" in name} == {1}


def test_an_export_replaces_the_one_before(cli, sessions):
    add(sessions, "Halt på gångvägen")
    cli("export", "out")
    add(sessions, "Mörkt vid skolan", "2")
    assert "2" in cli("export", "out").stdout
    assert len((cli.folder / "out" / "entries.jsonl").read_text(encoding="utf-8").splitlines()) == 2


def test_what_is_erased_is_gone_from_exports_too(cli, sessions):
    entry = add(sessions, "Halt på gångvägen")
    cli("export", "out")
    with sessions.begin() as session:
        erasure.erase(session, entry.id, actor=SYSTEM)
    assert list((cli.folder / "out").iterdir()) == []


def test_an_erasure_during_the_export_is_not_missed(cli, sessions, monkeypatch):
    entry = add(sessions, "Halt på gångvägen")
    write, written = exporting.json_lines, []

    def erase_in_between(session, table, *, actor):
        if not written:
            written.append(table)
            with sessions.begin() as other:
                erasure.erase(other, entry.id, actor=SYSTEM)
        return write(session, table, actor=actor)

    monkeypatch.setattr(exporting, "json_lines", erase_in_between)
    cli("export", "out")
    for path in (cli.folder / "out").iterdir():
        assert "gångvägen" not in path.read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_an_export_that_was_cut_short_leaves_nothing(cli, sessions, monkeypatch, error):
    add(sessions, "Halt på gångvägen")

    def cut(session, table, *, actor):
        raise error

    monkeypatch.setattr(exporting, "json_lines", cut)
    result = cli("export", "out", code=130 if error is KeyboardInterrupt else 1)
    assert list((cli.folder / "out").iterdir()) == []
    assert "Interrupted" in result.stderr or "cannot be written: No space" in result.stderr


def test_a_folder_that_cannot_be_made_is_told(cli):
    result = cli("export", cli.write("file", "") / "out", code=1)
    assert "Storage full" in result.stderr
