"""Versions of the scorer: what was learnt from verdicts, how it does, and the way back."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response

from api import cursor, rendering
from api.access import ADMINISTRATORS, STAFF, GuardedRoute, allows
from api.dependencies import Acting, Assets, ReaderTexts, Reading, Work
from api.pages.forms import with_query
from api.proposing import ready_to_propose
from matcher.errors import Conflict, TooFewVerdicts
from matcher.services import learning

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

_PER_PAGE: Final = 20


@router.get("/scorers")
@allows(STAFF)
def show_scorers(request: Request, session: Reading, actor: Acting, after: str = "") -> Response:
    """List the versions, the latest first."""
    position = cursor.decode(after) if after else None
    page = learning.list_scorers(session, actor=actor, limit=_PER_PAGE, after=position)
    context = {
        "scorers": page.items,
        "n_verdicts": learning.mark(session).n_verdicts,
        "may_learn": bool(actor.roles & ADMINISTRATORS),
        "more": page.next_after and with_query("/scorers", {"after": cursor.encode(page.next_after)}),
    }
    return rendering.page(request, "scorers.html", context)


@router.post("/scorers")
@allows(ADMINISTRATORS)
def learn(request: Request, assets: Assets, texts: ReaderTexts, work: Work, actor: Acting) -> Response:
    """Learn a new version from all verdicts; it serves only if it is surely better."""
    ready_to_propose(assets, work)
    try:
        lessons = assets.live.using(work, lambda matcher: learning.learn(work, matcher, actor=actor))
    except TooFewVerdicts as error:
        work.rollback()
        rendering.warn(request, "said", message=f"{texts('error.too-few-verdicts.title')}. {error}")
        return rendering.redirect("/scorers")
    key = "scorers.promoted" if lessons.is_promoted else "scorers.not_better"
    rendering.notify(request, key, number=lessons.version.number)
    return rendering.redirect("/scorers")


@router.post("/scorers/back")
@allows(ADMINISTRATORS)
def roll_back(request: Request, texts: ReaderTexts, work: Work, actor: Acting) -> Response:
    """Let the version serve again that served before."""
    try:
        learning.roll_back(work, actor=actor)
    except Conflict as error:
        rendering.warn(request, "said", message=texts.message(str(error)))
    else:
        rendering.notify(request, "scorers.rolled_back")
    return rendering.redirect("/scorers")
