"""The main menu: which pages a caller finds there."""

from __future__ import annotations

from typing import Final, NamedTuple

from matcher.services.actor import EVERYBODY, STAFF
from matcher.types import Role


class Destination(NamedTuple):
    """A page of the main menu: its address, the key of its name, and who finds it there."""

    address: str
    key: str
    roles: frozenset[Role] = EVERYBODY


DESTINATIONS: Final = (
    Destination("/", "nav.home"),
    Destination("/review", "nav.review"),
    Destination("/entries", "nav.entries"),
    Destination("/search", "nav.search"),
    Destination("/new", "nav.new"),
    Destination("/groups", "nav.groups", STAFF),
    Destination("/imports", "nav.imports"),
)


def navigation_for(roles: frozenset[Role]) -> list[tuple[str, str]]:
    """Return the addresses and keys of the pages that somebody with these roles finds in the menu."""
    return [(each.address, each.key) for each in DESTINATIONS if each.roles & roles]
