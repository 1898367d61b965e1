"""Queries about what themes are made of: kinds, whose entries they are, and how many are new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from matcher.types import EntryKind, EntryStatus
from models.records import Theme, ThemeMember
from models.repositories.viewing import Viewer

_KINDS = (EntryKind.NEED, EntryKind.IDEA)
_Row = tuple[str, str | None, EntryKind, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeCounts:
    """Published needs and ideas of a theme and its parts; ``own`` are those of the viewer's organisation.

    ``owners`` counts them by organisation; what belongs to none is left out there.
    """

    needs: int = 0
    ideas: int = 0
    own: int = 0
    recent: int = 0
    owners: Mapping[str, int] = field(default_factory=dict)


def theme_counts(
    session: Session, theme_ids: Iterable[str], *, viewer: Viewer, since: datetime
) -> dict[str, ThemeCounts]:
    """Return what themes are made of; ``since``: from when on an entry is new."""
    wanted = set(theme_ids)
    if not wanted:
        return {}
    rows = session.execute(select(Theme.id, Theme.parent_id))
    parents = {theme_id: parent_id for theme_id, parent_id in rows}
    kinds: Counter[tuple[str, EntryKind]] = Counter()
    recent: Counter[str] = Counter()
    owners: dict[str, Counter[str]] = {theme_id: Counter() for theme_id in wanted}
    for theme_id, owner, kind, n, n_new in _rows(session, since):
        for place in _upwards(theme_id, parents):
            if place not in wanted:
                continue
            kinds[place, kind] += n
            recent[place] += n_new
            if owner is not None:
                owners[place][owner] += n
    return {
        theme_id: ThemeCounts(
            needs=kinds[theme_id, EntryKind.NEED],
            ideas=kinds[theme_id, EntryKind.IDEA],
            own=owners[theme_id][viewer.organisation_id or ""],
            recent=recent[theme_id],
            owners=owners[theme_id],
        )
        for theme_id in wanted
    }


def _upwards(theme_id: str, parents: Mapping[str, str | None]) -> Iterator[str]:
    """Yield a theme, what it is a part of, and so on."""
    place: str | None = theme_id
    while place is not None:
        yield place
        place = parents.get(place)


def _rows(session: Session, since: datetime) -> Iterator[_Row]:
    """Yield theme, organisation, kind, how many entries, and how many new ones.

    An index holds all of it in this order: neither the entries nor where they are in themes are read.
    """
    groups = (ThemeMember.theme_id, ThemeMember.organisation_id, ThemeMember.kind)
    query = (
        select(*groups, func.count(), func.sum(case((ThemeMember.created_at >= since, 1), else_=0)))
        .where(ThemeMember.status == EntryStatus.PUBLISHED, ThemeMember.kind.in_(_KINDS))
        .group_by(*groups)
    )
    yield from session.execute(query)
