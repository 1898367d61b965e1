"""Queries about what themes are made of: kinds, whose entries they are, and how many are new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import CTE, func, select
from sqlalchemy.orm import Session

from matcher.types import EntryKind, EntryStatus, ThemeState
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
    tree = _tree(wanted)
    wholes: dict[str, list[str]] = {}
    for whole, part in session.execute(select(tree.c.whole, tree.c.part)):
        wholes.setdefault(part, []).append(whole)
    kinds: Counter[tuple[str, EntryKind]] = Counter()
    recent: Counter[str] = Counter()
    owners: dict[str, Counter[str]] = {theme_id: Counter() for theme_id in wanted}
    for theme_id, owner, kind, n, n_new in _rows(session, tree, since):
        for place in wholes[theme_id]:
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


def count_owners(session: Session, theme_ids: Iterable[str]) -> dict[str, int]:
    """Return how many organisations' entries themes and their parts hold."""
    tree, owner = _tree(theme_ids), func.min(ThemeMember.organisation_id)
    # From each organisation of a part the index leads to its next one, however many entries lie between.
    first = select(owner).where(ThemeMember.theme_id == tree.c.part).correlate(tree).scalar_subquery()
    found = select(tree.c.whole, tree.c.part, first.label("owner")).cte("found", recursive=True)
    later = (ThemeMember.theme_id == found.c.part, ThemeMember.organisation_id > found.c.owner)
    following = select(owner).where(*later).correlate(found).scalar_subquery()
    found = found.union_all(select(found.c.whole, found.c.part, following).where(found.c.owner.is_not(None)))
    query = select(found.c.whole, func.count(func.distinct(found.c.owner))).group_by(found.c.whole)
    return {theme_id: n for theme_id, n in session.execute(query)}


def _tree(theme_ids: Iterable[str]) -> CTE:
    """Return themes (``whole``), each beside itself and all that it is parted into (``part``)."""
    inside = select(Theme.id.label("whole"), Theme.id.label("part")).where(Theme.id.in_(list(theme_ids)))
    tree = inside.cte("tree", recursive=True)
    parts = select(tree.c.whole, Theme.id).join(tree, Theme.parent_id == tree.c.part)
    return tree.union_all(parts.where(Theme.state == ThemeState.ALIVE))


def _rows(session: Session, tree: CTE, since: datetime) -> Iterator[_Row]:
    """Yield theme, organisation, kind, how many entries, and how many new ones.

    An index holds all of it in this order: neither the entries nor where they are in themes are read.
    """
    groups = (ThemeMember.theme_id, ThemeMember.organisation_id, ThemeMember.kind)
    query = (
        select(*groups, func.count(), func.count().filter(ThemeMember.created_at >= since))
        .where(ThemeMember.theme_id.in_(select(tree.c.part)))
        .where(ThemeMember.status == EntryStatus.PUBLISHED, ThemeMember.kind.in_(_KINDS))
        .group_by(*groups)
    )
    yield from session.execute(query)
