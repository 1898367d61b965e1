"""What administrators look after: what is erased when, legal holds, and the words of their searches."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from api import rendering
from api.access import ADMINISTRATORS, GuardedRoute, allows
from api.dependencies import Acting, Assets, ReaderTexts, Reading, Work
from api.pages.forms import parts_of
from api.texts import Texts
from matcher.errors import (
    Conflict,
    EntryNotFound,
    InvalidInput,
    LegalHold,
    MatcherError,
    NotFound,
    StaleVersion,
)
from matcher.services import entries, erasure, search_words

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)


@router.get("/retention")
@allows(ADMINISTRATORS)
def show_retention(request: Request, assets: Assets, session: Reading, actor: Acting) -> Response:
    """Show what is withdrawn, when it will be erased, and what must be kept."""
    days = assets.settings.retention_days
    holds = erasure.list_holds(session, actor=actor)
    withdrawn = erasure.list_withdrawn(session, actor=actor, limit=200).items
    context = {
        "days": days,
        "withdrawn": [
            (entry, since, since + timedelta(days=days) if days else None) for entry, since in withdrawn
        ],
        "holds": holds,
        "entries": entries.get_many(session, [each.entry_id for each in holds], actor=actor),
    }
    return rendering.page(request, "retention.html", context)


@router.post("/retention/{entry_id}")
@allows(ADMINISTRATORS)
def keep_or_erase(
    request: Request,
    entry_id: str,
    texts: ReaderTexts,
    work: Work,
    actor: Acting,
    then: Annotated[str, Form()],
    version: Annotated[int | None, Form()] = None,
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Erase an entry for good, put it under a legal hold, or lift that."""
    try:
        if then == "erase":
            erasure.erase(work, entry_id, actor=actor, expected_version=version)
        elif then == "hold":
            erasure.set_hold(work, entry_id, reason=reason, actor=actor)
        else:
            erasure.lift_hold(work, entry_id, actor=actor)
    except EntryNotFound:
        raise
    except StaleVersion:
        work.rollback()
        rendering.warn(request, "entry.changed_meanwhile")
    except (Conflict, InvalidInput, LegalHold, NotFound) as error:
        work.rollback()
        rendering.warn(request, "said", message=_said(error, texts))
    else:
        rendering.notify(request, f"retention.done.{then if then in ('erase', 'hold') else 'lift'}")
    return rendering.redirect("/retention")


@router.get("/words")
@allows(ADMINISTRATORS)
def show_words(request: Request, session: Reading, actor: Acting) -> Response:
    """Show the organisation's stop words and synonyms."""
    return rendering.page(request, "words.html", {"words": search_words.list_words(session, actor=actor)})


@router.post("/words")
@allows(ADMINISTRATORS)
def add_word(
    request: Request,
    texts: ReaderTexts,
    work: Work,
    actor: Acting,
    word: Annotated[str, Form()] = "",
    means: Annotated[str, Form()] = "",
) -> Response:
    """Add a word."""
    try:
        search_words.add(work, word, means=parts_of(means), actor=actor)
    except (Conflict, InvalidInput) as error:
        work.rollback()
        rendering.warn(request, "said", message=_said(error, texts))
    else:
        rendering.notify(request, "words.added")
    return rendering.redirect("/words")


@router.post("/words/{word_id}/remove")
@allows(ADMINISTRATORS)
def remove_word(request: Request, word_id: str, work: Work, actor: Acting) -> Response:
    """Remove a word."""
    try:
        search_words.remove(work, word_id, actor=actor)
    except NotFound:
        work.rollback()
    rendering.notify(request, "words.removed")
    return rendering.redirect("/words")


def _said(error: MatcherError, texts: Texts) -> str:
    return f"{texts.message(str(error))} {texts.message(error.remedy)}".strip()
