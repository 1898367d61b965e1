"""Queries about organisations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from matcher.errors import OrganisationNotFound
from matcher.types import OrganisationKind, OrganisationSize, Role
from models.records import Member, Membership, Organisation
from models.repositories import pages
from models.repositories.pages import Page

SMALL_CHUNK = 500
UNKNOWN_SIZE = "unknown"
"""The group of organisations whose size is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationView:
    """An organisation, as it is shown."""

    id: str
    name: str
    kind: OrganisationKind
    size: OrganisationSize | None
    organisation_number: str | None
    municipality: str | None
    place: str | None
    languages: tuple[str, ...]
    version: int
    created_at: datetime
    updated_at: datetime


def name_key(name: str) -> str:
    """Return a name in the form in which names are compared."""
    return " ".join(name.split()).casefold()[:300]


class OrganisationRepository:
    """Organisations."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, record: Organisation) -> Organisation:
        """Add an organisation; its id is known afterwards."""
        self._session.add(record)
        self._session.flush()
        return record

    def get(self, organisation_id: str) -> Organisation:
        """Return an organisation, or raise ``OrganisationNotFound``."""
        record = self._session.get(Organisation, organisation_id)
        if record is None:
            raise OrganisationNotFound(organisation_id)
        return record

    def find_by_number(self, *forms: str) -> Organisation | None:
        """Return the organisation with a number that may be written in these ways, if there is one."""
        query = select(Organisation).where(Organisation.organisation_number.in_(forms))
        return self._session.scalars(query.order_by(Organisation.created_at, Organisation.id)).first()

    def by_numbers(self, numbers: Iterable[str]) -> dict[str, OrganisationView]:
        """Return organisations by their numbers, as they are kept."""
        query = select(Organisation).where(Organisation.organisation_number.in_(list(numbers)))
        return {str(row.organisation_number): view_of(row) for row in self._session.scalars(query)}

    def by_name_keys(self, keys: Iterable[str]) -> dict[str, list[OrganisationView]]:
        """Return organisations by their names in the form in which names are compared."""
        query = select(Organisation).where(Organisation.name_key.in_(set(keys)))
        found: dict[str, list[OrganisationView]] = {}
        for row in self._session.scalars(query.order_by(Organisation.created_at, Organisation.id)):
            found.setdefault(row.name_key, []).append(view_of(row))
        return found

    def administered(self, organisation_ids: Iterable[str]) -> set[str]:
        """Return those of the organisations that have an active administrator of their own."""
        query = (
            select(Membership.organisation_id)
            .join(Member, Member.id == Membership.member_id)
            .where(
                Membership.organisation_id.in_(list(organisation_ids)),
                Membership.role == Role.ADMINISTRATOR,
                Member.is_active,
            )
        )
        return set(self._session.scalars(query))

    def names(self, organisation_ids: Iterable[str]) -> dict[str, str]:
        """Return the names of organisations by their ids."""
        query = select(Organisation.id, Organisation.name).where(Organisation.id.in_(list(organisation_ids)))
        return {organisation_id: name for organisation_id, name in self._session.execute(query)}

    def ids_of_kinds(self, kinds: Iterable[OrganisationKind]) -> set[str]:
        """Return the ids of all organisations of these kinds."""
        return set(self._session.scalars(select(Organisation.id).where(Organisation.kind.in_(list(kinds)))))

    def municipalities(self, kinds: Iterable[OrganisationKind]) -> dict[str, str | None]:
        """Return the municipality's code of each organisation of these kinds, by its id."""
        query = select(Organisation.id, Organisation.municipality).where(Organisation.kind.in_(list(kinds)))
        return {organisation_id: code for organisation_id, code in self._session.execute(query)}

    def without_members(self, organisation_ids: Iterable[str]) -> set[str]:
        """Return those of the organisations that nobody acts for here."""
        peopled = exists().where(Membership.organisation_id == Organisation.id)
        query = select(Organisation.id).where(Organisation.id.in_(list(organisation_ids)), ~peopled)
        return set(self._session.scalars(query))

    def find_ids(self, names: Iterable[str]) -> dict[str, str]:
        """Map numbers, ids and names that a source uses to ids of organisations; unknown ones are left out.

        A name that several organisations bear names none of them.
        """
        found: dict[str, str] = {}
        wanted = list(dict.fromkeys(names))
        for start in range(0, len(wanted), SMALL_CHUNK):
            found.update(self._find_ids(wanted[start : start + SMALL_CHUNK]))
        return found

    def list_views(
        self, *, kind: OrganisationKind | None, limit: int, after: Sequence[Any] | None
    ) -> Page[OrganisationView]:
        """Return a page of organisations, by name."""
        query = select(Organisation).order_by(Organisation.name_key, Organisation.id).limit(limit + 1)
        if kind is not None:
            query = query.where(Organisation.kind == kind)
        if after is not None:
            position = pages.parts(after, str, str)
            query = query.where(pages.above(Organisation.name_key, Organisation.id, than=position))
        rows, next_after = pages.cut(
            self._session.scalars(query).all(), limit, position=lambda row: [row.name_key, row.id]
        )
        return Page([view_of(row) for row in rows], next_after)

    def _find_ids(self, names: Sequence[str]) -> dict[str, str]:
        keys = {name: name_key(name) for name in names}
        rows = self._session.execute(
            select(Organisation.id, Organisation.organisation_number, Organisation.name_key).where(
                Organisation.id.in_(names)
                | Organisation.organisation_number.in_(names)
                | Organisation.name_key.in_(set(keys.values()))
            )
        ).all()
        by_name: dict[str, set[str]] = {}
        exact: dict[str, str] = {}
        for organisation_id, number, key in rows:
            by_name.setdefault(key, set()).add(organisation_id)
            exact[organisation_id] = organisation_id
            if number:
                exact[number] = organisation_id
        alone = {key: next(iter(ids)) for key, ids in by_name.items() if len(ids) == 1}
        found = {name: exact.get(name) or alone.get(keys[name]) for name in names}
        return {name: organisation_id for name, organisation_id in found.items() if organisation_id}


def view_of(record: Organisation) -> OrganisationView:
    """Return an organisation as it is shown."""
    return OrganisationView(
        id=record.id,
        name=record.name,
        kind=record.kind,
        size=record.size,
        organisation_number=record.organisation_number,
        municipality=record.municipality,
        place=record.place,
        languages=tuple(record.languages),
        version=record.version,
        created_at=record.created_at,
        updated_at=record.updated_at,
    )
