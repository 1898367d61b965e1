"""What must go and what must be kept: erasure, restriction, legal holds."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Response

from api.access import ADMINISTRATORS, GuardedRoute, allows
from api.dependencies import Acting, Assets, Reading, Work
from api.etag import ExpectedVersion, etag
from api.openapi import CHANGE_RESPONSES
from api.schemas.common import AnyPage, Id, Listing, listing
from api.schemas.entries import EntryShown, HoldCreate, HoldShown
from api.schemas.steering import WithdrawnShown
from api.views import show_entry
from matcher.services import entries, erasure

router = APIRouter(route_class=GuardedRoute, tags=["keeping"])


@router.delete("/entries/{entry_id}", status_code=204, responses=CHANGE_RESPONSES)
@allows(ADMINISTRATORS)
def erase_entry(entry_id: Id, version: ExpectedVersion, work: Work, actor: Acting) -> None:
    """Remove everything that an entry said: texts, versions, vectors, reasons and exported files."""
    erasure.erase(work, entry_id, actor=actor, expected_version=version)


@router.post("/entries/{entry_id}/restrict", responses=CHANGE_RESPONSES)
@allows(ADMINISTRATORS)
def restrict_entry(
    entry_id: Id, version: ExpectedVersion, response: Response, work: Work, actor: Acting
) -> EntryShown:
    """Keep an entry for its organisation's administrators alone, and use it for nothing."""
    erasure.restrict(work, entry_id, actor=actor, expected_version=version)
    entry = entries.get(work, entry_id, actor=actor)
    response.headers["ETag"] = etag(entry.version)
    return show_entry(entry)


@router.put("/entries/{entry_id}/hold", status_code=204)
@allows(ADMINISTRATORS)
def hold_entry(entry_id: Id, body: HoldCreate, work: Work, actor: Acting) -> None:
    """Put an entry under a legal hold: it can be neither erased nor restricted."""
    erasure.set_hold(work, entry_id, reason=body.reason, actor=actor)


@router.delete("/entries/{entry_id}/hold", status_code=204)
@allows(ADMINISTRATORS)
def lift_hold(entry_id: Id, work: Work, actor: Acting) -> None:
    """Lift an entry's legal hold."""
    erasure.lift_hold(work, entry_id, actor=actor)


@router.get("/holds")
@allows(ADMINISTRATORS)
def list_holds(session: Reading, actor: Acting) -> Listing[HoldShown]:
    """List the legal holds of the caller's organisation."""
    return listing(map(HoldShown.model_validate, erasure.list_holds(session, actor=actor)), None)


@router.get("/withdrawn")
@allows(ADMINISTRATORS)
def list_withdrawn(
    query: AnyPage, assets: Assets, session: Reading, actor: Acting
) -> Listing[WithdrawnShown]:
    """List the withdrawn entries of the caller's organisation, and when each will be erased."""
    days = assets.settings.retention_days
    page = erasure.list_withdrawn(session, actor=actor, limit=query.limit, after=query.after)
    shown = (
        WithdrawnShown(
            entry=show_entry(entry),
            withdrawn_at=since,
            erased_after=since + timedelta(days=days) if days else None,
        )
        for entry, since in page.items
    )
    return listing(shown, page.next_after)
