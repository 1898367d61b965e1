"""Themes: what needs and ideas are about, as a map and as a table that says the same; and their care."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import Field
from sqlalchemy.orm import Session

from api import cursor, rendering
from api.access import EVERY_ROLE, REVIEWERS, GuardedRoute, allows
from api.charts import columns
from api.dependencies import Acting, Assets, ReaderTexts, Reading, Work
from api.pages import theme_maps
from api.pages.forms import Form as Fields
from api.pages.forms import faults_of
from api.pages.theme_maps import MapQuery
from api.resources import Resources
from api.running import search_from_page
from api.texts import Texts
from matcher.errors import Conflict, InvalidInput, NotAllowed, StaleVersion
from matcher.services import themes
from matcher.services.actor import Actor
from matcher.services.csv_tables import csv_table
from matcher.services.theme_map import ThemeMap
from matcher.types import RunKind

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

_PER_PAGE: Final = 40
_MEMBERS_PER_PAGE: Final = 25
_N_EVENTS: Final = 20


class ThemeFields(Fields):
    """What somebody does to a theme."""

    then: str = ""
    name_sv: str = ""
    name_en: str = ""
    into: str = ""
    entries: list[str] = Field(default_factory=list)
    version: int | None = None


@router.get("/themes")
@allows(EVERY_ROLE)
def show_themes(
    request: Request, assets: Assets, session: Reading, actor: Acting, query: Annotated[MapQuery, Query()]
) -> Response:
    """Show the themes of the first level."""
    after = query.after
    page = themes.list_themes(
        session, actor=actor, limit=_PER_PAGE, after=cursor.decode(after) if after else None
    )
    context = {
        "listed": page.items,
        "more": page.next_after and query.address("/themes", after=cursor.encode(page.next_after)),
        "outside": themes.outside(session, actor=actor),
        "events": themes.list_all_events(session, actor=actor, limit=_N_EVENTS).items,
        **theme_maps.drawing(query, "/themes", theme_maps.load(assets, session, actor, parent_id=None)),
        "may_change": bool(actor.roles & REVIEWERS),
    }
    return rendering.page(request, "themes.html", context)


@router.get("/themes/map.csv")
@allows(EVERY_ROLE)
def download_map(
    assets: Assets,
    texts: ReaderTexts,
    session: Reading,
    actor: Acting,
    query: Annotated[MapQuery, Query()],
) -> Response:
    """Return what the map of the first level and its table show as CSV."""
    return _map_table(query, theme_maps.load(assets, session, actor, parent_id=None), texts)


@router.post("/themes/search")
@allows(REVIEWERS)
def search(request: Request, assets: Assets, work: Work, actor: Acting) -> Response:
    """Find themes anew; what people decided about them stays."""
    return search_from_page(request, assets, work, RunKind.THEMES, actor=actor)


@router.get("/themes/{theme_id}")
@allows(EVERY_ROLE)
def show_theme(
    request: Request,
    theme_id: str,
    assets: Assets,
    session: Reading,
    actor: Acting,
    query: Annotated[MapQuery, Query()],
) -> Response:
    """Show a theme: its parts, its entries, how it grew and what happened to it."""
    return _theme_page(request, theme_id, assets, session, actor, query=query)


@router.get("/themes/{theme_id}/map.csv")
@allows(EVERY_ROLE)
def download_parts(
    theme_id: str,
    assets: Assets,
    texts: ReaderTexts,
    session: Reading,
    actor: Acting,
    query: Annotated[MapQuery, Query()],
) -> Response:
    """Return what the map of a theme's parts and its table show as CSV."""
    themes.get(session, theme_id, actor=actor)
    return _map_table(query, theme_maps.load(assets, session, actor, parent_id=theme_id), texts)


@router.get("/themes/{theme_id}/growth.csv")
@allows(EVERY_ROLE)
def download_growth(theme_id: str, texts: ReaderTexts, session: Reading, actor: Acting) -> Response:
    """Return how a theme grew, month by month, as CSV."""
    months = themes.growth(session, theme_id, actor=actor)
    head = [texts(f"themes.{name}") for name in ("month", "new", "total")]
    return Response(
        csv_table([head, *([each.month, each.n_new, each.n_total] for each in months)]),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="growth.csv"'},
    )


