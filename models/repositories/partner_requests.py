"""Queries about requests of partners for an account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVarTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from matcher.errors import PartnerRequestNotFound
from matcher.types import OrganisationKind, OrganisationSize, RequestState
from models.database import empty_log_after_commit
from models.records import Member, PartnerRequest
from models.repositories import pages
from models.repositories.pages import Page

Columns = TypeVarTuple("Columns")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerRequestView:
    """A request, as it is shown to whoever answers it; without an address once its data was removed."""

    id: str
    state: RequestState
    organisation_number: str
    name: str
    kind: OrganisationKind
    size: OrganisationSize | None
    contact: str
    email: str
    about: str
    created_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    reason: str
    organisation_id: str | None


class PartnerRequestRepository:
    """Requests about any organisation, or only about one: ``number`` in its usual form."""

    def __init__(self, session: Session, *, number: str | None = None) -> None:
        self._session = session
        self._number = number

    def add(self, record: PartnerRequest) -> None:
        """Keep a request; its id is known afterwards."""
        self._session.add(record)
        self._session.flush()

    def is_sent(self, sent_digest: str) -> bool:
        """Whether a form was taken in before."""
        query = select(PartnerRequest.id).where(PartnerRequest.sent_digest == sent_digest)
        return self._session.scalar(query) is not None

    def is_open(self, number: str, email: str) -> bool:
        """Whether a request about this organisation from this address waits for an answer."""
        query = select(PartnerRequest.id).where(
            PartnerRequest.organisation_number == number,
            PartnerRequest.email == email,
            PartnerRequest.state == RequestState.OPEN,
        )
        return self._session.scalars(query).first() is not None

    def count_since(self, since: datetime) -> int:
        """Return how many requests came since a time."""
        return self._session.scalar(select(func.count()).where(PartnerRequest.created_at >= since)) or 0

    def count_open(self) -> int:
        """Return how many requests wait for an answer."""
        query = select(func.count(PartnerRequest.id)).where(PartnerRequest.state == RequestState.OPEN)
        return self._session.scalar(self._within(query)) or 0

    def get_record(self, request_id: str) -> PartnerRequest:
        """Return a request, or raise ``PartnerRequestNotFound``."""
        query = select(PartnerRequest).where(PartnerRequest.id == request_id)
        record = self._session.scalar(self._within(query))
        if record is None:
            raise PartnerRequestNotFound(request_id)
        return record

    def get(self, request_id: str) -> PartnerRequestView:
        """Return a request as it is shown, or raise ``PartnerRequestNotFound``."""
        row = self._session.execute(_SHOWN.where(PartnerRequest.id == self.get_record(request_id).id)).one()
        return _view(*row)

    def list_views(
        self, *, state: RequestState | None, limit: int, after: Sequence[Any] | None
    ) -> Page[PartnerRequestView]:
        """Return a page of requests, the latest first."""
        query = self._within(_SHOWN)
        if state is not None:
            query = query.where(PartnerRequest.state == state)
        if after is not None:
            place = pages.time_and_id(after)
            query = query.where(pages.below(PartnerRequest.created_at, PartnerRequest.id, than=place))
        query = query.order_by(PartnerRequest.created_at.desc(), PartnerRequest.id.desc())
        rows, next_after = pages.cut(
            [_view(*row) for row in self._session.execute(query.limit(limit + 1))],
            limit,
            position=lambda view: [view.created_at.isoformat(), view.id],
        )
        return Page(rows, next_after)

    def empty(self, *, before: datetime, limit: int) -> list[str]:
        """Take person and texts out of requests that were answered, or came, before then; return their ids.

        What remains is which organisation asked, when, and what was decided by whom.
        """
        last = func.coalesce(PartnerRequest.decided_at, PartnerRequest.created_at)
        query = select(PartnerRequest).where(PartnerRequest.email != "", last < before)
        records = self._session.scalars(query.order_by(last, PartnerRequest.id).limit(limit)).all()
        if records:
            empty_log_after_commit(self._session)
        for record in records:
            record.contact = record.email = record.about = record.reason = ""
            # The digest could be guessed back, where a program made up what it is of.
            record.sent_digest = record.id
            if record.state is RequestState.OPEN:
                record.state = RequestState.LAPSED
        self._session.flush()
        return [record.id for record in records]

    def _within(self, query: Select[*Columns]) -> Select[*Columns]:
        return (
            query if self._number is None else query.where(PartnerRequest.organisation_number == self._number)
        )


_SHOWN = select(PartnerRequest, Member.name).outerjoin(Member, Member.id == PartnerRequest.decided_by)


def _view(record: PartnerRequest, decided_by: str | None) -> PartnerRequestView:
    return PartnerRequestView(
        id=record.id,
        state=record.state,
        organisation_number=record.organisation_number,
        name=record.name,
        kind=record.kind,
        size=record.size,
        contact=record.contact,
        email=record.email,
        about=record.about,
        created_at=record.created_at,
        decided_at=record.decided_at,
        decided_by=decided_by,
        reason=record.reason,
        organisation_id=record.organisation_id,
    )
