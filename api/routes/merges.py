"""Merges that can be undone in any order, splits, support, and what is similar while somebody writes."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.access import EVERY_ROLE, GuardedRoute, allows
from api.dependencies import Acting, Live, Reading, Work
from api.etag import ExpectedVersion, StatedVersion, etag
from api.group_views import show_standing, show_written
from api.openapi import CHANGE_RESPONSES
from api.schemas.common import Id, Listing, listing
from api.schemas.groups import (
    MergeCreate,
    MergeShown,
    SplitCreate,
    SplitShown,
    StandingShown,
    StandingsShown,
    WritingRequest,
    WritingResult,
)
from matcher.services import merging, splitting, writing
from matcher.services.splitting import SplitPartDraft

router = APIRouter(route_class=GuardedRoute, tags=["merges"])


@router.post("/similar")
@allows(EVERY_ROLE)
def similar_while_writing(body: WritingRequest, live: Live, session: Reading, actor: Acting) -> WritingResult:
    """Find what others wrote about the same thing while somebody writes, with the part that is alike.

    It is a POST so that what somebody writes stands in no address and no log.
    """
    found = writing.similar_while_writing(
        session, live, body.text, kind=body.kind, limit=body.limit, actor=actor
    )
    return WritingResult(items=[show_written(match) for match in found])


@router.post("/merges", status_code=201)
@allows(EVERY_ROLE)
def merge_entries(body: MergeCreate, work: Work, actor: Acting) -> StandingShown:
    """Let entries stand behind one face; nothing is moved or deleted, and all can be undone."""
    view = merging.merge(
        work, body.entry_ids, face_id=body.face_id, expected_versions=body.versions, actor=actor
    )
    return show_standing(view)


@router.post("/merges/{merge_id}/undo", responses=CHANGE_RESPONSES)
@allows(EVERY_ROLE)
def undo_merge(merge_id: Id, version: StatedVersion, work: Work, actor: Acting) -> StandingsShown:
    """Take a merge back, whatever was merged after it."""
    views = merging.undo(work, merge_id, expected_version=version, actor=actor)
    return StandingsShown(items=[show_standing(view) for view in views])


@router.get("/entries/{entry_id}/group")
@allows(EVERY_ROLE)
def get_group(entry_id: Id, response: Response, session: Reading, actor: Acting) -> StandingShown:
    """Return what stands together with an entry, and who stands behind it."""
    view = merging.group_of(session, entry_id, actor=actor)
    response.headers["ETag"] = etag(view.version)
    return show_standing(view)


@router.get("/entries/{entry_id}/merges")
@allows(EVERY_ROLE)
def trace_merges(entry_id: Id, session: Reading, actor: Acting) -> Listing[MergeShown]:
    """List every merge that ever reached an entry, those undone too, the earliest first."""
    views = merging.trace(session, entry_id, actor=actor)
    return listing(map(MergeShown.model_validate, views), None)


@router.post("/entries/{entry_id}/face", responses=CHANGE_RESPONSES)
@allows(EVERY_ROLE)
def choose_face(entry_id: Id, version: StatedVersion, work: Work, actor: Acting) -> StandingShown:
    """Let an entry be the face of those that it stands with."""
    return show_standing(merging.choose_face(work, entry_id, expected_version=version, actor=actor))


@router.put("/entries/{entry_id}/support")
@allows(EVERY_ROLE)
def support_entry(entry_id: Id, work: Work, actor: Acting) -> StandingShown:
    """Stand behind an entry; doing it again changes nothing."""
    return show_standing(merging.support(work, entry_id, actor=actor))


@router.delete("/entries/{entry_id}/support")
@allows(EVERY_ROLE)
def withdraw_support(entry_id: Id, work: Work, actor: Acting) -> StandingShown:
    """Stand behind an entry no more; doing it again changes nothing."""
    return show_standing(merging.withdraw_support(work, entry_id, actor=actor))


@router.post("/entries/{entry_id}/splits", status_code=201, responses=CHANGE_RESPONSES)
@allows(EVERY_ROLE)
def split_entry(
    entry_id: Id, body: SplitCreate, version: ExpectedVersion, work: Work, actor: Acting
) -> SplitShown:
    """Part an entry that tells of several needs: each becomes an entry, and the original is withdrawn."""
    parts = [SplitPartDraft(text=part.text, title=part.title) for part in body.parts]
    view = splitting.split(work, entry_id, parts, expected_version=version, actor=actor)
    return SplitShown.model_validate(view)


@router.get("/entries/{entry_id}/splits")
@allows(EVERY_ROLE)
def list_splits(entry_id: Id, session: Reading, actor: Acting) -> Listing[SplitShown]:
    """List how an entry was parted, or of which one it is a part, the earliest first."""
    views = splitting.list_splits(session, entry_id, actor=actor)
    return listing(map(SplitShown.model_validate, views), None)


@router.post("/splits/{split_id}/undo")
@allows(EVERY_ROLE)
def undo_split(split_id: Id, work: Work, actor: Acting) -> SplitShown:
    """Bring a parted entry back as it was, and withdraw its parts."""
    return SplitShown.model_validate(splitting.undo_split(work, split_id, actor=actor))
