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


def test_whole_groups_are_listed_and_merged(filled):
    assert "No such groups" in filled("duplicates", "groups").stdout
    filled.json("duplicates", "find")
    group = filled.json("duplicates", "groups")[0]
    assert group["id"] in filled("duplicates", "groups").stdout
    merged = filled("duplicates", "decide-group", group["id"], "merge", "--face", group["entry_ids"][1])
    assert "pairs are answered" in merged.stdout
    standing = filled.json("merges", "show", group["entry_ids"][0])
    assert standing["face"] == group["entry_ids"][1]
    assert {entry["id"] for entry in standing["entries"]} == set(group["entry_ids"])


def ids_of(cli, text):
    cli.json("themes", "find")
    for theme in cli.json("themes", "list"):
        found = cli.json("themes", "show", theme["id"])["entries"]
        if found[0]["text"].startswith(text):
            return theme["id"], [entry["id"] for entry in found]
    raise AssertionError(text)


def test_entries_are_merged_traced_and_parted_by_hand(filled):
    _, (one, two, three, *_) = ids_of(filled, ICE)
    assert "never merged" in filled("merges", "trace", one).stdout
    assert filled.json("merges", "make", one, two, "--face", two)["face"] == two
    assert "stand behind it" in filled("merges", "make", one, three).stdout
    first, second = filled.json("merges", "trace", one)
    assert first["id"] in filled("merges", "trace", one).stdout
    assert filled.json("merges", "face", three)["face"] == three
    assert "2 faces" in filled("merges", "undo", first["id"]).stdout
    assert {entry["id"] for entry in filled.json("merges", "show", one)["entries"]} == {one, three}
    assert "undone" in filled("merges", "trace", one).stdout
    assert "is undone" in filled("merges", "undo", first["id"], code=1).stderr
    assert second["undone_at"] is None
    assert "never parted" in filled("splits", "list", two).stdout
    made = filled.json("splits", "make", two, "--part", "Halka vid skolan", "--part", "Mörkt vid skolan")
    assert len(made["part_ids"]) == 2
    assert made["id"] in filled("splits", "list", two).stdout
    assert "is back" in filled("splits", "undo", made["id"]).stdout
    assert filled.json("splits", "list", two)[0]["undone_at"] is not None
    assert "2 to 10" in filled("splits", "make", two, "--part", "Halka vid skolan", code=1).stderr


def test_themes_are_shown_parted_merged_and_filled(filled):
    ice, members = ids_of(filled, ICE)
    school, _ = ids_of(filled, SCHOOL)
    shown = filled.json("themes", "show", ice)
    assert (shown["growth"][-1]["n_total"], shown["events"][0]["kind"]) == (4, "birth")
    assert "4 in all" in filled("themes", "show", ice).stdout
    assert filled.json("themes", "outside") == {"n_outside": 0, "n_entries": 8, "share": 0.0}
    assert "0 of 8" in filled("themes", "outside").stdout
    parted = filled("themes", "split", ice, *members[:2], "--sv", "Eget", "--en", "Own").stdout
    assert "Eget holds 2 entries" in parted
    assert "holds 5 entries" in filled("themes", "place", school, members[2]).stdout
    assert "next run" in filled("themes", "unpin", members[2]).stdout
    assert "not pinned" in filled("themes", "unpin", members[2], code=1).stderr
    assert "holds 3 entries" in filled("themes", "merge", parted.split()[-1], ice).stdout
    gone = parted.split()[-1]
    assert filled.json("themes", "show", gone)["state"] == "merged"
    assert (gone, "merge") in {(each["theme_id"], each["kind"]) for each in filled.json("themes", "events")}
    assert gone in filled("themes", "events").stdout


def test_a_joint_need_becomes_a_case_that_is_kept_to_its_end(filled):
    filled.json("joint-needs", "find")
    one, other = filled.json("joint-needs", "list")
    need = one["needs"][0]["id"]
    assert "3 of 4 needs" in filled("joint-needs", "drop", one["id"], need).stdout
    assert "4 of 4 needs" in filled("joint-needs", "take-in", one["id"], need).stdout
    others = {each["id"] for each in other["needs"]}
    assert {each["id"] for each in filled.json("joint-needs", "may-belong", one["id"])} & others
    assert other["needs"][0]["id"] in filled("joint-needs", "may-belong", one["id"], "--limit", "50").stdout
    assert "dismissed" in filled("joint-needs", "dismiss", other["id"]).stdout
    assert "proposed" in filled("joint-needs", "reopen", other["id"]).stdout
    assert "accepted" in filled("joint-needs", "accept", one["id"]).stdout
    by_hand = {each["organisation"]: each["id"] for each in other["needs"]}.values()
    assert "accepted, with 2 of 2" in filled("joint-needs", "create", *by_hand).stdout
    told = ("--title", "Isfria vägar", "--organisation", "Exempelstad")
    case = filled("joint-needs", "case", one["id"], *told).stdout.split()[-1]
    filled("cases", "part", case, "Grannköping", "--mandate", "Eva", "--volume", "3 mil")
    filled("cases", "next", case, "Bjud in till dialog", "--on", "2027-01-15")
    assert "number 1" in filled("cases", "talk", case, "Visning", "--participant", "Vägbolaget").stdout
    assert "meeting" in filled("cases", "talk", case, "Visning", "--kind", "nothing", code=1).stderr
    assert "idea" in filled("cases", "move", case, "idea").stdout
    assert "needs a reason" in filled("cases", "move", case, "stopped", code=1).stderr
    assert "stopped" in filled("cases", "move", case, "stopped", "--reason", "Ingen budget").stdout
    shown = filled.json("cases", "show", case)
    assert [step["state"] for step in shown["steps"]] == ["need", "idea", "stopped"]
    assert {each["name"]: each["mandate"] for each in shown["organisations"]} == {
        "Exempelstad": "",
        "Grannköping": "Eva",
    }
    printed = filled("cases", "show", case).stdout
    for words in ("Ingen budget", "Grannköping: Eva, 3 mil", "Visning", "Bjud in till dialog (2027-01-15)"):
        assert words in printed
    opened = filled("cases", "open", *told, "--need", need).stdout
    assert "holds 1 needs" in opened
    second = opened.split()[-1]
    assert "holds 2 needs" in filled("cases", "add", second, "--need", one["needs"][1]["id"]).stdout
    assert "holds 1 needs" in filled("cases", "remove", second, need).stdout
    assert "is direct-award" in filled("cases", "procedure", second, "direct-award").stdout
    assert "one of" in filled("cases", "procedure", second, "nothing", code=1).stderr
    assert filled.json("cases", "show", second)["procedure"] == "direct-award"


def test_thresholds_are_listed_added_and_taken_out(filled):
    before = filled.json("thresholds", "list")
    assert "LOU" in {row["law"] for row in before}
    assert "LOU" in filled("thresholds", "list").stdout
    row = ("LOU", "direct_award", "750 000", "--from", "2031-01-01", "--source", "Lag 2030:1")
    added = filled("thresholds", "add", *row).stdout.split()[-1]
    assert len(filled.json("thresholds", "list")) == len(before) + 1
    assert "one of LOU, LUF, LUK" in filled("thresholds", "add", "LAG", *row[1:], code=1).stderr
    assert "There is such a row" in filled("thresholds", "add", *row, code=1).stderr
    assert "a number" in filled("thresholds", "add", *row[:2], "mycket", *row[3:], code=1).stderr
    filled("thresholds", "withdraw", added)
    assert filled.json("thresholds", "list") == before
    assert added in {row["id"] for row in filled.json("thresholds", "list", "--all")}
