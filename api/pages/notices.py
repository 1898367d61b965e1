"""What a member is told, and how it wants to be told."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response

from api import cursor, rendering
from api.access import EVERY_ROLE, GuardedRoute, allows, allows_everybody
from api.addresses import absolute
from api.dependencies import Acting, ReaderTexts, Reading, Work
from api.pages.forms import with_query
from matcher.errors import NoticeNotFound
from matcher.services import notices
from matcher.services.notices import Language

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

_PER_PAGE: Final = 30


@router.get("/notices")
@allows(EVERY_ROLE)
def show_notices(
    request: Request, texts: ReaderTexts, session: Reading, actor: Acting, after: str = ""
) -> Response:
    """Show what the reader is told, the latest first."""
    page = notices.list_notices(
        session,
        actor=actor,
        language=_language(texts.language),
        limit=_PER_PAGE,
        after=cursor.decode(after) if after else None,
    )
    context = {
        "told": page.items,
        "n_unread": notices.count_unread(session, actor=actor),
        "choices": notices.choices(session, actor=actor),
        "more": page.next_after and with_query("/notices", {"after": cursor.encode(page.next_after)}),
        "feed": None,
    }
    return rendering.page(request, "notices.html", context)


@router.post("/notices/read")
@allows(EVERY_ROLE)
def mark_read(
    request: Request,
    work: Work,
    actor: Acting,
    notice: Annotated[str, Form()] = "",
    then: Annotated[str, Form()] = "/notices",
) -> Response:
    """Mark one notice as read, or all, and go on."""
    try:
        notices.mark_read(work, notice or None, actor=actor)
    except NoticeNotFound:
        work.rollback()
    return rendering.redirect(rendering.safe_next(then))


@router.post("/notices/mail")
@allows(EVERY_ROLE)
def choose_mail(
    request: Request, work: Work, actor: Acting, is_mailed: Annotated[bool, Form()] = False
) -> Response:
    """Be told by mail, too, or no more."""
    notices.set_mailed(work, is_mailed, actor=actor)
    rendering.notify(request, "notices.choice_saved")
    return rendering.redirect("/notices")


@router.post("/notices/feed")
@allows(EVERY_ROLE)
def make_feed(request: Request, texts: ReaderTexts, work: Work, actor: Acting) -> Response:
    """Make an address for a feed reader, and show it this once; an earlier one stops working."""
    secret = notices.make_feed(work, actor=actor)
    page = notices.list_notices(work, actor=actor, language=_language(texts.language), limit=_PER_PAGE)
    context = {
        "told": page.items,
        "n_unread": notices.count_unread(work, actor=actor),
        "choices": notices.choices(work, actor=actor),
        "more": None,
        "feed": absolute(request, f"/feeds/{secret}"),
    }
    return rendering.page(request, "notices.html", context)


@router.get("/feeds/{secret}")
@allows_everybody
def show_feed(request: Request, secret: str, texts: ReaderTexts, session: Reading) -> Response:
    """Return a member's notices as a feed; the address is its only key."""
    content = notices.feed(
        session,
        secret,
        public_url=absolute(request, ""),
        language=_language(texts.language),
    )
    return Response(content, media_type="application/atom+xml; charset=utf-8")


def _language(language: str) -> Language:
    return "en" if language == "en" else "sv"
