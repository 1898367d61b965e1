"""The review as people share it: what waits, who looks after it, what is put away, and bulk decisions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Query, Request, Response

from api.access import REVIEWERS, GuardedRoute, allows
from api.dependencies import Acting, ReaderTexts, Reading, Work
from api.etag import StatedVersion, etag
from api.formatting import day_began_at
from api.openapi import CHANGE_RESPONSES
from api.proposing_again import propose_again_later
from api.schemas.common import Id, Listing, listing
from api.schemas.entries import ProposalShown
from api.schemas.teamwork import (
    ProgressShown,
    ReviewerShown,
    ReviewQuery,
    TaskAssign,
    TaskShown,
    TaskSnooze,
    VerdictsCreate,
    WaitingShown,
)
from api.views import show_entry, show_proposal
from matcher.services import review_queue, review_tasks, reviewing
from matcher.services.entries import EntryFilters
from matcher.services.review_queue import QueueFilters, QueueItem
from matcher.services.review_tasks import TaskView
from matcher.types import Direction

router = APIRouter(route_class=GuardedRoute, tags=["review"])


@router.get("/review")
@allows(REVIEWERS)
def list_waiting(
    query: Annotated[ReviewQuery, Query()], session: Reading, actor: Acting
) -> Listing[WaitingShown]:
    """List the entries for which something waits to be judged, the likeliest match first."""
    filters = QueueFilters(
        direction=query.direction,
        state=query.state,
        min_score=query.min_score,
        assignee_id=query.assignee_id,
        is_put_away=query.is_put_away,
        asked=EntryFilters(
            words=query.words, municipality=query.municipality, region=query.region, cpv=query.cpv
        ),
    )
    page = review_queue.list_queue(
        session, actor=actor, filters=filters, limit=query.limit, after=query.after
    )
    return listing(map(_waiting, page.items), page.next_after)


@router.get("/review/progress")
@allows(REVIEWERS)
def get_progress(
    session: Reading, actor: Acting, direction: Direction = Direction.NEED_TO_OFFERING
) -> ProgressShown:
    """Tell how much is open and judged in a direction, and how much the caller judged today."""
    found = review_queue.progress(
        session, actor=actor, filters=QueueFilters(direction=direction), since=day_began_at()
    )
    return ProgressShown(n_open=found.n_open, n_judged=found.n_judged, n_own_today=found.today)


@router.get("/review/members")
@allows(REVIEWERS)
def list_reviewers(session: Reading, actor: Acting) -> Listing[ReviewerShown]:
    """List the members that may look after an entry, by name."""
    return listing(map(ReviewerShown.model_validate, review_tasks.reviewers(session, actor=actor)), None)


@router.get("/entries/{entry_id}/tasks/{direction}")
@allows(REVIEWERS)
def get_task(
    entry_id: Id, direction: Direction, response: Response, session: Reading, actor: Acting
) -> TaskShown:
    """Tell who looks after an entry in the caller's queue, and until when it is put away."""
    return _task(review_tasks.get(session, entry_id, direction, actor=actor), response)


@router.put("/entries/{entry_id}/tasks/{direction}/assignee", responses=CHANGE_RESPONSES)
@allows(REVIEWERS)
def assign_task(
    entry_id: Id,
    direction: Direction,
    body: TaskAssign,
    version: StatedVersion,
    response: Response,
    work: Work,
    actor: Acting,
) -> TaskShown:
    """Let a member look after an entry in the queue, who is told; or nobody."""
    view = review_tasks.assign(
        work, entry_id, direction, member_id=body.member_id, expected_version=version, actor=actor
    )
    return _task(view, response)


@router.put("/entries/{entry_id}/tasks/{direction}/snooze", responses=CHANGE_RESPONSES)
@allows(REVIEWERS)
def snooze_task(
    entry_id: Id,
    direction: Direction,
    body: TaskSnooze,
    version: StatedVersion,
    response: Response,
    work: Work,
    actor: Acting,
) -> TaskShown:
    """Put an entry away for some days, or bring it back; other organisations' queues stay as they are."""
    view = review_tasks.snooze(
        work, entry_id, direction, days=body.days, expected_version=version, actor=actor
    )
    return _task(view, response)


@router.post("/proposals/verdicts", status_code=201)
@allows(REVIEWERS)
def give_verdicts(
    request: Request,
    tasks: BackgroundTasks,
    body: VerdictsCreate,
    texts: ReaderTexts,
    work: Work,
    actor: Acting,
) -> Listing[ProposalShown]:
    """Decide the same about several proposals, all of them or none; each can be taken back alone."""
    judged = [
        reviewing.give_verdict(
            work,
            proposal_id,
            body.verdict,
            reason=body.reason,
            expected_version=body.versions.get(proposal_id),
            actor=actor,
        )
        for proposal_id in dict.fromkeys(body.proposal_ids)
    ]
    propose_again_later(tasks, request, judged)
    return listing((show_proposal(view, texts) for view in judged), None)


def _waiting(item: QueueItem) -> WaitingShown:
    return WaitingShown(
        entry=show_entry(item.entry),
        n_proposals=item.n_proposals,
        best_proposal_id=item.best_id,
        best_version=item.best_version,
        best_score=item.best_score,
        best=show_entry(item.best),
    )


def _task(view: TaskView, response: Response) -> TaskShown:
    response.headers["ETag"] = etag(view.version)
    return TaskShown.model_validate(view)
