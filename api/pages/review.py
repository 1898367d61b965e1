"""The review: a queue of what waits, one entry with its candidates on a screen, and the decisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from markupsafe import Markup

from api import cursor, rendering
from api.access import EVERY_ROLE, REVIEWERS, GuardedRoute, allows
from api.dependencies import Acting, Assets, ReaderTexts, Reading
from api.explain import Step, best_passages, shared_terms, waterfall
from api.formatting import day_began_at
from api.highlight import highlighted, stems_of
from api.maps import PlacesMap, places_map
from api.pages.entries import may_be_interested
from api.pages.forms import faults_of
from api.pages.review_filters import STATES, WORK, ReviewQuery, queue_filters
from api.pages.verdicts import CAN_BE_UNDONE, LATEST
from api.resources import Resources
from api.texts import Texts
from matcher.errors import InvalidInput
from matcher.services import entries, review_queue, review_tasks, reviewing, shortlists
from matcher.services.actor import Actor
from matcher.services.entries import EntryView
from matcher.services.review_queue import QueueFilters
from matcher.services.reviewing import ProposalView
from matcher.types import Direction, EntryKind, ProposalState

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

_PER_PAGE: Final = 25
DAYS_AWAY: Final = (1, 7, 30, 90)
"""For how many days the page offers to put an entry away."""
_USUAL: Final = {
    EntryKind.NEED: Direction.NEED_TO_OFFERING,
    EntryKind.IDEA: Direction.IDEA_TO_NEED,
    EntryKind.OFFERING: Direction.SIMILAR,
}
_OPEN: Final = (ProposalState.OPEN, ProposalState.UNSURE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A proposal as the bench shows it: its text marked, its probability explained."""

    proposal: ProposalView
    text: Markup
    passages: tuple[list[str], list[str]]
    steps: list[Step]
    places: PlacesMap | None
    then: str


@router.get("/review")
@allows(REVIEWERS)
def show_queue(
    request: Request,
    query: Annotated[ReviewQuery, Query()],
    assets: Assets,
    texts: ReaderTexts,
    session: Reading,
    actor: Acting,
) -> Response:
    """Show what waits, the likeliest match first."""
    filters, faults = _filters(query, assets, texts, actor)
    after = cursor.decode(query.cursor) if query.cursor else None
    page = review_queue.list_queue(session, actor=actor, filters=filters, limit=_PER_PAGE, after=after)
    context = {
        "items": page.items,
        "progress": review_queue.progress(session, actor=actor, filters=filters, since=day_began_at()),
        "filters": filters,
        "suffix": query.address(""),
        "back": query.address(),
        "more": page.next_after and query.address(after=cursor.encode(page.next_after)),
        "faults": faults,
        **_choices(request, query),
    }
    return rendering.page(request, "review.html", context)


@router.get("/review/{entry_id}")
@allows(REVIEWERS)
def show_bench(
    request: Request,
    entry_id: str,
    query: Annotated[ReviewQuery, Query()],
    assets: Assets,
    texts: ReaderTexts,
    session: Reading,
    actor: Acting,
) -> Response:
    """Show an entry with everything that is proposed for it."""
    entry = entries.get(session, entry_id, actor=actor)
    if not query.direction:
        query.direction = _USUAL[entry.kind].value
    filters, faults = _filters(query, assets, texts, actor)
    found = review_queue.candidates(session, entry_id, actor=actor, direction=filters.direction)
    before, after = review_queue.neighbours(session, entry_id, actor=actor, filters=filters)
    here = query.address(f"/review/{entry_id}")
    onwards = query.address(f"/review/{after}") if after else query.address()
    context = {
        "entry": entry,
        "entry_text": _asked_text(entry, found),
        "candidates": [
            candidate_of(each, texts, then=_then(each, found, here=here, onwards=onwards)) for each in found
        ],
        "n_open": sum(each.state in _OPEN for each in found),
        "may_judge": bool(found) and reviewing.may_judge(session, found[0], actor=actor),
        "progress": review_queue.progress(session, actor=actor, filters=filters, since=day_began_at()),
        "previous": before and query.address(f"/review/{before}"),
        "next": after and onwards,
        "queue": query.address(),
        "back": here,
        "onwards": onwards,
        "task": review_tasks.get(session, entry_id, filters.direction, actor=actor),
        "reviewers": review_tasks.reviewers(session, actor=actor),
        "days": DAYS_AWAY,
        "lists": shortlists.list_of(session, entry_id, actor=actor, limit=5).items,
        "filters": filters,
        "faults": faults,
        **_choices(request, query),
    }
    return rendering.page(request, "bench.html", context)


