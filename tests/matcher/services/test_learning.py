import logging
from dataclasses import replace

import pytest
from sqlalchemy import update

from matcher.errors import Conflict, InvalidInput, NotAllowed, ScorerNotFound, TooFewVerdicts
from matcher.services import learning, reviewing
from matcher.services.actor import SYSTEM, Actor
from matcher.services.verdict_pairs import judged_pairs
from matcher.types import Direction, EntryKind, ProposalState, ReasonKind, Role, VerdictKind
from models.records import Scorer
from models.repositories.scorers import ScorerRepository
from tests.matcher.living import GENEROUS

ACCEPT, REJECT, UNSURE, UNDO = (
    VerdictKind.ACCEPT,
    VerdictKind.REJECT,
    VerdictKind.UNSURE,
    VerdictKind.UNDO,
)
DIRECTION = Direction.NEED_TO_OFFERING
PARTNER = Actor(member_id=None, organisation_id="o", roles=frozenset({Role.PARTNER}))


@pytest.fixture
def live(world):
    return world.proposing(40)


def open_proposals(session, n=200, **filters):
    chosen = reviewing.ProposalFilters(direction=DIRECTION, **filters)
    return reviewing.list_proposals(session, actor=SYSTEM, filters=chosen, limit=n).items


def share_much(view):
    return len(set(view.query.text.split()) & set(view.target.text.split())) >= 3


def judge_all(world, rule=share_much, *, n=120):
    with world.sessions.begin() as session:
        for view in open_proposals(session, n):
            kind = ACCEPT if rule(view) else REJECT
            reviewing.give_verdict(session, view.id, kind, reason="because", actor=SYSTEM)


def learn(world, live, **how):
    with world.sessions.begin() as session:
        return live.using(session, lambda matcher: learning.learn(session, matcher, actor=SYSTEM, **how))


def test_verdicts_of_a_pair_are_taken_together(world, live):
    with world.sessions.begin() as session:
        first, second, third = open_proposals(session, 3)
        reviewing.give_verdict(session, first.id, ACCEPT, actor=SYSTEM)
        reviewing.give_verdict(session, second.id, UNSURE, actor=SYSTEM)
        reviewing.give_verdict(session, third.id, ACCEPT, actor=SYSTEM)
        reviewing.give_verdict(session, third.id, UNDO, actor=SYSTEM)
        pairs = judged_pairs(session)
    assert [(p.query_id, p.target_id, p.fits, p.weight) for p in pairs] == [
        (first.query.id, first.target.id, 1.0, 1.0),
        (second.query.id, second.target.id, 0.5, 0.5),
    ]
    assert (pairs[0].rank, pairs[0].score) == (first.rank, first.score.value)


def test_learned_scorer_serves_if_it_is_better_and_stands_on_the_next_proposals(world, live):
    before = live.recipe
    judge_all(world)
    lessons = learn(world, live)
    assert lessons.is_promoted
    assert (lessons.version.number, lessons.version.state) == (1, "active")
    assert lessons.version.measures["need_to_offering"]["gain"] > 0
    assert live.recipe.scorer == lessons.version.digest
    assert live.recipe.digest != before.digest
    need = live.ids(EntryKind.NEED)[0]
    live.propose_again(need, DIRECTION)
    with world.sessions() as session:
        current = [v for v in open_proposals(session, entry_id=need) if v.query.id == need]
        assert {v.recipe_digest for v in current} == {live.recipe.digest}


def test_another_process_serves_with_the_learned_scorer_too(world, live):
    judge_all(world)
    lessons = learn(world, live)
    fresh = world.live(recipe=GENEROUS)
    assert fresh.recipe.scorer == lessons.version.digest
    fresh.renew()
    assert fresh.recipe == live.recipe


def test_rolling_back_leads_to_the_scorer_before_and_then_to_the_first(world, live):
    first = live.recipe
    judge_all(world)
    one = learn(world, live)
    with world.sessions.begin() as session:
        scorers = ScorerRepository(session)
        again = scorers.get(1)
        copy = scorers.add(
            Scorer(
                state="kept",
                digest=again.digest,
                encoder_digest=again.encoder_digest,
                content=again.content,
                measures={},
                data_digest="",
                n_verdicts=1,
            )
        )
        scorers.promote(copy)
    with world.sessions.begin() as session:
        assert learning.roll_back(session, actor=SYSTEM).number == one.version.number
    assert live.recipe.scorer == one.version.digest
    with world.sessions.begin() as session:
        assert learning.roll_back(session, actor=SYSTEM) is None
        with pytest.raises(Conflict, match="No learned scorer"):
            learning.roll_back(session, actor=SYSTEM)
        states = [(v.number, v.state) for v in learning.list_scorers(session, actor=SYSTEM).items]
    assert states == [(2, "withdrawn"), (1, "withdrawn")]
    assert live.recipe == first


@pytest.mark.parametrize("broken", ["content", "encoder"])
def test_broken_or_foreign_scorer_is_passed_over(world, live, broken, caplog):
    first = live.recipe
    judge_all(world)
    learn(world, live)
    with world.sessions.begin() as session:
        content = dict(ScorerRepository(session).get(1).content)
        changed = {**content, "version": 99} if broken == "content" else {**content, "encoder": "other"}
        if broken == "encoder":
            from matcher.scoring import read_scorer

            changed = replace(read_scorer(content), encoder="other").content()
        session.execute(update(Scorer).values(content=changed, id="changed"))
    with caplog.at_level(logging.WARNING, logger="matcher.learning"):
        assert live.recipe == first
    assert "does not serve" in caplog.text


