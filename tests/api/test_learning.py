import pytest

from matcher.services import entries, matching, reviewing
from matcher.services.actor import SYSTEM
from matcher.types import Direction, EntryKind, VerdictKind
from tests.matcher.living import draft
from tests.matcher.pipeline.world import drawn

DIRECTION = Direction.NEED_TO_OFFERING


@pytest.fixture
def judged(world):
    """The service with proposals of which most were judged by the words that both texts share."""
    with world.sessions.begin() as session:
        for kind in (EntryKind.NEED, EntryKind.OFFERING):
            for entry in drawn(kind, 40, seed=len(kind)):
                entries.create(session, draft(kind, entry.text), actor=SYSTEM)
    live = world.resources.live
    live.renew()
    with world.sessions() as session:
        batches = live.using(
            session,
            lambda m: m.propose_batches(m.ids(EntryKind.NEED), DIRECTION, with_reasons=False),
        )
        proposals = [proposal for batch in batches for proposal in batch.proposals]
        matching.save_proposals(session, proposals)
        chosen = reviewing.ProposalFilters(direction=DIRECTION)
        views = reviewing.list_proposals(session, actor=SYSTEM, filters=chosen, limit=200).items
        for view in views[10:]:
            shared = len(set(view.query.text.split()) & set(view.target.text.split()))
            kind = VerdictKind.ACCEPT if shared >= 4 else VerdictKind.REJECT
            reviewing.give_verdict(session, view.id, kind, reason="because", actor=SYSTEM)
        session.commit()
    return world


def test_scorer_is_learnt_listed_and_taken_back(judged):
    learned = judged.call("POST", "/scorers", "administrator", json={})
    assert learned.status_code == 201, learned.text
    assert learned.json()["number"] == 1
    state = "active" if learned.json()["is_promoted"] else "kept"
    listed = judged.call("GET", "/scorers", "officer").json()["items"]
    assert [(each["number"], each["state"]) for each in listed] == [(1, state)]
    answer = judged.call("POST", "/scorers/rollback", "administrator")
    if state == "active":
        assert answer.json() == {"serving": None}
        answer = judged.call("POST", "/scorers/rollback", "administrator")
    assert answer.status_code == 409
    assert answer.json()["code"] == "conflict"


def test_calibration_tells_what_scores_meant(judged):
    found = judged.call("GET", "/calibration", "coordinator").json()
    assert found["whole"]["n"] == sum(each["n"] for each in found["whole"]["bins"])
    assert set(found["slices"]) == {"direction", "languages", "kind", "organisation", "supplier_size"}


def test_quality_by_verdicts_is_told_for_each_recipe_and_slice(judged):
    found = judged.call("GET", "/evaluation", "coordinator").json()
    assert set(found["recipes"]) == {"lexical", "dense", "fused"}
    assert set(found["recipes"]["fused"]["precision"]) == {"value", "low", "high", "n"}
    assert set(found["slices"]) == {"languages", "kind", "organisation", "supplier_size"}
    assert found["reliability"]["n"] == found["n_pairs"]
    nothing = judged.call("GET", "/evaluation?direction=similar", "coordinator")
    assert (nothing.status_code, nothing.json()["code"]) == (409, "conflict")


def test_queue_lists_open_proposals_in_both_orders(judged):
    for order in ("likely", "teaching"):
        items = judged.call("GET", f"/queue?order={order}&limit=5", "officer").json()["items"]
        assert {each["state"] for each in items} <= {"open"}
    assert judged.call("GET", "/queue?order=sideways", "officer").status_code == 422


def test_why_not_is_said_in_the_readers_language(judged):
    live = judged.resources.live
    need, offering = live.ids(EntryKind.NEED)[0], live.ids(EntryKind.OFFERING)[0]
    path = f"/entries/{need}/why-not/{offering}"
    swedish = judged.call("GET", path, "officer", headers={"Accept-Language": "sv"}).json()
    english = judged.call("GET", path, "officer", headers={"Accept-Language": "en"}).json()
    assert swedish["score"] == english["score"]
    assert swedish["sentences"] != english["sentences"]
    assert english["obstacles"] == ["score"]
    assert {each["kind"] for each in english["changes"]} >= {"cpv", "region"}
    assert judged.call("GET", f"/entries/{need}/why-not/nobody", "officer").status_code == 404


def test_codes_are_suggested_on_every_level(judged):
    need = judged.resources.live.ids(EntryKind.NEED)[0]
    found = judged.call("GET", f"/entries/{need}/codes", "partner").json()
    assert [found[level][0]["level"] for level in ("divisions", "groups")] == [2, 3]
    assert all(0 <= each["confidence"] <= 1 for each in found["codes"])
    assert judged.call("GET", "/entries/nobody/codes", "partner").status_code == 404


def test_nothing_to_learn_from_is_a_clear_problem(world):
    problem = world.call("POST", "/scorers", "administrator", json={"precision": 0.5})
    assert (problem.status_code, problem.json()["code"]) == (409, "too-few-verdicts")
    assert "Judge more" in problem.json()["remedy"]
    assert world.call("POST", "/scorers", "administrator", json={"precision": 2}).status_code == 422
    assert world.call("POST", "/scorers", "officer", json={}).status_code == 403
