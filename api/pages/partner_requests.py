"""Answering partners that ask for an account."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy.orm import Session

from api import cursor, rendering
from api.access import ADMINISTRATORS, GuardedRoute, allows
from api.addresses import absolute
from api.dependencies import Acting, Assets, ReaderTexts, Reading, Work
from api.pages.forms import with_query
from api.resources import Resources
from api.texts import Texts
from matcher.errors import Conflict, InvalidInput, MatcherError, NotAllowed
from matcher.services.accounts import answering
from matcher.services.accounts.answering import AccountOffered
from matcher.services.actor import Actor
from matcher.types import RequestState

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

_PER_PAGE: Final = 50


@router.get("/requests")
@allows(ADMINISTRATORS)
def show_requests(
    request: Request,
    assets: Assets,
    session: Reading,
    actor: Acting,
    state: str = RequestState.OPEN.value,
    after: str = "",
) -> Response:
    """List requests, those that wait if nothing else is asked for."""
    return _page(request, assets, session, actor, state=state, after=after)


@router.post("/requests/{request_id}/approve")
@allows(ADMINISTRATORS)
def approve(
    request: Request,
    request_id: str,
    assets: Assets,
    texts: ReaderTexts,
    work: Work,
    actor: Acting,
    joins: Annotated[bool, Form()] = False,
) -> Response:
    """Register the organisation, or join the one that is there, and show the link to hand on, this once."""
    offer = partial(answering.approve, work, request_id, joins=joins, actor=actor)
    return _offered(request, assets, work, actor, texts, offer)


@router.post("/requests/{request_id}/link")
@allows(ADMINISTRATORS)
def offer_again(
    request: Request, request_id: str, assets: Assets, texts: ReaderTexts, work: Work, actor: Acting
) -> Response:
    """Show a new link in place of one that was lost, this once."""
    offer = partial(answering.offer_again, work, request_id, actor=actor)
    return _offered(request, assets, work, actor, texts, offer)


@router.post("/requests/{request_id}/reject")
@allows(ADMINISTRATORS)
def reject(
    request: Request,
    request_id: str,
    assets: Assets,
    texts: ReaderTexts,
    work: Work,
    actor: Acting,
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Say no, and why."""
    try:
        answering.reject(work, request_id, reason=reason, actor=actor)
    except (Conflict, InvalidInput) as error:
        return _refused(request, assets, work, actor, texts, error, typed={request_id: reason})
    rendering.notify(request, "requests.rejected")
    return rendering.redirect("/requests")


def _offered(
    request: Request,
    assets: Resources,
    session: Session,
    actor: Actor,
    texts: Texts,
    offer: Callable[[], AccountOffered],
) -> Response:
    try:
        offered = offer()
    except (Conflict, InvalidInput, NotAllowed) as error:
        return _refused(request, assets, session, actor, texts, error)
    return _page(request, assets, session, actor, offered=offered)


def _refused(
    request: Request,
    assets: Resources,
    session: Session,
    actor: Actor,
    texts: Texts,
    error: MatcherError,
    *,
    typed: dict[str, str] | None = None,
) -> Response:
    session.rollback()
    said = f"{texts.message(str(error))} {texts.message(error.remedy)}"
    return _page(request, assets, session, actor, fault=said, typed=typed, status=error.status)


def _page(
    request: Request,
    assets: Resources,
    session: Session,
    actor: Actor,
    *,
    state: str = RequestState.OPEN.value,
    after: str = "",
    offered: AccountOffered | None = None,
    fault: str | None = None,
    typed: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    """Return the page; ``typed`` are reasons, by request, that could not be taken."""
    chosen = RequestState(state) if state in set(RequestState) else None
    page = answering.list_requests(
        session,
        actor=actor,
        state=chosen,
        limit=_PER_PAGE,
        after=cursor.decode(after) if after else None,
    )
    next_page = {"state": chosen or "all", "after": cursor.encode(page.next_after or [])}
    context = {
        "requests": page.items,
        "more": page.next_after and with_query("/requests", next_page),
        "states": list(RequestState),
        "state": chosen,
        "days": assets.settings.retention_days,
        "offered": offered,
        "address": offered and absolute(request, offered.path),
        "fault": fault,
        "typed": typed or {},
        "unanswered": _unanswered(typed, page.items),
    }
    return rendering.page(request, "requests.html", context, status_code=status)


def _unanswered(typed: dict[str, str] | None, shown: list[answering.PartnerRequestShown]) -> list[str]:
    """Return reasons that were typed for requests that the page no longer shows, so that none is lost."""
    ids = {each.request.id for each in shown}
    return [
        reason for request_id, reason in (typed or {}).items() if request_id not in ids and reason.strip()
    ]
