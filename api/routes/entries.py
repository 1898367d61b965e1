"""Needs, ideas and offerings: register, read, change, publish, withdraw."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.access import EVERY_ROLE, STAFF, GuardedRoute, allows
from api.dependencies import Acting, Assets, ReaderTexts, Reading, Work
from api.drafting import read_changes, read_draft
from api.etag import ExpectedVersion, etag
from api.openapi import CHANGE_RESPONSES
from api.proposing import found_for, ready_to_propose
from api.schemas.common import Id, Listing, listing
from api.schemas.entries import (
    EntryCreate,
    EntryCreated,
    EntryPatch,
    EntryQuery,
    EntryShown,
    VersionShown,
)
from api.views import show_entry
from matcher.services import entries
from matcher.services.entries import EntryFilters, EntryView
from matcher.types import EntryStatus, TimeWindow

router = APIRouter(route_class=GuardedRoute, tags=["entries"])


@router.post("/entries", status_code=201)
@allows(EVERY_ROLE)
def create_entry(
    body: EntryCreate, response: Response, assets: Assets, texts: ReaderTexts, work: Work, actor: Acting
) -> EntryCreated:
    """Register an entry of the caller's organisation; once published, it is matched at once."""
    draft = read_draft(body, assets.codes, source_id=str(uuid.uuid4()))
    if body.publish:
        ready_to_propose(assets, work)
    entry = entries.create(work, draft, actor=actor)
    response.headers["Location"] = f"/api/v1/entries/{entry.id}"
    return _answer(entry, response, assets, texts, work, actor)


@router.get("/entries")
@allows(EVERY_ROLE)
def list_entries(
    query: Annotated[EntryQuery, Query()], session: Reading, actor: Acting
) -> Listing[EntryShown]:
    """List the entries that the caller sees, newest first: its organisation's, and what others published."""
    page = entries.list_entries(
        session, actor=actor, filters=_filters(query), limit=query.limit, after=query.after
    )
    return listing(map(show_entry, page.items), page.next_after)


@router.get("/entries/{entry_id}")
@allows(EVERY_ROLE)
def get_entry(entry_id: Id, response: Response, session: Reading, actor: Acting) -> EntryShown:
    """Return an entry; its ETag is what a change of it is sent with."""
    return _shown(entries.get(session, entry_id, actor=actor), response)


@router.patch("/entries/{entry_id}", responses=CHANGE_RESPONSES)
@allows(EVERY_ROLE)
def change_entry(
    entry_id: Id,
    body: EntryPatch,
    version: ExpectedVersion,
    response: Response,
    assets: Assets,
    texts: ReaderTexts,
    work: Work,
    actor: Acting,
) -> EntryCreated:
    """Change an entry; what it said before remains as a version. A published one is matched anew at once."""
    changes = read_changes(body, assets.codes)
    ready_to_propose(assets, work)
    entry = entries.change(work, entry_id, changes, expected_version=version, actor=actor)
    return _answer(entry, response, assets, texts, work, actor)


@router.post("/entries/{entry_id}/publish", responses=CHANGE_RESPONSES)
@allows(EVERY_ROLE)
def publish_entry(
    entry_id: Id,
    version: ExpectedVersion,
    response: Response,
    assets: Assets,
    texts: ReaderTexts,
    work: Work,
    actor: Acting,
) -> EntryCreated:
    """Let everybody who is signed in see an entry, and match it at once."""
    ready_to_propose(assets, work)
    entry = entries.publish(work, entry_id, expected_version=version, actor=actor)
    return _answer(entry, response, assets, texts, work, actor)


@router.post("/entries/{entry_id}/withdraw", responses=CHANGE_RESPONSES)
@allows(EVERY_ROLE)
def withdraw_entry(
    entry_id: Id, version: ExpectedVersion, response: Response, work: Work, actor: Acting
) -> EntryShown:
    """Take an entry back: only its organisation sees it, and it is proposed no more."""
    return _shown(entries.withdraw(work, entry_id, expected_version=version, actor=actor), response)


@router.get("/entries/{entry_id}/versions")
@allows(STAFF)
def list_versions(entry_id: Id, session: Reading, actor: Acting) -> Listing[VersionShown]:
    """List what was sent and what was made of it, the oldest first; for its organisation's staff."""
    views = entries.list_versions(session, entry_id, actor=actor)
    return listing(map(VersionShown.model_validate, views), None)


def _answer(
    entry: EntryView, response: Response, assets: Assets, texts: ReaderTexts, work: Work, actor: Acting
) -> EntryCreated:
    """Match a published entry, and show it with what was found."""
    shown = _shown(entry, response)
    if entry.status is not EntryStatus.PUBLISHED:
        return EntryCreated(entry=shown, similar=[], proposals=[])
    found = found_for(entry, assets.live, texts, work, actor=actor)
    return EntryCreated(entry=shown, similar=found.similar, proposals=found.proposals)


def _shown(entry: EntryView, response: Response) -> EntryShown:
    response.headers["ETag"] = etag(entry.version)
    return show_entry(entry)


def _filters(query: EntryQuery) -> EntryFilters:
    return EntryFilters(
        kind=query.kind,
        status=query.status,
        organisation_id=query.organisation_id,
        municipality=query.municipality,
        region=query.region,
        cpv=query.cpv,
        language=query.language,
        tag=query.tag,
        source=query.source,
        words=query.words,
        window=TimeWindow(starts_on=query.time_from, ends_on=query.time_until),
        changed_after=query.changed_after,
    )