@router.post("/themes/{theme_id}")
@allows(REVIEWERS)
def change_theme(
    request: Request,
    theme_id: str,
    assets: Assets,
    texts: ReaderTexts,
    work: Work,
    actor: Acting,
    sent: Annotated[ThemeFields, Form()],
) -> Response:
    """Name a theme, put it into another one, or part some entries from it; no run undoes that."""
    try:
        shown = _changed(work, theme_id, sent, actor)
    except StaleVersion:
        work.rollback()
        return _theme_page(request, theme_id, assets, work, actor, sent=sent, is_stale=True, status=412)
    except InvalidInput as error:
        work.rollback()
        faults = faults_of(error, texts)
        return _theme_page(request, theme_id, assets, work, actor, sent=sent, faults=faults, status=422)
    except (Conflict, NotAllowed) as error:
        work.rollback()
        rendering.warn(request, "said", message=texts.message(str(error)))
        return rendering.redirect(f"/themes/{theme_id}")
    rendering.notify(request, "themes.changed")
    return rendering.redirect(f"/themes/{shown}")


def _map_table(query: MapQuery, found: ThemeMap, texts: Texts) -> Response:
    return Response(
        csv_table(theme_maps.rows(query, found, texts)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="themes.csv"'},
    )


def _changed(session: Session, theme_id: str, sent: ThemeFields, actor: Actor) -> str:
    """Carry a change out; return the theme to show afterwards."""
    if sent.then == "merge":
        return themes.merge(session, theme_id, sent.into, expected_version=sent.version, actor=actor).id
    if sent.then == "split":
        made = themes.split(
            session,
            theme_id,
            sent.entries,
            name_sv=sent.name_sv,
            name_en=sent.name_en,
            expected_version=sent.version,
            actor=actor,
        )
        return made.id
    themes.rename(
        session,
        theme_id,
        name_sv=sent.name_sv,
        name_en=sent.name_en or None,
        expected_version=sent.version,
        actor=actor,
    )
    return theme_id


def _theme_page(
    request: Request,
    theme_id: str,
    assets: Resources,
    session: Session,
    actor: Actor,
    *,
    query: MapQuery | None = None,
    sent: ThemeFields | None = None,
    is_stale: bool = False,
    faults: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    query = query or MapQuery()
    after, here = query.after, f"/themes/{theme_id}"
    theme = themes.get(session, theme_id, actor=actor)
    parts = themes.list_themes(session, actor=actor, parent_id=theme_id, limit=_PER_PAGE).items
    members = themes.list_members(
        session,
        theme_id,
        actor=actor,
        limit=_MEMBERS_PER_PAGE,
        after=cursor.decode(after) if after else None,
    )
    others = themes.list_themes(session, actor=actor, everything=True, limit=200).items
    months = themes.growth(session, theme_id, actor=actor)[-24:]
    context = {
        "subject": theme,
        "parent": None if theme.parent_id is None else themes.get(session, theme.parent_id, actor=actor),
        "parts": parts,
        **theme_maps.drawing(
            query,
            here,
            theme_maps.load(assets, session, actor, parent_id=theme_id) if len(parts) > 2 else None,
        ),
        "members": members.items,
        "more": members.next_after and query.address(here, after=cursor.encode(members.next_after)),
        "months": months,
        "columns": columns([month.n_new for month in months]),
        "events": themes.list_events(session, theme_id, actor=actor, limit=_N_EVENTS).items,
        "others": [each for each in others if each.id != theme_id],
        "may_change": bool(actor.roles & REVIEWERS) and theme.state == "alive",
        "values": {"name_sv": theme.name_sv, "name_en": theme.name_en} if sent is None else sent.model_dump(),
        "chosen": sent.entries if sent is not None else [],
        "is_stale": is_stale,
        "faults": faults or {},
    }
    return rendering.page(request, "theme.html", context, status_code=status)
