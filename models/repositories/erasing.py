"""Takes an entry's texts out of every table. That it was there, and who did what when, remains."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.orm import Session

from matcher.types import DuplicateState, EntryStatus
from models.database import empty_log_after_commit
from models.records import (
    DuplicateDecision,
    DuplicatePair,
    DuplicateReason,
    Entry,
    EntryVersion,
    ExportFile,
    Interest,
    LegalHold,
    Passage,
    Proposal,
    Remark,
    StoredAnswer,
    Theme,
    ThemeMember,
    Verdict,
    VerdictReason,
    table_of,
)
from models.repositories import pages
from models.repositories.labels import CHUNK, delete_labels
from models.repositories.pages import Page
from models.repositories.vectors import VectorRepository


class EraseRepository:
    """Removes what is derived from an entry, or all of it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def texts(self, entry_id: str) -> set[tuple[str, str]]:
        """Return every title and text that the entry was ever shown with."""
        columns = (EntryVersion.title, EntryVersion.text)
        rows = self._session.execute(select(*columns).where(EntryVersion.entry_id == entry_id))
        return {(title, text) for title, text in rows}

    def remove_derived(self, entry_id: str, digests: Iterable[str]) -> None:
        """Remove passages, vectors that no other entry uses, reasons, and answers that repeat the entry.

        ``digests`` are those of all texts of the entry that may have been encoded.
        """
        empty_log_after_commit(self._session)
        self._session.flush()
        passages = select(Passage.text_digest).where(Passage.entry_id == entry_id)
        own = set(digests) | set(self._session.scalars(passages))
        self._session.execute(delete(Passage).where(Passage.entry_id == entry_id))
        VectorRepository(self._session).remove(own - self._used_elsewhere(own))
        self._clear_proposals(entry_id)
        self._clear_pairs(entry_id)
        self._clear_words_about(entry_id)
        repeats = StoredAnswer.body.contains(entry_id, autoescape=True)
        self._session.execute(delete(StoredAnswer).where(repeats))

    def empty(self, record: Entry) -> None:
        """Leave of an entry what tells that it was there, and nothing of what it said."""
        delete_labels(self._session, [record.id])
        self._session.execute(delete(EntryVersion).where(EntryVersion.entry_id == record.id))
        self._session.execute(update(LegalHold).where(LegalHold.entry_id == record.id).values(reason=""))
        record.title = record.text = record.source_id = ""
        record.municipality = record.currency = record.role = record.capacity = None
        record.starts_on = record.ends_on = record.estimated_value = None
        # The digest of a short text could be guessed back.
        record.draft_digest = ""
        self._session.flush()

    def remove_files(self) -> list[Path]:
        """Forget all export files; the caller removes them.

        Any may hold any entry: what is published is in the exports of others, too.
        """
        files = self._session.scalars(select(ExportFile)).all()
        for file in files:
            self._session.delete(file)
        self._session.flush()
        return [Path(file.path) for file in files]

    def list_overdue(self, *, withdrawn_before: datetime, limit: int) -> list[Entry]:
        """Return entries that were withdrawn before then and are under no hold."""
        held = exists().where(LegalHold.entry_id == Entry.id, LegalHold.lifted_at.is_(None))
        query = select(Entry).where(
            Entry.status == EntryStatus.WITHDRAWN, Entry.status_at < withdrawn_before, ~held
        )
        return list(self._session.scalars(query.order_by(Entry.status_at, Entry.id).limit(limit)))

    def list_withdrawn(
        self, organisation_id: str, *, limit: int, after: Sequence[Any] | None
    ) -> Page[tuple[str, datetime]]:
        """Return a page of an organisation's withdrawn entries, and since when; the earliest first."""
        query = select(Entry.id, Entry.status_at).where(
            Entry.organisation_id == organisation_id, Entry.status == EntryStatus.WITHDRAWN
        )
        if after is not None:
            query = query.where(pages.above(Entry.status_at, Entry.id, than=pages.time_and_id(after)))
        rows, next_after = pages.cut(
            self._session.execute(query.order_by(Entry.status_at, Entry.id).limit(limit + 1)).all(),
            limit,
            position=lambda row: [row[1].isoformat(), row[0]],
        )
        return Page([(entry_id, withdrawn_at) for entry_id, withdrawn_at in rows], next_after)

    def _used_elsewhere(self, digests: set[str]) -> set[str]:
        wanted = sorted(digests)
        used: set[str] = set()
        for start in range(0, len(wanted), CHUNK):
            chunk = wanted[start : start + CHUNK]
            used.update(
                self._session.scalars(select(Passage.text_digest).where(Passage.text_digest.in_(chunk)))
            )
        return used

    def _clear_pairs(self, entry_id: str) -> None:
        """Of pairs that may be one keep what was decided, not what was said; take it out of its theme."""
        touches = or_(DuplicatePair.left_id == entry_id, DuplicatePair.right_id == entry_id)
        decisions = (
            select(DuplicateDecision.id)
            .join(DuplicatePair, DuplicatePair.id == DuplicateDecision.pair_id)
            .where(touches)
        )
        for statement in (
            delete(DuplicateReason).where(DuplicateReason.decision_id.in_(decisions)),
            delete(ThemeMember).where(ThemeMember.entry_id == entry_id),
            update(Theme).where(Theme.example_id == entry_id).values(example_id=None),
        ):
            self._session.execute(statement.execution_options(synchronize_session=False))
        for pair in self._session.scalars(select(DuplicatePair).where(touches)):
            pair.is_current, pair.group_id = False, None
            if pair.state is DuplicateState.OPEN:
                pair.state = DuplicateState.STALE
        self._session.flush()

    def _clear_words_about(self, entry_id: str) -> None:
        """Of interest in an entry, and of remarks on its matches, keep that there were some."""
        for statement in (
            update(Interest).where(Interest.entry_id == entry_id).values(note=""),
            update(Remark).where(Remark.entry_id == entry_id).values(text="", answer=""),
        ):
            self._session.execute(statement.execution_options(synchronize_session=False))

    def _clear_proposals(self, entry_id: str) -> None:
        """Remove proposals that nobody judged; of the others remove what they say about the entry."""
        table = table_of(Proposal)
        touches = or_(table.c.query_id == entry_id, table.c.target_id == entry_id)
        judged = select(Verdict.proposal_id)
        verdicts = (
            select(Verdict.id)
            .join(Proposal, Proposal.id == Verdict.proposal_id)
            .where(or_(Proposal.query_id == entry_id, Proposal.target_id == entry_id))
        )
        self._session.execute(
            delete(VerdictReason)
            .where(VerdictReason.verdict_id.in_(verdicts))
            .execution_options(synchronize_session=False)
        )
        connection = self._session.connection()
        connection.execute(delete(table).where(touches, table.c.id.not_in(judged)))
        connection.execute(
            update(table).where(touches).values(reasons=[], is_current=False, version=table.c.version + 1)
        )
        self._session.expire_all()
