"""Entries: the list with its filters, one entry with all that belongs to it, publish and withdraw."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Query, Request, Response
from sqlalchemy.orm import Session

from api import cursor, rendering
from api.access import EVERY_ROLE, GuardedRoute, allows
from api.dependencies import Acting, Assets, ReaderTexts, Reading, Work
from api.pages.forms import Form as Fields
from api.pages.forms import faults_of, with_query
from api.proposing import ready_to_propose
from api.resources import Resources
from matcher.errors import InvalidInput, MatcherError, StaleVersion
from matcher.services import cases, entries, interests, merging, reviewing, searching, themes
from matcher.services.actor import EVERYBODY, REVIEWERS, STAFF, Actor
from matcher.services.entries import EntryFilters, EntryView
from matcher.services.reviewing import ProposalView
from matcher.services.searching import MatchView
from matcher.types import (
    OTHER_LANGUAGES,
    Direction,
    EntryKind,
    EntryStatus,
    ProposalState,
    Role,
    needs_reader,
)

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

PER_PAGE: Final = 25
_MOST_PROPOSALS: Final = 60
_N_SIMILAR: Final = 6
_N_CASES: Final = 5
LISTED_LANGUAGES: Final = ("sv", "fi", "nb", "nn", "da", "en", OTHER_LANGUAGES)
LISTED_STATUSES: Final = (EntryStatus.DRAFT, EntryStatus.PUBLISHED, EntryStatus.WITHDRAWN)
Version = Annotated[int, Form()]


class EntriesQuery(Fields):
    """Filters of the list as they stand in its address."""

    words: str = ""
    kind: str = ""
    status: str = ""
    whose: str = ""
    place: str = ""
    cpv: str = ""
    tag: str = ""
    language: str = ""
    cursor: str = ""


@router.get("/entries")
@allows(EVERY_ROLE)
def list_entries(
    request: Request,
    query: Annotated[EntriesQuery, Query()],
    assets: Assets,
    texts: ReaderTexts,
    session: Reading,
    actor: Acting,
) -> Response:
    """List the entries that the reader sees, newest first."""
    faults: dict[str, str] = {}
    try:
        filters = filters_of(query, assets, actor)
    except InvalidInput as error:
        filters, faults = EntryFilters(), faults_of(error, texts)
    after = cursor.decode(query.cursor) if query.cursor else None
    page = entries.list_entries(session, actor=actor, filters=filters, limit=PER_PAGE, after=after)
    chosen = query.model_dump(exclude={"cursor"})
    more = page.next_after and with_query("/entries", {**chosen, "cursor": cursor.encode(page.next_after)})
    return rendering.page(
        request,
        "entries.html",
        {
            "entries": page.items,
            "values": chosen,
            "faults": faults,
            "is_filtered": any(chosen.values()),
            "kinds": list(EntryKind),
            "statuses": LISTED_STATUSES,
            "languages": LISTED_LANGUAGES,
            "more": more,
        },
    )


@router.get("/entries/{entry_id}")
@allows(EVERY_ROLE)
def show_entry(request: Request, entry_id: str, assets: Assets, session: Reading, actor: Acting) -> Response:
    """Show an entry with its proposals, what is similar, and for its staff what was sent."""
    entry = entries.get(session, entry_id, actor=actor)
    proposals = reviewing.proposals_of(session, entry_id, actor=actor, limit=_MOST_PROPOSALS)
    is_staff = actor.may(STAFF, organisation_id=entry.organisation_id)
    context = {
        "entry": entry,
        "may_change": actor.may(EVERYBODY, organisation_id=entry.organisation_id),
        "may_erase": entry.status is not EntryStatus.ERASED,
        "versions": entries.list_shown_versions(session, entry_id, actor=actor),
        "is_staff": is_staff,
        "joined": [each for each in proposals if each.state is ProposalState.ACCEPTED],
        "proposals": [each for each in proposals if _is_between_kinds(each)],
        "similar": _similar(entry, proposals, assets, session, actor),
        "interest": interests.interested(session, entry_id, actor=actor),
        "may_be_interested": may_be_interested(entry, actor),
        "group": merging.group_of(session, entry_id, actor=actor),
        "merges": merging.trace(session, entry_id, actor=actor),
        "cases": cases.list_cases(session, actor=actor, entry_id=entry_id, limit=_N_CASES).items,
        "subject": themes.of_entries(session, [entry_id], actor=actor).get(entry_id),
        "is_reviewer": bool(actor.roles & REVIEWERS),
        "needs_reader": needs_reader(entry.language),
        "why_none": _why_no_proposals(entry, actor),
    }
    return rendering.page(request, "entry.html", context)


@router.post("/entries/{entry_id}/publish")
@allows(EVERY_ROLE)
def publish(
    request: Request, entry_id: str, version: Version, assets: Assets, work: Work, actor: Acting
) -> Response:
    """Publish an entry and match it at once."""
    ready_to_propose(assets, work)
    try:
        entry = entries.publish(work, entry_id, expected_version=version, actor=actor)
    except StaleVersion:
        return _changed_meanwhile(request, entry_id)
    assets.live.propose_and_save(work, entry.id)
    rendering.notify(request, "entry.published")
    return rendering.redirect(f"/entries/{entry_id}")


@router.post("/entries/{entry_id}/withdraw")
@allows(EVERY_ROLE)
def withdraw(request: Request, entry_id: str, version: Version, work: Work, actor: Acting) -> Response:
    """Take an entry back."""
    try:
        entries.withdraw(work, entry_id, expected_version=version, actor=actor)
    except StaleVersion:
        return _changed_meanwhile(request, entry_id)
    rendering.notify(request, "entry.withdrawn")
    return rendering.redirect(f"/entries/{entry_id}")


def filters_of(query: EntriesQuery, assets: Resources, actor: Actor) -> EntryFilters:
    """Return the filters that an address asks for.

    Raises
    ------
    InvalidInput
        If a place is none that is known; the field is named.
    """
    try:
        region = assets.codes.region(query.place) if query.place else None
    except InvalidInput as error:
        raise InvalidInput(str(error), field="place", remedy=error.remedy) from error
    # An offering serves places, a need lies in one.
    is_municipality = bool(region) and str(region).isdecimal() and query.kind != EntryKind.OFFERING
    return EntryFilters(
        words=query.words[:200] or None,
        kind=EntryKind(query.kind) if query.kind in set(EntryKind) else None,
        status=EntryStatus(query.status) if query.status in LISTED_STATUSES else None,
        organisation_id=actor.organisation_id if query.whose == "own" else None,
        municipality=region if is_municipality else None,
        region=None if is_municipality else region,
        cpv=query.cpv[:8] or None,
        tag=query.tag[:100] or None,
        language=query.language if query.language in LISTED_LANGUAGES else None,
    )


def may_be_interested(entry: EntryView, actor: Actor) -> bool:
    """Whether the actor's organisation could say that it is interested."""
    is_open = entry.kind is not EntryKind.OFFERING and entry.status is EntryStatus.PUBLISHED
    return is_open and Role.PARTNER in actor.roles and entry.organisation_id != actor.organisation_id


