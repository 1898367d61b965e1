import json

import pytest
from docx import Document

from matcher.cli.console import ProgressBar
from matcher.services import cases, entries, organisations, runs
from matcher.services.actor import SYSTEM
from matcher.services.organisations import OrganisationDraft
from matcher.types import EntryDraft, EntryKind, OrganisationKind, RunKind

ICE = "Halkiga gångvägar vid äldreboendet. Våra äldre vågar inte gå ut"
SCHOOL = "Skolmaten är kall och köerna långa. Barnen hinner inte äta"


@pytest.fixture
def filled(cli, sessions):
    """Two municipalities with needs about two things, nearly in the same words."""
    with sessions.begin() as session:
        owners = [
            organisations.create(
                session,
                OrganisationDraft(name=name, kind=OrganisationKind.MUNICIPALITY, municipality="2581"),
                actor=SYSTEM,
            ).id
            for name in ("Exempelstad", "Grannköping")
        ]
        for text in (ICE, SCHOOL):
            for number in range(4):
                draft = EntryDraft(
                    source="test",
                    source_id=f"{text[:5]}{number}",
                    kind=EntryKind.NEED,
                    text=f"{text}, brev {number}.",
                    language="sv",
                    organisation=owners[number % 2],
                    municipality="2581",
                )
                entries.create(session, draft, actor=SYSTEM)
    return cli


def test_duplicates_are_found_listed_and_decided(filled):
    found = filled.json("duplicates", "find")
    assert (found["kind"], found["state"]) == ("duplicates", "done")
    assert found["counts"]["new"] > 0
    assert "may be one" in filled("duplicates", "find").stdout
    pairs = filled.json("duplicates", "list")
    assert pairs[0]["left"]["text"][:10] == pairs[0]["right"]["text"][:10]
    assert pairs[0]["id"] in filled("duplicates", "list").stdout
    result = filled("duplicates", "decide", pairs[0]["id"], "merge")
    assert "merged" in result.stdout
    assert filled.json("duplicates", "list", "--state", "merged")[0]["id"] == pairs[0]["id"]
    assert "open" in filled("duplicates", "decide", pairs[0]["id"], "undo").stdout
    assert "Not found" in filled("duplicates", "decide", "nothing", "merge", code=1).stderr
    assert "No such pairs" in filled("duplicates", "list", "--state", "unsure").stdout


def test_themes_are_found_listed_named_and_joined(filled, sessions):
    assert filled.json("themes", "find")["counts"]["themes"] == 2
    assert "entries in no theme" in filled("themes", "find").stdout
    themes = filled.json("themes", "list", "--all")
    assert [theme["n_members"] for theme in themes] == [4, 4]
    named = filled("themes", "rename", themes[0]["id"], "--sv", "Isfritt", "--en", "Ice")
    assert "Isfritt (Ice)" in named.stdout
    assert "Isfritt" in filled("themes", "list").stdout
    with sessions.begin() as session:
        draft = EntryDraft(source="test", source_id="new", kind=EntryKind.NEED, text=f"{ICE}, nytt brev.")
        entries.create(session, draft, actor=SYSTEM)
    assert filled.json("themes", "join") == {"joined": 1}
    assert "0 entries" in filled("themes", "join").stdout
    assert "name" in filled("themes", "rename", themes[0]["id"], code=1).stderr.lower()


def test_joint_needs_are_found_and_listed(filled):
    assert filled.json("joint-needs", "find")["counts"]["joint_needs"] == 2
    assert "Joint needs" in filled("joint-needs", "find").stdout
    found = filled.json("joint-needs", "list")
    assert {need["organisation"] for need in found[0]["needs"]} == {"Exempelstad", "Grannköping"}
    assert "worth not known" in filled("joint-needs", "list").stdout
    assert "No joint needs" in filled("joint-needs", "list", "--state", "case").stdout


def test_an_interrupted_search_changes_nothing_and_can_be_started_again(filled, sessions, monkeypatch):
    def interrupt(bar, done, total=None, *, text=None):
        if text == "Finding themes":
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(ProgressBar, "set", interrupt)
        result = filled("themes", "find", code=130)
    assert "Nothing was changed" in result.stderr
    assert filled.json("themes", "list") == []
    with sessions() as session:
        paused = runs.find_latest(session, RunKind.THEMES)
    again = filled.json("themes", "find")
    assert (paused.state, again["id"], again["state"]) == ("queued", paused.id, "done")


def test_a_search_that_is_under_way_elsewhere_is_not_begun_twice(filled, sessions):
    with sessions.begin() as session:
        runs.start(session, RunKind.THEMES, total=100)
    result = filled("themes", "find", code=1)
    assert "under way" in result.stderr
    assert "Wait until it has finished" in result.stderr
    assert filled.json("duplicates", "find")["state"] == "done"


def test_cases_are_listed_and_exported(filled, sessions):
    with sessions.begin() as session:
        need_ids = [entry.id for entry in entries.list_entries(session, actor=SYSTEM).items[:2]]
        case = cases.create(session, title="Isfria vägar", need_ids=need_ids, actor=SYSTEM)
    assert filled.json("cases", "list")[0]["title"] == "Isfria vägar"
    assert "Isfria vägar" in filled("cases", "list").stdout
    release, document = filled.folder / "case.json", filled.folder / "case.docx"
    filled("cases", "export", case.id, release, "--form", "ocds")
    assert json.loads(release.read_bytes())["releases"][0]["tag"] == ["planning"]
    filled("cases", "export", case.id, document, "--language", "en")
    assert Document(document).paragraphs[0].text == "Isfria vägar"
    assert "sv or en" in filled("cases", "export", case.id, document, "--language", "de", code=1).stderr
    assert "Not found" in filled("cases", "export", "nothing", document, code=1).stderr
    nowhere = filled.folder / "nowhere" / "case.json"
    assert "cannot be written" in filled("cases", "export", case.id, nowhere, code=1).stderr


def test_notices_are_told(filled):
    assert filled.json("notices", "send") == {"told": 0, "mails": 0}
    assert "0 mails" in filled("notices", "send").stdout
