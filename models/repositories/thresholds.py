"""Queries about the table of thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.errors import ThresholdNotFound
from models.records import ThresholdRow, utc_now
from models.repositories.viewing import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdView:
    """One row of the table, and who put it there."""

    id: str
    law: str
    rule: str
    kind: str
    authority: str
    valid_from: date
    valid_to: date | None
    amount: Decimal
    currency: str
    source: str
    member_id: str | None
    created_at: datetime
    withdrawn_at: datetime | None


class ThresholdRepository:
    """The table of thresholds: one for all organisations."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def list_views(self, *, withdrawn_too: bool = False) -> list[ThresholdView]:
        """Return the rows, the latest period first."""
        query = select(ThresholdRow).order_by(
            ThresholdRow.valid_from.desc(),
            ThresholdRow.law,
            ThresholdRow.rule,
            ThresholdRow.kind,
            ThresholdRow.authority,
            ThresholdRow.created_at,
            ThresholdRow.id,
        )
        if not withdrawn_too:
            query = query.where(ThresholdRow.withdrawn_at.is_(None))
        return [view_of(row) for row in self._session.scalars(query)]

    def get(self, threshold_id: str) -> ThresholdRow:
        """Return a row's record, or raise ``ThresholdNotFound``."""
        record = self._session.get(ThresholdRow, threshold_id)
        if record is None:
            raise ThresholdNotFound(threshold_id)
        return record

    def add(self, values: Mapping[str, Any], *, by: Viewer) -> ThresholdView:
        """Add a row."""
        record = ThresholdRow(**values, organisation_id=by.organisation_id, member_id=by.member_id)
        self._session.add(record)
        self._session.flush()
        return view_of(record)

    def withdraw(self, record: ThresholdRow, *, by: Viewer) -> None:
        """Note that a row does not hold; it stays readable."""
        record.withdrawn_at, record.withdrawn_by = utc_now(), by.member_id
        self._session.flush()


def view_of(record: ThresholdRow) -> ThresholdView:
    """Return a row as it is shown."""
    return ThresholdView(
        id=record.id,
        law=record.law,
        rule=record.rule,
        kind=record.kind,
        authority=record.authority,
        valid_from=record.valid_from,
        valid_to=record.valid_to,
        amount=record.amount,
        currency=record.currency,
        source=record.source,
        member_id=record.member_id,
        created_at=record.created_at,
        withdrawn_at=record.withdrawn_at,
    )
