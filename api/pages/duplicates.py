"""Duplicates: the queue of pairs, two entries side by side, merging with a preview, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Query, Request, Response
from sqlalchemy.orm import Session

from api import cursor, rendering
from api.access import EVERY_ROLE, REVIEWERS, STAFF, GuardedRoute, allows
from api.dependencies import Acting, Assets, ReaderTexts, Reading, Work
from api.differences import differences
from api.pages.forms import Form as Fields
from api.pages.forms import said, with_query
from api.running import search_from_page
from matcher.errors import Conflict, InvalidInput, NotAllowed, StaleVersion
from matcher.services import duplicates, merging
from matcher.services.actor import Actor
from matcher.services.duplicates import DuplicateFilters, DuplicateView
from matcher.types import DuplicateAnswer, DuplicateState, RunKind

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

_PER_PAGE: Final = 25
STATES: Final = (
    DuplicateState.OPEN,
    DuplicateState.MERGED,
    DuplicateState.RELATED,
    DuplicateState.DIFFERENT,
    DuplicateState.UNSURE,
)


class DuplicateQuery(Fields):
    """What the queue shows."""

    state: str = ""
    cursor: str = ""
    unlikely: bool = False

    @property
    def filters(self) -> DuplicateFilters:
        """Of open pairs the likely ones, or the others if these were asked for."""
        if self.chosen_state is not DuplicateState.OPEN:
            return DuplicateFilters(state=self.chosen_state)
        return _open_pairs(is_likely=not self.unlikely)

    def address(self, position: str) -> str:
        """Where the pairs from a position on stand."""
        asked = {"state": self.state, "unlikely": "true" if self.unlikely else "", "cursor": position}
        return with_query("/duplicates", asked)

    @property
    def chosen_state(self) -> DuplicateState:
        """Open pairs, unless another state was chosen."""
        return DuplicateState(self.state) if self.state in STATES else DuplicateState.OPEN


class Answer(Fields):
    """What somebody says about a pair."""

    answer: DuplicateAnswer
    reason: str = ""
    face: str = ""
    version: int | None = None


@router.get("/duplicates")
@allows(STAFF)
def show_queue(
    request: Request, query: Annotated[DuplicateQuery, Query()], session: Reading, actor: Acting
) -> Response:
    """Show the pairs that may be one, the likeliest first."""
    return queue_page(request, query, session, actor)


def queue_page(
    request: Request,
    query: DuplicateQuery,
    session: Session,
    actor: Actor,
    *,
    reason: str = "",
    chosen: Sequence[str] = (),
    status: int = 200,
) -> Response:
    """Return the queue; ``reason`` and ``chosen`` are what somebody typed and chose in vain."""
    after = cursor.decode(query.cursor) if query.cursor else None
    page = duplicates.list_pairs(session, actor=actor, filters=query.filters, limit=_PER_PAGE, after=after)
    counts = duplicates.count_by_state(session, actor=actor, min_probability=duplicates.LIKELY)
    n_open = duplicates.count_by_state(session, actor=actor)[DuplicateState.OPEN]
    context = {
        "pairs": page.items,
        "counts": counts,
        "n_unlikely": n_open - counts[DuplicateState.OPEN],
        "with_unlikely": query.unlikely,
        "states": STATES,
        "state": query.chosen_state,
        "may_judge": bool(actor.roles & REVIEWERS),
        "back": query.address(query.cursor),
        "reason": reason,
        "chosen": chosen,
        "more": page.next_after and query.address(cursor.encode(page.next_after)),
    }
    return rendering.page(request, "duplicates.html", context, status_code=status)


@router.post("/duplicates/search")
@allows(REVIEWERS)
def search(request: Request, assets: Assets, work: Work, actor: Acting) -> Response:
    """Look for pairs anew."""
    return search_from_page(request, assets, work, RunKind.DUPLICATES, actor=actor)


@router.get("/duplicates/{pair_id}")
@allows(STAFF)
def show_pair(
    request: Request, pair_id: str, session: Reading, actor: Acting, answered: str = ""
) -> Response:
    """Show two entries side by side, what differs marked, and what merging them would mean.

    ``answered`` is the pair that was answered just before, so that it can be undone from here.
    """
    return _pair_page(request, pair_id, session, actor, answered=answered)


def _pair_page(
    request: Request,
    pair_id: str,
    session: Session,
    actor: Actor,
    *,
    answered: str = "",
    sent: Answer | None = None,
    status: int = 200,
) -> Response:
    """Return a pair's page; ``sent`` is what somebody typed and chose in vain."""
    pair = duplicates.get_pair(session, pair_id, actor=actor)
    is_same_language = pair.left.language == pair.right.language
    marked = differences(pair.left.text, pair.right.text) if is_same_language else None
    following = _next_open(session, pair, actor)
    context = {
        "pair": pair,
        "texts": marked or (pair.left.text, pair.right.text),
        "is_marked": marked is not None,
        "answered": answered,
        "is_same_language": is_same_language,
        "groups": [merging.group_of(session, each.id, actor=actor) for each in (pair.left, pair.right)],
        "decisions": duplicates.list_decisions(session, pair_id, actor=actor),
        "may_judge": bool(actor.roles & REVIEWERS),
        "next": following and f"/duplicates/{following.id}",
        "queue": "/duplicates" if pair.probability >= duplicates.LIKELY else "/duplicates?unlikely=true",
        "reason": "" if sent is None else sent.reason,
        "face": sent.face
        if sent is not None and sent.face in (pair.left.id, pair.right.id)
        else pair.left.id,
    }
    return rendering.page(request, "duplicate.html", context, status_code=status)


