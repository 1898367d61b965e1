"""What suppliers say of needs: that they are interested, that a match is wrong; and the answers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy.orm import Session

from api import rendering
from api.access import EVERY_ROLE, REVIEWERS, GuardedRoute, allows
from api.dependencies import Acting, ReaderTexts, Reading, Work
from matcher.errors import Conflict, InvalidInput, StaleVersion
from matcher.services import entries, interests
from matcher.services.actor import Actor

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)


@router.get("/remarks")
@allows(EVERY_ROLE)
def show_remarks(request: Request, session: Reading, actor: Acting) -> Response:
    """Show what the organisation was told, and told others."""
    return _page(request, session, actor)


def _page(
    request: Request,
    session: Session,
    actor: Actor,
    *,
    typed: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    """Return the page; ``typed`` are answers, by remark, that could not be taken."""
    found = interests.list_remarks(session, actor=actor, limit=200).items
    shown = entries.get_many(session, {each.entry_id for each in found}, actor=actor)
    context = {
        "remarks": found,
        "entries": shown,
        "matches": interests.matches_of(session, found, actor=actor),
        "own": actor.organisation_id,
        "is_reviewer": bool(actor.roles & REVIEWERS),
        "typed": typed or {},
    }
    return rendering.page(request, "remarks.html", context, status_code=status)


@router.post("/remarks/{remark_id}/answer")
@allows(REVIEWERS)
def answer(
    request: Request,
    remark_id: str,
    texts: ReaderTexts,
    work: Work,
    actor: Acting,
    version: Annotated[int, Form()],
    text: Annotated[str, Form(alias="answer")] = "",
) -> Response:
    """Answer a remark."""
    try:
        interests.answer(work, remark_id, text, expected_version=version, actor=actor)
        rendering.notify(request, "remarks.answered")
    except StaleVersion:
        work.rollback()
        rendering.warn(request, "entry.changed_meanwhile")
        return _page(request, work, actor, typed={remark_id: text}, status=412)
    except InvalidInput as error:
        work.rollback()
        rendering.warn(request, "said", message=_said(error, texts))
        return _page(request, work, actor, typed={remark_id: text}, status=422)
    return rendering.redirect("/remarks")


@router.post("/entries/{entry_id}/interest")
@allows(EVERY_ROLE)
def say_interest(
    request: Request,
    entry_id: str,
    texts: ReaderTexts,
    work: Work,
    actor: Acting,
    is_interested: Annotated[bool, Form()] = True,
    note: Annotated[str, Form()] = "",
) -> Response:
    """Say that one's organisation is interested in a need, or no more."""
    try:
        if is_interested:
            interests.say(work, entry_id, note=note, actor=actor)
        else:
            interests.withdraw(work, entry_id, actor=actor)
    except (Conflict, InvalidInput) as error:
        work.rollback()
        rendering.warn(request, "said", message=_said(error, texts))
    else:
        rendering.notify(request, "interest.said" if is_interested else "interest.withdrawn")
    return rendering.redirect(f"/entries/{entry_id}")


@router.post("/entries/{entry_id}/remark")
@allows(EVERY_ROLE)
def say_wrong(
    request: Request,
    entry_id: str,
    texts: ReaderTexts,
    work: Work,
    actor: Acting,
    text: Annotated[str, Form(alias="remark")] = "",
    proposal: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "/remarks",
) -> Response:
    """Tell the organisation that has a need that a match of it is wrong."""
    try:
        interests.remark(work, entry_id, text, proposal_id=proposal or None, actor=actor)
    except InvalidInput as error:
        work.rollback()
        rendering.warn(request, "said", message=_said(error, texts))
        return rendering.redirect(rendering.safe_next(back))
    rendering.notify(request, "remarks.sent")
    return rendering.redirect("/remarks")


def _said(error: Conflict | InvalidInput, texts: ReaderTexts) -> str:
    return f"{texts.message(str(error))} {texts.message(error.remedy)}"
