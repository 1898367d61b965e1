"""The map of themes: how it is looked at, which group each theme is in, its legend, and its table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from api.pages.forms import Form, with_query
from api.resources import Resources
from api.texts import Texts
from matcher.errors import MatcherError
from matcher.services import theme_map
from matcher.services.actor import Actor
from matcher.services.theme_map import KindMix, Spot, ThemeAge, ThemeMap

COLOURS: Final = ("organisation", "kind", "time")
ZOOMS: Final = ("1", "1.5", "2", "3")
REST: Final = "rest"
"""The group of what has no colour of its own: other organisations, and what belongs to none."""
_WIDTH: Final = 720
_HEIGHT: Final = 420
_MARGIN: Final = 105
"""Room for the names beside the outermost circles."""


class MapQuery(Form):
    """How the map is looked at, as it stands in the address."""

    colour: str = "organisation"
    words: str = ""
    zoom: str = "1"
    after: str = ""

    @property
    def scale(self) -> str:
        """How large the map is drawn."""
        return self.zoom if self.zoom in ZOOMS else ZOOMS[0]

    @property
    def coloured_by(self) -> str:
        """What the colours tell."""
        return self.colour if self.colour in COLOURS else COLOURS[0]

    def address(self, path: str, **changes: str) -> str:
        """Return the address of the same map, looked at in another way."""
        usual = {"colour": COLOURS[0], "zoom": ZOOMS[0]}
        values = {**self.model_dump(exclude={"after"}), **changes}
        return with_query(path, {name: each for name, each in values.items() if each != usual.get(name)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Themes of one colour.

    Attributes
    ----------
    look
        Class of the style sheet.
    mark
        What stands in its circles, so that colours need not be told apart.
    name
        Its name, where that is an organisation's; else the catalogue has it under ``key``.
    """

    key: str
    look: str
    mark: str
    name: str | None = None
    is_own: bool = False

    def told(self, texts: Texts) -> str:
        """Return its name in the reader's language."""
        return texts(f"themes.group.{self.key}") if self.name is None else self.name


def load(assets: Resources, session: Session, actor: Actor, *, parent_id: str | None) -> ThemeMap:
    """Return the map of the first level, or of a theme's parts; empty while nothing can be encoded."""
    try:
        digest = assets.live.encoder_digest
    except MatcherError:
        return ThemeMap(spots=[], owners=[], names={})
    return theme_map.theme_map(session, actor=actor, encoder_digest=digest, parent_id=parent_id)


def drawing(query: MapQuery, here: str, found: ThemeMap | None) -> dict[str, Any]:
    """Return what the drawing of the map, its legend and its table need; none is drawn without themes."""
    found = found or ThemeMap(spots=[], owners=[], names={})
    groups = _groups(query.coloured_by, found)
    most = max((spot.theme.n_members for spot in found.spots), default=1)
    # The largest first, so that small ones lie on top.
    ordered = sorted(found.spots, key=lambda spot: -spot.theme.n_members)
    spots = [
        _placed(spot, most, groups[_key(spot, query.coloured_by, groups)], found, query) for spot in ordered
    ]
    used = {spot["group"].key for spot in spots}
    at = ZOOMS.index(query.scale)
    return {
        "spots": spots,
        "legend": [group for group in groups.values() if group.key in used or group.name is not None],
        "looked": query,
        "colours": COLOURS,
        "map_address": here,
        "map_csv": query.address(f"{here}/map.csv", zoom=ZOOMS[0]),
        "nearer": query.address(here, zoom=ZOOMS[at + 1]) if at + 1 < len(ZOOMS) else None,
        "farther": query.address(here, zoom=ZOOMS[at - 1]) if at else None,
        "n_found": sum(spot["is_found"] for spot in spots),
    }


def rows(query: MapQuery, found: ThemeMap, texts: Texts) -> list[Sequence[object]]:
    """Return what the map and its table show as rows, the header first."""
    names = ("theme", "leading", "mix", "age", "needs", "ideas", "own", "recent", "n_organisations", "x", "y")
    shown = drawing(query, "/themes", found)["spots"]
    is_english = texts.language == "en"
    return [
        [texts(f"themes.column.{name}") for name in names],
        *(
            [
                theme.name_en if is_english else theme.name_sv,
                spot["leading"] or "",
                texts(f"themes.group.{spot['mix']}"),
                texts(f"themes.group.{spot['age']}"),
                counts.needs,
                counts.ideas,
                counts.own,
                counts.recent,
                theme.n_organisations,
                *spot["at"],
            ]
            for spot in shown
            if spot["is_found"]
            for theme, counts in [(spot["theme"], spot["counts"])]
        ),
    ]


def _groups(colour: str, found: ThemeMap) -> dict[str, Group]:
    """Return the groups of a colouring by their keys, in the order of the legend."""
    if colour == "kind":
        made = [
            Group(key=mix.value, look=look, mark=str(place))
            for place, (mix, look) in enumerate(zip(KindMix, "acb", strict=True), 1)
        ]
    elif colour == "time":
        made = [
            Group(key=age.value, look=f"t{place}", mark=str(place)) for place, age in enumerate(ThemeAge, 1)
        ]
    else:
        made = [
            Group(key=owner.id, look=f"o{place}", mark=str(place), name=owner.name, is_own=owner.is_own)
            for place, owner in enumerate(found.owners, 1)
        ]
        made.append(Group(key=REST, look=REST, mark="–"))
    return {group.key: group for group in made}


def _key(spot: Spot, colour: str, groups: dict[str, Group]) -> str:
    """Return which group of a colouring a theme is in."""
    if colour == "kind":
        return spot.mix.value
    if colour == "time":
        return spot.age.value
    return spot.leading_id if spot.leading_id in groups else REST


def _is_found(spot: Spot, words: str) -> bool:
    theme = spot.theme
    told = " ".join((theme.name_sv, theme.name_en, *theme.terms_sv, *theme.terms_en)).casefold()
    return all(word in told for word in words.casefold().split())


def _placed(spot: Spot, most: int, group: Group, found: ThemeMap, query: MapQuery) -> dict[str, Any]:
    radius = 7 + 27 * (spot.theme.n_members / most) ** 0.5
    return {
        "theme": spot.theme,
        "x": round(_MARGIN + (_WIDTH - 2 * _MARGIN) * spot.x, 1),
        "y": round(45 + (_HEIGHT - 110) * spot.y, 1),
        "at": (round(spot.x, 3), round(spot.y, 3)),
        "radius": round(radius, 1),
        "is_joint": spot.theme.n_organisations > 1,
        "counts": spot.counts,
        "group": group,
        "leading": found.names.get(spot.leading_id or ""),
        "mix": spot.mix,
        "age": spot.age,
        "is_found": _is_found(spot, query.words),
    }
