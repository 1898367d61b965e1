import pytest

from matcher.live import LiveMatcher
from matcher.services import entries, matching, reviewing
from matcher.services.actor import SYSTEM
from matcher.types import Direction, EntryKind, VerdictKind
from models.database import make_engine, make_sessions
from tests.matcher.living import GENEROUS, draft
from tests.matcher.pipeline.world import drawn


@pytest.fixture
def judged(cli):
    """A database with proposals of which many were judged by the words that both texts share."""
    settings = cli.settings()
    engine = make_engine(settings.effective_database_url)
    sessions = make_sessions(engine)
    with sessions.begin() as session:
        for kind in (EntryKind.NEED, EntryKind.OFFERING):
            for entry in drawn(kind, 40, seed=len(kind)):
                entries.create(session, draft(kind, entry.text), actor=SYSTEM)
    live = LiveMatcher(sessions, settings, recipe=GENEROUS)
    live.renew()
    batch = live.propose_block(live.ids(EntryKind.NEED), Direction.NEED_TO_OFFERING)
    with sessions.begin() as session:
        matching.save_proposals(session, batch.proposals)
        chosen = reviewing.ProposalFilters(direction=Direction.NEED_TO_OFFERING)
        for view in reviewing.list_proposals(session, actor=SYSTEM, filters=chosen, limit=150).items:
            shared = len(set(view.query.text.split()) & set(view.target.text.split()))
            kind = VerdictKind.ACCEPT if shared >= 3 else VerdictKind.REJECT
            reviewing.give_verdict(session, view.id, kind, reason="because", actor=SYSTEM)
    engine.dispose()
    return cli


def test_learning_shows_what_changed_and_serves_what_is_better(judged):
    shown = judged("learn").stdout
    assert "150 verdicts" in shown
    assert "log loss on held-out verdicts" in shown
    assert "Scorer 1 is surely better and serves now" in shown
    assert "active" in judged("scorers").stdout
    listed = judged.json("scorers")
    assert [(each["number"], each["state"]) for each in listed] == [(1, "active")]
    again = judged.json("learn")
    assert (again["number"], again["is_promoted"]) == (2, False)


def test_rolling_back_lets_the_one_before_serve(judged):
    judged("learn")
    assert "first day" in judged("rollback").stdout
    assert [each["state"] for each in judged.json("scorers")] == ["withdrawn"]
    assert "No learned scorer serves" in judged("rollback", code=1).stderr


def test_nothing_learnt_is_told_with_what_to_do(cli):
    assert "Nothing was learnt yet" in cli("scorers").stdout
    told = cli("learn", code=1).stderr
    assert "Too few verdicts" in told
    assert "Judge more proposals" in told


def test_quality_is_measured_by_verdicts_where_no_folder_is_named(judged):
    rows = judged.json("evaluate")
    served = {row["measure"]: row for row in rows if row["recipe"] == "fused" and row["among"] is None}
    assert set(served) == {
        f"need_to_offering_{name}" for name in ("ndcg10", "mrr", "precision", "recall", "ece")
    }
    assert all(row["low"] <= row["value"] <= row["high"] for row in served.values())
    assert {row["among"] for row in rows} >= {None, "kind need", "languages sv", "supplier_size unknown"}
    assert {row["recipe"] for row in judged.json("evaluate", "--recipe", "dense")} == {"dense"}
    assert "unknown" in judged("evaluate").stdout


def test_quality_without_a_verdict_is_told_with_what_to_do(cli):
    told = cli("evaluate", code=1).stderr
    assert "Nothing was decided yet" in told
    assert "Judge some proposals first." in told
