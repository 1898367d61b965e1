"""Queries about runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from matcher.errors import JobNotFound
from matcher.types import RunKind
from models.records import Run
from models.repositories import pages
from models.repositories.pages import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """How a run stands. ``state``: queued, running, done, failed or cancelled."""

    id: str
    kind: RunKind
    state: str
    done: int
    total: int
    cursor: dict[str, Any]
    counts: dict[str, int]
    recipe_digest: str
    error: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    updated_at: datetime


class RunRepository:
    """Runs of the program; they concern everybody's entries."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, record: Run) -> Run:
        """Add a run; its id is known afterwards."""
        self._session.add(record)
        self._session.flush()
        return record

    def get(self, run_id: str) -> Run:
        """Return a run, or raise ``JobNotFound``."""
        record = self._session.get(Run, run_id, populate_existing=True)
        if record is None:
            raise JobNotFound(run_id)
        return record

    def find_unfinished(self, kind: str) -> Run | None:
        """Return the run that waits or was not finished, if there is one; the latest if there are several."""
        return self._session.scalar(
            select(Run)
            .where(Run.kind == kind, Run.state.in_(("queued", "running")))
            .order_by(Run.created_at.desc(), Run.id.desc())
            .limit(1)
        )

    def list_unfinished(self) -> list[Run]:
        """Return the runs of all kinds that wait or were not finished, the oldest first."""
        query = select(Run).where(Run.state.in_(("queued", "running")))
        return list(self._session.scalars(query.order_by(Run.created_at, Run.id)))

    def find_latest(self, kind: str, *, but_unbegun: bool = False) -> Run | None:
        """Return the run that was asked for last, if there is one.

        With ``but_unbegun`` those do not count that were cancelled before they began.
        """
        query = select(Run).where(Run.kind == kind).order_by(Run.created_at.desc(), Run.id.desc())
        if but_unbegun:
            query = query.where(or_(Run.started_at.is_not(None), Run.finished_at.is_(None)))
        return self._session.scalar(query.limit(1))

    def list_views(self, *, limit: int, after: Sequence[Any] | None) -> Page[RunView]:
        """Return a page of runs, newest first."""
        query = select(Run).order_by(Run.created_at.desc(), Run.id.desc()).limit(limit + 1)
        if after is not None:
            query = query.where(pages.below(Run.created_at, Run.id, than=pages.time_and_id(after)))
        rows, next_after = pages.cut(
            self._session.scalars(query).all(),
            limit,
            position=pages.of_record,
        )
        return Page([run_view(row) for row in rows], next_after)


def run_view(record: Run) -> RunView:
    """Return a run as it is shown."""
    return RunView(
        id=record.id,
        kind=RunKind(record.kind),
        state=record.state,
        done=record.done,
        total=record.total,
        cursor=dict(record.cursor),
        counts=dict(record.counts),
        recipe_digest=record.recipe_digest,
        error=record.error,
        created_at=record.created_at,
        started_at=record.started_at,
        finished_at=record.finished_at,
        updated_at=record.updated_at,
    )
