"""Notices to members, in a list and as a feed."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from api.access import EVERY_ROLE, GuardedRoute, allows, allows_everybody, shows_secret
from api.case_views import show_notice
from api.dependencies import Acting, Assets, Reading, Work
from api.schemas.common import Id, Listing, listing
from api.schemas.notices import (
    FeedShown,
    NoticeChoicesSet,
    NoticeChoicesShown,
    NoticeQuery,
    NoticeShown,
    UnreadShown,
)
from api.texts import choose_language
from matcher.services import notices
from matcher.services.notices import Language

router = APIRouter(route_class=GuardedRoute, tags=["notices"])

_ATOM: Final = "application/atom+xml"


@router.get("/notices")
@allows(EVERY_ROLE)
def list_notices(
    query: Annotated[NoticeQuery, Query()], request: Request, session: Reading, actor: Acting
) -> Listing[NoticeShown]:
    """List what the caller is told, the latest first, in the language of Accept-Language (sv or en)."""
    page = notices.list_notices(
        session,
        actor=actor,
        language=_language(request),
        unread_only=query.unread_only,
        limit=query.limit,
        after=query.after,
    )
    return listing(map(show_notice, page.items), page.next_after)


@router.post("/notices/read")
@allows(EVERY_ROLE)
def mark_all_read(work: Work, actor: Acting) -> UnreadShown:
    """Note that the caller has read all notices."""
    return UnreadShown(n_unread=notices.mark_read(work, actor=actor))


@router.post("/notices/{notice_id}/read")
@allows(EVERY_ROLE)
def mark_read(notice_id: Id, work: Work, actor: Acting) -> UnreadShown:
    """Note that the caller has read a notice; tell how many are left."""
    return UnreadShown(n_unread=notices.mark_read(work, notice_id, actor=actor))


@router.get("/notices/choices")
@allows(EVERY_ROLE)
def get_choices(session: Reading, actor: Acting) -> NoticeChoicesShown:
    """Tell how the caller wants to be told."""
    return NoticeChoicesShown.model_validate(notices.choices(session, actor=actor))


@router.put("/notices/choices")
@allows(EVERY_ROLE)
def set_choices(body: NoticeChoicesSet, work: Work, actor: Acting) -> NoticeChoicesShown:
    """Choose whether notices come by mail, too."""
    return NoticeChoicesShown.model_validate(notices.set_mailed(work, body.is_mailed, actor=actor))


@router.post("/notices/feed", status_code=201)
@allows(EVERY_ROLE)
@shows_secret
def make_feed(work: Work, actor: Acting) -> FeedShown:
    """Make the address of the caller's feed, which no other can guess; the old one ends."""
    return FeedShown(path=f"/api/v1/notices/feed/{notices.make_feed(work, actor=actor)}")


@router.get(
    "/notices/feed/{secret}",
    response_class=Response,
    responses={200: {"description": "The feed.", "content": {_ATOM: {}}}},
)
@allows_everybody
def read_feed(secret: Id, request: Request, assets: Assets, session: Reading) -> Response:
    """Return a member's latest notices as an Atom feed; the address is the only key."""
    public_url = assets.settings.public_url.rstrip("/") or str(request.base_url).rstrip("/")
    content = notices.feed(session, secret, public_url=public_url, language=_language(request))
    return Response(content, media_type=f"{_ATOM}; charset=utf-8", headers={"Cache-Control": "no-store"})


def _language(request: Request) -> Language:
    return "en" if choose_language(request) == "en" else "sv"
