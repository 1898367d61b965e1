"""Duplicates, many at once: several pairs with one answer, and whole groups of entries."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import Field

from api import cursor, rendering
from api.access import REVIEWERS, STAFF, GuardedRoute, allows
from api.dependencies import Acting, ReaderTexts, Reading, Work
from api.pages.forms import Form as Fields
from api.pages.forms import with_query
from api.rendering import safe_next
from matcher.errors import Conflict, DuplicateNotFound, InvalidInput
from matcher.services import duplicates
from matcher.types import DuplicateAnswer

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

_PER_PAGE: Final = 10
HERE: Final = "/duplicates/groups"


class GroupQuery(Fields):
    """Which page of the groups is shown."""

    cursor: str = ""


class GroupAnswer(Fields):
    """What somebody says about a whole group."""

    answer: DuplicateAnswer
    reason: str = ""
    face: str = ""


class BulkPairs(Fields):
    """What somebody says about several pairs."""

    answer: DuplicateAnswer
    chosen: list[str] = Field(default_factory=list)
    reason: str = ""
    back: str = "/duplicates"


@router.get(HERE)
@allows(STAFF)
def show_groups(
    request: Request, query: Annotated[GroupQuery, Query()], session: Reading, actor: Acting
) -> Response:
    """Show entries of which three or more may be one, the likeliest first."""
    after = cursor.decode(query.cursor) if query.cursor else None
    page = duplicates.list_groups(session, actor=actor, limit=_PER_PAGE, after=after)
    groups = [
        {
            "view": group,
            "entries": {each.id: each for pair in group.pairs for each in (pair.left, pair.right)},
        }
        for group in page.items
    ]
    context = {
        "groups": groups,
        "may_judge": bool(actor.roles & REVIEWERS),
        "more": page.next_after and with_query(HERE, {"cursor": cursor.encode(page.next_after)}),
    }
    return rendering.page(request, "duplicate_groups.html", context)


@router.post("/duplicates/groups/{group_id}")
@allows(REVIEWERS)
def decide_group(
    request: Request,
    group_id: str,
    texts: ReaderTexts,
    work: Work,
    actor: Acting,
    sent: Annotated[GroupAnswer, Form()],
) -> Response:
    """Say the same about all open pairs of a group."""
    try:
        duplicates.decide_group(
            work, group_id, sent.answer, reason=sent.reason, face_id=sent.face or None, actor=actor
        )
    except DuplicateNotFound:
        work.rollback()
        rendering.warn(request, "review.meanwhile")
    except (Conflict, InvalidInput) as error:
        work.rollback()
        rendering.warn(request, "said", message=texts.message(f"{error} {error.remedy}"))
    else:
        rendering.notify(request, f"duplicates.done.{sent.answer.value}")
    return rendering.redirect(HERE)


@router.post("/duplicates/bulk")
@allows(REVIEWERS)
def decide_many(
    request: Request, texts: ReaderTexts, work: Work, actor: Acting, sent: Annotated[BulkPairs, Form()]
) -> Response:
    """Say the same about several pairs; what cannot be done for one leaves the others done."""
    try:
        answers = duplicates.decide_many(work, sent.chosen, sent.answer, reason=sent.reason, actor=actor)
    except InvalidInput as error:
        rendering.warn(request, "said", message=texts.message(str(error)))
    else:
        n_done = sum(answer.error is None for answer in answers)
        rendering.notify(request, "duplicates.bulk_done", count=n_done, failed=len(answers) - n_done)
    return rendering.redirect(safe_next(sent.back))
