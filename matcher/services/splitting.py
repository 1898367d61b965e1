"""Splitting: an entry that tells of several needs becomes several entries, and can become one again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy.orm import Session

from matcher.errors import Conflict, InvalidInput, StaleVersion
from matcher.services.actor import EVERYBODY, Actor
from matcher.services.preparing import check, prepare
from matcher.types import EntryDraft, EntryStatus, NoticeKind
from models.records import Entry, EntrySplit
from models.repositories.audit import AuditRepository
from models.repositories.contents import draft_digest, source_key
from models.repositories.entries import EntryRepository
from models.repositories.entry_writing import EntryWriter, NewContent
from models.repositories.notices import NoticeRepository
from models.repositories.proposal_saving import ProposalSaver
from models.repositories.splits import SplitRepository, SplitView
from models.repositories.supports import SupportRepository

__all__ = ["SplitPartDraft", "SplitView", "list_splits", "split", "undo_split"]

MAX_PARTS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitPartDraft:
    """One of the needs that an entry tells of."""

    text: str
    title: str = ""


def split(
    session: Session,
    entry_id: str,
    parts: Sequence[SplitPartDraft],
    *,
    expected_version: int,
    actor: Actor,
) -> SplitView:
    """Part an entry that tells of several needs: each becomes an entry, and the original is withdrawn.

    Who supported the original is told and may support a part; nobody's support is moved.

    Raises
    ------
    EntryNotFound, NotAllowed, InvalidInput
        If the actor does not see it or may not change it, or the parts cannot be used.
    Conflict
        If it is neither published nor a draft.
    StaleVersion
        If somebody else changed it.
    """
    record = EntryRepository(session, actor).get_record(entry_id)
    actor.require(EVERYBODY, organisation_id=record.organisation_id)
    if record.version != expected_version:
        raise StaleVersion(entry_id, expected=expected_version, actual=record.version)
    if record.status not in (EntryStatus.PUBLISHED, EntryStatus.DRAFT):
        raise Conflict(f"The entry is {record.status.value}.", remedy="It can be parted no more.")
    if not 2 <= len(parts) <= MAX_PARTS:
        raise InvalidInput(f"Part the entry into 2 to {MAX_PARTS}.", field="parts")
    splits = SplitRepository(session)
    made = splits.add(record, by=actor)
    part_ids = _write_parts(session, record, parts, made, actor)
    splits.add_parts(made, part_ids)
    _withdraw(session, record)
    AuditRepository(session).add(
        "entry.split", entry_id, by=actor, organisation_id=record.organisation_id, entries=part_ids
    )
    _tell_supporters(session, record, made, actor)
    return splits.view(made)


def undo_split(session: Session, split_id: str, *, actor: Actor) -> SplitView:
    """Bring a parted entry back as it was, and withdraw its parts.

    Raises
    ------
    SplitNotFound, EntryNotFound, NotAllowed
        If there is none, or the actor does not see the entry or may not change it.
    Conflict
        If it is undone, or the entry is erased or restricted: there is nothing to bring back.
    """
    splits = SplitRepository(session)
    record = splits.get(split_id)
    entry = EntryRepository(session, actor).get_record(record.entry_id)
    actor.require(EVERYBODY, organisation_id=entry.organisation_id)
    if record.undone_at is not None:
        raise Conflict("The split is undone.")
    if entry.status in (EntryStatus.ERASED, EntryStatus.RESTRICTED):
        raise Conflict(f"The entry is {entry.status.value}.", remedy="Its parts stay as they are.")
    for part in splits.part_records(split_id):
        if part.status in (EntryStatus.PUBLISHED, EntryStatus.DRAFT):
            _withdraw(session, part)
    EntryWriter(session).set_status(entry, record.was_status)
    splits.undo(record, by=actor)
    AuditRepository(session).add(
        "entry.split_undone", entry.id, by=actor, organisation_id=entry.organisation_id
    )
    return splits.view(record)


def list_splits(session: Session, entry_id: str, *, actor: Actor) -> list[SplitView]:
    """Return how an entry was parted, or of which one it is a part, the earliest first.

    Raises
    ------
    EntryNotFound
        If the actor does not see the entry.
    """
    EntryRepository(session, actor).get_record(entry_id)
    return SplitRepository(session).list_views(entry_id)


def _write_parts(
    session: Session, record: Entry, parts: Sequence[SplitPartDraft], made: EntrySplit, actor: Actor
) -> list[str]:
    writer = EntryWriter(session)
    original = writer.latest_draft(record)
    news = [
        _part_content(record, _part_draft(original, part, f"{made.id}/{number}"), actor)
        for number, part in enumerate(parts, 1)
    ]
    writer.insert_many(news)
    return [new.entry_id for new in news]


def _part_draft(original: EntryDraft, part: SplitPartDraft, source_id: str) -> EntryDraft:
    # What the whole was worth is not what a part is.
    return replace(
        original,
        source="split",
        source_id=source_id,
        title=part.title,
        text=part.text,
        estimated_value=None,
        currency=None,
        created_at=None,
    )


def _part_content(record: Entry, draft: EntryDraft, actor: Actor) -> NewContent:
    content = prepare(draft)
    check(content)
    return NewContent(
        content=content,
        source_key=source_key(record.organisation_id, draft.source, draft.source_id),
        draft_digest=draft_digest(draft),
        status=record.status,
        organisation_id=record.organisation_id,
        member_id=actor.member_id,
    )


def _withdraw(session: Session, record: Entry) -> None:
    ProposalSaver(session).retire_entry(record.id)
    EntryWriter(session).set_status(record, EntryStatus.WITHDRAWN)


def _tell_supporters(session: Session, record: Entry, made: EntrySplit, actor: Actor) -> None:
    behind = SupportRepository(session).behind([record.id]).member_ids
    NoticeRepository(session).tell(
        [member_id for member_id in behind if member_id != actor.member_id],
        NoticeKind.SPLIT,
        made.id,
        key=f"split:{made.id}",
        entry_id=record.id,
        organisation_id=record.organisation_id,
    )
