"""Searching in one's own words; what somebody searches for stands in no address."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request, Response

from api import rendering
from api.access import EVERY_ROLE, GuardedRoute, allows
from api.dependencies import Acting, Assets, ReaderTexts, Reading
from api.explain import waterfall
from api.pages.forms import Form as Fields
from api.pages.forms import faults_of
from api.resources import Resources
from matcher.errors import InvalidInput
from matcher.retrieval import Filters
from matcher.services import searching
from matcher.types import EntryKind

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

_N_FOUND: Final = 20


class SearchFields(Fields):
    """What is searched for, and where."""

    text: str = ""
    kind: str = ""
    place: str = ""
    cpv: str = ""


@router.get("/search")
@allows(EVERY_ROLE)
def show_search(request: Request, kind: str = "") -> Response:
    """Show the empty search."""
    return _page(request, SearchFields(kind=kind))


@router.post("/search")
@allows(EVERY_ROLE)
def search(
    request: Request,
    sent: Annotated[SearchFields, Form()],
    assets: Assets,
    texts: ReaderTexts,
    session: Reading,
    actor: Acting,
) -> Response:
    """Show what fits the text best, and why."""
    if not assets.live.ready:
        return _page(request, sent, is_loading=True, status=503)
    try:
        found = searching.search_text(
            session,
            assets.live,
            sent.text[:20_000],
            actor=actor,
            filters=_filters(sent, assets),
            limit=_N_FOUND,
        )
    except InvalidInput as error:
        return _page(request, sent, faults=faults_of(error, texts), status=422)
    matches = [(each, waterfall(each.score, texts)) for each in found]
    return _page(request, sent, matches=matches)


def _filters(sent: SearchFields, assets: Resources) -> Filters:
    try:
        places = (assets.codes.region(sent.place),) if sent.place else ()
    except InvalidInput as error:
        raise InvalidInput(str(error), field="place", remedy=error.remedy) from error
    return Filters(
        kinds=(EntryKind(sent.kind),) if sent.kind in set(EntryKind) else (),
        places=places,
        cpv=(sent.cpv[:8],) if sent.cpv else (),
    )


def _page(
    request: Request,
    sent: SearchFields,
    *,
    matches: list[Any] | None = None,
    faults: dict[str, str] | None = None,
    is_loading: bool = False,
    status: int = 200,
) -> Response:
    context = {
        "values": sent.model_dump(),
        "kinds": list(EntryKind),
        "matches": matches,
        "faults": faults or {},
        "is_loading": is_loading,
    }
    return rendering.page(request, "search.html", context, status_code=status)
