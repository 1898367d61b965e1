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
_Row = tuple[str, str | None, int, int, int]


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
    needs: Counter[str] = Counter()
    ideas: Counter[str] = Counter()
    recent: Counter[str] = Counter()
    owners: dict[str, Counter[str]] = {theme_id: Counter() for theme_id in wanted}
    for theme_id, owner, n_needs, n_ideas, n_new in _rows(session, wanted, since):
        needs[theme_id] += n_needs
        ideas[theme_id] += n_ideas
        recent[theme_id] += n_new
        if owner is not None and n_needs + n_ideas:
            owners[theme_id][owner] = n_needs + n_ideas
    return {
        theme_id: ThemeCounts(
            needs=needs[theme_id],
            ideas=ideas[theme_id],
            own=owners[theme_id][viewer.organisation_id or ""],
            recent=recent[theme_id],
            owners=owners[theme_id],
        )
        for theme_id in wanted
    }


def count_owners(session: Session, theme_ids: Iterable[str]) -> dict[str, int]:
    """Return how many organisations' entries themes and their parts hold; of those that hold any."""
    tree = _tree(theme_ids)
    # Each organisation once for each part, in the order of an index, before the parts are put together.
    owners = (
        select(ThemeMember.theme_id, ThemeMember.organisation_id)
        .where(ThemeMember.theme_id.in_(select(tree.c.part)))
        .distinct()
        .subquery()
    )
    query = (
        select(tree.c.whole, func.count(func.distinct(owners.c.organisation_id)))
        .join(owners, owners.c.theme_id == tree.c.part)
        .group_by(tree.c.whole)
    )
    return {theme_id: n for theme_id, n in session.execute(query)}


def _tree(theme_ids: Iterable[str]) -> CTE:
    """Return themes (``whole``), each beside itself and all that it is parted into (``part``)."""
    inside = select(Theme.id.label("whole"), Theme.id.label("part")).where(Theme.id.in_(list(theme_ids)))
    tree = inside.cte("tree", recursive=True)
    parts = select(tree.c.whole, Theme.id).join(tree, Theme.parent_id == tree.c.part)
    return tree.union_all(parts.where(Theme.state == ThemeState.ALIVE))


def _rows(session: Session, theme_ids: Iterable[str], since: datetime) -> Iterator[_Row]:
    """Yield theme, organisation, and how many needs, ideas and new ones of both there are.

    An index holds all of it in the order of parts and organisations: neither the entries nor where they are
    in themes are read. Only then parts are put together.
    """
    tree, is_new = _tree(theme_ids), ThemeMember.created_at >= since
    groups = (ThemeMember.theme_id, ThemeMember.organisation_id)
    parts = (
        select(
            *groups,
            *(func.count().filter(ThemeMember.kind == kind).label(kind.name) for kind in _KINDS),
            func.count().filter(ThemeMember.kind.in_(_KINDS), is_new).label("recent"),
        )
        .where(ThemeMember.theme_id.in_(select(tree.c.part)), ThemeMember.status == EntryStatus.PUBLISHED)
        .group_by(*groups)
        .subquery()
    )
    _, owner, *counts = parts.c
    query = (
        select(tree.c.whole, owner, *map(func.sum, counts))
        .join(parts, parts.c.theme_id == tree.c.part)
        .group_by(tree.c.whole, owner)
    )
    yield from session.execute(query)
