"""Queries about legal holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.records import Entry, LegalHold, utc_now
from models.repositories.viewing import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldView:
    """Why an entry may be neither erased nor restricted."""

    entry_id: str
    reason: str
    created_at: datetime
    member_id: str | None


class HoldRepository:
    """Legal holds; an entry has one at a time at most."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, entry_id: str) -> LegalHold | None:
        """Return the hold that an entry is under, if it is."""
        query = select(LegalHold).where(LegalHold.entry_id == entry_id, LegalHold.lifted_at.is_(None))
        return self._session.scalar(query)

    def add(self, entry: Entry, *, reason: str, by: Viewer) -> None:
        """Put an entry under a hold."""
        self._session.add(
            LegalHold(
                entry_id=entry.id,
                organisation_id=entry.organisation_id,
                member_id=by.member_id,
                reason=reason,
            )
        )
        self._session.flush()

    def lift(self, hold: LegalHold) -> None:
        """Lift a hold."""
        hold.lifted_at = utc_now()
        self._session.flush()

    def list_views(self, viewer: Viewer) -> list[HoldView]:
        """Return the holds of an organisation's entries (the program sees all), the earliest first."""
        query = select(LegalHold).where(LegalHold.lifted_at.is_(None))
        if not viewer.is_system:
            query = query.where(LegalHold.organisation_id == viewer.organisation_id)
        return [
            HoldView(
                entry_id=row.entry_id, reason=row.reason, created_at=row.created_at, member_id=row.member_id
            )
            for row in self._session.scalars(query.order_by(LegalHold.created_at, LegalHold.id))
        ]
