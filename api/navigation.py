"""The main menu: which pages a caller finds there."""

from __future__ import annotations

from typing import Final, NamedTuple

from matcher.services.actor import ADMINISTRATORS, EVERYBODY, REVIEWERS, STAFF
from matcher.types import Role

_PARTNERS: Final = frozenset({Role.PARTNER})


class Destination(NamedTuple):
    """A page of the main menu: its address, the key of its name, and who finds it there."""

    address: str
    key: str
    roles: frozenset[Role] = EVERYBODY


GROUPS: Final[tuple[tuple[str, tuple[Destination, ...]], ...]] = (
    (
        "nav.group.work",
        (
            Destination("/", "nav.home"),
            Destination("/review", "nav.review", REVIEWERS),
            Destination("/inbox", "nav.inbox", REVIEWERS),
            Destination("/register", "nav.register", _PARTNERS),
            Destination("/entries", "nav.entries"),
            Destination("/search", "nav.search"),
            Destination("/new", "nav.new"),
            Destination("/notices", "nav.notices"),
        ),
    ),
    (
        "nav.group.together",
        (
            Destination("/duplicates", "nav.duplicates", STAFF),
            Destination("/themes", "nav.themes"),
            Destination("/joint-needs", "nav.joint_needs", STAFF),
            Destination("/cases", "nav.cases", STAFF),
        ),
    ),
    (
        "nav.group.data",
        (
            Destination("/overview", "nav.overview", STAFF),
            Destination("/imports", "nav.imports"),
            Destination("/exports", "nav.exports"),
            Destination("/runs", "nav.runs", STAFF),
            Destination("/scorers", "nav.scorers", STAFF),
        ),
    ),
    (
        "nav.group.organisation",
        (
            Destination("/organisation", "nav.organisation"),
            Destination("/thresholds", "nav.thresholds"),
            Destination("/members", "nav.members", ADMINISTRATORS),
            Destination("/requests", "nav.requests", ADMINISTRATORS),
            Destination("/words", "nav.words", ADMINISTRATORS),
            Destination("/retention", "nav.retention", ADMINISTRATORS),
            Destination("/audit", "nav.audit", ADMINISTRATORS),
            Destination("/service", "nav.service", ADMINISTRATORS),
        ),
    ),
)


def navigation_for(roles: frozenset[Role]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the groups of the menu that somebody with these roles finds: addresses and keys of names."""
    shown = (
        (heading, [(each.address, each.key) for each in destinations if each.roles & roles])
        for heading, destinations in GROUPS
    )
    return [(heading, destinations) for heading, destinations in shown if destinations]