@router.get("/proposals/{proposal_id}")
@allows(EVERY_ROLE)
def show_proposal(
    request: Request, proposal_id: str, texts: ReaderTexts, session: Reading, actor: Acting
) -> Response:
    """Show one proposal with its history."""
    proposal = reviewing.get_proposal(session, proposal_id, actor=actor)
    passages = best_passages(proposal.score.reasons)
    stems = stems_of(shared_terms(proposal.score.reasons), proposal.query.language)
    context = {
        "candidate": candidate_of(proposal, texts, then=f"/proposals/{proposal_id}"),
        "query_text": highlighted(
            proposal.query.text, sentences=passages[0], stems=stems, language=proposal.query.language
        ),
        "may_judge": reviewing.may_judge(session, proposal, actor=actor),
        "may_be_interested": may_be_interested(proposal.query, actor),
        "verdicts": reviewing.list_verdicts(session, proposal_id, actor=actor),
        "faults": {},
    }
    return rendering.page(request, "proposal.html", context)


def candidate_of(proposal: ProposalView, texts: Texts, *, then: str) -> Candidate:
    """Return a proposal with its text marked and its probability explained; ``then``: where to go on."""
    passages = best_passages(proposal.score.reasons)
    target, terms = proposal.target, shared_terms(proposal.score.reasons)
    return Candidate(
        proposal=proposal,
        text=highlighted(
            target.text,
            sentences=passages[1],
            stems=stems_of(terms, proposal.query.language),
            language=target.language,
        ),
        passages=passages,
        steps=waterfall(proposal.score, texts),
        places=places_map(proposal.query, target),
        then=then,
    )


def _then(decided: ProposalView, found: list[ProposalView], *, here: str, onwards: str) -> str:
    """Return where to go on after a decision: to the next candidate that is open, else to the next entry."""
    at = found.index(decided)
    is_open = (each for each in (*found[at + 1 :], *found[:at]) if each.state is ProposalState.OPEN)
    following = next(is_open, None)
    return onwards if following is None else f"{here}#p-{following.id}"


def _asked_text(entry: EntryView, found: list[ProposalView]) -> Markup:
    """Mark everything in an entry's text on which any candidate rests."""
    reasons = [reason for each in found for reason in each.score.reasons]
    return highlighted(
        entry.text,
        sentences=best_passages(reasons)[0],
        stems=stems_of(shared_terms(reasons), entry.language),
        language=entry.language,
    )


def _choices(request: Request, query: ReviewQuery) -> dict[str, Any]:
    return {
        "values": query.chosen,
        "states": STATES,
        "works": WORK,
        "directions": list(Direction),
        "is_filtered": any(value for name, value in query.chosen.items() if name != "direction"),
        "can_undo": bool(request.session.get(LATEST)),
        "can_be_undone": CAN_BE_UNDONE,
    }


def _filters(
    query: ReviewQuery, assets: Resources, texts: Texts, actor: Actor
) -> tuple[QueueFilters, dict[str, str]]:
    try:
        return queue_filters(query, assets, actor), {}
    except InvalidInput as error:
        return QueueFilters(direction=query.chosen_direction), faults_of(error, texts)
