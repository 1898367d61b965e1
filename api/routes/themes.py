"""Themes: what entries are about, and the care that coordinators take of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.access import EVERY_ROLE, REVIEWERS, STAFF, GuardedRoute, allows
from api.dependencies import Acting, Assets, Reading, Work
from api.etag import ExpectedVersion, StatedVersion, etag
from api.group_views import show_theme, show_theme_event, show_theme_member
from api.openapi import CHANGE_RESPONSES
from api.running import accept_run
from api.schemas.common import AnyPage, Id, Listing, listing
from api.schemas.groups import (
    GrowthShown,
    MonthShown,
    OutsideShown,
    ThemeEventShown,
    ThemeMemberShown,
    ThemeMerge,
    ThemePlace,
    ThemeQuery,
    ThemeRename,
    ThemeShown,
    ThemeSplit,
)
from api.schemas.work import RunShown
from matcher.services import themes
from matcher.types import RunKind

router = APIRouter(route_class=GuardedRoute, tags=["themes"])


@router.get("/themes")
@allows(EVERY_ROLE)
def list_themes(
    query: Annotated[ThemeQuery, Query()], session: Reading, actor: Acting
) -> Listing[ThemeShown]:
    """List themes, the largest first: those of the first level, the parts of one, or all."""
    page = themes.list_themes(
        session,
        actor=actor,
        parent_id=query.parent_id,
        everything=query.everything,
        limit=query.limit,
        after=query.after,
    )
    return listing(map(show_theme, page.items), page.next_after)


@router.get("/themes/outside")
@allows(EVERY_ROLE)
def count_outside(session: Reading, actor: Acting) -> OutsideShown:
    """Tell how many needs and ideas are in no theme: they are never forced into one."""
    return OutsideShown.model_validate(themes.outside(session, actor=actor))


@router.post("/themes/search", status_code=202)
@allows(STAFF)
def search_themes(response: Response, assets: Assets, work: Work, actor: Acting) -> RunShown:
    """Find themes anew, in the background; ids and names stay, and so does whatever people decided."""
    return accept_run(response, assets, work, RunKind.THEMES, actor=actor)


@router.post("/themes/join", status_code=202)
@allows(STAFF)
def join_themes(response: Response, assets: Assets, work: Work, actor: Acting) -> RunShown:
    """Let entries in no theme join those that are there, in the background, without finding them anew."""
    return accept_run(response, assets, work, RunKind.JOINING, actor=actor)


@router.get("/themes/events")
@allows(EVERY_ROLE)
def list_events_of_themes(query: AnyPage, session: Reading, actor: Acting) -> Listing[ThemeEventShown]:
    """List what happened to all themes, also those that ended or went into others, the latest first."""
    page = themes.list_all_events(session, actor=actor, limit=query.limit, after=query.after)
    return listing(map(show_theme_event, page.items), page.next_after)


@router.get("/themes/{theme_id}")
@allows(EVERY_ROLE)
def get_theme(theme_id: Id, response: Response, session: Reading, actor: Acting) -> ThemeShown:
    """Return a theme, also one that ended or went into another."""
    view = themes.get(session, theme_id, actor=actor)
    response.headers["ETag"] = etag(view.version)
    return show_theme(view)


@router.patch("/themes/{theme_id}", responses=CHANGE_RESPONSES)
@allows(REVIEWERS)
def rename_theme(
    theme_id: Id, body: ThemeRename, version: ExpectedVersion, response: Response, work: Work, actor: Acting
) -> ThemeShown:
    """Give a theme a name that no run changes any more."""
    view = themes.rename(
        work, theme_id, name_sv=body.name_sv, name_en=body.name_en, expected_version=version, actor=actor
    )
    response.headers["ETag"] = etag(view.version)
    return show_theme(view)


@router.get("/themes/{theme_id}/entries")
@allows(EVERY_ROLE)
def list_theme_entries(
    theme_id: Id, query: AnyPage, session: Reading, actor: Acting
) -> Listing[ThemeMemberShown]:
    """List the entries of a theme and its parts that the caller sees, central ones first."""
    page = themes.list_members(session, theme_id, actor=actor, limit=query.limit, after=query.after)
    return listing(map(show_theme_member, page.items), page.next_after)


@router.post("/themes/{theme_id}/entries")
@allows(REVIEWERS)
def place_entries(theme_id: Id, body: ThemePlace, work: Work, actor: Acting) -> ThemeShown:
    """Put entries into a theme, or keep those there that are in it; no run moves them."""
    return show_theme(themes.place(work, theme_id, body.entry_ids, actor=actor))


@router.delete("/entries/{entry_id}/pin", status_code=204)
@allows(REVIEWERS)
def unpin_entry(entry_id: Id, work: Work, actor: Acting) -> None:
    """Let the next run place an entry as it finds right."""
    themes.unpin(work, entry_id, actor=actor)


@router.get("/themes/{theme_id}/events")
@allows(EVERY_ROLE)
def list_theme_events(
    theme_id: Id, query: AnyPage, session: Reading, actor: Acting
) -> Listing[ThemeEventShown]:
    """List what happened to a theme, the latest first: births, splits, merges, and what people did."""
    page = themes.list_events(session, theme_id, actor=actor, limit=query.limit, after=query.after)
    return listing(map(show_theme_event, page.items), page.next_after)


@router.get("/themes/{theme_id}/growth")
@allows(EVERY_ROLE)
def get_growth(theme_id: Id, session: Reading, actor: Acting) -> GrowthShown:
    """Tell how a theme grew, month by month."""
    months = themes.growth(session, theme_id, actor=actor)
    return GrowthShown(items=[MonthShown.model_validate(month) for month in months])


@router.post("/themes/{theme_id}/merge", responses=CHANGE_RESPONSES)
@allows(REVIEWERS)
def merge_theme(
    theme_id: Id, body: ThemeMerge, version: StatedVersion, work: Work, actor: Acting
) -> ThemeShown:
    """Put a theme with its parts into another one; no run parts them again."""
    return show_theme(themes.merge(work, theme_id, body.into_id, expected_version=version, actor=actor))


@router.post("/themes/{theme_id}/split", status_code=201, responses=CHANGE_RESPONSES)
@allows(REVIEWERS)
def split_theme(
    theme_id: Id, body: ThemeSplit, version: StatedVersion, work: Work, actor: Acting
) -> ThemeShown:
    """Put some entries of a theme into a new one beside it; they stay there, whatever a run finds."""
    view = themes.split(
        work,
        theme_id,
        body.entry_ids,
        name_sv=body.name_sv,
        name_en=body.name_en,
        expected_version=version,
        actor=actor,
    )
    return show_theme(view)