@router.post("/duplicates/{pair_id}")
@allows(REVIEWERS)
def decide(
    request: Request,
    pair_id: str,
    texts: ReaderTexts,
    work: Work,
    actor: Acting,
    sent: Annotated[Answer, Form()],
) -> Response:
    """Keep what somebody says, and go on to the next pair; what was in vain stays on the page as typed."""
    here = f"/duplicates/{pair_id}"
    try:
        pair = duplicates.decide(
            work,
            pair_id,
            sent.answer,
            reason=sent.reason,
            face_id=sent.face or None,
            expected_version=sent.version,
            actor=actor,
        )
    except StaleVersion as error:
        work.rollback()
        rendering.warn(request, "review.meanwhile")
        return _pair_page(request, pair_id, work, actor, sent=sent, status=error.status)
    except (Conflict, InvalidInput) as error:
        work.rollback()
        rendering.warn(request, "said", message=said(error, texts))
        return _pair_page(request, pair_id, work, actor, sent=sent, status=error.status)
    rendering.notify(request, f"duplicates.done.{sent.answer.value}")
    following = _next_open(work, pair, actor)
    is_back = sent.answer is DuplicateAnswer.UNDO or following is None
    onwards = "" if following is None else f"/duplicates/{following.id}?answered={pair_id}"
    return rendering.redirect(here if is_back else onwards)


@router.post("/merges/{merge_id}/undo")
@allows(REVIEWERS)
def undo_merge(
    request: Request,
    merge_id: str,
    texts: ReaderTexts,
    work: Work,
    actor: Acting,
    back: Annotated[str, Form()] = "/duplicates",
) -> Response:
    """Take a merge back."""
    try:
        merging.undo(work, merge_id, actor=actor)
    except Conflict as error:
        rendering.warn(request, "said", message=texts.message(str(error)))
    else:
        rendering.notify(request, "duplicates.done.undo")
    return rendering.redirect(rendering.safe_next(back))


@router.post("/entries/{entry_id}/face")
@allows(REVIEWERS)
def choose_face(request: Request, entry_id: str, texts: ReaderTexts, work: Work, actor: Acting) -> Response:
    """Let an entry be the one that is shown for those that it stands with."""
    try:
        merging.choose_face(work, entry_id, actor=actor)
    except Conflict as error:
        rendering.warn(request, "said", message=texts.message(str(error)))
    else:
        rendering.notify(request, "together.face_chosen")
    return rendering.redirect(f"/entries/{entry_id}")


@router.post("/entries/{entry_id}/support")
@allows(EVERY_ROLE)
def support(
    request: Request,
    entry_id: str,
    texts: ReaderTexts,
    work: Work,
    actor: Acting,
    stands: Annotated[bool, Form()] = True,
) -> Response:
    """Stand behind an entry, or no more."""
    try:
        if stands:
            merging.support(work, entry_id, actor=actor)
        else:
            merging.withdraw_support(work, entry_id, actor=actor)
    except (Conflict, NotAllowed) as error:
        rendering.warn(request, "said", message=texts.message(str(error)))
    return rendering.redirect(f"/entries/{entry_id}")


def _open_pairs(*, is_likely: bool) -> DuplicateFilters:
    if is_likely:
        return DuplicateFilters(state=DuplicateState.OPEN, min_probability=duplicates.LIKELY)
    return DuplicateFilters(state=DuplicateState.OPEN, below_probability=duplicates.LIKELY)


def _next_open(session: Session, pair: DuplicateView, actor: Actor) -> DuplicateView | None:
    """Return the likeliest open pair below one, else the likeliest; from a likely one likely ones alone."""
    filters = _open_pairs(is_likely=pair.probability >= duplicates.LIKELY)
    positions: tuple[list[Any] | None, ...] = ([pair.probability, pair.id], None)
    for after in positions:
        found = duplicates.list_pairs(session, actor=actor, filters=filters, limit=2, after=after).items
        following = next((each for each in found if each.id != pair.id), None)
        if following is not None:
            return following
    return None
