"""Verdicts as pairs: what learning, evidence and the measures of quality rest on."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from sqlalchemy.orm import Session

from matcher.scoring import standing, taken_together
from matcher.types import JudgedPair
from models.repositories.scorers import JudgedRepository, VerdictRow

_RECENT: Final = 5_000
"""Verdicts that count, the clearest first."""


def judged_pairs(session: Session) -> list[JudgedPair]:
    """Return what people decided, each pair's standing verdicts taken together; the clearest pairs first."""
    rows = JudgedRepository(session).list_rows()
    pairs = [
        pair
        for _, own in groupby(rows, key=lambda row: row.proposal_id)
        if (pair := _judged(list(own))) is not None
    ]
    return sorted(pairs, key=lambda pair: (-pair.weight, pair.query_id, pair.target_id))[:_RECENT]


def _judged(rows: Sequence[VerdictRow]) -> JudgedPair | None:
    """Take the verdicts on one proposal together; None if all were taken back."""
    kinds = standing([(row.member_id, row.kind) for row in rows])
    if not kinds:
        return None
    fits, weight = taken_together(list(kinds.values()))
    first = rows[0]
    return JudgedPair(
        query_id=first.query_id,
        target_id=first.target_id,
        direction=first.direction,
        fits=fits,
        weight=weight,
        rank=first.rank,
        score=first.score,
    )
