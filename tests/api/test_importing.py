"""Files through the API: good rows come in, wrong ones are reported, and a trial keeps nothing."""

from __future__ import annotations

import io
import json

import httpx2
import openpyxl
import pytest

from matcher.jobs import Worker
from tests.api.conftest import ICE, ICE_OFFERING, World

ROWS = """id;typ;rubrik;text;cpv
1;behov;Halka;Det är halt på gångvägen.;90620000-9
2;behov;;;
3;idé;Lunch;Ät i två grupper.;123
"""


def send(
    world: World, content: bytes, name: str = "behov.csv", by: str | None = "officer", **form: object
) -> httpx2.Response:
    return world.post("/imports", by, files={"file": (name, content)}, data=form)


def n_entries(world: World, by: str = "officer") -> int:
    return len(world.get("/entries", by).json()["items"])


def test_good_rows_come_in_and_wrong_ones_are_named_with_a_remedy(world: World) -> None:
    answer = send(world, ROWS.encode("windows-1252"))
    assert answer.status_code == 201, answer.text
    report = answer.json()
    assert (report["read"], report["created"], report["failed"]) == (3, 1, 2)
    assert [(each["row"], each["field"]) for each in report["faults"]] == [(3, "text"), (4, "cpv")]
    assert all(each["remedy"] for each in report["faults"])
    assert world.get("/entries").json()["items"][0]["title"] == "Halka"
    again = world.get(f"/imports/{report['id']}").json()
    assert again == report
    assert world.get(f"/imports/{report['id']}", "neighbour").status_code == 404


def test_the_same_file_again_changes_nothing(world: World) -> None:
    send(world, ROWS.encode())
    report = send(world, ROWS.encode()).json()
    assert (report["created"], report["updated"], report["unchanged"]) == (0, 0, 1)
    changed = ROWS.replace("gångvägen", "trappan").encode()
    assert send(world, changed).json()["updated"] == 1
    assert n_entries(world) == 1


def test_a_trial_tells_what_would_happen_and_keeps_nothing(world: World) -> None:
    answer = send(world, ROWS.encode(), dry_run="true")
    assert answer.status_code == 200
    report = answer.json()
    assert (report["id"], report["status"], report["created"], report["failed"]) == (None, "trial", 1, 2)
    assert n_entries(world) == 0
    assert world.get("/imports").json()["items"] == []


def test_a_spreadsheet_is_read(world: World) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Typ", "Text"])
    book.active.append(["behov", ICE])
    content = io.BytesIO()
    book.save(content)
    assert send(world, content.getvalue(), "behov.xlsx").json()["created"] == 1


def test_an_odd_file_is_read_with_a_mapping_that_is_sent_or_saved(world: World) -> None:
    odd = b"Vad;Var\nHalt;2581\n"
    refused = send(world, odd)
    assert (refused.status_code, refused.json()["code"]) == (422, "unreadable-file")
    columns = {"Vad": "text", "Var": "municipality"}
    assert send(world, odd, mapping=json.dumps(columns), kind="need").json()["created"] == 1
    whole = {"columns": columns, "defaults": {"kind": "idea"}}
    assert send(world, odd, mapping=json.dumps(whole), source="b").json()["created"] == 1
    assert world.call("PUT", "/mappings/Årets enkät", json={"columns": columns}).status_code == 200
    report = send(world, odd, saved_mapping="Årets enkät", kind="need", source="c").json()
    assert report["created"] == 1
    assert send(world, odd, "x.csv", "neighbour", saved_mapping="Årets enkät").status_code == 404


def test_mappings_are_kept_changed_and_removed_by_staff(world: World) -> None:
    path = "/mappings/Enkät"
    assert world.call("PUT", path, json={"columns": {"A": "text"}}).json()["version"] == 1
    assert world.call("PUT", path, json={"columns": {"B": "text"}}).json()["columns"] == {"B": "text"}
    assert [each["name"] for each in world.get("/mappings").json()["items"]] == ["Enkät"]
    assert world.get("/mappings", "neighbour").json()["items"] == []
    assert world.call("PUT", path, json={"columns": {"B": "wish"}}).status_code == 422
    assert world.call("DELETE", path).status_code == 204
    assert world.get(path).status_code == 404


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"mapping": "{"}, "mapping"),
        ({"mapping": "[1]"}, "mapping"),
        ({"mapping": '{"A": "wish"}'}, "mapping"),
        ({"mapping": "[" * 90_000}, "mapping"),
        ({"mapping": "{}", "saved_mapping": "x"}, "mapping"),
        ({"kind": "wish"}, "kind"),
        ({"dry_run": "perhaps"}, "dry_run"),
    ],
)
def test_a_wrong_form_is_named(world: World, form: dict[str, str], field: str) -> None:
    answer = send(world, ROWS.encode(), **form)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "tom.csv"),
        (b"\x00\x01\x02\x03" * 100, "bild.png"),
        (b"PK\x03\x04broken", "trasig.xlsx"),
        (b"a;b\n1;2\n", "obegriplig.csv"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_and_nothing_is_kept(
    world: World, content: bytes, name: str
) -> None:
    answer = send(world, content, name)
    assert answer.status_code == 422
    problem = answer.json()
    assert name in problem["detail"]
    assert problem["remedy"]
    assert n_entries(world) == 0
    assert world.get("/imports").json()["items"] == []


def test_without_a_file_the_field_is_named(world: World) -> None:
    answer = world.post("/imports", data={"kind": "need"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "file")


@pytest.mark.parametrize("name", ["../../etc/passwd.csv", "C:\\temp\\a.csv", "x" * 400 + ".csv"])
def test_a_file_name_is_shown_without_folders(world: World, name: str) -> None:
    report = send(world, ROWS.encode(), name, kind="need").json()
    assert "/" not in report["file_name"] and "\\" not in report["file_name"]
    assert len(report["file_name"]) <= 200


def test_a_look_tells_how_a_file_would_be_read(world: World) -> None:
    answer = world.post("/imports/look", files={"file": ("behov.csv", ROWS.encode())})
    looked = answer.json()
    assert (looked["format"], looked["delimiter"]) == ("csv", ";")
    assert looked["mapping"] == {"id": "id", "typ": "kind", "rubrik": "title", "text": "text", "cpv": "cpv"}


def test_imported_entries_are_matched_soon(world: World) -> None:
    world.make_entry(ICE_OFFERING, "supplier", kind="offering", publish=True)
    send(world, f"typ;text\nbehov;{ICE}\n".encode())
    assert [each["state"] for each in world.get("/runs").json()["items"]] == ["queued"]
    Worker(world.resources.live).work_once()
    need = world.get("/entries", params={"kind": "need"}).json()["items"][0]
    assert world.get(f"/entries/{need['id']}/proposals").json()["items"]


def test_a_partner_imports_its_own_offerings(world: World) -> None:
    rows = f"typ;text\nerbjudande;{ICE_OFFERING}\n".encode()
    assert send(world, rows, by="supplier").json()["created"] == 1
    entry = world.get("/entries", "supplier", params={"kind": "offering"}).json()["items"][0]
    assert entry["organisation"] == "Isfritt AB"
