"""Everything that a viewer may see, row by row, without holding it all in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, false, select, true
from sqlalchemy.orm import Session, aliased

from matcher.types import Role
from models.records import (
    AuditEvent,
    Entry,
    EntryVersion,
    Organisation,
    Proposal,
    Verdict,
    VerdictReason,
)
from models.repositories.labels import CHUNK, Labels, load_labels
from models.repositories.viewing import STAFF, Viewer, sees_entry, sees_pair

ExportRow = dict[str, Any]
_Query = aliased(Entry, name="query_entry")
_Target = aliased(Entry, name="target_entry")
_ORGANISATIONS = select(
    Organisation.id,
    Organisation.kind,
    Organisation.size,
    Organisation.name,
    Organisation.organisation_number,
    Organisation.municipality,
    Organisation.place,
    Organisation.languages,
    Organisation.created_at,
    Organisation.updated_at,
)
_ENTRIES = select(
    Entry.id,
    Entry.kind,
    Entry.status,
    Entry.title,
    Entry.text,
    Entry.language,
    Entry.organisation_id,
    Organisation.name.label("organisation"),
    Entry.municipality,
    Entry.starts_on,
    Entry.ends_on,
    Entry.estimated_value,
    Entry.currency,
    Entry.source,
    Entry.source_id,
    Entry.version,
    Entry.created_at,
    Entry.updated_at,
)
_VERSIONS = select(
    EntryVersion.entry_id,
    EntryVersion.number,
    EntryVersion.original_title,
    EntryVersion.original_text,
    EntryVersion.title,
    EntryVersion.text,
    EntryVersion.language,
    EntryVersion.fields,
    EntryVersion.member_id,
    EntryVersion.created_at,
)
_PROPOSALS = select(
    Proposal.id,
    Proposal.direction,
    Proposal.state,
    Proposal.query_id,
    Proposal.target_id,
    Proposal.score,
    Proposal.base,
    Proposal.rank,
    Proposal.reasons,
    Proposal.recipe_digest,
    Proposal.created_at,
    Proposal.updated_at,
)
_VERDICTS = select(
    Verdict.id,
    Verdict.proposal_id,
    Verdict.number,
    Verdict.kind,
    VerdictReason.text.label("reason"),
    Verdict.member_id,
    Verdict.created_at,
)
_AUDIT = select(
    AuditEvent.id,
    AuditEvent.created_at,
    AuditEvent.action,
    AuditEvent.thing_id,
    AuditEvent.organisation_id,
    AuditEvent.member_id,
    AuditEvent.detail,
)
LABELS = ("regions", "cpv", "tags")
COLUMNS: dict[str, tuple[str, ...]] = {
    "organisations": tuple(_ORGANISATIONS.selected_columns.keys()),
    "entries": (*_ENTRIES.selected_columns.keys(), *LABELS),
    "versions": tuple(_VERSIONS.selected_columns.keys()),
    "proposals": tuple(_PROPOSALS.selected_columns.keys()),
    "verdicts": tuple(_VERDICTS.selected_columns.keys()),
    "audit": tuple(_AUDIT.selected_columns.keys()),
}


class ExportRepository:
    """Rows of every table that is exported, as one viewer sees them."""

    def __init__(self, session: Session, viewer: Viewer) -> None:
        self._session = session
        self._viewer = viewer

    def rows(self, table: str) -> Iterator[ExportRow]:
        """Yield the rows of one of the tables in ``COLUMNS``, always in the same order."""
        if table == "entries":
            return self._entries()
        return self._stream(self._query(table))

    def _query(self, table: str) -> Select[*tuple[Any, ...]]:
        if table == "organisations":
            return _ORGANISATIONS.order_by(Organisation.id)
        if table == "versions":
            query = _VERSIONS.join(Entry, Entry.id == EntryVersion.entry_id).where(self._sees_originals())
            return query.order_by(EntryVersion.entry_id, EntryVersion.number)
        if table == "audit":
            return _AUDIT.where(self._sees_audit()).order_by(AuditEvent.id)
        if table == "verdicts":
            reasons = _VERDICTS.outerjoin(VerdictReason, VerdictReason.verdict_id == Verdict.id)
            query = self._seen(reasons.join(Proposal, Proposal.id == Verdict.proposal_id))
            return query.order_by(Verdict.proposal_id, Verdict.number)
        return self._seen(_PROPOSALS).order_by(Proposal.id)

    def _entries(self) -> Iterator[ExportRow]:
        query = (
            _ENTRIES.outerjoin(Organisation, Organisation.id == Entry.organisation_id)
            .where(sees_entry(self._viewer))
            .order_by(Entry.id)
        )
        result = self._session.execute(query.execution_options(yield_per=CHUNK)).mappings()
        for part in result.partitions():
            labels = load_labels(self._session, [row["id"] for row in part])
            for row in part:
                found = labels.get(row["id"], Labels())
                yield {**row, "regions": found.regions, "cpv": found.cpv, "tags": found.tags}

    def _stream(self, query: Select[*tuple[Any, ...]]) -> Iterator[ExportRow]:
        for row in self._session.execute(query.execution_options(yield_per=CHUNK)).mappings():
            yield dict(row)

    def _seen(self, query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
        return (
            query.join(_Query, _Query.id == Proposal.query_id)
            .join(_Target, _Target.id == Proposal.target_id)
            .where(sees_pair(self._viewer, _Query, _Target))
        )

    def _sees_originals(self) -> ColumnElement[bool]:
        """Let an organisation's own staff alone see what was sent: it holds what is masked elsewhere."""
        if self._viewer.is_system:
            return true()
        if not self._viewer.roles & STAFF or self._viewer.organisation_id is None:
            return false()
        return sees_entry(self._viewer) & (Entry.organisation_id == self._viewer.organisation_id)

    def _sees_audit(self) -> ColumnElement[bool]:
        if self._viewer.is_system:
            return true()
        if Role.ADMINISTRATOR not in self._viewer.roles or self._viewer.organisation_id is None:
            return false()
        return AuditEvent.organisation_id == self._viewer.organisation_id
