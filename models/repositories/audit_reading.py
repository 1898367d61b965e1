"""Reads the log of what was done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from models.records import AuditEvent, Member
from models.repositories import pages
from models.repositories.pages import Page
from models.repositories.viewing import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditView:
    """Something that was done: who did what to which thing."""

    id: int
    action: str
    thing_id: str
    member_id: str | None
    member_name: str | None
    detail: dict[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilters:
    """Which events are listed; ``area`` is what an action begins with, such as ``entry``."""

    area: str | None = None
    thing_id: str | None = None
    member_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class AuditReader:
    """The log of the viewer's organisation; the program itself sees all of it."""

    def __init__(self, session: Session, viewer: Viewer) -> None:
        self._session = session
        self._viewer = viewer

    def list_views(
        self, filters: AuditFilters, *, limit: int, after: Sequence[Any] | None
    ) -> Page[AuditView]:
        """Return a page of events, the latest first."""
        query = self._seen(select(AuditEvent, Member.name)).where(*_conditions(filters))
        if after is not None:
            query = query.where(AuditEvent.id < pages.parts(after, int)[0])
        rows, next_after = pages.cut(
            self._session.execute(query.order_by(AuditEvent.id.desc()).limit(limit + 1)).all(),
            limit,
            position=lambda row: [row[0].id],
        )
        return Page([_view(event, name) for event, name in rows], next_after)

    def _seen(self, query: Select[AuditEvent, str]) -> Select[AuditEvent, str]:
        query = query.outerjoin(Member, Member.id == AuditEvent.member_id)
        if self._viewer.is_system:
            return query
        return query.where(AuditEvent.organisation_id == self._viewer.organisation_id)


def _conditions(filters: AuditFilters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.area is not None:
        conditions.append(AuditEvent.action.startswith(f"{filters.area}.", autoescape=True))
    if filters.thing_id is not None:
        conditions.append(AuditEvent.thing_id == filters.thing_id)
    if filters.member_id is not None:
        conditions.append(AuditEvent.member_id == filters.member_id)
    if filters.since is not None:
        conditions.append(AuditEvent.created_at >= filters.since)
    if filters.until is not None:
        conditions.append(AuditEvent.created_at < filters.until)
    return conditions


def _view(event: AuditEvent, member_name: str | None) -> AuditView:
    return AuditView(
        id=event.id,
        action=event.action,
        thing_id=event.thing_id,
        member_id=event.member_id,
        member_name=member_name,
        detail=dict(event.detail),
        created_at=event.created_at,
    )
