"""Where themes lie on a map, and which theme an entry is in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.access import EVERY_ROLE, GuardedRoute, allows
from api.dependencies import Acting, Live, Reading
from api.group_views import show_theme
from api.schemas.common import Id
from api.schemas.steering import CountsShown, OwnerShown, ThemeFound, ThemeMapShown, ThemeSpot
from matcher.services import entries, theme_map, themes

router = APIRouter(route_class=GuardedRoute, tags=["themes"])
ParentId = Annotated[str | None, Query(max_length=64, description="The theme whose parts are asked for.")]


@router.get("/themes/map")
@allows(EVERY_ROLE)
def get_map(live: Live, session: Reading, actor: Acting, parent_id: ParentId = None) -> ThemeMapShown:
    """Tell where the largest themes, or the parts of one, lie on a map; those that are alike lie near."""
    found = theme_map.theme_map(session, actor=actor, encoder_digest=live.encoder_digest, parent_id=parent_id)
    items = [
        ThemeSpot(
            theme=show_theme(spot.theme),
            counts=CountsShown.model_validate(spot.counts),
            x=spot.x,
            y=spot.y,
            mix=spot.mix,
            age=spot.age,
            leading_id=spot.leading_id,
            leading=found.names.get(spot.leading_id or ""),
        )
        for spot in found.spots
    ]
    return ThemeMapShown(
        items=items, organisations=[OwnerShown.model_validate(each) for each in found.owners]
    )


@router.get("/entries/{entry_id}/theme")
@allows(EVERY_ROLE)
def get_theme_of_entry(entry_id: Id, session: Reading, actor: Acting) -> ThemeFound:
    """Return the finest theme that an entry is in; null if it is in none."""
    entries.get(session, entry_id, actor=actor)
    found = themes.of_entries(session, [entry_id], actor=actor).get(entry_id)
    return ThemeFound(theme=None if found is None else show_theme(found))
