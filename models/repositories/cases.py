"""Queries about cases, as one viewer sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVarTuple

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from matcher.errors import CaseNotFound
from matcher.types import CaseState, EntryStatus, OrganisationKind
from models.records import (
    Case,
    CaseNeed,
    CaseOffering,
    CaseOrganisation,
    CaseStep,
    DialogueEntry,
    Member,
    Organisation,
)
from models.repositories import pages
from models.repositories.entries import EntryRepository, EntryView
from models.repositories.pages import Page
from models.repositories.viewing import STAFF, Viewer

Columns = TypeVarTuple("Columns")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOrganisationView:
    """An organisation in a case, who speaks for it, and how much it would buy."""

    organisation_id: str
    name: str
    kind: OrganisationKind
    organisation_number: str | None
    municipality: str | None
    mandate: str
    expected_volume: str
    expected_value: Decimal | None
    currency: str | None
    is_leading: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """A case. Needs and offerings that the viewer does not see (any more) are counted as hidden."""

    id: str
    title: str
    note: str
    state: CaseState
    stop_reason: str
    organisation_id: str | None
    owner_id: str | None
    owner_name: str | None
    joint_need_id: str | None
    next_step: str
    next_step_on: date | None
    law: str
    contract_kind: str
    authority: str
    procedure: str | None
    assessments: tuple[dict[str, Any], ...]
    confirmed_by: str | None
    confirmed_at: datetime | None
    organisations: tuple[CaseOrganisationView, ...]
    needs: tuple[EntryView, ...]
    offerings: tuple[EntryView, ...]
    n_hidden: int
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStepView:
    """That a case came into a state."""

    state: CaseState
    member_name: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogueView:
    """A talk with the market."""

    id: str
    number: int
    held_on: date
    kind: str
    subject: str
    participants: tuple[dict[str, Any], ...]
    disclosed: str
    is_disclosed_to_all: bool
    corrects_id: str | None
    member_name: str | None
    created_at: datetime


class CaseRepository:
    """Cases that the viewer's organisation leads or takes part in; staff see them."""

    def __init__(self, session: Session, viewer: Viewer) -> None:
        self._session = session
        self._viewer = viewer

    def get_record(self, case_id: str) -> Case:
        """Return a record, to change it; or raise ``CaseNotFound``."""
        record = self._session.scalar(self._seen(select(Case)).where(Case.id == case_id))
        if record is None:
            raise CaseNotFound(case_id)
        return record

    def get(self, case_id: str) -> CaseView:
        """Return a case, or raise ``CaseNotFound``."""
        return self._views([self.get_record(case_id)])[0]

    def add(self, record: Case) -> Case:
        """Add a case; its id is known afterwards."""
        self._session.add(record)
        self._session.flush()
        return record

    def list_views(
        self,
        *,
        state: CaseState | None,
        owner_id: str | None,
        entry_id: str | None,
        limit: int,
        after: Sequence[Any] | None,
    ) -> Page[CaseView]:
        """Return a page of cases, the newest first."""
        query = self._seen(select(Case))
        if state is not None:
            query = query.where(Case.state == state)
        if owner_id is not None:
            query = query.where(Case.owner_id == owner_id)
        if entry_id is not None:
            inside = select(CaseNeed.case_id).where(CaseNeed.entry_id == entry_id)
            offered = select(CaseOffering.case_id).where(CaseOffering.entry_id == entry_id)
            query = query.where(or_(Case.id.in_(inside), Case.id.in_(offered)))
        if after is not None:
            query = query.where(pages.below(Case.created_at, Case.id, than=pages.time_and_id(after)))
        query = query.order_by(Case.created_at.desc(), Case.id.desc()).limit(limit + 1)
        rows, next_after = pages.cut(
            self._session.scalars(query).all(),
            limit,
            position=lambda row: [row.created_at.isoformat(), row.id],
        )
        return Page(self._views(rows), next_after)

    def count_by_state(self) -> dict[CaseState, int]:
        """Return the number of cases in each state that the viewer sees."""
        counting = self._seen(select(Case.state, func.count()).select_from(Case))
        counts = {state: n for state, n in self._session.execute(counting.group_by(Case.state))}
        return {state: counts.get(state, 0) for state in CaseState}

    def organisation_record(self, case_id: str, organisation_id: str) -> CaseOrganisation | None:
        """Return an organisation's record in a case, if it takes part."""
        return self._session.get(CaseOrganisation, (case_id, organisation_id))

    def add_organisation(self, case_id: str, organisation_id: str) -> CaseOrganisation:
        """Let an organisation take part; return its record."""
        found = self.organisation_record(case_id, organisation_id)
        if found is None:
            found = CaseOrganisation(case_id=case_id, organisation_id=organisation_id)
            self._session.add(found)
            self._session.flush()
        return found

    def need_record(self, case_id: str, entry_id: str) -> CaseNeed | None:
        """Return a need's record in a case, if it is in it."""
        return self._session.get(CaseNeed, (case_id, entry_id))

    def offering_record(self, case_id: str, entry_id: str) -> CaseOffering | None:
        """Return an offering's record in a case, if it is in it."""
        return self._session.get(CaseOffering, (case_id, entry_id))

    def owners_of_needs(self, case_id: str) -> set[str | None]:
        """Return the organisations that needs in a case belong to."""
        query = select(CaseNeed.organisation_id).where(CaseNeed.case_id == case_id)
        return set(self._session.scalars(query))

    def add_step(self, case: Case) -> None:
        """Note that a case came into its state."""
        self._session.add(
            CaseStep(
                case_id=case.id,
                state=case.state,
                organisation_id=self._viewer.organisation_id,
                member_id=self._viewer.member_id,
            )
        )
        self._session.flush()

    def list_steps(self, case_id: str) -> list[CaseStepView]:
        """Return the states that a case came through, the earliest first."""
        query = (
            select(CaseStep, Member.name)
            .outerjoin(Member, Member.id == CaseStep.member_id)
            .where(CaseStep.case_id == case_id)
            .order_by(CaseStep.id)
        )
        return [
            CaseStepView(state=step.state, member_name=name, created_at=step.created_at)
            for step, name in self._session.execute(query)
        ]

    def add_dialogue(self, case_id: str, **values: Any) -> DialogueEntry:  # noqa: ANN401 -- the record's fields
        """Add a talk with the market to a case's log."""
        latest = self._session.scalar(
            select(func.max(DialogueEntry.number)).where(DialogueEntry.case_id == case_id)
        )
        record = DialogueEntry(
            case_id=case_id,
            number=(latest or 0) + 1,
            organisation_id=self._viewer.organisation_id,
            member_id=self._viewer.member_id,
            **values,
        )
        self._session.add(record)
        self._session.flush()
        return record

    def list_dialogue(self, case_id: str) -> list[DialogueView]:
        """Return a case's talks with the market, in the order in which they were noted."""
        query = (
            select(DialogueEntry, Member.name)
            .outerjoin(Member, Member.id == DialogueEntry.member_id)
            .where(DialogueEntry.case_id == case_id)
            .order_by(DialogueEntry.number)
        )
        return [
            DialogueView(
                id=row.id,
                number=row.number,
                held_on=row.held_on,
                kind=row.kind,
                subject=row.subject,
                participants=tuple(row.participants),
                disclosed=row.disclosed,
                is_disclosed_to_all=row.is_disclosed_to_all,
                corrects_id=row.corrects_id,
                member_name=name,
                created_at=row.created_at,
            )
            for row, name in self._session.execute(query)
        ]

    def member_name(self, member_id: str | None) -> str | None:
        """Return a member's name."""
        return None if member_id is None else self._session.get_one(Member, member_id).name

    def _seen(self, query: Select[*Columns]) -> Select[*Columns]:
        if self._viewer.is_system:
            return query
        if not self._viewer.roles & STAFF:
            return query.where(Case.id.in_(()))
        own = self._viewer.organisation_id
        inside = select(CaseOrganisation.case_id).where(CaseOrganisation.organisation_id == own)
        return query.where(or_(Case.organisation_id == own, Case.id.in_(inside)))

    def _views(self, records: Sequence[Case]) -> list[CaseView]:
        needs = {record.id: self._entry_ids(CaseNeed, record.id) for record in records}
        offerings = {record.id: self._entry_ids(CaseOffering, record.id) for record in records}
        shown = {each for ids in (*needs.values(), *offerings.values()) for each in ids}
        found = EntryRepository(self._session, self._viewer).get_many(sorted(shown))
        gone = (EntryStatus.ERASED, EntryStatus.RESTRICTED)
        entries = {entry_id: entry for entry_id, entry in found.items() if entry.status not in gone}
        return [self._view(record, needs[record.id], offerings[record.id], entries) for record in records]

    def _entry_ids(self, record: type[CaseNeed] | type[CaseOffering], case_id: str) -> list[str]:
        query = select(record.entry_id).where(record.case_id == case_id)
        return list(self._session.scalars(query.order_by(record.added_at, record.entry_id)))

    def _view(
        self, record: Case, needs: Sequence[str], offerings: Sequence[str], entries: dict[str, EntryView]
    ) -> CaseView:
        return CaseView(
            id=record.id,
            title=record.title,
            note=record.note,
            state=record.state,
            stop_reason=record.stop_reason,
            organisation_id=record.organisation_id,
            owner_id=record.owner_id,
            owner_name=self.member_name(record.owner_id),
            joint_need_id=record.joint_need_id,
            next_step=record.next_step,
            next_step_on=record.next_step_on,
            law=record.law,
            contract_kind=record.contract_kind,
            authority=record.authority,
            procedure=record.procedure,
            assessments=tuple(record.assessments),
            confirmed_by=self.member_name(record.confirmed_by),
            confirmed_at=record.confirmed_at,
            organisations=tuple(self._organisations(record)),
            needs=tuple(entries[each] for each in needs if each in entries),
            offerings=tuple(entries[each] for each in offerings if each in entries),
            n_hidden=sum(each not in entries for each in (*needs, *offerings)),
            version=record.version,
            created_at=record.created_at,
            updated_at=record.updated_at,
        )

    def _organisations(self, record: Case) -> list[CaseOrganisationView]:
        query = (
            select(CaseOrganisation, Organisation)
            .join(Organisation, Organisation.id == CaseOrganisation.organisation_id)
            .where(CaseOrganisation.case_id == record.id)
            .order_by(Organisation.name_key, Organisation.id)
        )
        views = [
            CaseOrganisationView(
                organisation_id=organisation.id,
                name=organisation.name,
                kind=organisation.kind,
                organisation_number=organisation.organisation_number,
                municipality=organisation.municipality,
                mandate=own.mandate,
                expected_volume=own.expected_volume,
                expected_value=own.expected_value,
                currency=own.currency,
                is_leading=organisation.id == record.organisation_id,
            )
            for own, organisation in self._session.execute(query)
        ]
        return sorted(views, key=lambda view: not view.is_leading)
