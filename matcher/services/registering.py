"""Registering an organisation: what is checked about one, and that its number is registered once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from matcher.errors import Conflict, InvalidInput
from matcher.procurement.places import read_municipality
from matcher.services.actor import Actor
from matcher.services.numbers import checked_number, forms_of
from matcher.types import BUYERS, OrganisationKind, OrganisationSize
from models.records import Organisation
from models.repositories.audit import AuditRepository
from models.repositories.organisations import OrganisationRepository, name_key

_CHANGEABLE: Final = ("name", "kind", "size", "municipality", "place", "languages")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationDraft:
    """An organisation as somebody sent it."""

    name: str
    kind: OrganisationKind
    size: OrganisationSize | None = None
    organisation_number: str | None = None
    municipality: str | None = None
    place: str | None = None
    languages: tuple[str, ...] = ()


def register(session: Session, draft: OrganisationDraft, *, by: Actor) -> Organisation:
    """Add an organisation; whether the actor may is the caller's to ask.

    Raises
    ------
    InvalidInput, Conflict
        If a field cannot be used, or the organisation number is registered.
    """
    number = checked_number(draft.organisation_number)
    organisations = OrganisationRepository(session)
    if number is not None and organisations.find_by_number(*forms_of(number)) is not None:
        raise Conflict("The organisation number is registered already.", remedy="Search for it in the list.")
    fields = checked_fields(
        draft.kind,
        {
            "name": draft.name,
            "kind": draft.kind,
            "size": draft.size,
            "municipality": draft.municipality,
            "place": draft.place,
            "languages": draft.languages,
        },
    )
    record = organisations.add(
        Organisation(organisation_number=number, name_key=name_key(fields["name"]), **fields)
    )
    AuditRepository(session).add(
        "organisation.created", record.id, by=by, organisation_id=record.id, kind=record.kind.value
    )
    return record


def checked_fields(kind: OrganisationKind, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is told of an organisation of this kind as it is kept.

    Raises
    ------
    InvalidInput
        If a field cannot be used or changed.
    """
    checked = dict(fields)
    for name in fields:
        if name not in _CHANGEABLE:
            raise InvalidInput(f"An organisation's {name} cannot be changed.", field=name)
    if "name" in checked:
        checked["name"] = " ".join(str(checked["name"] or "").split())
        if not 0 < len(checked["name"]) <= 300:
            raise InvalidInput("A name has between 1 and 300 characters.", field="name")
    if "kind" in checked:
        checked["kind"] = OrganisationKind(checked["kind"])
    checked["size"] = checked["size"] and OrganisationSize(checked["size"])
    if checked["size"] and checked.get("kind", kind) in BUYERS:
        raise InvalidInput("Public buyers have no size.", field="size", remedy="Leave the size empty.")
    if checked.get("municipality"):
        checked["municipality"] = read_municipality(checked["municipality"])
    if "languages" in checked:
        checked["languages"] = list(checked["languages"] or ())
    return checked