def _why_no_proposals(entry: EntryView, actor: Actor) -> str:
    """Return which text is true where no proposal is shown."""
    if entry.status is not EntryStatus.PUBLISHED:
        return "draft"
    if entry.organisation_id not in (actor.organisation_id, None):
        return "others"
    return "offering" if entry.kind is EntryKind.OFFERING else "published"


def _is_between_kinds(proposal: ProposalView) -> bool:
    return proposal.direction is not Direction.SIMILAR


def _similar(
    entry: EntryView, proposals: list[ProposalView], assets: Resources, session: Session, actor: Actor
) -> list[MatchView] | None:
    """Return what is like an entry; None while the search is still being loaded."""
    if entry.status is EntryStatus.PUBLISHED:
        alike = (each for each in proposals if each.direction is Direction.SIMILAR)
        others = {
            (each.target if each.query.id == entry.id else each.query).id: each
            for each in alike
            if each.state is not ProposalState.REJECTED
        }
        return [
            MatchView(entry=each.target if each.query.id == entry.id else each.query, score=each.score)
            for each in others.values()
        ][:_N_SIMILAR]
    if not assets.live.ready or entry.status not in LISTED_STATUSES:
        return None
    try:
        return searching.similar_entries(session, assets.live, entry.id, actor=actor, limit=_N_SIMILAR)
    except MatcherError:
        return None


def _changed_meanwhile(request: Request, entry_id: str) -> Response:
    rendering.warn(request, "entry.changed_meanwhile")
    return rendering.redirect(f"/entries/{entry_id}")


def values_of(entry: EntryView) -> dict[str, Any]:
    """Return an entry's fields as a form shows them."""
    return {
        "kind": entry.kind.value,
        "title": entry.title,
        "text": entry.text,
        "language": entry.language,
        "municipality": entry.municipality or "",
        "regions": ", ".join(entry.regions),
        "cpv": ", ".join(entry.cpv),
        "tags": ", ".join(entry.tags),
        "starts_on": entry.window.starts_on.isoformat() if entry.window.starts_on else "",
        "ends_on": entry.window.ends_on.isoformat() if entry.window.ends_on else "",
        "estimated_value": str(entry.estimated_value) if entry.estimated_value is not None else "",
        "currency": entry.currency or "",
        "capacity": entry.capacity or "",
        "version": entry.version,
    }
