"""Decisions about proposals: one, many at once, and taking back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import APIRouter, BackgroundTasks, Form, Request, Response
from sqlalchemy.orm import Session

from api import rendering
from api.access import REVIEWERS, GuardedRoute, allows
from api.dependencies import Acting, Work
from api.pages.forms import version_of
from api.proposing_again import propose_again_later
from matcher.errors import Conflict, InvalidInput, NotFound, StaleVersion
from matcher.services import reviewing
from matcher.services.actor import Actor
from matcher.types import ProposalState, VerdictKind

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

LATEST: Final = "latest_decisions"
"""Where the session keeps what was decided, the latest last, to be taken back."""
CAN_BE_UNDONE: Final = frozenset(
    {"review.done.accept", "review.done.reject", "review.done.unsure", "review.bulk_done"}
)
"""Notices beside which a button to undo stands."""
_MOST_AT_ONCE: Final = 200
_MOST_KEPT_CHARS: Final = 1200
"""How much of the session, which travels in a cookie of 4 kB, decisions may take."""


@router.post("/proposals/{proposal_id}/verdict")
@allows(REVIEWERS)
def decide(
    request: Request,
    proposal_id: str,
    verdict: Annotated[VerdictKind, Form()],
    version: Annotated[int, Form()],
    tasks: BackgroundTasks,
    work: Work,
    actor: Acting,
    reason: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "/review",
    then: Annotated[str, Form()] = "",
) -> Response:
    """Keep a decision and go on; what was decided elsewhere meanwhile is told, not overwritten."""
    address = rendering.safe_next(back)
    try:
        judged = reviewing.give_verdict(
            work, proposal_id, verdict, reason=reason, expected_version=version, actor=actor
        )
    except StaleVersion:
        rendering.warn(request, _meanwhile(work, proposal_id, verdict, actor))
        return rendering.redirect(f"{address}#p-{proposal_id}")
    except InvalidInput:
        rendering.warn(request, "review.reason_needed")
        return rendering.redirect(f"{address}#p-{proposal_id}")
    propose_again_later(tasks, request, [judged])
    if verdict is not VerdictKind.UNDO:
        _remember(request, [proposal_id], address)
    rendering.notify(request, f"review.done.{verdict.value}")
    return rendering.redirect(rendering.safe_next(then) if then else address)


@router.post("/review/bulk")
@allows(REVIEWERS)
def decide_many(
    request: Request,
    tasks: BackgroundTasks,
    work: Work,
    actor: Acting,
    verdict: Annotated[VerdictKind, Form()],
    chosen: Annotated[list[str], Form()] = [],  # noqa: B006  read, never changed
    reason: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "/review",
) -> Response:
    """Keep one decision about many proposals, all of them or none."""
    address = rendering.safe_next(back)
    if not chosen or verdict is VerdictKind.UNDO:
        rendering.warn(request, "review.none_chosen")
        return rendering.redirect(address)
    pairs = [each.partition(":") for each in chosen[:_MOST_AT_ONCE]]
    try:
        judged = [
            reviewing.give_verdict(
                work,
                proposal_id,
                verdict,
                reason=reason,
                expected_version=version_of(version),
                actor=actor,
            )
            for proposal_id, _, version in pairs
        ]
    except (StaleVersion, NotFound):
        work.rollback()
        rendering.warn(request, "review.bulk_meanwhile")
        return rendering.redirect(address)
    except InvalidInput:
        work.rollback()
        rendering.warn(request, "review.reason_needed")
        return rendering.redirect(address)
    propose_again_later(tasks, request, judged)
    _remember(request, [proposal_id for proposal_id, _, _ in pairs], address)
    rendering.notify(request, "review.bulk_done", count=len(pairs))
    return rendering.redirect(address)


@router.post("/review/undo")
@allows(REVIEWERS)
def undo(request: Request, work: Work, actor: Acting, back: Annotated[str, Form()] = "/review") -> Response:
    """Take back the latest decision of this session that still stands, and go to where it was made."""
    *earlier, (proposal_ids, address) = request.session.get(LATEST) or [([], back)]
    request.session[LATEST] = earlier
    try:
        for proposal_id in proposal_ids:
            reviewing.give_verdict(work, proposal_id, VerdictKind.UNDO, actor=actor)
    except (Conflict, NotFound):
        work.rollback()
        proposal_ids = []
    if proposal_ids:
        rendering.notify(request, "review.done.undo")
    else:
        rendering.warn(request, "review.nothing_to_undo")
    place = f"#p-{proposal_ids[0]}" if len(proposal_ids) == 1 else ""
    return rendering.redirect(f"{rendering.safe_next(address)}{place}")


def _remember(request: Request, proposal_ids: Sequence[str], address: str) -> None:
    """Keep what was decided, and let the earliest go where it grows too much for a cookie."""
    kept = [*request.session.get(LATEST, []), [list(proposal_ids), address]]
    while len(kept) > 1 and len(json.dumps(kept)) > _MOST_KEPT_CHARS:
        kept.pop(0)
    request.session[LATEST] = kept


def _meanwhile(session: Session, proposal_id: str, verdict: VerdictKind, actor: Actor) -> str:
    """Return what to say where a decision came too late: twice the same is no trouble."""
    wanted = {
        VerdictKind.ACCEPT: ProposalState.ACCEPTED,
        VerdictKind.REJECT: ProposalState.REJECTED,
        VerdictKind.UNSURE: ProposalState.UNSURE,
    }.get(verdict)
    state = reviewing.get_proposal(session, proposal_id, actor=actor).state
    return f"review.done.{verdict.value}" if state is wanted else "review.meanwhile"
