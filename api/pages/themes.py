"""Themes: what needs and ideas are about, as a map and as a table that says the same; and their care."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import Field
from sqlalchemy.orm import Session

from api import cursor, rendering
from api.access import EVERY_ROLE, REVIEWERS, GuardedRoute, allows
from api.charts import columns
from api.dependencies import Acting, Assets, ReaderTexts, Reading, Work
from api.pages.forms import Form as Fields
from api.pages.forms import faults_of, with_query
from api.resources import Resources
from api.running import search_from_page
from matcher.errors import Conflict, InvalidInput, MatcherError, NotAllowed, StaleVersion
from matcher.services import theme_map, themes
from matcher.services.actor import Actor
from matcher.services.csv_tables import csv_table
from matcher.services.theme_map import Spot
from matcher.types import RunKind

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

_PER_PAGE: Final = 40
_MEMBERS_PER_PAGE: Final = 25
_N_EVENTS: Final = 20
COLOURS: Final = ("organisation", "kind", "time")
ZOOMS: Final = ("1", "1.5", "2", "3")
_WIDTH: Final = 720
_HEIGHT: Final = 420
_MARGIN: Final = 105
"""Room for the names beside the outermost circles."""


class ThemeFields(Fields):
    """What somebody does to a theme."""

    then: str = ""
    name_sv: str = ""
    name_en: str = ""
    into: str = ""
    entries: list[str] = Field(default_factory=list)
    version: int | None = None


class MapQuery(Fields):
    """How the map is looked at, as it stands in the address."""

    colour: str = "organisation"
    words: str = ""
    zoom: str = "1"
    after: str = ""

    @property
    def scale(self) -> str:
        """How large the map is drawn."""
        return self.zoom if self.zoom in ZOOMS else ZOOMS[0]

    def address(self, path: str, **changes: str) -> str:
        """Return the address of the same map, looked at in another way."""
        usual = {"colour": COLOURS[0], "zoom": ZOOMS[0]}
        values = {**self.model_dump(exclude={"after"}), **changes}
        return with_query(path, {name: each for name, each in values.items() if each != usual.get(name)})


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
        **_map(query, "/themes", _spots(assets, session, actor, query, parent_id=None)),
        "may_change": bool(actor.roles & REVIEWERS),
    }
    return rendering.page(request, "themes.html", context)


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
        **_map(
            query,
            here,
            _spots(assets, session, actor, query, parent_id=theme_id) if len(parts) > 2 else [],
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


def _map(query: MapQuery, here: str, spots: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what the drawing of the map needs."""
    at = ZOOMS.index(query.scale)
    return {
        "spots": spots,
        "looked": query,
        "colours": COLOURS,
        "map_address": here,
        "nearer": query.address(here, zoom=ZOOMS[at + 1]) if at + 1 < len(ZOOMS) else None,
        "farther": query.address(here, zoom=ZOOMS[at - 1]) if at else None,
        "n_found": sum(spot["is_found"] for spot in spots),
    }


def _spots(
    assets: Resources, session: Session, actor: Actor, query: MapQuery, *, parent_id: str | None
) -> list[dict[str, Any]]:
    """Return where themes lie in the drawing, the largest first so that small ones lie on top."""
    try:
        digest = assets.live.recipe.encoder
    except MatcherError:
        return []
    found = theme_map.theme_map(session, actor=actor, encoder_digest=digest, parent_id=parent_id)
    most = max((spot.theme.n_members for spot in found), default=1)
    return [_placed(spot, most, query) for spot in sorted(found, key=lambda spot: -spot.theme.n_members)]


def _look(spot: Spot, colour: str) -> str:
    """Return which group of its colouring a theme is in."""
    counts = spot.counts
    if colour == "kind":
        return "needs" if counts.needs >= counts.ideas else "ideas"
    if colour == "time":
        return "growing" if counts.recent * 2 >= counts.needs + counts.ideas else "old"
    return "own" if counts.own else "others"


def _is_found(spot: Spot, words: str) -> bool:
    theme = spot.theme
    told = " ".join((theme.name_sv, theme.name_en, *theme.terms_sv, *theme.terms_en)).casefold()
    return all(word in told for word in words.casefold().split())


def _placed(spot: Spot, most: int, query: MapQuery) -> dict[str, Any]:
    radius = 7 + 27 * (spot.theme.n_members / most) ** 0.5
    return {
        "theme": spot.theme,
        "x": round(_MARGIN + (_WIDTH - 2 * _MARGIN) * spot.x, 1),
        "y": round(45 + (_HEIGHT - 110) * spot.y, 1),
        "radius": round(radius, 1),
        "is_joint": spot.theme.n_organisations > 1,
        "counts": spot.counts,
        "look": _look(spot, query.colour),
        "is_found": _is_found(spot, query.words),
    }
