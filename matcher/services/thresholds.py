"""Thresholds: the table that administrators keep; every change is noted, and old rows stay readable."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy.orm import Session

from matcher.errors import Conflict, NotAllowed
from matcher.procurement.thresholds import Threshold, checked_threshold
from matcher.services.actor import ADMINISTRATORS, Actor
from matcher.services.standing import is_buyer
from matcher.services.threshold_table import as_threshold
from models.repositories.audit import AuditRepository
from models.repositories.thresholds import ThresholdRepository, ThresholdView, view_of

__all__ = ["Threshold", "ThresholdView", "add", "list_rows", "withdraw"]


def list_rows(session: Session, *, withdrawn_too: bool = False, actor: Actor) -> list[ThresholdView]:
    """Return the rows of the table, the latest period first; everybody may read it."""
    return ThresholdRepository(session).list_views(withdrawn_too=withdrawn_too)


def add(session: Session, row: Threshold, *, actor: Actor) -> ThresholdView:
    """Add a row; for the same period the more particular one counts, else the later.

    Raises
    ------
    NotAllowed, InvalidInput
        If the actor is no administrator of a public buyer, or a field makes no sense.
    Conflict
        If there is such a row.
    """
    _require_administrator(session, actor)
    checked_threshold(row)
    repository = ThresholdRepository(session)
    if any(as_threshold(view) == row for view in repository.list_views()):
        raise Conflict("There is such a row.", remedy="Take that one out first if it is wrong.")
    view = repository.add(asdict(row), by=actor)
    AuditRepository(session).add("threshold.added", view.id, by=actor)
    return view


def withdraw(session: Session, threshold_id: str, *, actor: Actor) -> ThresholdView:
    """Take a row out of the table; it stays readable.

    Raises
    ------
    ThresholdNotFound, NotAllowed
        If there is none, or the actor is no administrator of a public buyer.
    Conflict
        If it is out of the table.
    """
    repository = ThresholdRepository(session)
    record = repository.get(threshold_id)
    _require_administrator(session, actor)
    if record.withdrawn_at is not None:
        raise Conflict("The row is out of the table.")
    repository.withdraw(record, by=actor)
    AuditRepository(session).add("threshold.withdrawn", threshold_id, by=actor)
    return view_of(record)


def _require_administrator(session: Session, actor: Actor) -> None:
    if actor.is_system:
        return
    actor.require(ADMINISTRATORS, organisation_id=actor.organisation_id)
    if not is_buyer(session, actor):
        raise NotAllowed("Administrators of public buyers keep the table of thresholds.")
