import pytest

from matcher.cli.console import ProgressBar
from matcher.services import runs
from matcher.services.actor import SYSTEM
from matcher.types import RunKind

NEEDS = "id;Beskrivning\n1;Halt på gångvägen till skolan, ingen sandar\n2;Ingen svarar i telefonväxeln\n"
OFFERINGS = "id;Beskrivning\n1;Sandning av gångväg till skolan när det är halt\n2;Bastu vid havet\n"


@pytest.fixture
def filled(cli):
    cli("import", cli.write("needs.csv", NEEDS), "--kind", "need")
    cli("import", cli.write("offerings.csv", OFFERINGS), "--kind", "offering")
    return cli


def test_a_match_tells_what_came_out(filled):
    result = filled("match")
    assert "Match done: 6 of 6 queries" in result.stdout
    assert "needs without a good match" in result.stdout


def test_a_match_as_json(filled):
    run = filled.json("match")
    assert (run["state"], run["done"], run["total"]) == ("done", 6, 6)
    assert run["counts"]["created"] == 1
    assert run["counts"]["without_match"] == 1


def test_an_interrupted_match_says_what_is_kept_and_carries_on(filled, sessions, monkeypatch):
    def interrupt(bar, done, total=None, *, text=None):
        if text == "Matching":
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(ProgressBar, "set", interrupt)
        result = filled("match", code=130)
    assert "Interrupted" in result.stderr
    assert "carries on" in result.stderr
    with sessions() as session:
        paused = runs.find_latest(session, RunKind.MATCH)
    assert (paused.state, paused.done) == ("queued", 2)
    assert filled.json("match")["id"] == paused.id


def test_a_match_that_is_under_way_elsewhere_is_not_begun_twice(filled, sessions):
    with sessions.begin() as session:
        runs.start(session, RunKind.MATCH, recipe_digest="another", total=1)
    result = filled("match", code=1)
    assert "under way" in result.stderr
    assert "Wait until it has finished" in result.stderr


def test_withdrawn_entries_are_erased_by_a_match_when_their_time_is_over(filled, monkeypatch):
    called = []
    monkeypatch.setattr("matcher.jobs.keep_retention", lambda sessions, settings: called.append(settings))
    monkeypatch.setenv("MATCHER_RETENTION_DAYS", "30")
    filled("match")
    assert [settings.retention_days for settings in called] == [30]


def test_similar_shows_entries_with_reasons_in_words(filled):
    result = filled("similar", "halt på gångvägen")
    first = result.stdout.splitlines()[0]
    assert "need" in first
    assert "Halt på gångvägen" in first
    assert "Both mention" in result.stdout


def test_similar_looks_among_the_kinds_that_are_wanted(filled):
    found = filled.json("similar", "halt på gångväg", "--kind", "offering")
    assert {each["entry"]["kind"] for each in found} == {"offering"}
    assert found[0]["entry"]["source_id"] == "1"
    assert 0 < found[0]["score"] < 1
    assert all(reason["sentence"] for reason in found[0]["reasons"])


def test_no_good_match_is_an_answer(filled):
    assert filled("similar", "kvantdator").stdout.strip() == "No good match."
    assert filled.json("similar", "kvantdator") == []


def test_a_text_without_a_word_is_refused(filled):
    assert "no word to search for" in filled("similar", "!!!", code=1).stderr


def test_similar_works_on_an_empty_database(cli):
    assert "No good match" in cli("similar", "halka").stdout


def test_missing_weights_are_told_with_the_remedy(filled):
    result = filled("similar", "halka", code=1, MATCHER_ENCODER=str(filled.folder / "nowhere"))
    assert "Encoder unavailable" in result.stderr
    assert "MATCHER_ENCODER" in result.stderr


def test_a_run_is_waiting_after_it_was_asked_for_and_match_carries_it_out(filled, sessions):
    with sessions.begin() as session:
        asked = runs.request(session, RunKind.MATCH, actor=SYSTEM)
    assert filled.json("match")["id"] == asked.id
