"""Who may see what: the one place where it is decided."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy import ColumnElement, and_, case, false, or_, true

from matcher.types import EntryStatus, Role
from models.records import Entry

STAFF = frozenset({Role.OFFICER, Role.COORDINATOR, Role.ADMINISTRATOR})
_FOR_ADMINISTRATORS = (EntryStatus.RESTRICTED, EntryStatus.ERASED)


class Viewer(Protocol):
    """On whose behalf something is read or written."""

    @property
    def member_id(self) -> str | None:
        """The member; none for the program itself."""
        ...

    @property
    def organisation_id(self) -> str | None:
        """The organisation that the member acts for."""
        ...

    @property
    def roles(self) -> frozenset[Role]:
        """What the member may do there."""
        ...

    @property
    def is_system(self) -> bool:
        """Whether it is the program itself, or whoever runs it at the command line."""
        ...


def sees_entry(viewer: Viewer, entry: type[Entry] = Entry) -> ColumnElement[bool]:
    """Return the condition on entries that the viewer sees.

    Its own organisation's, drafts included, and what others published. What is restricted or erased is
    seen by administrators of its organisation alone.
    """
    if viewer.is_system:
        return true()
    if not viewer.roles:
        return false()
    published: ColumnElement[bool] = entry.status == EntryStatus.PUBLISHED
    if viewer.organisation_id is None:
        return published
    own: ColumnElement[bool] = entry.organisation_id == viewer.organisation_id
    if Role.ADMINISTRATOR not in viewer.roles:
        own = and_(own, entry.status.not_in(_FOR_ADMINISTRATORS))
    return or_(unindexed(published), own)


def sees_pair(viewer: Viewer, query: type[Entry], target: type[Entry]) -> ColumnElement[bool]:
    """Return the condition on the proposals that the viewer sees.

    Both entries must be seen, and one be its organisation's; staff also see what is proposed for entries
    that belong to no organisation, such as published notices.
    """
    if viewer.is_system:
        return true()
    concerned: ColumnElement[bool] = or_(
        query.organisation_id == viewer.organisation_id, target.organisation_id == viewer.organisation_id
    )
    if viewer.roles & STAFF:
        concerned = or_(concerned, query.organisation_id.is_(None))
    return and_(sees_entry(viewer, query), sees_entry(viewer, target), concerned)


def unindexed(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition, asked so that no index is used for it.

    For what holds of nearly every row, such as a status, where the database cannot know that.
    """
    return case((condition, true()), else_=false())
