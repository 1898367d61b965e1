"""Refuses to change what may only be added to. The database refuses it, too (triggers in the migration)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Mapper

from matcher.errors import Conflict
from models.records.audit_event import AuditEvent
from models.records.base import Base
from models.records.case import CaseStep, DialogueEntry
from models.records.duplicate import DuplicateDecision
from models.records.entry import EntryVersion
from models.records.review_task import Shortlist
from models.records.theme import ThemeEvent
from models.records.verdict import Verdict

NEVER_REMOVED: tuple[type[Base], ...] = (
    AuditEvent,
    Verdict,
    DuplicateDecision,
    ThemeEvent,
    CaseStep,
    DialogueEntry,
    Shortlist,
)
NEVER_CHANGED: tuple[type[Base], ...] = (*NEVER_REMOVED, EntryVersion)


def _refuse(mapper: Mapper[Any], connection: object, target: object) -> None:
    raise Conflict(
        f"A {mapper.class_.__name__} is never changed or removed.",
        remedy="Add a new one that says what is different.",
    )


for record in NEVER_CHANGED:
    event.listen(record, "before_update", _refuse)
for record in NEVER_REMOVED:
    event.listen(record, "before_delete", _refuse)
