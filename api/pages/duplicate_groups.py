"""Duplicates, many at once: several pairs with one answer, and whole groups of entries."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import parse_qsl, urlsplit

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import Field
from sqlalchemy.orm import Session

from api import cursor, rendering
from api.access import REVIEWERS, STAFF, GuardedRoute, allows
from api.dependencies import Acting, ReaderTexts, Reading, Work
from api.pages.duplicates import DuplicateQuery, queue_page
from api.pages.forms import Form as Fields
from api.pages.forms import said, version_of, with_query
from api.rendering import safe_next
from matcher.errors import Conflict, DuplicateNotFound, InvalidInput
from matcher.services import duplicates
from matcher.services.actor import Actor
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
    return _groups_page(request, query, session, actor)


def _groups_page(
    request: Request,
    query: GroupQuery,
    session: Session,
    actor: Actor,
    *,
    group_id: str = "",
    sent: GroupAnswer | None = None,
    status: int = 200,
) -> Response:
    """Return the groups; ``sent`` is what somebody typed and chose in vain for one of them."""
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
        "group_id": group_id if any(group.id == group_id for group in page.items) else "",
        "reason": "" if sent is None else sent.reason,
        "face": "" if sent is None else sent.face,
        "more": page.next_after and with_query(HERE, {"cursor": cursor.encode(page.next_after)}),
    }
    return rendering.page(request, "duplicate_groups.html", context, status_code=status)


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
        status = 412
    except (Conflict, InvalidInput) as error:
        work.rollback()
        rendering.warn(request, "said", message=said(error, texts))
        status = error.status
    else:
        rendering.notify(request, f"duplicates.done.{sent.answer.value}")
        return rendering.redirect(HERE)
    return _groups_page(request, GroupQuery(), work, actor, group_id=group_id, sent=sent, status=status)


@router.post("/duplicates/bulk")
@allows(REVIEWERS)
def decide_many(
    request: Request, texts: ReaderTexts, work: Work, actor: Acting, sent: Annotated[BulkPairs, Form()]
) -> Response:
    """Say the same about several pairs; what cannot be done for one leaves the others done."""
    pairs = [each.partition(":") for each in sent.chosen]
    try:
        answers = duplicates.decide_many(
            work,
            [pair_id for pair_id, _, _ in pairs],
            sent.answer,
            reason=sent.reason,
            versions={
                pair_id: known for pair_id, _, sent in pairs if (known := version_of(sent)) is not None
            },
            actor=actor,
        )
    except InvalidInput as error:
        rendering.warn(request, "said", message=texts.message(str(error)))
        return queue_page(request, _query_of(sent.back), work, actor, reason=sent.reason, status=422)
    failed = [answer.pair_id for answer in answers if answer.error is not None]
    told = {"count": len(answers) - len(failed), "failed": len(failed)}
    if failed:
        rendering.warn(request, "duplicates.bulk_failed", **told)
        return queue_page(
            request, _query_of(sent.back), work, actor, reason=sent.reason, chosen=failed, status=409
        )
    rendering.notify(request, "duplicates.bulk_done", count=told["count"])
    return rendering.redirect(safe_next(sent.back))


def _query_of(address: str) -> DuplicateQuery:
    """Return what the queue showed at an address, or its beginning where that cannot be read."""
    try:
        query = DuplicateQuery.model_validate(dict(parse_qsl(urlsplit(address).query)))
        if query.cursor:
            cursor.decode(query.cursor)
    except (ValueError, InvalidInput):
        return DuplicateQuery()
    return query
