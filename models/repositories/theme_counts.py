"""Queries about what themes are made of: kinds, whose entries they are, and how many are new."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from matcher.types import EntryKind, EntryStatus
from models.records import Entry, Theme, ThemeMember
from models.repositories.viewing import Viewer, unindexed


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeCounts:
    """Published entries of a theme and its parts; ``own`` are those of the viewer's organisation."""

    needs: int = 0
    ideas: int = 0
    own: int = 0
    recent: int = 0

    def __add__(self, other: ThemeCounts) -> ThemeCounts:
        return ThemeCounts(
            needs=self.needs + other.needs,
            ideas=self.ideas + other.ideas,
            own=self.own + other.own,
            recent=self.recent + other.recent,
        )


def theme_counts(
    session: Session, theme_ids: Iterable[str], *, viewer: Viewer, since: datetime
) -> dict[str, ThemeCounts]:
    """Return what themes are made of; ``since``: from when on an entry is new."""
    rows = session.execute(select(Theme.id, Theme.parent_id))
    parents = {theme_id: parent_id for theme_id, parent_id in rows}
    found = {theme_id: ThemeCounts() for theme_id in theme_ids}
    for theme_id, counts in _by_theme(session, viewer, since).items():
        place: str | None = theme_id
        while place is not None:
            if place in found:
                found[place] += counts
            place = parents.get(place)
    return found


def _by_theme(session: Session, viewer: Viewer, since: datetime) -> dict[str, ThemeCounts]:
    own = Entry.organisation_id == viewer.organisation_id
    query = (
        select(
            ThemeMember.theme_id,
            func.sum(case((Entry.kind == EntryKind.NEED, 1), else_=0)),
            func.sum(case((Entry.kind == EntryKind.IDEA, 1), else_=0)),
            func.sum(case((own, 1), else_=0)),
            func.sum(case((Entry.created_at >= since, 1), else_=0)),
        )
        .join(Entry, Entry.id == ThemeMember.entry_id)
        .where(unindexed(Entry.status == EntryStatus.PUBLISHED))
        .group_by(ThemeMember.theme_id)
    )
    return {
        theme_id: ThemeCounts(needs=needs, ideas=ideas, own=own, recent=recent)
        for theme_id, needs, ideas, own, recent in session.execute(query)
    }