def test_verdicts_change_the_proposals_for_like_needs_at_once(world):
    text = "sandning av gångvägen vid skolan när det är halka och snö"
    one, other = (world.add(EntryKind.NEED, text + end) for end in (" nu", " igen"))
    offering = world.add(EntryKind.OFFERING, "sandning och snöröjning av gångvägar när det är halka")
    world.add_many(20)
    live = world.live(recipe=GENEROUS)
    live.renew()

    def score_of(need):
        with world.sessions() as session:
            views = reviewing.proposals_of(session, need.id, actor=SYSTEM, limit=50)
            return next(v for v in views if v.target.id == offering.id and v.query.id == need.id)

    with world.sessions.begin() as session:
        live.propose_and_save(session, one.id)
        live.propose_and_save(session, other.id)
    before = score_of(other)
    with world.sessions.begin() as session:
        judged = score_of(one)
        reviewing.give_verdict(session, judged.id, REJECT, reason="indoors only", actor=SYSTEM)
    assert live.propose_again(one.id, DIRECTION).updated > 0
    after = score_of(other)
    assert after.score.value < before.score.value
    assert ReasonKind.VERDICTS in {reason.kind for reason in after.score.reasons}
    assert score_of(one).state is ProposalState.REJECTED
    assert live.propose_again("nobody", DIRECTION).updated == 0


def test_verdict_that_is_rolled_back_leaves_no_trace(world, live):
    with world.sessions() as session:
        view = open_proposals(session, 1)[0]
        reviewing.give_verdict(session, view.id, REJECT, reason="because", actor=SYSTEM)
        live.refresh(session)
        assert live.using(session, lambda m: m.engine.remembered(DIRECTION, EntryKind.NEED)) is not None
        session.rollback()
    with world.sessions.begin() as session:
        live.refresh(session)
        assert judged_pairs(session) == []
        remembered = live.using(session, lambda matcher: matcher.engine.remembered(DIRECTION, EntryKind.NEED))
    assert remembered is None


def test_queue_puts_first_what_is_likely_or_what_teaches(world, live):
    with world.sessions.begin() as session:

        def queue(order):
            return live.using(
                session,
                lambda matcher: learning.queue(session, matcher, actor=SYSTEM, order=order, limit=10),
            )

        likely, teaching = queue("likely"), queue("teaching")
        first = open_proposals(session, 10)
    assert [v.id for v in likely] == [v.id for v in first]
    assert len({v.id for v in teaching}) == 10
    assert {v.state for v in teaching} == {ProposalState.OPEN}
    middle = [min(v.score.value, 1 - v.score.value) for v in teaching]
    assert middle[0] == max(middle)


def test_calibration_compares_scores_with_what_was_decided(world, live):
    with world.sessions.begin() as session, pytest.raises(Conflict, match="Nothing was decided"):
        learning.calibration(session, actor=SYSTEM)
    judge_all(world, n=60)
    with world.sessions.begin() as session:
        found = learning.calibration(session, actor=SYSTEM)
    assert found.whole.n == 60
    assert set(found.slices) == {"direction", "languages", "kind", "organisation", "supplier_size"}
    assert found.slices["supplier_size"] == {"unknown": found.whole}
    assert found.slices["languages"]["sv-sv"] == found.whole
    assert found.as_dict()["whole"]["n"] == 60


def test_what_cannot_be_learnt_from_is_told(world, live):
    with pytest.raises(TooFewVerdicts, match="no verdict"):
        learn(world, live)
    judge_all(world, n=1)
    with pytest.raises(TooFewVerdicts, match="1 verdicts"):
        learn(world, live)
    judge_all(world, lambda view: True, n=100)
    with pytest.raises(TooFewVerdicts, match="does not fit"):
        learn(world, live)
    with pytest.raises(InvalidInput, match="share"):
        learn(world, live, precision=1.5)
    with world.sessions.begin() as session:
        assert learning.list_scorers(session, actor=SYSTEM).items == []


def test_precision_that_is_asked_for_moves_the_threshold(world, live):
    judge_all(world)
    lessons = learn(world, live, precision=0.6)
    assert lessons.is_promoted
    assert lessons.learned.scorer.thresholds[DIRECTION] != GENEROUS.threshold(DIRECTION)


def test_others_than_administrators_may_not_learn(world, live):
    with world.sessions.begin() as session:
        for work in (
            lambda: learning.roll_back(session, actor=PARTNER),
            lambda: learning.list_scorers(session, actor=PARTNER),
            lambda: learning.calibration(session, actor=PARTNER),
            lambda: live.using(session, lambda m: learning.learn(session, m, actor=PARTNER)),
        ):
            with pytest.raises(NotAllowed):
                work()


def test_unknown_version_is_told(world):
    with world.sessions() as session, pytest.raises(ScorerNotFound, match="7"):
        ScorerRepository(session).get(7)
