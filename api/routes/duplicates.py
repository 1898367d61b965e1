"""Entries that may be one: pairs and groups, and what people say about them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.access import EVERY_ROLE, STAFF, GuardedRoute, allows
from api.dependencies import Acting, Assets, Reading, Work
from api.etag import StatedVersion, etag
from api.group_views import show_bulk_answer, show_duplicate, show_duplicate_group
from api.openapi import CHANGE_RESPONSES
from api.running import accept_run
from api.schemas.common import AnyPage, Id, Listing, listing
from api.schemas.groups import (
    BulkAnswersShown,
    DecisionShown,
    DuplicateDecide,
    DuplicateDecideMany,
    DuplicateGroupShown,
    DuplicateQuery,
    DuplicateSay,
    DuplicateShown,
)
from api.schemas.work import RunShown
from matcher.services import duplicates
from matcher.services.duplicates import DuplicateFilters
from matcher.types import RunKind

router = APIRouter(route_class=GuardedRoute, tags=["duplicates"])


@router.get("/duplicates")
@allows(EVERY_ROLE)
def list_duplicates(
    query: Annotated[DuplicateQuery, Query()], session: Reading, actor: Acting
) -> Listing[DuplicateShown]:
    """List the pairs that may be one and concern the caller's organisation, the likeliest first."""
    filters = DuplicateFilters(
        state=query.state,
        entry_id=query.entry_id,
        organisation_id=query.organisation_id,
        group_id=query.group_id,
        min_probability=query.min_probability,
    )
    page = duplicates.list_pairs(session, actor=actor, filters=filters, limit=query.limit, after=query.after)
    return listing(map(show_duplicate, page.items), page.next_after)


@router.get("/duplicates/groups")
@allows(EVERY_ROLE)
def list_duplicate_groups(query: AnyPage, session: Reading, actor: Acting) -> Listing[DuplicateGroupShown]:
    """List groups of three entries or more that may all be one, the likeliest first."""
    page = duplicates.list_groups(session, actor=actor, limit=query.limit, after=query.after)
    return listing(map(show_duplicate_group, page.items), page.next_after)


@router.post("/duplicates/search", status_code=202)
@allows(STAFF)
def search_duplicates(response: Response, assets: Assets, work: Work, actor: Acting) -> RunShown:
    """Search for pairs anew, in the background, with a threshold that is learnt from what people decided."""
    return accept_run(response, assets, work, RunKind.DUPLICATES, actor=actor)


@router.post("/duplicates/decisions")
@allows(EVERY_ROLE)
def decide_duplicates(body: DuplicateDecideMany, work: Work, actor: Acting) -> BulkAnswersShown:
    """Say the same about several pairs; what cannot be done for one leaves the others done."""
    answers = duplicates.decide_many(
        work, body.pair_ids, body.answer, reason=body.reason, versions=body.versions, actor=actor
    )
    return BulkAnswersShown(items=[show_bulk_answer(answer) for answer in answers])


@router.post("/duplicates/groups/{group_id}/decisions", status_code=201)
@allows(EVERY_ROLE)
def decide_duplicate_group(
    group_id: Id, body: DuplicateDecide, work: Work, actor: Acting
) -> Listing[DuplicateShown]:
    """Say the same about all open pairs of a group; merging lets all its entries stand together."""
    views = duplicates.decide_group(
        work, group_id, body.answer, reason=body.reason, face_id=body.face_id, actor=actor
    )
    return listing(map(show_duplicate, views), None)


@router.get("/duplicates/{pair_id}")
@allows(EVERY_ROLE)
def get_duplicate(pair_id: Id, response: Response, session: Reading, actor: Acting) -> DuplicateShown:
    """Return a pair with both entries."""
    view = duplicates.get_pair(session, pair_id, actor=actor)
    response.headers["ETag"] = etag(view.version)
    return show_duplicate(view)


@router.get("/duplicates/{pair_id}/decisions")
@allows(EVERY_ROLE)
def list_duplicate_decisions(pair_id: Id, session: Reading, actor: Acting) -> Listing[DecisionShown]:
    """List what was said about a pair, the earliest first."""
    views = duplicates.list_decisions(session, pair_id, actor=actor)
    return listing(map(DecisionShown.model_validate, views), None)


@router.post("/duplicates/{pair_id}/decisions", status_code=201, responses=CHANGE_RESPONSES)
@allows(EVERY_ROLE)
def decide_duplicate(
    pair_id: Id,
    body: DuplicateDecide,
    version: StatedVersion,
    response: Response,
    work: Work,
    actor: Acting,
) -> DuplicateShown:
    """Merge a pair, say that the two are different, related or unsure, or take one's answer back (undo).

    What is different or related is never asked about again. With If-Match it counts only if nobody decided
    in the meantime.
    """
    view = duplicates.decide(
        work,
        pair_id,
        body.answer,
        reason=body.reason,
        face_id=body.face_id,
        expected_version=version,
        actor=actor,
    )
    response.headers["ETag"] = etag(view.version)
    return show_duplicate(view)


@router.post("/entries/{entry_id}/differences", status_code=201)
@allows(EVERY_ROLE)
def say_how_entries_differ(entry_id: Id, body: DuplicateSay, work: Work, actor: Acting) -> DuplicateShown:
    """Say something about an entry and another one that no search paired, such as how they differ."""
    view = duplicates.say(work, entry_id, body.other_id, body.answer, reason=body.reason, actor=actor)
    return show_duplicate(view)
