"""Queries about the forms of people without an account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.records import Entry, Organisation, PublicForm


@dataclass(frozen=True, slots=True, kw_only=True)
class FormView:
    """An organisation's form, as it is shown; ``version`` is 0 where nothing was chosen yet."""

    organisation_id: str
    organisation_name: str
    is_open: bool = False
    shows_published: bool = False
    note: str = ""
    version: int = 0


class PublicFormRepository:
    """Forms, one an organisation."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, organisation_id: str) -> FormView | None:
        """Return the form of an organisation, closed where none was opened; None if there is no such one."""
        query = (
            select(Organisation.name, PublicForm)
            .outerjoin(PublicForm, PublicForm.organisation_id == Organisation.id)
            .where(Organisation.id == organisation_id)
        )
        row = self._session.execute(query).one_or_none()
        return None if row is None else _view(organisation_id, row[0], row[1])

    def list_open(self) -> list[FormView]:
        """Return the open forms, by the name of the organisation."""
        query = (
            select(Organisation.id, Organisation.name, PublicForm)
            .join(PublicForm, PublicForm.organisation_id == Organisation.id)
            .where(PublicForm.is_open)
            .order_by(Organisation.name_key, Organisation.id)
        )
        return [_view(*row) for row in self._session.execute(query)]

    def get_record(self, organisation_id: str) -> PublicForm:
        """Return the record to change; it is added if there is none."""
        record = self._session.get(PublicForm, organisation_id)
        if record is None:
            record = PublicForm(
                organisation_id=organisation_id, is_open=False, shows_published=False, note=""
            )
            self._session.add(record)
        return record

    def count_since(self, organisation_id: str, source: str, since: datetime) -> int:
        """Return how many entries came to an organisation from a source since a time."""
        query = select(func.count()).where(
            Entry.organisation_id == organisation_id, Entry.source == source, Entry.created_at >= since
        )
        return self._session.scalar(query) or 0


def _view(organisation_id: str, name: str, record: PublicForm | None) -> FormView:
    if record is None:
        return FormView(organisation_id=organisation_id, organisation_name=name)
    return FormView(
        organisation_id=organisation_id,
        organisation_name=name,
        is_open=record.is_open,
        shows_published=record.shows_published,
        note=record.note,
        version=record.version,
    )
