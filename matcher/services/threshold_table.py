"""The stored table of thresholds as the rules of procurement read it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from matcher.procurement.thresholds import Law, Rule, Threshold
from models.repositories.thresholds import ThresholdRepository, ThresholdView


def threshold_table(session: Session) -> list[Threshold]:
    """Return the rows that hold."""
    return [as_threshold(view) for view in ThresholdRepository(session).list_views()]


def as_threshold(view: ThresholdView) -> Threshold:
    """Return a row as the rules read it."""
    return Threshold(
        law=Law(view.law),
        rule=Rule(view.rule),
        kind=view.kind,
        authority=view.authority,
        valid_from=view.valid_from,
        valid_to=view.valid_to,
        amount=view.amount,
        currency=view.currency,
        source=view.source,
    )
