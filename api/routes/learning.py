"""Learning from verdicts: scorers, calibration, what to judge next, and why a pair is not proposed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.access import ADMINISTRATORS, EVERY_ROLE, REVIEWERS, STAFF, GuardedRoute, allows
from api.dependencies import Acting, Assets, Live, ReaderTexts, Reading, Work
from api.schemas.common import AnyPage, Id, Listing, listing
from api.schemas.entries import ProposalShown
from api.schemas.learning import (
    CalibrationShown,
    ChangeShown,
    CodesSuggested,
    EvaluationQuery,
    LearnRequest,
    QualityShown,
    QueueQuery,
    ScorerLearned,
    ScorerServing,
    ScorerShown,
    WhyNotShown,
)
from api.texts import Texts
from api.views import show_proposal
from matcher.pipeline import WhyNot
from matcher.services import learning, quality

router = APIRouter(route_class=GuardedRoute, tags=["learning"])


@router.get("/scorers")
@allows(STAFF)
def list_scorers(query: AnyPage, session: Reading, actor: Acting) -> Listing[ScorerShown]:
    """List the scorers that were learnt, the latest first."""
    page = learning.list_scorers(session, actor=actor, limit=query.limit, after=query.after)
    return listing(map(ScorerShown.model_validate, page.items), page.next_after)


@router.post("/scorers", status_code=201)
@allows(ADMINISTRATORS)
def learn(body: LearnRequest, live: Live, work: Work, actor: Acting) -> ScorerLearned:
    """Learn from all verdicts what evidence weighs; what is surely better serves from then on."""
    lessons = live.using(
        work, lambda matcher: learning.learn(work, matcher, actor=actor, precision=body.precision)
    )
    shown = ScorerShown.model_validate(lessons.version)
    return ScorerLearned(**shown.model_dump(), is_promoted=lessons.is_promoted)


@router.post("/scorers/rollback")
@allows(ADMINISTRATORS)
def roll_back(work: Work, actor: Acting) -> ScorerServing:
    """Let the scorer serve again that served before the present one."""
    view = learning.roll_back(work, actor=actor)
    return ScorerServing(serving=None if view is None else ScorerShown.model_validate(view))


@router.get("/calibration")
@allows(STAFF)
def calibration(session: Reading, actor: Acting) -> CalibrationShown:
    """Tell whether the scores of judged proposals meant what they said."""
    return CalibrationShown.model_validate(learning.calibration(session, actor=actor))


@router.get("/evaluation")
@allows(STAFF)
def evaluate(
    query: Annotated[EvaluationQuery, Query()], live: Live, session: Reading, actor: Acting
) -> QualityShown:
    """Measure by all verdicts how good the matches are: each recipe beside the others, and for whom."""
    found = live.using(
        session, lambda matcher: quality.quality(session, matcher, actor=actor, direction=query.direction)
    )
    return QualityShown.model_validate(found)


@router.get("/queue")
@allows(REVIEWERS)
def queue(
    query: Annotated[QueueQuery, Query()], live: Live, texts: ReaderTexts, session: Reading, actor: Acting
) -> Listing[ProposalShown]:
    """List open proposals in the order in which they are worth a look."""
    views = live.using(
        session,
        lambda matcher: learning.queue(
            session, matcher, actor=actor, order=query.order, direction=query.direction, limit=query.limit
        ),
    )
    return listing((show_proposal(view, texts) for view in views), None)


@router.get("/entries/{entry_id}/codes")
@allows(EVERY_ROLE)
def suggest_codes(
    entry_id: Id, live: Live, assets: Assets, texts: ReaderTexts, session: Reading, actor: Acting
) -> CodesSuggested:
    """Suggest CPV codes for an entry on every level, with confidences."""
    found = live.using(
        session,
        lambda matcher: learning.suggest_codes(
            session, matcher, entry_id, actor=actor, table=assets.codes.table, language=texts.language
        ),
    )
    return CodesSuggested.model_validate(found)


@router.get("/entries/{entry_id}/why-not/{target_id}")
@allows(EVERY_ROLE)
def why_not(
    entry_id: Id, target_id: Id, live: Live, texts: ReaderTexts, session: Reading, actor: Acting
) -> WhyNotShown:
    """Say why an entry is not proposed for another, and what would have to differ."""
    found = live.using(
        session, lambda matcher: learning.why_not(session, matcher, entry_id, target_id, actor=actor)
    )
    return _shown(found, texts)


def _shown(found: WhyNot, texts: Texts) -> WhyNotShown:
    values = {
        "percent": f"{found.score.value:.0%}",
        "threshold": f"{found.threshold:.0%}",
        "rank": found.rank,
        "top_k": found.top_k,
    }
    keys = [f"why_not.{obstacle.value}" for obstacle in found.obstacles] or ["why_not.proposed"]
    return WhyNotShown(
        score=found.score.value,
        threshold=found.threshold,
        short_by=found.short_by,
        rank=found.rank,
        top_k=found.top_k,
        obstacles=[obstacle.value for obstacle in found.obstacles],
        sentences=[texts(key, **values) for key in keys],
        changes=[
            ChangeShown(
                kind=change.kind.value,
                sentence=texts(f"why_not.change.{change.kind.value}", **change.detail),
                gain=change.gain,
                is_enough=change.is_enough,
                detail=dict(change.detail),
            )
            for change in found.changes
        ],
    )
