"""The start page: what waits for the one who looks, by its roles."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from api import formatting, rendering
from api.access import EVERY_ROLE, REVIEWERS, STAFF, GuardedRoute, allows
from api.dependencies import Acting, Reading
from api.formatting import day_began_at
from matcher.services import (
    duplicates,
    entries,
    interests,
    joint_needs,
    notices,
    review_queue,
    reviewing,
    runs,
)
from matcher.services.accounts import answering
from matcher.services.actor import Actor
from matcher.services.entries import EntryFilters
from matcher.services.review_queue import QueueFilters
from matcher.services.reviewing import ProposalFilters
from matcher.types import (
    Direction,
    DuplicateState,
    EntryKind,
    EntryStatus,
    JointNeedState,
    ProposalState,
    Role,
    RunKind,
)

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

_N_SHOWN: Final = 5


@router.get("/")
@allows(EVERY_ROLE)
def show_home(request: Request, session: Reading, actor: Acting) -> Response:
    """Show what waits."""
    own = EntryFilters(organisation_id=actor.organisation_id, status=EntryStatus.DRAFT)
    context: dict[str, Any] = {
        "counts": entries.count_by_kind(session, actor=actor),
        "drafts": entries.list_entries(session, actor=actor, filters=own, limit=_N_SHOWN).items,
        "review": _review(session, actor) if actor.roles & REVIEWERS else None,
        "partner": _partner(session, actor) if Role.PARTNER in actor.roles else None,
        "n_notices": notices.count_unread(session, actor=actor) if actor.member_id else 0,
        "n_requests": answering.count_open(session, actor=actor),
        "n_remarks": interests.count_open_remarks(session, actor=actor),
        "run": runs.find_latest(session, RunKind.MATCH) if actor.roles & STAFF else None,
    }
    return rendering.page(request, "home.html", context)


def _review(session: Session, actor: Actor) -> dict[str, Any]:
    filters = QueueFilters()
    return {
        "progress": review_queue.progress(session, actor=actor, filters=filters, since=day_began_at()),
        "waiting": review_queue.list_queue(session, actor=actor, filters=filters, limit=_N_SHOWN).items,
        "n_duplicates": duplicates.count_by_state(session, actor=actor, min_probability=duplicates.LIKELY)[
            DuplicateState.OPEN
        ],
        "n_joint_needs": joint_needs.count_by_state(session, actor=actor)[JointNeedState.PROPOSED],
    }


def _partner(session: Session, actor: Actor) -> dict[str, Any]:
    own = EntryFilters(organisation_id=actor.organisation_id, kind=EntryKind.OFFERING)
    wanted = ProposalFilters(
        direction=Direction.NEED_TO_OFFERING,
        state=ProposalState.OPEN,
        organisation_id=actor.organisation_id,
    )
    today = datetime.now(formatting.zone()).date()
    shown = entries.list_entries(session, actor=actor, filters=own, limit=_N_SHOWN).items
    return {
        "offerings": [(each, formatting.validity(each.window.ends_on, today)) for each in shown],
        "matches": reviewing.list_proposals(session, actor=actor, filters=wanted, limit=_N_SHOWN).items,
    }
